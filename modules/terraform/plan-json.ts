import { ENVIRONMENT_TAG } from "../config/settings";
import { BaselineError } from "../kernel/errors";
import { checkMark, readMark } from "./stack-mark";
import { Action, Attributes, block, ResourceChange, StackPlan, SurroundingChange } from "./stack-plan";
import { isObject, Json } from "../kernel/json";
import { foreignCodeOfPlan, foreignSurrounding } from "./foreign-code";
import { planLookups } from "./lookups";
import { ModuleScope, resolvedReferences, scopeOf, writtenReferences } from "./plan-references";
import { KEYLESS } from "../kernel/command";
import { defined } from "../kernel/optional";
import { uniqueSorted } from "../kernel/lists";

/**
 * Reads `terraform show -json` of a plan (format 1.x; OpenTofu writes the same).
 * https://developer.hashicorp.com/terraform/internals/json-format
 */

const ACTIONS = new Set<string>(["create", "update", "delete", "read", "no-op", "forget"]);

/**
 * @param file path for messages
 * @param name name of the stack
 * @throws BaselineError for text that is no plan, is cut off, failed, or has a format that is not known
 */
export function parsePlanJson(file: string, name: string, content: string): StackPlan {
  const fail = (code: string, message: string, fix: string): never => {
    throw new BaselineError([{ code, message, fix, place: { file } }]);
  };
  const again = "Write it with: terraform show -json <plan file> > plan.json";
  let plan: unknown;
  try {
    plan = JSON.parse(content);
  } catch (error) {
    return fail("PLAN-JSON", `This is not JSON, or it is cut off: ${shortened((error as Error).message)}`, again);
  }
  if (!isObject(plan)) return fail("PLAN-JSON", "This is not a plan: the document is not a mapping.", again);
  if (plan["remote_plan_format"] !== undefined) {
    const run = plan["run_id"];
    return fail(
      "PLAN-REMOTE",
      "This file only says which run of HCP Terraform has the plan.",
      `Review the run: ${KEYLESS} review --hcp-run ${typeof run === "string" && /^run-\w{1,40}$/.test(run) ? run : "<id>"}`,
    );
  }
  const version = plan["format_version"];
  if (typeof version !== "string") return fail("PLAN-FORMAT", "This is not a plan: format_version is missing.", again);
  if (!/^1\.\d+$/.test(version))
    return /^0\.\d+$/.test(version)
      ? fail(
          "PLAN-FORMAT",
          `Format ${version} of plans is older than 1.0, the first that is read here: Terraform before 1.1 wrote it.`,
          "Plan with the Terraform release that this project asks for.",
        )
      : fail(
          "PLAN-FORMAT",
          `Format ${shortened(version)} of plans is not known here; 1.x is.`,
          "Use a newer release of this project, or the Terraform release that it asks for.",
        );
  if (plan["errored"] === true)
    return fail(
      "PLAN-ERRORED",
      "Terraform could not finish this plan: it says less than would happen.",
      "Fix what Terraform reports and plan again.",
    );
  if (plan["planned_values"] === undefined && plan["resource_changes"] === undefined)
    return fail("PLAN-FORMAT", "This is a state, or a plan without changes of resources.", again);
  const configured = configurationOf(plan);
  const mark = readMark(rootModule(plan)["variables"], file);
  const read = (key: string): readonly ResourceChange[] => {
    const list = plan[key];
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) return fail("PLAN-FORMAT", `${key} is not a list.`, again);
    return list.flatMap((item: unknown, index): ResourceChange[] => {
      const change = readChange(name, item, configured, mark ? [mark.kind] : undefined);
      if (change === undefined) return fail("PLAN-FORMAT", `${key}[${index}] is not a change of a resource.`, again);
      return change === "data" ? [] : [...change];
    });
  };
  const before = terraformVersion(plan["prior_state"]);
  const after = terraformVersion(plan);
  const resources = sorted(read("resource_changes"));
  if (mark) checkMark(mark, resources, resources.flatMap(taggedEnvironment), file);
  return {
    name,
    ...defined({ mark }),
    source: file,
    kind: "plan",
    resources,
    drift: sorted(read("resource_drift")),
    versions: before && after && before !== after ? [{ what: "Terraform", before, after }] : [],
    lookups: planLookups(plan),
    providerAccounts: providerAccounts(plan),
    surroundings: [
      ...invocations(plan["action_invocations"]),
      ...invocations(plan["deferred_action_invocations"]),
      ...failedChecks(plan["checks"]),
      ...deferred(plan["deferred_changes"]),
      ...foreignCodeOfPlan(plan).map(foreignSurrounding),
      ...unknownParts(plan),
    ],
    incomplete:
      plan["complete"] === false || (Array.isArray(plan["deferred_changes"]) && plan["deferred_changes"].length > 0),
    presence: "both",
  };
}

/** Actions that run beside the changes of resources (Terraform 1.14 and later): a function is called, an instance stopped. */
function invocations(value: unknown): readonly SurroundingChange[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[])
    .map((one): SurroundingChange => ({
      kind: "action",
      name: isObject(one) && typeof one["address"] === "string" ? one["address"] : "without a name",
      how: "new",
      details: [],
      value: one,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * What a plan consists of (Terraform 1.14, OpenTofu 1.10): https://developer.hashicorp.com/terraform/internals/json-format#plan-representation.
 * A minor version of the format may add parts.
 */
const PARTS: ReadonlySet<string> = new Set([
  "format_version",
  "terraform_version",
  "variables",
  "planned_values",
  "proposed_unknown",
  "resource_drift",
  "resource_changes",
  "deferred_changes",
  "deferred_action_invocations",
  "action_invocations",
  "output_changes",
  "prior_state",
  "configuration",
  "relevant_attributes",
  "checks",
  "timestamp",
  "applyable",
  "complete",
  "errored",
]);

const standing = (
  kind: string,
  name: string,
  value: unknown,
  subject?: SurroundingChange["subject"],
): SurroundingChange => ({
  kind,
  name,
  how: "new",
  details: [],
  value,
  ...defined({ subject }),
});

/** Parts that hold something, and of which nothing is known. */
function unknownParts(plan: Json): readonly SurroundingChange[] {
  return Object.entries(plan)
    .filter(([name, value]) => !PARTS.has(name) && typeof value === "object" && value !== null)
    .filter(([, value]) => Object.keys(value as object).length > 0)
    .map(([name, value]) => standing("part of the plan", name, value, { type: "plan", address: `plan.${name}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Checks that Terraform has made and that do not hold, and `check` blocks that it could not make yet: it applies all the same. Conditions of
 * resources that are not known yet stop the apply by themselves.
 */
function failedChecks(value: unknown): readonly SurroundingChange[] {
  return objects(value).flatMap((one) => {
    const { kind, to_display: address } = isObject(one["address"]) ? one["address"] : {};
    const name = typeof address === "string" ? address : "without a name";
    switch (one["status"]) {
      case "fail":
      case "error":
        return [standing("check", name, one["status"])];
      case "unknown":
        return kind === "check" ? [standing("open check", name, "unknown")] : [];
      default:
        return [];
    }
  });
}

/** Changes that Terraform puts off to a later plan, because what they depend on is not known: https://developer.hashicorp.com/terraform/internals/json-format#plan-representation */
function deferred(value: unknown): readonly SurroundingChange[] {
  return objects(value)
    .map((one) => {
      const change = isObject(one["resource_change"]) ? one["resource_change"] : {};
      const address = typeof change["address"] === "string" ? change["address"] : "without an address";
      return standing("deferred change", address, one, { type: "deferred", address });
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function objects(value: unknown): readonly Json[] {
  return (Array.isArray(value) ? (value as unknown[]) : []).filter(isObject);
}

function readChange(
  stack: string,
  item: unknown,
  configured: Configuration,
  kinds: ResourceChange["kinds"],
): readonly ResourceChange[] | "data" | undefined {
  if (!isObject(item) || !isObject(item["change"])) return undefined;
  const { address, type, name, mode, index } = item;
  if (typeof address !== "string" || typeof type !== "string" || typeof name !== "string") return undefined;
  // Neither is managed; OpenTofu lists its ephemeral resources too.
  if (mode === "data" || mode === "ephemeral") return "data";
  const change = item["change"];
  const actions = change["actions"];
  if (
    !Array.isArray(actions) ||
    actions.length === 0 ||
    !actions.every((a): a is Action => typeof a === "string" && ACTIONS.has(a))
  )
    return undefined;
  const before = isObject(change["before"]) ? change["before"] : undefined;
  const after = isObject(change["after"]) ? change["after"] : undefined;
  // What is made has an after, what goes has a before: of a change without them nothing could be told.
  if (actions.some((one) => one === "create" || one === "update") && !after) return undefined;
  if (actions.some((one) => one === "delete" || one === "update" || one === "forget") && !before) return undefined;
  const previous = item["previous_address"];
  const module = typeof item["module_address"] === "string" ? item["module_address"] : undefined;
  const key = typeof index === "string" || typeof index === "number" ? String(index) : undefined;
  const configuration = configured(module, `${type}.${name}`, key);
  const deposed = item["deposed"];
  const one: ResourceChange = {
    stack,
    ...defined({ kinds }),
    // What a replacement has left behind stands at the same address.
    address: typeof deposed === "string" ? `${address} (deposed ${deposed})` : address,
    type,
    name,
    ...defined({ key }),
    actions,
    ...defined({ before, after }),
    unknown: marked(change["after_unknown"], after),
    sensitive: new Set([...marked(change["before_sensitive"], before), ...marked(change["after_sensitive"], after)]),
    replacedBecause: paths(change["replace_paths"]),
    ...(typeof previous === "string" && previous !== address ? { previousAddress: previous } : {}),
    ...(isObject(change["importing"]) ? { importing: true } : {}),
    ...(configuration?.provider ? { provider: configuration.provider } : {}),
    ...(configuration ? { written: configuration.written } : {}),
    ...(configuration?.account ? { account: configuration.account } : {}),
    ...(configuration?.provisioned ? { provisioned: true } : {}),
    references: configuration?.references ?? {},
  };
  return actions.includes("forget") ? leftBehind(one) : [one];
}

/** Terraform drops a resource from the state: in AWS it stays as it is, beside the new one where there is one. */
function leftBehind(change: ResourceChange): readonly ResourceChange[] {
  const { before, after, ...rest } = change;
  if (!before) return [change];
  const left: ResourceChange = {
    ...rest,
    actions: ["forget"],
    before,
    after: before,
    unknown: new Set(),
    forgotten: true,
  };
  return change.actions.includes("create") && after
    ? [
        { ...rest, actions: ["create"], after },
        { ...left, address: `${change.address} (left behind)` },
      ]
    : [left];
}

/** Attributes with a `true` somewhere in them; `true` for the whole resource marks every attribute. */
function marked(tree: unknown, attributes: Attributes | undefined): ReadonlySet<string> {
  if (tree === true) return new Set(Object.keys(attributes ?? {}));
  if (!isObject(tree)) return new Set();
  return new Set(
    Object.entries(tree)
      .filter(([, value]) => hasTrue(value))
      .map(([key]) => key),
  );
}

function hasTrue(tree: unknown): boolean {
  if (tree === true) return true;
  return typeof tree === "object" && tree !== null && Object.values(tree).some(hasTrue);
}

function paths(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return uniqueSorted(value.map((path) => (Array.isArray(path) ? path.map(String).join(".") : String(path))));
}

function rootModule(plan: Json): Json {
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  return isObject(configuration["root_module"]) ? configuration["root_module"] : {};
}

/** The environment whose provider makes the resource. */
function taggedEnvironment({ after }: ResourceChange): readonly string[] {
  const tag = block(after, "tags_all")?.[ENVIRONMENT_TAG];
  return typeof tag === "string" ? [tag] : [];
}

interface Configured {
  /** What an attribute is made of: the only link to a resource that does not exist yet. */
  readonly references: ResourceChange["references"];
  /** Arguments that are written down; what else a resource has the provider computes. */
  readonly written: ReadonlySet<string>;
  readonly provider?: string;
  readonly account?: string;
  readonly provisioned: boolean;
}

/** What the configuration says of an instance: by address of its module, by type and name, and by key. */
type Configuration = (module: string | undefined, name: string, key: string | undefined) => Configured | undefined;

function configurationOf(plan: Json): Configuration {
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const providers = isObject(configuration["provider_config"]) ? configuration["provider_config"] : {};
  const root = rootModule(plan);
  const scopes = new Map<
    string,
    { readonly scope: ModuleScope; readonly resources: ReadonlyMap<string, Json> } | undefined
  >();
  const scopeAt = (module: string | undefined) => {
    const at = module ?? "";
    if (scopes.has(at)) return scopes.get(at);
    const scope = scopeOf(root, module);
    const list: unknown = scope?.configuration["resources"];
    const resources = (Array.isArray(list) ? (list as unknown[]) : [])
      .filter(isObject)
      .map((resource) => [String(resource["address"]), resource] as const);
    const found = scope && { scope, resources: new Map(resources) };
    scopes.set(at, found);
    return found;
  };
  return (module, name, key) => {
    const within = scopeAt(module);
    const resource = within?.resources.get(name);
    if (!within || !resource) return undefined;
    const expressions = isObject(resource["expressions"]) ? resource["expressions"] : {};
    const references = Object.entries(expressions).flatMap(([attribute, expression]) => {
      const written = writtenReferences(expression);
      if (written.length === 0) return [];
      return [[attribute, resolvedReferences(within.scope, written, key, resource["for_each_expression"])] as const];
    });
    const provider = resource["provider_config_key"];
    const account = accountOf(providers[String(provider)]);
    return {
      references: Object.fromEntries(references.filter(([, found]) => found.length > 0)),
      written: new Set(Object.keys(expressions)),
      provisioned: Array.isArray(resource["provisioners"]),
      ...(typeof provider === "string" ? { provider } : {}),
      ...(account ? { account } : {}),
    };
  };
}

/** Accounts that all providers of AWS are bound to; none where one of them is bound to none. */
function providerAccounts(plan: Json): readonly string[] {
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const providers = isObject(configuration["provider_config"]) ? Object.values(configuration["provider_config"]) : [];
  const accounts = providers
    .filter((one) => isObject(one) && (one["name"] ?? "aws") === "aws")
    .map((one) => accountOf(one));
  return accounts.some((account) => account === undefined) ? [] : uniqueSorted(accounts.flatMap((one) => one ?? []));
}

/** The one account that a provider may touch. */
function accountOf(provider: unknown): string | undefined {
  const expressions = isObject(provider) ? provider["expressions"] : undefined;
  const allowed = isObject(expressions) ? expressions["allowed_account_ids"] : undefined;
  const value = isObject(allowed) ? allowed["constant_value"] : undefined;
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  return typeof only === "string" ? only : undefined;
}

function terraformVersion(value: unknown): string | undefined {
  const version = isObject(value) ? value["terraform_version"] : undefined;
  return typeof version === "string" ? version : undefined;
}

function sorted(changes: readonly ResourceChange[]): readonly ResourceChange[] {
  return [...changes].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/** Words of a parser quote the input, which may be hostile and may be secret. */
function shortened(message: string): string {
  return message
    .replace(/"[^]*$/, "")
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 80)
    .trim();
}
