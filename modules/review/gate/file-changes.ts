import { canonicalJson } from "../../kernel/json";
import { listOf, say, Sentence, words } from "../sentence";
import type { AccessChange } from "../types";
import type { Approval } from "./approvals";
import { sha256 } from "./binding";
import type { ReviewRules } from "./review-rules";

/** The files that the gate goes by decide what passes: a change of them is a change of access. */

const ID_DIGITS = 32;

/** A change that is no plan's: what a file of the environment means. */
export function fileChange(
  cls: AccessChange["class"],
  sentence: Sentence,
  binding: unknown,
  area: AccessChange["area"] = "other",
): AccessChange {
  return {
    id: `${area}-${sha256([cls, binding]).slice(0, ID_DIGITS)}`,
    class: cls,
    area,
    sentence,
    stacks: [],
    addresses: [],
    witnesses: [],
    diff: [],
  };
}

interface Named {
  readonly name: string;
}

/** Rules of one kind: what is there afterwards that was not, and what is no longer. A rule that is edited is both. */
function differing<T extends Named>(
  before: readonly T[],
  after: readonly T[],
): { came: readonly T[]; went: readonly T[] } {
  const [old, now] = [before, after].map((list) => new Set(list.map((rule) => canonicalJson(rule))));
  return {
    came: after.filter((rule) => !old!.has(canonicalJson(rule))),
    went: before.filter((rule) => !now!.has(canonicalJson(rule))),
  };
}

const newOf = (after: readonly string[], before: readonly string[]): readonly string[] =>
  after.filter((one) => !before.includes(one));

/**
 * What changed in the rules since the oldest base: a commit that nothing was applied of is the next one's base, and nobody may have agreed to
 * what it brought.
 */
export function rulesChangesSince(environment: string, states: readonly ReviewRules[]): readonly AccessChange[] {
  return states.slice(1).flatMap((after, i) => rulesChanges(environment, states[i]!, after));
}

/**
 * What a change of `review.yaml` lets pass from then on, and what it stops. Counted on the safe side: a rule that is edited is one that goes
 * and one that comes.
 */
function rulesChanges(environment: string, before: ReviewRules, after: ReviewRules): readonly AccessChange[] {
  const [waivers, raise, never] = [
    differing(before.waivers, after.waivers),
    differing(before.raise, after.raise),
    differing(before.neverGrant, after.neverGrant),
  ];
  const names = (rules: readonly Named[]): Sentence =>
    listOf(
      rules.map(({ name }) => name),
      8,
    );
  const wider: Sentence[] = [];
  const narrower: Sentence[] = [];
  const tell = (list: Sentence[], rules: readonly Named[], how: string): void => {
    if (rules.length > 0) list.push(say`${words(how)} ${names(rules)}`);
  };
  tell(wider, waivers.came, "new or edited waivers");
  tell(
    narrower,
    waivers.went.filter(({ name }) => !after.waivers.some((one) => one.name === name)),
    "waivers taken away",
  );
  tell(wider, raise.went, "classes no longer raised, or otherwise, by");
  tell(
    narrower,
    raise.came.filter(({ name }) => !before.raise.some((one) => one.name === name)),
    "classes raised by",
  );
  tell(wider, never.went, "grants no longer forbidden, or otherwise, by");
  tell(
    narrower,
    never.came.filter(({ name }) => !before.neverGrant.some((one) => one.name === name)),
    "grants forbidden by",
  );
  const stops = newOf(after.failOn, before.failOn);
  const passes = newOf(before.failOn, after.failOn);
  if (passes.length > 0) wider.push(say`${words("the gate no longer stops")} ${listOf(passes)}`);
  if (stops.length > 0) narrower.push(say`${words("the gate also stops")} ${listOf(stops)}`);
  principalChanges(before.principals, after.principals, wider, narrower);
  const binding = [environment, before, after];
  return [
    ...(wider.length > 0
      ? [
          fileChange(
            "weakens",
            say`The review of ${environment} lets more pass after the merge (review.yaml): ${joined(wider)}.`,
            binding,
          ),
        ]
      : []),
    ...(narrower.length > 0
      ? [
          fileChange(
            "strengthens",
            say`The review of ${environment} is stricter after the merge (review.yaml): ${joined(narrower)}.`,
            binding,
          ),
        ]
      : []),
  ];
}

/** What changes in who counts as outside: told into the lists. */
function principalChanges(
  was: ReviewRules["principals"],
  is: ReviewRules["principals"],
  wider: Sentence[],
  narrower: Sentence[],
): void {
  const inside = newOf(is?.inside ?? [], was?.inside ?? []);
  const outsideNoMore = newOf(was?.outside ?? [], is?.outside ?? []);
  if (was && !is) wider.push(words("nobody counts as outside any more (principals)"));
  else {
    if (inside.length > 0) wider.push(say`${words("as inside count also")} ${listOf(inside)}`);
    if (outsideNoMore.length > 0) wider.push(say`${words("as outside no longer count")} ${listOf(outsideNoMore)}`);
  }
  if (is && (!was || newOf(is.outside, was.outside).length > 0))
    narrower.push(words("more principals count as outside"));
  else if (is && was && newOf(was.inside, is.inside).length > 0)
    narrower.push(words("fewer principals count as inside"));
}

function joined(sentences: readonly Sentence[]): Sentence {
  return { parts: sentences.flatMap((one, i) => [...(i > 0 ? [{ text: "; " }] : []), ...one.parts]) };
}

/** Approvals that a change brings along, edited ones among them. */
export function newApprovals(before: readonly Approval[], after: readonly Approval[]): readonly Approval[] {
  const known = new Set(before.map((one) => canonicalJson(one)));
  return after.filter((one) => !known.has(canonicalJson(one)));
}

/** Approvals together with something else: then whoever agrees to the one agrees to the other unseen. */
export function approvalsBeside(environment: string, approvals: readonly Approval[]): AccessChange {
  return fileChange(
    "weakens",
    say`Approvals of ${environment} are added together with other changes: ${listOf(approvals.map(({ id }) => id))}. A pull request that adds approvals changes nothing else.`,
    [environment, approvals],
  );
}
