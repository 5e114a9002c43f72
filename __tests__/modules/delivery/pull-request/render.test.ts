import type { Report } from "../../../../modules/review/render/report";
import { COMMENT_LIMIT, COMMENT_MARKER } from "../../../../modules/review/render/markdown";
import { say } from "../../../../modules/review/sentence";
import type { AccessChange } from "../../../../modules/review/types";
import { renderNoResult, renderPullRequest } from "../../../../modules/delivery/pull-request/render";
import type { EnvironmentReview } from "../../../../modules/delivery/pull-request/review";

/** @param changes how many the environment has */
function review(environment: string, changes: number, edit: Partial<EnvironmentReview> = {}): EnvironmentReview {
  const all = Array.from({ length: changes }, (_, i): AccessChange => ({
    id: `guardrails-${String(i).padStart(10, "0")}`,
    class: "weakens",
    area: "guardrails",
    sentence: say`OU ${`${environment} ${i}`} is no longer denied everything.`,
    stacks: [`${environment}-guardrails`],
    addresses: [`aws_organizations_policy.p${i}`],
    witnesses: [],
    diff: [{ sign: "-", text: `statement ${i} ${"x".repeat(500)}` }],
  }));
  const resources = all.map(({ addresses }) => ({
    stack: `${environment}-guardrails`,
    address: addresses[0]!,
    action: "update" as const,
  }));
  const report: Report = {
    review: { changes: all, notes: [], resources, stacks: [`${environment}-guardrails`] },
    gate: { stopping: all, approved: [], waived: [], refused: [], rules: [], unused: [], failOn: ["weakens"] },
    title: environment,
  };
  return { environment, report, isNew: false, countsLater: [], ...edit };
}

test("one marker, first; one heading for each environment that changes; the others in one line", () => {
  const markdown = renderPullRequest([review("a", 0), review("b", 2), review("c", 0), review("d", 1)], []);
  expect(
    markdown.startsWith(`${COMMENT_MARKER}\n\nNothing changes in \`a\`, \`c\`.\n\n## Access review of \`b\`\n`),
  ).toBe(true);
  expect(markdown.split(COMMENT_MARKER)).toHaveLength(2);
  expect(markdown.match(/^## .*$/gm)).toEqual(["## Access review of `b`", "## Access review of `d`"]);
});

test("an environment with ten thousand changes leaves the others whole, and everything is within GitHub's limit", () => {
  const markdown = renderPullRequest([review("large", 10_000), review("small", 3)], ["main.ts"]);
  expect(markdown.length).toBeLessThanOrEqual(COMMENT_LIMIT - 2_000);
  expect(markdown).toContain("The gate refuses 10000.");
  expect(markdown).toMatch(/… and \d+ more/);
  for (const i of [0, 1, 2]) expect(markdown).toContain(`OU \`small ${i}\` is no longer denied everything.`);
  // What the small one leaves is the large one's: more than the half of it.
  expect(markdown).toContain("- OU `large 199` is no longer denied everything.");
  // Nothing is cut in the middle.
  expect(markdown.split("<details>").length).toBe(markdown.split("</details>").length);
  expect(markdown.endsWith("\n")).toBe(true);
});

test("a hundred environments with a thousand changes each are within the limit, each with its verdict", () => {
  const names = Array.from({ length: 100 }, (_, i) => `env-${String(i).padStart(3, "0")}`);
  const markdown = renderPullRequest(
    names.map((environment) => review(environment, 1_000)),
    Array.from({ length: 500 }, (_, i) => `modules/${"x".repeat(200)}${i}.ts`),
  );
  expect(markdown.length).toBeLessThanOrEqual(COMMENT_LIMIT - 2_000);
  expect(markdown.match(/The gate refuses 1000\./g)).toHaveLength(100);
});

test("what is new, and what counts later, is said below its environment", () => {
  expect(renderPullRequest([review("a", 1, { isNew: true })], [])).toContain(
    "> `a` is new: the base has no facts about it",
  );
  const later = renderPullRequest([review("a", 0, { countsLater: ["approvals.yaml", "organization.yaml"] })], []);
  expect(later).toContain("> The approvals of `a` change");
  expect(later).toContain("> The facts of `a` change");
});

test("names of files cannot break out of the comment, or mention anybody", () => {
  const evil = ["a`@everyone`.ts", "</details><img src=x>.ts", `x\n## Approved\n${COMMENT_MARKER}.ts`];
  for (const markdown of [
    renderPullRequest([review("a", 1)], evil),
    renderNoResult(evil, "nothing was synthesized."),
  ]) {
    expect(markdown).toContain("``a`@everyone`.ts``");
    expect(markdown).toContain("`</details><img src=x>.ts`");
    expect(markdown).not.toMatch(/^## Approved/m);
  }
});
