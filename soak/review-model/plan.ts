import { ACCOUNT, documentOf, Model } from "./model";
import { defined } from "../../modules/kernel/optional";

/** The plan that Terraform would make of two models, in one of the shapes that configurations have. */

export const SHAPES = ["single", "count", "for_each", "module", "module for_each"] as const;
export type Shape = (typeof SHAPES)[number];

type Attributes = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;

interface Planned {
  readonly type: string;
  readonly key: string;
  readonly attributes: Attributes;
  /** By argument: type and key of the resource that it is made of. */
  readonly links: Readonly<Record<string, readonly [type: string, key: string]>>;
}

const NAMES: Readonly<Record<string, string>> = {
  aws_iam_role: "arn",
  aws_iam_policy: "arn",
  aws_organizations_policy: "id",
};

function identifiers(type: string, key: string): Attributes {
  const arn = (kind: string): string => `arn:aws:iam::${ACCOUNT}:${kind}/${key}`;
  switch (type) {
    case "aws_iam_role":
      return { arn: arn("role"), id: key };
    case "aws_iam_user":
      return { arn: arn("user"), id: key };
    case "aws_iam_policy":
      return { arn: arn("policy"), id: arn("policy") };
    case "aws_organizations_policy":
      return { id: `p-${key.replaceAll("-", "")}`, arn: `arn:aws:organizations::${ACCOUNT}:policy/o-x/p-${key}` };
    default:
      return { id: key };
  }
}

function resourcesOf(model: Model): ReadonlyMap<string, Planned> {
  const found = new Map<string, Planned>();
  const add = (type: string, key: string, attributes: Attributes, links: Planned["links"] = {}): void =>
    void found.set(`${type} ${key}`, { type, key, attributes, links });
  for (const [name, statements] of Object.entries(model.policies))
    add("aws_iam_policy", name, { name, path: "/", policy: JSON.stringify(documentOf(statements)) });
  for (const [name, { trust, inline, attached, managed }] of Object.entries(model.roles)) {
    const Principal = { AWS: trust.map((id) => `arn:aws:iam::${id}:root`) };
    const assume_role_policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal }],
    });
    add("aws_iam_role", name, { name, path: "/", assume_role_policy, max_session_duration: 3600 });
    const role: Planned["links"] = { role: ["aws_iam_role", name] };
    if (inline.length > 0)
      add(
        "aws_iam_role_policy",
        `${name}-own`,
        { name: "own", role: name, policy: JSON.stringify(documentOf(inline)) },
        role,
      );
    for (const policy of attached)
      add(
        "aws_iam_role_policy_attachment",
        `${name}-${policy}`,
        { role: name },
        { ...role, policy_arn: ["aws_iam_policy", policy] },
      );
    for (const policy of managed)
      add(
        "aws_iam_role_policy_attachment",
        `${name}-${policy}`,
        { role: name, policy_arn: `arn:aws:iam::aws:policy/${policy}` },
        role,
      );
  }
  for (const [name, { inline, attached }] of Object.entries(model.users)) {
    add("aws_iam_user", name, { name, path: "/" });
    const user: Planned["links"] = { user: ["aws_iam_user", name] };
    if (inline.length > 0)
      add(
        "aws_iam_user_policy",
        `${name}-own`,
        { name: "own", user: name, policy: JSON.stringify(documentOf(inline)) },
        user,
      );
    for (const policy of attached)
      add(
        "aws_iam_user_policy_attachment",
        `${name}-${policy}`,
        { user: name },
        { ...user, policy_arn: ["aws_iam_policy", policy] },
      );
  }
  for (const [name, { statements, targets }] of Object.entries(model.guardrails)) {
    const content = JSON.stringify(documentOf(statements));
    add("aws_organizations_policy", name, { name, type: "SERVICE_CONTROL_POLICY", content });
    for (const target_id of targets)
      add(
        "aws_organizations_policy_attachment",
        `${name}-${target_id}`,
        { target_id },
        { policy_id: ["aws_organizations_policy", name] },
      );
  }
  return found;
}

interface Place {
  readonly address: string;
  readonly module?: string;
  /** In the configuration, within its module. */
  readonly local: string;
  readonly moduleName?: string;
  readonly index?: string | number;
}

function placeOf(type: string, key: string, shape: Shape, number: number): Place {
  const here = `${type}.this`;
  switch (shape) {
    case "single":
      return { address: `${type}.${key}`, local: `${type}.${key}` };
    case "count":
      return { address: `${here}[${number}]`, local: here, index: number };
    case "for_each":
      return { address: `${here}[${JSON.stringify(key)}]`, local: here, index: key };
    case "module": {
      const moduleName = `${type}-${key}`;
      return { address: `module.${moduleName}.${here}`, module: `module.${moduleName}`, moduleName, local: here };
    }
    case "module for_each": {
      const module = `module.${type}[${JSON.stringify(key)}]`;
      return { address: `${module}.${here}`, module, moduleName: type, local: here };
    }
  }
}

/** `aws_iam_policy.this["a"].arn` as a plan's configuration lists what an argument refers to. */
function referencesTo(type: string, { address, module, local }: Place): readonly string[] {
  const attribute = NAMES[type] ?? "name";
  if (module !== undefined) return [`${module}.${attribute}`, module];
  return [...new Set([`${address}.${attribute}`, address, local])];
}

/**
 * @param shapeOf shape of all resources of a type; what refers to something that is still to be made is a single one, as its reference
 *   has to name it
 * @param refreshed roles show what the provider has seen attached
 */
export function planOf(before: Model, after: Model, shapeOf: (type: string) => Shape, refreshed: boolean): string {
  const [old, now] = [resourcesOf(before), resourcesOf(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  const isNew = ([type, key]: readonly [string, string]): boolean => !old.has(`${type} ${key}`);
  const single = new Set(
    [...now.values()].filter(({ links }) => Object.values(links).some(isNew)).map(({ type }) => type),
  );
  const numbers = new Map<string, number>();
  const places = new Map<string, Place>();
  for (const id of keys) {
    const [type, key] = id.split(" ") as [string, string];
    const number = numbers.get(type) ?? 0;
    numbers.set(type, number + 1);
    places.set(id, placeOf(type, key, single.has(type) ? "single" : shapeOf(type), number));
  }
  const seen = (model: Model, name: string): Attributes => {
    const { attached, managed } = model.roles[name]!;
    const arns = [
      ...attached.map((one) => String(identifiers("aws_iam_policy", one)["arn"])),
      ...managed.map((one) => `arn:aws:iam::aws:policy/${one}`),
    ];
    return { managed_policy_arns: arns.sort() };
  };
  const valuesOf = ({ type, key, attributes, links }: Planned, side: "before" | "after"): Attributes => ({
    ...attributes,
    ...(old.has(`${type} ${key}`) ? identifiers(type, key) : {}),
    ...Object.fromEntries(
      Object.entries(links)
        .filter(([argument, link]) => !(argument in attributes) && (side === "before" || !isNew(link)))
        .map(([argument, [of, name]]) => [argument, identifiers(of, name)[NAMES[of] ?? "id"]]),
    ),
    // The provider's list is what it saw before: a plan does not write it.
    ...(refreshed && type === "aws_iam_role" && before.roles[key] ? seen(before, key) : {}),
  });
  const changes = keys.map((id): Json => {
    const [was, is] = [old.get(id), now.get(id)];
    const place = places.get(id)!;
    const left = was && valuesOf(was, "before");
    const right = is && valuesOf(is, "after");
    const unknown = is
      ? Object.entries(is.links).filter(([argument, link]) => !(argument in is.attributes) && isNew(link))
      : [];
    const same = JSON.stringify(left) === JSON.stringify(right) && unknown.length === 0;
    return {
      address: place.address,
      ...defined({ module_address: place.module }),
      mode: "managed",
      type: (is ?? was)!.type,
      name: place.local.split(".")[1],
      ...defined({ index: place.index }),
      change: {
        actions: !left ? ["create"] : !right ? ["delete"] : [same ? "no-op" : "update"],
        before: left ?? null,
        after: right ?? null,
        after_unknown: {
          ...Object.fromEntries(unknown.map(([argument]) => [argument, true])),
          ...(left ? {} : { id: true, arn: true }),
        },
        before_sensitive: {},
        after_sensitive: {},
      },
    };
  });
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: {},
    resource_changes: changes,
    configuration: configurationOf(
      keys.map((id) => [(now.get(id) ?? old.get(id))!, places.get(id)!]),
      places,
    ),
  });
}

function configurationOf(all: readonly (readonly [Planned, Place])[], places: ReadonlyMap<string, Place>): Json {
  const root = new Map<string, Json>();
  const modules = new Map<string, Json>();
  for (const [{ type, attributes, links }, { local, moduleName }] of all) {
    const expressions = Object.fromEntries([
      ...Object.keys(attributes).map((name) => [name, {}] as const),
      ...Object.entries(links).map(([argument, [of, key]]) => {
        const target = places.get(`${of} ${key}`);
        return [argument, target ? { references: referencesTo(of, target) } : {}] as const;
      }),
    ]);
    const resource = { address: local, mode: "managed", type, provider_config_key: "aws", expressions };
    if (moduleName === undefined) {
      if (!root.has(local)) root.set(local, resource);
      continue;
    }
    // What a module is given stands in its call; here it is enough that values are known.
    const inner = { ...resource, expressions: Object.fromEntries(Object.keys(expressions).map((name) => [name, {}])) };
    const attribute = NAMES[type] ?? "name";
    modules.set(moduleName, {
      source: "./model",
      module: {
        resources: [inner],
        outputs: { [attribute]: { expression: { references: [`${local}.${attribute}`, local] } } },
      },
    });
  }
  return {
    provider_config: { aws: { expressions: { allowed_account_ids: { constant_value: [ACCOUNT] } } } },
    root_module: { resources: [...root.values()], module_calls: Object.fromEntries(modules) },
  };
}
