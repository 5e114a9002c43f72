import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CallCounter, interruptAndRecover, WAYS } from "../local/interruption";
import { LocalAws, startLocalAws } from "../local/runner";
import { synthesize } from "../stacks/synthesize";
import { formatProblem } from "../modules/kernel/errors";
import { unique } from "../modules/kernel/lists";
import type { GuardrailsState } from "../modules/sections/guardrails/resolve";
import { loadEnvironment } from "../modules/sections/load";
import { resolveUnproven } from "../modules/sections/target-state";
import { CoverageWatch, unbound } from "./coverage";
import { doubled, inState } from "./doubled";
import type { Soak, SoakContext } from "./soak";

/** The guardrails, once they are there, become others. */
export const CHANGED = "guardrails, changed";
/** Stacks that are interrupted, and calls that each makes at most before it is done. */
export const STACKS: readonly (readonly [string, number])[] = [
  ["guardrails", 16],
  [CHANGED, 3],
  ["break-glass", 30],
  ["identity-center", 2],
  ["identity-center-00", 8],
  ["credential-hygiene", 30],
];
export const BACKENDS = ["local", "s3"] as const;
const BUCKET = "interrupted-states";
const REGION = "eu-central-1";

export interface Sandbox {
  readonly project: string;
  readonly backend: (typeof BACKENDS)[number];
  readonly local: LocalAws;
  readonly counter: CallCounter;
  readonly watch: CoverageWatch;
  readonly organizations: OrganizationsClient;
  stop(): Promise<void>;
}

/** The example in a folder of its own, with its state in a backend, beside a local AWS that knows its organization. */
export async function sandbox(root: string, backend: (typeof BACKENDS)[number]): Promise<Sandbox> {
  const project = mkdtempSync(join(tmpdir(), "keyless-interrupted-"));
  cpSync(join(root, "environments"), join(project, "environments"), { recursive: true });
  const counter = new CallCounter();
  const watch = new CoverageWatch();
  const local = await startLocalAws({
    facts: loadEnvironment(project, "example").organization,
    region: REGION,
    keepLog: true,
    around: (request, answer) => watch.around(request, () => counter.around(request, answer)),
  });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const organizations = new OrganizationsClient({ endpoint: local.endpoint, region: "us-east-1", credentials });
  if (backend === "s3") {
    const file = join(project, "environments/example/baseline.yaml");
    const s3 = `backend:\n  type: s3\n  bucket: ${BUCKET}\n  region: ${REGION}\n`;
    writeFileSync(file, readFileSync(file, "utf8").replace("backend:\n  type: local\n", s3));
    const client = new S3Client({
      endpoint: local.endpoint,
      region: REGION,
      forcePathStyle: true,
      credentials,
    });
    await client.send(
      new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    client.destroy();
  }
  await synthesizeIn(project);
  return {
    project,
    backend,
    local,
    counter,
    watch,
    organizations,
    stop: async () => {
      organizations.destroy();
      await local.stop();
      rmSync(project, { recursive: true, force: true });
    },
  };
}

/** cdktf writes to the folder that the process is in. */
async function synthesizeIn(project: string): Promise<void> {
  const before = process.cwd();
  process.chdir(project);
  try {
    await synthesize(project);
  } finally {
    process.chdir(before);
  }
}

/** Another intent for the guardrails: a policy moves between the root and OUs, or one more guardrail comes to a policy. */
const CHANGES: readonly (readonly [string, string])[] = [
  [
    "    - guardrails: [deny-credential-reactivation]\n      targets:\n        - ou: Workloads\n        - ou: Security\n",
    "",
  ],
  [
    "    - guardrails: [deny-credential-reactivation]\n      targets:\n        - ou: Workloads\n        - ou: Security\n",
    "    - guardrails: [deny-credential-reactivation]\n      targets: [all]\n",
  ],
  [
    "    - guardrails: [restrict-web-identity]\n      targets: [all]\n",
    "    - guardrails: [restrict-web-identity]\n      targets:\n        - account: management\n        - ou: Workloads\n        - ou: Security\n        - ou: Infrastructure\n        - ou: Sandbox\n        - ou: Suspended\n",
  ],
];

/** Guardrails that are there become others, watched: nothing that is enforced before and after may be unattached in between. */
async function change(place: Sandbox, random: () => number): Promise<() => readonly string[]> {
  const file = join(place.project, "environments/example/baseline.yaml");
  const guardrails = (): GuardrailsState => {
    const { state, problems } = resolveUnproven(loadEnvironment(place.project, "example"));
    if (!state) throw new Error(problems.map(formatProblem).join("\n"));
    return state.guardrails;
  };
  const before = guardrails();
  const [from, to] = CHANGES[Math.floor(random() * CHANGES.length)]!;
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`The example has no longer ${from}`);
  writeFileSync(file, text.replace(from, to));
  await synthesizeIn(place.project);
  const states = [before, guardrails()];
  const { tree } = loadEnvironment(place.project, "example");
  place.watch.moments = [];
  place.watch.client = place.organizations;
  return () => {
    place.watch.client = undefined;
    return unique(
      place.watch.moments.flatMap(({ after, attached }) =>
        unbound(tree, states, attached).map((what) => `after ${after}: ${what}`),
      ),
    );
  };
}

/** Numbers of a run. */
export type Counts = Record<"interruptions" | "ended_before" | "converged" | "looks_at_coverage", number>;

/** Interrupts one apply, and finds what is not as it was before. */
export async function interruptOnce(
  place: Sandbox,
  [stack, most]: readonly [string, number],
  { random, finding, say }: Pick<SoakContext, "random" | "finding" | "say">,
  numbers: Counts,
  known: Map<string, ReadonlyMap<string, number>>,
): Promise<void> {
  const way = WAYS[Math.floor(random() * WAYS.length)]!;
  const call = 1 + Math.floor(random() * most);
  const changed = stack === CHANGED ? await change(place, random) : undefined;
  const name = changed ? "guardrails" : stack;
  const { interrupted, recovered, applied, planned } = await interruptAndRecover({
    cli: join(process.cwd(), "dist/cli/index.js"),
    project: place.project,
    environment: "example",
    stack: name,
    env: place.local.env,
    counter: place.counter,
    way,
    call,
  });
  const uncovered = changed?.() ?? [];
  numbers.looks_at_coverage += changed ? place.watch.moments.length : 0;
  known.set(name, await inState(place.local.env, join(place.project, "cdktf.out/stacks", `example-${name}`)));
  const described = `${stack} on ${place.backend}, ${way} at call ${call}`;
  const steps = [...(recovered ? [recovered] : []), applied, planned];
  const wrong = [
    ...(steps.every(({ status }) => status === 0)
      ? []
      : [steps.map(({ status, output }) => `[${status}] ${output.slice(-1500)}`).join("\n---\n")]),
    ...uncovered,
    ...doubled(place.local, [...known.values()]),
  ];
  if (wrong.length > 0) finding(`${described}: ${wrong.join("\n")}`);
  if (interrupted) {
    numbers.interruptions++;
    if (wrong.length === 0) numbers.converged++;
  } else numbers.ended_before++;
  say(`${described}: ${interrupted ? "" : "ended before, "}${wrong.length === 0 ? "converged" : "NOT converged"}`);
}

/** Applies are interrupted at a random call in a random way; the steps of docs/interrupted-apply.md must lead to an empty plan. */
export const interruptions: Soak = {
  name: "interruptions",
  checks:
    "An apply, interrupted at a random call in a random way, ends in an empty plan after the steps of docs/interrupted-apply.md; AWS holds nothing twice, and no guardrail that stays is unattached after any call.",
  needs: ["terraform", "moto"],
  minutes: 120,
  async run(context) {
    const { random, timeIsUp } = context;
    const numbers: Counts = { interruptions: 0, ended_before: 0, converged: 0, looks_at_coverage: 0 };
    while (!timeIsUp()) {
      const place = await sandbox(process.cwd(), BACKENDS[Math.floor(random() * BACKENDS.length)]!);
      const known = new Map<string, ReadonlyMap<string, number>>();
      try {
        // One local AWS serves all stacks once: each is applied for the first time, and the guardrails are changed once.
        for (const stack of STACKS) {
          if (timeIsUp()) break;
          await interruptOnce(place, stack, context, numbers, known);
        }
      } finally {
        await place.stop();
      }
    }
    return numbers;
  },
};
