import { decide, Decision, KeySet, PrincipalSet, RequestSet, TextSet, Witness } from "../modules/policy/decide";
import {
  ABSENT,
  compile,
  evaluate,
  FULL_AWS_ACCESS,
  NamedPolicy,
  PolicyRequest,
  PolicySet,
} from "../modules/policy/evaluate";
import type { ContextValue, PrincipalType } from "../modules/policy/evaluate";
import type { ConditionElement, PolicyStatement, PrincipalElement } from "../modules/policy/types";
import { Random } from "./random";

/**
 * Worlds that are so small that every request can be asked: a few accounts, principals, actions, resources and values of each key. Random
 * policies speak of them, a random set is decided, and what is decided must be what asking all of them says.
 */

const HERE = "111111111111";
const THERE = "222222222222";

const PRINCIPALS: readonly { readonly type: PrincipalType; readonly arns: readonly string[] }[] = [
  {
    type: "role",
    arns: [
      `arn:aws:iam::${HERE}:role/a`,
      `arn:aws:iam::${HERE}:role/b`,
      `arn:aws:iam::${HERE}:role/a/ab`,
      `arn:aws:iam::${HERE}:role/aws-service-role/a`,
      `arn:aws:iam::${THERE}:role/a`,
    ],
  },
  {
    type: "user",
    arns: [`arn:aws:iam::${HERE}:user/a`, `arn:aws:iam::${HERE}:user/p/b`, `arn:aws:iam::${THERE}:user/ab`],
  },
  { type: "root", arns: [`arn:aws:iam::${HERE}:root`, `arn:aws:iam::${THERE}:root`] },
  { type: "service", arns: ["a.amazonaws.com", "b.amazonaws.com"] },
  {
    type: "webIdentity",
    arns: [`arn:aws:iam::${HERE}:oidc-provider/a`, `arn:aws:iam::${THERE}:oidc-provider/b`],
  },
];
const ARN_PATTERNS = [
  "*",
  `arn:aws:iam::${HERE}:role/a`,
  `arn:aws:iam::*:role/*`,
  `arn:aws:iam::*:role/a*`,
  `arn:*:iam::${HERE}:*/a`,
  `arn:aws:iam::${HERE}:*`,
  `arn:aws:iam::${THERE}:user/*`,
  `arn:aws:iam::*:user/?`,
  `arn:aws:iam::*:*b`,
  `arn:aws:*:role/a`,
  `arn:aws:iam::*:root`,
];
const ACTIONS = [
  "iam:createuser",
  "iam:deleteuser",
  "s3:getobject",
  "sts:assumerole",
  "sts:getcalleridentity",
  "kms:retiregrant",
  "sqs:sendmessage",
  "athena:getworkgroup",
];
const ACTION_PATTERNS = [
  "*",
  "iam:*",
  "iam:CreateUser",
  "iam:Delete*",
  "s3:GetObject",
  "S3:Get*",
  "sts:*",
  "*:*User",
  "?am:*",
  "sts:AssumeRole",
  "kms:*",
  "sqs:*",
  "athena:*",
];
const RESOURCES = [
  "*",
  `arn:aws:iam::${HERE}:user/a`,
  `arn:aws:iam::${HERE}:role/b`,
  `arn:aws:iam::${THERE}:role/b`,
  "arn:aws:s3:::a/b",
  "arn:aws:s3:::ab",
  `arn:aws:iam::${HERE}:user/p/b`,
];
const RESOURCE_PATTERNS = [
  "*",
  `arn:aws:iam::${HERE}:user/a`,
  "arn:aws:iam::*:user/*",
  "arn:aws:iam::*:role/b",
  "arn:aws:s3:::a*",
  "arn:aws:s3:::a/*",
  "arn:aws:*",
  "arn:*:iam::*:u*",
  `arn:aws:iam::${THERE}:*`,
  "arn:aws:iam",
  "arn:aws:iam::*:user/${aws:username}",
  "arn:aws:s3:::${aws:PrincipalTag/t}/*",
  "*:user/a",
];

interface WorldKey {
  readonly key: string;
  readonly values: readonly (string | undefined | readonly string[])[];
  readonly conditions: readonly (readonly [string, readonly string[]])[];
  /** All of it, as a set; enumerating the values meets every case that policies can tell apart. */
  readonly sets: readonly KeySet[];
}

const KEYS: readonly WorldKey[] = [
  {
    key: "aws:PrincipalTag/t",
    values: [undefined, "a", "b", "ab", "A", "z"],
    conditions: [
      ["StringEquals", ["a", "b", "ab", "${aws:PrincipalTag/u}", "${aws:username}", "a*", "${*}"]],
      ["StringNotEquals", ["a", "b", "ab", "${aws:PrincipalTag/u}"]],
      ["StringLike", ["a*", "*b", "?", "a", "*", "${aws:PrincipalTag/u}*", "${aws:PrincipalTag/u, 'a'}"]],
      ["StringNotLike", ["a*", "?", "*b"]],
      ["StringEqualsIgnoreCase", ["A", "aB"]],
      ["StringNotEqualsIgnoreCase", ["A"]],
      ["Null", ["true", "false"]],
    ],
    sets: [
      "anything",
      "absent",
      "present",
      { oneOf: ["a", "b"], absent: true },
      { like: ["a*", "b"], except: ["ab"] },
      { like: ["*"] },
    ],
  },
  {
    key: "aws:PrincipalTag/u",
    values: [undefined, "a", "b"],
    conditions: [
      ["StringEquals", ["a", "b"]],
      ["StringNotLike", ["a"]],
      ["Null", ["true"]],
    ],
    sets: ["absent", { oneOf: ["a", "b"], absent: true }, { oneOf: ["a"] }, { like: ["a", "b"] }],
  },
  {
    key: "aws:MultiFactorAuthPresent",
    values: [undefined, "true", "false"],
    conditions: [
      ["Bool", ["true", "false", "TRUE", "yes"]],
      ["Null", ["true", "false"]],
      ["StringEquals", ["true"]],
    ],
    sets: ["anything", "present", "absent", { oneOf: [true], absent: true }, { oneOf: ["false"] }],
  },
  {
    key: "aws:MultiFactorAuthAge",
    values: [undefined, "0", "1", "2", "3", "4", "5", "2.5", "-1"],
    conditions: [
      ["NumericLessThan", ["2", "3"]],
      ["NumericGreaterThan", ["2", "3", "x"]],
      ["NumericLessThanEquals", ["2", "4"]],
      ["NumericGreaterThanEquals", ["2", "4"]],
      ["NumericEquals", ["2", "3", "2.5"]],
      ["NumericNotEquals", ["2", "3"]],
      ["Null", ["true"]],
    ],
    sets: ["anything", { numbers: { from: 1, to: 3 } }, { numbers: { to: 2 }, absent: true }, { oneOf: [1, 2, 3] }],
  },
  {
    key: "aws:CurrentTime",
    values: [
      "2026-01-01T00:00:00Z",
      "2026-06-01T00:00:00Z",
      "2026-06-01T00:00:01Z",
      "2027-01-01T00:00:00Z",
      "1970-01-01T00:00:00Z",
    ],
    conditions: [
      ["DateLessThan", ["2026-06-01T00:00:00Z"]],
      ["DateGreaterThan", ["2026-06-01T00:00:00Z", "2026-12-31T00:00:00Z"]],
      ["DateEquals", ["2026-06-01T00:00:00Z"]],
      ["DateNotEquals", ["2026-06-01"]],
      ["DateLessThanEquals", ["2026-06-01T00:00:00Z", "1767225600"]],
    ],
    sets: [
      "present",
      { dates: { from: "2026-01-01T00:00:00Z" } },
      { dates: { from: "2026-01-01T00:00:00Z", to: "2026-06-01T00:00:00Z" } },
      { oneOf: ["2026-06-01T00:00:00Z"] },
    ],
  },
  {
    key: "aws:SourceIp",
    values: [undefined, "10.0.0.1", "10.0.0.129", "10.0.1.1", "192.0.2.1", "2001:db8::1", "2001:db8:1::1"],
    conditions: [
      ["IpAddress", ["10.0.0.0/24", "10.0.0.0/25", "10.0.0.0/8", "2001:db8::/32", "10.0.0.1", "0.0.0.0/0", "::/0"]],
      ["NotIpAddress", ["10.0.0.0/24", "10.0.0.128/25", "10.0.1.0/24", "2001:db8::/48", "nonsense"]],
      ["Null", ["true"]],
    ],
    sets: [
      "anything",
      { networks: ["10.0.0.0/24"] },
      { networks: ["10.0.0.0/8", "2001:db8::/32"], exceptNetworks: ["10.0.1.0/24"], absent: true },
      { oneOf: ["10.0.0.1", "192.0.2.1"] },
    ],
  },
  {
    key: "aws:TagKeys",
    values: [undefined, ["a"], ["b"], ["z"], ["a", "b"], ["a", "z"], ["b", "z"], ["a", "b", "z"]],
    conditions: [
      ["ForAllValues:StringEquals", ["a", "b"]],
      ["ForAnyValue:StringEquals", ["a", "b"]],
      ["ForAllValues:StringNotEquals", ["a", "b"]],
      ["ForAnyValue:StringNotLike", ["a", "b*"]],
      ["ForAllValues:StringLike", ["?", "a*"]],
      ["StringEquals", ["a"]],
      ["Null", ["true", "false"]],
    ],
    sets: ["anything", "present", { oneOf: ["a", "b"] }, { like: ["*"], except: ["b"], absent: true }, "absent"],
  },
  {
    key: "aws:SourceArn",
    values: [undefined, "arn:aws:s3:::a", "arn:aws:s3:::b/a", `arn:aws:iam::${HERE}:role/a`, "arn:x:y:z:w:v:u"],
    conditions: [
      ["ArnLike", ["arn:aws:s3:::a", "arn:aws:s3:::*", "arn:*:*:*:*:*", "arn:aws:*", "arn:*:iam::*:role/*"]],
      ["ArnNotLike", ["arn:aws:s3:::*", "arn:aws:iam::*:role/a"]],
      ["ArnEquals", ["arn:aws:s3:::a", "arn:aws:s3:::?"]],
      ["StringLike", ["arn:aws:*", "*a"]],
    ],
    sets: ["anything", { like: ["arn:aws:s3:::*"] }, { oneOf: ["arn:aws:s3:::a"], absent: true }],
  },
];

const PRINCIPAL_CONDITIONS: readonly (readonly [string, string, readonly string[]])[] = [
  ["ArnLike", "aws:PrincipalArn", ARN_PATTERNS.slice(1)],
  ["ArnNotLike", "aws:PrincipalArn", ARN_PATTERNS.slice(1)],
  ["StringLike", "aws:PrincipalArn", ARN_PATTERNS],
  ["StringNotLike", "aws:PrincipalArn", ARN_PATTERNS],
  [
    "ArnLike",
    "aws:PrincipalArn",
    ["arn:aws:iam::${aws:PrincipalAccount}:role/a", "arn:aws:iam::*:*/${aws:PrincipalTag/t}"],
  ],
  ["StringEquals", "aws:PrincipalAccount", [HERE, THERE, "333333333333", "1*"]],
  ["StringNotEquals", "aws:PrincipalAccount", [HERE, THERE]],
  ["StringLike", "aws:PrincipalAccount", ["1*", "*2", "???????????2"]],
  ["StringEquals", "aws:username", ["a", "b", "${aws:PrincipalTag/t}"]],
  ["StringNotLike", "aws:username", ["a*", "?"]],
  ["StringEquals", "aws:PrincipalType", ["User", "AssumedRole", "Account"]],
  ["Bool", "aws:PrincipalIsAWSService", ["true", "false"]],
  ["Null", "aws:username", ["true", "false"]],
  ["Null", "aws:PrincipalArn", ["true"]],
];

const SUFFIXES = ["", "", "IfExists"];

function conditionsOf(random: Random, keys: readonly WorldKey[]): ConditionElement | undefined {
  const count = random.one([0, 0, 1, 1, 1, 2, 3]);
  const result: Record<string, Record<string, readonly string[]>> = {};
  for (let i = 0; i < count; i++) {
    const own = keys.length > 0 && random.chance(0.7);
    const [operator, key, values] = own
      ? ((): readonly [string, string, readonly string[]] => {
          const { key: name, conditions } = random.one(keys);
          const [op, all] = random.one(conditions);
          return [op, name, all];
        })()
      : random.one(PRINCIPAL_CONDITIONS);
    const set =
      !operator.includes(":") && operator !== "Null" && random.chance(0.08)
        ? random.one(["ForAnyValue:", "ForAllValues:"])
        : "";
    const full = operator === "Null" ? operator : `${set}${operator}${random.one(SUFFIXES)}`;
    (result[full] ??= {})[random.chance(0.3) ? key.toUpperCase() : key] = random.some(values, 1, 2);
  }
  return count === 0 ? undefined : result;
}

function statementOf(random: Random, keys: readonly WorldKey[], layer: keyof PolicySet): PolicyStatement {
  const actions = random.some(ACTION_PATTERNS, 1, 2);
  const resources = random.chance(0.5) ? ["*"] : random.some(RESOURCE_PATTERNS, 1, 2);
  const condition = conditionsOf(random, keys);
  const effect =
    layer === "rcps"
      ? "Deny"
      : layer === "scps"
        ? random.one(["Deny", "Deny", "Deny", "Allow"] as const)
        : random.one(["Allow", "Allow", "Allow", "Deny"] as const);
  const principal: PrincipalElement = random.one<PrincipalElement>([
    "*",
    { AWS: HERE },
    { AWS: `arn:aws:iam::${HERE}:role/a` },
    { AWS: [`arn:aws:iam::${HERE}:user/a`, `arn:aws:iam::${THERE}:root`] },
    { AWS: [HERE, `arn:aws:iam::${HERE}:role/a`, `arn:aws:sts::${HERE}:assumed-role/a/s`] },
    { Service: "a.amazonaws.com" },
    { Federated: `arn:aws:iam::${HERE}:oidc-provider/a` },
  ]);
  return {
    Effect: effect,
    ...(layer === "resource" ? (random.chance(0.15) ? { NotPrincipal: principal } : { Principal: principal }) : {}),
    ...(random.chance(0.2) ? { NotAction: actions } : { Action: actions }),
    ...(layer === "resource" && random.chance(0.3)
      ? {}
      : random.chance(0.2)
        ? { NotResource: resources }
        : { Resource: resources }),
    ...(condition ? { Condition: condition } : {}),
  };
}

function policyOf(random: Random, keys: readonly WorldKey[], layer: keyof PolicySet, name: string): NamedPolicy {
  return {
    name,
    document: {
      Version: random.chance(0.1) ? "2008-10-17" : "2012-10-17",
      Statement: Array.from({ length: 1 + random.below(3) }, () => statementOf(random, keys, layer)),
    },
  };
}

function policiesOf(random: Random, keys: readonly WorldKey[]): PolicySet {
  const level = (layer: "scps" | "rcps", i: number): readonly NamedPolicy[] => [
    ...(layer === "scps" && random.chance(0.85) ? [FULL_AWS_ACCESS] : []),
    ...Array.from({ length: random.below(3) }, (_, n) => policyOf(random, keys, layer, `${layer}-${i}-${n}`)),
  ];
  const maybe = (chance: number): boolean => random.chance(chance);
  return {
    ...(maybe(0.9) ? { scps: Array.from({ length: 1 + random.below(2) }, (_, i) => level("scps", i)) } : {}),
    ...(maybe(0.3) ? { rcps: [level("rcps", 0)] } : {}),
    ...(maybe(0.3)
      ? { identity: [maybe(0.5) ? FULL_AWS_ACCESS : policyOf(random, keys, "identity", "identity")] }
      : {}),
    ...(maybe(0.15) ? { boundary: maybe(0.4) ? FULL_AWS_ACCESS : policyOf(random, keys, "boundary", "boundary") } : {}),
    ...(maybe(0.1) ? { session: [maybe(0.4) ? FULL_AWS_ACCESS : policyOf(random, keys, "session", "session")] } : {}),
    ...(maybe(0.25) ? { resource: policyOf(random, keys, "resource", "resource") } : {}),
  };
}

function textSet(random: Random, all: readonly string[], patterns: readonly string[]): TextSet {
  const plain = patterns.filter((text) => !text.includes("${"));
  if (random.chance(0.4))
    return {
      like: random
        .some(all, 1, 2)
        .filter((text) => text !== "*")
        .concat(random.one(all)),
    };
  return {
    like: random.some(plain, 1, 2),
    ...(random.chance(0.4) ? { except: random.some(plain.slice(1), 1, 2) } : {}),
  };
}

export interface World {
  readonly set: RequestSet;
  readonly policies: PolicySet;
}

export function worldOf(random: Random): World {
  const keys = random.some(KEYS, 1, 3);
  const principals = Array.from({ length: random.chance(0.8) ? 1 : 2 }, (): PrincipalSet => {
    const { type, arns } = random.one([...PRINCIPALS.slice(0, 3), ...PRINCIPALS.slice(0, 2), ...PRINCIPALS]);
    return { type, arns: textSet(random, arns, type === "service" ? ["*", "?.amazonaws.com"] : ARN_PATTERNS) };
  });
  return {
    set: {
      principals,
      actions: textSet(random, ACTIONS, ACTION_PATTERNS),
      resources: textSet(random, RESOURCES, RESOURCE_PATTERNS),
      ...(random.chance(0.15) ? { resourceAccountId: random.one([HERE, THERE]) } : {}),
      keys: Object.fromEntries(keys.map(({ key, sets }) => [key, random.one(sets)])),
      otherKeys: "absent",
    },
    policies: policiesOf(random, keys),
  };
}

/** Patterns of the worlds come again and again. */
const expressions = new Map<string, RegExp>();

function isLike(text: string, pattern: string): boolean {
  let expression = expressions.get(pattern);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^]*")
      .replaceAll("?", "[^]");
    expressions.set(pattern, (expression = new RegExp(`^${source}$`)));
  }
  return expression.test(text);
}

function isIn(text: string, { like, except = [] }: TextSet, matches = isLike): boolean {
  return like.some((one) => matches(text, one)) && !except.some((one) => matches(text, one));
}

/** In ARNs wildcards stop at the first five colons. */
function isArnLike(text: string, pattern: string): boolean {
  const parts = (arn: string): readonly string[] => [...arn.split(":").slice(0, 5), arn.split(":").slice(5).join(":")];
  if (pattern.split(":").length < 6) return isLike(text, pattern);
  return text.split(":").length >= 6 && parts(pattern).every((part, i) => isLike(parts(text)[i]!, part));
}

/** IPv4 only; the two IPv6 networks of the worlds by their beginning. */
function inNetwork(address: string, network: string): boolean {
  if (network.includes(":")) return address.startsWith(network.replace(/:+\/\d+$/, ":"));
  if (address.includes(":")) return false;
  const [base = "", bits = "32"] = network.split("/");
  const value = (text: string): number => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(value(address) / size) === Math.floor(value(base) / size);
}

function isValueIn(text: string, set: Exclude<KeySet, string>): boolean {
  if ("oneOf" in set) return set.oneOf.map(String).includes(text);
  if ("like" in set) return isIn(text, set);
  if ("numbers" in set)
    return Number(text) >= (set.numbers.from ?? -Infinity) && Number(text) <= (set.numbers.to ?? Infinity);
  if ("dates" in set)
    return (
      Date.parse(text) >= Date.parse(set.dates.from ?? "1970-01-01") &&
      Date.parse(text) <= Date.parse(set.dates.to ?? "9999-12-31")
    );
  return (
    set.networks.some((one) => inNetwork(text, one)) && !(set.exceptNetworks ?? []).some((one) => inNetwork(text, one))
  );
}

function isKeyIn(value: ContextValue | undefined, set: KeySet): boolean {
  if (set === "anything") return true;
  if (value === undefined) return set === "absent" || (typeof set === "object" && set.absent === true);
  if (set === "absent") return false;
  if (set === "present") return true;
  return (Array.isArray(value) ? (value as readonly string[]) : [value as string]).every((text) =>
    isValueIn(String(text), set),
  );
}

const isPrincipalIn = ({ type, arn }: PolicyRequest["principal"], { principals }: RequestSet): boolean =>
  principals.some((one) => one.type === type && isIn(arn, one.arns, isArnLike));

const isActionIn = (action: string, { actions: { like, except = [] } }: RequestSet): boolean =>
  isIn(action.toLowerCase(), {
    like: like.map((text) => text.toLowerCase()),
    except: except.map((text) => text.toLowerCase()),
  });

/** Whether a request is in a set, from what the types say: independent of the procedure. */
export function isInSet(request: PolicyRequest, set: RequestSet): boolean {
  const context = new Map(Object.entries(request.context ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  return (
    isPrincipalIn(request.principal, set) &&
    isActionIn(request.action, set) &&
    isIn(request.resource, set.resources, isArnLike) &&
    Object.entries(set.keys ?? {}).every(([key, values]) => {
      const value = context.get(key.toLowerCase());
      return isKeyIn(value === ABSENT ? undefined : (value as ContextValue | undefined), values);
    })
  );
}

function* requestsOf({ set }: World): Generator<PolicyRequest> {
  const keys = KEYS.filter(({ key }) => set.keys?.[key] !== undefined);
  let contexts: readonly Readonly<Record<string, ContextValue>>[] = [{}];
  for (const { key, values } of keys)
    contexts = contexts.flatMap((context) =>
      values
        .filter((value) => isKeyIn(value, set.keys![key]!))
        .map((value) => (value === undefined ? context : { ...context, [key]: value })),
    );
  const resources = RESOURCES.filter((resource) => isIn(resource, set.resources, isArnLike));
  const actions = ACTIONS.filter((action) => isActionIn(action, set));
  for (const { type, arns } of PRINCIPALS)
    for (const arn of arns.filter((one) => isPrincipalIn({ type, arn: one }, set)))
      for (const action of actions)
        for (const resource of resources) {
          const request: PolicyRequest = {
            principal: { type, arn },
            action,
            resource,
            ...(set.resourceAccountId === undefined ? {} : { resourceAccountId: set.resourceAccountId }),
            unlistedKeys: "absent",
          };
          for (const context of contexts) yield { ...request, context };
        }
}

export interface Outcome {
  readonly decision: Decision;
  /** What is wrong with it, in words. */
  readonly fault?: string;
  /** Asking all requests tells more than the decision. */
  readonly missed?: string;
  /** Requests that were asked. */
  readonly requests: number;
}

/** Requests of a world that are asked. */
const ASKED = 20_000;

export function check(world: World): Outcome {
  const decision = decide(world.set, world.policies, { checkParts: true });
  const compiled = compile(world.policies);
  const found = new Map<string, PolicyRequest>();
  let asked = 0;
  for (const request of requestsOf(world)) {
    if (asked++ >= ASKED) break;
    const { decision: said } = evaluate(request, compiled);
    if (!found.has(said)) found.set(said, request);
    if (found.size === 3) break;
  }
  const requests = Math.min(asked, ASKED);
  const fault = faultOf(decision, found, world, compiled);
  if (fault !== undefined) return { decision, fault, requests };
  if (decision.verdict === "unknown") {
    if (found.has("allowed") && found.has("denied")) return { decision, missed: "mixed", requests };
    if (!found.has("unknown") && !decision.reasons.some((reason) => reason.code === "not-documented"))
      return { decision, missed: [...found.keys()].join(), requests };
  }
  return { decision, requests };
}

function faultOf(
  decision: Decision,
  found: ReadonlyMap<string, PolicyRequest>,
  { set }: World,
  policies: ReturnType<typeof compile>,
): string | undefined {
  const others = (said: string): string | undefined => {
    const other = [...found].find(([verdict]) => verdict !== said);
    return other && `${decision.verdict}, but ${other[0]}: ${JSON.stringify(other[1])}`;
  };
  const confirmed = (witness: Witness | undefined, said: string): string | undefined => {
    if (!witness) return undefined;
    const verdict = evaluate(witness.request, policies).decision;
    if (verdict !== said) return `the witness is ${verdict}, not ${said}`;
    return isInSet(witness.request, set)
      ? undefined
      : `the witness is not in the set: ${JSON.stringify(witness.request)}`;
  };
  switch (decision.verdict) {
    case "all-denied":
      return others("denied") ?? confirmed(decision.denied, "denied");
    case "all-allowed":
      return others("allowed") ?? confirmed(decision.allowed, "allowed");
    case "mixed":
      return confirmed(decision.allowed, "allowed") ?? confirmed(decision.denied, "denied");
    case "unknown": {
      const wrong = decision.reasons.find((reason) => reason.code === "disagreement");
      if (wrong) return `${wrong.text}: ${JSON.stringify(wrong.request)}`;
      return confirmed(decision.allowed, "allowed") ?? confirmed(decision.denied, "denied");
    }
    case "empty":
      return found.size > 0 ? `empty, but ${JSON.stringify([...found][0])}` : undefined;
  }
}
