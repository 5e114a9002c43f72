import {
  evaluate,
  explain,
  type ContextValue,
  type Deciding,
  type NamedPolicy,
  NOT_KNOWN,
  type PolicySet,
  type RequestPrincipal,
  type Verdict,
} from "../../modules/policy/evaluate";
import { AwsError, type Caller } from "../aws-message";
import { type ChainFacts, type PrincipalFacts, readWritten } from "./facts";

/** Whether a role may be assumed, by the project's own evaluator. Pure: the facts are read before. */

export type Context = Readonly<Record<string, ContextValue | typeof NOT_KNOWN>>;

export interface AssumeAttempt {
  readonly actions: readonly string[];
  readonly roleArn: string;
  readonly role: PrincipalFacts;
  readonly principal: RequestPrincipal;
  /** How errors name the caller. @default - AWS names nobody, as for web identities */
  readonly shown?: string;
  readonly context: Context;
  /** The caller's own policies. @default - none take part: a token or an assertion stands for them */
  readonly own?: Pick<PolicySet, "identity" | "boundary" | "session">;
  /** Of the principal's account; absent where SCPs bind nobody. */
  readonly principalChain?: ChainFacts;
  /** Of the role's account; absent where RCPs bind nothing. */
  readonly resourceChain?: ChainFacts;
}

/** @throws AwsError AccessDenied in AWS's words; `LocalAwsNotDecided` where the evaluator does not know */
export function decideAssume(attempt: AssumeAttempt): void {
  const { role, principalChain, resourceChain, own } = attempt;
  const set: PolicySet = {
    ...(principalChain ? { scps: levelsOf(principalChain, "SERVICE_CONTROL_POLICY") } : {}),
    ...(resourceChain ? { rcps: levelsOf(resourceChain, "RESOURCE_CONTROL_POLICY") } : {}),
    ...own,
    resource: readWritten({ name: `trust policy of ${attempt.roleArn}`, document: withoutGone(role.trust ?? "") }),
  };
  for (const action of attempt.actions) {
    const verdict = evaluate(
      {
        principal: attempt.principal,
        action,
        resource: attempt.roleArn,
        context: attempt.context,
        unlistedKeys: "absent",
      },
      set,
    );
    if (verdict.decision === "denied") throw denied(attempt, action, verdict);
    // A local AWS that guessed would hide a fault or make one up.
    if (verdict.decision === "unknown")
      throw new AwsError(
        "LocalAwsNotDecided",
        `Whether AWS allows ${action} on ${attempt.roleArn} is not known. ${explain(verdict)}`,
        501,
      );
  }
}

/**
 * A unique id in a trust policy is that of a principal that is gone: AWS shows those that are there by their ARN. No caller has it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
 */
function withoutGone(trust: string): string {
  return trust.replace(/"(?:AIDA|AROA)[A-Z0-9]{8,}"/g, '"arn:aws:iam::000000000000:user/gone"');
}

function levelsOf({ levels }: ChainFacts, type: string): readonly (readonly NamedPolicy[])[] {
  return levels.map((level) => level.filter((policy) => policy.type === type).map(readWritten));
}

/** What AWS says, with the kind of policy that decided. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function denied({ shown, roleArn }: AssumeAttempt, action: string, { kind, deciding }: Verdict): AwsError {
  if (shown === undefined) return new AwsError("AccessDenied", `Not authorized to perform ${action}`, 403);
  const layer = deciding[0]?.layer ?? "resource";
  const why =
    kind === "explicit-deny"
      ? ` with an explicit deny in ${LAYERS[layer].deny}`
      : ` because no ${LAYERS[layer].none} allows the ${action} action`;
  return notAuthorized(shown, action, roleArn, why);
}

/** AWS does not tell a role that is not there from one that may not be assumed. */
export function notAuthorized(shown: string, action: string, resource: string, why = ""): AwsError {
  return new AwsError(
    "AccessDenied",
    `User: ${shown} is not authorized to perform: ${action} on resource: ${resource}${why}`,
    403,
  );
}

const LAYERS: Readonly<Record<Deciding["layer"], { readonly deny: string; readonly none: string }>> = {
  scp: { deny: "a service control policy", none: "service control policy" },
  rcp: { deny: "a resource control policy", none: "resource control policy" },
  identity: { deny: "an identity-based policy", none: "identity-based policy" },
  boundary: { deny: "a permissions boundary", none: "permissions boundary" },
  session: { deny: "a session policy", none: "session policy" },
  resource: { deny: "the role trust policy", none: "role trust policy" },
};

/** Condition keys that follow from who calls, with what, and from where. */
export function callerContext(caller: Caller, chain: ChainFacts | undefined, now: number): Context {
  const { mfa, issuedAt } = caller;
  return {
    "aws:userid": caller.userId,
    ...(chain ? organizationKeys("aws:Principal", chain) : {}),
    ...Object.fromEntries(Object.entries(caller.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    // Both are there for temporary credentials only: "Long term credentials, such as access keys, do not include this key."
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    ...(issuedAt === undefined
      ? {}
      : {
          "aws:TokenIssueTime": new Date(issuedAt).toISOString(),
          "aws:MultiFactorAuthPresent": mfa === "notKnown" ? NOT_KNOWN : mfa !== undefined,
        }),
    // "the aws:MultiFactorAuthAge key is not present if MFA was not used" (same page).
    ...(mfa === undefined
      ? {}
      : { "aws:MultiFactorAuthAge": mfa === "notKnown" ? NOT_KNOWN : Math.floor((now - mfa) / 1000) }),
  };
}

/** Condition keys that follow from the request itself and the role. */
export function requestContext(
  roleAccount: string,
  chain: ChainFacts | undefined,
  region: string,
  now: number,
): Context {
  return {
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": String(Math.floor(now / 1000)),
    "aws:SourceIp": "127.0.0.1",
    // The endpoint is http, as only a local AWS may be; AWS's own takes TLS.
    "aws:SecureTransport": true,
    "aws:RequestedRegion": region,
    "aws:ViaAWSService": false,
    "aws:ResourceAccount": roleAccount,
    ...(chain ? organizationKeys("aws:Resource", chain) : {}),
  };
}

function organizationKeys(prefix: "aws:Principal" | "aws:Resource", chain: ChainFacts): Context {
  // The path ends with the last OU: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
  const path = `${[chain.organization, ...chain.ids.slice(0, -1)].join("/")}/`;
  return { [`${prefix}OrgID`]: chain.organization, [`${prefix}OrgPaths`]: [path] };
}
