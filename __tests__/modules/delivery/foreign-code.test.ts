import { foreignCodeProblems } from "../../../modules/delivery/foreign-code";
import { NO_RULES, ReviewRules } from "../../../modules/review/gate/review-rules";

/** Stacks that would run something beside Terraform and the project's providers, and stacks that do not. */

const found = (stack: unknown, rules: ReviewRules = NO_RULES): readonly string[] =>
  foreignCodeProblems(
    "cdk.tf.json",
    typeof stack === "string" ? stack : JSON.stringify(stack),
    rules,
    "2026-11-26",
  ).map(({ code, message }) => `${code} ${message}`);
const code = (...messages: readonly string[]): readonly string[] =>
  messages.map((message) => `DELIVERY-FOREIGN-CODE ${message}`);
const LOCAL = { "local-exec": { command: "id" } };
const provider = (name: string): string =>
  `Provider ${name} runs where Terraform runs, and is none of those that the stacks use.`;

describe("code from elsewhere is found in every form that Terraform reads", () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      "data.external, and the provider that it implies",
      { data: { external: { x: { program: ["id"] } } } },
      code("data.external.x runs a program while Terraform plans.", provider("hashicorp/external")),
    ],
    [
      "lists at each level of labels",
      { data: [{ external: [{ x: [{ program: ["id"] }] }] }] },
      code("data.external.x runs a program while Terraform plans.", provider("hashicorp/external")),
    ],
    [
      "within a check",
      { check: { c: { data: { external: { x: {} } } } } },
      code("check.c.data.external.x runs a program while Terraform plans.", provider("hashicorp/external")),
    ],
    [
      "by another name of its provider",
      {
        terraform: { required_providers: { aws: { source: "evil/aws" } } },
        resource: { aws_iam_role: { r: {} } },
      },
      code(provider("evil/aws")),
    ],
    [
      "a provider of another registry",
      { terraform: [{ required_providers: [{ aws: { source: "evil.example/hashicorp/aws" } }] }] },
      code(provider("evil.example/hashicorp/aws")),
    ],
    [
      "a provisioner of Terraform's own data",
      { resource: { terraform_data: { d: { provisioner: [LOCAL] } } } },
      code("terraform_data.d runs a program where Terraform applies (provisioner)."),
    ],
    [
      "a provisioner as a mapping, of a resource of AWS",
      { resource: { aws_iam_role: [{ r: { provisioner: { "remote-exec": { inline: ["id"] } } } }] } },
      code("aws_iam_role.r runs a program where Terraform applies (provisioner)."),
    ],
    [
      "a provisioner of a removed block",
      { removed: [{ from: "aws_iam_role.r", provisioner: LOCAL }] },
      code("removed aws_iam_role.r runs a program where Terraform applies (provisioner)."),
    ],
    [
      "a module of this very folder",
      { module: { m: { source: "./m" } } },
      code("module.m is loaded from ./m: code that no review has seen."),
    ],
    [
      "a module of a registry, in a list",
      { module: [{ m: [{ source: "terraform-aws-modules/iam/aws", version: "5.0.0" }] }] },
      code("module.m is loaded from terraform-aws-modules/iam/aws: code that no review has seen."),
    ],
    ["an ephemeral resource", { ephemeral: { random_password: { p: {} } } }, code(provider("hashicorp/random"))],
    [
      "a resource with another provider",
      { resource: { aws_x: { y: { provider: "evil.a" } } } },
      code(provider("hashicorp/evil")),
    ],
    [
      "a file that may name a program, of the provider and of the backend",
      {
        provider: { aws: [{ shared_config_files: ["./config"] }] },
        terraform: { backend: { s3: { shared_credentials_file: "x" } } },
      },
      code(
        "backend.s3.shared_credentials_file names a file of the AWS configuration, which may name programs.",
        "provider.aws.shared_config_files names a file of the AWS configuration, which may name programs.",
      ),
    ],
    [
      "a key that stands twice: JSON.parse sees the second only",
      '{"data":{"external":{"x":{}}},"resource":{},"d\\u0061ta":{}}',
      ['DELIVERY-SYNTH Key "data" is there twice in one mapping: Terraform would read both.'],
    ],
    ["no JSON", "{", ["DELIVERY-SYNTH This is not Terraform JSON, or it is cut off."]],
    [
      "what a synth writes",
      {
        "//": { metadata: { module: "x" } },
        terraform: {
          required_providers: {
            aws: { source: "hashicorp/aws", version: ">= 5.100.0" },
            tfe: { source: "registry.terraform.io/hashicorp/tfe" },
          },
          backend: { s3: { bucket: "b" } },
        },
        provider: { aws: [{ region: "eu-central-1" }, { alias: "b" }] },
        data: { aws_region: { here: {} }, terraform_remote_state: { s: {} } },
        resource: { aws_iam_role: { r: { provisioner: [], provider: "aws.b" } }, terraform_data: { d: {} } },
        variable: { a: { default: { a: 1 } }, b: { default: { a: 1 } } },
      },
      [],
    ],
  ])("%s", (_, stack, expected) => expect(found(stack)).toEqual(expected));
});

describe("waivers", () => {
  const stack = { data: { external: { x: {} } }, terraform: { required_providers: { external: {} } } };
  const waive = (...waivers: readonly Partial<ReviewRules["waivers"][number]>[]): ReviewRules => ({
    ...NO_RULES,
    waivers: waivers.map((one) => ({
      name: "w",
      reason: "the only way to ask our CMDB",
      owner: "Ada",
      expires: "2026-12-31",
      classes: ["weakens", "unknown"],
      ...one,
    })),
  });
  const OWN = { type: "provider", address: "hashicorp/external" };
  const whole = code("data.external.x runs a program while Terraform plans.");

  test.each<[string, ReviewRules, readonly string[]]>([
    ["by type and address", waive({ type: "external", address: "data.external.x" }, OWN), []],
    ["by a pattern of the address", waive({ type: "external", address: "data.external.*" }, OWN), []],
    ["of another address", waive({ type: "external", address: "data.external.y" }, OWN), whole],
    ["without a type: a rule about resources is not about programs", waive({ address: "*" }, OWN), whole],
    ["with a pattern in place of the type", waive({ type: "ext*", address: "*" }, OWN), whole],
    ["without an address", waive({ type: "external" }, OWN), whole],
    [
      "that has ended",
      waive({ type: "external", address: "data.external.x", expires: "2026-11-25" }, OWN),
      [`${whole[0]!} Waiver w does not count: it ended on 2026-11-25.`],
    ],
  ])("%s", (_, rules, expected) => expect(found(stack, rules)).toEqual(expected));
});
