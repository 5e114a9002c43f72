import { BaselineError } from "../../../../modules/kernel/errors";
import { COMMENT_LIMIT, COMMENT_MARKER } from "../../../../modules/review/render/markdown";
import { postComment, requireRepository, unpostable } from "../../../../modules/delivery/pull-request/comment";
import { GitHub } from "../../../../modules/delivery/pull-request/github";
import {
  changesWorkflows,
  parseWorkflowRun,
  pullRequestOf,
  runComment,
  WorkflowRun,
} from "../../../../modules/delivery/pull-request/workflow-run";
import { BOT, FakeGitHub, FakePull, REPOSITORY, startGitHub, TOKEN } from "../../../support/github-server";

let server: FakeGitHub;
let slept: number[];
let github: GitHub;
beforeEach(async () => {
  server = await startGitHub();
  slept = [];
  github = new GitHub({ url: server.url, token: TOKEN, sleep: async (ms) => void slept.push(ms) });
});
afterEach(() => server.stop());

const SHA = "a".repeat(40);
const pull = (
  number: number,
  edit: Partial<FakePull["head"]> = {},
  files: FakePull["files"] = [{ filename: "environments/prod/baseline.yaml" }],
): FakePull => ({
  number,
  head: { sha: SHA, ref: "change", label: "acme:change", repo: { full_name: REPOSITORY }, ...edit },
  files,
});
const BODY = `${COMMENT_MARKER}\n## Access review\n`;
const target = { repository: REPOSITORY, pullRequest: 7, author: BOT };
const post = (body = BODY): Promise<string> => postComment(github, target, body);

async function problem(task: Promise<unknown>): Promise<{ code: string; message: string; exitCode: number }> {
  const error = await task.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BaselineError)) throw error instanceof Error ? error : new Error("nothing was thrown");
  expect(JSON.stringify(error.problems)).not.toContain(TOKEN);
  return { code: error.problems[0]!.code, message: error.problems[0]!.message, exitCode: error.exitCode };
}

describe("one comment, updated in place", () => {
  beforeEach(() => void server.pulls.push(pull(7)));

  test("is created, then updated, then left as it is", async () => {
    expect(await post()).toBe("created");
    expect(await post(`${BODY}more\n`)).toBe("updated");
    expect(await post(`${BODY}more\n`)).toBe("unchanged");
    expect(server.comments).toEqual([{ id: 1000, body: `${BODY}more\n`, user: { login: BOT } }]);
    expect(server.seen.map(({ method }) => method)).toEqual(["GET", "POST", "GET", "PATCH", "GET"]);
  });

  test("GitHub's line ends are no change", async () => {
    server.comments.push({ id: 1, body: BODY.replaceAll("\n", "\r\n").trimEnd(), user: { login: BOT } });
    expect(await post()).toBe("unchanged");
  });

  test("somebody else's comment with the marker is not taken for it", async () => {
    server.comments.push({ id: 1, body: BODY, user: { login: "mallory" } });
    expect(await post()).toBe("created");
    expect(server.comments[0]!.body).toBe(BODY);
    expect(server.comments).toHaveLength(2);
  });

  test("nor is one of the bot's own that only quotes it", async () => {
    server.comments.push({ id: 1, body: `> ${BODY}`, user: { login: BOT } });
    expect(await post()).toBe("created");
  });

  test("is found behind many others", async () => {
    for (let i = 0; i < 250; i++) server.comments.push({ id: i, body: "hello", user: { login: "ada" } });
    server.comments.push({ id: 900, body: BODY, user: { login: BOT } });
    expect(await post(`${BODY}more`)).toBe("updated");
    expect(server.comments.at(-1)!.body).toBe(`${BODY}more`);
    expect(server.seen.filter(({ method }) => method === "GET")).toHaveLength(3);
  });
});

describe("GitHub is busy", () => {
  beforeEach(() => void server.pulls.push(pull(7)));

  test.each<[string, { status: number; headers?: Record<string, string>; body?: string }, number]>([
    ["502", { status: 502 }, 1000],
    ["429 that says how long", { status: 429, headers: { "retry-after": "7" } }, 7000],
    ["429 that says too long", { status: 429, headers: { "retry-after": "86400" } }, 60_000],
    [
      "the limit of requests, which GitHub says as 403",
      { status: 403, headers: { "x-ratelimit-remaining": "0" } },
      1000,
    ],
    ["an answer that is cut off", { status: 200, body: "[{" }, 1000],
  ])("%s is tried again", async (_, answer, wait) => {
    server.instead.push({ request: "GET", answer });
    expect(await post()).toBe("created");
    expect(slept).toEqual([wait]);
  });

  test("a create whose answer is lost is not done twice", async () => {
    server.instead.push({ request: "POST", answer: { status: 502, after: true } });
    expect(await post()).toBe("unchanged");
    expect(server.comments).toHaveLength(1);
  });

  test("not for ever, with growing pauses", async () => {
    for (let i = 0; i < 9; i++)
      server.instead.push({ request: "POST", answer: { status: 503, body: '{"message":"down\\nfor a while"}' } });
    expect(await problem(post())).toMatchObject({
      code: "GITHUB-BUSY",
      exitCode: 1,
      message: expect.stringContaining("503 down for a while") as string,
    });
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
  });

  test("nobody answers at all", async () => {
    await server.stop();
    expect(await problem(post())).toMatchObject({
      code: "GITHUB-BUSY",
      message: expect.stringContaining("no answer from") as string,
    });
  });
});

describe("GitHub refuses", () => {
  beforeEach(() => void server.pulls.push(pull(7)));

  test.each([401, 403, 404, 422])("%s is said at once, with GitHub's words", async (status) => {
    server.instead.push({ request: "POST", answer: { status, body: '{"message":"No. @everyone"}' } });
    expect(await problem(post())).toEqual({
      code: "GITHUB-REFUSED",
      exitCode: 1,
      message: `GitHub refuses POST /repos/acme/baseline/issues/7/comments: ${status} No. @everyone`,
    });
    expect(slept).toEqual([]);
  });

  test("a redirect is not followed: the token would go with it", async () => {
    const other = await startGitHub();
    try {
      server.instead.push({
        request: "GET",
        answer: { status: 307, headers: { location: `${other.url}/repos/acme/baseline/issues/7/comments` } },
      });
      expect(await problem(post())).toMatchObject({
        code: "GITHUB-REFUSED",
        message: expect.stringContaining("307") as string,
      });
      expect(other.seen).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test("an answer of another shape is no fault of the program", async () => {
    server.instead.push({ request: "GET", answer: { status: 200, body: '[{"id":"x"}]' } });
    expect(await problem(post())).toMatchObject({ code: "GITHUB-REFUSED" });
    server.instead.push({ request: "GET", answer: { status: 200, body: "{}" } });
    expect(await problem(post())).toMatchObject({ code: "GITHUB-REFUSED" });
  });

  test.each(["http://api.github.com", "ftp://api.github.com", "api.github.com", "http://127.0.0.1.example.com"])(
    "%s is no address for a token",
    (url) => {
      expect(() => new GitHub({ url, token: TOKEN })).toThrow("GITHUB-URL");
    },
  );
});

test.each([
  "acme",
  "acme/",
  "/baseline",
  "acme/base/line",
  "acme/..",
  "acme/base?x=1",
  "a@b/c",
  "-acme/baseline",
  undefined,
])("%s is no repository", (text) => {
  expect(() => requireRepository(text)).toThrow("GITHUB-REPOSITORY");
});

describe("what can be posted", () => {
  test.each<[string, string, string | undefined]>([
    ["a review", BODY, undefined],
    ["one as long as GitHub allows", BODY.padEnd(COMMENT_LIMIT, "x"), undefined],
    ["one that is longer", BODY.padEnd(COMMENT_LIMIT + 1, "x"), "more than 65536"],
    ["no review", "## All fine\n", "does not begin with the marker"],
    ["nothing", "", "does not begin with the marker"],
    ["two in one", `${BODY}${BODY}`, "twice"],
    ["bytes", `${BODY}\u0000`, "no text"],
    ["what was no UTF-8", `${BODY}\ufffd`, "no text"],
  ])("%s", (_, text, expected) => {
    const wrong = unpostable(text);
    if (expected === undefined) expect(wrong).toBeUndefined();
    else expect(wrong).toContain(expected);
  });
});

describe("after the run of a pull request", () => {
  const event = (edit: Record<string, unknown> = {}): string =>
    JSON.stringify({
      workflow_run: {
        id: 99,
        event: "pull_request",
        conclusion: "failure",
        head_sha: SHA,
        head_branch: "change",
        head_repository: { full_name: REPOSITORY, owner: { login: "acme" } },
        pull_requests: [],
        ...edit,
      },
    });
  const run = (edit: Record<string, unknown> = {}): WorkflowRun => parseWorkflowRun("event.json", event(edit));

  test.each([
    "",
    "{",
    "[]",
    '{"workflow_run":{}}',
    event({ head_sha: "main" }),
    event({ id: -1 }),
    event({ head_branch: "" }),
  ])("%s is no event of one", (text) => {
    expect(() => parseWorkflowRun("event.json", text)).toThrow("WORKFLOW-RUN-EVENT");
  });

  test("the pull request is the open one at that commit", async () => {
    server.pulls.push(pull(6, { sha: "b".repeat(40) }), pull(7));
    expect(await pullRequestOf(github, REPOSITORY, run())).toBe(7);
  });

  test("one that has moved on, is closed, or whose fork is gone, is none", async () => {
    expect(await pullRequestOf(github, REPOSITORY, run())).toBeUndefined();
    server.pulls.push(pull(7, { sha: "b".repeat(40) }));
    expect(await pullRequestOf(github, REPOSITORY, run())).toBeUndefined();
    expect(await pullRequestOf(github, REPOSITORY, run({ head_repository: null }))).toBeUndefined();
  });

  test("a fork's branch is asked for by its owner, and must be that fork's", async () => {
    server.pulls.push(pull(8, { label: "mallory:change", repo: { full_name: "mallory/baseline" } }), pull(7));
    const fork = { head_repository: { full_name: "mallory/baseline", owner: { login: "mallory" } } };
    expect(await pullRequestOf(github, REPOSITORY, run(fork))).toBe(8);
    expect(
      await pullRequestOf(
        github,
        REPOSITORY,
        run({ head_repository: { full_name: "mallory/other", owner: { login: "mallory" } } }),
      ),
    ).toBeUndefined();
  });

  test("a branch's name cannot ask for something else", async () => {
    await pullRequestOf(github, REPOSITORY, run({ head_branch: "x&state=closed#/../.." }));
    expect(server.seen[0]!.path).toBe(
      "/repos/acme/baseline/pulls?state=open&head=acme%3Ax%26state%3Dclosed%23%2F..%2F..&per_page=100&page=1",
    );
  });

  test("of several from one branch GitHub says which; where it does not, none is guessed", async () => {
    server.pulls.push(pull(7), pull(8));
    expect(await pullRequestOf(github, REPOSITORY, run({ pull_requests: [{ number: 8 }] }))).toBe(8);
    expect(await problem(pullRequestOf(github, REPOSITORY, run()))).toMatchObject({
      code: "PULL-REQUEST-MANY",
      exitCode: 2,
    });
    expect(
      await problem(pullRequestOf(github, REPOSITORY, run({ pull_requests: [{ number: 7 }, { number: 8 }] }))),
    ).toMatchObject({ code: "PULL-REQUEST-MANY" });
  });

  test("a run that no pull request has started is refused", async () => {
    expect(await problem(pullRequestOf(github, REPOSITORY, run({ event: "push" })))).toMatchObject({
      code: "WORKFLOW-RUN-EVENT",
      exitCode: 2,
    });
  });

  test.each<[string, FakePull["files"], boolean]>([
    ["environments", [{ filename: "environments/prod/baseline.yaml" }], false],
    ["code", [{ filename: "cli/index.ts" }, { filename: "docs/.github/x" }], false],
    ["a workflow", [{ filename: "a" }, { filename: ".github/workflows/access-review.yml" }], true],
    ["one in capitals", [{ filename: ".GitHub/workflows/x.yml" }], true],
    [
      "a workflow that is moved away",
      [{ filename: "old.yml", previous_filename: ".github/workflows/access-review.yml" }],
      true,
    ],
    [
      "one behind a hundred others",
      [...Array.from({ length: 120 }, (_, i) => ({ filename: `f${i}` })), { filename: ".github/workflows/x.yml" }],
      true,
    ],
    ["more files than GitHub names", Array.from({ length: 3000 }, (_, i) => ({ filename: `f${i}` })), true],
  ])("does it change workflows? %s: %#", async (_, files, expected) => {
    server.pulls.push(pull(7, {}, files));
    expect(await changesWorkflows(github, REPOSITORY, 7)).toBe(expected);
  });

  const URL = "https://github.com/acme/baseline/actions/runs/99";
  const comment = (edit: Partial<Parameters<typeof runComment>[0]> = {}): string =>
    runComment({ markdown: BODY, changesWorkflows: false, conclusion: "failure", runUrl: URL, ...edit });

  test("the comment says how the run ended, whatever the review says", () => {
    expect(comment()).toBe(`${BODY.trimEnd()}\n\n<sub>Check: failure · [run](${URL})</sub>\n`);
    expect(comment({ conclusion: "<b>" })).toContain("Check: unknown");
  });

  test("nothing is shown of a run that was judged by its own workflow", () => {
    const text = comment({ markdown: `${COMMENT_MARKER}\nAll is fine.`, changesWorkflows: true });
    expect(text).not.toContain("All is fine");
    expect(text).toContain("This pull request changes `.github/`");
    expect(unpostable(text)).toBeUndefined();
  });

  test.each<[string, string | undefined, string]>([
    ["nothing", undefined, "There is no review: the run ended before it came to one."],
    ["no review", "@everyone look", "it does not begin with the marker"],
    ["too much", BODY.padEnd(COMMENT_LIMIT, "x"), "characters, more than"],
  ])("a run that has left %s gets a comment of ours", (_, markdown, words) => {
    const text = comment({ markdown });
    expect(text).toContain(words);
    expect(text).not.toContain("@everyone");
    expect(unpostable(text)).toBeUndefined();
  });

  test("what just fits is within GitHub's limit with what is added", () => {
    const rest = comment().length - BODY.trimEnd().length;
    expect(comment({ markdown: BODY.padEnd(COMMENT_LIMIT - rest, "x") })).toHaveLength(COMMENT_LIMIT);
  });
});
