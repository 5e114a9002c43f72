import { canonicalJson } from "../../kernel/json";
import type { ReviewContext } from "../context";
import { listOf, say, Sentence, words } from "../sentence";
import { ResourceChange, text, texts } from "../../terraform/stack-plan";
import type { Area, ChangeClass } from "../types";

/** What a table says of a resource type, and the rules of single attributes that tables are made of. */

/** What it means, and in words that follow the subject. */
export type Told = readonly [ChangeClass, string | Sentence];

export interface TypeRule {
  /** `Trust anchor` */
  readonly what: string;
  readonly area: (resource: ResourceChange) => Area;
  /** Attribute that names it, or how it is named. @default "name" */
  readonly named?: string | ((resource: ResourceChange, context: ReviewContext) => string);
  /** Whether somebody becomes an administrator by what widens access here. @default - nobody */
  readonly administrator?: (resource: ResourceChange, context: ReviewContext) => boolean;
  readonly created: Told | ((resource: ResourceChange, context: ReviewContext) => Told);
  readonly deleted: Told | ((resource: ResourceChange, context: ReviewContext) => Told);
  /** By attribute; an attribute that is not here makes the change unknown. */
  readonly attributes: Readonly<Record<string, AttributeRule>>;
}

export type AttributeRule = (
  resource: ResourceChange,
  subject: Sentence,
  context: ReviewContext,
) => readonly (readonly [ChangeClass, Sentence])[];

export const at = (area: Area) => (): Area => area;
export const neutral: AttributeRule = () => [];

/** More is worse (or better): numbers. What else is in the block of the number is nobody's to pass over. */
export const amount =
  (path: string, unit: string, more: ChangeClass): AttributeRule =>
  (resource, subject) => {
    const [from, to] = [Number(deep(resource.before, path)), Number(deep(resource.after, path))];
    if (Number.isNaN(from) || Number.isNaN(to)) return [["unknown", say`${subject}: ${path} changes.`]];
    const less: ChangeClass = more === "weakens" ? "strengthens" : "weakens";
    const [block] = path.split(".");
    return [
      ...(from === to
        ? []
        : [[to > from ? more : less, say`${subject}: ${to} ${words(unit)} instead of ${from}.`] as const]),
      ...(withoutLeaf(resource.before, path) === withoutLeaf(resource.after, path)
        ? []
        : [["unknown", say`${subject}: something else in ${block!} changes.`] as const]),
    ];
  };

/** The attribute that a path begins with, as text, without the value at its end. */
function withoutLeaf(attributes: ResourceChange["before"], path: string): string {
  const [attribute, ...rest] = path.split(".");
  if (rest.length === 0) return "";
  const copy: unknown = structuredClone(attributes?.[attribute!] ?? null);
  const leaf = rest.pop()!;
  const holder: unknown = deep({ copy }, ["copy", ...rest].join("."));
  const block: unknown = Array.isArray(holder) ? holder[0] : holder;
  if (typeof block === "object" && block !== null) Reflect.deleteProperty(block, leaf);
  return canonicalJson(copy);
}

/** A list: what comes and what goes. */
export const members =
  (attribute: string, came: readonly [ChangeClass, string], went: readonly [ChangeClass, string]): AttributeRule =>
  (resource, subject) => {
    const [before, after] = [texts(resource.before, attribute), texts(resource.after, attribute)];
    const [gained, lost] = [after.filter((v) => !before.includes(v)), before.filter((v) => !after.includes(v))];
    return [
      ...(gained.length > 0 ? [[came[0], say`${subject} ${words(came[1])} ${listOf(gained)}.`] as const] : []),
      ...(lost.length > 0 ? [[went[0], say`${subject} ${words(went[1])} ${listOf(lost)}.`] as const] : []),
    ];
  };

export const flag =
  (attribute: string, on: readonly [ChangeClass, string], off: readonly [ChangeClass, string]): AttributeRule =>
  (resource, subject) => {
    const [before, after] = [text(resource.before, attribute) === "true", text(resource.after, attribute) === "true"];
    return before === after ? [] : [[(after ? on : off)[0], say`${subject} ${words((after ? on : off)[1])}.`]];
  };

export const becomes =
  (cls: ChangeClass, sentence: string): AttributeRule =>
  (_resource, subject) => [[cls, say`${subject} ${words(sentence)}.`]];

/** A value inside blocks: `configuration.unused_access.unused_access_age`. */
export function deep(attributes: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => {
    const one: unknown = Array.isArray(value) ? value[0] : value;
    return typeof one === "object" && one !== null && Object.hasOwn(one, name)
      ? (one as Record<string, unknown>)[name]
      : undefined;
  }, attributes);
}
