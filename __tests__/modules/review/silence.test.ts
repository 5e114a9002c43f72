import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Json } from "../../../modules/kernel/json";
import { plainText } from "../../../modules/review/sentence";
import { reviewPlans } from "../../../modules/review/review";
import { stackPair } from "../../../modules/terraform/synth-pair";
import type { AccessChange } from "../../../modules/review/types";
import type { Organization } from "../../../modules/organization/types";
import { frozenState, ROOT } from "../../support/environments";
import { HCP_IN_FULL, withHcp } from "../sections/hcp/fixture";
import { synthesized } from "../../support/synth";
import { BaselineError } from "../../../modules/kernel/errors";
import { STACK_MARK } from "../../../modules/sections/stack-kinds";

/**
 * Every argument of every kind of resource that the example synthesizes, and everything around the resources, is changed once: the review
 * must say something of each, and only what is listed here may be called neutral.
 */

type Path = readonly (string | number)[];

const facts = parse(readFileSync(join(ROOT, "__tests__/cases/environment/organization.yaml"), "utf8")) as Organization;
const workspaces = [...synthesized(frozenState(withHcp(HCP_IN_FULL)))].filter(([name]) =>
  name.endsWith("-hcp-workspaces"),
);
const stacks = new Map(
  [...synthesized(frozenState()), ...workspaces].map(([name, json]) => [
    name,
    JSON.parse(JSON.stringify(json)) as Json,
  ]),
);

/** Arguments that say nothing about access: a change of them is told as neutral, or not at all where it says so here. */
const NEUTRAL = [
  /\.description$/,
  /\.tags(_all)?\./,
  /\.timeouts\./,
  /\.relay_state$/,
  /aws_sns_topic\.\*\.display_name$/,
  // How fast a StackSet is rolled out, and with what consent of CloudFormation.
  /aws_cloudformation_stack_\w+\.\*\.(operation_preferences|managed_execution|capabilities)\./,
  // The words of an alarm.
  /aws_cloudwatch_event_target\.\*\.input_transformer\./,
  // Names that no policy asks for.
  /aws_cloudwatch_event_rule\.\*\.name$|aws_organizations_policy\.\*\.name$|aws_iam_(role|user)_policy\.\*\.name$|aws_kms_alias\.\*\.name$|\.PolicyName$|Rule\w+\.Properties\.Name$|\.Properties\.Tags\./,
  /aws_kms_key\.\*\.deletion_window_in_days$/,
  // Whether Terraform may delete a user who has enrolled.
  /aws_iam_user\.\*\.force_destroy$/,
  // How a workspace comes to a run that waits for somebody's word; the name of a message.
  /tfe_workspace\.\*\.(terraform_version|queue_all_runs|file_triggers_enabled)$|tfe_notification_configuration\.\*\.name$/,
  // Terraform's own bookkeeping; names of members that no argument uses.
  /terraform_data\.|\.for_each\.\d{12}$/,
];

/** Paths of every leaf; policies and templates that are texts are looked into. */
function* leaves(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value === "string" && /^\s*[{[]/.test(value) && isJson(value))
    yield* leaves(JSON.parse(value), [...path, "#json"]);
  else if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value))
      yield* leaves(item, [...path, Array.isArray(value) ? Number(key) : key]);
  else yield path;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The same document with something else at the end of the path. */
function mutated(value: unknown, path: Path): unknown {
  const [head, ...rest] = path;
  if (head === undefined)
    return typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : changedText(String(value));
  if (head === "#json") return JSON.stringify(mutated(JSON.parse(value as string), rest));
  if (Array.isArray(value)) return value.map((item: unknown, i) => (i === head ? mutated(item, rest) : item));
  return { ...(value as Json), [head]: mutated((value as Json)[head as string], rest) };
}

/** Numbers, days and words stay what they are, so that only the value is another one. */
function changedText(text: string): string {
  if (/^\d+$/.test(text)) return text.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
  if (text === "Allow") return "Deny";
  if (text === "Deny") return "Allow";
  if (text === "ENABLED") return "DISABLED";
  if (/^PT\d+H$/.test(text)) return text === "PT1H" ? "PT2H" : "PT1H";
  return `${text}x`;
}

function reviewOf(stack: string, after: Json): readonly AccessChange[] {
  return reviewPlans([stackPair(stack, stack, stacks.get(stack), after)], facts).changes;
}

/** One of each kind: names and places in lists do not matter. */
function shape(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" || (i === 2 && path[0] === "resource") ? "*" : String(part)))
    .join(".");
}

function cases(wanted: (path: Path) => boolean): readonly (readonly [string, string, Path])[] {
  const found = new Map<string, readonly [string, string, Path]>();
  for (const [name, json] of stacks) {
    for (const path of leaves(json)) {
      const kind = `${name.replace(/^frozen-|\d+/g, "")} ${shape(path)}`;
      if (wanted(path) && !found.has(kind)) found.set(kind, [kind, name, path]);
    }
  }
  return [...found.values()];
}

const said = (changes: readonly AccessChange[]): readonly string[] =>
  changes.map((change) => `${change.class}: ${plainText(change.sentence)}`);

describe("nothing is silent", () => {
  const skip = /(^|\.)(\/\/|depends_on|create_before_destroy|Sid|Description|Version|AWSTemplateFormatVersion)(\.|$)/;
  const arguments_ = cases((path) => path[0] === "resource" && !skip.test(shape(path)));

  test("there is enough to change", () => expect(arguments_.length).toBeGreaterThan(200));

  test.each(arguments_)("%s", (kind, stack, path) => {
    const changes = reviewOf(stack, mutated(stacks.get(stack)!, path) as Json);
    if (NEUTRAL.some((pattern) => pattern.test(kind)))
      expect(said(changes.filter((change) => change.class !== "neutral"))).toEqual([]);
    else expect(said(changes.filter((change) => change.class !== "neutral"))).not.toEqual([]);
  });

  describe("around the resources", () => {
    /** A broken mark is refused before anything is compared (below). Versions are notes; what a variable, a look-up or an output is for is nobody's access. */
    const quiet =
      / variable\.keyless_stack\.|\.(alias|description|required_version|version)$|^\S+ \S+\.\/\/|\.default_tags\.|^\S+ (output|\/\/)\./;
    const around = cases((path) => path[0] !== "resource" && !/(^|\.)\/\/(\.|$)/.test(shape(path))).filter(
      ([kind]) => !quiet.test(kind),
    );

    test("there is enough to change", () => expect(around.length).toBeGreaterThan(20));

    test.each(around)("%s", (_, stack, path) => {
      const review = (): readonly string[] =>
        said(reviewOf(stack, mutated(stacks.get(stack)!, path) as Json)).filter((line) => line.startsWith("unknown: "));
      // A mark that nobody here has written, or that the stack contradicts, stops the review; any other change of it is reported.
      if (path[1] === STACK_MARK && ["kind", "section"].includes(String(path[3])))
        expect(review).toThrow(BaselineError);
      else if (path[1] === STACK_MARK && path[3] === "environment" && stack !== "example-hcp-workspaces")
        expect(review).toThrow("STACK-CONTRADICTED");
      else expect(review()).not.toEqual([]);
    });

    test.each(["kind", "section", "environment"])(
      "a stack whose mark has another %s is refused, or judged as both",
      (part) => {
        for (const [name, json] of stacks) {
          const copy = structuredClone(json) as Record<string, Record<string, { default: Record<string, unknown> }>>;
          if (copy["variable"]?.["keyless_stack"] === undefined) continue;
          copy["variable"]["keyless_stack"].default[part] = "changed";
          const outcome = (): readonly string[] => {
            try {
              return said(reviewOf(name, copy as unknown as Json));
            } catch (error) {
              return [`refused: ${(error as Error).message}`];
            }
          };
          expect(outcome().filter((line) => /^(refused|unknown): /.test(line))).not.toEqual([]);
        }
      },
    );

    const guardrails = [...stacks.keys()].find((name) => name.endsWith("-guardrails"))!;
    const put = (path: Path, value: unknown): Json => {
      const copy = structuredClone(stacks.get(guardrails)!) as Record<string, unknown>;
      path.reduce<Record<string, unknown>>(
        (at, part, i) =>
          i === path.length - 1 ? ((at[part] = value), at) : ((at[part] ??= {}) as Record<string, unknown>),
        copy,
      );
      return copy;
    };
    const [attachment] = Object.keys(
      (stacks.get(guardrails)!["resource"] as Record<string, Json>)["aws_organizations_policy_attachment"]!,
    );
    const resource = ["resource", "aws_organizations_policy_attachment", attachment!] as const;
    test.each([
      [
        "a data source that runs a program",
        ["data", "external", "run"],
        { program: ["sh"] },
        /data source external.run is new/,
      ],
      ["a module", ["module", "more"], { source: "./more" }, /module more is new/],
      [
        "a block that takes resources out of Terraform's hands",
        ["removed"],
        [{ from: "aws_organizations_policy.x" }],
        /removal of aws_organizations_policy\.x is in the synth and not in moves\.yaml/,
      ],
      [
        "another provider",
        ["terraform", "required_providers", "evil"],
        { source: "example/evil", version: "1.0.0" },
        /provider evil is new: its program runs/,
      ],
      [
        "the provider from elsewhere",
        ["terraform", "required_providers", "aws", "source"],
        "example/aws",
        /provider aws comes from another place/,
      ],
      ["another backend", ["terraform", "backend"], { s3: { bucket: "x" } }, /its state is kept elsewhere/],
      [
        "a resource through another provider",
        [...resource, "provider"],
        "aws.other",
        /managed through another provider/,
      ],
      [
        "changes that are ignored",
        [...resource, "lifecycle"],
        { ignore_changes: ["target_id"] },
        /changes of it may be ignored/,
      ],
      [
        "a program at its making",
        [...resource, "provisioner"],
        { "local-exec": { command: "true" } },
        /runs another program/,
      ],
      ["a count that is not written out", [...resource, "count"], "${var.on}", /another number of times/],
      ["members that are not written out", [...resource, "for_each"], "${var.all}", /other members/],
    ] as const)("%s", (_, path, value, expected) => {
      expect(said(reviewOf(guardrails, put(path, value))).join("\n")).toMatch(expected);
    });

    test("a count of none takes the resource away", () => {
      expect(said(reviewOf(guardrails, put([...resource, "count"], 0))).join("\n")).toMatch(/no longer denied/);
    });

    test("another look-up is bound to what it looks up", () => {
      const lookups = (name: string) => {
        const stack = [...stacks].find(([, json]) => json["data"] !== undefined)!;
        const json = structuredClone(stack[1]) as Record<
          string,
          Record<string, Record<string, Record<string, unknown>>>
        >;
        const group = Object.values(json["data"]!["aws_identitystore_group"]!)[0]!;
        group["alternate_identifier"] = { unique_attribute: { attribute_path: "DisplayName", attribute_value: name } };
        return reviewOf(stack[0], json);
      };
      expect(said(lookups("Everyone"))).toEqual([
        expect.stringMatching(/^unknown: .*looks up something else \(alternate_identifier\)/),
      ]);
      expect(lookups("Everyone")[0]!.id).not.toBe(lookups("Nobody")[0]!.id);
    });
  });

  describe("what belongs to something else now", () => {
    const roles = "example-break-glass";
    const own = (type: string) => (stacks.get(roles)!["resource"] as Record<string, Record<string, Json>>)[type]!;

    test.each([
      ["aws_iam_role_policy", "role", "aws_iam_role", "name"],
      ["aws_iam_role_policy_attachment", "role", "aws_iam_role", "name"],
      ["aws_iam_user_policy", "user", "aws_iam_user", "name"],
    ])("%s of another owner is lost by one and gained by the other", (type, link, owner, attribute) => {
      const json = structuredClone(stacks.get(roles)!) as Record<
        string,
        Record<string, Record<string, Record<string, unknown>>>
      >;
      const [name, part] = Object.entries(own(type))[0]!;
      const other = Object.keys(own(owner)).find((one) => !String(part[link]).includes(`.${one}.`))!;
      json["resource"]![type]![name]![link] = `\${${owner}.${other}.${attribute}}`;
      const classes = new Set(reviewOf(roles, json as Json).map((change) => change.class));
      expect([...classes].filter((cls) => cls === "weakens")).toHaveLength(1);
      expect([...classes].some((cls) => cls === "strengthens" || cls === "destroys-guard")).toBe(true);
    });
  });

  test("tags count where a policy asks for them", () => {
    const stack = "example-break-glass";
    const json = structuredClone(stacks.get(stack)!) as Record<
      string,
      Record<string, Record<string, Record<string, unknown>>>
    >;
    const user = Object.values(json["resource"]!["aws_iam_user"]!)[0]!;
    user["tags"] = { ...(user["tags"] as Json), team: "x" };
    expect(said(reviewOf(stack, json as Json)).filter((line) => !line.startsWith("neutral"))).toEqual([]);
    const asking = Object.values(json["resource"]!["aws_iam_role_policy"]!)[0]!;
    asking["policy"] = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { StringEquals: { "aws:PrincipalTag/Team": "x" } },
        },
      ],
    });
    expect(
      reviewPlans([stackPair(stack, stack, stacks.get(stack), json as Json)], facts)
        .changes.map((change) => plainText(change.sentence))
        .join("\n"),
    ).toMatch(/tag team changes, and policies ask for it/);
  });
});
