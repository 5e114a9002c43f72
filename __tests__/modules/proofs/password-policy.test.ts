import type { PolicyStatement } from "../../../modules/policy/types";
import { prove } from "../../../modules/proofs/prove";
import type { ProofInput } from "../../../modules/proofs/types";
import { exampleWith } from "../../support/environments";

/**
 * A home in a member account: whoever may change its password policy can let every password end, so that only an administrator may renew it
 * (hard expiry). No lock-out has to see each way to get at the policy.
 */

const { environment, state, problems } = exampleWith({
  baseline: [["  homeAccount: management", "  homeAccount: shared-services"]],
});
if (!environment || !state) throw new Error(JSON.stringify(problems));
const INPUT: ProofInput = { environment, ...state };
const SID = "ProtectPasswordPolicy";

function open(change: (statement: PolicyStatement) => PolicyStatement | undefined): readonly string[] {
  const changed: ProofInput = {
    ...INPUT,
    guardrails: {
      ...INPUT.guardrails,
      policies: INPUT.guardrails.policies.map((policy) => ({
        ...policy,
        document: {
          ...policy.document,
          Statement: policy.document.Statement.flatMap((one) => (one.Sid === SID ? (change(one) ?? []) : [one])),
        },
      })),
    },
  };
  return prove(changed, { only: new Set(["no-lock-out"]) }).counterexamples.flatMap(
    ({ principal, action, alsoActions, decision, account }) =>
      [action, ...alsoActions].map((one) => `${account.name} ${principal.kind} ${one} ${decision}`),
  );
}

const condition = (statement: PolicyStatement, more: PolicyStatement["Condition"]): PolicyStatement => ({
  ...statement,
  Condition: { ...statement.Condition, ...more },
});

test("as it is, nobody but break glass changes it", () => expect(open((one) => one)).toEqual([]));

test.each<readonly [string, (one: PolicyStatement) => PolicyStatement | undefined, string]>([
  ["the statement is gone", () => undefined, "iam:UpdateAccountPasswordPolicy"],
  [
    "deleting is left open",
    (one) => ({ ...one, Action: "iam:UpdateAccountPasswordPolicy" }),
    "iam:DeleteAccountPasswordPolicy",
  ],
  [
    "another account is meant",
    (one) => condition(one, { StringEquals: { "aws:PrincipalAccount": "444444444403" } }),
    "iam:UpdateAccountPasswordPolicy",
  ],
  [
    "administrators are spared",
    (one) =>
      condition(one, {
        ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/SecurityBreakGlass", "arn:aws:iam::*:role/Admin*"] },
      }),
    "iam:UpdateAccountPasswordPolicy",
  ],
  [
    "whoever has MFA is spared",
    (one) => condition(one, { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } }),
    "iam:UpdateAccountPasswordPolicy",
  ],
  [
    "whoever is tagged is spared",
    (one) => condition(one, { StringNotEquals: { "aws:PrincipalTag/team": "platform" } }),
    "iam:UpdateAccountPasswordPolicy",
  ],
])("%s: the door can be shut", (_, change, action) => {
  const found = open(change);
  expect(found).toContain(`shared-services administrator ${action} allowed`);
  expect(found.every((one) => one.startsWith("shared-services ") && one.includes("PasswordPolicy"))).toBe(true);
});
