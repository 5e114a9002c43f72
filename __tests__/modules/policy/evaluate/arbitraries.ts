import fc from "fast-check";
import {
  CONDITION_OPERATORS,
  FULL_AWS_ACCESS,
  NamedPolicy,
  PolicyRequest,
  PolicySet,
  RequestPrincipal,
} from "../../../../modules/policy/evaluate";
import type { OneOrMany, PolicyDocument, PolicyStatement, PrincipalElement } from "../../../../modules/policy/types";
import { defined } from "../../../../modules/kernel/optional";

/** Policies and requests over a small world, so that what is generated meets often. */

export const HERE = "111111111111";
export const THERE = "222222222222";
export const PROVIDER = `arn:aws:iam::${HERE}:oidc-provider/token.actions.githubusercontent.com`;

export interface Question {
  readonly request: PolicyRequest;
  readonly policies: PolicySet;
}

type Kind = "string" | "arn" | "number" | "date" | "bool" | "ip" | "binary";

interface Key {
  readonly key: string;
  readonly kind: Kind;
  readonly list?: true;
  readonly values: readonly string[];
}

const TIMES = [
  "2026-01-01T00:00:00Z",
  "2026-06-30T12:00:00Z",
  "2026-06-30T14:00:00+02:00",
  "1767225600",
  "2027-01-01",
] as const;
const ADDRESSES = ["10.0.0.7", "10.1.0.7", "192.0.2.10", "2001:db8::1", "2001:DB8:0:0:0:0:0:2"] as const;

/** Keys of requests. */
const KEYS: readonly Key[] = [
  { key: "aws:PrincipalTag/team", kind: "string", values: ["blue", "Blue", "red", "a*"] },
  { key: "aws:RequestedRegion", kind: "string", values: ["eu-west-1", "us-east-1"] },
  { key: "aws:SourceAccount", kind: "string", values: [HERE, THERE] },
  {
    key: "aws:SourceArn",
    kind: "arn",
    values: [`arn:aws:sns:eu-west-1:${HERE}:alarms`, `arn:aws:sns:us-east-1:${THERE}:alarms:0123`],
  },
  { key: "aws:MultiFactorAuthAge", kind: "number", values: ["0", "299", "300", "3600.5"] },
  { key: "aws:CurrentTime", kind: "date", values: TIMES },
  { key: "aws:TokenIssueTime", kind: "date", values: TIMES },
  { key: "aws:MultiFactorAuthPresent", kind: "bool", values: ["true", "false", "True"] },
  { key: "aws:SecureTransport", kind: "bool", values: ["true", "false"] },
  { key: "aws:SourceIp", kind: "ip", values: ADDRESSES },
  { key: "example:Digest", kind: "binary", values: ["QmluYXJ5", "T3RoZXI="] },
  { key: "aws:TagKeys", kind: "string", list: true, values: ["team", "cost", "Team"] },
  { key: "aws:PrincipalOrgPaths", kind: "string", list: true, values: ["o-1/r-1/ou-1/", "o-1/r-1/ou-2/"] },
  {
    key: "example:Arns",
    kind: "arn",
    list: true,
    values: [`arn:aws:iam::${HERE}:role/Admin`, `arn:aws:iam::${THERE}:role/team/Deploy`],
  },
];

/** Keys that policies ask for: those of requests, and those that follow from the principal. */
const ASKED: readonly Key[] = [
  ...KEYS,
  { key: "aws:PrincipalArn", kind: "arn", values: [`arn:aws:iam::${HERE}:role/Admin`, `arn:aws:iam::${HERE}:user/ci`] },
  { key: "aws:PrincipalAccount", kind: "string", values: [HERE, THERE] },
  { key: "aws:PrincipalType", kind: "string", values: ["User", "AssumedRole", "Account"] },
  { key: "aws:username", kind: "string", values: ["ci", "ann"] },
];

const VARIABLES = [
  "${aws:username}",
  "${aws:PrincipalTag/team}",
  "${aws:PrincipalTag/team, 'blue'}",
  "${aws:SourceAccount}",
  "${*}",
  "${?}",
  "${$}",
] as const;

const PATTERNS: Readonly<Record<Kind, readonly string[]>> = {
  string: ["*", "b*", "?lue", "*-west-?", "o-1/r-1/*", "11111111111?", "te?m", "${*}", "a${*}", "x${$}", ...VARIABLES],
  arn: [
    `arn:aws:iam::*:role/*`,
    `arn:aws:iam::${HERE}:*`,
    `arn:aws:iam::${HERE}:role/Ad*`,
    "arn:aws:iam::*:user/${aws:username}",
    `arn:aws:sns:*:${HERE}:*`,
    "arn:aws:sns:*:*:alarms",
    "arn:*:*:*:*:*",
    "arn:aws:s?s:us-east-1:${aws:SourceAccount}:alarms:*",
    "arn:aws:iam::*",
  ],
  number: ["-1", "300.0", "86400"],
  date: ["2026-06-30", "1782820800", "2020-01-01T00:00:00.5Z"],
  bool: ["TRUE"],
  ip: ["10.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.10/32", "2001:db8::/32", "2001:db8::2", "::/0"],
  binary: [],
};

const FAMILIES: Readonly<Record<Kind, RegExp>> = {
  string: /^String/,
  arn: /^Arn|^String.*Like$/,
  number: /^Numeric/,
  date: /^Date/,
  bool: /^Bool/,
  ip: /IpAddress$/,
  binary: /^Binary/,
};

const some = <T>(values: readonly T[], maxLength = 3): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength });
const oneOrMany = (values: readonly string[], maxLength = 3): fc.Arbitrary<OneOrMany<string>> =>
  fc
    .tuple(some(values, maxLength), fc.boolean())
    .map(([list, plain]) => (plain && list.length === 1 ? list[0]! : list));
/** Absent once in so many times. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: oneIn });

/** Keys are the same in any case. */
const respelled = (key: string): fc.Arbitrary<string> =>
  fc.constantFrom(key, key, key, key.toLowerCase(), key.toUpperCase());

const condition: fc.Arbitrary<{ readonly operator: string; readonly key: string; readonly values: OneOrMany<string> }> =
  fc
    .record({
      asked: fc.constantFrom(...ASKED),
      pick: fc.nat(),
      set: fc.nat(9),
      ifExists: fc.nat(4),
      isNull: fc.nat(11),
      seed: fc.nat(),
    })
    .chain(({ asked, pick, set, ifExists, isNull }) => {
      if (isNull === 0)
        return fc.record({
          operator: fc.constant("Null"),
          key: respelled(asked.key),
          values: oneOrMany(["true", "false"], 1),
        });
      const family = CONDITION_OPERATORS.filter((operator) => FAMILIES[asked.kind].test(operator));
      const base = family[pick % family.length]!;
      // Set operators belong to keys with several values; now and then they stand where they do not, and are missing where they should be.
      const prefix = asked.list
        ? ["ForAnyValue:", "ForAllValues:", ""][set < 9 ? set % 2 : 2]!
        : (["ForAnyValue:", "ForAllValues:"][set] ?? "");
      const patterns = PATTERNS[asked.kind].filter(
        (pattern) => /Like$|^Arn/.test(base) || !/[*?]/.test(pattern) || pattern.includes("${"),
      );
      return fc.record({
        operator: fc.constant(`${prefix}${base}${ifExists === 0 ? "IfExists" : ""}`),
        key: respelled(asked.key),
        values: oneOrMany([...asked.values, ...patterns]),
      });
    });

const conditions = (maximum: number): fc.Arbitrary<PolicyStatement["Condition"]> =>
  fc.array(condition, { minLength: 0, maxLength: maximum }).map((list) => {
    const element: Record<string, Record<string, OneOrMany<string>>> = {};
    for (const { operator, key, values } of list) (element[operator] ??= {})[key] = values;
    return list.length === 0 ? undefined : element;
  });

const USERS = ["ci", "team/ann"].map((name) => `arn:aws:iam::${HERE}:user/${name}`);
const ROLES = ["Admin", "team/Deploy"].map((name) => `arn:aws:iam::${HERE}:role/${name}`);
const LINKED = `arn:aws:iam::${HERE}:role/aws-service-role/access-analyzer.amazonaws.com/AWSServiceRoleForAccessAnalyzer`;
export const sessionOf = (role: string): string =>
  `arn:aws:sts::${role.split(":")[4]}:assumed-role/${role.split("/").at(-1)}/work`;

export const principals: readonly RequestPrincipal[] = [
  ...USERS.map((arn) => ({ type: "user", arn }) as const),
  ...ROLES.map((arn) => ({ type: "role", arn, sessionArn: sessionOf(arn) }) as const),
  { type: "role", arn: LINKED, sessionArn: sessionOf(LINKED) },
  { type: "root", arn: `arn:aws:iam::${HERE}:root` },
  { type: "service", arn: "events.amazonaws.com" },
  { type: "anonymous", arn: "*" },
];
const WEIGHTS = [4, 4, 6, 6, 2, 2, 1, 1];

interface Call {
  readonly action: string;
  /** Without the account where it depends on it. */
  readonly resource: (account: string) => string;
  readonly resourcePolicy: boolean;
}

const CALLS: readonly Call[] = [
  { action: "iam:CreateAccessKey", resource: (a) => `arn:aws:iam::${a}:user/ci`, resourcePolicy: false },
  { action: "iam:DeleteUser", resource: (a) => `arn:aws:iam::${a}:user/team/ann`, resourcePolicy: false },
  { action: "s3:GetObject", resource: () => "arn:aws:s3:::data/blue/2026:x.csv", resourcePolicy: true },
  { action: "sqs:SendMessage", resource: (a) => `arn:aws:sqs:eu-west-1:${a}:orders`, resourcePolicy: true },
  { action: "sns:Publish", resource: (a) => `arn:aws:sns:eu-west-1:${a}:alarms`, resourcePolicy: true },
  {
    action: "secretsmanager:GetSecretValue",
    resource: (a) => `arn:aws:secretsmanager:eu-west-1:${a}:secret:db/blue-AbCdEf`,
    resourcePolicy: true,
  },
  {
    action: "kms:Decrypt",
    resource: (a) => `arn:aws:kms:eu-west-1:${a}:key/11111111-2222-3333-4444-555555555555`,
    resourcePolicy: true,
  },
  { action: "sts:AssumeRole", resource: (a) => `arn:aws:iam::${a}:role/Target`, resourcePolicy: true },
  { action: "sts:TagSession", resource: (a) => `arn:aws:iam::${a}:role/Target`, resourcePolicy: true },
];
const BY_TOKEN: Call = {
  action: "sts:AssumeRoleWithWebIdentity",
  resource: (a) => `arn:aws:iam::${a}:role/Target`,
  resourcePolicy: true,
};

const ACTIONS = [
  "*",
  "iam:*",
  "iam:*AccessKey",
  "iam:Create*",
  "s3:Get*",
  "s3:*",
  "sqs:SendMessage",
  "sns:?ublish",
  "SQS:*",
  "kms:*",
  "sts:Assume*",
  "STS:assumerole",
  "sts:*",
  "secretsmanager:Get*Value",
  "iam:DeleteUser",
];
const RESOURCES = [
  "*",
  "arn:aws:iam::*:user/*",
  "arn:aws:iam::111111111111:user/${aws:username}",
  "arn:aws:iam::*:role/Targ?t",
  "arn:aws:iam::*:user/team/*",
  "arn:aws:s3:::data/*",
  "arn:aws:s3:::data/${aws:PrincipalTag/team}/*",
  "arn:aws:s3:::data/${aws:PrincipalTag/team, 'blue'}/*",
  "arn:aws:s3:::data/*/${*}",
  "arn:aws:sqs:*:*:orders",
  "arn:aws:sqs:eu-*-1:111111111111:*",
  "arn:aws:sqs:*",
  "arn:aws:sns:eu-west-1:*:al*",
  "arn:aws:kms:*:*:key/*",
  "arn:aws:secretsmanager:*:*:secret:db/*-??????",
  "arn:aws:s3",
];

const NAMED = ["*", HERE, `arn:aws:iam::${HERE}:root`, THERE, ...USERS, ...ROLES, ...ROLES.map(sessionOf)];
const principalElement: fc.Arbitrary<PrincipalElement> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<PrincipalElement>("*") },
  { weight: 8, arbitrary: oneOrMany(NAMED).map((AWS): PrincipalElement => ({ AWS })) },
  { weight: 1, arbitrary: fc.record({ Service: oneOrMany(["events.amazonaws.com", "ec2.amazonaws.com"]) }) },
  { weight: 1, arbitrary: fc.record({ AWS: oneOrMany(NAMED), Service: fc.constant("events.amazonaws.com") }) },
  { weight: 2, arbitrary: fc.record({ Federated: fc.constantFrom(PROVIDER, "cognito-identity.amazonaws.com") }) },
);

function statement(
  effect: fc.Arbitrary<"Allow" | "Deny">,
  options: { readonly principal?: "resource" | "rcp"; readonly noResource?: boolean },
): fc.Arbitrary<PolicyStatement> {
  return fc
    .record({
      effect,
      // AWS takes no lone asterisk in an RCP.
      actions: oneOrMany(options.principal === "rcp" ? ACTIONS.filter((action) => action !== "*") : ACTIONS, 4),
      notAction: fc.nat(7),
      // The oracle holds that AWS refuses short ARNs in RCPs.
      resources: oneOrMany(
        options.principal === "rcp"
          ? RESOURCES.filter((resource) => resource === "*" || resource.split(":").length > 5)
          : RESOURCES,
        4,
      ),
      notResource: fc.nat(7),
      everything: fc.boolean(),
      principal: principalElement,
      notPrincipal: fc.nat(5),
      condition: conditions(3),
      sid: maybe(fc.constantFrom("One", "Two"), 2),
    })
    .map(
      ({
        effect: Effect,
        actions,
        notAction,
        resources,
        notResource,
        everything,
        principal,
        notPrincipal,
        condition: Condition,
        sid,
      }): PolicyStatement => ({
        ...defined({ Sid: sid }),
        Effect,
        ...(options.principal === "rcp" ? { Principal: "*" } : {}),
        ...(options.principal === "resource"
          ? notPrincipal === 0 && Effect === "Deny"
            ? { NotPrincipal: principal }
            : { Principal: principal }
          : {}),
        ...(notAction === 0 && options.principal !== "rcp" ? { NotAction: actions } : { Action: actions }),
        ...(options.noResource
          ? {}
          : notResource === 0
            ? { NotResource: resources }
            : { Resource: everything ? "*" : resources }),
        ...defined({ Condition }),
      }),
    );
}

const mostly = (allow: number, deny: number): fc.Arbitrary<"Allow" | "Deny"> =>
  fc.oneof(
    { weight: allow, arbitrary: fc.constant<"Allow">("Allow") },
    { weight: deny, arbitrary: fc.constant<"Deny">("Deny") },
  );

function policy(
  prefix: string,
  statements: fc.Arbitrary<PolicyStatement>,
  maximum = 3,
  oldOneIn = 10,
): fc.Arbitrary<NamedPolicy> {
  return fc
    .record({
      statements: fc.array(statements, { minLength: 1, maxLength: maximum }),
      old: fc.nat(oldOneIn - 1),
      n: fc.nat(999),
    })
    .map(({ statements: Statement, old, n }) => ({
      name: `${prefix}${n}`,
      document: {
        Version: old === 0 && oldOneIn > 1 ? "2008-10-17" : "2012-10-17",
        Statement,
      } satisfies PolicyDocument,
    }));
}

const full = fc.constant(FULL_AWS_ACCESS);
const scpLevel = fc
  .record({ full: fc.nat(9), own: fc.array(policy("scp-", statement(mostly(1, 3), {}), 2), { maxLength: 2 }) })
  .map(({ full: f, own }) => (f < 9 ? [FULL_AWS_ACCESS, ...own] : own));
const rcpLevel = fc.array(policy("rcp-", statement(fc.constant("Deny"), { principal: "rcp" }), 2, 1), { maxLength: 1 });
const granting = (prefix: string): fc.Arbitrary<NamedPolicy> =>
  fc.oneof({ weight: 3, arbitrary: policy(prefix, statement(mostly(5, 1), {})) }, { weight: 2, arbitrary: full });

const context: fc.Arbitrary<Readonly<Record<string, string | readonly string[]>>> = fc
  .tuple(
    ...KEYS.map(({ key, list, values }) =>
      maybe<string | readonly string[]>(list ? some(values, 2) : fc.constantFrom(...values), 3).map(
        (value) => [key, value] as const,
      ),
    ),
  )
  .chain((entries) =>
    fc
      .tuple(...entries.map(([key, value]) => respelled(key).map((k) => [k, value] as const)))
      .map(
        (all) =>
          Object.fromEntries(all.filter(([, v]) => v !== undefined)) as Record<string, string | readonly string[]>,
      ),
  );

/** @param sessions with resource and session policies */
export function question(sessions: boolean): fc.Arbitrary<Question> {
  return fc
    .record({
      principal: fc.oneof(...principals.map((p, i) => ({ weight: WEIGHTS[i]!, arbitrary: fc.constant(p) }))),
      byToken: fc.nat(19),
      // Without resource policies not much can be said of calls that need one.
      call: fc.constantFrom(...CALLS.filter((call) => sessions || !/^(sts|kms):/.test(call.action))),
      account: fc.constantFrom(HERE, HERE, HERE, sessions ? THERE : HERE, sessions ? THERE : HERE),
      values: context,
    })
    .chain(({ principal, byToken, call: someCall, account, values }) => {
      const token = sessions && byToken === 0;
      const call = token ? BY_TOKEN : someCall;
      const who: RequestPrincipal = token ? { type: "webIdentity", arn: PROVIDER } : principal;
      // Providers serve the roles of their own account.
      const owner = token ? HERE : account;
      const request: PolicyRequest = {
        principal: who,
        action: call.action,
        resource: call.resource(owner),
        resourceAccountId: owner,
        context: values,
        unlistedKeys: "absent",
      };
      const own = who.type === "user" || who.type === "role";
      const noResource = call.action.startsWith("sts:");
      const resource = policy("resource-", statement(mostly(4, 1), { principal: "resource", noResource }));
      return fc
        .record({
          scps: maybe(fc.array(scpLevel, { minLength: 1, maxLength: 3 }), 3),
          rcps: maybe(fc.array(rcpLevel, { minLength: 1, maxLength: 2 }), 2),
          identity: own ? fc.array(granting("identity-"), { minLength: 0, maxLength: 3 }) : fc.constant([]),
          boundary: own ? maybe(granting("boundary-"), 2) : fc.constant(undefined),
          session:
            sessions && who.type === "role"
              ? maybe(
                  granting("session-").map((p) => [p]),
                  2,
                )
              : fc.constant(undefined),
          resource: sessions && call.resourcePolicy ? maybe(resource, 6) : fc.constant(undefined),
        })
        .map((set) => ({
          request,
          policies: Object.fromEntries(Object.entries(set).filter(([, v]) => v !== undefined)),
        }));
    });
}
