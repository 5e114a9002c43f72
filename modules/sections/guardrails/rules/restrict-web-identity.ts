import { CASE_ACCOUNT, CASE_ADMIN, caseRole } from "../context/principals";
import type { Guardrail, GuardrailCase, GuardrailContext, TrustedWebIdentity } from "../types";
import { uniqueSorted } from "../../../kernel/lists";

const ACTION = "sts:AssumeRoleWithWebIdentity";

const trustedOf = (context: GuardrailContext): readonly TrustedWebIdentity[] => context.webIdentity?.trusted ?? [];

/** Values by condition key: `token.actions.githubusercontent.com:sub` → `repo:acme/*`. */
function claims(context: GuardrailContext): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const { issuer, claim, values } of trustedOf(context))
    found[`${issuer}:${claim}`] = [...(found[`${issuer}:${claim}`] ?? []), ...values];
  return found;
}

/** A token that AWS has checked, from a provider of an issuer. */
function token(
  name: string,
  issuer: string,
  keys: Readonly<Record<string, string>>,
  expected: GuardrailCase["expected"],
): GuardrailCase {
  return {
    name,
    action: ACTION,
    resource: caseRole("deploy"),
    principal: `arn:aws:iam::${CASE_ACCOUNT}:oidc-provider/${issuer}`,
    context: keys,
    expected,
  };
}

export const restrictWebIdentity: Guardrail = {
  id: "restrict-web-identity",
  policyType: "RESOURCE_CONTROL_POLICY",
  denies:
    "A web identity (OIDC) assumes no role unless its token is from one of our own repositories, projects or organizations.",
  why: "Issuers such as GitHub's are shared by everybody: a trust policy that forgets to name the repository, or names it too widely, lets every repository of the world in. Google, Facebook, Amazon and Cognito can even be trusted without a provider in IAM.",
  exemptions: [
    {
      who: "Subjects in guardrails.webIdentity, and those of workloadIdentity's roles",
      why: "They are our own.",
      cannotBeAbusedBecause:
        "The issuer writes the claim into the token, AWS checks its signature, and a wildcard is refused before the owner's name is complete.",
    },
  ],
  hazards: [
    "Everything that is not listed stops: EKS clusters with IAM roles for service accounts (each has an issuer of its own), Cognito identity pools, CI of other teams. Look for AssumeRoleWithWebIdentity in CloudTrail, or observe first.",
    "Where nothing is listed no web identity assumes any role.",
    "A condition sees only the claims that AWS passes on: sub, aud and amr of any issuer, and more of a few (GitHub, GitLab, Buildkite, CircleCI, Google …). A claim that AWS does not pass on is an error, with the nearest one that it does.",
    "The management account's roles are not bound by any RCP: the pipeline's own roles rest on their trust policies.",
  ],
  mapping: { cis: ["1.21"], cis7: ["2.1.2", "2.19"], nist80053: ["AC-3", "AC-4", "IA-8", "IA-9"] },
  // A negated operator holds where the key is absent, so that a token is let in by one issuer's key alone.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
  statements: (context) => [
    {
      Sid: "RestrictWebIdentity",
      Effect: "Deny",
      Principal: "*",
      Action: ACTION,
      Resource: "*",
      ...(trustedOf(context).length === 0 ? {} : { Condition: { StringNotLike: claims(context) } }),
    },
  ],
  observes: (context) => {
    // CloudTrail has the issuer and the subject of each web identity; other claims are not in it.
    const subjects = trustedOf(context)
      .filter(({ claim }) => claim === "sub")
      .flatMap(({ values }) => values);
    return [
      {
        eventSource: "sts.amazonaws.com",
        eventNames: ["AssumeRoleWithWebIdentity"],
        ...(subjects.length === 0
          ? {}
          : {
              detail: { userIdentity: { userName: [{ "anything-but": { wildcard: uniqueSorted(subjects) } }] } },
            }),
      },
    ];
  },
  cases: (context) => [
    token(
      "a stranger's repository is refused",
      "token.actions.githubusercontent.com",
      {
        "token.actions.githubusercontent.com:sub": "repo:stranger/fork:ref:refs/heads/main",
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
      },
      "denied",
    ),
    token(
      "and an issuer that nobody listed",
      "oidc.stranger.example",
      { "oidc.stranger.example:sub": "anything" },
      "denied",
    ),
    token(
      "and Google, which needs no provider",
      "accounts.google.com",
      { "accounts.google.com:sub": "110000000000000000000" },
      "denied",
    ),
    token("and a token that says nothing", "oidc.stranger.example", {}, "denied"),
    ...trustedOf(context).flatMap(({ issuer, claim, values }) =>
      values.flatMap((value) => {
        const own = value.replace("*", "shop:ref:refs/heads/main").replaceAll("*", "x").replaceAll("?", "x");
        return [
          token(`${value} of ${issuer} comes in`, issuer, { [`${issuer}:${claim}`]: own }, "untouched"),
          token(
            `the same claim of another issuer than ${issuer} does not`,
            "oidc.stranger.example",
            { [`oidc.stranger.example:${claim}`]: own },
            "denied",
          ),
        ];
      }),
    ),
    {
      name: "roles assume roles as before",
      action: "sts:AssumeRole",
      resource: caseRole("deploy"),
      principal: CASE_ADMIN,
      expected: "untouched",
    },
  ],
};
