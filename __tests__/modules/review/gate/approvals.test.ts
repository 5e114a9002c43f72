import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agreedInCheckouts, agreedInHistory } from "../../../../modules/review/gate/agreed";
import { Approval, ApprovalSides, approvalStates } from "../../../../modules/review/gate/approvals";
import { judge } from "../../../../modules/review/gate/gate";
import type { Json } from "../../../../modules/kernel/json";
import { reviewPlans } from "../../../../modules/review/review";
import { renderText } from "../../../../modules/review/render/text";
import type { Review } from "../../../../modules/review/types";
import { stackPair } from "../../../../modules/terraform/synth-pair";

const TODAY = "2026-11-26";
const ID = `guardrails-${"0".repeat(32)}`;
const approval = (id = ID, expires = "2026-12-31"): Approval => ({
  id,
  reason: "agreed in the review",
  approver: "Ada",
  expires,
});

describe("an approval serves once", () => {
  const states = (sides: ApprovalSides): readonly string[] => approvalStates(sides, TODAY).map(({ state }) => state);

  test.each<[string, ApprovalSides, string]>([
    ["the base has it and the head takes it out", { bases: [[approval()]], head: [] }, "counts"],
    ["both have it", { bases: [[approval()]], head: [approval()] }, "kept"],
    ["only the head has it", { bases: [[]], head: [approval()] }, "brought"],
    ["its last day is over", { bases: [[approval(ID, "2026-11-25")]], head: [] }, "expired"],
    ["it is its last day", { bases: [[approval(ID, TODAY)]], head: [] }, "counts"],
    ["the head edits it", { bases: [[approval(ID, "2026-11-25")]], head: [approval()] }, "kept"],
    [
      "an earlier state that is applied together with this one had it",
      { bases: [[approval()], []], head: [] },
      "counts",
    ],
    ["it came and went between two applies", { bases: [[], [approval()]], head: [] }, "counts"],
    ["an earlier state had it, and the head brings it back", { bases: [[approval()], []], head: [approval()] }, "kept"],
  ])("%s", (_, sides, expected) => {
    expect(states(sides)).toEqual([expected]);
  });
});

const policy = (actions: readonly string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
/** Roles, each with an inline policy. */
const synth = (policies: Readonly<Record<string, string>>): Json => ({
  resource: {
    aws_iam_role: Object.fromEntries(Object.keys(policies).map((name) => [name, { name, assume_role_policy: TRUST }])),
    aws_iam_role_policy: Object.fromEntries(
      Object.entries(policies).map(([name, text]) => [
        name,
        { name, role: `\${aws_iam_role.${name}.name}`, policy: text },
      ]),
    ),
  },
});
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "arn:aws:iam::111122223333:root" } }],
});
const NARROW = policy(["s3:GetObject"]);
const WIDE = policy(["s3:GetObject", "iam:PassRole"]);
const review = (before: Json | undefined, after: Json | undefined): Review =>
  reviewPlans([stackPair("s", "cdk.tf.json", before, after)]);

/** A repository of one environment; each step commits what the files are from then on. */
class Branch {
  readonly root = mkdtempSync(join(tmpdir(), "keyless-approvals-"));
  constructor() {
    this.git("init", "--quiet", "-b", "main");
    mkdirSync(join(this.root, "environments/prod"), { recursive: true });
  }
  git(...args: readonly string[]): string {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...identity, ...args], {
      cwd: this.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  }
  approvals(...ids: readonly string[]): void {
    const entries = ids.map(
      (id) => `\n  - { id: ${id}, reason: agreed in the review, approver: Ada, expires: 9999-12-31 }`,
    );
    writeFileSync(
      join(this.root, "environments/prod/approvals.yaml"),
      `version: 1\napprovals:${entries.join("") || " []"}\n`,
    );
  }
  commit(message: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

describe("over the history of a branch", () => {
  let branch: Branch;
  beforeEach(() => (branch = new Branch()));
  afterEach(() => branch.remove());
  const widened = review(synth({ a: NARROW }), synth({ a: WIDE }));
  const { id } = widened.changes.find((change) => change.class === "weakens")!;
  const stops = (since?: readonly string[], of = widened): number => {
    const { approvals } = agreedInHistory(branch.root, "prod", since);
    return judge(of, ["weakens"], approvals, TODAY).gate.stopping.length;
  };

  test("approved, made, undone, made again: the second time stops", () => {
    branch.approvals(id);
    branch.commit("approve");
    branch.approvals();
    branch.commit("widen");
    expect(stops()).toBe(0);
    branch.commit("narrow again");
    branch.commit("widen again");
    expect(stops()).toBe(1);
  });

  test("something unrelated in the same change, or before it, does not make it lapse", () => {
    branch.approvals(id);
    branch.commit("approve");
    const other = review(synth({ a: NARROW, b: NARROW }), synth({ a: WIDE, b: NARROW, c: NARROW }));
    writeFileSync(join(branch.root, "README.md"), "More.\n");
    branch.commit("something unrelated");
    branch.approvals();
    branch.commit("widen, and a policy that is new");
    const { approvals } = agreedInHistory(branch.root, "prod");
    const { gate } = judge(other, ["weakens"], approvals, TODAY);
    expect(gate.approved.map(({ change }) => change.id)).toEqual([id]);
  });

  test("merged by a merge commit, by a squash, or as it is: the base is what the branch was before", () => {
    branch.approvals(id);
    const before = branch.commit("approve");
    branch.git("checkout", "--quiet", "-b", "topic");
    branch.commit("first");
    branch.approvals();
    branch.commit("second");
    branch.git("checkout", "--quiet", "main");
    branch.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic");
    expect(stops()).toBe(0);
    branch.git("reset", "--quiet", "--hard", before);
    branch.git("merge", "--quiet", "--squash", "topic");
    branch.commit("squashed");
    expect(stops()).toBe(0);
    branch.git("reset", "--quiet", "--hard", before);
    branch.git("merge", "--quiet", "--ff-only", "topic");
    expect(stops([before])).toBe(0);
  });

  test("one that a pull request brings and takes out again in two commits was never agreed to", () => {
    const before = branch.commit("base");
    branch.approvals(id);
    branch.commit("bring");
    branch.approvals();
    branch.commit("take out, and widen");
    expect(stops([before])).toBe(1);
  });

  test("one that waits for an apply which failed is still there for the next", () => {
    branch.approvals(id);
    const applied = branch.commit("approve");
    branch.approvals();
    const failed = branch.commit("widen");
    branch.commit("something unrelated");
    expect(stops([failed])).toBe(1);
    expect(stops([applied, failed])).toBe(0);
  });

  test("edited and not committed: the last commit is the base", () => {
    branch.approvals(id);
    branch.commit("approve");
    expect(stops()).toBe(1);
    branch.approvals();
    expect(stops()).toBe(0);
  });

  test("without a history nobody has agreed to anything", () => {
    const folder = mkdtempSync(join(tmpdir(), "keyless-approvals-"));
    expect(agreedInHistory(folder, "prod")).toMatchObject({ approvals: { bases: [], head: [] } });
    rmSync(folder, { recursive: true });
  });

  test("a commit that this one does not come from is refused", () => {
    const before = branch.commit("base");
    branch.git("checkout", "--quiet", "--orphan", "other");
    branch.commit("elsewhere");
    for (const name of [before, "nothing", "--all", "0".repeat(40)])
      expect(() => agreedInHistory(branch.root, "prod", [name])).toThrow("REVIEW-SINCE");
  });

  test("a fork that brings its own approval: the base of the pull request has none", () => {
    const fork = new Branch();
    branch.commit("base");
    fork.approvals(id);
    const { approvals } = agreedInCheckouts(branch.root, fork.root, "prod");
    const judged = judge(widened, ["weakens"], approvals, TODAY);
    expect(judged.gate.stopping.map((change) => change.id)).toEqual([id]);
    expect(renderText(judged)).toContain("the approval does not count, because this change brings it along");
    fork.remove();
  });
});

describe("a new stack as a whole", () => {
  const made = review(undefined, synth({ a: WIDE, b: WIDE, c: policy(["*"]) }));
  const [stack] = made.newStacks!;
  const judged = (of: Review, id: string) =>
    judge(of, ["weakens", "unknown", "destroys-guard"], { bases: [[approval(id)]], head: [] }, TODAY);

  test("one approval lets all of its changes pass, and says how many", () => {
    expect(made.changes.length).toBeGreaterThan(1);
    const { gate } = judged(made, stack!.id);
    expect(gate.stopping).toEqual([]);
    expect(renderText(judged(made, stack!.id))).toMatch(
      /stack-[0-9a-f]{32}, a new stack as a whole \(\d+ changes\), approved by Ada/,
    );
  });

  test("another resource, another value, or one resource less: another digest", () => {
    for (const other of [
      synth({ a: WIDE, b: WIDE, c: policy(["*"]), d: NARROW }),
      synth({ a: WIDE, b: NARROW, c: policy(["*"]) }),
      synth({ a: WIDE, c: policy(["*"]) }),
    ]) {
      const next = review(undefined, other);
      expect(next.newStacks![0]!.id).not.toBe(stack!.id);
      expect(judged(next, stack!.id).gate.stopping.length).toBeGreaterThan(0);
    }
  });

  test("a stack that exists has none", () => {
    expect(review(synth({ a: NARROW }), synth({ a: NARROW, b: WIDE })).newStacks).toEqual([]);
    expect(review(synth({ a: NARROW }), undefined).newStacks).toEqual([]);
  });

  test("what is not approved is told with the id of the whole", () => {
    expect(renderText(judge(made, ["weakens"], { bases: [], head: [] }, TODAY))).toContain(
      `${stack!.id} approves all of it`,
    );
  });
});
