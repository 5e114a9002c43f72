import { uniqueSorted } from "../../../kernel/lists";
import type { PolicyStatement } from "../../../policy/types";
import { CASE_ACCOUNT, CASE_ADMIN, CASE_ROOT, CASE_SSO_ADMIN, caseRole } from "../context/principals";
import type { Guardrail, GuardrailCase, GuardrailContext, OutsideAccount } from "../types";

/**
 * The only call by which a principal of another account becomes a role. With a token or an assertion there are two others, whose callers have
 * no organization: restrict-web-identity and deny-unmanaged-federation are about those.
 */
const ACTION = "sts:AssumeRole";

/** An account of nobody that we know. */
const STRANGER = "888888888888";

const outsideOf = (context: GuardrailContext): readonly OutsideAccount[] => context.outsideAccounts ?? [];
const compact = (end: string): string => end.slice(0, 10).replaceAll("-", "");

/** ARNs of the roles that an outside account may assume; none: every role that trusts it. */
export const outsideRoles = ({ roles }: OutsideAccount): readonly string[] =>
  roles.map((role) => `arn:aws:iam::*:role/${role}`);

function statements(context: GuardrailContext): readonly PolicyStatement[] {
  const outside = outsideOf(context);
  const named = uniqueSorted(outside.flatMap(({ accounts }) => accounts));
  const scopes = new Map<string, OutsideAccount[]>();
  for (const one of outside.filter(({ roles }) => roles.length > 0)) {
    const key = JSON.stringify(outsideRoles(one));
    scopes.set(key, [...(scopes.get(key) ?? []), one]);
  }
  const deny = { Effect: "Deny", Principal: "*", Action: ACTION } as const;
  return [
    {
      // The form of AWS's own sample (EnforceOrgIdentities): github.com/aws-samples/data-perimeter-policy-examples,
      // resource_control_policies/identity_perimeter_rcp.json at 8e0d3c5179a4. A negated operator holds where the key is absent: an account
      // that is in no organization has none. Services of AWS assume service roles, and belong to no organization.
      Sid: "RestrictOutsideAccounts",
      ...deny,
      Resource: "*",
      Condition: {
        BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
        StringNotEquals: {
          ...(named.length === 0 ? {} : { "aws:PrincipalAccount": named }),
          "aws:PrincipalOrgID": context.organizationId,
        },
      },
    },
    ...[...scopes.values()].map((some, i): PolicyStatement => ({
      Sid: `RestrictOutsideRoles${i + 1}`,
      ...deny,
      NotResource: outsideRoles(some[0]!),
      Condition: { StringEquals: { "aws:PrincipalAccount": uniqueSorted(some.flatMap(({ accounts }) => accounts)) } },
    })),
    // AWS itself ends what is excepted.
    ...uniqueSorted(outside.map(({ endsAt }) => endsAt)).map((end): PolicyStatement => ({
      Sid: `RestrictOutsideAccountsAfter${compact(end)}`,
      ...deny,
      Resource: "*",
      Condition: {
        DateGreaterThan: { "aws:CurrentTime": end },
        StringEquals: {
          "aws:PrincipalAccount": uniqueSorted(
            outside.filter(({ endsAt }) => endsAt === end).flatMap(({ accounts }) => accounts),
          ),
        },
      },
    })),
  ];
}

const TARGET = caseRole("deploy");

function cases(context: GuardrailContext): readonly GuardrailCase[] {
  const { organizationId } = context;
  const assume = (
    name: string,
    principal: string,
    keys: Readonly<Record<string, string>>,
    expected: GuardrailCase["expected"],
    resource = TARGET,
  ): GuardrailCase => ({ name, action: ACTION, resource, principal, context: keys, expected });
  const ours = { "aws:PrincipalOrgID": organizationId };
  const theirs = { "aws:PrincipalOrgID": "o-strangers00" };
  const of = (account: string, name: string): string => `arn:aws:iam::${account}:${name}`;
  return [
    assume("a role of another organization is refused", of(STRANGER, "role/app"), theirs, "denied"),
    assume("and one of an account without an organization", of(STRANGER, "role/app"), {}, "denied"),
    assume("a user of such an account", of(STRANGER, "user/ci"), {}, "denied"),
    assume("its root user", of(STRANGER, "root"), {}, "denied"),
    assume("one that knows the external id", of(STRANGER, "role/app"), { "sts:ExternalId": "abc" }, "denied"),
    assume(
      "a session that was tagged on its way",
      of(STRANGER, "role/app"),
      { "aws:PrincipalTag/team": "a" },
      "denied",
    ),
    assume("a service on behalf of an outsider", of(STRANGER, "role/app"), { "aws:ViaAWSService": "true" }, "denied"),
    assume("a role of our own account", CASE_ADMIN, ours, "untouched"),
    assume("its root user", CASE_ROOT, ours, "untouched"),
    assume("somebody of Identity Center", CASE_SSO_ADMIN, ours, "untouched"),
    assume("another account of ours", of("333333333333", "role/app"), ours, "untouched"),
    assume(
      "the pipeline, from the management account",
      of(context.managementAccountId, "role/KeylessApply"),
      ours,
      "untouched",
      caseRole(context.memberRole),
    ),
    assume(
      "break glass, from its home",
      of(
        context.breakGlass.homeAccountId,
        `user${context.breakGlass.userPath}${context.breakGlass.userNames[0] ?? ""}`,
      ),
      ours,
      "untouched",
      caseRole(context.breakGlass.roleName),
    ),
    assume("a service for its service role", "ec2.amazonaws.com", {}, "untouched"),
    {
      ...assume("a token is another guardrail's", of(CASE_ACCOUNT, "oidc-provider/gitlab.com"), {}, "untouched"),
      action: "sts:AssumeRoleWithWebIdentity",
    },
    ...outsideOf(context).flatMap((one) => exceptedCases(one, ours, assume)),
  ];
}

type Assume = (
  name: string,
  principal: string,
  keys: Readonly<Record<string, string>>,
  expected: GuardrailCase["expected"],
  resource?: string,
) => GuardrailCase;

function exceptedCases(one: OutsideAccount, ours: GuardrailCase["context"], assume: Assume): readonly GuardrailCase[] {
  const [before, after] = [one.endsAt, new Date(Date.parse(one.endsAt) + 1000).toISOString()];
  const resources = one.roles.length > 0 ? one.roles.map(caseRole) : [TARGET];
  return one.accounts.flatMap((account) => {
    const principal = `arn:aws:iam::${account}:role/vendor`;
    const ask = (
      name: string,
      time: string,
      expected: GuardrailCase["expected"],
      resource: string,
      keys: Readonly<Record<string, string>> = {},
    ): GuardrailCase => assume(name, principal, { "aws:CurrentTime": time, ...keys }, expected, resource);
    return [
      ...resources.flatMap((resource) => [
        ask(`${one.name} comes in until its end`, before, "untouched", resource),
        ask(`${one.name} of an organization of its own`, before, "untouched", resource, {
          "aws:PrincipalOrgID": "o-vendor0000",
        }),
        ask(`${one.name} no more after it`, after, "denied", resource),
        assume("our own go on after it", CASE_ADMIN, { ...ours, "aws:CurrentTime": after }, "untouched", resource),
      ]),
      ...(one.roles.length === 0
        ? []
        : [
            ask(`${one.name} comes into no other role`, before, "denied", TARGET),
            ...one.roles.flatMap((role) => [
              ask(`nor into ${role}2`, before, "denied", caseRole(`${role}2`)),
              ask(`nor into other/${role}`, before, "denied", caseRole(`other/${role}`)),
              ask(
                `nor into ${role} below another path`,
                before,
                "denied",
                caseRole(role.includes("/") ? role.replace(/[^/]+$/, "other/$&") : `my${role}`),
              ),
            ]),
          ]),
    ];
  });
}

export const restrictOutsideAccounts: Guardrail = {
  id: "restrict-outside-accounts",
  policyType: "RESOURCE_CONTROL_POLICY",
  denies: "No principal of an account outside the organization assumes a role, whatever the role's trust policy says.",
  why: "A trust policy that names a vendor's account, or everybody, lets them in for good: whoever has a key of that account can use our role, and nobody here sees the key.",
  exemptions: [
    {
      who: "Accounts in guardrails.outsideAccounts, until their end, in the roles that are named there",
      why: "A vendor's product works in our accounts: it has an owner, a reason and an end.",
      cannotBeAbusedBecause:
        "AWS says whose account a principal is of, and refuses the account after the last day; the role still has to trust it.",
    },
    {
      who: "Services of AWS (aws:PrincipalIsAWSService) and service-linked roles",
      why: "Services assume service roles, and belong to no organization. No resource control policy binds service-linked roles.",
      cannotBeAbusedBecause:
        "A service assumes a role only for the account whose principal has passed it (iam:PassRole), and no principal can say of itself that it is a service.",
    },
  ],
  hazards: [
    "Every vendor, partner and second organization that comes in by a role stops. Before: an external access analyzer of IAM Access Analyzer with the organization as its zone of trust lists the roles that trust outsiders; `impact` and `ready` read who has come in from CloudTrail.",
    "Observing reports every AssumeRole from another account but the management account and break glass's home, those of the organization included: CloudTrail's event has no organization. Those that impact names are from outside.",
    "An account that joins or leaves the organization becomes ours, or a stranger, at once.",
    "It does not cover: tokens and assertions (restrict-web-identity, deny-unmanaged-federation), IAM Roles Anywhere (deny-unmanaged-federation), and the management account's roles, which no resource control policy binds.",
    "It does not cover resources that are shared without a role: a bucket, key, queue or secret with a policy of its own that names an outsider. AWS's samples for a data perimeter do.",
    "It does not cover services that act for an outside account (the confused deputy): they are services, and the role's trust policy has to ask for aws:SourceAccount or aws:SourceOrgID.",
    "It does not see chains: an outsider who is let into one role goes on from there as a principal of ours. What the excepted roles may assume is for their own policies.",
    "It does not ask for sts:ExternalId: the caller chooses it, so that only the role's own trust policy can compare it. Session tags and names of outsiders change nothing.",
  ],
  mapping: { cis: [], cis7: ["2.1.2"], nist80053: ["AC-3", "AC-4", "AC-20", "IA-9"] },
  statements,
  observes: (context) => [
    {
      eventSource: "sts.amazonaws.com",
      eventNames: ["AssumeRole"],
      // A call from another account, as the log of the role's account shows it:
      // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
      detail: {
        userIdentity: {
          type: ["AWSAccount"],
          accountId: [
            {
              "anything-but": uniqueSorted([
                context.managementAccountId,
                context.breakGlass.homeAccountId,
                ...outsideOf(context).flatMap(({ accounts }) => accounts),
              ]),
            },
          ],
        },
      },
    },
  ],
  cases,
};
