import { identities, LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { Readiness, readiness } from "../../../../modules/evidence/impact/ready";
import type { Impact } from "../../../../modules/evidence/impact/report";
import { AT, fixture, iam, SANDBOX } from "../impact/fixture";

/** The set of events that is written in every form, and what is asked of it. */

export const OTHER = "666666666602";
export const KEY = "AKIAIOSFODNN7EXAMPLE";
export const made = fixture((rollout) =>
  rollout.replace("deny-root-user]\n      mode", "deny-root-user, deny-long-term-bearer-tokens]\n      mode"),
);

export const day = (n: number, hour = 12): string =>
  `2026-01-${String(n).padStart(2, "0")}T${String(hour).padStart(2, "0")}:00:00Z`;
export const days = Array.from({ length: 31 }, (_, n) => n + 1);
const admin = identities.role(SANDBOX, "Admin");

/** A month of two accounts in two regions, and what a rollout has to see: keys, root, refusals, sessions, services, other accounts. */
export const EVENTS: readonly LogEvent[] = [
  ...[SANDBOX, OTHER].flatMap((account) =>
    days.flatMap((n) => [
      iam("TagRole", identities.role(account, "Audit"), { account, time: day(n), request: { roleName: "x" } }),
      logEvent({ call: "ec2:CreateTags", identity: identities.role(account, "Audit"), account, time: day(n) }),
    ]),
  ),
  ...days.map((n) =>
    logEvent({
      n,
      call: n % 3 === 0 ? "s3:PutObject" : "s3:GetObject",
      identity: identities.user(SANDBOX, "ci", KEY),
      account: SANDBOX,
      time: day(n, n % 24),
      sourceAddress: `203.0.113.${n % 5}`,
      userAgent: 'Boto3/1.35, "quoted"; über {x=1, y=2} — 日本',
      request: { bucketName: "data", key: `a, b=${n} {c}`, list: [1, { a: "b" }] },
      ...(n % 7 === 0 ? { error: "AccessDenied" } : {}),
    }),
  ),
  iam("CreateAccessKey", admin, {
    account: SANDBOX,
    time: day(20),
    request: { userName: "ci" },
    response: { accessKey: { accessKeyId: "AKIAI44QH8DHBEXAMPLE", status: "Active", userName: "ci" } },
  }),
  iam("CreateAccessKey", identities.consoleUser(OTHER, "ann"), {
    account: OTHER,
    time: day(21),
    error: "AccessDenied",
  }),
  iam("CreateUser", identities.root(OTHER), { account: OTHER, time: day(22), request: { userName: "new" } }),
  iam("GetUser", identities.assumedRoot(OTHER), { account: OTHER, time: day(22) }),
  iam("CreateServiceSpecificCredential", admin, {
    account: SANDBOX,
    time: day(23),
    request: { userName: "ci", serviceName: "codecommit.amazonaws.com" },
  }),
  logEvent({
    call: "sts:AssumeRole",
    identity: identities.service("ec2.amazonaws.com"),
    account: SANDBOX,
    sourceAddress: "ec2.amazonaws.com",
    time: day(24),
    request: { roleArn: `arn:aws:iam::${SANDBOX}:role/app`, roleSessionName: "i-0abc" },
    more: { resources: [{ ARN: `arn:aws:iam::${SANDBOX}:role/app`, accountId: SANDBOX, type: "AWS::IAM::Role" }] },
  }),
  logEvent({
    call: "sts:AssumeRole",
    identity: identities.otherAccount("999999999901"),
    account: SANDBOX,
    time: day(24),
    request: { roleArn: `arn:aws:iam::${SANDBOX}:role/app`, roleSessionName: "them", externalId: "42" },
    more: { resources: [{ ARN: `arn:aws:iam::${SANDBOX}:role/app`, accountId: SANDBOX, type: "AWS::IAM::Role" }] },
  }),
  logEvent({
    call: "signin:ConsoleLogin",
    identity: identities.root(SANDBOX),
    account: SANDBOX,
    time: day(25),
    more: {
      eventType: "AwsConsoleSignIn",
      additionalEventData: { MFAUsed: "Yes", LoginTo: "https://console.aws.amazon.com/" },
    },
  }),
  // With an API key: columns and maps hold `true` as text.
  logEvent({
    call: "bedrock:InvokeModel",
    identity: identities.user(SANDBOX, "api"),
    account: SANDBOX,
    time: day(26),
    more: { additionalEventData: { callWithBearerToken: true } },
  }),
  logEvent({
    call: "s3:GetObject",
    identity: identities.role(OTHER, "app", "x", "/team/"),
    account: OTHER,
    time: day(26),
    more: { vpcEndpointId: "vpce-0123456789abcdef0" },
  }),
];

export function ready(impact: Impact, wholeAnswers = false): Readiness {
  const inventory = {
    format: "keyless-inventory/1" as const,
    environment: "example",
    organizationId: "o-exampleorg1",
    generatedAt: AT,
    accounts: [SANDBOX, OTHER].map((id) => ({ id, name: id, status: "complete" as const })),
    credentials: [],
  };
  return readiness(made.environment, made.state, impact, inventory, { days: 30, at: AT, wholeAnswers });
}

/** As a form shows it that does not keep whether a session of the root user is central root access. */
export function withoutAssumedRoot(event: LogEvent): LogEvent {
  const identity = event["userIdentity"] as Readonly<Record<string, unknown>>;
  return identity["type"] === "Root"
    ? {
        ...event,
        userIdentity: {
          ...identity,
          sessionContext: { ...(identity["sessionContext"] as object), assumedRoot: "not kept" },
        },
      }
    : event;
}
