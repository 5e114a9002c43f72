import type { PolicyComparison, PolicyKind, PolicyLevels, WitnessSetting } from "../policy/compare";
import { uniqueSorted } from "../kernel/lists";
import { mostDangerousFirst } from "../policy/danger";
import { givesAdministration } from "../policy/administrator";
import { asList } from "../policy/document";
import { accountOfArn } from "../policy/evaluate";
import { bindingOf, Held, isDocument, NO_ACCOUNT, ReviewContext } from "./context";
import { listOf, say, Sentence, words } from "./sentence";
import type { ResourceChange } from "../terraform/stack-plan";
import { actionNames, statementDiff, witnessView } from "./statements";
import type { Area, ChangeClass } from "./types";

/** One policy document before and after, as sentences. */

export interface PolicyChange {
  readonly kind: PolicyKind;
  /** What holds the policy, as the subject of a sentence: `Role app in account shop-dev`. */
  readonly subject: Sentence;
  /** `its inline policy deploy` */
  readonly what: Sentence;
  readonly area: Area;
  readonly before: readonly NamedHeld[];
  readonly after: readonly NamedHeld[];
  readonly resources: readonly ResourceChange[];
  readonly setting: WitnessSetting;
  /** Sentences for a change that the caller knows better how to say. @default - "… may now …" */
  readonly gains?: (comparison: PolicyComparison) => readonly ToldWith[];
  readonly losses?: (comparison: PolicyComparison) => readonly ToldWith[];
  /** What a loss is. @default "strengthens" */
  readonly lossClass?: "strengthens" | "unknown" | "destroys-guard";
}

/** A sentence, and the requests that it was made from. */
export interface ToldWith {
  readonly sentence: Sentence;
  /** @default - all of the comparison's */
  readonly witnesses?: PolicyComparison["gained"];
  /** @default - what gains and losses are */
  readonly class?: ChangeClass;
}

export interface NamedHeld {
  readonly name: string;
  readonly held: Held;
}

/**
 * Says what a change of documents means; nothing where it means nothing.
 *
 * @returns whether something becomes possible
 */
export function reviewPolicy(context: ReviewContext, change: PolicyChange): boolean {
  const { subject, what, area, resources } = change;
  if (sayUnreadable(context, change)) return false;
  const documents = (list: readonly NamedHeld[]) => [
    list.flatMap(({ name, held }) => (isDocument(held) ? [{ name, document: held.document }] : [])),
  ];
  // Of a holder a plan seldom shows all: groups, attachments of other stacks. Whatever a Deny met, one of those may allow.
  const comparison = comparedAtHome(context, change, documents(change.before), documents(change.after));
  if (comparison.relation === "equal") return false;
  const diff = statementDiff(comparison);
  const everything = (list: readonly NamedHeld[]): boolean => list.some(({ held }) => makesAdministrators(held));
  // What everything else may do stands in for policies that the plan does not show, on both sides.
  const administrator = change.kind === "identity" && everything(change.after) && !everything(change.before);
  if (comparison.gained.length > 0) {
    const all = change.gains?.(comparison) ?? [
      {
        sentence: say`${subject} may now use ${listOf(mostDangerousFirst(actionNames(comparison.gained)), 4)}${words(" (")}${what}${words(").")}`,
      },
    ];
    for (const { sentence, witnesses = comparison.gained, class: cls = "weakens" } of all)
      context.add({
        class: cls,
        area,
        sentence,
        resources,
        witnesses: witnesses.map(witnessView),
        diff,
        administrator: administrator && cls === "weakens",
      });
  }
  if (comparison.lost.length > 0) {
    const all = change.losses?.(comparison) ?? [
      {
        sentence: say`${subject} may no longer use ${listOf(mostDangerousFirst(actionNames(comparison.lost)), 4)}${words(" (")}${what}${words(").")}`,
      },
    ];
    for (const { sentence, witnesses = comparison.lost, class: cls = change.lossClass ?? "strengthens" } of all)
      context.add({
        class: cls,
        area,
        sentence,
        resources,
        witnesses: witnesses.map(witnessView),
        diff,
      });
  }
  if (comparison.open.length > 0) {
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject}: ${what} changes, and whether it permits more${words(comparison.gained.length > 0 ? " than that" : "")} cannot be decided.`,
      resources,
      diff: statementDiff(comparison, comparison.open),
    });
  } else if (comparison.gained.length === 0 && comparison.lost.length === 0) {
    // No request was found that is refused now; the policies differ, and a guard may miss what went.
    context.add({
      class: change.lossClass ?? "strengthens",
      area,
      sentence: say`${subject}: ${what} changes; nothing new is permitted.`,
      resources,
      diff,
    });
  }
  return comparison.gained.length > 0;
}

/** Accounts that an identity policy is tried in, where its own is not known. */
const HOMES = 3;

/**
 * Where a policy's account is not known, what it allows on resources of an account is first looked for from outside of that account, and
 * nothing is decided there. What is open is looked for once more from the accounts that its resources name: requests that are found
 * count, and nothing else does.
 */
function comparedAtHome(
  context: ReviewContext,
  { kind, setting }: PolicyChange,
  before: PolicyLevels,
  after: PolicyLevels,
): PolicyComparison {
  const of = (accountId: string): PolicyComparison =>
    context.compare(kind, before, after, { ...setting, accountId, othersMayAllow: true });
  const first = of(setting.accountId);
  if (kind !== "identity" || setting.accountId !== NO_ACCOUNT || first.open.length === 0) return first;
  const homes = uniqueSorted(
    first.open.flatMap(({ origin }) =>
      asList(origin.source.Resource).flatMap((arn) => /^\d{12}$/.exec(accountOfArn(arn) ?? "")?.[0] ?? []),
    ),
  ).slice(0, HOMES);
  let [gained, open] = [first.gained, first.open];
  for (const home of homes) {
    const keys = new Set(open.map(({ key }) => key));
    const found = of(home).gained.filter(({ atom }) => keys.has(atom.key));
    const settled = new Set(found.map(({ atom }) => atom.key));
    gained = [...gained, ...found];
    open = open.filter(({ key }) => !settled.has(key));
  }
  return { ...first, gained, open };
}

/** Whether a policy makes an administrator under no condition: `*` on `*`, `iam:*`, everything but something else. What another statement denies does not count. */
export function makesAdministrators(held: Held): boolean {
  return isDocument(held) && givesAdministration(held.document, "unconditional");
}

/** Says that a document cannot be read, where one cannot. */
function sayUnreadable(
  context: ReviewContext,
  { subject, what, area, resources, before, after }: PolicyChange,
): boolean {
  const why = {
    unknown: "is not known before it is applied",
    secret: "is marked sensitive",
    invalid: "is no policy that can be read",
  } as const;
  for (const { name, held } of [...before, ...after]) {
    if (isDocument(held) || held === "absent") continue;
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject}: ${what} changes, and ${name} ${words(why[held])}.`,
      resources,
      binding: resources.map((resource) => bindingOf(resource)),
    });
    return true;
  }
  return false;
}

/**
 * Identity policies that are in the plan, beside others (managed ones) that are not: what those allow is not known, so a Deny is weighed
 * against everything that they might allow, and an Allow counts by itself.
 *
 * @returns whether something becomes possible
 */
export function reviewIdentityPolicies(
  context: ReviewContext,
  change: Omit<PolicyChange, "kind"> & { readonly othersAllow: boolean },
): boolean {
  // Read from the same texts: nothing changes, and most roles of a plan are like that.
  if (
    change.before.length === change.after.length &&
    change.before.every(({ held }, i) => isDocument(held) && held === change.after[i]!.held)
  )
    return false;
  if (!change.othersAllow) return reviewPolicy(context, { ...change, kind: "identity" });
  const only = (effect: "Allow" | "Deny", list: readonly NamedHeld[]): readonly NamedHeld[] =>
    list.map(({ name, held }) => ({
      name,
      held: isDocument(held)
        ? { document: { ...held.document, Statement: held.document.Statement.filter((s) => s.Effect === effect) } }
        : held,
    }));
  const everything: NamedHeld = {
    name: "other policies",
    held: { document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] } },
  };
  const gained = reviewPolicy(context, {
    ...change,
    kind: "identity",
    before: only("Allow", change.before),
    after: only("Allow", change.after),
  });
  const readable = [...change.before, ...change.after].every(({ held }) => isDocument(held) || held === "absent");
  if (readable)
    reviewPolicy(context, {
      ...change,
      kind: "identity",
      before: [...only("Deny", change.before), everything],
      after: [...only("Deny", change.after), everything],
    });
  return gained;
}

/** Who a trust policy lets in, in a few words: `GitHub …`, `events.amazonaws.com`. */
export function trustedBy(held: Held): Sentence {
  if (held === "absent") return words("nobody");
  if (!isDocument(held)) return words("whoever its trust policy names (not known here)");
  const found = new Set<string>();
  for (const statement of held.document.Statement) {
    if (statement.Effect !== "Allow") continue;
    const { Principal } = statement;
    if (Principal === undefined || Principal === "*") found.add("anybody");
    else
      for (const values of Object.values(Principal))
        for (const value of Array.isArray(values) ? values : [values]) found.add(value as string);
  }
  return found.size === 0 ? words("nobody") : listOf([...found].sort(), 4);
}
