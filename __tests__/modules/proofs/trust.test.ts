import { prove } from "../../../modules/proofs/prove";
import type { ConditionElement, PolicyDocument } from "../../../modules/policy/types";
import { ids, proven } from "./fixture";

const { environment, state } = proven({
  baseline: [["  mfaMaxAgeMinutes: 60", '  mfaMaxAgeMinutes: 60\n  sourceNetworks: ["203.0.113.0/24"]']],
});

/** What the proofs say of another trust policy: the ends of the ids at one account. */
function withTrust(change: (condition: ConditionElement) => ConditionElement): readonly string[] {
  const { role } = state.breakGlass;
  const trust: PolicyDocument = {
    ...role.trust,
    Statement: role.trust.Statement.map((statement) => ({ ...statement, Condition: change(statement.Condition!) })),
  };
  const found = ids(prove({ environment, ...state, breakGlass: { ...state.breakGlass, role: { ...role, trust } } }));
  return [...new Set(found.map((id) => id.slice(id.lastIndexOf("/sts:") + 1)))].sort();
}

const without =
  (operator: string) =>
  (condition: ConditionElement): ConditionElement =>
    Object.fromEntries(Object.entries(condition).filter(([name]) => name !== operator));

describe("the trust policy of break glass, with a condition less", () => {
  test("as it is, it lets nobody else in", () => expect(withTrust((condition) => condition)).toEqual([]));
  test.each([
    ["NumericLessThan", ["sts:AssumeRole with old MFA"]],
    ["Bool", ["sts:AssumeRole without MFA"]],
    ["StringEquals", ["sts:AssumeRole under another name"]],
    ["IpAddress", ["sts:AssumeRole from another network"]],
    ["ArnEquals", ["sts:AssumeRole as another principal"]],
  ])("%s", (operator, expected) => expect(withTrust(without(operator))).toEqual(expect.arrayContaining(expected)));

  test("Bool and NumericLessThan", () => {
    const found = withTrust((condition) => without("Bool")(without("NumericLessThan")(condition)));
    expect(found).toEqual(expect.arrayContaining(["sts:AssumeRole without MFA", "sts:AssumeRole with old MFA"]));
  });

  test("a condition too many locks break glass out", () => {
    expect(
      withTrust((condition) => ({
        ...condition,
        StringEquals: { ...condition["StringEquals"], "aws:PrincipalOrgID": "o-other" },
      })),
    ).toEqual(["sts:AssumeRole with MFA"]);
  });
});
