import type { EventPattern, ForwarderRule } from "../alarms/documents";
import { LONG_TERM_CREDENTIAL_EVENTS, LongTermCredentialEvent } from "./long-term-credential-events";

/** IAM is global: its events reach EventBridge in this region only. https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html */
export const IAM_EVENT_REGION = "us-east-1";

/**
 * What the forwarders of every account look out for. Calls that failed made nothing and stay silent: an alarm means that a
 * credential is there. The same rules stand in every watched region; those on IAM match in one of them only.
 */
export function credentialAlarmRules(): readonly ForwarderRule[] {
  return [
    {
      id: "Iam",
      description: "Long-term credentials and federation entry points of IAM, made or revived",
      pattern: pattern("iam"),
    },
    {
      id: "RolesAnywhere",
      description: "Trust anchors of Roles Anywhere, made or changed; revocation lists, disabled or deleted",
      pattern: pattern("rolesanywhere"),
    },
  ];
}

function pattern(service: LongTermCredentialEvent["service"]): EventPattern {
  const events = LONG_TERM_CREDENTIAL_EVENTS.filter((event) => event.service === service);
  const always = events
    .filter((event) => !event.onlyWithStatus)
    .map((event) => event.name)
    .sort();
  const activating = events
    .filter((event) => event.onlyWithStatus)
    .map((event) => event.name)
    .sort();
  return {
    source: [`aws.${service}`],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: [`${service}.amazonaws.com`],
      errorCode: [{ exists: false }],
      ...(activating.length === 0
        ? { eventName: always }
        : { $or: [{ eventName: always }, { eventName: activating, requestParameters: { status: ["Active"] } }] }),
    },
  };
}
