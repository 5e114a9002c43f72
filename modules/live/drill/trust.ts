import { evaluate, type PolicyRequest } from "../../policy/evaluate";
import type { PolicyDocument } from "../../policy/types";
import { type BreakGlassIdentity, roleArn, userArn } from "../../sections/break-glass/documents";
import type { Documents } from "../verify/documents";
import type { Refusal } from "./types";

interface Question {
  readonly question: string;
  readonly user?: string;
  readonly sessionName?: string;
  readonly context: Readonly<Record<string, string | number | boolean>>;
}

const HOW = "judged on the trust policy as read";

/** What a trust policy as read is compared with, by the same differences as verify. */
export interface PlannedTrust {
  readonly trust: PolicyDocument;
  readonly documents: Documents;
}

/**
 * What nobody can try with the session of one user who has signed in with MFA just now. The named questions say what is wrong; that nobody
 * else is let in, whoever it may be, only the comparison with the planned trust policy shows.
 */
export function judgedOnTrust(
  identity: BreakGlassIdentity,
  userName: string,
  accountId: string,
  trust: PolicyDocument,
  at: string,
  planned: PlannedTrust,
): readonly Refusal[] {
  const withMfa = { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 60 };
  const questions: readonly Question[] = [
    { question: "the user without MFA", context: { "aws:MultiFactorAuthPresent": false } },
    { question: "the user by an access key, which carries no MFA at all", context: {} },
    {
      question: `the user with MFA older than ${identity.mfaMaxAgeMinutes} minutes`,
      context: { ...withMfa, "aws:MultiFactorAuthAge": identity.mfaMaxAgeMinutes * 60 + 1 },
    },
    { question: "another user of the home account", user: `${userName}-other`, context: withMfa },
    { question: "the user under another session name", sessionName: `${userName}-other`, context: withMfa },
  ];
  const judged = questions.map(({ question, user = userName, sessionName = user, context }) => {
    const { decision } = evaluate(
      request(identity, user, accountId, { ...context, "sts:RoleSessionName": sessionName }),
      {
        resource: { name: "trust policy", document: trust },
      },
    );
    return {
      question,
      how: HOW,
      accountId,
      at,
      outcome: decision === "denied" ? "passed" : decision === "allowed" ? "failed" : "unknown",
      details:
        decision === "denied"
          ? []
          : [
              decision === "allowed"
                ? "the trust policy lets it in"
                : "the trust policy cannot be judged: it depends on something else",
            ],
    } as const;
  });
  const differences = planned.documents.differences(
    "the trust policy",
    "resource",
    planned.trust,
    JSON.stringify(trust),
    accountId,
    roleArn(identity, accountId),
  );
  return [
    ...judged,
    {
      question: "anybody whom the planned trust policy does not let in",
      how: HOW,
      accountId,
      at,
      outcome: differences.length === 0 ? "passed" : "failed",
      details: differences,
    },
  ];
}

function request(
  identity: BreakGlassIdentity,
  user: string,
  accountId: string,
  context: PolicyRequest["context"],
): PolicyRequest {
  return {
    principal: { type: "user", arn: userArn(identity, user), accountId: identity.homeAccountId },
    action: "sts:AssumeRole",
    resource: roleArn(identity, accountId),
    resourceAccountId: accountId,
    context: {
      // From a network that is allowed: what is asked is the rest of the policy.
      ...(identity.sourceNetworks[0] ? { "aws:SourceIp": identity.sourceNetworks[0].split("/")[0]! } : {}),
      "aws:PrincipalOrgID": identity.organizationId,
      ...context,
    },
    unlistedKeys: "absent",
  };
}
