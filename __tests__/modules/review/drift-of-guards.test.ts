import { corpusPlans, Edit } from "./corpus";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import { reviewOf } from "./reviewed";
import { plainText } from "../../../modules/review/sentence";

const byHand = (edits: readonly Edit[]): readonly string[] =>
  reviewOf(edits)
    .changes.filter((one) => plainText(one.sentence).includes("by hand"))
    .map((one) => `${one.class}: ${plainText(one.sentence)}`);

interface Change {
  readonly address: string;
  readonly change: Record<"before" | "after", Record<string, unknown>>;
}

const SCP = "aws_organizations_policy.scp_keys";

describe("a guard that was changed by hand stops, where the plan leaves it so", () => {
  test("an SCP without its statements", () => {
    expect(byHand([["drift", SCP, "content/Statement", []]])).toEqual([
      `unknown: ${SCP} was changed by hand (content), and this does not put it back.`,
    ]);
  });

  test("the trust or the sessions of the way back in", () => {
    expect(byHand([["drift", "aws_iam_role.management", "max_session_duration", 43_200]])).toEqual([
      "unknown: aws_iam_role.management was changed by hand (max_session_duration), and this does not put it back.",
    ]);
  });

  test("another value than the one that was there is not put back", () => {
    expect(
      byHand([
        ["drift", "aws_iam_role.management", "max_session_duration", 43_200],
        ["set", "aws_iam_role.management", "max_session_duration", 7200],
      ]),
    ).toHaveLength(1);
  });

  test("what the plan puts back is a change of its own, and a note", () => {
    const edits: readonly Edit[] = [
      ["drift", "aws_iam_role.management", "max_session_duration", 43_200],
      ["set", "aws_iam_role.management", "max_session_duration", 3600],
    ];
    expect(byHand(edits)).toEqual([]);
    expect(reviewOf(edits).notes.map(({ kind }) => kind)).toContain("drift");
  });

  test("half of it put back is the other half left", () => {
    const edits: readonly Edit[] = [
      ["drift", "aws_iam_role.management", "max_session_duration", 43_200],
      ["set", "aws_iam_role.management", "max_session_duration", 3600],
    ];
    const plans = [...corpusPlans(edits)].map(([stack, text]) => {
      const plan = JSON.parse(text) as Record<"resource_drift" | "resource_changes", Change[] | undefined>;
      const role = (list: Change[] = []) => list.filter(({ address }) => address === "aws_iam_role.management");
      for (const { change } of role(plan.resource_drift)) change.after["assume_role_policy"] = "{}";
      for (const { change } of role(plan.resource_changes))
        for (const side of [change.before, change.after]) side["assume_role_policy"] = "{}";
      return parsePlanJson(`${stack}.json`, stack, JSON.stringify(plan));
    });
    expect(
      reviewPlans(plans)
        .changes.map((one) => `${one.class}: ${plainText(one.sentence)}`)
        .filter((line) => line.includes("by hand")),
    ).toEqual([
      "unknown: aws_iam_role.management was changed by hand (assume_role_policy), and this does not put it back.",
    ]);
  });

  test("what is no guard stays a note", () => {
    const edits: readonly Edit[] = [["drift", "aws_ssoadmin_permission_set.dev", "session_duration", "PT12H"]];
    expect(byHand(edits)).toEqual([]);
    expect(reviewOf(edits).notes.map(({ kind }) => kind)).toContain("drift");
  });

  test("its id is bound to what somebody made of it", () => {
    const id = (seconds: number): string | undefined =>
      reviewOf([["drift", "aws_iam_role.management", "max_session_duration", seconds]]).changes[0]?.id;
    expect(id(43_200)).toBe(id(43_200));
    expect(id(43_200)).not.toBe(id(40_000));
  });
});
