import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { loadEnvironment } from "../modules/sections/load";
import { inOrder, synthesizedStacks } from "../modules/delivery/stack-order";
import { SynthesizedStack } from "../modules/terraform/environment-stacks";
import { BaselineError } from "../modules/kernel/errors";
import { syncEnvironment } from "../modules/live/sync/run";
import { memberPlanRole } from "../modules/sections/pipeline/documents";
import { MEMBER_PLAN_VARIABLE } from "../modules/sections/pipeline/names";
import { failedClaims, verify, type FreshVerification } from "../modules/live/verify/run";
import { targetState } from "../modules/proofs/environment";
import type { Progress } from "../modules/terraform/apply-output";
import { addEnvironment } from "../stacks/environment";
import { LOCAL_CREDENTIALS } from "./client-settings";
import type { Call } from "./calls";
import { environmentOf, pipelineSession } from "./pipeline";
import { doWhatPeopleDo } from "./people";
import { applyStack, LocalAws, planStack, startLocalAws } from "./runner";
import { scanFiles, SecretFinding } from "./secrets-scan";
import { KEYLESS } from "../modules/kernel/command";

export interface LocalRunOptions {
  readonly projectRoot: string;
  readonly environment: string;
  /** Called with a line of progress. */
  readonly say: (line: string) => void;
  /** Told what is being made, often: for a line that is rewritten. @default - nothing is told */
  readonly progress?: (text: string) => void;
  /** Called when the local AWS is up, so that a signal handler can stop it. */
  readonly onStart?: (local: LocalAws) => void;
  /** Stacks at a time. @default 2 */
  readonly concurrency?: number;
}

export interface LocalRun {
  readonly local: LocalAws;
  /** What was seen in the local AWS when everything was applied, and people had done their part. */
  readonly verification: FreshVerification;
  readonly stacks: readonly {
    readonly name: string;
    readonly added: number;
    readonly changed: number;
    readonly destroyed: number;
    readonly planCalls: number;
  }[];
  readonly secrets: readonly SecretFinding[];
  /** Every API call that Terraform made: what the pipeline's roles must allow. */
  readonly calls: { readonly apply: readonly Call[]; readonly plan: readonly Call[] };
}

/** Marks state files in the project's root as a local run's, so that a real state is never overwritten. */
const MARKER = ".keyless/local-state.json";

function stateFiles(root: string, environment: string): readonly string[] {
  return readdirSync(root).filter(
    (name) => name.startsWith(`terraform.${environment}-`) && /\.tfstate(\.backup)?$/.test(name),
  );
}

/** Removes what an earlier local run left; refuses to touch state that no local run has made. */
export function clearLocalState(root: string, environment: string): void {
  const marker = join(root, MARKER);
  const found = stateFiles(root, environment);
  const marked = existsSync(marker)
    ? (JSON.parse(readFileSync(marker, "utf8")) as { readonly environments: readonly string[] }).environments
    : [];
  if (found.length > 0 && !marked.includes(environment)) {
    throw new BaselineError([
      {
        code: "LOCAL-FOREIGN-STATE",
        message: `${found[0]} is in the project's root and was not made by a local run: it may be the state of real resources.`,
        fix: "Move the state files away, or give the environment an s3 or hcp backend.",
        place: { file: found[0]! },
      },
    ]);
  }
  found.forEach((name) => rmSync(join(root, name)));
  rmSync(marker, { force: true });
}

/**
 * The whole way against the local AWS: seed, sync, synth, apply, plan again, scan, verify. Whoever calls stops the local AWS.
 * The JSON that is applied is the JSON that was synthesized.
 *
 * @throws BaselineError when a second plan is not empty, a secret is found or a claim is not seen (exit code 1)
 */
export async function runLocal(options: LocalRunOptions): Promise<LocalRun> {
  const { projectRoot: root, environment: name, say } = options;
  const before = loadEnvironment(root, name);
  if (before.baseline.backend.type !== "local") {
    throw new BaselineError([
      {
        code: "LOCAL-BACKEND",
        message: `Environment ${name} keeps its state in ${before.baseline.backend.type}, which a local run must not write.`,
        fix: "Run it with an environment whose backend is local, for example the embedded one: npm run local.",
        place: before.place(["backend", "type"]),
      },
    ]);
  }
  clearLocalState(root, name);
  const local = await startLocalAws({
    facts: before.organization,
    environment: name,
    region: before.baseline.region,
    keepLog: true,
    onProgress: (line) => say(`  ${line}`),
  });
  options.onStart?.(local);
  say(`local AWS: ${local.endpoint}, ${before.tree.accounts.length} active accounts seeded`);
  await syncAgain(root, name, local, say);

  const state = targetState(before);
  const output = join(root, "cdktf.out");
  const app = new App({ outdir: output });
  addEnvironment(app, state);
  app.synth();
  const stacks = synthesizedStacks(output, name);
  mkdirSync(join(root, ".keyless"), { recursive: true });
  writeFileSync(join(root, MARKER), JSON.stringify({ environments: [name] }));

  const results = new Map<string, { added: number; changed: number; destroyed: number; planCalls: number }>();
  const total = stacks.length;
  const timed = async <T>(work: () => Promise<T>): Promise<readonly [T, string]> => {
    const start = process.hrtime.bigint();
    const value = await work();
    return [value, `${(Number(process.hrtime.bigint() - start) / 1e9).toFixed(1)} s`];
  };
  local.resetCalls();
  await inOrder(stacks, options.concurrency ?? 2, async (stack) => {
    let made = 0;
    const onProgress = ({ address, status }: Progress): void => {
      if (status === "complete") made++;
      options.progress?.(`apply ${stack.name}: ${made} made, ${address}`);
    };
    const [applied, seconds] = await timed(() => applyStack(stack.folder, local.env, { onProgress }));
    results.set(stack.name, { ...applied, planCalls: 0 });
    say(
      `apply ${String(results.size).padStart(String(total).length)}/${total} ${stack.name}: ${applied.added} added, ${applied.changed} changed, ${applied.destroyed} destroyed (${seconds})`,
    );
  });
  await local.idle();

  const calls = { apply: local.log.ordered(), plan: [] as Call[] };
  // As the pipeline plans: with its own plan role, and in member accounts with the role that only reads and trusts nobody else.
  const planEnv = state.pipeline
    ? {
        ...local.env,
        ...environmentOf(await pipelineSession(local.endpoint, local.region, state.pipeline, "plan")),
        [`TF_VAR_${MEMBER_PLAN_VARIABLE}`]: memberPlanRole(state.pipeline.memberPlan.name),
      }
    : local.env;
  // One at a time: the calls that a plan makes are counted.
  const notEmpty: string[] = [];
  for (const stack of stacks) {
    local.resetCalls();
    options.progress?.(`plan ${stack.name}`);
    const [plan, seconds] = await timed(() => planStack(stack.folder, planEnv));
    const planCalls = Object.values(local.calls()).reduce((sum, n) => sum + n, 0);
    calls.plan.push(...local.log.ordered());
    results.set(stack.name, { ...results.get(stack.name)!, planCalls });
    say(
      `plan ${stack.name}: ${plan.empty ? "no changes" : `${plan.changes.length} CHANGES`} (${planCalls} API calls, ${seconds})`,
    );
    plan.changes.forEach((change) => notEmpty.push(`${stack.name} ${change.address} ${change.actions.join("+")}`));
  }
  if (notEmpty.length > 0) {
    throw new BaselineError(
      [
        {
          code: "LOCAL-PLAN-NOT-EMPTY",
          message: `The second plan is not empty: ${notEmpty.join("; ")}.`,
          fix: "Nothing was changed in between: the provider reads something back that differs from what is written.",
        },
      ],
      1,
    );
  }

  const secrets = scan(root, name, stacks);
  say(
    `scan: ${secrets.length === 0 ? "no secret in state or plan files" : secrets.map((s) => `${s.file} ${s.path}: ${s.kind}`).join("; ")}`,
  );
  if (secrets.length > 0)
    throw new BaselineError(
      secrets.map((s) => ({
        code: "LOCAL-SECRET",
        message: `A secret (${s.kind}) would be kept at ${s.path}.`,
        fix: "Find the resource that writes it.",
        place: { file: s.file },
      })),
      1,
    );

  say(
    "what people do after an apply: break-glass users enrolled, subscriptions confirmed, AWS Config recorders started",
  );
  await doWhatPeopleDo(local.endpoint, before, state);
  const verification = await verify(before, state, {
    now: () => new Date(),
    access: { endpoint: local.endpoint, credentials: LOCAL_CREDENTIALS },
    onProgress: (done, of) => options.progress?.(`verify: ${done} of ${of} accounts`),
  });
  const failed = failedClaims(verification);
  if (failed.length > 0)
    throw new BaselineError(
      failed.map(({ kind, name, place, verdict, details }) => ({
        code: "LOCAL-NOT-AS-PLANNED",
        message: `${kind} ${name} in ${place.accountId}${place.region === undefined ? "" : `, ${place.region}`} is ${verdict.replace("-", " ")}: ${details.join("; ")}.`,
        fix: "Everything was applied: either a stack does not make what is planned, or verify takes something for different that is not.",
      })),
      1,
    );
  say(`verify: ${verification.claims.length} claims, all seen`);

  return {
    local,
    verification,
    stacks: stacks.map((stack) => ({ name: stack.name, ...results.get(stack.name)! })),
    secrets,
    calls,
  };
}

/** `keyless sync` against what was seeded: it must find the facts that are there. The user's file is compared, not written. */
async function syncAgain(root: string, name: string, local: LocalAws, say: (line: string) => void): Promise<void> {
  const {
    changes = [],
    file,
    stale,
    facts,
  } = await syncEnvironment(root, name, {
    check: true,
    access: { endpoint: local.endpoint, credentials: LOCAL_CREDENTIALS },
  });
  if (changes.length > 0) {
    const told = changes.map(
      ({ kind, what, name: changed, details }) =>
        `${kind} ${what} ${changed}${details.length > 0 ? ` (${details.join("; ")})` : ""}`,
    );
    throw new BaselineError(
      [
        {
          code: "LOCAL-SYNC-DIFFERS",
          message: `${KEYLESS} sync reads other facts from the local AWS than ${file} contains: ${told.join(", ")}.`,
          fix: `Facts that AWS cannot have are fixed by a ${KEYLESS} sync against AWS; anything else is a gap of the local AWS.`,
          place: { file },
        },
      ],
      1,
    );
  }
  say(
    `sync: ${facts.accounts.length} accounts, ${facts.organizationalUnits.length} OUs, ${facts.policies.length} policies read back, ${stale ? "the same facts, written differently," : "byte for byte"} as in ${file}`,
  );
}

function scan(root: string, environment: string, stacks: readonly SynthesizedStack[]): readonly SecretFinding[] {
  const files = [
    ...stateFiles(root, environment).map((name) => join(root, name)),
    ...stacks.map((stack) => join(stack.folder, "plan.json")).filter(existsSync),
  ];
  return scanFiles(files);
}
