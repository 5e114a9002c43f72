import { plainText } from "../../../modules/review/sentence";
import type { Review } from "../../../modules/review/types";
import type { Edit } from "./corpus";
import cases from "./corpus.json";
import { reviewOf } from "./reviewed";

interface Case {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Class and sentence of every change, in order; notes as `note <kind>`. */
  readonly expected: readonly (readonly [string, string])[];
}

const corpus = cases as unknown as readonly Case[];

function said(review: Review): readonly (readonly [string, string])[] {
  return [
    ...review.changes.map((change) => [change.class, plainText(change.sentence)] as const),
    ...review.notes.map((note) => [`note ${note.kind}`, plainText(note.sentence)] as const),
  ];
}

describe("plans are told in sentences, with their class", () => {
  test.each(corpus.map((one) => [one.name, one] as const))("%s", (_, one) => {
    expect(said(reviewOf(one.edits))).toEqual(one.expected);
  });

  test("the corpus is large enough to mean something", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    expect(new Set(corpus.map((one) => one.name)).size).toBe(corpus.length);
    const classes = corpus.flatMap((one) => one.expected.map(([cls]) => cls));
    for (const cls of ["destroys-guard", "weakens", "unknown", "strengthens"])
      expect(classes.filter((c) => c === cls).length).toBeGreaterThanOrEqual(5);
  });

  test("the id of a change does not depend on what else changes on the way to the same accounts", () => {
    const detached: Edit = ["delete", "aws_organizations_policy_attachment.protect_root"];
    const exempted: Edit = [
      "append",
      "aws_organizations_policy.scp_keys",
      "content/Statement/0/Condition/ArnNotLike/aws:PrincipalArn",
      "arn:aws:iam::*:role/deployer",
    ];
    const ids = (...edits: readonly Edit[]): readonly string[] => reviewOf(edits).changes.map(({ id }) => id);
    expect(ids(detached, exempted)).toEqual([...ids(detached), ...ids(exempted)]);
  });

  test("every weakening of a policy shows a witness, not allowed by it before and allowed after", () => {
    const widened = corpus
      .flatMap((one) => reviewOf(one.edits).changes)
      .filter((change) => change.class === "weakens" && change.diff.length > 0)
      // What is new has no before.
      .filter((change) => !plainText(change.sentence).includes(" is new"));
    expect(widened.length).toBeGreaterThan(15);
    // In the account of a resource a policy of one's own may have allowed it: then it is not known.
    for (const { witnesses } of widened)
      expect(witnesses[0]).toMatchObject({ before: expect.stringMatching(/^(denied|unknown)$/), after: "allowed" });
  });
});
