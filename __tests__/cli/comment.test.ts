import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMENT_MARKER } from "../../modules/review/render/markdown";
import type { CliRun } from "../support/cli";
import { FakeGitHub, REPOSITORY, startGitHub, TOKEN } from "../support/github-server";
import { Warm } from "../support/warm";

jest.setTimeout(60_000);

const SHA = "a".repeat(40);
let server: FakeGitHub;
let folder: string;
beforeEach(async () => {
  server = await startGitHub();
  server.pulls.push({
    number: 7,
    head: { sha: SHA, ref: "change", label: "mallory:change", repo: { full_name: "mallory/baseline" } },
    files: [],
  });
  folder = mkdtempSync(join(tmpdir(), "keyless-comment-"));
  writeFileSync(join(folder, "comment.md"), `${COMMENT_MARKER}\n## Access review\n`);
  writeFileSync(
    join(folder, "event.json"),
    JSON.stringify({
      workflow_run: {
        id: 99,
        event: "pull_request",
        conclusion: "success",
        head_sha: SHA,
        head_branch: "change",
        head_repository: { full_name: "mallory/baseline", owner: { login: "mallory" } },
      },
    }),
  );
});
const warm = new Warm();
afterAll(() => warm.stop());
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function comment(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliRun> {
  const run = await warm.keyless(folder, ["comment", ...args], {
    GITHUB_TOKEN: TOKEN,
    GITHUB_API_URL: server.url,
    GITHUB_REPOSITORY: REPOSITORY,
    ...env,
  });
  expect(run.stdout + run.stderr).not.toContain(TOKEN);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  return run;
}

test("posts to a pull request, and updates what it has posted", async () => {
  expect(await comment(["--file", "comment.md", "--pull-request", "7"])).toEqual({
    status: 0,
    stdout: "#7: comment created\n",
    stderr: "",
  });
  expect((await comment(["--file", "comment.md", "--pull-request", "7"])).stdout).toBe("#7: comment unchanged\n");
});

test("posts to the pull request of a run, from a fork too, and says how the run ended", async () => {
  expect(
    await comment(["--file", "comment.md", "--workflow-run", "event.json"], {
      GITHUB_SERVER_URL: "https://github.example.com",
    }),
  ).toEqual({ status: 0, stdout: "#7: comment created\n", stderr: "" });
  expect(server.comments[0]!.body).toContain(
    "<sub>Check: success · [run](https://github.example.com/acme/baseline/actions/runs/99)</sub>",
  );
});

test("posts also where the run has left nothing, or a link to what is secret here", async () => {
  rmSync(join(folder, "comment.md"));
  expect((await comment(["--file", "comment.md", "--workflow-run", "event.json"])).status).toBe(0);
  expect(server.comments[0]!.body).toContain("There is no review: the run ended before it came to one.");
  writeFileSync(join(folder, "secret"), `${COMMENT_MARKER}\nsecret`);
  symlinkSync(join(folder, "secret"), join(folder, "comment.md"));
  expect((await comment(["--file", "comment.md", "--workflow-run", "event.json"])).status).toBe(0);
  expect(server.comments.map(({ body }) => body).join()).not.toContain("secret");
});

test("a pull request that has moved on is left alone", async () => {
  server.pulls.length = 0;
  expect(await comment(["--file", "comment.md", "--workflow-run", "event.json"])).toEqual({
    status: 0,
    stdout: "No open pull request is at this commit: it is closed or has moved on, and nothing is posted.\n",
    stderr: "",
  });
});

test.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
  ["no target", ["--file", "comment.md"], {}, "error COMMENT-TARGET"],
  [
    "two targets",
    ["--file", "comment.md", "--pull-request", "7", "--workflow-run", "event.json"],
    {},
    "error COMMENT-TARGET",
  ],
  [
    "a pull request that is no number",
    ["--file", "comment.md", "--pull-request", "7/../8"],
    {},
    "error COMMENT-TARGET",
  ],
  ["no token", ["--file", "comment.md", "--pull-request", "7"], { GITHUB_TOKEN: "" }, "error GITHUB-TOKEN"],
  [
    "no repository",
    ["--file", "comment.md", "--pull-request", "7"],
    { GITHUB_REPOSITORY: undefined },
    "error GITHUB-REPOSITORY",
  ],
  ["no file", ["--file", "other.md", "--pull-request", "7"], {}, "error COMMENT-FILE other.md"],
  [
    "a file that is no review",
    ["--file", "event.json", "--pull-request", "7"],
    {},
    "error COMMENT-FILE event.json\n  This cannot be posted: it does not begin with the marker",
  ],
  ["no event", ["--file", "comment.md", "--workflow-run", "comment.md"], {}, "error WORKFLOW-RUN-EVENT comment.md"],
  [
    "GitHub without encryption",
    ["--file", "comment.md", "--pull-request", "7"],
    { GITHUB_API_URL: "http://api.example.com" },
    "error GITHUB-URL",
  ],
])("%s is wrong usage: 2", async (_, args, env, expected) => {
  const { status, stderr } = await comment(args, env);
  expect(stderr).toContain(expected);
  expect(status).toBe(2);
  expect(server.comments).toEqual([]);
});

test("a token that GitHub does not know is the run's failure: 1", async () => {
  const { status, stderr } = await comment(["--file", "comment.md", "--pull-request", "7"], {
    GITHUB_TOKEN: "ghs_another",
  });
  expect(stderr).toContain(
    "error GITHUB-REFUSED\n  GitHub refuses GET /repos/acme/baseline/issues/7/comments?per_page=100&page=1: 401 Bad credentials",
  );
  expect(status).toBe(1);
});
