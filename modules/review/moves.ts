import { Move, moveBlocks } from "../config/moves";
import { canonicalJson } from "../kernel/json";
import { blockKey, blockText, stateBlocks } from "../terraform/state-blocks";
import { ResourceChange, StackPlan, text } from "../terraform/stack-plan";
import { bindingOf, ReviewContext } from "./context";
import { say } from "./sentence";

/**
 * Moves between states. A stack that lets go of a resource and another one that imports the very same change nothing in AWS: they are
 * joined before anything is judged, so that neither is told as a loss or as something new.
 */

/** The plans with moves between stacks joined: what is imported was there before, in another stack. */
export function withMovesJoined(plans: readonly StackPlan[]): readonly StackPlan[] {
  const gone = identified(plans, "before", (one) => one.forgotten === true);
  const come = identified(plans, "after", (one) => one.importing === true && one.after !== undefined);
  if (gone.size === 0 || come.size === 0) return plans;
  const pairs = [...come].flatMap(([identity, to]) => {
    const from = gone.get(identity);
    // Where two are alike none can be told from the other.
    return from?.length === 1 && to.length === 1 && mayBeOne(from[0]!, to[0]!) ? [{ from: from[0]!, to: to[0]! }] : [];
  });
  const joined = new Map<ResourceChange, ResourceChange>();
  const taken = new Set<ResourceChange>();
  const moved = new Set<string>();
  // What refers to others has moved only where they have moved with it: the same text means another resource in another stack.
  for (let before = -1; before < joined.size;) {
    before = joined.size;
    for (const { from, to } of pairs) {
      const way = `${from.plan.name} ${to.plan.name}`;
      const refers = to.plan.kind === "synth" ? Object.values(from.one.references).flat() : [];
      if (joined.has(to.one) || taken.has(from.one) || !refers.every((address) => moved.has(`${way} ${address}`)))
        continue;
      joined.set(to.one, from.one);
      taken.add(from.one);
      if (from.one.address === to.one.address) moved.add(`${way} ${from.one.address}`);
    }
  }
  if (joined.size === 0) return plans;
  return plans.map((plan) => ({
    ...plan,
    resources: plan.resources
      .filter((one) => !taken.has(one))
      .map((one) => {
        const from = joined.get(one);
        return from ? continued(from, one, plan.kind) : one;
      }),
  }));
}

interface Placed {
  readonly plan: StackPlan;
  readonly one: ResourceChange;
}

/** Resources by what they are. */
function identified(
  plans: readonly StackPlan[],
  side: "before" | "after",
  which: (one: ResourceChange) => boolean,
): ReadonlyMap<string, readonly Placed[]> {
  const found = new Map<string, Placed[]>();
  for (const plan of plans)
    for (const one of plan.resources) {
      if (!which(one)) continue;
      for (const identity of identitiesOf(one, plan, side))
        found.set(identity, [...(found.get(identity) ?? []), { plan, one }]);
    }
  return found;
}

/**
 * A plan shows the ids of AWS. Some ids the provider makes up, and an import gives another one (attachments): then all that is read of it says
 * what it is. Of two synths only what people have written is known.
 */
function identitiesOf(one: ResourceChange, plan: StackPlan, side: "before" | "after"): readonly string[] {
  const { type, account, region, before } = one;
  if (plan.kind === "plan") {
    const { id, arn, ...rest } = before ?? {};
    if (typeof id !== "string") return [];
    const read = Object.entries(rest).filter(([, value]) => isFilled(value));
    return [
      JSON.stringify([type, "id", id, arn ?? null]),
      ...(typeof arn === "string" || read.length === 0
        ? []
        : [JSON.stringify([type, "read", canonicalJson(Object.fromEntries(read))])]),
    ];
  }
  const name = text(one[side], "name");
  const written = name === undefined || name.includes("${") ? canonicalJson(one[side] ?? {}) : [name];
  return [JSON.stringify(["synth", type, account ?? null, region ?? null, written])];
}

/** What an import reads as nothing a state may have as empty or false. */
function isFilled(value: unknown): boolean {
  return value !== null && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** A plan no longer has the provider of what a stack lets go of. */
function mayBeOne(from: Placed, to: Placed): boolean {
  const { account } = to.one;
  const known = from.one.account ?? (account && from.plan.resources.find((one) => one.account)?.account);
  return from.plan !== to.plan && (known === undefined || known === "" || account === undefined || known === account);
}

function continued(from: ResourceChange, to: ResourceChange, kind: StackPlan["kind"]): ResourceChange {
  const { importing: _importing, ...rest } = to;
  const previousAddress = `${from.address} of ${from.stack}`;
  if (kind === "plan") return { ...rest, previousAddress };
  const same = canonicalJson(from.before ?? {}) === canonicalJson(to.after ?? {});
  return {
    ...rest,
    previousAddress,
    actions: [same ? "no-op" : "update"],
    ...(from.before ? { before: from.before } : {}),
    references: { ...from.references, ...to.references },
    preventDestroy: {
      before: from.preventDestroy?.before ?? false,
      after: to.preventDestroy?.after ?? false,
    },
  };
}

/** What the blocks of synths mean beside the moves that are joined: those that moves.yaml does not have, and imports of what nobody has shown. */
export function reviewStateBlocks(context: ReviewContext, moves: readonly Move[]): void {
  for (const plan of context.plans) {
    if (plan.kind !== "synth") continue;
    const environment = plan.mark?.environment;
    const stack = environment === undefined ? plan.name : plan.name.slice(environment.length + 1);
    const declared = new Set(stateBlocks(moveBlocks(moves, stack)).map(blockKey));
    for (const block of plan.stateBlocks ?? [])
      if (!declared.has(blockKey(block)))
        context.addAbout(plan, {
          class: "unknown",
          area: "other",
          sentence: say`Stack ${plan.name}: ${blockText(block)} is in the synth and not in moves.yaml, from which alone it may come.`,
          binding: block,
        });
    for (const resource of plan.resources)
      if (resource.importing)
        context.add({
          class: "unknown",
          area: "other",
          sentence: say`${resource.address} is imported: what it is in AWS before that is not known here.`,
          resources: [resource],
          binding: bindingOf(resource),
        });
  }
}
