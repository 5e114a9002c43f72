import { foreignStatements } from "../../bench/foreign-statements";
import type { KeySet, RequestSet } from "../../modules/policy/decide";
import { defined } from "../../modules/kernel/optional";
import { FULL_AWS_ACCESS, NamedPolicy, PolicySet } from "../../modules/policy/evaluate";
import type { ConditionElement, PolicyStatement } from "../../modules/policy/types";
import type { Random } from "../random";
import type { Asked, Key } from "./formula";

/** Random questions over alphabets that are too wide to ask every request: half of the sets list texts, half have patterns. */

const HERE = "111111111111";
const arn = (type: string, name: string): string => `arn:aws:iam::${HERE}:${type}/${name}`;
const NAMES = [
  "a",
  "ab",
  "abc",
  "team-1-admin",
  "team-2-dev",
  "keyless/Inventory",
  "SecurityBreakGlass",
  "p/q/a",
  "svc-1",
];
const NAME_PATTERNS = [
  "*",
  "a*",
  "*b*",
  "team-?-*",
  "team-*-admin",
  "keyless/*",
  "SecurityBreakGlass",
  "p/*",
  "svc-*",
  "?",
  "*/a",
];
const LISTED_ACTIONS = [
  "iam:CreateUser", "iam:CreateRole", "iam:DeleteRole", "iam:AttachRolePolicy", "iam:UpdateAccessKey", "iam:PutRolePolicy", "iam:TagRole",
  "s3:GetObject", "s3:PutObject", "s3:DeleteBucket", "sqs:SendMessage", "ec2:RunInstances", "ec2:StopInstances", "rds:DeleteDBInstance",
]; // prettier-ignore
const ACTION_PATTERNS = [
  "iam:*", "iam:Create*", "iam:*Role", "iam:*Role*", "iam:Update????ssKey", "s3:*", "s3:*Object", "s3:Get*", "sqs:*", "ec2:*", "ec2:Run*",
  "rds:*", "iam:CreateUser", "s3:PutObject",
]; // prettier-ignore

interface Draw {
  readonly key: string;
  readonly kinds: readonly Key[];
  readonly conditions: readonly (readonly [string, readonly string[]])[];
}

const WORDS = ["a", "b", "ab", "abc", "A", "aB", "prod", "dev-1", "dev-2", "x"];
const TEXT_CONDITIONS: Draw["conditions"] = [
  ["StringEquals", WORDS],
  ["StringNotEquals", WORDS],
  ["StringLike", ["a*", "*b", "dev-?", "*", "?*", "*-*", "prod"]],
  ["StringNotLike", ["a*", "*b", "dev-?", "?", "*-*"]],
  ["StringEqualsIgnoreCase", ["AB", "Prod", "x"]],
  ["StringNotEqualsIgnoreCase", ["AB", "PROD"]],
  ["Null", ["true", "false"]],
];
const TEXT_KINDS: readonly Key[] = [
  { kind: "text", absent: undefined },
  { kind: "text", absent: false, like: ["*"] },
  { kind: "text", absent: undefined, like: ["a*", "dev-*"] },
  { kind: "text", absent: false, few: WORDS },
  { kind: "text", absent: undefined, few: ["a", "b", "ab", "dev-1"] },
  { kind: "text", absent: true },
];

const KEYS: readonly Draw[] = [
  { key: "aws:RequestedRegion", kinds: TEXT_KINDS, conditions: TEXT_CONDITIONS },
  { key: "aws:PrincipalTag/t", kinds: TEXT_KINDS, conditions: TEXT_CONDITIONS },
  { key: "aws:RequestTag/r", kinds: TEXT_KINDS, conditions: TEXT_CONDITIONS },
  { key: "aws:ResourceTag/s", kinds: TEXT_KINDS, conditions: TEXT_CONDITIONS },
  {
    key: "aws:MultiFactorAuthPresent",
    kinds: [{ kind: "truth", absent: undefined }, { kind: "truth", absent: false }, { kind: "truth", absent: true }],
    conditions: [["Bool", ["true", "false"]], ["Null", ["true"]]],
  },
  {
    key: "aws:MultiFactorAuthAge",
    kinds: [
      { kind: "number", absent: undefined },
      { kind: "number", absent: false, from: 0, to: 3600 },
      { kind: "number", absent: undefined, to: 60 },
    ],
    conditions: [
      ["NumericLessThan", ["60", "3600", "0"]],
      ["NumericLessThanEquals", ["60", "3600"]],
      ["NumericGreaterThan", ["59.5", "3600", "7200"]],
      ["NumericGreaterThanEquals", ["60", "0"]],
      ["NumericEquals", ["60", "61"]],
      ["NumericNotEquals", ["60", "-1"]],
      ["Null", ["false"]],
    ],
  },
  {
    key: "aws:SourceIp",
    kinds: [
      { kind: "address", absent: undefined },
      { kind: "address", absent: false, networks: ["10.0.0.0/8"] },
      { kind: "address", absent: undefined, networks: ["10.1.0.0/16", "203.0.113.0/24"] },
    ],
    conditions: [
      ["IpAddress", ["10.0.0.0/8", "10.1.0.0/17", "10.1.128.0/17", "203.0.113.0/24", "203.0.113.9", "0.0.0.0/0"]],
      ["NotIpAddress", ["10.0.0.0/8", "10.1.0.0/17", "10.1.128.0/17", "203.0.113.0/25", "203.0.113.128/25"]],
    ],
  },
]; // prettier-ignore

/** What the texts of statements as organizations write them are compared with, and others. */
const VALUES = [
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "us-east-1",
  "m5.large",
  "m6.large",
  "t3.micro",
  "aws:kms",
  "true",
  "x",
];

/** Keys of the statements that organizations write, with any value or with some. */
function shapedKeys(open: boolean): ReadonlyMap<string, Key> {
  const text: Key = open ? { kind: "text", absent: undefined } : { kind: "text", absent: undefined, few: VALUES };
  const truth: Key = { kind: "truth", absent: undefined };
  return new Map<string, Key>([
    ["aws:RequestedRegion", text],
    ["aws:ResourceTag/protected", text],
    ...[0, 1, 2, 3, 4].map((i): [string, Key] => [`aws:RequestTag/cost-center-${i}`, text]),
    ["ec2:InstanceType", text],
    ["ec2:MetadataHttpPutResponseHopLimit", { kind: "number", absent: undefined }],
    ["aws:SourceIp", { kind: "address", absent: undefined }],
    ["aws:ViaAWSService", truth],
    ["aws:MultiFactorAuthPresent", truth],
    ["s3:x-amz-server-side-encryption", text],
  ]);
}

/** Share of the questions in which texts are open. */
const OPEN = 0.04;

export interface Question {
  readonly asked: Asked;
  readonly set: RequestSet;
  readonly policies: PolicySet;
}

export function questionOf(random: Random): Question {
  const shaped = random.chance(0.3);
  // Z3 takes long over texts that are open: they are some of the questions, not all.
  const open = random.chance(OPEN);
  const fits = (key: Key): boolean => open || key.kind !== "text" || key.few !== undefined || key.absent === true;
  const keys = shaped
    ? shapedKeys(open)
    : new Map(random.some(KEYS, 1, 4).map(({ key, kinds }): [string, Key] => [key, random.one(kinds.filter(fits))]));
  const patterns = (): boolean => open && random.chance(0.5);
  const roles = (names: readonly string[]): readonly string[] => names.map((name) => arn("role", name));
  const asked: Asked = {
    principals: roles(random.some(patterns() ? NAME_PATTERNS : NAMES, 1, 5)),
    exceptPrincipals: random.chance(0.4) ? roles(random.some(NAME_PATTERNS.slice(1), 1, 2)) : [],
    actions: random.some(patterns() ? ACTION_PATTERNS : LISTED_ACTIONS, 1, 5),
    resources: roles(random.some(patterns() ? NAME_PATTERNS : NAMES, 1, 6)),
    exceptResources: random.chance(0.3) ? roles(random.some(NAME_PATTERNS.slice(1), 1, 1)) : [],
    keys,
  };
  return { asked, set: setOf(asked), policies: policiesOf(random, keys, shaped) };
}

function setOf(asked: Asked): RequestSet {
  return {
    principals: [{ type: "role", arns: { like: asked.principals, except: asked.exceptPrincipals } }],
    actions: { like: asked.actions },
    resources: { like: asked.resources, except: asked.exceptResources },
    keys: Object.fromEntries([...asked.keys].map(([key, of]) => [key, keySet(of)])),
  };
}

function keySet(key: Key): KeySet {
  if (key.absent === true) return "absent";
  const absent = key.absent === undefined;
  if (key.kind === "text" && key.few) return { oneOf: key.few, absent };
  if (key.kind === "text") return { like: key.like ?? ["*"], absent };
  if (key.kind === "number" && (key.from !== undefined || key.to !== undefined))
    return { numbers: defined({ from: key.from, to: key.to }), absent };
  if (key.kind === "address" && key.networks) return { networks: key.networks, absent };
  return absent ? "anything" : "present";
}

function policiesOf(random: Random, keys: ReadonlyMap<string, Key>, shaped: boolean): PolicySet {
  const level = (i: number): readonly NamedPolicy[] => [
    ...(random.chance(0.9) ? [FULL_AWS_ACCESS] : []),
    ...Array.from({ length: random.below(3) }, (_, n): NamedPolicy => {
      const statements = shaped
        ? foreignStatements(random.below(60), 4 + random.below(12)).filter(
            random.chance(0.5) ? () => true : () => random.chance(0.5),
          )
        : Array.from({ length: 1 + random.below(4) }, () =>
            statementOf(random, keys, random.chance(0.8) ? "Deny" : "Allow"),
          );
      return { name: `p-${i}-${n}`, document: { Version: "2012-10-17", Statement: statements } };
    }),
  ];
  const rcp = (): NamedPolicy => ({
    name: "rcp",
    document: { Version: "2012-10-17", Statement: [{ ...statementOf(random, keys, "Deny"), Principal: "*" }] },
  });
  return {
    scps: Array.from({ length: 1 + random.below(3) }, (_, i) => level(i)),
    ...(random.chance(0.3) ? { rcps: [[rcp()]] } : {}),
  };
}

function statementOf(random: Random, keys: ReadonlyMap<string, Key>, effect: "Allow" | "Deny"): PolicyStatement {
  const actions = random.chance(0.2) ? ["*"] : random.some([...ACTION_PATTERNS, ...LISTED_ACTIONS], 1, 5);
  const resources = random
    .some(NAME_PATTERNS, 1, 3)
    .map((name) => `arn:aws:iam::${random.one(["*", HERE])}:role/${name}`);
  const any = random.chance(0.5);
  const condition = conditionsOf(random, keys);
  return {
    Effect: effect,
    ...(random.chance(0.25) ? { NotAction: actions } : { Action: actions }),
    ...(any ? { Resource: "*" } : random.chance(0.3) ? { NotResource: resources } : { Resource: resources }),
    ...(condition ? { Condition: condition } : {}),
  };
}

function conditionsOf(random: Random, keys: ReadonlyMap<string, Key>): ConditionElement | undefined {
  const result: Record<string, Record<string, readonly string[]>> = {};
  for (let i = random.one([0, 1, 1, 2, 3]); i > 0; i--) {
    if (random.chance(0.3)) {
      const operator = random.one(["ArnLike", "ArnNotLike", "StringLike", "StringNotLike"]);
      (result[operator] ??= {})["aws:PrincipalArn"] = random
        .some(NAME_PATTERNS, 1, 4)
        .map((name) => `arn:aws:iam::*:role/${name}`);
      continue;
    }
    const { key, conditions } = random.one(KEYS.filter((one) => keys.has(one.key)));
    const [operator, values] = random.one(conditions);
    const full = operator === "Null" ? operator : `${operator}${random.one(["", "", "IfExists"])}`;
    (result[full] ??= {})[key] = random.some(values, 1, operator === "Null" ? 1 : 3);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}
