import { canonicalJson, Json } from "../kernel/json";
import type { Lookup } from "./lookups";
import { addressText, parseReference } from "./address";
import type { StackKind, StackMark } from "../sections/stack-kinds";
import { uniqueSorted } from "../kernel/lists";
import type { StateBlock } from "./state-blocks";

/** One stack's changes, wherever they come from: a plan of Terraform's, or two synths. Plain data. */

export type Attributes = Readonly<Record<string, unknown>>;
export type Action = "create" | "update" | "delete" | "read" | "no-op" | "forget";
export type SideName = "before" | "after";

export interface ResourceChange {
  readonly stack: string;
  /** What the resource's stack says it is, on either side. @default - not marked: somebody else's */
  readonly kinds?: readonly StackKind[];
  readonly address: string;
  readonly type: string;
  /** Name in the configuration. */
  readonly name: string;
  /** Key of `for_each`. */
  readonly key?: string;
  readonly actions: readonly Action[];
  readonly before?: Attributes;
  readonly after?: Attributes;
  /** Attributes whose value, or a part of it, is not known before it is applied. */
  readonly unknown: ReadonlySet<string>;
  /** Attributes that hold something secret, on either side: never printed. */
  readonly sensitive: ReadonlySet<string>;
  /** Attributes that force a replacement. */
  readonly replacedBecause: readonly string[];
  readonly previousAddress?: string;
  readonly importing?: boolean;
  /** Terraform lets go of it without deleting it: it stays in AWS, and nobody manages it. `after` is what stays. */
  readonly forgotten?: true;
  /** By attribute: addresses of resources and data sources that it is made of; without a key any instance's. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** Name of its provider's configuration. */
  readonly provider?: string;
  /** Arguments that the configuration has; the provider computes the others. @default - not known */
  readonly written?: ReadonlySet<string>;
  /** Account that the resource's provider is bound to (`allowed_account_ids`). */
  readonly account?: string;
  /** Region of its provider. Known from synths only. */
  readonly region?: string;
  /** Programs run on the machine that applies, when the resource is made or destroyed. */
  readonly provisioned?: boolean;
  /** Known from synths only. */
  readonly preventDestroy?: { readonly before: boolean; readonly after: boolean };
  /** Arguments that say how Terraform works, of what a synth lets go of or imports. */
  readonly meta?: Json;
  /** Arguments that say how Terraform works, and that differ: `provider`, `lifecycle`, `provisioner`. Known from synths only. */
  readonly metaChanged?: readonly { readonly what: string; readonly value: unknown }[];
  /** Arguments that change and in which Terraform evaluates something that is no plain reference. Known from synths only. */
  readonly evaluated?: readonly { readonly what: string; readonly value: unknown }[];
}

/** What stands around the resources of a stack, and differs: its providers, look-ups, backend. */
export interface SurroundingChange {
  /** `provider`, `data source`, or the block's name where no more is known of it. */
  readonly kind: string;
  /** Empty where there is only one of the kind. */
  readonly name: string;
  readonly how: "new" | "gone" | "changed";
  /** Arguments that differ, sorted. */
  readonly details: readonly string[];
  /** What it is afterwards. */
  readonly value: unknown;
  /** What a waiver names it by. @default - no waiver covers it */
  readonly subject?: { readonly type: string; readonly address: string };
}

export interface StackPlan {
  readonly name: string;
  /** What the stack says it is; of two synths the first, which somebody has reviewed, where it says so. @default - not marked: somebody else's */
  readonly mark?: StackMark;
  /** File or folder that it was read from. */
  readonly source: string;
  readonly kind: "plan" | "synth";
  /** Sorted by address. Resources that stay as they are included, as far as they are known. */
  readonly resources: readonly ResourceChange[];
  /** What was changed outside of Terraform. */
  readonly drift: readonly ResourceChange[];
  readonly versions: readonly { readonly what: string; readonly before: string; readonly after: string }[];
  /** Sorted. What a plan says nothing of, two synths do. */
  readonly surroundings: readonly SurroundingChange[];
  /** Data sources of the root module. @default none */
  readonly lookups?: readonly Lookup[];
  /** `import`, `moved` and `removed` blocks that the synth before does not have. Known from synths only. @default none */
  readonly stateBlocks?: readonly StateBlock[];
  /** Accounts that the providers are bound to, sorted; empty where one is bound to none. Known from plans only. */
  readonly providerAccounts?: readonly string[];
  /** The plan leaves something out (targeted, deferred). */
  readonly incomplete: boolean;
  /** Only one side has the stack. */
  readonly presence: "both" | "added" | "removed";
}

/** Addresses that a text of Terraform refers to. Escaped ones (`$${`) are no references. */
export function referencesIn(text: string): readonly string[] {
  if (!text.includes("${")) return [];
  return uniqueSorted(
    [...text.matchAll(/(?<!\$)\$\{((?:data\.)?[a-z][a-z0-9]*_\w+\.[\w-]+)/g)].map((match) => match[1]!),
  );
}

/** The resource whose attribute a text is, and nothing but that: `${aws_iam_role.app.name}`. A text that only holds it is another value. */
export function soleReference(text: string): { readonly address: string; readonly attribute: string } | undefined {
  const inner = /^\$\{([^{}]*)\}$/.exec(text)?.[1];
  const address = inner === undefined ? undefined : parseReference(inner);
  const attribute = address?.resource && /^\.(\w+)$/.exec(address.rest)?.[1];
  return address && attribute ? { address: addressText(address), attribute } : undefined;
}

/** Whether something changes in AWS. What is only forgotten stays as it is there. */
export function isChanged(change: ResourceChange): boolean {
  return change.actions.some((action) => action !== "no-op" && action !== "read" && action !== "forget");
}

export function isReplacement(change: ResourceChange): boolean {
  return change.actions.includes("create") && change.actions.includes("delete");
}

/** Attributes that AWS computes, or that say nothing about access. */
const SILENT = new Set([
  "id",
  "arn",
  "tags",
  "tags_all",
  "unique_id",
  "create_date",
  "created_date",
  "description",
  "display_name",
  "timeouts",
  "version",
  "force_destroy",
  "force_detach_policies",
]);

/** Arguments of some types that are computed, or say nothing, in all others. */
const TELLING = new Set(["aws_sns_topic_policy arn"]);

/** Attributes that change, but for those that say nothing. A value that is not known yet counts as changed only where the plan changes the resource. */
export function changedAttributes(change: ResourceChange): readonly string[] {
  const [before, after] = [change.before ?? {}, change.after ?? {}];
  const names = new Set([...Object.keys(before), ...Object.keys(after), ...change.unknown]);
  return [...names]
    .filter(
      (name) =>
        (!SILENT.has(name) || TELLING.has(`${change.type} ${name}`)) &&
        !(name === "region" && isRegionFilledIn(before, after)) &&
        !isComputedAgain(change, name) &&
        (change.unknown.has(name)
          ? name in before || !change.before
          : canonicalJson(empty(before[name])) !== canonicalJson(empty(after[name]))),
    )
    .sort();
}

/** What the provider computes for whatever it makes, made again with the resource: no argument, and no document that AWS fills in. */
function isComputedAgain(change: ResourceChange, name: string): boolean {
  return (
    isReplacement(change) &&
    change.unknown.has(name) &&
    change.written !== undefined &&
    !change.written.has(name) &&
    !/(^|_)(policy|policies|policy_document|template_body|acl|grant)$/.test(name)
  );
}

/** Release 6 of the provider writes down where a resource is; before it, the provider's region was meant. */
function isRegionFilledIn(before: Attributes, after: Attributes): boolean {
  return typeof before["region"] !== "string" || typeof after["region"] !== "string";
}

/** Terraform writes what is not set as null, an empty list, mapping or text; inside blocks too. */
function empty(value: unknown): unknown {
  if (value === undefined || value === null || value === "") return null;
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(empty);
  if (typeof value !== "object") return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, empty(item)] as const)
    .filter(([, item]) => item !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** A block that Terraform writes as a list of one and cdktf as an object. */
export function block(attributes: Attributes | undefined, name: string): Attributes | undefined {
  const value = attributes?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "object" && first !== null && !Array.isArray(first) ? (first as Attributes) : undefined;
}

export function text(attributes: Attributes | undefined, name: string): string | undefined {
  const value = attributes?.[name];
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : undefined;
}

/**
 * What a resource is called in a sentence: its name, or, where Terraform completes one, the beginning of it and the address, or the address
 * alone. The name in the configuration, `this` in most modules, tells nobody anything.
 */
export function shownName(
  resource: Pick<ResourceChange, "address" | "before" | "after">,
  side: Attributes | undefined = resource.after ?? resource.before,
  attribute = "name",
): string {
  const name = text(side, attribute);
  if (name) return name;
  const prefix = text(side, `${attribute}_prefix`);
  return prefix ? `${prefix}… (${resource.address})` : resource.address;
}

export function texts(attributes: Attributes | undefined, name: string): readonly string[] {
  const value = attributes?.[name];
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === "string").sort()
    : typeof value === "string"
      ? [value]
      : [];
}
