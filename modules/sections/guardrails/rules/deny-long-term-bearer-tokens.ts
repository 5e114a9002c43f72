import { CASE_ADMIN, CASE_USER } from "../context/principals";
import type { Guardrail } from "../types";

/** Services that say of a bearer token whether it is a long-term one: the value of `<service>:BearerTokenType`. */
export const TYPED_BEARER_SERVICES = ["aws-external-anthropic", "bedrock", "bedrock-mantle", "sagemaker"] as const;

/**
 * Services whose bearer tokens are service-specific credentials of an IAM user, for days, a year or for ever, and nothing else.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_HTTP_Endpoints_BearerTokenAuth.html
 */
export const LONG_TERM_BEARER_SERVICES = ["cloudwatch", "logs"] as const;

/** `aws-external-anthropic` → `AwsExternalAnthropic`. */
const words = (service: string): string =>
  service.replace(/(^|-)[a-z]/g, (match) => match.replace("-", "").toUpperCase());

export const denyLongTermBearerTokens: Guardrail = {
  id: "deny-long-term-bearer-tokens",
  denies: "Nobody calls a service with a long-term API key (Bedrock, SageMaker, CloudWatch …).",
  why: "A long-term API key is a password for a service that works from anywhere. Those made before deny-service-credential-creation was enforced keep working until their use is denied.",
  exemptions: [],
  hazards: [
    "Software that was set up with a Bedrock API key from the console's long-term tab stops: it needs short-term keys (up to twelve hours, made from a role's session) or signed requests.",
    "CloudWatch's OTLP and HTTP endpoints with API keys stop: move the senders to signed requests (the collector's sigv4auth extension).",
    "X-Ray's API keys for traces are not covered as long as AWS names no action for their use; deny-service-credential-creation stops new ones.",
  ],
  mapping: { cis: [], cis7: ["2.1.2"], nist80053: ["AC-3", "IA-2", "IA-5"] },
  statements: () => [
    {
      Sid: "DenyBearerTokens",
      Effect: "Deny",
      Action: LONG_TERM_BEARER_SERVICES.map((service) => `${service}:CallWithBearerToken`),
      Resource: "*",
    },
    // A key of each service's own; in one statement all of them would have to hold at once.
    ...TYPED_BEARER_SERVICES.map((service) => ({
      Sid: `DenyBearerTokens${words(service)}`,
      Effect: "Deny" as const,
      Action: `${service}:CallWithBearerToken`,
      Resource: "*",
      Condition: { StringEquals: { [`${service}:BearerTokenType`]: "LONG_TERM" } },
    })),
  ],
  // https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html: a short-term key shows its role's session here, a long-term one its user.
  observes: () => [
    { detail: { userIdentity: { type: ["IAMUser"] }, additionalEventData: { callWithBearerToken: [true] } } },
  ],
  cases: () => [
    ...TYPED_BEARER_SERVICES.flatMap((service) => [
      {
        name: `a long-term key of ${service} is refused`,
        action: `${service}:CallWithBearerToken`,
        resource: "*",
        principal: CASE_USER,
        context: { [`${service}:BearerTokenType`]: "LONG_TERM" },
        expected: "denied" as const,
      },
      {
        name: `a short-term key of ${service} works`,
        action: `${service}:CallWithBearerToken`,
        resource: "*",
        principal: CASE_ADMIN,
        context: { [`${service}:BearerTokenType`]: "SHORT_TERM" },
        expected: "untouched" as const,
      },
    ]),
    ...LONG_TERM_BEARER_SERVICES.map((service) => ({
      name: `an API key of ${service} is refused`,
      action: `${service}:CallWithBearerToken`,
      resource: "*",
      principal: CASE_USER,
      expected: "denied" as const,
    })),
    {
      name: "signed requests are not touched",
      action: "bedrock:InvokeModel",
      resource: "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "nor are logs that a role sends",
      action: "logs:PutLogEvents",
      resource: "*",
      principal: CASE_ADMIN,
      expected: "untouched",
    },
  ],
};
