import { evaluate } from "../../modules/policy/evaluate";
import type { NamedPolicy } from "../../modules/policy/evaluate";
import type { PolicyDocument } from "../../modules/policy/types";

/** A small account as plain data, and what a change of it means, by the evaluator alone. */

export const ACCOUNT = "111111111111";

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  /** Only with MFA. */
  readonly mfa?: true;
}

export interface Role {
  /** Accounts that may become it. */
  readonly trust: readonly string[];
  readonly inline: readonly Statement[];
  /** Policies of the model. */
  readonly attached: readonly string[];
  /** Policies of AWS's, by name. */
  readonly managed: readonly string[];
}

export interface User {
  readonly inline: readonly Statement[];
  readonly attached: readonly string[];
}

export interface Guardrail {
  readonly statements: readonly Statement[];
  readonly targets: readonly string[];
}

export interface Model {
  readonly roles: Readonly<Record<string, Role>>;
  readonly users: Readonly<Record<string, User>>;
  readonly policies: Readonly<Record<string, readonly Statement[]>>;
  readonly guardrails: Readonly<Record<string, Guardrail>>;
}

/** One request for each way in which statements of the model can differ. */
const ACTIONS = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:ListBucket",
  "ec2:RunInstances",
  "ec2:StopInstances",
  "sqs:SendMessage",
];

/** What statements of the model are made of. */
export const PATTERNS = ["s3:GetObject", "s3:PutObject", "s3:*", "ec2:RunInstances", "ec2:*", "*"];

export function documentOf(statements: readonly Statement[], more: object = {}): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: statements.map(({ effect, actions, mfa }, i) => ({
      Sid: `S${i}`,
      Effect: effect,
      Action: [...actions],
      Resource: "*",
      ...(mfa ? { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } } : {}),
      ...more,
    })),
  };
}

/** What a change does to one subject. */
export interface Meaning {
  readonly gains: boolean;
  readonly loses: boolean;
  /** Something is in it that the texts do not decide: a Deny that changes, a policy that goes and that is not in the picture. */
  readonly mayBeUnknown: boolean;
}

const NOTHING: Meaning = { gains: false, loses: false, mayBeUnknown: false };

/** Of a subject by the words that the review begins with. */
export function meaningOf(before: Model, after: Model): ReadonlyMap<string, Meaning> {
  const found = new Map<string, Meaning>();
  const keys = (of: (model: Model) => object): readonly string[] =>
    [...new Set([...Object.keys(of(before)), ...Object.keys(of(after))])].sort();
  for (const name of keys(({ roles }) => roles)) found.set(`Role ${name}`, roleMeaning(name, before, after));
  for (const name of keys(({ users }) => users))
    found.set(`IAM user ${name}`, userMeaning(before.users[name], after.users[name]));
  for (const name of keys(({ policies }) => policies))
    found.set(`Managed policy ${name}`, policyMeaning(before.policies[name], after.policies[name]));
  const targets = new Set(
    [before, after].flatMap(({ guardrails }) => Object.values(guardrails).flatMap((one) => one.targets)),
  );
  for (const target of [...targets].sort()) found.set(`OU ${target}`, targetMeaning(target, before, after));
  return found;
}

type Lists = readonly (readonly Statement[])[];
const EVERYTHING: readonly Statement[] = [{ effect: "Allow", actions: ["*"] }];

function allowed(policies: Lists): ReadonlySet<string> {
  const identity = policies.map((statements, i): NamedPolicy => ({ name: `p${i}`, document: documentOf(statements) }));
  const found = new Set<string>();
  for (const action of ACTIONS)
    for (const mfa of ["true", "false"]) {
      const request = {
        principal: { type: "role" as const, arn: `arn:aws:iam::${ACCOUNT}:role/x` },
        action,
        resource: "*",
        context: { "aws:MultiFactorAuthPresent": mfa },
      };
      if (evaluate(request, { identity }).decision === "allowed") found.add(`${action} ${mfa}`);
    }
  return found;
}

function difference(before: ReadonlySet<string>, after: ReadonlySet<string>): Meaning {
  return {
    gains: [...after].some((one) => !before.has(one)),
    loses: [...before].some((one) => !after.has(one)),
    mayBeUnknown: false,
  };
}

const either = (...all: readonly Meaning[]): Meaning => ({
  gains: all.some((one) => one.gains),
  loses: all.some((one) => one.loses),
  mayBeUnknown: all.some((one) => one.mayBeUnknown),
});

const only = (effect: Statement["effect"], lists: Lists): Lists =>
  lists.map((list) => list.filter((one) => one.effect === effect));

/** Beside policies that nobody can read an Allow counts by itself, and a Deny against whatever they allow. */
function besideOthers(before: Lists, after: Lists): Meaning {
  return either(
    difference(allowed(only("Allow", before)), allowed(only("Allow", after))),
    difference(allowed([...only("Deny", before), EVERYTHING]), allowed([...only("Deny", after), EVERYTHING])),
  );
}

function deniesDiffer(before: Lists, after: Lists): Meaning {
  const text = (lists: Lists): string => JSON.stringify(only("Deny", lists).flat());
  return { ...NOTHING, mayBeUnknown: text(before) !== text(after) };
}

function roleMeaning(name: string, before: Model, after: Model): Meaning {
  const [was, is] = [before.roles[name], after.roles[name]];
  if (!was || !is) return { ...NOTHING, gains: is !== undefined, loses: was !== undefined };
  const lists = (role: Role, model: Model): Lists => [
    role.inline,
    ...role.attached.map((policy) => model.policies[policy]!),
  ];
  const [left, right] = [lists(was, before), lists(is, after)];
  return either(
    difference(new Set(was.trust), new Set(is.trust)),
    difference(new Set(was.managed), new Set(is.managed)),
    was.managed.length + is.managed.length > 0 ? besideOthers(left, right) : difference(allowed(left), allowed(right)),
    deniesDiffer(left, right),
  );
}

/** Each policy of a user is told by itself. */
function userMeaning(was: User | undefined, is: User | undefined): Meaning {
  if (!was || !is)
    return either(
      { ...NOTHING, gains: is !== undefined, loses: was !== undefined },
      // What is new may deny: the policy is compared with none.
      is ? deniesDiffer([], [is.inline]) : NOTHING,
    );
  return either(
    difference(allowed([was.inline]), allowed([is.inline])),
    deniesDiffer([was.inline], [is.inline]),
    { ...NOTHING, gains: is.attached.some((one) => !was.attached.includes(one)) },
    // What a policy denied that is taken away is not told with its user.
    { ...NOTHING, mayBeUnknown: was.attached.some((one) => !is.attached.includes(one)) },
  );
}

function policyMeaning(was: readonly Statement[] | undefined, is: readonly Statement[] | undefined): Meaning {
  // With a policy that goes nobody can hold it any more; whoever held it is told of.
  if (!is) return { ...NOTHING, mayBeUnknown: true };
  const before = was ? [was] : [];
  return either(besideOthers(before, [is]), deniesDiffer(before, [is]), {
    ...NOTHING,
    mayBeUnknown: was === undefined,
  });
}

/** A Deny that goes is a gain of whoever it bound. */
function targetMeaning(target: string, before: Model, after: Model): Meaning {
  const lists = ({ guardrails }: Model): Lists => [
    EVERYTHING,
    ...Object.values(guardrails)
      .filter(({ targets }) => targets.includes(target))
      .map(({ statements }) => statements),
  ];
  return difference(allowed(lists(before)), allowed(lists(after)));
}
