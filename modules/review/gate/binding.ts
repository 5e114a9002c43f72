import { createHash } from "node:crypto";
import { canonicalJson, hasRepeatedKey, isObject, Json } from "../../kernel/json";
import { normalizeStatement } from "../../policy/document";
import type { PolicyStatement } from "../../policy/types";
import { bareAddress, parseAddress } from "../../terraform/address";
import type { Lookup } from "../../terraform/lookups";
import { referencesIn, ResourceChange, SideName, soleReference, StackPlan } from "../../terraform/stack-plan";
import { asWritten, isComputed, isDefault } from "./arguments";
import { unique } from "../../kernel/lists";

/**
 * What an approval is bound to: the complete before and after of the resources that a change speaks of, and of those that are linked to
 * them. Never a sentence, and never a list that was shortened for reading.
 *
 * A plan and two synths of the same edit give the same data as far as both know it: what AWS fills in and defaults are left out, and a
 * reference to another resource is written as that resource.
 */

/** Attributes whose value names another resource where it is this one's. */
const IDENTIFIERS = ["id", "arn", "name", "bucket", "function_name", "key_id", "group_name", "user_name"];

/** Attributes that say what a resource is called itself: equal names of two resources are no link. */
const OWN_NAMES = new Set([
  "id",
  "arn",
  "name",
  "description",
  "display_name",
  "tags",
  "tags_all",
  "path",
  "name_prefix",
]);

/** Attributes in which a resource shows what is attached to it, by the attribute of the attachment that it shows. */
const MIRRORS: Readonly<Record<string, Readonly<Record<string, { readonly type: string; readonly by: string }>>>> = {
  aws_iam_role: {
    managed_policy_arns: { type: "aws_iam_role_policy_attachment", by: "policy_arn" },
    inline_policy: { type: "aws_iam_role_policy", by: "name" },
  },
  aws_sns_topic: { policy: { type: "aws_sns_topic_policy", by: "policy" } },
};

function mirrorOf(type: string, name: string): { readonly type: string; readonly by: string } | undefined {
  const own = Object.hasOwn(MIRRORS, type) ? MIRRORS[type]! : {};
  return Object.hasOwn(own, name) ? own[name] : undefined;
}

/** Shown, and written down by nobody: what is linked there is linked by its attachment. */
function isMirror({ type, written }: ResourceChange, name: string): boolean {
  return mirrorOf(type, name) !== undefined && written !== undefined && !written.has(name);
}

/** Digests of resources with what they are linked to. */
export class Bindings {
  private readonly byAddress = new Map<string, ResourceChange[]>();
  private readonly byValue = new Map<string, Set<ResourceChange>>();
  private readonly outward = new Map<ResourceChange, ReadonlySet<ResourceChange>>();
  private readonly inward = new Map<ResourceChange, Set<ResourceChange>>();
  private readonly views = new Map<ResourceChange, string>();
  private readonly digests = new Map<string, string>();
  private readonly numbers = new Map<ResourceChange, number>();
  private readonly lookups = new Map<string, Lookup>();

  /** Of synths: there an empty list is written by somebody, while plans show one wherever nothing is set. */
  private readonly written = new Set<ResourceChange>();

  constructor(plans: readonly StackPlan[]) {
    const resources = plans.flatMap((plan) => plan.resources);
    for (const plan of plans) if (plan.kind === "synth") plan.resources.forEach((one) => this.written.add(one));
    for (const plan of plans)
      for (const lookup of plan.lookups ?? []) this.lookups.set(`${plan.name} ${lookup.address}`, lookup);
    resources.forEach((resource, i) => {
      this.numbers.set(resource, i);
      push(this.byAddress, `${resource.stack} ${resource.address}`, resource);
      const parsed = parseAddress(resource.address);
      const whole = parsed ? bareAddress(parsed) : resource.address;
      if (whole !== resource.address) push(this.byAddress, `${resource.stack} ${whole}`, resource);
      for (const side of [resource.before, resource.after])
        for (const name of IDENTIFIERS) {
          if (!this.isOwn(resource, name) && OWN_NAMES.has(name)) continue;
          const value = side?.[name];
          if (typeof value !== "string" || value === "" || value.includes("${")) continue;
          const key = `${resource.stack} ${value}`;
          const known = this.byValue.get(key);
          if (known) known.add(resource);
          else this.byValue.set(key, new Set([resource]));
        }
    });
    for (const resource of resources) {
      const links = this.linksOf(resource);
      this.outward.set(resource, links);
      for (const target of links) {
        const known = this.inward.get(target);
        if (known) known.add(resource);
        else this.inward.set(target, new Set([resource]));
      }
    }
  }

  /**
   * The digest of all that a change speaks of: its resources, those that point to them (attachments, policies, assignments), and those
   * that any of these point to.
   *
   * @returns SHA-256 in hexadecimal
   */
  digestOf(resources: readonly ResourceChange[]): string {
    const subjects = unique(resources);
    const key = subjects
      .map((resource) => this.numbers.get(resource))
      .sort()
      .join();
    const known = this.digests.get(key);
    if (known !== undefined) return known;
    const near = new Set(subjects);
    for (const subject of subjects) for (const part of this.inward.get(subject) ?? []) near.add(part);
    for (const one of [...near]) for (const target of this.outward.get(one) ?? []) near.add(target);
    const spoken = new Set(subjects.map((subject) => this.viewOf(subject)));
    const digest = sha256([[...spoken].sort(), [...near].map((one) => this.viewOf(one)).sort()]);
    this.digests.set(key, digest);
    return digest;
  }

  /** What a resource was and what it is to be, complete, as a digest. */
  viewOf(resource: ResourceChange): string {
    const known = this.views.get(resource);
    if (known !== undefined) return known;
    const { stack, address, type, account } = resource;
    const view = sha256({
      stack,
      address,
      type,
      // What is deleted is in no configuration any more, where a plan has the provider of a resource.
      account: (resource.after && account) ?? null,
      ...(resource.actions.includes("forget") ? { forget: true } : {}),
      ...(resource.provisioned ? { provisioned: true } : {}),
      before: this.side(resource, "before"),
      after: this.side(resource, "after"),
      secret: [...resource.sensitive].sort(),
    });
    this.views.set(resource, view);
    return view;
  }

  private side(resource: ResourceChange, side: SideName): unknown {
    const attributes = resource[side];
    if (!attributes && !(side === "after" && resource.unknown.size > 0 && resource.actions.includes("create")))
      return null;
    const names = unique([...Object.keys(attributes ?? {}), ...(side === "after" ? resource.unknown : [])]);
    return Object.fromEntries(
      names.flatMap((name): readonly (readonly [string, unknown])[] => {
        if (
          isComputed(resource, name, tagsOnlyInAll(resource), this.isOwn(resource, "arn")) ||
          resource.sensitive.has(name)
        )
          return [];
        if (side === "after" && resource.unknown.has(name)) {
          const one = this.targetsOf(resource, name);
          if (one.length === 1 && !isCompound(attributes?.[name])) return [[name, arrow(one[0]!)]];
          // AWS chooses it: nothing is written that anybody could have approved.
          const references = resource.references[name] ?? [];
          return references.length === 0 && attributes?.[name] === undefined
            ? []
            : [[name, { unknown: references, known: plain(attributes?.[name]) }]];
        }
        const value = asWritten(resource.type, name, this.own(resource, name, attributes?.[name]));
        if (isDefault(resource.type, name, value)) return [];
        if (this.written.has(resource) && Array.isArray(value) && value.length === 0) return [[name, []]];
        const shown = this.isOwn(resource, name) ? plain(value) : this.resolved(resource, name, value, side);
        return shown === null ? [] : [[name, shown]];
      }),
    );
  }

  /** Without what other resources of the plan have put there: those are linked, and count by themselves. */
  private own(resource: ResourceChange, name: string, value: unknown): unknown {
    const parts = mirrorOf(resource.type, name);
    if (!parts) return value;
    const shown = new Set(
      [...(this.inward.get(resource) ?? [])]
        .filter(({ type }) => type === parts.type)
        .flatMap((part) => [part.before?.[parts.by], part.after?.[parts.by]]),
    );
    if (!Array.isArray(value)) return shown.size > 0 ? undefined : value;
    const left = (value as readonly unknown[]).filter((item) => !shown.has(isObject(item) ? item[parts.by] : item));
    return left.length === 0 && value.length > 0 ? undefined : left;
  }

  /** Whether an attribute says what the resource is called itself. An ARN that somebody writes down is another resource's. */
  private isOwn(resource: ResourceChange, name: string): boolean {
    if (name === "arn") return !this.written.has(resource) && !(resource.written?.has(name) ?? false);
    return OWN_NAMES.has(name);
  }

  /** Resources that an attribute is made of, by its references. */
  private targetsOf(resource: ResourceChange, attribute: string): readonly ResourceChange[] {
    return (resource.references[attribute] ?? []).flatMap(
      (address) => this.byAddress.get(`${resource.stack} ${address}`) ?? [],
    );
  }

  /** A value that names one other resource, or what a look-up finds, is written as that, however it is named. */
  private resolved(resource: ResourceChange, name: string, value: unknown, side: SideName): unknown {
    const text = (one: string): unknown =>
      this.named(resource, name, one, side) ?? documentText(this.withReferences(resource, name, one));
    return plain(value, text);
  }

  /** The policy of a topic has the topic's ARN for an id: what refers to another one of these is a part of it. */
  private withoutParts(candidates: readonly ResourceChange[]): readonly ResourceChange[] {
    const refersTo = (one: ResourceChange, other: ResourceChange): boolean =>
      Object.keys(one.references).some((attribute) => this.targetsOf(one, attribute).includes(other));
    return candidates.filter((one) => !candidates.some((other) => other !== one && refersTo(one, other)));
  }

  private named(resource: ResourceChange, name: string, value: string, side: SideName): unknown {
    const { stack } = resource;
    const reference = soleReference(value);
    if (reference) {
      const { address, attribute } = reference;
      const lookup = this.lookups.get(`${stack} ${address}`);
      if (lookup) return { found: address, by: lookup[side] };
      const found = this.byAddress.get(`${stack} ${address}`) ?? [];
      if (found.length !== 1) return undefined;
      const own = (found[0]!.after ?? found[0]!.before)?.[attribute];
      return typeof own === "string" && !own.includes("${")
        ? (this.named(resource, name, own, side) ?? own)
        : IDENTIFIERS.includes(attribute)
          ? arrow(found[0]!)
          : undefined;
    }
    const references = resource.references[name] ?? [];
    const lookup = references.length === 1 ? this.lookups.get(`${stack} ${references[0]!}`) : undefined;
    if (lookup?.values.has(value)) return { found: lookup.address, by: lookup[side] };
    const candidates = this.valued(stack, value).filter((one) => one !== resource);
    const things = candidates.length > 1 ? this.withoutParts(candidates) : candidates;
    if (things.length === 1) return arrow(things[0]!);
    const meant = this.targetsOf(resource, name).filter((one) => candidates.includes(one));
    return meant.length === 1 ? arrow(meant[0]!) : undefined;
  }

  /** Resources of a stack that a value names: by what identifies them, or by an ARN that is made of their name. */
  private valued(stack: string, value: string): readonly ResourceChange[] {
    const exact = this.byValue.get(`${stack} ${value}`);
    const arn = /^arn:[^:]*:([^:]+):[^:]*:(\d*):(?:([a-z-]+)[/:])?(?:.*\/)?([^/:]+)$/.exec(value);
    if (!arn) return exact ? [...exact] : [];
    const [, service = "", account = "", kind, name = ""] = arn;
    const named = [...(this.byValue.get(`${stack} ${name}`) ?? [])].filter(
      (one) =>
        (kind === undefined
          ? one.type.startsWith(`aws_${service}_`)
          : one.type.endsWith(`_${kind.replaceAll("-", "_")}`)) &&
        (one.account === undefined || account === "" || account === one.account),
    );
    return unique([...(exact ?? []), ...named]);
  }

  /** ARNs of linked resources inside of a text, as the references that a synth has there. */
  private withReferences(resource: ResourceChange, name: string, text: string): string {
    let written = text;
    for (const target of this.targetsOf(resource, name)) {
      const arn = target.after?.["arn"] ?? target.before?.["arn"];
      if (typeof arn === "string" && arn.startsWith("arn:"))
        written = written.replaceAll(JSON.stringify(arn), () => JSON.stringify(`\${${target.address}.arn}`));
    }
    return written;
  }

  private linksOf(resource: ResourceChange): ReadonlySet<ResourceChange> {
    const found = new Set<ResourceChange>();
    const byAddress = (address: string): void =>
      this.byAddress.get(`${resource.stack} ${address}`)?.forEach((one) => found.add(one));
    const look = (name: string, value: unknown): void => {
      if (typeof value === "string") {
        const reference = soleReference(value);
        if (reference) byAddress(reference.address);
        else if (value.includes("${")) referencesIn(value).forEach(byAddress);
        else {
          // Several may go by one name: the configuration, where it refers to one of them, says which.
          const candidates = this.valued(resource.stack, value);
          const meant = this.targetsOf(resource, name).filter((one) => candidates.includes(one));
          (meant.length > 0 ? meant : this.withoutParts(candidates)).forEach((one) => found.add(one));
        }
      } else if (Array.isArray(value)) value.forEach((item) => look(name, item));
    };
    for (const side of [resource.before, resource.after])
      for (const [name, value] of Object.entries(side ?? {}))
        if (!this.isOwn(resource, name) && !isMirror(resource, name)) look(name, value);
    // A reference of the configuration stands for all instances: the value, where it is known, says which one is meant.
    for (const attribute of Object.keys(resource.references)) {
      const targets = this.targetsOf(resource, attribute);
      if (targets.length === 1 || !targets.some((target) => found.has(target)))
        targets.forEach((target) => found.add(target));
    }
    found.delete(resource);
    return found;
  }
}

/** Tags that only the provider's default tags change: then the tags in all are what the change is. */
function tagsOnlyInAll({ before, after }: ResourceChange): boolean {
  return (
    before !== undefined &&
    after !== undefined &&
    canonicalJson(before["tags"] ?? null) === canonicalJson(after["tags"] ?? null) &&
    canonicalJson(before["tags_all"] ?? null) !== canonicalJson(after["tags_all"] ?? null)
  );
}

/** No text, so that no text can pass for it. */
function arrow({ address }: ResourceChange): Json {
  return { to: address };
}

function isCompound(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Terraform writes a block as a list of one, a number where cdktf writes a text, and null for what is not set. */
function plain(value: unknown, text: (value: string) => unknown = documentText): unknown {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return null;
    return value.length === 1 && isObject(value[0]) ? plain(value[0], text) : value.map((item) => plain(item, text));
  }
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value)
    .map(([key, item]) => [key, plain(item, text)] as const)
    .filter(([, item]) => item !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** JSON in a text, policies above all, without what has no meaning in it: format, order of keys and of lists that are sets. */
function documentText(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    // Of two members with one name a parser keeps the last: whoever reads the text another way must not find another policy.
    return hasRepeatedKey(text) ? text : normalized(JSON.parse(text) as unknown);
  } catch {
    // No JSON, or nested deeper than can be walked through.
    return text;
  }
}

function normalized(value: unknown): string {
  if (!isObject(value)) return canonicalJson(value);
  const { Statement } = value;
  const list: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return canonicalJson(
    list.every(isStatement)
      ? { ...value, Statement: list.map((one) => normalizeStatement(one as unknown as PolicyStatement)) }
      : value,
  );
}

const ELEMENTS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** Of the shape that can be normalized, and nothing beyond it. */
function isStatement(value: unknown): value is Json {
  if (!isObject(value)) return false;
  const strings = (one: unknown): boolean =>
    one === undefined ||
    typeof one === "string" ||
    (Array.isArray(one) && one.every((item) => typeof item === "string"));
  const record = (one: unknown): boolean => isObject(one) && Object.values(one).every(strings);
  const { Principal, NotPrincipal, Condition } = value;
  return (
    Object.keys(value).every((name) => ELEMENTS.has(name)) &&
    ["Action", "NotAction", "Resource", "NotResource"].every((name) => strings(value[name])) &&
    [Principal, NotPrincipal].every((one) => one === undefined || one === "*" || record(one)) &&
    (Condition === undefined || (isObject(Condition) && Object.values(Condition).every(record)))
  );
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** SHA-256 over canonical JSON: no two values have the same text. */
export function sha256(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
