import { Guardrail, Model, PATTERNS, Role, Statement, User } from "./model";

/** Random models, and random edits of them. */

type Random = () => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const some = <T>(random: Random, list: readonly T[], share: number): readonly T[] =>
  list.filter(() => random() < share);

const ACCOUNTS = ["222222222222", "333333333333", "999999999999"];
const MANAGED = ["ReadOnlyAccess", "AdministratorAccess", "SecurityAudit"];
const TARGETS = ["ou-aaaa-11111111", "ou-aaaa-22222222", "ou-aaaa-33333333"];

function statement(random: Random, effect: Statement["effect"]): Statement {
  const actions = some(random, PATTERNS, 0.3);
  return {
    effect,
    actions: actions.length > 0 ? actions : [pick(random, PATTERNS)],
    ...(random() < 0.2 ? { mfa: true as const } : {}),
  };
}

const statements = (random: Random): readonly Statement[] => [
  statement(random, "Allow"),
  ...(random() < 0.4 ? [statement(random, "Allow")] : []),
  ...(random() < 0.4 ? [statement(random, "Deny")] : []),
];

const role = (random: Random, policies: readonly string[]): Role => ({
  trust: [pick(random, ACCOUNTS)],
  inline: random() < 0.6 ? statements(random) : [],
  attached: some(random, policies, 0.4),
  managed: some(random, MANAGED, 0.2),
});

const user = (random: Random, policies: readonly string[]): User => ({
  inline: random() < 0.5 ? statements(random) : [],
  attached: some(random, policies, 0.3),
});

/** Guardrails are without conditions, and of services that the way back in does not need. */
const guardrail = (random: Random): Guardrail => ({
  statements: [
    {
      effect: "Deny",
      actions: some(random, ["s3:GetObject", "s3:PutObject", "s3:*", "ec2:RunInstances", "ec2:*"], 0.5)
        .concat("s3:GetObject")
        .slice(0, 3),
    },
  ],
  targets: some(random, TARGETS, 0.5),
});

const record = <T>(prefix: string, count: number, make: () => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}-${i}`, make()]));

export function drawModel(random: Random): Model {
  const policies = record("policy", 1 + Math.floor(random() * 3), () => statements(random));
  const names = Object.keys(policies);
  return {
    policies,
    roles: record("role", 1 + Math.floor(random() * 3), () => role(random, names)),
    users: record("user", Math.floor(random() * 3), () => user(random, names)),
    guardrails: record("guard", Math.floor(random() * 3), () => guardrail(random)),
  };
}

function replaced<T>(
  all: Readonly<Record<string, T>>,
  name: string,
  value: T | undefined,
): Readonly<Record<string, T>> {
  const rest = Object.fromEntries(Object.entries(all).filter(([key]) => key !== name));
  return value === undefined ? rest : { ...rest, [name]: value };
}

const toggled = (random: Random, list: readonly string[], all: readonly string[]): readonly string[] => {
  const one = pick(random, all);
  return list.includes(one) ? list.filter((name) => name !== one) : [...list, one].sort();
};

/** One edit. */
export function edited(random: Random, model: Model): Model {
  const { roles, users, policies, guardrails } = model;
  const names = Object.keys(policies);
  const one = <T>(all: Readonly<Record<string, T>>): readonly [string, T] | undefined => {
    const entries = Object.entries(all);
    return entries.length === 0 ? undefined : pick(random, entries);
  };
  const [someRole, someUser, someGuard] = [one(roles), one(users), one(guardrails)];
  const edits: (() => Model)[] = [
    () => ({ ...model, policies: replaced(policies, pick(random, names), statements(random)) }),
    () => ({ ...model, policies: replaced(policies, "policy-new", statements(random)) }),
    () => ({ ...model, roles: replaced(roles, "role-new", role(random, names)) }),
    () => ({ ...model, users: replaced(users, "user-new", user(random, names)) }),
    () => ({ ...model, guardrails: replaced(guardrails, "guard-new", guardrail(random)) }),
  ];
  if (someRole) {
    const [name, is] = someRole;
    const change = (more: Partial<Role>): Model => ({ ...model, roles: replaced(roles, name, { ...is, ...more }) });
    edits.push(
      () => change({ inline: statements(random) }),
      () => change({ inline: [] }),
      () => change({ attached: toggled(random, is.attached, names) }),
      () => change({ managed: toggled(random, is.managed, MANAGED) }),
      () => change({ trust: [pick(random, ACCOUNTS)] }),
      () => change({ trust: [...new Set([...is.trust, pick(random, ACCOUNTS)])].sort() }),
      () => ({ ...model, roles: replaced(roles, name, undefined) }),
    );
  }
  if (someUser) {
    const [name, is] = someUser;
    const change = (more: Partial<User>): Model => ({ ...model, users: replaced(users, name, { ...is, ...more }) });
    edits.push(
      () => change({ inline: statements(random) }),
      () => change({ attached: toggled(random, is.attached, names) }),
      () => ({ ...model, users: replaced(users, name, undefined) }),
    );
  }
  if (someGuard) {
    const [name, is] = someGuard;
    edits.push(
      () => ({ ...model, guardrails: replaced(guardrails, name, { ...guardrail(random), targets: is.targets }) }),
      () => ({
        ...model,
        guardrails: replaced(guardrails, name, { ...is, targets: toggled(random, is.targets, TARGETS) }),
      }),
      () => ({ ...model, guardrails: replaced(guardrails, name, undefined) }),
    );
  }
  return pick(random, edits)();
}
