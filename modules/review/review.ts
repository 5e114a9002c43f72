import type { Organization } from "../organization/types";
import { Steps } from "../policy/compare";
import { dangerOf } from "../policy/danger";
import { bindingOf, ReviewContext } from "./context";
import { NO_RULES, ReviewRules } from "./gate/review-rules";
import { reviewOwnRules } from "./rules/never-grant";
import { driftOf } from "./drift";
import { reviewDriftOfGuards } from "./rules/drift-of-guards";
import { Intent, isKnown, reviewLockOut, whyNotProven } from "./rules/lock-out";
import { reviewAlarms } from "./rules/event-rules";
import { reviewGuardrails } from "./rules/guardrails";
import { reviewIdentityCenter } from "./rules/identity-center";
import type { Move } from "../config/moves";
import { reviewStateBlocks, withMovesJoined } from "./moves";
import { Names } from "./names";
import { reviewReplacements } from "./rules/replacements";
import { reviewRoles, reviewUsers } from "./rules/roles";
import { reviewByRules, reviewTheRest } from "./rules/by-type";
import { listOf, plainText, say, words } from "./sentence";
import { isChanged, isReplacement, ResourceChange, StackPlan } from "../terraform/stack-plan";
import { reviewSilence } from "./silence";
import { reviewStackSets } from "./rules/stack-sets";
import { reviewHandedOn, reviewMeta, reviewSurroundings } from "./surroundings";
import { AccessChange, AREAS, CHANGE_CLASSES, ResourceLine, Review, ReviewNote } from "./types";

const STEPS = 20_000_000;

/** Imports without a change that are told one by one; more of a stack, as an adoption has them, are one sentence. */
const FEW_IMPORTS = 5;

/**
 * What plans mean in terms of access. Pure.
 *
 * @param organization facts that give names to ids, count accounts and bring other people's SCPs; without them ids are the names
 * @param rules of one's own, of the base: what is never granted, and who counts as outside @default none
 * @param intent the environment that the plans are of: its proofs are put to the plans @default - not known: what the plans show is asked
 * @param moves of the environment's moves.yaml, as the plans' own checkout has it: what else is moved, imported or removed is told
 * @param steps how much all comparisons of policies may take: what would take more is undecided @default - twice what the benchmark's guardrails of 10,000 accounts take
 */
export function reviewPlans(
  given: readonly StackPlan[],
  organization?: Organization,
  steps = new Steps(STEPS),
  rules: ReviewRules = NO_RULES,
  intent?: Intent,
  moves: readonly Move[] = [],
): Review {
  const plans = withMovesJoined(given, moves);
  const context = new ReviewContext(plans, new Names(organization), steps, isKnown(intent));
  reviewGuardrails(context);
  reviewStackSets(context);
  reviewRoles(context);
  reviewUsers(context);
  reviewLockOut(context, intent);
  reviewIdentityCenter(context);
  reviewAlarms(context);
  reviewByRules(context);
  reviewReplacements(context);
  reviewTheRest(context);
  reviewMeta(context);
  reviewSurroundings(context);
  reviewHandedOn(context);
  reviewStateBlocks(context, moves);
  reviewSilence(context);
  reviewOwnRules(context, rules);
  for (const resource of context.resources) {
    if (resource.forgotten)
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${resource.address} is let go of: it stays in AWS as it is, and nobody manages it from then on.`,
        resources: [resource],
        binding: bindingOf(resource, Object.keys(resource.before ?? {}).sort()),
      });
    const stays = resource.before && resource.after && !resource.forgotten;
    if (stays && resource.preventDestroy?.before && !resource.preventDestroy.after) {
      context.add({
        class: "destroys-guard",
        area: "other",
        sentence: say`${resource.address} is no longer protected from being destroyed (prevent_destroy).`,
        resources: [resource],
      });
    }
  }
  reviewDriftOfGuards(context);
  for (const plan of plans) {
    const some = plan.resources[0];
    if (plan.presence === "removed" && some)
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`Stack ${plan.name} is no longer synthesized: nothing is deleted by that, its resources stay where they are and nobody manages them.`,
        resources: plan.resources,
      });
  }
  return {
    changes: sortChanges(withoutFalseGains(context.changes(), plans)),
    newStacks: context.newStacks(),
    notes: together([...unprovenNotes(plans, intent), ...plans.flatMap(notesOf)]),
    resources: plans.flatMap((plan) =>
      plan.resources.filter((r) => r.actions.some((a) => a !== "no-op" && a !== "read")).map(lineOf),
    ),
    stacks: plans.map((plan) => plan.name),
  };
}

/** The review with changes that are no plan's. */
export function withChanges(review: Review, changes: readonly AccessChange[]): Review {
  return changes.length === 0 ? review : { ...review, changes: sortChanges([...review.changes, ...changes]) };
}

function sortChanges(changes: readonly AccessChange[]): readonly AccessChange[] {
  const unique = [...new Map(changes.map((change) => [change.id, change])).values()];
  const key = (change: AccessChange): string =>
    `${CHANGE_CLASSES.indexOf(change.class)} ${change.lockOut ? 0 : change.administrator ? 1 : 2} ${AREAS.indexOf(change.area)} ${dangerIn(change)} ${plainText(change.sentence)} ${change.id}`;
  return unique
    .map((change) => [key(change), change] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, change]) => change);
}

/** Of what becomes possible: writing, reading and listing alone come after what changes who may do what, or is no matter of actions. */
function dangerIn({ class: cls, witnesses }: AccessChange): number {
  const gains = cls === "weakens" || cls === "destroys-guard";
  return gains && witnesses.length > 0 && witnesses.every(({ action }) => dangerOf(action.toLowerCase()) > 2) ? 1 : 0;
}

/** The loss of a guard is nothing else beside: that the policy of an alarm's topic allows nobody any more is no gain. */
function withoutFalseGains(changes: readonly AccessChange[], plans: readonly StackPlan[]): readonly AccessChange[] {
  const place = (stack: string, address: string): string => `${stack} ${address}`;
  const placesOf = ({ stacks, addresses }: AccessChange): readonly string[] =>
    stacks.flatMap((stack) => addresses.map((address) => place(stack, address)));
  const deleted = new Set(
    plans.flatMap((plan) =>
      plan.resources.filter((one) => one.actions.join() === "delete").map((one) => place(plan.name, one.address)),
    ),
  );
  const lost = new Set(changes.filter((one) => one.class === "destroys-guard").flatMap(placesOf));
  return changes.filter(
    (one) => one.class !== "strengthens" || !placesOf(one).every((at) => deleted.has(at) && lost.has(at)),
  );
}

function lineOf(resource: ResourceChange): ResourceLine {
  const action = isReplacement(resource) ? "replace" : (resource.actions[0] as ResourceLine["action"]);
  return { stack: resource.stack, address: resource.address, action };
}

/** A version changes in every stack at once: one line. */
function together(notes: readonly ReviewNote[]): readonly ReviewNote[] {
  const first = new Map<string, ReviewNote>();
  for (const note of notes) {
    const key =
      note.kind === "version"
        ? `version ${plainText(note.sentence)}`
        : `${note.kind} ${note.stack} ${plainText(note.sentence)}`;
    const known = first.get(key);
    first.set(key, known ? { ...known, stack: `${known.stack}, ${note.stack}` } : note);
  }
  return [...first.values()];
}

/** Lock-out was judged by less than the proofs of the environment: said wherever something changes. */
function unprovenNotes(plans: readonly StackPlan[], intent: Intent | undefined): readonly ReviewNote[] {
  const why = whyNotProven(intent);
  const changed = plans.filter(({ resources }) => resources.some(isChanged));
  if (why === undefined || changed.length === 0) return [];
  return [
    {
      kind: "incomplete",
      stack: changed.map(({ name }) => name).join(", "),
      sentence: say`Who must get in and work was judged by what the plans show and a list of recovery calls alone, not by the environment's proofs: ${why}.`,
    },
  ];
}

function notesOf(plan: StackPlan): readonly ReviewNote[] {
  const notes: ReviewNote[] = [];
  const add = (kind: ReviewNote["kind"], sentence: ReviewNote["sentence"]): void =>
    void notes.push({ kind, stack: plan.name, sentence });
  if (plan.presence === "added") add("stack", say`Stack ${plan.name} is new.`);
  if (plan.presence === "removed") add("stack", say`Stack ${plan.name} is gone.`);
  if (plan.incomplete)
    add("incomplete", say`The plan of ${plan.name} leaves something out (targeted or deferred): this review does too.`);
  for (const { what, before, after } of plan.versions) add("version", say`${what}: ${after} instead of ${before}.`);
  for (const { resource, attributes } of driftOf(plan)) {
    const how =
      attributes.length > 0 ? say`changed (${listOf(attributes)})` : words(resource.after ? "made" : "deleted");
    add("drift", say`${resource.address} was ${how} outside of Terraform; this is not what the change does.`);
  }
  const unchanged = plan.resources.filter((one) => one.importing && !isChanged(one));
  const together = unchanged.length > FEW_IMPORTS ? new Set(unchanged) : undefined;
  if (together)
    add(
      "import",
      say`${unchanged.length} resources of ${plan.name} are imported, and nothing about them changes (${listOf(unchanged.map(({ address }) => address))}): they exist already and are managed from now on.`,
    );
  for (const resource of plan.resources) {
    if (resource.importing && !together?.has(resource))
      add("import", say`${resource.address} is imported: it exists already and is managed from now on.`);
    if (resource.previousAddress)
      add("move", say`${resource.previousAddress} becomes ${resource.address}; the resource stays.`);
    if (isReplacement(resource))
      add(
        "replace",
        resource.replacedBecause.length > 0
          ? say`${resource.address} is deleted and created again, because of ${listOf(resource.replacedBecause)}.`
          : say`${resource.address} is deleted and created again.`,
      );
  }
  return notes;
}
