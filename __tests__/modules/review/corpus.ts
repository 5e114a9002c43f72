import { canonicalJson } from "../../../modules/kernel/json";
import base from "./corpus-base.json";
import { defined } from "../../../modules/kernel/optional";

/** Plans as Terraform writes them, from the base and a list of edits. */

export type Edit =
  | readonly ["set" | "append" | "was", string, string, unknown]
  | readonly ["delete" | "import", string]
  | readonly ["add", string, string, Attributes, Readonly<Record<string, readonly string[]>>?]
  | readonly ["unknown" | "sensitive", string, string]
  | readonly ["replace", string, readonly (readonly string[])[]]
  | readonly ["drift", string, string, unknown]
  | readonly ["move", string, string]
  | readonly ["terraform", string];

type Attributes = Record<string, unknown>;

interface Resource {
  readonly stack: string;
  before?: Attributes;
  after?: Attributes;
  drifted?: Attributes;
  unknown: string[];
  sensitive: string[];
  replace: readonly (readonly string[])[];
  previous?: string;
  importing?: boolean;
  references: Record<string, readonly string[]>;
}

/** Attributes that a plan holds as texts. */
const TEXTS = [
  "content",
  "policy",
  "assume_role_policy",
  "inline_policy",
  "template_body",
  "event_pattern",
  "input_parameters",
];

const copy = <T>(value: T): T => structuredClone(value);

/** Sets, or with undefined takes away, what stands at a path such as `content/Statement/0/Action`. Condition keys hold slashes nowhere here. */
function put(root: Attributes, path: string, value: unknown, append: boolean): void {
  const parts = path.split("/");
  const last = parts.pop()!;
  let at: Record<string, unknown> = root;
  for (const part of parts) {
    if (typeof at[part] !== "object" || at[part] === null) throw new Error(`no ${part} in ${path}`);
    at = at[part] as Record<string, unknown>;
  }
  if (append) {
    if (!Array.isArray(at[last])) throw new Error(`${path} is no list`);
    at[last].push(value);
  } else if (value === null) {
    if (!(last in at)) throw new Error(`nothing to take away at ${path}`);
    delete at[last];
  } else at[last] = value;
}

/** `terraform show -json` of each stack, by the stack's name. */
export function corpusPlans(edits: readonly Edit[]): ReadonlyMap<string, string> {
  const resources = new Map<string, Resource>();
  for (const [stack, { resources: own }] of Object.entries(base.stacks)) {
    for (const [address, attributes] of Object.entries(own))
      resources.set(address, {
        stack,
        before: copy(attributes) as Attributes,
        after: copy(attributes) as Attributes,
        unknown: [],
        sensitive: [],
        replace: [],
        references: {},
      });
  }
  const find = (address: string): Resource => {
    const found = resources.get(address);
    if (!found) throw new Error(`no resource ${address}`);
    return found;
  };
  let prior = "1.11.4";
  for (const edit of edits) {
    switch (edit[0]) {
      case "set":
      case "append":
        put(find(edit[1]).after!, edit[2], edit[3], edit[0] === "append");
        break;
      case "was":
        put(find(edit[1]).before!, edit[2], edit[3], false);
        break;
      case "delete":
        delete find(edit[1]).after;
        break;
      case "add":
        resources.set(edit[2], {
          stack: edit[1],
          after: copy(edit[3]),
          unknown: [],
          sensitive: [],
          replace: [],
          references: edit[4] ?? {},
        });
        break;
      case "unknown":
        find(edit[1]).unknown.push(edit[2]);
        delete find(edit[1]).after![edit[2]];
        break;
      case "sensitive":
        find(edit[1]).sensitive.push(edit[2]);
        break;
      case "replace":
        find(edit[1]).replace = edit[2];
        break;
      case "drift": {
        const resource = find(edit[1]);
        resource.drifted = copy(resource.before!);
        put(resource.before!, edit[2], edit[3], false);
        put(resource.after!, edit[2], edit[3], false);
        break;
      }
      case "move":
        find(edit[2]).previous = edit[1];
        break;
      case "import":
        find(edit[1]).importing = true;
        break;
      case "terraform":
        prior = edit[1];
    }
  }
  const stacks = [...new Set([...resources.values()].map((r) => r.stack))].sort();
  return new Map(
    stacks.map((stack) => [
      stack,
      planOf(
        stack,
        [...resources].filter(([, r]) => r.stack === stack),
        prior,
      ),
    ]),
  );
}

function planOf(stack: string, resources: readonly (readonly [string, Resource])[], prior: string): string {
  const account = (base.stacks as Record<string, { readonly account: string }>)[stack]!.account;
  const identity = (
    address: string,
  ): { readonly type: string; readonly name: string; readonly index?: string; readonly plain: string } => {
    const match = /^(\w+)\.([\w-]+)(?:\["(.+)"\])?$/.exec(address);
    if (!match) throw new Error(`odd address ${address}`);
    return {
      type: match[1]!,
      name: match[2]!,
      ...(match[3] === undefined ? {} : { index: match[3] }),
      plain: `${match[1]!}.${match[2]!}`,
    };
  };
  const texts = (attributes: Attributes | undefined): Attributes | null =>
    attributes === undefined
      ? null
      : Object.fromEntries(
          Object.entries(attributes).map(([key, value]) => [
            key,
            TEXTS.includes(key) && typeof value === "object" ? JSON.stringify(value) : value,
          ]),
        );
  const marks = (names: readonly string[]): Record<string, true> =>
    Object.fromEntries(names.map((name) => [name, true as const]));
  const change = (
    address: string,
    r: Resource,
    before: Attributes | undefined,
    after: Attributes | undefined,
    drift: boolean,
  ): unknown => {
    const { type, name, index } = identity(address);
    const same = before && after && canonicalJson(before) === canonicalJson(after) && r.unknown.length === 0;
    const actions =
      r.replace.length > 0 && !drift
        ? ["delete", "create"]
        : before && after
          ? [same ? "no-op" : "update"]
          : after
            ? ["create"]
            : ["delete"];
    return {
      address,
      mode: "managed",
      type,
      name,
      ...defined({ index }),
      provider_name: "registry.terraform.io/hashicorp/aws",
      ...(r.previous && !drift ? { previous_address: r.previous } : {}),
      change: {
        actions,
        before: texts(before),
        after: texts(after),
        after_unknown: drift ? {} : marks(r.unknown),
        before_sensitive: marks(r.sensitive),
        after_sensitive: marks(r.sensitive),
        ...(r.replace.length > 0 ? { replace_paths: r.replace } : {}),
        ...(r.importing && !drift ? { importing: { id: "x" } } : {}),
      },
    };
  };
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: {},
    resource_drift: resources.flatMap(([address, r]) =>
      r.drifted ? [change(address, r, r.drifted, r.before, true)] : [],
    ),
    resource_changes: resources.map(([address, r]) => change(address, r, r.before, r.after, false)),
    prior_state: { format_version: "1.0", terraform_version: prior },
    configuration: {
      provider_config: { aws: { name: "aws", expressions: { allowed_account_ids: { constant_value: [account] } } } },
      root_module: {
        resources: resources.map(([address, r]) => ({
          address: identity(address).plain,
          provider_config_key: "aws",
          expressions: Object.fromEntries(
            Object.entries(r.references).map(([attribute, list]) => [
              attribute,
              { references: list.flatMap((one) => [`${one}.id`, one]) },
            ]),
          ),
        })),
      },
    },
    complete: true,
    errored: false,
  });
}
