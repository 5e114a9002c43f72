import { asList } from "../../../policy/document";
import type { ConditionElement, PolicyStatement } from "../../../policy/types";
import type { ExceptionPrincipal, GuardrailException } from "./resolve";
import { anyRole, pipelineRoles } from "../context/principals";
import { ROLE_CHANGES } from "../rules/protect-break-glass";
import type { GuardrailContext } from "../types";
import { uniqueSorted } from "../../../kernel/lists";

const PRINCIPAL_ARN = "aws:PrincipalArn";
const NOW = "aws:CurrentTime";

/**
 * Writes exceptions into the statements of a guardrail, so that AWS itself ends them: each statement leaves the excepted principals
 * out, and a second one, which begins to bind after the last day, denies them the same. Synth needs no clock for it.
 *
 * Everything else about a statement stays: its own conditions hold in both, its own exemptions stay exempt.
 *
 * @param statements - Deny statements
 */
export function withExceptions(
  statements: readonly PolicyStatement[],
  exceptions: readonly GuardrailException[],
): readonly PolicyStatement[] {
  const arns = uniqueSorted(exceptions.flatMap((exception) => exception.principals.map(({ arn }) => arn)));
  if (arns.length === 0) return statements;
  const ends = uniqueSorted(exceptions.map((exception) => exception.endsAt));
  return statements.flatMap((statement) => [
    { ...statement, Condition: unless(statement.Condition, arns) },
    ...ends.map((end): PolicyStatement => {
      const ended = uniqueSorted(
        exceptions
          .filter((exception) => exception.endsAt === end)
          .flatMap((exception) => exception.principals.map(({ arn }) => arn)),
      );
      const sid = statement.Sid === undefined ? {} : { Sid: `${statement.Sid}After${compact(end)}` };
      const condition = and(
        and(statement.Condition, ["ArnLike", "ArnEquals", "StringLike"], PRINCIPAL_ARN, ended),
        ["DateGreaterThan", "DateGreaterThanEquals"],
        NOW,
        [end],
      );
      return { ...statement, ...sid, Condition: condition };
    }),
  ]);
}

/** What changes who a user is, what it may do, or its name; cleaning up stays open. */
export const EXCEPTED_USER_CHANGES = [
  "iam:AddUserToGroup",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:CreateUser",
  "iam:DeactivateMFADevice",
  "iam:DeleteUserPermissionsBoundary",
  "iam:EnableMFADevice",
  "iam:PutUserPermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:ResetServiceSpecificCredential",
  "iam:TagUser",
  "iam:UntagUser",
  "iam:UpdateLoginProfile",
  "iam:UpdateUser",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
] as const;

/**
 * Keeps others from becoming an excepted principal while it is one: an excepted role can be changed, made and passed by the pipeline
 * and break glass only, an excepted user by these two and, for its own credentials, itself. The two are safe where
 * `protect-break-glass` is enforced. The roles of permission sets need nothing of this: nobody but Identity Center can change
 * what is below `aws-reserved/`.
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/howtocreatepermissionset.html
 */
export function protectPrincipals(
  context: GuardrailContext,
  exceptions: readonly GuardrailException[],
): readonly PolicyStatement[] {
  const keepers = [...pipelineRoles(context), anyRole(context.breakGlass.roleName)];
  return uniqueSorted(exceptions.map((exception) => exception.endsAt)).flatMap((end) => {
    const live = exceptions
      .filter((exception) => exception.endsAt === end)
      .flatMap((exception) => exception.principals);
    const of = (kind: ExceptionPrincipal["kind"]): readonly string[] =>
      uniqueSorted(live.filter((principal) => principal.kind === kind).map(({ arn }) => arn));
    const until: ConditionElement = { DateLessThanEquals: { [NOW]: end } };
    const roles = of("role");
    return [
      ...(roles.length === 0
        ? []
        : [
            {
              Sid: `ProtectExceptedRolesUntil${compact(end)}`,
              Effect: "Deny" as const,
              Action: [...ROLE_CHANGES, "iam:PassRole"],
              Resource: roles,
              Condition: { ArnNotLike: { [PRINCIPAL_ARN]: keepers }, ...until },
            },
          ]),
      // One by one: an excepted user is no keeper of another.
      ...of("user").map((user, i) => ({
        Sid: `ProtectExceptedUser${i + 1}Until${compact(end)}`,
        Effect: "Deny" as const,
        Action: [...EXCEPTED_USER_CHANGES],
        Resource: user,
        Condition: { ArnNotLike: { [PRINCIPAL_ARN]: [...keepers, user] }, ...until },
      })),
    ];
  });
}

/** `2027-06-30T23:59:59Z` as a part of a Sid, which has letters and digits only. */
function compact(end: string): string {
  return end.slice(0, 10).replaceAll("-", "");
}

/** Adds principals that a statement does not bind. Values of one negated operator are exempt each: none of them may match. */
function unless(condition: ConditionElement | undefined, arns: readonly string[]): ConditionElement {
  const operator =
    ["ArnNotLike", "ArnNotEquals"].find((name) => keyOf(condition, name, PRINCIPAL_ARN) !== undefined) ?? "ArnNotLike";
  const key = keyOf(condition, operator, PRINCIPAL_ARN) ?? PRINCIPAL_ARN;
  const block = condition?.[operator] ?? {};
  return { ...condition, [operator]: { ...block, [key]: uniqueSorted([...asList(block[key]), ...arns]) } };
}

/** Adds a condition that must hold as well. Values of one operator and key are alternatives, so that an operator is taken which has the key not yet. */
function and(
  condition: ConditionElement | undefined,
  operators: readonly string[],
  key: string,
  values: readonly string[],
): ConditionElement {
  const operator = operators.find((name) => keyOf(condition, name, key) === undefined);
  if (operator === undefined)
    throw new Error(
      `A statement has ${key} under ${operators.join(", ")} already: no exception can be written into it.`,
    );
  return { ...condition, [operator]: { ...condition?.[operator], [key]: values.length === 1 ? values[0]! : values } };
}

/** A condition key as the statement writes it; keys are the same in upper and lower case. */
function keyOf(condition: ConditionElement | undefined, operator: string, key: string): string | undefined {
  return Object.keys(condition?.[operator] ?? {}).find((name) => name.toLowerCase() === key.toLowerCase());
}
