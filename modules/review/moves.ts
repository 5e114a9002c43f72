import { Move, moveBlocks } from "../config/moves";
import { canonicalJson, differing, Json } from "../kernel/json";
import { unique } from "../kernel/lists";
import { blockKey, blockText, stateBlocks } from "../terraform/state-blocks";
import { ResourceChange, StackPlan, text } from "../terraform/stack-plan";
import { bindingOf, ReviewContext } from "./context";
import { say } from "./sentence";

/**
 * Moves between states. A stack that lets go of a resource and another one that imports the very same change nothing in AWS: they are
 * joined before anything is judged, so that neither is told as a loss or as something new.
 */

/**
 * The plans with moves between stacks joined: what is imported was there before, in another stack. Where it is not certain that both are one,
 * they stay what they are: something that nobody manages any more, and an import.
 *
 * @param moves of moves.yaml: of two synths only what one of its entries names is a move
 */
export function withMovesJoined(plans: readonly StackPlan[], moves: readonly Move[]): readonly StackPlan[] {
  const gone = identified(plans, "before", (one) => one.forgotten === true);
  const come = identified(plans, "after", (one) => one.importing === true && one.after !== undefined);
  if (gone.size === 0 || come.size === 0) return plans;
  const pairs = [...come].flatMap(([identity, to]) => {
    const from = gone.get(identity);
    // Where two are alike none can be told from the other.
    return from?.length === 1 && to.length === 1 && areOne(from[0]!, to[0]!, moves)
      ? [{ from: from[0]!, to: to[0]! }]
      : [];
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
  const written =
    name === undefined || name.includes("${")
      ? canonicalJson(one[side] ?? {})
      : [name, ...WITHIN.map((argument) => text(one[side], argument) ?? null)];
  return [JSON.stringify(["synth", type, account ?? null, region ?? null, written])];
}

/** What an import reads as nothing a state may have as empty or false. */
function isFilled(value: unknown): boolean {
  return value !== null && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** What a name is unique within, where it is not the account. */
const WITHIN = ["role", "user", "group", "bucket", "event_bus_name", "instance_arn", "parent_id", "path"];

function areOne(from: Placed, to: Placed, moves: readonly Move[]): boolean {
  if (from.plan === to.plan) return false;
  if (to.plan.kind === "synth")
    return from.one.account !== undefined && from.one.account === to.one.account && isDeclared(from, to, moves);
  return isInOnePlace(from, to) && readAlike(from.one, to.one);
}

/** Types whose import id is their name. */
const NAMED_BY_ID = ["aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_iam_instance_profile"];

function isDeclared(from: Placed, to: Placed, moves: readonly Move[]): boolean {
  const name = text(to.one.after, "name");
  if (isDeclaredByInstance(from, to, moves)) return true;
  return moves.some(
    (move) =>
      move.from?.stack === stackOf(from.plan) &&
      move.from.address === from.one.address &&
      move.to?.stack === stackOf(to.plan) &&
      move.to.address === to.one.address &&
      !(NAMED_BY_ID.includes(to.one.type) && name !== undefined && !name.includes("${") && move.id !== name),
  );
}

/** A state lets go of all instances at once, and another one imports each: two kinds of entries for one address. */
function isDeclaredByInstance(from: Placed, to: Placed, moves: readonly Move[]): boolean {
  const { address } = to.one;
  const bare = address.replace(/\[.*$/s, "");
  const at = (side: Move["from"], plan: StackPlan, wanted: string): boolean =>
    side?.stack === stackOf(plan) && side.address === wanted;
  return (
    bare !== address &&
    from.one.address === address &&
    !NAMED_BY_ID.includes(to.one.type) &&
    moves.some((move) => !move.to && at(move.from, from.plan, bare)) &&
    moves.some((move) => !move.from && at(move.to, to.plan, address))
  );
}

/** Types of which an account has one for all regions. */
const GLOBAL = /^aws_(iam|organizations|ssoadmin|identitystore)_/;

/** With account and region; Identity Center has one of each kind in a partition. */
const OWN_ARN = /^arn:[^:]*:(?:[^:]*:[^:]*:\d{12}|sso::):/;

/**
 * An ARN of its own says account and region. Else the account of both must be known: a plan no longer has the provider of what a stack lets go
 * of, so all of its providers must name the same one. The region is known where it is read.
 */
function isInOnePlace(from: Placed, to: Placed): boolean {
  const arn = text(from.one.before, "arn");
  if (arn !== undefined && OWN_ARN.test(arn) && to.one.written?.has("arn") === false) return true;
  const accounts = from.plan.providerAccounts ?? [];
  const region = text(from.one.before, "region");
  return (
    to.one.account !== undefined &&
    accounts.length === 1 &&
    accounts[0] === to.one.account &&
    (GLOBAL.test(to.one.type) || (region !== undefined && region === text(to.one.before, "region")))
  );
}

/** Whether AWS showed both sides the same of what is written: else something has changed on the way, or they are two. */
function readAlike(from: ResourceChange, to: ResourceChange): boolean {
  const [left, right] = [from.before ?? {}, to.before ?? {}];
  const meaning = (value: unknown): string => {
    if (!isFilled(value)) return "";
    if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return canonicalJson(value);
    try {
      return canonicalJson(JSON.parse(value));
    } catch {
      return canonicalJson(value);
    }
  };
  // What is computed a state may have from before (attachments of a role); of some types the provider makes the id up.
  const written = [...(to.written ?? [])];
  const read = written.length > 0 ? ["region", ...written] : unique([...Object.keys(left), ...Object.keys(right)]);
  return read.every((key) => key === "id" || meaning(left[key]) === meaning(right[key]));
}

function stackOf({ name, mark }: StackPlan): string {
  return mark?.environment === undefined ? name : name.slice(mark.environment.length + 1);
}

/** What decides how a resource is handled, but for where it stands in its stack. */
function handling({ meta = {} }: ResourceChange): Json {
  const { depends_on: _order, provider: _provider, ...rest } = meta;
  return rest;
}

function continued(from: ResourceChange, to: ResourceChange, kind: StackPlan["kind"]): ResourceChange {
  const { importing: _importing, ...rest } = to;
  const previousAddress = `${from.address} of ${from.stack}`;
  if (kind === "plan") return { ...rest, previousAddress };
  const same = canonicalJson(from.before ?? {}) === canonicalJson(to.after ?? {});
  const metaChanged = differing(handling(from), handling(to)).map((what) => ({ what, value: to.meta?.[what] ?? null }));
  return {
    ...rest,
    previousAddress,
    actions: [same ? "no-op" : "update"],
    ...(metaChanged.length > 0 ? { metaChanged } : {}),
    ...(from.provisioned ? { provisioned: true } : {}),
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
    const declared = new Set(stateBlocks(moveBlocks(moves, stackOf(plan))).map(blockKey));
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
