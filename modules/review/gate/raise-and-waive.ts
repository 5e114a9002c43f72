import type { AccessChange, ChangeClass, Review } from "../types";
import { CHANGE_CLASSES } from "../types";
import { fits, Raise, ReviewRules, Waiver } from "./review-rules";

/** What the rules of `review.yaml` do to a review. */

interface Scope {
  readonly type?: string | undefined;
  readonly address?: string | undefined;
  readonly attribute?: string | undefined;
}

/** A rule is about a change when it is about each of its resources: one that it does not name keeps the whole. */
export function isAbout(scope: Scope, change: Pick<AccessChange, "subjects">): boolean {
  const subjects = change.subjects ?? [];
  return (
    subjects.length > 0 &&
    subjects.every(
      ({ type, address, attributes, notResource }) =>
        (!notResource || (scope.type === type && scope.address !== undefined)) &&
        (scope.type === undefined || fits(scope.type, type)) &&
        (scope.address === undefined || fits(scope.address, address)) &&
        (scope.attribute === undefined ||
          (attributes.length > 0 && attributes.every((name) => fits(scope.attribute!, name)))),
    )
  );
}

/** A class is raised as soon as one resource of the change fits: the rule is there to be on the safe side. */
function touches(scope: Scope, change: AccessChange): boolean {
  return (change.subjects ?? []).some((subject) => isAboutOne(scope, subject));
}

function isAboutOne(
  scope: Scope,
  { type, address, attributes }: NonNullable<AccessChange["subjects"]>[number],
): boolean {
  return (
    (scope.type === undefined || fits(scope.type, type)) &&
    (scope.address === undefined || fits(scope.address, address)) &&
    (scope.attribute === undefined || attributes.some((name) => fits(scope.attribute!, name)))
  );
}

/** A rule that has acted, and on which changes. */
export interface ActedRule {
  readonly rule: string;
  readonly how: string;
  readonly changes: readonly string[];
}

/** The review with classes raised. Ids stay: they are of what changes, not of what it counts for. */
export function withRaisedClasses(
  review: Review,
  rules: ReviewRules,
): { readonly review: Review; readonly acted: readonly ActedRule[] } {
  const acted = new Map<Raise, string[]>();
  const severity = (cls: ChangeClass): number => CHANGE_CLASSES.indexOf(cls);
  const changes = review.changes.map((change) => {
    const fitting = rules.raise.filter((rule) => touches(rule, change) && severity(rule.to) < severity(change.class));
    const [worst] = [...fitting].sort((a, b) => severity(a.to) - severity(b.to));
    if (!worst) return change;
    acted.set(worst, [...(acted.get(worst) ?? []), change.id]);
    return { ...change, class: worst.to, raisedBy: worst.name };
  });
  return {
    review: acted.size === 0 ? review : { ...review, changes: sortedByClass(changes) },
    acted: [...acted].map(([rule, ids]) => ({
      rule: rule.name,
      how: `counts as ${rule.to}: ${rule.reason}`,
      changes: ids,
    })),
  };
}

function sortedByClass(changes: readonly AccessChange[]): readonly AccessChange[] {
  return CHANGE_CLASSES.flatMap((cls) => changes.filter((change) => change.class === cls));
}

/** A waiver that is about a change, and whether it lets it pass. */
export interface FittingWaiver {
  readonly waiver: Waiver;
  /** Why it does not. @default - it does */
  readonly refused?: string;
}

/**
 * The waiver of a change: one that counts today, else one that would and why it does not. What a never-grant rule has found is waived by
 * nothing, and that somebody becomes an administrator only by an approval of that very change.
 */
export function waiverOf(
  change: Pick<AccessChange, "class" | "subjects" | "rule" | "administrator">,
  rules: ReviewRules,
  today: string,
): FittingWaiver | undefined {
  const fitting = rules.waivers
    .filter((one) => isAbout(one, change))
    .map((waiver): FittingWaiver => {
      if (change.rule !== undefined)
        return { waiver, refused: `rule ${change.rule} forbids the change, and no waiver lets that pass` };
      if (change.administrator)
        return {
          waiver,
          refused: "somebody becomes an administrator, and only an approval of that very change lets that pass",
        };
      if (waiver.expires < today) return { waiver, refused: `it ended on ${waiver.expires}` };
      if (!waiver.classes.some((cls) => cls === change.class))
        return {
          waiver,
          refused: `it covers ${waiver.classes.join(", ")}, and this ${change.class === "destroys-guard" ? "destroys a guard: name that class and the address" : `is ${change.class}`}`,
        };
      return { waiver };
    });
  return fitting.find(({ refused }) => refused === undefined) ?? fitting[0];
}
