import { coveredBy } from "../policy/decide/statements";
import { mayMeet } from "../policy/decide/meet";
import type { PrincipalSet, RequestSet } from "../policy/decide";
import { asList } from "../policy/document";
import { ANY, arnMatches, arnPattern, components, glob, ONE } from "../policy/evaluate/patterns";
import { TRUE } from "../policy/evaluate/truth";
import type { PolicyStatement } from "../policy/types";

/**
 * Statements that take part in no request of a set, by their looks: they act on other resources, or spare by their ARNs all who are asked
 * about. "Takes no part" is certain, whatever all other conditions say; where it is not seen at a glance it is not said.
 */

const IAM_PRINCIPALS: ReadonlySet<PrincipalSet["type"]> = new Set(["user", "role", "root", "assumedRoot"]);

/** What a statement says of resources and principals, taken apart once. */
export interface Reach {
  /** Patterns of its resources. Absent: any. */
  readonly covers: readonly string[] | undefined;
  /** Of each condition that spares principals by ARN: whether one pattern is spared whole. */
  readonly spares: readonly ((arn: string) => boolean)[];
}

export function reachOf(statement: PolicyStatement): Reach {
  return {
    covers: coveredBy(statement),
    spares: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => {
      // A set operator is another thing; where the key is there, IfExists changes nothing.
      const kind = /^(Arn|String)Not(Like|Equals)(?:IfExists)?$/i.exec(operator);
      if (!kind || /^StringNotEquals/i.test(operator)) return [];
      const within = kind[1]!.toLowerCase() === "arn" ? withinArn : withinText;
      return Object.entries(keys)
        .filter(([key]) => key.toLowerCase() === "aws:principalarn")
        .map(([, values]) => {
          const spared = asList(values)
            .map(String)
            .filter((value) => !value.includes("${"))
            .map((value) => value.replaceAll("*", ANY).replaceAll("?", ONE));
          return (arn: string): boolean => spared.some((value) => within(arn, value));
        });
    }),
  };
}

/** What a set asks about, as `takesPart` looks at it. */
export interface Asked {
  readonly resources: readonly string[];
  /** Of each: its texts have no colon but those that are written, so that no wildcard of a pattern with as many goes across one. */
  readonly colons: readonly boolean[];
  /** ARNs of IAM principals whose `aws:PrincipalArn` is their own. Absent: others, too. */
  readonly principals: readonly string[] | undefined;
}

export function askedOf({ principals, resources, keys }: RequestSet): Asked {
  const fixed = [keys, ...principals.map((one) => one.keys)].some((some) =>
    Object.keys(some ?? {}).some((key) => key.toLowerCase() === "aws:principalarn"),
  );
  const known = !fixed && principals.length > 0 && principals.every(({ type }) => IAM_PRINCIPALS.has(type));
  return {
    resources: resources.like,
    colons: resources.like.map((like) => hasWrittenColons(like, resources.except ?? [])),
    principals: known ? principals.flatMap(({ arns }) => arns.like) : undefined,
  };
}

export function takesPart({ covers, spares }: Reach, { resources, colons, principals }: Asked): boolean {
  const reaches = (one: string): boolean =>
    resources.some((like, i) => (colons[i] && isWhole(one) ? eachMeets(one, like) : mayMeet(one, like)));
  if (covers && !covers.some(reaches)) return false;
  return !principals || !spares.some((spared) => principals.every(spared));
}

const COLONS = 5;
const isWhole = (arn: string): boolean => arn.split(":").length === COLONS + 1;

/** An ARN of six components whose texts have no further colon: no wildcard, or one at the end and what it must not stand for (`iamSet`). */
function hasWrittenColons(like: string, except: readonly string[]): boolean {
  if (!isWhole(like) || like.includes("?")) return false;
  const star = like.indexOf("*");
  return star < 0 || (star === like.length - 1 && except.includes(`${like}:*`));
}

function eachMeets(a: string, b: string): boolean {
  const [left, right] = [a.split(":"), b.split(":")];
  return left.every((one, i) => mayMeet(one, right[i]!));
}

/** An ARN without wildcards, or with one at its end, of which every text matches a pattern (in the evaluator's characters for wildcards). */
function withinText(arn: string, pattern: string): boolean {
  const open = arn.endsWith("*");
  const fixed = open ? arn.slice(0, -1) : arn;
  return !/[*?]/.test(fixed) && (!open || pattern.endsWith(ANY)) && glob(fixed, pattern);
}

/** The same, component by component: the wildcard at the end is in the last one. */
function withinArn(arn: string, pattern: string): boolean {
  const open = arn.endsWith("*");
  const fixed = open ? arn.slice(0, -1) : arn;
  if (/[*?]/.test(fixed) || components(fixed).length < 6 || components(pattern).length < 6) return false;
  return (!open || pattern.endsWith(ANY)) && arnMatches(fixed, arnPattern(pattern)) === TRUE;
}
