import type { Steps } from "../compare/steps";
import { evaluate } from "../evaluate";
import type { PolicySet } from "../evaluate";
import type { PolicyRequest } from "../evaluate/request";
import type { Box, Context, Look } from "./box";
import { requestOf } from "./explore";
import { ALLOWED, DENIED, judge, Judged, judged } from "./judge";
import { isNone } from "./key-values";
import { OutOfSteps, take } from "./language";
import { Part, partsOfSet, withKeys } from "./request-sets";
import { currentSpace } from "./space";
import type { RequestSet } from "./types";

/** Whether some request of a set is denied by policies before, and allowed by those after: both sides are judged on the same parts of the set. */
export type Gain =
  /** There is none: every part is allowed before or denied after. */
  | { readonly verdict: "none" }
  /** One, confirmed by the evaluator. */
  | { readonly verdict: "some"; readonly request: PolicyRequest }
  /** Neither is shown. */
  | { readonly verdict: "open" };

/**
 * @param counts whether a gain is one that is looked for; of others it is only known that they are @default - every one is
 * @param steps where they end it is open
 */
export function gainOf(
  set: RequestSet,
  before: PolicySet,
  after: PolicySet,
  steps: Steps,
  counts: (request: PolicyRequest) => boolean = () => true,
): Gain {
  const space = currentSpace();
  const work = { languages: space.languages, steps };
  const apart = [before, after].some(({ identity, resource }) => identity !== undefined || resource !== undefined);
  let open = false;
  try {
    for (const principals of set.principals)
      for (const part of partsOfSet(set, principals, apart, work)) {
        const context: Context = { ...work, space, setting: part.setting };
        const sides = { before: judged(before, part, context), after: judged(after, part, context) };
        const box = withKeys(part, set, keysOf(sides), context);
        if ([...box.values()].some((values) => isNone(values, work))) continue;
        const found = gainIn(box, sides, part, context, (request) => {
          if (evaluate(request, before).decision !== "denied" || evaluate(request, after).decision !== "allowed")
            return false;
          return counts(request);
        });
        if (found.verdict === "some") return found;
        open ||= found.verdict === "open";
      }
  } catch (error) {
    if (!(error instanceof OutOfSteps)) throw error;
    open = true;
  }
  return { verdict: open ? "open" : "none" };
}

interface Sides {
  readonly before: Judged;
  readonly after: Judged;
}

function keysOf({ before, after }: Sides): Judged["keys"] {
  const names = [...new Set([...before.keys.keys(), ...after.keys.keys()])].sort();
  return new Map(
    names.map((key) => [key, [...new Set([...(before.keys.get(key) ?? []), ...(after.keys.get(key) ?? [])])].sort()]),
  );
}

const weightOf = ({ denies, scps, identity, boundary, resource }: Judged): number =>
  denies.length +
  [...(scps ?? []), identity, boundary, resource].reduce((sum, group) => sum + (group?.allows.length ?? 0), 0);

function gainIn(
  start: Box,
  { before, after }: Sides,
  of: Part,
  context: Context,
  isGain: (request: PolicyRequest) => boolean,
): Gain {
  const weight = 1 + Math.ceil((weightOf(before) + weightOf(after)) / 4);
  const boxes: { readonly box: Box; readonly proof: boolean }[] = [{ box: start, proof: true }];
  let open = false;
  for (let one = boxes.pop(); one; one = boxes.pop()) {
    const { box, proof } = one;
    take(context.steps, weight);
    const mixed: Look[] = [];
    const now = judge(after, box, context, mixed).decisions;
    if (now === DENIED) continue;
    const was = judge(before, box, context, mixed).decisions;
    if (was === ALLOWED) continue;
    const next = mixed.find((look) => look.split);
    if (next?.split) {
      for (const part of next.split()) boxes.push({ box: part, proof });
      continue;
    }
    // One thing is said of all of it, or nothing tells its parts: a request of it may be a gain all the same.
    open = true;
    const request = requestOf(box, of, context);
    if (isGain(request)) return { verdict: "some", request };
    if (proof)
      for (const look of mixed) for (const part of look.narrow?.() ?? []) boxes.push({ box: part, proof: false });
  }
  return { verdict: open ? "open" : "none" };
}
