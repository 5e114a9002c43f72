import type { Json } from "../../../../modules/kernel/json";
import { rulesChangesSince } from "../../../../modules/review/gate/file-changes";
import { judge, Judged } from "../../../../modules/review/gate/gate";
import { NO_RULES, parseReviewRules } from "../../../../modules/review/gate/review-rules";
import { renderMarkdown } from "../../../../modules/review/render/markdown";
import { renderText } from "../../../../modules/review/render/text";
import { reviewPlans } from "../../../../modules/review/review";
import { stackPair } from "../../../../modules/terraform/synth-pair";

const TODAY = "2026-11-26";
const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, more: object = {}): string =>
  document([{ Effect: "Allow", Action, Resource: "*", ...more }]);
const policy = (name: string, text: string): Json => ({ aws_iam_policy: { [name]: { name, policy: text } } });
const queue = (principal: unknown): Json => ({
  aws_sqs_queue_policy: {
    q: {
      queue_url: "https://sqs.eu-central-1.amazonaws.com/111122223333/q",
      policy: allow("sqs:*", { Principal: principal }),
    },
  },
});
const synth = (resource: Json): Json => ({ resource });

function judged(before: Json, after: Json, yaml: string, today = TODAY): Judged {
  const rules = parseReviewRules("review.yaml", `version: 1\n${yaml}`);
  const review = reviewPlans([stackPair("s", "cdk.tf.json", synth(before), synth(after))], undefined, undefined, rules);
  return judge(review, rules.failOn, { bases: [], head: [] }, today, rules);
}

describe("neverGrant", () => {
  const RULE = `neverGrant: [{ name: no-keys, actions: ["iam:CreateAccessKey"], reason: Nobody makes keys any more }]\n`;
  const forbidden = ({ review }: Judged): readonly string[] => review.changes.flatMap(({ rule }) => rule ?? []);

  test.each<[string, unknown, object]>([
    ["the action", "iam:CreateAccessKey", {}],
    ["a pattern that covers it", "iam:Create*", {}],
    ["everything", "*", {}],
    ["everything but another", undefined, { NotAction: "s3:*" }],
    ["under a condition", "iam:CreateAccessKey", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }],
    ["in another case", "IAM:createaccesskey", {}],
  ])("stops %s", (_, action, more) => {
    const result = judged(policy("a", allow("s3:Get*")), policy("a", allow(action, more)), RULE);
    expect(forbidden(result)).toContain("no-keys");
    expect(result.gate.stopping.some(({ rule }) => rule === "no-keys")).toBe(true);
    expect(renderText(result)).toContain("Rule no-keys: forbids it");
  });

  test.each<[string, string]>([
    ["another action", allow("iam:ListAccessKeys")],
    ["everything but it", allow(undefined, { NotAction: "iam:*" })],
    [
      "what is denied in the same policy",
      document([
        { Effect: "Allow", Action: "iam:*", Resource: "*" },
        { Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" },
      ]),
    ],
    ["a denial", document([{ Effect: "Deny", Action: "iam:*", Resource: "*" }])],
    ["a name that only begins like it", allow("iam:CreateAccessKeys")],
  ])("passes %s", (_, text) => {
    expect(forbidden(judged(policy("a", allow("s3:Get*")), policy("a", text), RULE))).toEqual([]);
  });

  test("no approval and no waiver lets it pass; an exception does", () => {
    const [before, after] = [policy("a", allow("s3:Get*")), policy("a", allow("iam:*"))];
    const waived = judged(
      before,
      after,
      `${RULE}waivers: [{ name: all, type: "*", reason: Everything may pass, owner: Ada, expires: 9999-12-31 }]\n`,
    );
    expect(waived.gate.stopping.map(({ rule }) => rule)).toContain("no-keys");
    expect(renderText(waived)).toContain("the waiver does not count: rule no-keys forbids the change");
    const ids = waived.review.changes.map(({ id }) => ({
      id,
      reason: "agreed in the review",
      approver: "Ada",
      expires: "9999-12-31",
    }));
    const approved = judge(waived.review, ["weakens"], { bases: [ids], head: [] }, TODAY);
    expect(approved.gate.stopping.map(({ rule }) => rule)).toEqual(["no-keys"]);
    const excepted = judged(before, after, RULE.replace(", reason", ', except: ["aws_iam_policy.a"], reason'));
    expect(forbidden(excepted)).toEqual([]);
  });
});

describe("waivers", () => {
  const [before, after] = [queue({ AWS: "111122223333" }), queue({ AWS: "*" })];
  const waiver = (scope: string, more = ""): string =>
    `waivers: [{ name: queues, ${scope}, reason: Queues carry no secrets, owner: Ada, expires: 2026-11-26${more} }]\n`;
  const stops = (yaml: string, today?: string): number => judged(before, after, yaml, today).gate.stopping.length;

  test("without one it stops", () => expect(stops("")).toBeGreaterThan(0));

  test.each([
    "type: aws_sqs_*",
    "address: aws_sqs_queue_policy.q",
    "attribute: policy",
    "type: aws_sqs_queue_policy, address: '*.q', attribute: pol*",
  ])("%s: waived, and shown with owner, end and reason", (scope) => {
    expect(stops(waiver(scope))).toBe(0);
    const markdown = renderMarkdown(judged(before, after, waiver(scope)));
    expect(markdown).toContain("**waived**");
    expect(markdown).toMatch(/Rule `queues`: `waived by Ada until 2026-11-26: Queues carry no secrets`/);
  });

  test.each([
    "type: aws_sqs_queue",
    "address: aws_sqs_queue_policy",
    "attribute: queue_url",
    "type: aws_sqs_queue_policy, attribute: name",
  ])("%s: something else", (scope) => expect(stops(waiver(scope))).toBeGreaterThan(0));

  test("one that has ended stops, and says so", () => {
    expect(stops(waiver("type: aws_sqs_*"), "2026-11-27")).toBeGreaterThan(0);
    expect(renderText(judged(before, after, waiver("type: aws_sqs_*"), "2026-11-27"))).toContain(
      "it ended on 2026-11-26",
    );
  });

  test("a guard needs its class and its one address", () => {
    const raise = "raise: [{ name: dear, type: aws_sqs_*, to: destroys-guard, reason: Queues are what we live of }]\n";
    expect(stops(`${raise}${waiver("type: aws_sqs_*")}`)).toBeGreaterThan(0);
    expect(renderText(judged(before, after, `${raise}${waiver("type: aws_sqs_*")}`))).toContain(
      "this destroys a guard",
    );
    expect(stops(`${raise}${waiver("address: aws_sqs_queue_policy.q", ", classes: [destroys-guard]")}`)).toBe(0);
    expect(() => judged(before, after, waiver("type: aws_sqs_*", ", classes: [destroys-guard]"))).toThrow(
      "REVIEW-RULE-GUARD review.yaml:2:",
    );
  });
});

describe("raised classes and outsiders", () => {
  test("a class is raised, shown, and never lowered", () => {
    const [before, after] = [policy("a", allow("s3:Get*")), policy("a", allow("s3:GetObject"))];
    const raise = (to: string): string =>
      `raise: [{ name: dear, address: "*.a", to: ${to}, reason: It is dear to us }]\n`;
    const result = judged(before, after, raise("weakens"));
    expect(result.review.changes[0]).toMatchObject({ class: "weakens", raisedBy: "dear" });
    expect(renderText(result)).toContain("Rule dear: counts as weakens: It is dear to us");
    const worse = judged(
      before,
      policy("a", allow("iam:*")),
      `neverGrant: [{ name: n, actions: ["iam:*"], reason: Nobody may do that }]\nraise: [{ name: dear, type: "*", to: unknown, reason: It is dear to us }]\n`,
    );
    expect(worse.review.changes[0]!.class).toBe("weakens");
  });

  test.each<[unknown, boolean]>([
    [{ AWS: "arn:aws:iam::444455556666:root" }, false],
    [{ AWS: "arn:aws:iam::777788889999:root" }, true],
    [{ AWS: "arn:aws:iam::111122223333:role/vendor-1" }, true],
    ["*", true],
    [{ Service: "events.amazonaws.com" }, false],
  ])("%j let in by a queue", (principal, outside) => {
    const rules = `principals: { inside: ["444455556666", "111122223333"], outside: ["arn:aws:iam::111122223333:role/vendor-*"] }\n`;
    const { review } = judged(queue({ AWS: "111122223333" }), queue(principal), rules);
    expect(
      renderText(judge(review, [], { bases: [], head: [] }, TODAY)).includes("as outside (principals of review.yaml)"),
    ).toBe(outside);
  });
});

describe("a change of the rules", () => {
  const rules = (yaml: string) => parseReviewRules("review.yaml", `version: 1\n${yaml}`);
  const WAIVER =
    "waivers: [{ name: a, type: aws_sqs_*, reason: Queues carry no secrets, owner: Ada, expires: 2026-12-31 }]\n";
  const NEVER = `neverGrant: [{ name: n, actions: ["iam:*"], reason: Nobody may do that }]\n`;
  test.each<[string, string, string, readonly string[]]>([
    ["a waiver comes", "", WAIVER, ["weakens"]],
    ["a waiver lasts longer", WAIVER, WAIVER.replace("2026", "2027"), ["weakens"]],
    ["a waiver goes", WAIVER, "", ["strengthens"]],
    ["a forbidden grant comes", "", NEVER, ["strengthens"]],
    ["a forbidden grant goes", NEVER, "", ["weakens"]],
    ["the gate stops less", "", "failOn: [destroys-guard]\n", ["weakens"]],
    ["the gate stops more", "", "failOn: [weakens, destroys-guard, unknown, strengthens]\n", ["strengthens"]],
    ["nobody is outside any more", "principals: {}\n", "", ["weakens"]],
    ["somebody more is inside", "principals: {}\n", 'principals: { inside: ["111122223333"] }\n', ["weakens"]],
    ["one comes and one goes", WAIVER, NEVER, ["strengthens"]],
    ["nothing", WAIVER, `# A remark.\n${WAIVER}`, []],
  ])("%s", (_, before, after, classes) => {
    expect(rulesChangesSince("prod", [rules(before), rules(after)]).map((change) => change.class)).toEqual(classes);
  });
  test("no file is the file that says nothing", () =>
    expect(rulesChangesSince("prod", [NO_RULES, rules("")])).toEqual([]));
});

describe("what is no resource is waived by its type and an address", () => {
  const bare: Json = { resource: { aws_iam_user: { u: { name: "u" } } } };
  const program: Json = { ...bare, data: { external: { x: { program: ["id"] } } } };
  const over = (after: Json, type: string, address: string): Judged => {
    const rules = parseReviewRules(
      "review.yaml",
      `version: 1\nwaivers: [{ name: a, ${type}address: ${JSON.stringify(address)}, reason: The only way to ask the CMDB, owner: Ada, expires: 2026-12-31 }]\n`,
    );
    const review = reviewPlans([stackPair("s", "cdk.tf.json", bare, after)], undefined, undefined, rules);
    return judge(review, rules.failOn, { bases: [], head: [] }, TODAY, rules);
  };
  test.each<[string, string, string, number]>([
    ["the program", "type: external, ", "data.external.x", 1],
    ["its pattern", "type: external, ", "data.external.*", 1],
    ["another", "type: external, ", "data.external.y", 0],
    ["everything, without a type", "", "*", 0],
    ["its provider alone", "type: provider, ", "hashicorp/external", 1],
  ])("%s", (_, type, address, waived) => {
    const { gate } = over(program, type, address);
    expect([gate.waived.length, gate.stopping.length]).toEqual([waived, 2 - waived]);
  });
  test("the provider's own settings no waiver covers", () => {
    const elsewhere: Json = { ...bare, provider: { aws: [{ endpoints: [{ iam: "https://evil.example" }] }] } };
    expect(over(elsewhere, "type: provider, ", "*").gate.stopping.length).toBe(1);
  });
});

test.each([
  ["no scope", "waivers: [{ name: a, reason: Everything may pass, owner: Ada, expires: 2026-12-31 }]\n", "CONFIG"],
  [
    "a twin",
    "raise: [{ name: a, type: x, to: weakens, reason: It is dear to us }, { name: a, type: y, to: weakens, reason: It is dear to us }]\n",
    "REVIEW-RULE-TWICE",
  ],
  [
    "no action",
    "neverGrant: [{ name: a, actions: [CreateAccessKey], reason: Nobody may do that }]\n",
    "REVIEW-RULE-ACTION",
  ],
  ["an unknown key", "waiver: []\n", "CONFIG-UNKNOWN-KEY"],
  ["no owner", "waivers: [{ name: a, type: x, reason: Everything may pass, expires: 2026-12-31 }]\n", "CONFIG-MISSING"],
])("%s is an error with its place", (_, yaml, code) => {
  expect(() => parseReviewRules("review.yaml", `version: 1\n${yaml}`)).toThrow(
    new RegExp(`error ${code}[A-Z-]* review.yaml:2:\\d+`),
  );
});
