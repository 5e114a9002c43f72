import {
  comparePolicies,
  Comparisons,
  PolicyComparison,
  PolicyKind,
  PolicyLevels,
  Steps,
  WitnessSetting,
} from "../policy/compare";
import { canonicalJson, hasRepeatedKey } from "../kernel/json";
import { remembered } from "../policy/remembered";
import { accountOfArn } from "../policy/evaluate";
import { readPolicy } from "../policy/read";
import type { PolicyDocument } from "../policy/types";
import { Bindings, sha256 } from "./gate/binding";
import { Names } from "./names";
import { undoingDrift } from "./drift";
import { reachOfChange } from "./change-reach";
import { completeText, say, Sentence } from "./sentence";
import { bareAddress, keysOf, parseAddress } from "../terraform/address";
import {
  changedAttributes,
  isChanged,
  soleReference,
  ResourceChange,
  SideName,
  StackPlan,
  text,
} from "../terraform/stack-plan";
import type { AccessChange, ChangedResource, NewStack, Area, ChangeClass, StatementLine, WitnessView } from "./types";
import { defined } from "../kernel/optional";
import { unique, uniqueSorted } from "../kernel/lists";

/** `aws_iam_role`; of a look-up nothing, as it is no resource that is managed. */
function typeOf(address: string): string {
  return parseAddress(address)?.resource?.name.split(".")[0] ?? "";
}

/** The one of a list; of several none can be told. */
function only(list: readonly ResourceChange[]): ResourceChange | undefined {
  return list.length === 1 ? list[0] : undefined;
}

/** Where no account is known. */
export const NO_ACCOUNT = "000000000000";

/** A trust policy of the way back in, before and after. */
export interface WayIn {
  readonly before: Held;
  readonly after: Held;
  readonly setting: {
    /** Accounts that the role is in. @default - those that a StackSet reaches */
    readonly accounts?: readonly string[];
    readonly resources: readonly ResourceChange[];
  };
}

/** Documents along the way to accounts, before and after. */
export interface TightenedChain {
  readonly kind: "scp" | "rcp";
  readonly before: PolicyLevels;
  readonly after: PolicyLevels;
  readonly accountId: string | undefined;
  readonly places: readonly string[];
  readonly touched: readonly ResourceChange[];
  /** Actions, or patterns of them, that nobody in particular may use any more, on anything and at any time; exempt principals apart. */
  readonly denied: readonly string[];
}

const EQUAL: PolicyComparison = {
  relation: "equal",
  gained: [],
  lost: [],
  open: [],
  removed: [],
  added: [],
  statements: { before: [], after: [] },
};

/** What the areas of the review share: the resources, the links between them, and the list that they write to. */
export class ReviewContext {
  readonly resources: readonly ResourceChange[];
  private readonly byType = new Map<string, ResourceChange[]>();
  /** By stack and address without keys: every instance. */
  private readonly byBareAddress = new Map<string, ResourceChange[]>();
  /** Resources whose change an area has understood. */
  private readonly understood = new Set<ResourceChange>();
  private readonly undoing: ReadonlySet<ResourceChange>;
  private readonly found: Draft[] = [];
  private finished: readonly AccessChange[] | undefined;
  private readonly comparisons: Comparisons;
  /** By types, side and identifiers: the resources of a stack with a value, and of any stack with an ARN. */
  private readonly identified = new Map<string, ReadonlyMap<string, readonly ResourceChange[]>>();
  /** Trust policies of the way back in that change, as the review has met them. */
  readonly wayIn: WayIn[] = [];
  /** Chains of SCPs or RCPs in which something is denied that was not, as the review has met them. */
  readonly tightened: TightenedChain[] = [];
  /** Names of roles that forward observations, where the observation ends because what was observed is denied now. */
  readonly forwardersOfEnded: RegExp[] = [];
  /** Equal documents have one number. */
  private readonly documentNumbers = new Map<string, number>();
  private readonly numbered = new WeakMap<PolicyDocument, number>();

  constructor(
    readonly plans: readonly StackPlan[],
    readonly names: Names,
    steps: Steps,
    /** The environment is known: its proofs say whether the way in still leads in. */
    readonly provesWayIn = false,
  ) {
    this.comparisons = new Comparisons(steps);
    this.resources = plans.flatMap((plan) => plan.resources);
    this.undoing = new Set(plans.flatMap((plan) => [...undoingDrift(plan)]));
    for (const resource of this.resources) {
      const list = this.byType.get(resource.type);
      if (list) list.push(resource);
      else this.byType.set(resource.type, [resource]);
      const parsed = parseAddress(resource.address);
      const bare = `${resource.stack} ${parsed ? bareAddress(parsed) : resource.address}`;
      const instances = this.byBareAddress.get(bare);
      if (instances) instances.push(resource);
      else this.byBareAddress.set(bare, [resource]);
    }
  }

  ofType(...types: readonly string[]): readonly ResourceChange[] {
    return types.length === 1
      ? (this.byType.get(types[0]!) ?? [])
      : types.flatMap((type) => this.byType.get(type) ?? []);
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
   * The resource that an attribute points to on one side. What a value says comes first: the resource that it identifies. Where there is
   * no value yet, the configuration's references lead to it, per instance; several that it may be are none.
   */
  linked(
    resource: ResourceChange,
    attribute: string,
    types: readonly string[],
    side: SideName,
    identifiers: readonly string[] = ["id", "arn", "name"],
  ): ResourceChange | undefined {
    const value = text(resource[side], attribute);
    const written = value === undefined ? undefined : soleReference(value);
    if (value?.includes("${")) {
      if (!written || ![...identifiers, "group_id"].includes(written.attribute)) return undefined;
      return only(this.at(resource.stack, written.address, types));
    }
    const referred = (): readonly ResourceChange[] => {
      const addresses = resource.references[attribute] ?? [];
      const found = new Set(addresses.flatMap((address) => this.at(resource.stack, address, types)));
      const there = [...found].filter((target) => target[side] !== undefined);
      // A value that is open though what it would be the plain name of is known is made of it in another way.
      const isOpen = (target: ResourceChange): boolean =>
        !target.before || [...identifiers, "id", "arn"].some((one) => target.unknown.has(one));
      // It may be what something of another type is made into, too. What has no instance is no value of anything.
      const isForeign = (address: string): boolean =>
        this.at(resource.stack, address, types).length === 0 && !types.includes(typeOf(address));
      return side === "after" && resource.unknown.has(attribute) && (!there.every(isOpen) || addresses.some(isForeign))
        ? []
        : there;
    };
    // A configuration is what there is to be. Of what was it says something only where nothing else does.
    if (value === undefined) return only(referred());
    const known = this.identifiedBy(types, side, identifiers);
    const same =
      known.get(`${resource.stack} ${value}`) ?? (value.startsWith("arn:") ? known.get(value) : undefined) ?? [];
    if (same.length < 2) return same[0];
    // Two accounts may hold a role of the same name: the part lies where its provider acts.
    const near = same.filter((target) => target.provider === resource.provider && target.account === resource.account);
    return only(near) ?? only(near.filter((target) => referred().includes(target)));
  }

  /** Where no value is known: all that the attribute's references may lead to; several instances, where the configuration does not say which. */
  candidates(
    resource: ResourceChange,
    attribute: string,
    types: readonly string[],
    side: SideName,
  ): readonly ResourceChange[] {
    if (text(resource[side], attribute) !== undefined) return [];
    const found = (resource.references[attribute] ?? []).map((address) => this.at(resource.stack, address, types));
    // A reference to something else may lead anywhere.
    if (found.some((some) => some.length === 0)) return [];
    return unique(found.flat()).filter((target) => target[side] !== undefined);
  }

  /** Resources at an address; one without keys is any instance's. */
  private at(stack: string, address: string, types: readonly string[]): readonly ResourceChange[] {
    const parsed = parseAddress(address);
    const all = (parsed && this.byBareAddress.get(`${stack} ${bareAddress(parsed)}`)) ?? [];
    const some = all.filter(({ type }) => types.includes(type));
    const keys = parsed ? keysOf(parsed) : [];
    const exact = some.filter((resource) => {
      const own = keysOf(parseAddress(resource.address) ?? { modules: [] });
      return own.every((key, i) => key === undefined || keys[i] === undefined || key === keys[i]);
    });
    return exact.length > 0 ? exact : some;
  }

  private identifiedBy(
    types: readonly string[],
    side: SideName,
    identifiers: readonly string[],
  ): ReadonlyMap<string, readonly ResourceChange[]> {
    const key = [...types, side, ...identifiers].join();
    const known = this.identified.get(key);
    if (known) return known;
    const found = new Map<string, ResourceChange[]>();
    const add = (value: string, target: ResourceChange): void => {
      const list = found.get(value);
      if (!list) found.set(value, [target]);
      else if (!list.includes(target)) list.push(target);
    };
    for (const target of this.ofType(...types)) {
      for (const name of identifiers) {
        const value = text(target[side] ?? target.before, name);
        if (value === undefined || value === "") continue;
        add(`${target.stack} ${value}`, target);
        // An ARN is the same wherever it stands.
        if (value.startsWith("arn:")) add(value, target);
      }
    }
    this.identified.set(key, found);
    return found;
  }

  /**
   * Parts, such as policies of roles, by what they belong to on each side: a part that is taken from one owner and given to another
   * is lost by the one and gained by the other.
   */
  bound(
    parts: readonly ResourceChange[],
    attribute: string,
    types: readonly string[],
    identifiers?: readonly string[],
  ): Bound {
    const byOwner = new Map<ResourceChange, { before: ResourceChange[]; after: ResourceChange[] }>();
    const lone: { part: ResourceChange; sides: SideName[] }[] = [];
    for (const part of parts) {
      const sides: SideName[] = [];
      for (const side of ["before", "after"] as const) {
        if (!part[side]) continue;
        const owner = this.linked(part, attribute, types, side, identifiers);
        if (!owner) sides.push(side);
        else {
          const own = byOwner.get(owner) ?? { before: [], after: [] };
          own[side].push(part);
          byOwner.set(owner, own);
        }
      }
      if (sides.length > 0 && isChanged(part)) lone.push({ part, sides });
    }
    return { of: (owner) => byOwner.get(owner) ?? NO_PARTS, lone };
  }

  /** Text for an attribute: its value, or the reference that it is made of. */
  valueOrReference(resource: ResourceChange, attribute: string, side: SideName): string | undefined {
    const value = text(resource[side], attribute);
    if (value !== undefined) return value;
    const addresses = resource.references[attribute] ?? [];
    // Which instance it is the configuration does not always say.
    const parsed = addresses.length === 1 ? parseAddress(addresses[0]!) : undefined;
    return parsed ? bareAddress(parsed) : addresses[0];
  }

  /** Documents that are read from the same text are the same object: most of a plan stays as it is. */
  compare(kind: PolicyKind, before: PolicyLevels, after: PolicyLevels, setting: WitnessSetting): PolicyComparison {
    const same =
      before.length === after.length &&
      before.every(
        (level, i) =>
          level.length === after[i]!.length && level.every(({ document }, k) => document === after[i]![k]!.document),
      );
    const principals = this.principals();
    return same ? EQUAL : comparePolicies(kind, before, after, { ...setting, principals }, this.comparisons);
  }

  private known: readonly string[] | undefined;

  /** Roles that the plans show, before or after, two of each account: whom a witness may name. One may be the role that is compared. */
  private principals(): readonly string[] {
    if (this.known) return this.known;
    const byAccount = new Map<string, string[]>();
    for (const arn of uniqueSorted(this.ofType("aws_iam_role").flatMap((role) => roleArn(role) ?? []))) {
      const account = accountOfArn(arn) ?? "";
      const some = byAccount.get(account) ?? [];
      if (some.length < 2) byAccount.set(account, [...some, arn]);
    }
    return (this.known = [...byAccount.values()].flat());
  }

  /** A witness whose principal nobody has written down and no plan shows is an example, and says so. */
  private marked(witness: WitnessView, resources: readonly ResourceChange[]): WitnessView {
    const { principal } = witness;
    const isOfIam = /^arn:[^:]*:(iam|sts):/.test(principal);
    if (!isOfIam || this.principals().includes(principal)) return witness;
    const written = resources.some((resource) =>
      [resource.before, resource.after].some((side) =>
        Object.values(side ?? {}).some((value) => {
          // As a whole text, also in a document inside of a text; the beginning of another name is none.
          const written = JSON.stringify(value ?? null);
          return written.includes(`${principal}"`) || written.includes(`${principal}\\`);
        }),
      ),
    );
    return written ? witness : { ...witness, invented: true };
  }

  /** The same text for the same names and documents. */
  levelsKey(levels: PolicyLevels): string {
    return JSON.stringify(levels.map((level) => level.map(({ name, document }) => [name, this.numberOf(document)])));
  }

  private numberOf(document: PolicyDocument): number {
    let number = this.numbered.get(document);
    if (number === undefined) {
      const content = canonicalJson(document);
      number = this.documentNumbers.get(content) ?? this.documentNumbers.size;
      this.documentNumbers.set(content, number);
      this.numbered.set(document, number);
    }
    return number;
  }

  add(change: {
    readonly class: ChangeClass;
    readonly area: Area;
    readonly sentence: Sentence;
    readonly resources: readonly ResourceChange[];
    readonly witnesses?: readonly WitnessView[];
    readonly diff?: readonly StatementLine[];
    /** Values that the sentence does not show: part of what an approval is bound to. */
    readonly binding?: unknown;
    /** Somebody becomes an administrator. */
    readonly administrator?: boolean;
    /** Name of a rule of one's own that forbids it. */
    readonly rule?: string;
    /** Somebody who must get in, or work, no longer can: told before everything else. */
    readonly lockOut?: boolean;
    /** What it is about for rules of one's own, where that is not what changes of the resources. */
    readonly subjects?: readonly ChangedResource[];
  }): void {
    const diff = change.diff ?? [];
    const undoes = change.resources.length > 0 && change.resources.every((resource) => this.undoing.has(resource));
    const told = undoes ? say`${change.sentence} This undoes what was changed outside of Terraform.` : change.sentence;
    const stacks = uniqueSorted(change.resources.map((r) => r.stack));
    const addresses = uniqueSorted(change.resources.map((r) => r.address));
    this.found.push({
      about: { resources: change.resources, binding: change.binding ?? null },
      told: {
        class: change.class,
        area: change.area,
        sentence: told,
        stacks,
        addresses,
        witnesses: (change.witnesses ?? []).slice(0, 3).map((witness) => this.marked(witness, change.resources)),
        diff,
        ...(change.lockOut ? { lockOut: true as const } : {}),
        ...(change.administrator ? { administrator: true as const } : {}),
        ...defined({ rule: change.rule }),
        ...defined({ reach: reachOfChange(told, change.resources, this.names) }),
        subjects: change.subjects ?? unique(change.resources).map((resource) => this.subjectOf(resource)),
      },
    });
  }

  /** How much has been said so far. */
  mentions(): number {
    return this.found.length;
  }

  private readonly subjects = new Map<ResourceChange, ChangedResource>();

  private subjectOf(resource: ResourceChange): ChangedResource {
    const known = this.subjects.get(resource);
    if (known) return known;
    const { type, address } = resource;
    const subject: ChangedResource = { type, address, attributes: everyChangedAttribute(resource) };
    this.subjects.set(resource, subject);
    return subject;
  }

  /** Stacks that only make things, with a digest of all that they make. */
  newStacks(): readonly NewStack[] {
    return this.plans.flatMap((plan): readonly NewStack[] => {
      const { resources, name } = plan;
      const isNew =
        resources.length > 0 && resources.every(({ before, actions }) => !before && actions[0] === "create");
      return isNew
        ? [
            {
              stack: name,
              id: `stack-${this.binding().digestOf(resources).slice(0, ID_DIGITS)}`,
              resources: resources.length,
            },
          ]
        : [];
    });
  }

  private bindings: Bindings | undefined;

  private binding(): Bindings {
    return (this.bindings ??= new Bindings(this.plans));
  }

  /** Addresses, with their stacks, that something has been said of. */
  mentioned(): ReadonlySet<string> {
    return new Set(
      this.found.flatMap(({ told }) =>
        told.stacks.flatMap((stack) => told.addresses.map((address) => `${stack} ${address}`)),
      ),
    );
  }

  /** A change of a stack that is no resource's. */
  addAbout(
    plan: StackPlan,
    change: {
      readonly class: ChangeClass;
      readonly area: Area;
      readonly sentence: Sentence;
      readonly binding: unknown;
      /** What a waiver names it by. @default - no waiver covers it */
      readonly subject?: { readonly type: string; readonly address: string };
    },
  ): void {
    const { binding, subject, ...said } = change;
    this.found.push({
      about: { resources: [], binding: [plan.name, binding ?? null] },
      told: {
        ...said,
        stacks: [plan.name],
        addresses: [],
        witnesses: [],
        diff: [],
        ...(subject ? { subjects: [{ ...subject, attributes: [], notResource: true as const }] } : {}),
      },
    });
  }

  /** All changes, with their ids. Nothing can be added afterwards. */
  changes(): readonly AccessChange[] {
    return (this.finished ??= withIds(this.found, this.binding()));
  }
}

/** Every argument that differs, tags and descriptions too: a rule of one's own may be about those. */
function everyChangedAttribute({ before, after, unknown }: ResourceChange): readonly string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {}), ...unknown]);
  return [...names]
    .filter(
      (name) => unknown.has(name) || canonicalJson(before?.[name] ?? null) !== canonicalJson(after?.[name] ?? null),
    )
    .sort();
}

/** A change as an area tells it, and what its id is made of. */
interface Draft {
  readonly told: Omit<AccessChange, "id">;
  readonly about: { readonly resources: readonly ResourceChange[]; readonly binding: unknown };
}

/**
 * The id of a change is a digest over what it speaks of, not over its words: the class, and the complete before and after of its resources.
 * Several sentences may be about the same data; they are numbered in the order in which they are found. All of them come with the same
 * edit, so an approval of one lets nothing pass unless the others are approved as well.
 */
function withIds(drafts: readonly Draft[], bindings: Bindings): readonly AccessChange[] {
  const said = new Set<string>();
  const counts = new Map<string, number>();
  return drafts.flatMap(({ told, about }): readonly AccessChange[] => {
    const data = [told.class, told.area, bindings.digestOf(about.resources), about.binding];
    const key = sha256(data);
    const twice = `${key} ${completeText(told.sentence)}`;
    if (said.has(twice)) return [];
    said.add(twice);
    const number = counts.get(key) ?? 0;
    counts.set(key, number + 1);
    return [{ id: `${told.area}-${sha256([key, number]).slice(0, ID_DIGITS)}`, ...told }];
  });
}

/** Hexadecimal digits of a digest in an id: 128 bits. */
const ID_DIGITS = 32;

/**
 * The values of attributes before and after, in one form for plans and synths: what an approval is bound to where the sentence does not
 * show them. Secret ones are left out.
 *
 * @param attributes @default - those that change
 */
export function bindingOf(
  resource: ResourceChange,
  attributes: readonly string[] = changedAttributes(resource),
): unknown {
  return attributes.map((name) =>
    resource.sensitive.has(name)
      ? [name]
      : [name, bare(resource.before?.[name]), resource.unknown.has(name) ? null : bare(resource.after?.[name])],
  );
}

/** Terraform writes a block as a list of one, a number where cdktf writes a text, and null for what is not set. */
function bare(value: unknown): unknown {
  if (value === undefined || value === null || value === "") return null;
  if (Array.isArray(value)) return value.length === 0 ? null : value.length === 1 ? bare(value[0]) : value.map(bare);
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value)
    .map(([key, item]) => [key, bare(item)] as const)
    .filter(([, item]) => item !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** Of a role that is applied as the plan shows it; in two synths from its provider's account. */
function roleArn({ before, after, account }: ResourceChange): string | undefined {
  const side = after ?? before;
  const arn = text(side, "arn");
  if (arn !== undefined) return arn;
  const name = text(side, "name");
  if (account === undefined || name === undefined || name.includes("${")) return undefined;
  return `arn:aws:iam::${account}:role${text(side, "path") ?? "/"}${name}`;
}

/** Parts that a resource has before and after. */
export interface Parts {
  readonly before: readonly ResourceChange[];
  readonly after: readonly ResourceChange[];
}

export interface Bound {
  readonly of: (owner: ResourceChange) => Parts;
  /** Changed parts whose owner is not in the plan, on the sides where it is not. */
  readonly lone: readonly { readonly part: ResourceChange; readonly sides: readonly SideName[] }[];
}

const NO_PARTS: Parts = { before: [], after: [] };

/** Of an owner and its parts those that change, each once. */
export function changedWith(owner: ResourceChange, parts: Parts): readonly ResourceChange[] {
  return unique([owner, ...parts.before, ...parts.after]).filter(isChanged);
}

/** A policy document that a resource holds as text. `unknown` before it is applied, `invalid` where it is no policy. */
export type Held = { readonly document: PolicyDocument } | "absent" | "unknown" | "secret" | "invalid";

export function documentOf(resource: ResourceChange | undefined, attribute: string, side: SideName): Held {
  if (!resource?.[side]) return "absent";
  if (resource.sensitive.has(attribute)) return "secret";
  if (side === "after" && resource.unknown.has(attribute)) return "unknown";
  const value = text(resource[side], attribute);
  // Terraform holds documents as texts: anything else is none that was read here.
  if (value === undefined) return (resource[side]?.[attribute] ?? undefined) === undefined ? "absent" : "invalid";
  if (value === "") return "absent";
  return parsePolicy(value);
}

/** Before and after mostly hold the same text, and so do many accounts. */
export const parsePolicy = remembered(1_024, (content): Held => {
  try {
    // Of a key that is there twice JavaScript takes the last, and what AWS takes is documented nowhere.
    const value: unknown = JSON.parse(content);
    return hasRepeatedKey(content) ? "invalid" : policyOf(value);
  } catch {
    return "invalid";
  }
});

/** A policy as data; functions of CloudFormation in it become texts, `${AWS::AccountId}` among them. */
export function policyOf(value: unknown): Held {
  const { document } = readPolicy(withoutFunctions(value));
  return document ? { document } : "invalid";
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
