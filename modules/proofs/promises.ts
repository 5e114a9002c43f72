import type { KeySets, PrincipalSet, TextSet } from "../policy/decide";
import { CREDENTIAL_ACTIONS } from "../sections/guardrails/catalogue/credential-actions";
import {
  LONG_TERM_BEARER_SERVICES,
  TYPED_BEARER_SERVICES,
} from "../sections/guardrails/rules/deny-long-term-bearer-tokens";
import { userArn } from "../sections/break-glass/documents";
import { iamSet } from "./arns";
import type { PrincipalKind, ProofInput } from "./types";
import { defined } from "../kernel/optional";
import { uniqueSorted } from "../kernel/lists";

/** Principals who are none of the account's. */
export interface OtherPrincipals {
  readonly kind: PrincipalKind;
  /** In words. */
  readonly who: string;
  readonly sets: readonly PrincipalSet[];
}

/** What makes a long-term credential, or an entry point that is as good as one, and which guardrail promises that nobody does. */
export interface GuardrailPromise {
  /** @default "no-mint" */
  readonly proof?: "exemptions-hold";
  readonly guardrail: string;
  readonly effect: "mints" | "revives" | "federates" | "uses" | "leaves" | "protects";
  readonly actions: readonly string[];
  /** Of `*`: what no policy is asked about. @default - none */
  readonly exceptActions?: readonly string[];
  /** Undefined of an account: nothing is promised there. @default - every resource */
  readonly resources?: { readonly of: (account: string) => TextSet | undefined; readonly on: string };
  /** @default - any values of all condition keys */
  readonly keys?: KeySets;
  readonly when?: string;
  /** Kinds that the guardrail spares by design: nobody else can become one of them, which is a proof of its own. @default - none */
  readonly spares?: readonly PrincipalKind[] | ((account: string) => readonly PrincipalKind[]);
  /** ARNs, as patterns, of principals that it spares by design: nobody else can become one of them either. @default - none */
  readonly sparesNames?: (account: string) => readonly string[];
  /** Resources on which more is spared by design, which a guardrail of its own protects from everybody else. @default - none */
  readonly apart?: {
    readonly pattern: string;
    readonly on: string;
    readonly kinds: readonly PrincipalKind[];
    readonly patterns: readonly string[];
  };
  /** Only these kinds. @default - everybody */
  readonly only?: readonly PrincipalKind[];
  /** Principals outside the account's own. @default - those of the account */
  readonly others?: OtherPrincipals;
}

/** Kinds and names, as patterns of ARNs, that a guardrail spares by design in an account. */
export function sparedBy(
  { spares = [], sparesNames }: GuardrailPromise,
  account: string,
): { readonly kinds: readonly PrincipalKind[]; readonly names: readonly string[] } {
  return { kinds: typeof spares === "function" ? spares(account) : spares, names: sparesNames?.(account) ?? [] };
}

const EFFECTS: Readonly<Record<string, GuardrailPromise["effect"]>> = {
  "deny-credential-reactivation": "revives",
  "deny-unmanaged-federation": "federates",
  "deny-long-term-bearer-tokens": "uses",
  "deny-leaving-organization": "leaves",
};

const SPARES: Readonly<Record<string, readonly PrincipalKind[]>> = {
  // The same actions deactivate, and know no condition key for the status: whoever cleans up could revive.
  "deny-credential-reactivation": ["remediation", "retirement", "break-glass"],
  "deny-unmanaged-federation": ["pipeline-member", "break-glass"],
};

const MAKES_USERS: ReadonlySet<string> = new Set(["deny-user-creation", "deny-console-password-creation"]);

/** What belongs to an entry point and has no name of a credential. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  "deny-leaving-organization": ["account:CloseAccount", "organizations:LeaveOrganization"],
  "deny-unmanaged-federation": [
    "iam:DeleteOpenIDConnectProvider",
    "iam:DeleteSAMLProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:DeleteAttributeMapping",
    "rolesanywhere:DeleteProfile",
    "rolesanywhere:DeleteTrustAnchor",
    "rolesanywhere:EnableProfile",
    "rolesanywhere:PutAttributeMapping",
    "rolesanywhere:UpdateProfile",
  ],
};

const DIRECT_CALL: KeySets = {
  "aws:ViaAWSService": { oneOf: ["false"], absent: true },
  "aws:CalledVia": "absent",
  "aws:CalledViaFirst": "absent",
  "aws:CalledViaLast": "absent",
};

/**
 * Every action that policies decide on: no policy is asked about these two.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
const ANYTHING = { actions: ["*"], exceptActions: ["sts:GetCallerIdentity", "sts:GetSessionToken"] } as const;

/** Guardrails that promise something of credentials. */
export const PROMISING_GUARDRAILS: readonly string[] = uniqueSorted([
  ...CREDENTIAL_ACTIONS.flatMap(({ deniedBy }) => deniedBy ?? []),
  "deny-root-user",
  "deny-long-term-key-use",
  "restrict-outside-accounts",
  "restrict-web-identity",
]);

/**
 * The promises of the guardrails that speak of credentials. Their actions are those of the catalogue of credential-making actions, which is
 * held against AWS's own list: what a statement forgets, a proof still asks.
 */
export function promisesOf(input: ProofInput): readonly GuardrailPromise[] {
  const { webIdentity } = input.guardrails.context;
  const trusted = webIdentity?.trusted ?? [];
  const { identity } = input.breakGlass;
  const memberHome = identity.homeAccountId !== input.environment.organization.managementAccountId;
  // The pipeline makes the users of a home in a member account, and they change their own passwords.
  const users = userArn(identity, "*");
  const keyUsers = memberHome
    ? ({ only: ["iam-user"], sparesNames: () => [users] } as const)
    : ({ only: ["iam-user", "break-glass-user"] } as const);
  const homeUsers: GuardrailPromise["apart"] = {
    pattern: users,
    on: "any break-glass user",
    kinds: ["pipeline-member", "break-glass-user"],
    patterns: [users],
  };
  return [
    ...CREDENTIAL_ACTIONS.flatMap(({ deniedBy, actions }): readonly GuardrailPromise[] =>
      deniedBy === undefined || deniedBy === "deny-long-term-bearer-tokens"
        ? []
        : [
            {
              guardrail: deniedBy,
              effect: EFFECTS[deniedBy] ?? "mints",
              actions: uniqueSorted([...actions, ...(BESIDE[deniedBy] ?? [])]),
              ...defined({ spares: SPARES[deniedBy] }),
              ...(memberHome && MAKES_USERS.has(deniedBy) ? { apart: homeUsers } : {}),
            },
          ],
    ),
    {
      guardrail: "deny-long-term-bearer-tokens",
      effect: "uses",
      actions: LONG_TERM_BEARER_SERVICES.map((service) => `${service}:CallWithBearerToken`),
    },
    ...TYPED_BEARER_SERVICES.map((service): GuardrailPromise => ({
      guardrail: "deny-long-term-bearer-tokens",
      effect: "uses",
      actions: [`${service}:CallWithBearerToken`],
      keys: { [`${service}:BearerTokenType`]: { oneOf: ["LONG_TERM"] } },
      when: "with a long-term key",
    })),
    { guardrail: "deny-root-user", effect: "uses", ...ANYTHING, only: ["root"] },
    {
      guardrail: "deny-long-term-key-use",
      effect: "uses",
      ...ANYTHING,
      keys: { ...DIRECT_CALL, "aws:TokenIssueTime": "absent" },
      when: "signed with an access key",
      ...keyUsers,
    },
    {
      guardrail: "deny-long-term-key-use",
      effect: "uses",
      ...ANYTHING,
      keys: { ...DIRECT_CALL, "aws:MultiFactorAuthPresent": { oneOf: ["false"] } },
      when: "in a session without MFA",
      ...keyUsers,
    },
    {
      guardrail: "restrict-web-identity",
      effect: "federates",
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resources: { of: (account) => iamSet(account, "role"), on: "any role" },
      keys: untrusted(trusted),
      when: "with a token of which no claim is a trusted one",
      only: ["web-identity"],
      others: {
        kind: "web-identity",
        who: "anybody with a token of any issuer",
        sets: [{ type: "webIdentity", arns: { like: ["*"] } }],
      },
    },
    ...outsidePromises(input),
  ];
}

/**
 * Nobody of an account outside assumes a role: strangers never, an account that is let in only the roles that are named for it, and none
 * after its end. An outsider has another organization's id, or none; whatever else it sends is open.
 */
function outsidePromises({ guardrails: { context } }: ProofInput): readonly GuardrailPromise[] {
  const listed = context.outsideAccounts ?? [];
  const keys: KeySets = {
    "aws:PrincipalOrgID": { like: ["o-*"], except: [context.organizationId], absent: true },
    "aws:PrincipalOrgPaths": { like: ["o-*"], except: [`${context.organizationId}/*`], absent: true, several: true },
  };
  const of = (accounts: readonly string[], except: readonly string[] = []): readonly PrincipalSet[] =>
    (["role", "user", "root"] as const).map((type) => ({
      type,
      arns: {
        like: accounts.map((account) => `arn:aws:iam::${account}:${type === "root" ? type : `${type}/*`}`),
        // No RCP binds service-linked roles, and nobody but AWS works as one:
        // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-effects-on-permissions
        except: ["arn:aws:iam::*:role/aws-service-role/*", ...except.map((account) => `arn:aws:iam::${account}:*`)],
      },
      keys,
    }));
  const promise = (
    who: string,
    sets: readonly PrincipalSet[],
    more: Partial<GuardrailPromise> = {},
  ): GuardrailPromise => ({
    guardrail: "restrict-outside-accounts",
    effect: "federates",
    actions: ["sts:AssumeRole"],
    resources: { of: (account) => iamSet(account, "role"), on: "any role" },
    only: ["outsider"],
    others: { kind: "outsider", who, sets },
    ...more,
  });
  const named = listed.flatMap(({ accounts }) => accounts);
  return [
    promise("anybody outside the organization", of(["*"], named)),
    ...listed.flatMap(({ name, accounts, roles, endsAt, expires }) => [
      ...(roles.length === 0
        ? []
        : [
            promise(`the outside account ${name}`, of(accounts), {
              resources: {
                of: (account) =>
                  iamSet(
                    account,
                    "role",
                    roles.map((role) => `arn:aws:iam::${account}:role/${role}`),
                  ),
                on: `any role but ${roles.join(", ")}`,
              },
            }),
          ]),
      promise(`the outside account ${name} after ${expires}`, of(accounts), {
        keys: { "aws:CurrentTime": { dates: { from: new Date(Date.parse(endsAt) + 1000).toISOString() } } },
        when: `after ${endsAt}`,
      }),
    ]),
  ];
}

/** Of each claim that makes a token a trusted one every other value, or none. */
function untrusted(
  trusted: readonly { readonly issuer: string; readonly claim: string; readonly values: readonly string[] }[],
): KeySets {
  const values = new Map<string, string[]>();
  for (const { issuer, claim, values: list } of trusted) {
    const key = `${issuer}:${claim}`;
    values.set(key, [...(values.get(key) ?? []), ...list]);
  }
  return Object.fromEntries(
    [...values].map(([key, list]) => [
      key,
      list.includes("*") ? "absent" : { like: ["*"], except: [...list].sort(), absent: true },
    ]),
  );
}
