import MarkdownIt from "markdown-it";
import { NO_APPROVALS } from "../../../modules/review/gate/approvals";
import { judge } from "../../../modules/review/gate/gate";
import { diffLines } from "../../../modules/review/render/diff";
import { renderMarkdown } from "../../../modules/review/render/markdown";
import { renderText } from "../../../modules/review/render/text";
import { listOf, say } from "../../../modules/review/sentence";
import type { AccessChange, Review } from "../../../modules/review/types";
import { Edit } from "./corpus";
import corpus from "./corpus.json";
import { reviewOf } from "./reviewed";

const markdown = new MarkdownIt({ html: true, linkify: true });
const report = (review: Review) => ({
  review,
  gate: judge(review, [], NO_APPROVALS, "2026-11-24").gate,
  title: "example",
});
const change = (text: string): AccessChange => ({
  id: "guardrails-0123456789abcdef0123456789abcdef",
  class: "weakens",
  area: "guardrails",
  sentence: say`x`,
  stacks: ["s"],
  addresses: ["a"],
  witnesses: [],
  diff: [{ sign: "+", text }],
});
const reviewed = (...changes: readonly AccessChange[]): Review => ({
  changes,
  notes: [],
  resources: [],
  stacks: ["s"],
});

describe("a statement is told a line for each part", () => {
  test("what stays is context, once", () => {
    const old =
      "trust Users: Allow sts:AssumeRole to AWS x where Bool aws:MultiFactorAuthPresent true and NumericLessThan aws:MultiFactorAuthAge 3600";
    const shown = diffLines([
      { sign: "-", text: old },
      { sign: "+", text: old.replace("3600", "14400") },
    ]).map(({ sign, text }) => `${sign}${text}`);
    expect(shown).toEqual([
      " trust Users: Allow sts:AssumeRole",
      "     to AWS x",
      "     where Bool aws:MultiFactorAuthPresent true",
      "-    and NumericLessThan aws:MultiFactorAuthAge 3600",
      "+    and NumericLessThan aws:MultiFactorAuthAge 14400",
    ]);
  });

  test("a member that joins a long list is one line", () => {
    const list = (...names: readonly string[]): string =>
      `p Sid: Deny iam:CreateAccessKey on * where ArnNotLike aws:PrincipalArn ${names.map((name) => `arn:aws:iam::444444444401:role/a-rather-long-path/${name}`).join(", ")}`;
    expect(
      diffLines([
        { sign: "-", text: list("a", "b") },
        { sign: "+", text: list("a", "b", "c") },
      ])
        .filter(({ sign }) => sign !== " ")
        .map(({ sign, text }) => `${sign} ${text.trim()}`),
    ).toEqual(["+ arn:aws:iam::444444444401:role/a-rather-long-path/c"]);
  });

  test("statements that are not the same one are told apart; nothing of either is lost", () => {
    const diff = [
      { sign: "-" as const, text: "p A: Deny x on *" },
      { sign: "+" as const, text: "q B: Deny y on *" },
    ];
    expect(diffLines(diff)).toEqual([
      { sign: "-", text: "p A: Deny x" },
      { sign: "-", text: "    on *" },
      { sign: "+", text: "q B: Deny y" },
      { sign: "+", text: "    on *" },
    ]);
  });
});

describe("in a comment", () => {
  test.each([
    "``` \n</details><script>alert(1)</script> @everyone",
    "````` x",
    "p: Allow x where StringLike a ```` and Bool b </details>",
  ])("%j cannot leave the block of code", (text) => {
    const page = markdown.render(renderMarkdown(report(reviewed(change(text)))));
    expect(page).toContain('<pre><code class="language-diff">');
    const outside = page.replace(/<code[^]*?<\/code>/g, "");
    expect(outside).not.toMatch(/<script|@everyone|`/);
    expect(outside.match(/<details>/g)?.length).toBe(outside.match(/<\/details>/g)?.length);
  });

  test("statements that several sentences come from are shown once", () => {
    const [one, two] = [
      change("p A: Deny x on *"),
      { ...change("p A: Deny x on *"), id: "guardrails-99999999999999999999999999999999" },
    ];
    const text = renderMarkdown(report(reviewed(one, two)));
    expect(text.match(/```diff/g)).toHaveLength(1);
    // Both sentences first, then what they share.
    expect(text).toMatch(
      /`guardrails-0123456789abcdef0123456789abcdef`<\/sub> x\n- <sub>`guardrails-9{32}`<\/sub> x\n/,
    );
    expect(
      renderMarkdown(report(reviewed(one, { ...two, diff: [{ sign: "+", text: "p A: Deny y on *" }] }))).match(
        /```diff/g,
      ),
    ).toHaveLength(2);
  });

  describe("what is said of several", () => {
    const change = (
      id: string,
      sentence: AccessChange["sentence"],
      cls: AccessChange["class"] = "weakens",
    ): AccessChange => ({
      id,
      class: cls,
      area: "guardrails",
      sentence,
      stacks: ["s"],
      addresses: [],
      witnesses: [],
      diff: [],
    });
    const shown = (changes: readonly AccessChange[]): string =>
      renderMarkdown({
        review: { changes, notes: [], resources: [], stacks: ["s"] },
        gate: { stopping: [], approved: [], waived: [], refused: [], unused: [], rules: [], failOn: [] },
      });
    const of = (role: string, action = "iam:PassRole") => change(`id-${role}`, say`${role} may use ${action}.`);

    test("stands there once, with the name and the id of each", () => {
      expect(shown(["a", "b", "c", "d"].map((role) => of(role)))).toContain(
        [
          "- `a` may use `iam:PassRole`. <sub>`id-a`</sub>",
          "  - The same for 3 more:",
          "    - `b` <sub>`id-b`</sub>",
          "    - `c` <sub>`id-c`</sub>",
          "    - `d` <sub>`id-d`</sub>",
          "",
        ].join("\n"),
      );
    });

    test("of many is folded below its first, and as Markdown it is a list in a list", () => {
      const roles = Array.from({ length: 30 }, (_, i) => `role-${String(10 + i)}`);
      const text = shown(roles.map((role) => of(role)));
      expect(text).toContain(
        "  <details><summary>The same for 29 more</summary>\n\n  - `role-11` <sub>`id-role-11`</sub>\n",
      );
      const html = markdown.render(text);
      expect(html.match(/<li>/g)).toHaveLength(30);
      for (const role of roles) expect(html).toContain(`<code>id-${role}</code>`);
      expect(html.split("<details>")).toHaveLength(html.split("</details>").length);
    });

    test("is not taken together where it is not the same, differs in two names, or is of two", () => {
      expect(shown([of("a"), of("b")])).not.toContain("The same");
      expect(shown([of("a"), of("b", "s3:Get"), of("c", "s3:Put")])).not.toContain("The same");
      // One name that differs, and then another one: b is told with a, and c is no third of them.
      expect(shown([of("a"), of("b"), of("b", "s3:Get")])).not.toContain("The same");
      expect(
        shown([
          change("1", say`a ${1} of ${"x"}`),
          change("2", say`a ${2} of ${"x"}`),
          change("3", say`a ${3} of ${"x"}`),
        ]),
      ).not.toContain("The same");
    });

    test("a list that is cut short is complete in what is folded", () => {
      const text = shown([change("id", say`${"a"} may use ${listOf(["p", "q", "r", "s", "t", "u", "v"])}.`)]);
      expect(text).toContain("and 2 more. <sub>");
      expect(text).toMatch(/<details><summary>Statements and witnesses \(1\)[^]*`u` and `v`\./);
    });

    test("what only strengthens is read without unfolding anything, beside anything worse it is folded", () => {
      const good = change("id-good", say`${"a"} may no longer use ${"s3:Put"}.`, "strengthens");
      expect(shown([good])).toContain("### ✅ Strengthens (1)");
      expect(shown([of("a"), good])).toContain("<details><summary>✅ Strengthens (1)");
    });
  });

  test("twenty of a class are read at once, the others are folded away behind how many they are and where", () => {
    const many = Array.from({ length: 25 }, (_, i): AccessChange => ({
      ...change("x"),
      id: `guardrails-${String(i).padStart(10, "0")}`,
      diff: [],
      area: i < 20 ? "guardrails" : "identity-center",
    }));
    const text = renderMarkdown(report(reviewed(...many)));
    expect(text).toContain("In guardrails 20, identity-center 5. The first of them:");
    const [open, folded] = text.split("<details><summary>5 more</summary>") as [string, string];
    expect(open.match(/^- /gm)).toHaveLength(20);
    expect(folded.split("</details>")[0]!.match(/^- /gm)).toHaveLength(5);
  });
});

test("every sentence of a trust policy has a witness of its own", () => {
  const one = (corpus as unknown as readonly { name: string; edits: readonly Edit[] }[]).find(({ name }) =>
    name.startsWith("break-glass user added while"),
  )!;
  const { changes } = reviewOf(one.edits);
  const witness = (start: string): string =>
    changes.find(({ sentence }) => JSON.stringify(sentence).includes(start))!.witnesses[0]!.principal;
  expect(witness("can now assume")).toBe("arn:aws:iam::111111111111:user/break-glass/break-glass-3");
  expect(witness("may be older")).not.toContain("break-glass-3");
  expect(renderText(report(reviewOf(one.edits)))).toContain(
    "for example arn:aws:iam::111111111111:user/break-glass/break-glass-3 sts:AssumeRole on",
  );
});
