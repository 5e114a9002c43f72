import { parseApprovals } from "../../../../modules/review/gate/approvals";
import { withApprovals, withoutApprovals } from "../../../../modules/review/gate/edit-approvals";

const id = (i: number): string => `guardrails-${String(i).padStart(32, "0")}`;
const entry = (i: number, sentence = `change ${i}`) => ({
  approval: { id: id(i), reason: "agreed in the review", approver: "Ada", expires: "2026-12-31" },
  sentence,
});
const idsOf = (text: string): readonly string[] => parseApprovals("approvals.yaml", text).map((one) => one.id);

const FILES: Readonly<Record<string, string>> = {
  "with comments and quotes": `# Approvals of prod.\nversion: 1\napprovals:\n  # the first\n  - id: ${id(1)}   # of November\n    reason: 'agreed, "all" of us'\n    approver: Ada\n    expires: 2026-12-31\n\n  # the second\n  - { id: ${id(2)}, reason: agreed in the review, approver: Ada, expires: 2026-12-31 }\n\n# The end.\n`,
  "without indentation": `version: 1\napprovals:\n- id: ${id(1)}\n  reason: agreed in the review\n  approver: Ada\n  expires: 2026-12-31\n- id: ${id(2)}\n  reason: >-\n    agreed in\n    the review\n  approver: Ada\n  expires: 2026-12-31`,
  "on one line": `version: 1\napprovals: [{ id: ${id(1)}, reason: agreed in the review, approver: Ada, expires: 2026-12-31 }, { id: ${id(2)}, reason: agreed in the review, approver: Ada, expires: 2026-12-31 }]\n`,
};

describe.each(Object.entries(FILES))("a file %s", (_, text) => {
  test("an entry is added and everything else stays", () => {
    const added = withApprovals(text, [entry(3)]);
    expect(idsOf(added)).toEqual([id(1), id(2), id(3)]);
    expect(withoutApprovals(added, new Set([id(3)])).trim()).toContain(id(2));
  });

  test.each([[[1]], [[2]], [[1, 2]]])("entries %j are taken out and the others stay", (gone) => {
    const left = withoutApprovals(text, new Set(gone.map(id)));
    expect(idsOf(left)).toEqual([1, 2].filter((i) => !gone.includes(i)).map(id));
  });
});

test("comments and quotes stay to the byte, but for those of an entry that goes", () => {
  const text = FILES["with comments and quotes"]!;
  const added = withApprovals(text, [entry(3)]);
  expect(added.replace(/ {2}# change 3\n {2}- id: [^]*?expires: 2026-12-31\n/, "")).toBe(text);
  expect(withoutApprovals(added, new Set([id(3)]))).toBe(text);
  const left = withoutApprovals(text, new Set([id(1)]));
  expect(left).toContain("# the second");
  expect(left).not.toContain("# the first");
  expect(left).toContain("# The end.");
});

test.each(["version: 1\n", "version: 1\napprovals: []\n", "version: 1\napprovals: [] # none\n", undefined])(
  "a file without entries (%j) gets its first",
  (text) => {
    expect(idsOf(withApprovals(text, [entry(1), entry(2)]))).toEqual([id(1), id(2)]);
  },
);

test.each(["a\n- id: x", "# </details>", "\u2028- id: y", "x".repeat(5_000), "`${evil}` %{ if }"])(
  "words of others (%j) stay in the comment",
  (sentence) => {
    expect(idsOf(withApprovals(undefined, [entry(1, sentence)]))).toEqual([id(1)]);
  },
);
