import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CallCounter, interruptAndRecover, keyless, WAYS } from "../local/interruption";
import { LocalAws, startLocalAws } from "../local/runner";
import { synthesize } from "../stacks/synthesize";
import { loadEnvironment } from "../modules/sections/load";
import type { Soak } from "./soak";

/** Stacks that are interrupted in a first apply, and calls that each makes at most before it is done. */
const STACKS: readonly (readonly [string, number])[] = [
  ["guardrails", 16],
  ["break-glass", 30],
  ["identity-center-00", 8],
  ["credential-hygiene", 30],
];
const BACKENDS = ["local", "s3"] as const;
const BUCKET = "interrupted-states";
const REGION = "eu-central-1";

export interface Sandbox {
  readonly project: string;
  readonly local: LocalAws;
  readonly counter: CallCounter;
  stop(): Promise<void>;
}

/** The example in a folder of its own, with its state in a backend, beside a local AWS that knows its organization. */
export async function sandbox(root: string, backend: (typeof BACKENDS)[number]): Promise<Sandbox> {
  const project = mkdtempSync(join(tmpdir(), "keyless-interrupted-"));
  cpSync(join(root, "environments"), join(project, "environments"), { recursive: true });
  const counter = new CallCounter();
  const local = await startLocalAws({
    facts: loadEnvironment(project, "example").organization,
    region: REGION,
    around: counter.around,
  });
  if (backend === "s3") {
    const file = join(project, "environments/example/baseline.yaml");
    const s3 = `backend:\n  type: s3\n  bucket: ${BUCKET}\n  region: ${REGION}\n`;
    writeFileSync(file, readFileSync(file, "utf8").replace("backend:\n  type: local\n", s3));
    const client = new S3Client({
      endpoint: local.endpoint,
      region: REGION,
      forcePathStyle: true,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await client.send(
      new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    client.destroy();
  }
  // cdktf writes to the folder that the process is in.
  const before = process.cwd();
  process.chdir(project);
  try {
    await synthesize(project);
  } finally {
    process.chdir(before);
  }
  return {
    project,
    local,
    counter,
    stop: async () => {
      await local.stop();
      rmSync(project, { recursive: true, force: true });
    },
  };
}

/** Applies of a first rollout are interrupted at a random call in a random way; the steps of docs/interrupted-apply.md must lead to an empty plan. */
export const interruptions: Soak = {
  name: "interruptions",
  checks:
    "A first apply, interrupted at a random call in a random way, ends in an empty plan after `keyless recover` and `keyless apply`.",
  needs: ["terraform", "moto"],
  minutes: 120,
  async run({ random, timeIsUp, finding, say }) {
    const root = process.cwd();
    const cli = join(root, "dist/cli/index.js");
    const numbers = { interruptions: 0, ended_before: 0, converged: 0 };
    while (!timeIsUp()) {
      const backend = BACKENDS[Math.floor(random() * BACKENDS.length)]!;
      const place = await sandbox(root, backend);
      try {
        // One local AWS serves all stacks once: each is applied for the first time.
        for (const [stack, most] of STACKS) {
          if (timeIsUp()) break;
          const way = WAYS[Math.floor(random() * WAYS.length)]!;
          const call = 1 + Math.floor(random() * most);
          if (stack === "identity-center-00")
            // Its groups come from the stack before it.
            await keyless(cli, place.project, place.local.env, [
              "apply",
              "example",
              "identity-center",
              "--yes",
              "--no-verify",
            ]).ended;
          const { interrupted, recovered, applied, planned } = await interruptAndRecover({
            cli,
            project: place.project,
            environment: "example",
            stack,
            env: place.local.env,
            counter: place.counter,
            way,
            call,
          });
          if (!interrupted) {
            numbers.ended_before++;
            continue;
          }
          numbers.interruptions++;
          const converged = [recovered, applied, planned].every(({ status }) => status === 0);
          if (converged && planned.output.includes("0 stacks applied, 1 without changes")) numbers.converged++;
          else
            finding(
              `${stack} on ${backend}, ${way} at call ${call}: ${[recovered, applied, planned].map(({ status, output }) => `[${status}] ${output.slice(-1500)}`).join("\n---\n")}`,
            );
          say(`${stack} on ${backend}, ${way} at call ${call}: ${converged ? "converged" : "NOT converged"}`);
        }
      } finally {
        await place.stop();
      }
    }
    return numbers;
  },
};
