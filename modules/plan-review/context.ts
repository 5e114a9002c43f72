import { createHash } from "node:crypto";
import { comparePolicies, PolicyComparison, PolicyKind, PolicyLevels, WitnessSetting } from "../policy/compare";
import { canonicalJson } from "../policy/document";
import type { PolicyDocument, PolicyStatement } from "../policy/types";
import { Names } from "./names";
import { plainText, Sentence } from "./sentence";
import { isChanged, ResourceChange, SideName, StackPlan, text } from "./stack-plan";
import type { AccessChange, Area, ChangeClass, StatementLine, WitnessView } from "./types";

/** What the areas of the review share: the resources, the links between them, and the list that they write to. */
export class ReviewContext {
  readonly resources: readonly ResourceChange[];
  private readonly byType = new Map<string, ResourceChange[]>();
  private readonly byAddress = new Map<string, ResourceChange>();
  /** Resources whose change an area has understood. */
  private readonly understood = new Set<ResourceChange>();
  private readonly found: AccessChange[] = [];
  private readonly comparisons = new Map<string, PolicyComparison>();

  constructor(
    readonly plans: readonly StackPlan[],
    readonly names: Names,
  ) {
    this.resources = plans.flatMap((plan) => plan.resources);
    for (const resource of this.resources) {
      const list = this.byType.get(resource.type);
      if (list) list.push(resource);
      else this.byType.set(resource.type, [resource]);
      this.byAddress.set(`${resource.stack} ${resource.address}`, resource);
      // The configuration names a resource with for_each without its key.
      const whole = `${resource.stack} ${resource.type}.${resource.name}`;
      if (!this.byAddress.has(whole)) this.byAddress.set(whole, resource);
    }
  }

  ofType(...types: readonly string[]): readonly ResourceChange[] {
    return types.flatMap((type) => this.byType.get(type) ?? []);
  }

  changed(...types: readonly string[]): readonly ResourceChange[] {
    return this.ofType(...types).filter(isChanged);
  }

  /** Marks a resource as dealt with; what nobody deals with is said to be unknown. */
  understand(...resources: readonly ResourceChange[]): void {
    resources.forEach((resource) => this.understood.add(resource));
  }

  notUnderstood(): readonly ResourceChange[] {
    return this.resources.filter((resource) => isChanged(resource) && !this.understood.has(resource));
  }

  /**
   * The resource that an attribute points to: through the configuration (the only way where the value is not known yet), or by the
   * value of one of its identifying attributes.
   */
  linked(resource: ResourceChange, attribute: string, types: readonly string[], side: SideName, identifiers: readonly string[] = ["id", "arn", "name"]): ResourceChange | undefined {
    for (const address of resource.references[attribute] ?? []) {
      const target = this.byAddress.get(`${resource.stack} ${address}`);
      if (target && types.includes(target.type)) return target;
    }
    const value = text(resource[side], attribute);
    if (value === undefined) return undefined;
    return this.ofType(...types).find((target) => target.stack === resource.stack && identifiers.some((name) => text(target[side] ?? target.before, name) === value));
  }

  /** Text for an attribute: its value, or the reference that it is made of. */
  valueOrReference(resource: ResourceChange, attribute: string, side: SideName): string | undefined {
    return text(resource[side], attribute) ?? resource.references[attribute]?.[0];
  }

  compare(kind: PolicyKind, before: PolicyLevels, after: PolicyLevels, setting: WitnessSetting): PolicyComparison {
    const key = canonicalJson([kind, before, after, setting.accountId, setting.resource ?? ""]);
    const known = this.comparisons.get(key);
    if (known) return known;
    const result = comparePolicies(kind, before, after, setting);
    this.comparisons.set(key, result);
    return result;
  }

  add(change: {
    readonly class: ChangeClass;
    readonly area: Area;
    readonly sentence: Sentence;
    readonly resources: readonly ResourceChange[];
    readonly witnesses?: readonly WitnessView[];
    readonly diff?: readonly StatementLine[];
  }): void {
    const diff = change.diff ?? [];
    const sentence = plainText(change.sentence);
    const stacks = [...new Set(change.resources.map((r) => r.stack))].sort();
    const addresses = [...new Set(change.resources.map((r) => r.address))].sort();
    // Not the witnesses: a better search for them must not make an approval void.
    const hash = createHash("sha256").update(canonicalJson([change.class, sentence, stacks, addresses, diff.map((line) => line.sign + line.text)])).digest("hex").slice(0, 10);
    this.found.push({ id: `${change.area}-${hash}`, class: change.class, area: change.area, sentence: change.sentence, stacks, addresses, witnesses: (change.witnesses ?? []).slice(0, 3), diff });
  }

  changes(): readonly AccessChange[] {
    return this.found;
  }
}

/** A policy document that a resource holds as text. `unknown` before it is applied, `invalid` where it is no policy. */
export type Held = { readonly document: PolicyDocument } | "absent" | "unknown" | "secret" | "invalid";

export function documentOf(resource: ResourceChange | undefined, attribute: string, side: SideName): Held {
  if (!resource?.[side]) return "absent";
  if (resource.sensitive.has(attribute)) return "secret";
  if (side === "after" && resource.unknown.has(attribute)) return "unknown";
  const value = text(resource[side], attribute);
  if (value === undefined || value === "") return "absent";
  return parsePolicy(value);
}

export function parsePolicy(content: string): Held {
  try {
    return policyOf(JSON.parse(content) as unknown);
  } catch {
    return "invalid";
  }
}

/** A policy as data; functions of CloudFormation in it become texts, `${AWS::AccountId}` among them. */
export function policyOf(value: unknown): Held {
  const document = withoutFunctions(value);
  if (typeof document !== "object" || document === null || Array.isArray(document)) return "invalid";
  const { Statement, Version } = document as { Statement?: unknown; Version?: unknown };
  const list: unknown[] = Array.isArray(Statement) ? Statement : Statement === undefined ? [] : [Statement];
  if (!list.every(isStatement)) return "invalid";
  return { document: { Version: Version === "2012-10-17" ? "2012-10-17" : "2008-10-17", Statement: list } };
}

function isStatement(value: unknown): value is PolicyStatement {
  if (typeof value !== "object" || value === null) return false;
  const statement = value as Record<string, unknown>;
  const strings = (x: unknown): boolean => x === undefined || typeof x === "string" || (Array.isArray(x) && x.every((item) => typeof item === "string"));
  const condition = statement["Condition"];
  const principals = (x: unknown): boolean => x === undefined || x === "*" || (typeof x === "object" && x !== null && Object.values(x).every((item) => item !== undefined && strings(item)));
  const operators = (x: unknown): boolean => typeof x === "object" && x !== null && Object.values(x).every((item) => ["string", "number", "boolean"].includes(typeof item) || (Array.isArray(item) && item.every((one) => ["string", "number", "boolean"].includes(typeof one))));
  return (
    (statement["Effect"] === "Allow" || statement["Effect"] === "Deny") &&
    ["Action", "NotAction", "Resource", "NotResource"].every((element) => strings(statement[element])) &&
    ["Principal", "NotPrincipal"].every((element) => principals(statement[element])) &&
    (condition === undefined || (typeof condition === "object" && condition !== null && Object.values(condition).every(operators)))
  );
}

function withoutFunctions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFunctions);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Record<string, unknown>);
  const [[name, argument] = ["", undefined]] = entries;
  if (entries.length === 1 && name === "Fn::Sub" && typeof argument === "string") return argument;
  if (entries.length === 1 && name === "Ref" && typeof argument === "string") return `\${${argument}}`;
  if (entries.length === 1 && name.startsWith("Fn::")) return `\${${name} ${canonicalJson(argument)}}`;
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutFunctions(item)]));
}

export function isDocument(held: Held): held is { readonly document: PolicyDocument } {
  return typeof held === "object";
}
