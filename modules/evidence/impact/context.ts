import type { CloudTrailEvent } from "../cloudtrail/event";
import { ABSENT, ContextValue, NOT_KNOWN } from "../../policy/evaluate";
import type { Caller } from "./caller";

export type KeyValue = ContextValue | typeof ABSENT | typeof NOT_KNOWN;

/** What does not come from the event. */
export interface Surroundings {
  readonly organizationId: string;
  /** The time as of which the guardrails would be enforced, `2026-01-31T12:34:56Z`: exceptions that have ended cover nothing. */
  readonly at: string;
}

type Reader = (event: CloudTrailEvent, caller: Caller, around: Surroundings) => KeyValue;

const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/;

/** Whether a service of AWS made the call on behalf of the principal. */
function viaService(event: CloudTrailEvent): boolean {
  return event.has("userIdentity.invokedBy") || (event.text("sourceIPAddress")?.endsWith(".amazonaws.com") ?? false);
}

function parameter(event: CloudTrailEvent, name: string): string | undefined {
  const request = event.json("requestParameters");
  const value =
    typeof request === "object" && request !== null ? (request as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Temporary credentials begin with ASIA, long-term keys with AKIA. An event without a key id leaves it open. */
const byLongTermKey = (event: CloudTrailEvent): boolean => event.startsWith("userIdentity.accessKeyId", "AKIA");

/**
 * Condition keys whose value an event tells, in lower case. Every other key is not known: a CloudTrail event does not carry tags,
 * the organization's paths, or most keys of services.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const READERS: Readonly<Record<string, Reader>> = {
  "aws:currenttime": (_, __, { at }) => at,
  "aws:epochtime": (_, __, { at }) => Math.floor(Date.parse(at) / 1000),
  "aws:principalorgid": (_, __, { organizationId }) => organizationId,
  "aws:requestedregion": (event) => event.text("awsRegion") ?? NOT_KNOWN,
  "aws:sourceip": (event) => {
    const address = event.text("sourceIPAddress");
    if (address === undefined) return NOT_KNOWN;
    // Where a service calls, or AWS hides the address, AWS documents that the key may be missing: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
    return IP_ADDRESS.test(address) ? address : NOT_KNOWN;
  },
  "aws:useragent": (event) => event.text("userAgent") ?? NOT_KNOWN,
  "aws:userid": (event) => event.text("userIdentity.principalId") ?? NOT_KNOWN,
  "aws:viaawsservice": (event) => String(viaService(event)),
  "aws:sourcevpce": (event) => event.text("vpcEndpointId") ?? ABSENT,
  // There with temporary credentials, absent with long-term keys.
  "aws:tokenissuetime": (event) =>
    byLongTermKey(event) ? ABSENT : (event.text("userIdentity.sessionContext.attributes.creationDate") ?? NOT_KNOWN),
  "aws:multifactorauthpresent": (event) =>
    byLongTermKey(event)
      ? ABSENT
      : (event.text("userIdentity.sessionContext.attributes.mfaAuthenticated") ?? NOT_KNOWN),
  "aws:multifactorauthage": (event) => (byLongTermKey(event) ? ABSENT : NOT_KNOWN),
  "aws:assumedroot": (_, caller) => (caller.principal.type === "assumedRoot" ? "true" : ABSENT),
  "iam:servicespecificcredentialservicename": (event) => parameter(event, "serviceName") ?? NOT_KNOWN,
  "iam:servicespecificcredentialagedays": (event) => parameter(event, "credentialAgeDays") ?? ABSENT,
  "iam:passedtoservice": (event) => (event.is("eventName", "PassRole") ? NOT_KNOWN : ABSENT),
  "sts:rolesessionname": (event) => parameter(event, "roleSessionName") ?? NOT_KNOWN,
  "sts:externalid": (event) => parameter(event, "externalId") ?? ABSENT,
};

/**
 * What else a reader of a key looks at, in the spelling of a table of CloudTrail's records, beside who called, from where, and with what. A key without an
 * entry looks at nothing else. For queries, which have to name what they ask for.
 */
export const FIELDS_OF_KEYS: Readonly<Record<string, readonly string[]>> = {
  "aws:userid": ["useridentity.principalid"],
  "aws:sourcevpce": ["vpcendpointid"],
  "aws:tokenissuetime": ["useridentity.sessioncontext.attributes.creationdate"],
  "aws:multifactorauthpresent": ["useridentity.sessioncontext.attributes.mfaauthenticated"],
  "iam:servicespecificcredentialservicename": ["requestparameters.serviceName"],
  "iam:servicespecificcredentialagedays": ["requestparameters.credentialAgeDays"],
  "sts:rolesessionname": ["requestparameters.roleSessionName"],
  "sts:externalid": ["requestparameters.externalId"],
};

/** Condition keys that are read out of an event by their name. */
export const READ_KEYS: readonly string[] = Object.keys(READERS);

/** Keys of many services: `bedrock:BearerTokenType`. A short-term API key shows the session of its role, a long-term one its user. */
const BEARER_TOKEN = ":bearertokentype";

/**
 * Reads the condition keys (lower case) that the guardrails ask for. Of those in `presence` only whether they are there: their values
 * differ from session to session and change nothing.
 */
export function contextOf(
  keys: readonly string[],
  presence: ReadonlySet<string>,
  event: CloudTrailEvent,
  caller: Caller,
  around: Surroundings,
): Record<string, KeyValue> {
  const found: Record<string, KeyValue> = {};
  for (const key of keys) {
    const read = READERS[key];
    if (read) {
      const value = read(event, caller, around);
      found[key] = presence.has(key) && value !== ABSENT && value !== NOT_KNOWN ? "there" : value;
    } else if (key.endsWith(BEARER_TOKEN)) found[key] = caller.principal.type === "user" ? "LONG_TERM" : "SHORT_TERM";
  }
  for (const [key, value] of Object.entries(caller.context)) found[key] = value;
  // Without its path it may or may not be one of those that the statements name.
  if (caller.doubt !== undefined) found["aws:principalarn"] = NOT_KNOWN;
  return found;
}
