import type { CloudTrailEvent } from "../cloudtrail/event";
import { NOT_KEPT } from "../cloudtrail/shapes/canonical";
import { ABSENT, ContextValue, RequestPrincipal } from "../../policy/evaluate";

/** Why no guardrail speaks of who made a call. */
export const NOT_BOUND = {
  managementAccount: "callers of the management account, which no SCP binds",
  outside: "callers of accounts outside of the organization",
  service: "AWS services, for themselves",
  serviceLinkedRole: "service-linked roles, which no SCP binds",
  ownLog: "callers of another account of the organization, whose own log names them",
  notIam: "people in Identity Center's own portal and other callers that are no IAM principals",
  federation: "tokens of an identity provider, before they become a session",
  noPermission: "events that are no call IAM decides on: signing in, service events",
  inactive: "accounts that are not active in the facts",
} as const;

export type NotBound = keyof typeof NOT_BOUND;

/** Who made a call, as a policy sees them. */
export interface Caller {
  readonly principal: RequestPrincipal;
  readonly accountId: string;
  /** For people: the ARN, or what is known of it. */
  readonly name: string;
  /** Condition keys (lower case) that do not follow from the kind of principal alone. */
  readonly context: Readonly<Record<string, ContextValue | typeof ABSENT>>;
  /** What of the principal is not known: the verdict depends on it. @default - everything is known */
  readonly doubt?: string;
}

export type CallerResult = { readonly caller: Caller } | { readonly notBound: NotBound } | { readonly unknown: string };

/** Accounts of an organization, as far as callers are concerned. */
export interface Accounts {
  readonly managementAccountId: string;
  /** Ids of all active accounts, management account included. */
  readonly active: ReadonlySet<string>;
  /** Ids of all others in the facts. */
  readonly inactive: ReadonlySet<string>;
}

const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\//;
const ACCOUNT_ID = /^\d{12}$/;

/**
 * Reads who made the call from `userIdentity`, for every type that CloudTrail knows:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function callerOf(event: CloudTrailEvent, accounts: Accounts): CallerResult {
  const type = event.text("userIdentity.type");
  switch (type) {
    case "AWSService":
      return { notBound: "service" };
    case "IdentityCenterUser":
    case "Directory":
      return { notBound: "notIam" };
    case "WebIdentityUser":
    case "SAMLUser":
      return { notBound: "federation" };
  }
  const accountId = event.text("userIdentity.accountId") ?? accountOf(event.text("userIdentity.arn"));
  if (accountId === undefined || !ACCOUNT_ID.test(accountId)) {
    // Calls that a service makes for itself sometimes say no more than its name.
    if (event.has("userIdentity.invokedBy") && type === undefined) return { notBound: "service" };
    return { unknown: "the event does not say whose call it was" };
  }
  if (accountId === accounts.managementAccountId) return { notBound: "managementAccount" };
  if (!accounts.active.has(accountId)) return { notBound: accounts.inactive.has(accountId) ? "inactive" : "outside" };
  switch (type) {
    case "AWSAccount":
      return { notBound: "ownLog" };
    case "IAMUser":
      return user(event, accountId);
    case "Root":
      return root(event, accountId);
    case "AssumedRole":
    case "Role":
      return role(event, accountId);
    case "FederatedUser":
      return federated(event, accountId);
  }
  return {
    unknown: `the event's type of principal is ${type === undefined ? "missing" : "one that is not known here"}`,
  };
}

/**
 * Somebody of an account outside, as the log of the account that was called shows it: the account and a unique id, no ARN. Only resource
 * control policies bind such a caller. It has another organization's id or none, which statements that ask for ours cannot tell apart.
 */
export function outsideCaller(event: CloudTrailEvent): Caller | undefined {
  const accountId = event.text("userIdentity.accountId");
  if (!event.is("userIdentity.type", "AWSAccount") || accountId === undefined || !ACCOUNT_ID.test(accountId))
    return undefined;
  const id = event.text("userIdentity.principalId") ?? "";
  const type = id.startsWith("AIDA") ? "user" : id === accountId ? "root" : "role";
  return {
    principal: { type, arn: `arn:aws:iam::${accountId}:root`, accountId },
    accountId,
    name: `account ${accountId}, outside the organization`,
    context: { "aws:principalorgid": ABSENT },
    doubt: "the event names the account and no principal",
  };
}

function user(event: CloudTrailEvent, accountId: string): CallerResult {
  const arn = event.text("userIdentity.arn");
  const name = event.text("userIdentity.userName");
  if (arn !== undefined)
    return { caller: { principal: { type: "user", arn, accountId }, accountId, name: arn, context: {} } };
  if (name === undefined) return { unknown: "the event does not name the user" };
  const made = `arn:aws:iam::${accountId}:user/${name}`;
  return {
    caller: {
      principal: { type: "user", arn: made, accountId },
      accountId,
      name: made,
      context: {},
      doubt: "the event names the user without its path",
    },
  };
}

function root(event: CloudTrailEvent, accountId: string): CallerResult {
  const arn = `arn:aws:iam::${accountId}:root`;
  const assumed = event.is("userIdentity.sessionContext.assumedRoot", "true");
  if (event.is("userIdentity.sessionContext.assumedRoot", NOT_KEPT))
    return { unknown: "this form of the log does not keep whether a session of the root user is central root access" };
  return {
    caller: {
      principal: { type: assumed ? "assumedRoot" : "root", arn, accountId },
      accountId,
      name: assumed ? `${arn} (central root session)` : arn,
      context: {},
    },
  };
}

/** `aws:PrincipalArn` of a session is the ARN of its role, which is that of the session's issuer. */
function role(event: CloudTrailEvent, accountId: string): CallerResult {
  const issuer = event.text("userIdentity.sessionContext.sessionIssuer.arn");
  const session = event.text("userIdentity.arn");
  const sessionPart = session === undefined ? {} : { sessionArn: session };
  if (issuer !== undefined && ROLE_ARN.test(issuer)) {
    if (issuer.includes(":role/aws-service-role/")) return { notBound: "serviceLinkedRole" };
    return {
      caller: {
        principal: { type: "role", arn: issuer, accountId, ...sessionPart },
        accountId,
        name: issuer,
        context: {},
      },
    };
  }
  if (session !== undefined && ROLE_ARN.test(session)) {
    if (session.includes(":role/aws-service-role/")) return { notBound: "serviceLinkedRole" };
    return { caller: { principal: { type: "role", arn: session, accountId }, accountId, name: session, context: {} } };
  }
  const match = session === undefined ? undefined : /^arn:([\w-]+):sts::\d{12}:assumed-role\/([^/]+)\//.exec(session);
  if (!match) return { unknown: "the event does not name the role" };
  const [, partition = "aws", name = ""] = match;
  if (name.startsWith("AWSServiceRoleFor")) return { notBound: "serviceLinkedRole" };
  const arn = `arn:${partition}:iam::${accountId}:role/${name}`;
  return {
    caller: {
      principal: { type: "role", arn, accountId, ...sessionPart },
      accountId,
      name: arn,
      context: {},
      doubt: "the event names the role without its path",
    },
  };
}

/** A session made with `GetFederationToken`: it has an ARN of its own, and is no user to `aws:username`. */
function federated(event: CloudTrailEvent, accountId: string): CallerResult {
  const arn = event.text("userIdentity.arn");
  if (arn === undefined) return { unknown: "the event does not name the federated user" };
  return {
    caller: {
      principal: { type: "user", arn, accountId },
      accountId,
      name: arn,
      context: { "aws:principalarn": arn, "aws:principaltype": "FederatedUser", "aws:username": ABSENT },
    },
  };
}

function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(":", 5)[4];
}
