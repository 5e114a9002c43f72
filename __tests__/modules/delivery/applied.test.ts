import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { APPLIED_JOB, Since, sinceLastApply } from "../../../modules/delivery/applied";
import { GitHub } from "../../../modules/delivery/pull-request/github";
import { agreedInHistory } from "../../../modules/review/gate/agreed";
import { approvalStates } from "../../../modules/review/gate/approvals";
import { ROOT } from "../../support/environments";
import { FakeGitHub, REPOSITORY, startGitHub, TOKEN } from "../../support/github-server";

const ID = `roles-${"0".repeat(32)}`;
const PATH = "environments/prod/approvals.yaml";

// Each makes commits of git.
jest.setTimeout(60_000);

/** An approval does not lapse because an apply failed and another commit landed; it serves once all the same. */
describe("which approvals are still to serve", () => {
  let root: string;
  let github: FakeGitHub;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "keyless-applied-"));
    git("init", "--quiet", "-b", "main");
    github = await startGitHub();
  });
  afterEach(async () => {
    rmSync(root, { recursive: true, force: true });
    await github.stop();
  });

  function git(...args: readonly string[]): string {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
  }
  function push(approvals: readonly string[], message: string): string {
    mkdirSync(dirname(join(root, PATH)), { recursive: true });
    writeFileSync(
      join(root, PATH),
      `version: 1\napprovals:${approvals.map((id) => `\n  - { id: ${id}, reason: agreed in the review, approver: Ada, expires: 9999-12-31 }`).join("") || " []"}\n`,
    );
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  }
  /** A run of the workflow, as one of main unless said otherwise. */
  function run(head_sha: string, applied: boolean, more: Partial<FakeGitHub["runs"][number]> = {}): void {
    github.runs.unshift({
      id: github.runs.length + 1,
      head_sha,
      head_branch: "main",
      event: "push",
      head_repository: { full_name: REPOSITORY },
      jobs: [
        { name: "Environments", conclusion: "success" },
        { name: "prod / Plan and review", conclusion: "success" },
        { name: `prod / ${APPLIED_JOB}`, conclusion: applied ? "success" : "skipped" },
      ],
      ...more,
    });
  }
  const since = (): Promise<Since> =>
    sinceLastApply(new GitHub({ url: github.url, token: TOKEN }), {
      projectRoot: root,
      environment: "prod",
      repository: REPOSITORY,
      branch: "main",
      workflow: "apply.yml",
    });
  /** What becomes of the approval at a plan of the checkout. */
  const state = async (): Promise<string | undefined> => {
    const { commits } = await since();
    const { approvals } = agreedInHistory(root, "prod", commits.length > 0 ? commits : undefined);
    return approvalStates(approvals, "2026-11-26").find(({ approval }) => approval.id === ID)?.state;
  };

  test("an apply that fails, and three commits after it: it still counts, until one is applied", async () => {
    run(push([], "base"), true);
    const approved = push([ID], "approve");
    run(approved, true);
    const widened = push([], "widen");
    expect(await state()).toBe("counts");
    run(widened, false);
    for (const message of ["unrelated", "docs", "more"]) {
      run(push([], message), false);
      expect([message, await state()]).toEqual([message, "counts"]);
    }
    const last = push([], "fixed");
    expect(await since()).toEqual({ commits: [approved, widened, ...lastRuns(3)] });
    run(last, true);
    push([], "the same change again");
    expect(await since()).toEqual({ commits: [last] });
    expect(await state()).toBeUndefined();
  });
  const lastRuns = (count: number): readonly string[] =>
    github.runs
      .slice(0, count)
      .map(({ head_sha }) => head_sha)
      .reverse();

  test("what was deferred, or is a person's to apply, leaves it for the next run of the same commit", async () => {
    run(push([ID], "approve"), true);
    run(push([], "a new stack, and one that waits for it"), false);
    expect(await state()).toBe("counts");
  });

  test("a run of the same commit that was applied has nothing left to approve", async () => {
    run(push([ID], "approve"), true);
    const applied = push([], "widen");
    run(applied, true);
    expect(await since()).toEqual({ commits: [applied] });
    expect(await state()).toBeUndefined();
  });

  test("one that a pull request brings and takes out again was never agreed to, however it is merged", async () => {
    run(push([], "base"), true);
    push([ID], "bring");
    push([], "take out, and widen");
    expect(await state()).toBeUndefined();
  });

  test("one that came and went while applies failed counts: the branch had it", async () => {
    run(push([], "base"), true);
    run(push([ID], "approve"), false);
    run(push([], "widen"), false);
    push([], "unrelated");
    expect(await state()).toBe("counts");
  });

  test("before anything was ever applied, the branch before the first run counts", async () => {
    const before = push([ID], "approve");
    const first = push([], "the workflow, and the change");
    expect(await since()).toEqual({ commits: [], why: "there is no run yet" });
    run(first, false);
    push([], "unrelated");
    expect(await since()).toEqual({ commits: [before, first] });
    expect(await state()).toBe("counts");
  });

  test.each<[string, Partial<FakeGitHub["runs"][number]>]>([
    ["another branch", { head_branch: "topic" }],
    ["a fork", { head_repository: { full_name: "eve/baseline" } }],
    ["a pull request", { event: "pull_request" }],
    ["another environment", { jobs: [{ name: `dev / ${APPLIED_JOB}`, conclusion: "success" }] }],
    ["a job that only ends like it", { jobs: [{ name: `x / prod / ${APPLIED_JOB}`, conclusion: "success" }] }],
    ["a job that failed", { jobs: [{ name: `prod / ${APPLIED_JOB}`, conclusion: "failure" }] }],
  ])("a run of %s says nothing", async (_, more) => {
    const base = push([], "base");
    run(base, true);
    const approved = push([ID], "approve");
    run(approved, false);
    run(push([], "widen"), false);
    run(approved, true, more);
    push([], "unrelated");
    expect((await since()).commits[0]).toBe(base);
    expect(await state()).toBe("counts");
  });

  test("a state that the branch has lost is none of it", async () => {
    run(push([], "base"), true);
    git("checkout", "--quiet", "-b", "lost");
    run(push([ID], "approve, and be taken back"), true);
    git("checkout", "--quiet", "main");
    push([], "widen");
    expect(await state()).toBeUndefined();
  });

  test("more runs than are looked through: the commit before, and it is said", async () => {
    const base = push([ID], "base");
    for (let i = 0; i < 300; i++) run(base, false, { jobs: [] });
    push([], "widen");
    const found = await since();
    expect(found).toEqual({ commits: [], why: "none of the last 300 runs has applied everything" });
    expect(await state()).toBe("counts");
  }, 60_000);

  test("the workflow has the job by that name, and it runs only where nothing is left", () => {
    const { jobs } = parse(readFileSync(join(ROOT, ".github/workflows/apply-environment.yml"), "utf8")) as {
      readonly jobs: Readonly<
        Record<string, { readonly name: string; readonly if?: string; readonly needs?: unknown }>
      >;
    };
    const found = Object.values(jobs).find(({ name }) => name === APPLIED_JOB)!;
    expect(found.needs).toEqual(["plan", "apply"]);
    expect(found.if).toContain("needs.plan.outputs.left == '0'");
    expect(found.if).toContain("needs.apply.result == 'success'");
    expect(found.if).toContain("needs.apply.result == 'skipped' && needs.plan.outputs.stacks == '0'");
  });
});
