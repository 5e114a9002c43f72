import MarkdownIt from "markdown-it";
import { Approval, NO_APPROVALS, parseApprovals } from "../../../modules/review/gate/approvals";
import { judge } from "../../../modules/review/gate/gate";
import { codeSpan, oneLine } from "../../../modules/review/escape";
import { renderHtml } from "../../../modules/review/render/html";
import { renderJson, renderSarif } from "../../../modules/review/render/machine";
import { COMMENT_LIMIT, COMMENT_MARKER, renderMarkdown } from "../../../modules/review/render/markdown";
import type { Report } from "../../../modules/review/render/report";
import { renderText } from "../../../modules/review/render/text";
import type { Review } from "../../../modules/review/types";
import { Edit } from "./corpus";
import corpus from "./corpus.json";
import { reviewOf } from "./reviewed";

/** As GitHub reads it: with HTML, links made of addresses, and tables. */
const markdown = new MarkdownIt({ html: true, linkify: true });

const all = (corpus as unknown as readonly { name: string; edits: readonly Edit[] }[]).map((one) => one.edits);
const edits = (name: string): readonly Edit[] =>
  (corpus as unknown as readonly { name: string; edits: readonly Edit[] }[]).find((one) => one.name === name)!.edits;
const report = (review: Review, failOn: Parameters<typeof judge>[1] = []): Report => ({
  review,
  gate: judge(review, failOn, NO_APPROVALS, "2026-11-24").gate,
  title: "example",
});

const EVIL = [
  "@everyone",
  "<script>alert(1)</script>",
  "`; rm -rf`",
  "a|b",
  "[x](javascript:alert(1))",
  "# heading",
  "-->",
  "</details>",
  "\u001b[31mred",
  "``` \n # x",
  "#1",
  "https://evil.example",
  "![i](http://x)",
  "\u202egnp.exe",
  "&lt;b&gt;",
];

const grant = (name: string, account: string): Edit => [
  "add",
  "example-identity-center-00",
  `aws_ssoadmin_account_assignment.e${account}["${account}"]`,
  {
    permission_set_arn: "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-dev",
    principal_id: name,
    principal_type: "GROUP",
    target_id: account,
    target_type: "AWS_ACCOUNT",
  },
];

describe("names of others stay names", () => {
  test.each(EVIL)("%j in Markdown is a code span and nothing else", (name) => {
    const text = renderMarkdown(report(reviewOf([grant(name, "444444444402")])));
    const page = markdown.render(text);
    expect(page).not.toMatch(/<(script|img|h1)[ >]|javascript:(?![^<]*<\/code>)/);
    // Outside of code nothing of it is left.
    const outside = page.replace(/<code>[^]*?<\/code>/g, "");
    expect(outside).not.toContain("@everyone");
    expect(outside).not.toContain("evil.example");
    expect(page.match(/<details>/g)?.length).toBe(page.match(/<\/details>/g)?.length);
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });

  test.each(EVIL)("%j in HTML and in a terminal", (name) => {
    const review = reviewOf([grant(name, "444444444402")]);
    // Its data and its script apart, which the policy names by their hash.
    const page = renderHtml(report(review));
    expect(page.match(/<script/g)).toHaveLength(2);
    const markup = page.replace(/<script[^]*?<\/script>/g, "");
    expect(markup).not.toMatch(/<(script|img|a) |<script/);
    expect(markup).not.toMatch(/\son\w+=/);
    expect(renderText(report(review))).not.toMatch(/[\u001b\u202e]/);
  });

  test("a code span holds any number of backticks", () => {
    for (const text of ["a", "`", "``", "a`b``c", "`a`", "   "]) {
      const page = markdown.render(codeSpan(text));
      expect(page).toMatch(/^<p><code>[^]*<\/code><\/p>\n$/);
      if (text.trim()) expect(page).toContain(text.trim());
    }
    expect(oneLine("a\nb\u0000c")).toBe("a b c");
  });
});

describe("Markdown for a comment", () => {
  test("begins with the marker, so that one comment is updated in place", () => {
    expect(renderMarkdown(report(reviewOf([]))).startsWith(`${COMMENT_MARKER}\n`)).toBe(true);
  });

  test("stays below GitHub's limit by telling less, never by cutting, and the worst stays", () => {
    const many: Edit[] = Array.from({ length: 3000 }, (_, i) =>
      grant(`group-${i}-${"x".repeat(60)}`, String(100000000000 + i)),
    );
    const review = reviewOf([...many, ...edits("alarm disabled"), ...edits("SCP detached from one OU of many")]);
    const text = renderMarkdown(report(review, ["weakens"]));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toContain("is disabled: the events that it matches raise no alarm");
    expect(text).toMatch(/… and \d+ more/);
    expect(text).toContain("The gate refuses");
    expect(text.endsWith("\n")).toBe(true);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
    for (const limit of [200, 500, 2000, 9000])
      expect(renderMarkdown(report(review), limit).length).toBeLessThanOrEqual(Math.max(limit, 260));
  });

  test("everything is told where it fits", () => {
    const review = reviewOf(edits("permission set's managed policy swapped"));
    const text = renderMarkdown(report(review));
    for (const change of review.changes) expect(text).toContain(change.id);
    expect(text).toContain("aws_ssoadmin_managed_policy_attachment.dev");
  });
});

describe("sensitive values", () => {
  test("appear in no format", () => {
    const review = reviewOf(edits("sensitive attribute of a known type"));
    for (const text of [
      renderMarkdown(report(review)),
      renderHtml(report(review)),
      renderText(report(review)),
      renderJson(report(review)),
      renderSarif(report(review)),
    ])
      expect(text).not.toContain("secret-token");
    expect(JSON.stringify(review)).not.toContain("secret-token");
  });
});

/** The base has them and the head takes them out. */
const served = (approvals: readonly Approval[]): typeof NO_APPROVALS => ({ bases: [approvals], head: [] });

describe("the gate", () => {
  const review = reviewOf(edits("permission set's managed policy swapped"));
  const weakening = review.changes.find((change) => change.class === "weakens")!;
  const approval = (id: string, expires: string): string =>
    `version: 1\napprovals:\n  - id: ${id}\n    reason: agreed in the architecture review\n    approver: Ada\n    expires: ${expires}\n`;

  test("stops the classes that it is told to stop", () => {
    expect(judge(review, ["weakens"], NO_APPROVALS, "2026-11-24").gate.stopping).toEqual([weakening]);
    expect(judge(review, ["destroys-guard"], NO_APPROVALS, "2026-11-24").gate.stopping).toEqual([]);
    expect(judge(review, [], NO_APPROVALS, "2026-11-24").gate.stopping).toEqual([]);
  });

  test("lets a named change pass, and says so", () => {
    const approvals = parseApprovals("approvals.yaml", approval(weakening.id, "2026-11-24"));
    const result = judge(review, ["weakens"], served(approvals), "2026-11-24").gate;
    expect(result.stopping).toEqual([]);
    expect(renderMarkdown({ review, gate: result })).toMatch(/\*\*approved\*\*[^]*approved by `Ada` until 2026-11-24/);
    expect(JSON.parse(renderJson({ review, gate: result }))).toMatchObject({ gate: { passes: true } });
  });

  test("an approval that has ended approves nothing, one of another change neither", () => {
    expect(
      judge(review, ["weakens"], served(parseApprovals("a.yaml", approval(weakening.id, "2026-11-23"))), "2026-11-24")
        .gate,
    ).toMatchObject({ stopping: [weakening], refused: [{ approval: { id: weakening.id }, state: "expired" }] });
    expect(
      judge(
        review,
        ["weakens"],
        served(parseApprovals("a.yaml", approval("guardrails-0123456789abcdef0123456789abcdef", "2027-01-01"))),
        "2026-11-24",
      ).gate,
    ).toMatchObject({ stopping: [weakening], unused: [{ id: "guardrails-0123456789abcdef0123456789abcdef" }] });
  });

  test("the id is bound to what changes", () => {
    const other = reviewOf([
      [
        "set",
        "aws_ssoadmin_managed_policy_attachment.dev",
        "managed_policy_arn",
        "arn:aws:iam::aws:policy/IAMFullAccess",
      ],
    ]);
    expect(other.changes.map((change) => change.id)).not.toContain(weakening.id);
    expect(reviewOf(edits("permission set's managed policy swapped")).changes.map((change) => change.id)).toContain(
      weakening.id,
    );
  });

  test.each([
    [
      "an unknown key",
      "version: 1\napprovals:\n  - id: guardrails-0123456789abcdef0123456789abcdef\n    reason: because it must be\n    approver: Ada\n    expires: 2027-01-01\n    until: x\n",
      "CONFIG-UNKNOWN-KEY",
    ],
    [
      "no reason",
      "version: 1\napprovals:\n  - id: guardrails-0123456789abcdef0123456789abcdef\n    approver: Ada\n    expires: 2027-01-01\n",
      "CONFIG-MISSING",
    ],
    ["an id that is none", approval("everything", "2027-01-01"), "CONFIG-"],
    ["a date that is none", approval("guardrails-0123456789abcdef0123456789abcdef", "soon"), "CONFIG-"],
    [
      "two of one change",
      approval("guardrails-0123456789abcdef0123456789abcdef", "2027-01-01") +
        approval("guardrails-0123456789abcdef0123456789abcdef", "2027-01-01").split("\n").slice(2).join("\n"),
      "APPROVAL-TWICE",
    ],
    ["not YAML", "approvals: [", "YAML-SYNTAX"],
  ])("%s in the file of approvals is an error with its place", (_, text, code) => {
    expect(() => parseApprovals("approvals.yaml", text)).toThrow(
      new RegExp(`error ${code}[A-Z-]* approvals.yaml:\\d+:\\d+`),
    );
  });
});

describe("for programs", () => {
  test.each(all.slice(0, 30).map((one, i) => [i, one] as const))("case %i is valid JSON and SARIF", (_, one) => {
    const review = reviewOf(one);
    const json = JSON.parse(renderJson(report(review))) as { changes: unknown[] };
    expect(json.changes).toHaveLength(review.changes.length);
    const sarif = JSON.parse(renderSarif(report(review))) as {
      version: string;
      runs: { results: { level: string }[] }[];
    };
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0]!.results).toHaveLength(review.changes.filter((change) => change.class !== "neutral").length);
  });
});
