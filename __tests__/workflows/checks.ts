import { parseDocument } from "yaml";

/** What every workflow of this project keeps to, as functions over its text: each gives what is wrong, in words. */

type Json = Readonly<Record<string, unknown>>;

interface Step extends Json {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly if?: string;
}

interface Job extends Json {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly "timeout-minutes"?: number;
  readonly if?: string;
  readonly needs?: string | readonly string[];
}

export interface Workflow extends Json {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function parseWorkflow(text: string): Workflow {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw document.errors[0]!;
  return document.toJS() as Workflow;
}

const jobs = (workflow: Workflow): readonly (readonly [string, Job])[] => Object.entries(workflow.jobs);
const steps = (workflow: Workflow): readonly (readonly [string, Step])[] =>
  jobs(workflow).flatMap(([name, job]) => (job.steps ?? []).map((step) => [name, step] as const));
const permissionsOf = (job: Job): Readonly<Record<string, string>> =>
  typeof job.permissions === "object" ? job.permissions : {};

/** The actions that this project runs, and no others. */
const ACTIONS = [
  "actions/cache",
  "actions/checkout",
  "actions/setup-node",
  "actions/upload-artifact",
  "actions/download-artifact",
  "aws-actions/configure-aws-credentials",
  "hashicorp/setup-terraform",
];

/** A tag can be moved, a commit cannot. The version beside it is what Dependabot reads and people understand. */
export function unpinned(text: string): readonly string[] {
  const uses = text.split("\n").flatMap((line) => {
    const match = /^\s*(?:-\s+)?uses:\s*(.*)$/.exec(line);
    return match ? [match[1]!] : [];
  });
  // Every use has a line of its own, or the lines would not be all of them.
  const count =
    steps(parseWorkflow(text)).filter(([, step]) => step.uses !== undefined).length +
    jobs(parseWorkflow(text)).filter(([, job]) => job.uses !== undefined).length;
  return [
    ...(count === uses.length ? [] : [`${count} uses, ${uses.length} lines of them`]),
    ...uses
      .filter((use) => !/^\.\/\.github\/workflows\/[\w-]+\.yml$/.test(use))
      .filter((use) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))
      .map((use) => `not pinned: ${use}`),
    ...uses
      .filter((use) => !use.startsWith("./") && !ACTIONS.includes(use.split("@")[0]!))
      .map((use) => `unknown action: ${use}`),
  ];
}

/** Nothing is granted to a whole workflow; what a job needs stands at the job, and is one of few. */
export function tooMuchPermission(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  const top = workflow.permissions;
  const fine =
    typeof top === "object" &&
    top !== null &&
    Object.entries(top).every(([scope, level]) => scope === "contents" && level === "read");
  return [
    ...(fine ? [] : [`the workflow's permissions are ${JSON.stringify(top)}`]),
    ...jobs(workflow).flatMap(([name, job]) => {
      if (typeof job.permissions !== "object" || job.permissions === null)
        return [`${name} has no list of permissions`];
      return Object.entries(job.permissions)
        .filter(
          ([scope, level]) =>
            level !== "read" &&
            level !== "none" &&
            !["id-token: write", "issues: write", "pull-requests: write"].includes(`${scope}: ${level}`),
        )
        .map(([scope, level]) => `${name} has ${scope}: ${level}`);
    }),
  ];
}

/** Triggers that give a pull request's author what is the repository's. */
export function dangerousTriggers(text: string): readonly string[] {
  const { on } = parseWorkflow(text);
  const known = [
    "pull_request",
    "push",
    "workflow_dispatch",
    "workflow_run",
    "workflow_call",
    "merge_group",
    "schedule",
  ];
  const names = typeof on === "string" ? [on] : Array.isArray(on) ? (on as string[]) : Object.keys(on);
  return names.filter((name) => !known.includes(name)).map((name) => `triggered by ${name}`);
}

/** What others can write reaches a shell as a variable, never as text of the script. */
export function injections(text: string): readonly string[] {
  return steps(parseWorkflow(text))
    .filter(([, step]) => typeof step.run === "string" && step.run.includes("${{"))
    .map(
      ([name, step]) =>
        `${name}: ${step
          .run!.split("\n")
          .find((line) => line.includes("${{"))!
          .trim()}`,
    );
}

/** No secret but the run's own token; no key of AWS at all. */
export function secrets(text: string): readonly string[] {
  const used = [...text.matchAll(/\bsecrets\s*(?:\.\s*(\w+)|\[[^\]]*\])/g)]
    .filter((match) => match[1] !== "GITHUB_TOKEN")
    .map((match) => match[0]);
  const keys = [
    ...text.matchAll(
      /aws-access-key-id|aws-secret-access-key|aws-session-token|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|\bAKIA[A-Z0-9]{16}\b/gi,
    ),
  ].map((match) => match[0]);
  return [...used, ...keys, ...(/^\s*secrets:\s*inherit/m.test(text) ? ["secrets: inherit"] : [])];
}

/** A token that stays in the checkout is everybody's who runs there. */
export function keptCredentials(text: string): readonly string[] {
  return steps(parseWorkflow(text))
    .filter(([, step]) => step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false)
    .map(([name]) => `${name}: checkout keeps its token`);
}

/** OIDC tokens for jobs that sign in to AWS with them, and for those that call a workflow of this project that does. */
export function needlessIdTokens(text: string): readonly string[] {
  return jobs(parseWorkflow(text)).flatMap(([name, job]) => {
    const wants = permissionsOf(job)["id-token"] === "write";
    const uses =
      (job.steps ?? []).some((step) => step.uses?.startsWith("aws-actions/configure-aws-credentials@")) ||
      job.uses?.startsWith("./") === true;
    return wants === uses
      ? []
      : [`${name} ${wants ? "has an OIDC token and does not sign in" : "signs in without an OIDC token"}`];
  });
}

/** Every job ends by itself. A job that calls a workflow cannot say so; the jobs of that one do. */
export function endless(text: string): readonly string[] {
  return jobs(parseWorkflow(text))
    .filter(
      ([, job]) =>
        job.uses === undefined && !(typeof job["timeout-minutes"] === "number" && job["timeout-minutes"] <= 360),
    )
    .map(([name]) => `${name} has no timeout`);
}

/** What runs is what nobody has agreed to yet: a merge queue's groups are pull requests, too. */
function runsPullRequests({ on }: Workflow): boolean {
  return "pull_request" in on || "merge_group" in on;
}

/** Runs of pull requests hold nothing: whoever opens one decides what runs. */
export function powerOfPullRequests(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  if (!runsPullRequests(workflow)) return [];
  return jobs(workflow).flatMap(([name, job]) => [
    ...Object.entries(permissionsOf(job))
      .filter(([, level]) => level === "write")
      .map(([scope]) => `${name} may write ${scope}`),
    ...(job["environment"] === undefined ? [] : [`${name} is in an environment`]),
  ]);
}

/** A workflow of the default branch that runs after a pull request's never checks out what that one brings. */
export function foreignCode(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  if (!("workflow_run" in workflow.on)) return [];
  return steps(workflow)
    .filter(
      ([, step]) =>
        step.uses?.startsWith("actions/checkout@") &&
        (step.with?.["ref"] !== undefined || step.with?.["repository"] !== undefined),
    )
    .map(([name, step]) => `${name} checks out ${String(step.with?.["ref"] ?? step.with?.["repository"])}`);
}

/** Programs that packages bring run by themselves only where nothing is at stake, which is nowhere. */
export function installScripts(text: string): readonly string[] {
  return steps(parseWorkflow(text))
    .filter(
      ([, step]) =>
        /\bnpm (ci|install|i)\b/.test(step.run ?? "") && !/\bnpm ci --ignore-scripts\b/.test(step.run ?? ""),
    )
    .map(([name, step]) => `${name}: ${step.run!.trim()}`);
}

/** A job that others require and that waits for another one always comes to a result: one that is skipped counts as passed. */
export function skippable(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  if (!runsPullRequests(workflow)) return [];
  return jobs(workflow)
    .filter(([, job]) => (job.needs !== undefined || job.if !== undefined) && job.if !== "${{ always() }}")
    .map(([name]) => `${name} may be skipped`);
}

/** What may be run in a job that may ask for a token: the tool, its packages and its own build, and what shell scripts need. */
const BESIDE_TOKENS = [
  /^npm ci --ignore-scripts$/,
  /^npm run --silent build$/,
  /^(node dist\/cli\/index\.js|npx --no -- keyless) (pipeline|plan|apply|verify) /,
  /^terraform -chdir="\$RUNNER_TEMP\/get-providers" init -input=false -no-color -lockfile=readonly$/,
  /^(read|export|mkdir|cp|jq|echo|if|\{$|\}|fi)\b|^[{}]/,
];

/** A job that may ask for a token runs no code of a pull request, nor the repository's own program, and asks the tool first what Terraform would run. */
export function codeBesideTokens(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  return jobs(workflow).flatMap(([name, job]) => {
    if (permissionsOf(job)["id-token"] !== "write") return [];
    const own = job.steps ?? [];
    const at = (found: (step: Step) => boolean): number => own.findIndex(found);
    const signIn = at((step) => step.uses?.startsWith("aws-actions/") === true);
    const check = at((step) => /\bplan \S+ --check\b/.test(step.run ?? ""));
    const lines = own.flatMap((step) => (step.run ?? "").split("\n").map((line) => line.trim()));
    return [
      ...(runsPullRequests(workflow) || "workflow_run" in workflow.on ? [`${name} runs for pull requests`] : []),
      ...own
        .filter((step) => step.uses?.startsWith("actions/checkout@") && step.with?.["ref"] !== undefined)
        .map(() => `${name} checks out something else than what was agreed to`),
      ...lines
        .filter((line) => line !== "" && !BESIDE_TOKENS.some((allowed) => allowed.test(line)))
        .map((line) => `${name} runs ${line}`),
      // One that only verifies runs no Terraform.
      ...(job.uses === undefined &&
      lines.some(
        (line) => !/ keyless verify |index\.js verify /.test(line) && / keyless |index\.js |terraform/.test(line),
      ) &&
      (check < 0 || check > signIn)
        ? [`${name} signs in before it has asked what Terraform would run`]
        : []),
    ];
  });
}

/** A cache of a pull request's run holds what its code has put there: who judges takes nothing from one. */
export function cachesOfJudges(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  if (!runsPullRequests(workflow)) return [];
  return jobs(workflow)
    .filter(([, job]) => job.needs !== undefined)
    .flatMap(([name, job]) =>
      (job.steps ?? [])
        .filter(
          (step) =>
            step.uses?.startsWith("actions/cache") === true ||
            (step.uses?.startsWith("actions/setup-node@") === true &&
              (step.with?.["cache"] !== undefined || step.with?.["package-manager-cache"] !== false)),
        )
        .map((step) => `${name} may take from a cache: ${step.uses!}`),
    );
}

/** A newer run of a pull request ends the older one; what a queue waits for, and what applies, is not broken off. */
export function unordered(text: string): readonly string[] {
  const workflow = parseWorkflow(text);
  const found = workflow["concurrency"] as Readonly<Record<string, unknown>> | undefined;
  const applies = jobs(workflow)
    .filter(([, job]) => job["environment"] !== undefined)
    .filter(([, job]) => (job["concurrency"] as Json | undefined)?.["cancel-in-progress"] !== false)
    .map(([name]) => `${name} may be broken off`);
  if (!runsPullRequests(workflow)) return applies;
  return [
    ...applies,
    ...(found === undefined ? ["runs of one pull request are not ordered"] : []),
    ...(found && !/github\.(ref|event\.pull_request\.number)\b/.test(String(found["group"]))
      ? ["the group is not one pull request's"]
      : []),
    ...(found && found["cancel-in-progress"] !== "${{ github.event_name == 'pull_request' }}"
      ? ["a run for a queue or a branch may be broken off"]
      : []),
  ];
}

/** A check that a merge queue waits for has to run for its groups. */
export function notInQueues({ on }: Workflow): boolean {
  return "pull_request" in on && !("merge_group" in on);
}

export const CHECKS = {
  codeBesideTokens,
  cachesOfJudges,
  unordered,
  missingInQueues: (text: string): readonly string[] =>
    notInQueues(parseWorkflow(text)) ? ["no run for a merge queue"] : [],
  unpinned,
  tooMuchPermission,
  dangerousTriggers,
  injections,
  secrets,
  keptCredentials,
  needlessIdTokens,
  endless,
  powerOfPullRequests,
  foreignCode,
  installScripts,
  skippable,
};
