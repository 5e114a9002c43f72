import { runComment } from "../../../modules/delivery/pull-request/workflow-run";
import { unpostable } from "../../../modules/delivery/pull-request/comment";
import { renderNoResult } from "../../../modules/delivery/pull-request/render";
import { codeSpan, oneLine } from "../../../modules/review/escape";
import { judge } from "../../../modules/review/gate/gate";
import { NO_APPROVALS } from "../../../modules/review/gate/approvals";
import { COMMENT_LIMIT, COMMENT_MARKER, renderMarkdown } from "../../../modules/review/render/markdown";
import { say } from "../../../modules/review/sentence";
import type { Review } from "../../../modules/review/types";

const NAMES = [
  COMMENT_MARKER,
  "<!--",
  "--><!-- keyless-review -->",
  "```\n</details>\n```",
  "<details><summary>",
  "@acme/security",
  "#1 https://evil.example",
  "a\u202enimda",
  "zero\u200bwidth",
  "\ufffd",
  "\ud800",
  "\u{e0041}\u{e0042}",
  "x".repeat(100_000),
  "`".repeat(5_000),
  "\u0000\u0007",
  "",
];

const reviewOf = (name: string, count = 1): Review => ({
  changes: Array.from({ length: count }, (_, i) => ({
    id: `roles-${String(i).padStart(32, "0")}`,
    class: "weakens" as const,
    area: "other" as const,
    sentence: say`Role ${name} may now use ${name}.`,
    stacks: [name],
    addresses: [name],
    witnesses: [
      { principal: name, action: name, resource: name, context: { [name]: name }, before: "denied", after: "allowed" },
    ],
    diff: [
      { sign: "-" as const, text: `p s: ${name}` },
      { sign: "+" as const, text: `p s: ${name} ${name} on ${name}` },
    ],
  })),
  notes: [{ kind: "drift", stack: name, sentence: say`${name}` }],
  resources: [{ stack: name, address: name, action: "update" }],
  stacks: [name],
});

describe("a name cannot blank the comment", () => {
  test.each(NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name]))("%s", (_, name) => {
    const review = reviewOf(name, 30);
    const text = renderMarkdown({ ...judge(review, ["weakens"], NO_APPROVALS, "2026-11-26"), title: name });
    expect(unpostable(text)).toBeUndefined();
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toContain("**Change");
    const posted = runComment({ markdown: text, changesWorkflows: false, conclusion: "failure", runUrl: "https://x" });
    expect(posted).toContain("The gate refuses 30.");
    const outside = text.replace(/(`+)[^]*?\1/g, "");
    expect(outside.split("<details>").length).toBe(outside.split("</details>").length);
    expect(outside.split("<!--")).toHaveLength(2);
    expect(outside).not.toMatch(/@acme|evil/);
  });

  test.each(NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    "nor the errors of a synth: %s",
    (_, name) => {
      const text = renderNoResult(
        [],
        "the stacks cannot be synthesized or read.",
        `error X ${name}\n  ${name}\n\n${name}`,
      );
      expect(unpostable(text)).toBeUndefined();
      expect(text).toContain("error X");
      expect(text.length).toBeLessThan(12_000);
    },
  );
});

describe("names that look like others are marked", () => {
  test.each([
    ["Cyrillic a", "аdmin", "[not Latin: U+0430]"],
    ["all Cyrillic", "сое", "[not Latin: U+0441, U+043E, U+0435]"],
    ["Greek o", "rοot", "[not Latin: U+03BF]"],
    ["full width", "ａdmin", "[not Latin: U+FF41]"],
    ["mathematical", "𝐚dmin", "[not Latin: U+1D41A]"],
    ["Armenian", "օwner", "[not Latin: U+0585]"],
    ["mixed with any script", "adminא", "[not Latin: U+05D0]"],
    ["right to left", "a\u202enimda", "[U+202E]"],
    ["zero width", "ad\u200bmin", "[U+200B]"],
    ["a Hangul filler", "ad\u3164min", "[U+3164]"],
    ["a tag", "admin\u{e0041}", "[U+E0041]"],
    ["a variation selector", "admin\ufe0f", "[U+FE0F]"],
  ])("%s", (_, name, mark) => {
    expect(oneLine(name)).toContain(mark);
    expect(codeSpan(name)).toContain(mark);
  });

  test.each(["Müller", "Łódź", "naïve", "東京-prod", "ünïcode – dash", "España", "日本語", "prod 1", "한국어", "→"])(
    "%s is none of them",
    (name) => {
      expect(oneLine(name)).toBe(name);
    },
  );
});
