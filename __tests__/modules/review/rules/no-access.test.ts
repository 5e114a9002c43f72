import type { Json } from "../../../../modules/kernel/json";
import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { stackPair } from "../../../../modules/terraform/synth-pair";

/** Changes of types that no rule knows: what has nothing to do with access stops nobody, and nothing else passes with it. */

type Resource = Readonly<Record<string, unknown>>;
const stack = (type: string, resource: Resource | undefined): Json => ({
  provider: {
    aws: [
      { region: "eu-central-1" },
      { alias: "b", region: "eu-central-1", assume_role: [{ role_arn: "arn:aws:iam::222222222222:role/x" }] },
    ],
  },
  resource: resource ? { [type]: { it: resource } } : {},
});
const told = (type: string, before: Resource | undefined, after: Resource): readonly string[] =>
  reviewPlans([stackPair("s", "s", stack(type, before), stack(type, after))]).changes.map(
    (change) => `${change.class}: ${plainText(change.sentence)}`,
  );

const GROUP = { name: "g", tags: { a: "1" } };
const TAGGED = { ...GROUP, tags: { a: "2" } };
const FUNCTION = { function_name: "f", role: "r", memory_size: 128, timeout: 3 };
const UNKNOWN = "what that means for access is not known here";

test.each<[string, string, Resource | undefined, Resource, readonly string[]]>([
  ["tags", "aws_cloudwatch_log_group", GROUP, TAGGED, ["neutral: aws_cloudwatch_log_group.it: tags change."]],
  [
    "amounts",
    "aws_lambda_function",
    FUNCTION,
    { ...FUNCTION, memory_size: 256, timeout: 30 },
    ["neutral: aws_lambda_function.it: memory_size, timeout change: no access hangs on it."],
  ],
  [
    "a queue's times",
    "aws_sqs_queue",
    { name: "q", visibility_timeout_seconds: 30 },
    { name: "q", visibility_timeout_seconds: 60 },
    ["neutral: aws_sqs_queue.it: visibility_timeout_seconds changes, which decides nothing about access."],
  ],
  ["amounts and a role", "aws_lambda_function", FUNCTION, { ...FUNCTION, memory_size: 256, role: "x" }, [UNKNOWN]],
  ["tags and something else", "aws_cloudwatch_log_group", GROUP, { ...TAGGED, kms_key_id: "k" }, [UNKNOWN]],
  // Of a type that nobody knows it may be more than a description.
  ["tags and a description", "aws_quantum_gate", GROUP, { ...TAGGED, description: "d" }, [UNKNOWN]],
  ["tags of another provider's", "awscc_logs_group", GROUP, TAGGED, [UNKNOWN]],
  ["amounts of another type", "aws_quantum_gate", FUNCTION, { ...FUNCTION, memory_size: 256 }, [UNKNOWN]],
  ["a new one", "aws_lambda_function", undefined, FUNCTION, [UNKNOWN]],
  [
    "a logs' end",
    "aws_cloudwatch_log_group",
    { ...GROUP, retention_in_days: 30 },
    { ...GROUP, retention_in_days: 7 },
    [UNKNOWN],
  ],
  [
    "tags, and another account",
    "aws_cloudwatch_log_group",
    GROUP,
    { ...TAGGED, provider: "aws.b" },
    ["is managed through another provider", "tags change"],
  ],
  [
    "tags, and a program",
    "aws_cloudwatch_log_group",
    GROUP,
    { ...TAGGED, provisioner: [{ "local-exec": { command: "x" } }] },
    ["runs a program", "runs another program", "tags change"],
  ],
  [
    "tags, and what is ignored from now on",
    "aws_cloudwatch_log_group",
    GROUP,
    { ...TAGGED, lifecycle: { ignore_changes: ["kms_key_id"] } },
    ["has another lifecycle", "tags change"],
  ],
])("%s", (_, type, before, after, expected) =>
  expect(told(type, before, after)).toEqual(expected.map((one) => expect.stringContaining(one) as string)),
);
