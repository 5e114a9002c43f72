import { addressText, AddressStep, parseAddress, parseReference } from "./address";
import { isObject, Json } from "../kernel/json";

/**
 * What the arguments of a resource are made of, as addresses of resources from the root module: through variables of modules and through
 * their outputs, at any depth, for each instance. A key is written only where the configuration leaves no other: an address without one
 * stands for any instance. Locals are not in a plan; what goes through one has no address.
 */

/** Modules within modules, outputs of outputs: deeper than anybody writes. */
const DEPTH = 40;

/** A module as it is called in one place, for one key. */
export interface ModuleScope {
  readonly configuration: Json;
  /** @default - the root module */
  readonly call?: {
    readonly by: ModuleScope;
    readonly expressions: Json;
    readonly step: AddressStep;
    readonly forEach: unknown;
  };
}

/** The scope that a resource's module address names; nothing where the configuration does not have it. */
export function scopeOf(root: Json, moduleAddress: string | undefined): ModuleScope | undefined {
  let scope: ModuleScope = { configuration: root };
  if (moduleAddress === undefined) return scope;
  for (const step of parseAddress(moduleAddress)?.modules ?? []) {
    const next = called(scope, step);
    if (!next) return undefined;
    scope = next;
  }
  return scope;
}

function called(scope: ModuleScope, step: AddressStep): ModuleScope | undefined {
  const calls = scope.configuration["module_calls"];
  const name = step.name.replace(/^module\./, "");
  const call = isObject(calls) && Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (!isObject(call) || !isObject(call["module"])) return undefined;
  return {
    configuration: call["module"],
    call: {
      by: scope,
      step,
      expressions: isObject(call["expressions"]) ? call["expressions"] : {},
      forEach: call["for_each_expression"],
    },
  };
}

/** References in an expression, in nested blocks too. */
export function writtenReferences(expression: unknown): readonly string[] {
  if (Array.isArray(expression)) return expression.flatMap(writtenReferences);
  if (!isObject(expression)) return [];
  const own = expression["references"];
  if (Array.isArray(own)) return own.filter((one): one is string => typeof one === "string");
  return Object.values(expression).flatMap(writtenReferences);
}

/**
 * @param references as the plan's configuration lists them: `aws_iam_role.this["a"].name` is followed by `aws_iam_role.this["a"]` and
 *   `aws_iam_role.this`
 * @param key of the instance whose argument it is
 * @param forEach expression that its instances come from
 * @returns addresses from the root module, sorted
 */
export function resolvedReferences(
  scope: ModuleScope,
  references: readonly string[],
  key: string | undefined,
  forEach: unknown,
): readonly string[] {
  return resolved(scope, references, key, forEach, 0).filter((one) => one !== UNRESOLVED);
}

/** Stands among addresses for what has none: locals, variables of the root module, outputs that are not there. */
const UNRESOLVED = "";

function resolved(
  scope: ModuleScope,
  references: readonly string[],
  key: string | undefined,
  forEach: unknown,
  depth: number,
): readonly string[] {
  if (depth > DEPTH) return [UNRESOLVED];
  // Instances that are picked by something else than their own key may be any.
  const others = references.filter((one) => parseReference(one) === undefined);
  const own = others.length > 0 && others.every((one) => one === "each.key" || one === "count.index") ? key : undefined;
  const found = new Set<string>();
  const add = (more: readonly string[]): void => more.forEach((one) => found.add(one));
  for (const reference of longest(references)) {
    const address = parseReference(reference);
    if (address?.resource) add([addressText({ modules: modulesOf(scope), resource: withKey(address.resource, own) })]);
    else if (address) add(outputs(scope, withKey(address.modules[0]!, own), address.rest, depth));
    else if (reference.startsWith("var.")) add(variable(scope, reference, depth));
    else if (reference.startsWith("each.value")) add(members(scope, reference, key, forEach, depth));
    else if (reference.startsWith("local.")) add([UNRESOLVED]);
  }
  return [...found].sort();
}

/** Without those that only lead to a longer one. */
function longest(references: readonly string[]): readonly string[] {
  return references.filter(
    (one) => !references.some((other) => other !== one && (other.startsWith(`${one}.`) || other.startsWith(`${one}[`))),
  );
}

function withKey(step: AddressStep, key: string | undefined): AddressStep {
  return step.key === undefined && key !== undefined ? { ...step, key } : step;
}

function modulesOf(scope: ModuleScope): readonly AddressStep[] {
  return scope.call ? [...modulesOf(scope.call.by), scope.call.step] : [];
}

function outputs(scope: ModuleScope, step: AddressStep, rest: string, depth: number): readonly string[] {
  const name = /^\.([\w-]+)/.exec(rest)?.[1];
  const inside = called(scope, step);
  const all = inside?.configuration["outputs"];
  if (!inside || !isObject(all) || (name !== undefined && !Object.hasOwn(all, name))) return [UNRESOLVED];
  return (name === undefined ? Object.keys(all) : [name]).flatMap((one) => {
    const output = all[one];
    const expression = isObject(output) ? output["expression"] : undefined;
    return resolved(inside, writtenReferences(expression), undefined, undefined, depth + 1);
  });
}

function variable(scope: ModuleScope, reference: string, depth: number): readonly string[] {
  const name = /^var\.([\w-]+)/.exec(reference)?.[1];
  if (!scope.call || name === undefined) return [UNRESOLVED];
  const { by, expressions, step, forEach } = scope.call;
  return resolved(by, writtenReferences(expressions[name]), step.key, forEach, depth + 1);
}

/**
 * `for_each = module.team` or `= aws_iam_role.this`: each value is the member with the same key. Of another expression, `for_each =
 * var.policies` or a map, it is made of something that the expression is made of: which part of it a value is the configuration does not say.
 * Where a part of the expression has no address, a value may be that.
 */
function members(
  scope: ModuleScope,
  reference: string,
  key: string | undefined,
  forEach: unknown,
  depth: number,
): readonly string[] {
  const from = longest(writtenReferences(forEach));
  const whole = from.length === 1 ? parseReference(from[0]!) : undefined;
  const rest = reference.slice("each.value".length);
  if (whole?.resource && whole.rest === "")
    return [addressText({ modules: modulesOf(scope), resource: withKey(whole.resource, key) })];
  if (whole && !whole.resource && whole.rest === "")
    return outputs(scope, withKey(whole.modules[0]!, key), rest, depth);
  const all = resolved(scope, from, undefined, undefined, depth + 1);
  return all.includes(UNRESOLVED) ? [UNRESOLVED] : all;
}
