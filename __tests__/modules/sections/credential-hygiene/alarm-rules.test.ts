import { credentialAlarmRules } from "../../../../modules/sections/credential-hygiene/alarm-rules";
import {
  credentialAction,
  LONG_TERM_CREDENTIAL_EVENTS,
} from "../../../../modules/sections/credential-hygiene/long-term-credential-events";
import { eventMatches } from "../../../support/event-pattern";

const alarms = (service: string, eventName: string, detail: object = {}): boolean => {
  const event = {
    source: `aws.${service}`,
    "detail-type": "AWS API Call via CloudTrail",
    detail: { eventSource: `${service}.amazonaws.com`, eventName, ...detail },
  };
  return credentialAlarmRules().some((rule) => eventMatches(rule.pattern, event));
};

test.each(LONG_TERM_CREDENTIAL_EVENTS.map((event) => [credentialAction(event), event] as const))(
  "%s raises an alarm, and not when it failed",
  (_, event) => {
    const detail = event.onlyWithStatus ? { requestParameters: { status: event.onlyWithStatus } } : {};
    expect(alarms(event.service, event.name, detail)).toBe(true);
    expect(alarms(event.service, event.name, { ...detail, errorCode: "AccessDenied" })).toBe(false);
  },
);

test.each(
  LONG_TERM_CREDENTIAL_EVENTS.filter((event) => event.onlyWithStatus).map(
    (event) => [credentialAction(event), event] as const,
  ),
)("%s that deactivates is clean-up", (_, event) => {
  expect(alarms(event.service, event.name, { requestParameters: { status: "Inactive" } })).toBe(false);
});

test.each(["DeleteAccessKey", "GetUser", "ListAccessKeys", "CreateRole", "DeleteUser"])("%s is silent", (name) =>
  expect(alarms("iam", name)).toBe(false),
);

test("the same name in another service is silent", () => expect(alarms("memorydb", "CreateUser")).toBe(false));

test("the pattern stays below EventBridge's quota of 2048 characters", () => {
  for (const rule of credentialAlarmRules()) expect(JSON.stringify(rule.pattern).length).toBeLessThan(2048);
});

test("the list is sorted within each service and effect, without doubles", () => {
  const keys = LONG_TERM_CREDENTIAL_EVENTS.map((event) => `${event.effect} ${event.service} ${event.name}`);
  expect(new Set(keys).size).toBe(keys.length);
});
