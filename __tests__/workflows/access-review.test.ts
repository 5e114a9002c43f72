import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { commentPicture, PICTURED } from "../../bundle/comment-picture";
import { COMMENT_LIMIT, COMMENT_MARKER } from "../../modules/review/render/markdown";
import type { CliRun } from "../support/cli";
import { ROOT } from "../support/environments";
import { Warm } from "../support/warm";
import { parseWorkflow } from "./checks";

/** The scripts of access-review.yml, run as they stand there over two commits of a repository of its own. */

jest.setTimeout(120_000);

const { jobs } = parseWorkflow(readFileSync(join(ROOT, ".github/workflows/access-review.yml"), "utf8"));
const script = (name: string): string => {
  const step = jobs["review"]!.steps!.find((one) => one["name"] === name);
  if (!step?.run) throw new Error(`the job has no step ${name} with a script`);
  return step.run;
};

const work = mkdtempSync(join(tmpdir(), "keyless-access-review-"));
const warm = new Warm();
afterAll(async () => {
  await warm.stop();
  rmSync(work, { recursive: true, force: true });
});
const BASELINE = "environments/example/baseline.yaml";

function git(folder: string, ...args: string[]): string {
  return execFileSync(
    "git",
    [
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      "-c",
      "init.defaultBranch=main",
      "-c",
      "commit.gpgsign=false",
      "-C",
      folder,
      ...args,
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  ).trim();
}

/** A repository whose main branch is this project, as far as a review reads it. */
const origin = join(work, "origin");
beforeAll(() => {
  mkdirSync(origin);
  for (const path of [
    "environments",
    "cdktf.json",
    "main.ts",
    "package.json",
    "README.md",
    "cli/commands/pull-request.ts",
  ])
    cpSync(join(ROOT, path), join(origin, path), { recursive: true });
  git(origin, "init", "--quiet");
  git(origin, "add", ".");
  git(origin, "commit", "--quiet", "-m", "base");
});

type Edit = (root: string) => void;

function replace(file: string, from: string, to: string): Edit {
  return (root) => {
    const path = join(root, file);
    const parts = readFileSync(path, "utf8").split(from);
    expect([from, parts.length]).toEqual([from, 2]);
    writeFileSync(path, parts.join(to));
  };
}

function write(file: string, text: string): Edit {
  return (root) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
}

interface Outcome {
  readonly status: number | null;
  readonly log: string;
  readonly comment: string;
  readonly summary: string;
}

let count = 0;

/** In the place of node: leaves what bash makes of the script's arguments, each on a line of its own. */
const recorder = join(work, "recorder");
beforeAll(() => {
  mkdirSync(recorder);
  writeFileSync(join(recorder, "node"), '#!/bin/sh\nprintf "%s\\n" "$@" > "$RECORDED"\n', { mode: 0o755 });
});

/**
 * @param before edits of the base
 * @param after edits of the pull request
 * @param synth what the job of the head has left
 * @param own the script starts its program itself; otherwise what it would start runs in the process that is warm
 */
async function review({
  before = [],
  after,
  synth,
  own = false,
}: {
  readonly before?: readonly Edit[];
  readonly after: readonly Edit[];
  readonly synth?: (head: string) => Promise<string> | string;
  readonly own?: boolean;
}): Promise<Outcome> {
  const workspace = join(work, `run-${++count}`);
  const [head, base, temp] = [join(workspace, "head"), join(workspace, "base"), join(workspace, "temp")];
  mkdirSync(temp, { recursive: true });
  git(work, "clone", "--quiet", origin, head);
  const commit = (edits: readonly Edit[], message: string): void => {
    edits.forEach((edit) => edit(head));
    git(head, "add", "--force", ".");
    git(head, "commit", "--quiet", "--allow-empty", "-m", message);
  };
  commit(before, "main moves on");
  git(head, "checkout", "--quiet", "-b", "change");
  commit(after, "the pull request");
  git(head, "checkout", "--quiet", "main");
  git(head, "merge", "--quiet", "--no-ff", "-m", "what GitHub merges", "change");

  const [output, summary] = [join(temp, "output"), join(temp, "summary")];
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    NO_COLOR: "1",
    RUNNER_TEMP: temp,
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  };
  const run = (name: string, cwd: string, more: NodeJS.ProcessEnv = {}): { status: number | null; log: string } => {
    // As a runner does: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsshell
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script(name)],
      { cwd, env: { ...env, ...more }, encoding: "utf8" },
    );
    return { status, log: stdout + stderr };
  };
  expect(run("Find the base", workspace)).toEqual({ status: 0, log: "" });
  const sha = /^sha=(\w{40})\n$/.exec(readFileSync(output, "utf8"))![1]!;
  git(work, "clone", "--quiet", "--no-checkout", head, base);
  git(base, "checkout", "--quiet", sha);
  // In place of npm ci and the build.
  symlinkSync(join(ROOT, "node_modules"), join(base, "node_modules"));
  symlinkSync(join(ROOT, "dist"), join(base, "dist"));
  if (synth) cpSync(await synth(head), join(temp, "head-synth"), { recursive: true });
  const reviewed = async (): Promise<{ status: number | null; log: string }> => {
    if (own) return run("Review", base);
    const recorded = join(temp, "recorded");
    const asked = run("Review", base, { PATH: `${recorder}:${env.PATH}`, RECORDED: recorded });
    expect(asked).toEqual({ status: 0, log: "" });
    const [program, ...args] = readFileSync(recorded, "utf8").trimEnd().split("\n");
    expect(program).toBe("dist/cli/index.js");
    return logged(await warm.keyless(base, args, env));
  };
  const { status, log } = await reviewed();
  expect(run("Show it in the summary", workspace)).toEqual({ status: 0, log: "" });
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  return { status, log, comment: read(join(temp, "comment.md")), summary: read(summary) };
}

const logged = ({ status, stdout, stderr }: CliRun): { status: number | null; log: string } => ({
  status,
  log: stdout + stderr,
});

const OPEN_INFRASTRUCTURE = replace(PICTURED.file, PICTURED.from, PICTURED.to);
const ids = (comment: string): readonly string[] => [
  ...new Set([...comment.matchAll(/<sub>`([a-z-]+-[0-9a-f]{32})`<\/sub>/g)].map((match) => match[1]!)),
];
const approvalsOf = (list: readonly string[], expires = "9999-12-31"): string =>
  `version: 1\napprovals:\n${list.map((id) => `  - { id: ${id}, reason: Agreed upon in the review, approver: Ada, expires: ${expires} }\n`).join("")}`;
const APPROVALS = "environments/example/approvals.yaml";
const NO_APPROVALS = write(APPROVALS, "version: 1\n");

describe("a pull request that weakens", () => {
  let weakened: Outcome;
  beforeAll(async () => {
    weakened = await review({ after: [OPEN_INFRASTRUCTURE], own: true });
  });

  test("is stopped, and the comment says what and for whom", async () => {
    expect(weakened.status).toBe(3);
    expect(weakened.comment.startsWith(`${COMMENT_MARKER}\n`)).toBe(true);
    expect(weakened.comment).toMatch(
      /OU `Infrastructure` \(3 accounts\): .*creation of access keys.* no longer denied/,
    );
    expect(weakened.comment).toContain("The gate refuses");
    expect(weakened.comment.split(COMMENT_MARKER)).toHaveLength(2);
    expect(weakened.comment).not.toContain("changes code");
    expect(weakened.summary).toBe(weakened.comment);
    expect(weakened.log).toMatch(/^example:\n[^]*The gate refuses \d+\./);
  });

  test("looks as the picture of the docs shows (npm run docs writes it)", () => {
    const picture = commentPicture(weakened.comment, PICTURED.height);
    expect(readFileSync(join(ROOT, "docs/pictures/comment.svg"), "utf8")).toBe(picture);
    // What a reader sees first, and nothing that is folded.
    expect(picture).toContain("The gate refuses");
    expect(picture).not.toContain("for example");
  });

  test("is stopped all the same when it approves itself, and is told so", async () => {
    const found = ids(weakened.comment);
    expect(found.length).toBeGreaterThan(1);
    const { status, comment } = await review({ after: [OPEN_INFRASTRUCTURE, write(APPROVALS, approvalsOf(found))] });
    expect(status).toBe(3);
    expect(comment).toContain("A pull request cannot approve itself.");
    expect(comment).not.toContain("approved by");
  });

  test("passes once the base approves each change and it takes the approvals out, and the comment shows that it did", async () => {
    const { status, comment } = await review({
      before: [write(APPROVALS, approvalsOf(ids(weakened.comment)))],
      after: [OPEN_INFRASTRUCTURE, NO_APPROVALS],
    });
    expect(status).toBe(0);
    expect(comment).toContain("approved by `Ada` until 9999-12-31");
    expect(comment).toContain("The gate lets it pass");
  });

  test("is stopped when the approvals stay: they would serve again", async () => {
    const { status, comment } = await review({
      before: [write(APPROVALS, approvalsOf(ids(weakened.comment)))],
      after: [OPEN_INFRASTRUCTURE],
    });
    expect(status).toBe(3);
    expect(comment).toContain("An approval serves once: take it out in the same change.");
  });

  test("is stopped when one approval is missing, or has ended", async () => {
    const found = ids(weakened.comment);
    for (const approvals of [approvalsOf(found.slice(1)), approvalsOf(found, "2020-01-01")]) {
      const { status } = await review({
        before: [write(APPROVALS, approvals)],
        after: [OPEN_INFRASTRUCTURE, NO_APPROVALS],
      });
      expect(status).toBe(3);
    }
  });

  test("cannot hide behind facts of its own", async () => {
    const renamed: Edit = (root) => {
      const file = join(root, "environments/example/organization.yaml");
      const text = readFileSync(file, "utf8");
      expect(text).toContain("name: Infrastructure\n");
      writeFileSync(file, text.replaceAll("name: Infrastructure\n", "name: Playground\n"));
      const baseline = join(root, BASELINE);
      writeFileSync(baseline, readFileSync(baseline, "utf8").replaceAll("ou: Infrastructure\n", "ou: Playground\n"));
    };
    const { status, comment } = await review({ after: [OPEN_INFRASTRUCTURE, renamed] });
    expect(status).toBe(3);
    expect(comment).toContain("OU `Infrastructure`");
    expect(comment).toContain("The facts of `example` change");
  });
});

describe("the base of a merge queue's group", () => {
  const base = (env: NodeJS.ProcessEnv): { status: number | null; output: string } => {
    const output = join(work, "base-output");
    writeFileSync(output, "");
    const { status } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script("Find the base")],
      {
        cwd: work,
        env: { PATH: process.env["PATH"], GITHUB_OUTPUT: output, ...env },
      },
    );
    return { status, output: readFileSync(output, "utf8") };
  };
  const sha = "0123456789abcdef0123456789abcdef01234567";

  test("is what GitHub says: the group may be one commit, or many", () =>
    expect(base({ MERGE_GROUP_BASE: sha, MERGE_GROUP_BRANCH: "refs/heads/main" })).toEqual({
      status: 0,
      output: `sha=${sha}\n`,
    }));

  test("is none on another branch: a check belongs to the commit", () =>
    expect(base({ MERGE_GROUP_BASE: sha, MERGE_GROUP_BRANCH: "refs/heads/other" })).toEqual({ status: 3, output: "" }));
});

describe("a pull request that changes nothing of access", () => {
  test("passes: a comment in the baseline", async () => {
    const { status, comment } = await review({
      after: [replace(BASELINE, "version: 1\n", "version: 1\n# A remark.\n")],
      own: true,
    });
    expect(comment).toBe(`${COMMENT_MARKER}\n\n## Access review\n\nNothing changes in \`example\`.\n`);
    expect(status).toBe(0);
  });

  test("passes: docs", async () => {
    expect((await review({ after: [write("docs/more.md", "More.\n"), write("README.md", "Less.\n")] })).status).toBe(0);
  });

  test("passes: approvals by themselves, which count after the merge", async () => {
    const { status, comment } = await review({
      after: [write(APPROVALS, approvalsOf(["guardrails-0123456789abcdef0123456789abcdef"]))],
    });
    expect(status).toBe(0);
    expect(comment).toContain("New ones count after the merge");
  });
});

describe("a pull request that changes code", () => {
  /** As the job of the head makes it. */
  const synthOf = async (head: string): Promise<string> => {
    const output = join(head, "..", "synth");
    expect(await warm.synth(head, { PATH: process.env["PATH"], CDKTF_OUTDIR: output })).toMatchObject({ status: 0 });
    return output;
  };

  test("is reviewed by the synth that its own code has made, with a warning that names the files", async () => {
    const { status, comment } = await review({
      after: [OPEN_INFRASTRUCTURE, write("main.ts", "// other code\n"), write("modules/x.ts", "")],
      synth: synthOf,
      own: true,
    });
    expect(status).toBe(3);
    expect(comment).toContain("> This pull request changes code (2 files): `main.ts`, `modules/x.ts`.");
    expect(comment).toContain("OU `Infrastructure`");
  });

  test.each([
    "dist/main.js",
    "node_modules/cdktf/index.js",
    "tsconfig.json",
    ".npmrc",
    "package-lock.json",
    "bench/x.ts",
  ])("is one that brings %s along", async (file) => {
    const { status, comment } = await review({ after: [write(file, "anything\n")] });
    expect(status).toBe(2);
    expect(comment).toContain(`\`${file}\``);
  });

  test("has a synth whose stacks may be anything: one of no environment is reviewed without facts or approvals", async () => {
    const forged = async (head: string): Promise<string> => {
      const output = await synthOf(head);
      mkdirSync(join(output, "stacks/elsewhere"), { recursive: true });
      const manifest = JSON.parse(readFileSync(join(output, "manifest.json"), "utf8")) as {
        stacks: Record<string, unknown>;
      };
      manifest.stacks["elsewhere"] = {
        name: "elsewhere",
        constructPath: "elsewhere",
        workingDirectory: "stacks/elsewhere",
        synthesizedStackPath: "stacks/elsewhere/cdk.tf.json",
        annotations: [],
        dependencies: [],
      };
      writeFileSync(join(output, "manifest.json"), JSON.stringify(manifest));
      writeFileSync(
        join(output, "stacks/elsewhere/cdk.tf.json"),
        JSON.stringify({ resource: { aws_iam_user: { a: { name: "a" } }, aws_iam_access_key: { a: { user: "a" } } } }),
      );
      return output;
    };
    const { status, comment } = await review({ after: [write("main.ts", "// other code\n")], synth: forged });
    expect(status).toBe(3);
    expect(comment).toContain("Access review of `stacks of no environment`");
  });

  test("without a synth is an error, and the comment says that there is no review", async () => {
    const { status, log, comment } = await review({ after: [write("main.ts", "// other code\n")], own: true });
    expect(status).toBe(2);
    expect(log).toContain("error PULL-REQUEST-CODE\n  The pull request changes code (main.ts)");
    expect(comment).toContain("**There is no review: ");
    expect(comment).toContain("`main.ts`");
  });

  test("a synth is not used where the pull request changes no code: it could say anything", async () => {
    const innocent = async (): Promise<string> => {
      const output = join(work, "innocent");
      rmSync(output, { recursive: true, force: true });
      const env = { PATH: process.env["PATH"], CDKTF_OUTDIR: output };
      expect(await warm.synth(origin, env)).toMatchObject({ status: 0 });
      return output;
    };
    expect((await review({ after: [OPEN_INFRASTRUCTURE], synth: innocent })).status).toBe(3);
  });
});

describe("environments", () => {
  const copyOf =
    (name: string): Edit =>
    (root) =>
      cpSync(join(root, "environments/example"), join(root, `environments/${name}`), { recursive: true });

  test("several are reviewed one by one, in one comment; a new one has no approvals", async () => {
    const { status, comment, log } = await review({
      before: [copyOf("staging")],
      after: [
        copyOf("new"),
        replace(
          "environments/staging/baseline.yaml",
          "        except:\n          - ou: Sandbox\n",
          "        except:\n          - ou: Sandbox\n          - ou: Infrastructure\n",
        ),
        write("environments/new/approvals.yaml", "version: 1\n"),
      ],
    });
    expect(status).toBe(3);
    expect(comment).toContain("Nothing changes in `example`.");
    expect(comment).toContain("## Access review of `staging`");
    expect(comment).toContain("## Access review of `new`");
    expect(comment).toContain("`new` is new: the base has no facts about it");
    expect(comment.split(COMMENT_MARKER)).toHaveLength(2);
    expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT - 2_000);
    expect(log.match(/^(example|new|staging):$/gm)).toEqual(["example:", "new:", "staging:"]);
  });

  test("one that is wrong is an error with its place, and the comment says that there is no review", async () => {
    const { status, log, comment } = await review({ after: [replace(BASELINE, "version: 1\n", "version: 9\n")] });
    expect(status).toBe(2);
    expect(log).toContain(`error CONFIG-VALUE ${BASELINE}:`);
    expect(log).toContain("error PULL-REQUEST-SYNTH");
    // The comment shows what is wrong, with its place.
    expect(comment).toMatch(/```text\n[^]*error CONFIG-VALUE environments\/example\/baseline\.yaml:\d+/);
    expect(comment).toContain("**There is no review: ");
  });

  test("one of whose proofs does not hold is refused like any other change: exit code 3", async () => {
    const content =
      '{"Version":"2012-10-17","Statement":[{"Sid":"NoIam","Effect":"Deny","Action":"iam:*","Resource":"*"}]}';
    const policy = `  - id: p-oldrules\n    name: old-rules\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: false\n    content: '${content}'\n    targetIds: [ou-exmp-workload]\n`;
    const { status, log, comment } = await review({
      after: [replace("environments/example/organization.yaml", "policies:\n", `policies:\n${policy}`)],
    });
    expect(log).toContain("error PULL-REQUEST-SYNTH");
    expect(comment).toContain("error PROOF-NO-LOCK-OUT");
    expect(status).toBe(3);
  });

  test("a link among their files is refused: it could lead to anything on the machine that reviews", async () => {
    const { status, log } = await review({
      after: [
        (root) => {
          rmSync(join(root, "environments/example/certificates/datacenter-ca.pem"));
          symlinkSync("/etc/hostname", join(root, "environments/example/certificates/datacenter-ca.pem"));
        },
      ],
    });
    expect(status).toBe(2);
    expect(log).toContain("error PULL-REQUEST-LINK environments/example/certificates/datacenter-ca.pem");
  });
});

describe("a base that has no review yet", () => {
  test("is said, and stops", async () => {
    const empty = join(work, "empty");
    mkdirSync(empty);
    const { status, stdout } = spawnSync("bash", ["-e", "-o", "pipefail", "-c", script("Build the base")], {
      cwd: empty,
      encoding: "utf8",
    });
    expect(stdout).toBe(
      "::error::The base has no access review yet. A person has to judge the pull request that brings it.\n",
    );
    expect(status).toBe(3);
  });
});
