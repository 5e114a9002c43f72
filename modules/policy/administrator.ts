import { asList } from "./document";
import { PolicyRequest, statementMatches } from "./evaluate";
import type { PolicyDocument, PolicyStatement } from "./types";

/** Who is an administrator, judged by what a policy says and not by what it is called. */

/** In the place of any account: an account that is written down may be one's own. */
const ANY_ACCOUNT = "000000000000";

/** By these on anything whoever has them gives himself, and others, everything else. */
const GIVING: readonly (readonly [action: string, resource: string])[] = [
  ["iam:AttachRolePolicy", "role/anybody"],
  ["iam:PutRolePolicy", "role/anybody"],
  ["iam:AttachUserPolicy", "user/anybody"],
  ["iam:PutUserPolicy", "user/anybody"],
  ["iam:CreatePolicyVersion", "policy/anything"],
];

/**
 * Policies of AWS's by which whoever has them gives himself everything else. Nobody else can make one with such an ARN.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export function isAdministratorPolicy(arn: string): boolean {
  return /^arn:[^:]*:iam::aws:policy\/(AdministratorAccess|IAMFullAccess)$/.test(arn);
}

/**
 * Whether an identity policy makes an administrator: `*` on `*`, `iam:*`, everything but something else. What another statement denies does
 * not count.
 *
 * @param allows `unconditional`: only what is allowed under no condition; `any`: also what is allowed under some condition, MFA for example
 */
export function givesAdministration(document: PolicyDocument, allows: "unconditional" | "any"): boolean {
  const statements = document.Statement.filter(
    ({ Effect, Condition }) => Effect === "Allow" && (allows === "any" || Condition === undefined),
  ).map(ofAnyAccount);
  return GIVING.every(([action, resource]) => {
    const request: PolicyRequest = {
      principal: { type: "role", arn: `arn:aws:iam::${ANY_ACCOUNT}:role/anybody`, accountId: ANY_ACCOUNT },
      action,
      resource: `arn:aws:iam::${ANY_ACCOUNT}:${resource}`,
    };
    return statements.some((statement) => statementMatches(statement, request, "identity") === "true");
  });
}

/** Without its conditions: who has looked at them counts none. */
function ofAnyAccount({ Condition: _, Resource, NotResource, ...rest }: PolicyStatement): PolicyStatement {
  const any = (arns: PolicyStatement["Resource"]): readonly string[] =>
    asList(arns).map((arn) => arn.replace(/^arn:aws[\w-]*:iam::(\d{12}|\*):/, `arn:aws:iam::${ANY_ACCOUNT}:`));
  return {
    ...rest,
    ...(Resource === undefined ? {} : { Resource: any(Resource) }),
    ...(NotResource === undefined ? {} : { NotResource: any(NotResource) }),
  };
}
