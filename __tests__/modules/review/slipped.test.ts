import { parseMoves } from "../../../modules/config/moves";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { foreignCodeOfSynth } from "../../../modules/terraform/foreign-code";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { stackPair } from "../../../modules/terraform/synth-pair";

/** What once passed the gate by being new, by standing beside, or by being named like something else. */

type Json = Record<string, unknown>;
const said = (plan: Parameters<typeof reviewPlans>[0][number]): readonly string[] =>
  reviewPlans([plan]).changes.map((change) => `${change.class}: ${plainText(change.sentence)}`);
const planned = (changes: readonly Json[], resources: readonly Json[] = []) =>
  parsePlanJson(
    "s",
    "s",
    JSON.stringify({
      format_version: "1.2",
      planned_values: {},
      resource_changes: changes,
      configuration: { provider_config: {}, root_module: { resources } },
    }),
  );
const created = (type: string, name: string, after: Json): Json => ({
  address: `${type}.${name}`,
  mode: "managed",
  type,
  name,
  change: { actions: ["create"], before: null, after },
});
const ROLE = "arn:aws:iam::111111111111:role/intern";
const policy = (Principal: unknown, more: Json = {}): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: "s3:*", Resource: "arn:aws:s3:::b/*", ...more }],
  });

describe("the first policy of a bucket that is there", () => {
  const OWN = { Condition: { StringEquals: { "aws:PrincipalAccount": "111111111111" } } };
  test.each<[string, string]>([
    ["a role of the account", policy({ AWS: ROLE })],
    ["everybody of the account", policy("*", OWN)],
  ])("widens for %s", (_, text) => {
    const bucketPolicy = {
      address: "aws_s3_bucket_policy.p",
      type: "aws_s3_bucket_policy",
      name: "p",
      provider_config_key: "aws",
      expressions: { bucket: { constant_value: "b" } },
    };
    const lines = said(planned([created("aws_s3_bucket_policy", "p", { bucket: "b", policy: text })], [bucketPolicy]));
    expect(lines).toEqual([expect.stringMatching(/^weakens: Policy of bucket b: .* may now use s3:\* there\.$/)]);
  });
});

describe("beside the resources", () => {
  const at = (stack: Json): readonly string[] =>
    foreignCodeOfSynth(stack).map(({ type, address }) => `${type} ${address}`);
  test.each<[string, Json, readonly string[]]>([
    [
      "another state's backend, with a file that may name programs",
      { data: { terraform_remote_state: { x: { backend: "s3", config: { shared_config_files: ["f"] } } } } },
      ["configuration-file data.terraform_remote_state.x.shared_config_files"],
    ],
    [
      "the same in a check",
      { check: { c: { data: { terraform_remote_state: { x: { config: { shared_credentials_files: ["f"] } } } } } } },
      ["configuration-file data.terraform_remote_state.x.shared_credentials_files"],
    ],
    [
      "encryption of OpenTofu, whose key provider is a program",
      { terraform: { encryption: { key_provider: { external: { x: { command: ["sh"] } } } } } },
      ["external terraform.encryption"],
    ],
  ])("%s is code from elsewhere", (_, stack, expected) => expect(at(stack)).toEqual(expected));

  test.each<[string, Json]>([
    ["a look-up that runs something", { data: { aws_lambda_invocation: { x: { function_name: "wipe" } } } }],
    ["an argument of Terraform that nobody knows", { terraform: { experiments: ["x"] } }],
  ])("%s is told of a new stack as of an old one", (_, more) => {
    const resource = { resource: { aws_accessanalyzer_analyzer: { a: { analyzer_name: "a" } } } };
    const stops = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.startsWith("unknown"));
    const old = stops(said(stackPair("s", "s", resource, { ...resource, ...more })));
    expect(old).toHaveLength(1);
    expect(stops(said(stackPair("s", "s", undefined, { ...resource, ...more })))).toEqual(old);
  });
});

test("moves in a chain are refused", () => {
  const moves = `version: 1
moves:
  - { from: { stack: a, address: aws_iam_role.a }, to: { stack: a, address: aws_iam_role.b } }
  - { from: { stack: a, address: aws_iam_role.b }, to: { stack: a, address: aws_iam_role.c } }
`;
  expect(() => parseMoves("moves.yaml", moves)).toThrow(/MOVE-CHAIN/);
});

test("a principal that begins like a name that is written is still an example", () => {
  const trust = (arn: string): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: arn }, Action: "sts:AssumeRole" }],
    });
  const witness = (arn: string): boolean => {
    const text = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" },
        { Effect: "Deny", Principal: { AWS: arn }, Action: "s3:DeleteObject", Resource: "arn:aws:s3:::b/*" },
      ],
    });
    const { changes } = reviewPlans([
      planned([created("aws_s3_bucket_policy", "p", { bucket: "b", policy: text, note: trust(arn) })]),
    ]);
    const [first] = changes.flatMap(({ witnesses }) => witnesses);
    return first?.invented === true;
  };
  expect(witness("arn:aws:iam::000000000000:role/AdminTeam")).toBe(true);
  expect(witness("arn:aws:iam::000000000000:role/Admin")).toBe(false);
});

describe("a filter whose one Allow lets the whole account through", () => {
  const deny = { Effect: "Deny", Principal: "*", Action: "s3:DeleteBucket", Resource: "*" };
  const allow = { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "s3:*", Resource: "*" };
  const text = (...Statement: readonly Json[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
  const changed = (type: string, before: Json, after: Json): Json => ({
    address: `${type}.e`,
    mode: "managed",
    type,
    name: "e",
    change: { actions: ["update"], before, after },
  });
  const arn = "arn:aws:ec2:eu-central-1:111111111111:vpc-endpoint/vpce-1";
  test.each<[string, Json]>([
    ["aws_vpc_endpoint", { arn, service_name: "com.amazonaws.eu-central-1.s3" }],
    ["aws_vpc_endpoint_policy", { arn, vpc_endpoint_id: "vpce-1" }],
    ["aws_vpclattice_auth_policy", { arn, resource_identifier: "svc-1" }],
  ])("%s", (type, rest) => {
    const lines = (before: string, after: string): readonly string[] =>
      said(planned([changed(type, { ...rest, policy: before }, { ...rest, policy: after })])).filter((line) =>
        /^(weakens|unknown)/.test(line),
      );
    expect(lines(text(deny), text(deny, allow))).not.toEqual([]);
    expect(lines(text(deny, allow), text(allow, deny))).toEqual([]);
  });
});
