import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { applyStack, planStack, startLocalAws } from "../local/runner";
import { synthesizedStacks } from "../modules/delivery/stack-order";
import { loadEnvironment } from "../modules/sections/load";
import { targetState } from "../modules/proofs/environment";
import { addEnvironment } from "../stacks/environment";
import { BENCH_ENVIRONMENT, writeBenchProject } from "./project";

export interface PlanCalls {
  readonly accounts: number;
  /** API calls of an empty plan, by stack. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Stacks whose plans are counted. */
const STACKS = [
  `${BENCH_ENVIRONMENT}-break-glass`,
  `${BENCH_ENVIRONMENT}-guardrails`,
  `${BENCH_ENVIRONMENT}-credential-hygiene`,
];

/** Applies the stacks of an organization of so many accounts to the local AWS, plans again, counts calls. */
export async function countPlanCalls(accounts: number, say: (line: string) => void): Promise<PlanCalls> {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  writeBenchProject(root, accounts);
  const environment = loadEnvironment(root, BENCH_ENVIRONMENT);
  say(`seeding ${accounts} accounts`);
  const local = await startLocalAws({ facts: environment.organization, region: environment.baseline.region });
  try {
    const output = join(root, "cdktf.out");
    const app = new App({ outdir: output });
    addEnvironment(app, targetState(environment));
    app.synth();
    const calls: Record<string, number> = {};
    for (const stack of synthesizedStacks(output, BENCH_ENVIRONMENT).filter((one) => STACKS.includes(one.name))) {
      say(`applying ${stack.name}`);
      await applyStack(stack.folder, local.env);
      await local.idle();
      local.resetCalls();
      const plan = await planStack(stack.folder, local.env);
      if (!plan.empty) throw new Error(`the second plan of ${stack.name} is not empty`);
      calls[stack.name] = Object.values(local.calls()).reduce((sum, n) => sum + n, 0);
    }
    return { accounts, calls };
  } finally {
    await local.stop();
    rmSync(root, { recursive: true, force: true });
  }
}
