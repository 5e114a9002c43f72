import type { z } from "zod";
import type { DocumentPath } from "../config/document";
import type { ProblemList } from "../config/problem-list";
import type { StackSettings } from "../config/settings";
import type { Announced, Announcement } from "./announced";
import type { SectionEnvironment } from "./section-environment";
import type { ServiceManagedStackSet } from "./stack-set/types";
import type { OrganizationCounts, SectionView } from "./view";

/**
 * The identity card of a section of `baseline.yaml`: everything that the rest of the program asks of a section, as plain data and pure
 * functions. `cards.ts` lists the cards; whoever needs something of all sections folds over that list. How: docs/decisions/0042-cards-of-sections.md.
 */
export interface SectionCard<
  Key extends string = string,
  Schema extends z.ZodType = z.ZodType,
  State extends object = object,
  Needs extends object = object,
  Kind extends string = string,
  Summary extends object = object,
  Area extends string = string,
> {
  /** Key in `baseline.yaml`, and of the resolved state. */
  readonly key: Key;
  /** Optional: the section may be left out, and then there is no state. */
  readonly schema: Schema;
  /** Sections that must be resolved before; without them this one is not. */
  readonly needs?: readonly (keyof Needs & string)[];
  /** Sections that are resolved before, and looked at where they are there. */
  readonly reads?: readonly (keyof Needs & string)[];
  /** About all others, whatever they are: resolved after them, with what they hold. @default false */
  readonly aboutAll?: true;
  /** Files that the section names, with the path in `baseline.yaml`. @default - none */
  files?(section: NonNullable<z.output<Schema>>): readonly NamedFile[];
  /** What others must know before anything is resolved. Only where the section is written. @default - nothing */
  announce?(environment: SectionEnvironment<Own<Key, Schema>>, problems: ProblemList): Announcement;
  /** The section as it is to be; undefined without it, and where there is nothing to build on. Everything wrong is reported. */
  resolve?(environment: SectionEnvironment<Own<Key, Schema>>, around: Around<Needs>): State | undefined;
  /** Its part of the overview for people: counts and names. @param state undefined: not managed here */
  summary?(environment: SectionEnvironment<Own<Key, Schema>>, state: State | undefined): Summary;
  /** The same as words and tables. Undefined: nothing to show. @default - not shown */
  view?(summary: Summary, organization: OrganizationCounts): SectionView | undefined;
  /** Its kinds of Terraform states. Constructs stand above the sections: `stacks/of-sections.ts` says who makes them. */
  readonly stacks: readonly StackKindCard<Kind, State>[];
  /** StackSets that deploy to member accounts. @default - none */
  stackSets?(state: State, settings: StackSettings): readonly ServiceManagedStackSet[];
  /** What a review lists changes of its stacks under. @default - it has no stacks */
  readonly area?: ReviewArea<Area>;
  /** Resources whose loss is reported, and of what they are guards. @default - none besides the review's own rules */
  readonly guards?: readonly Guard<Kind>[];
  /** Never there: carries the types to the folds. */
  readonly types?: { readonly state: State; readonly needs: Needs; readonly summary: Summary };
}

/** The part of `baseline.yaml` that is the section's own. */
type Own<Key extends string, Schema extends z.ZodType> =
  undefined extends z.output<Schema>
    ? { readonly [K in Key]?: z.output<Schema> }
    : { readonly [K in Key]: z.output<Schema> };

export interface NamedFile {
  readonly name: string;
  readonly path: DocumentPath;
  /** Not text: the environment keeps it in base64. @default - text */
  readonly bytes?: true;
}

/** What a section finds when it is resolved. */
export interface Around<Needs extends object = object> {
  readonly problems: ProblemList;
  /** The sections that it needs and reads. */
  readonly resolved: Needs;
  /** Sections that are written and could not be resolved: what depends on them cannot be judged, and their own problems are enough. */
  readonly unresolved: ReadonlySet<string>;
  readonly announced: Announced;
  /** What all other sections hold. Empty but for a section that is about all. */
  readonly holdings: readonly Holding[];
}

export type Applier = "person" | "pipeline";

/** A kind of Terraform states. */
export interface StackKindCard<Kind extends string = string, State = object> {
  readonly kind: Kind;
  /** A pipeline may not change itself, nor the workspaces that say who may start it. */
  readonly appliedBy: Applier;
  /** Key of the pipeline's policy that carries the permissions: a role takes ten policies. @default - the kind */
  readonly policy?: string;
  /**
   * What stacks of this kind may hold, and where. The one list: the pipeline's permissions, the proofs and the review's check of what a
   * stack says of itself come from it; a test holds it against the synthesized stacks.
   */
  readonly holds: readonly HeldTypes<State>[];
}

/** Types of resources that stand together. By kind rather than by what there is today, so that permissions do not change with each resource. */
export interface HeldTypes<State = object> {
  readonly types: readonly string[];
  /** Only looked up (a data source): permissions are needed, and no stack of the kind holds such a resource. @default false */
  readonly lookedUp?: true;
  /** Stacks, accounts and regions; empty: nothing of it in AWS. */
  places(this: void, state: State, settings: StackSettings): readonly StackPlace[];
}

export interface StackPlace {
  /** Name of the stack without the environment. */
  readonly stack: string;
  readonly accountId: string;
  readonly region: string;
  /** Pattern (`?`, `*`) of the names of all stacks of its form: where each cannot be named. @default - there is one stack of this form */
  readonly like?: string;
}

/** Types of resources that a stack holds in one account and region. */
export interface Holding {
  /** Without the environment. */
  readonly stack: string;
  readonly kind: string;
  /** Key of the pipeline's policy that carries the permissions. */
  readonly policy: string;
  readonly appliedBy: Applier;
  readonly like?: string;
  readonly accountId: string;
  readonly region: string;
  /** Sorted. */
  readonly types: readonly string[];
}

export interface ReviewArea<Area extends string = string> {
  readonly name: Area;
  /** From 1, where most is at stake, to 9: the order of a review. */
  readonly stake: number;
}

export interface Guard<Kind extends string = string> {
  /** Follows "is a guard of": `emergency access`. */
  readonly of: string;
  readonly kinds: readonly Kind[];
  readonly types: readonly string[];
}

/** Writes a card down: infers its types. */
export function section<
  const Key extends string,
  Schema extends z.ZodType,
  State extends object = never,
  Needs extends object = object,
  const Kind extends string = never,
  Summary extends object = object,
  const Area extends string = never,
>(
  card: SectionCard<Key, Schema, State, Needs, Kind, Summary, Area>,
): SectionCard<Key, Schema, State, Needs, Kind, Summary, Area> {
  return card;
}

/** Types of resources that several sections make. */
export const ROLE_TYPES = ["aws_iam_role", "aws_iam_role_policy"];
export const ATTACHED_ROLE_TYPES = ["aws_iam_role", "aws_iam_role_policy_attachment"];
export const STACK_SET_TYPES = ["aws_cloudformation_stack_instances", "aws_cloudformation_stack_set"];
export const ALARM_HUB_TYPES = [
  "aws_cloudwatch_event_bus",
  "aws_cloudwatch_event_bus_policy",
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_kms_alias",
  "aws_kms_key",
  "aws_sns_topic",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
];
export const FORWARDER_TYPES = ["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", ...ROLE_TYPES];
