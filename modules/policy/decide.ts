import { Steps } from "./compare/steps";
import { CompiledSet, evaluate } from "./evaluate";
import type { PolicySet } from "./evaluate";
import type { Context } from "./decide/box";
import { addReason, explore, Findings, placeKey } from "./decide/explore";
import { judged } from "./decide/judge";
import { isNone } from "./decide/key-values";
import { OutOfSteps } from "./decide/language";
import { partsOfSet, withKeys } from "./decide/request-sets";
import { currentSpace } from "./decide/space";
import type { DecideOptions, Decision, PrincipalSet, RequestSet } from "./decide/types";

/**
 * Decides what AWS says to a whole *set* of requests: all denied, all allowed, or some of each, with a request that the evaluator confirms
 * for each side.
 *
 * A statement is a box in the space of requests: a set of actions, of principals, of resources and of values of each key. The set is split
 * along the boxes, exactly, until every part has one verdict (`explore`). What a test says to a part is computed on sets: texts with
 * wildcards as automata, numbers and dates as intervals, networks as ranges of addresses. Sound by construction: "all" is said only when
 * every part says it. What it cannot decide it calls `unknown` and says why.
 */

export type {
  DecideOptions,
  Decision,
  DecidingStatement,
  KeySet,
  KeySets,
  PrincipalSet,
  Reason,
  RequestSet,
  TextSet,
  ValueSet,
  Witness,
} from "./decide/types";

/**
 * Every role of an account, whatever its name and path.
 *
 * Service-linked roles are left out: AWS makes them for its services, and neither SCPs nor RCPs bind them.
 *
 * @param accountId @default - of any account
 */
export function everyRole(accountId = "*"): PrincipalSet {
  const role = `arn:aws:iam::${accountId}:role/`;
  return { type: "role", arns: { like: [`${role}?*`], except: ["arn:*:iam::*:role/aws-service-role/*"] } };
}

/** Every IAM user of an account. @param accountId @default - of any account */
export function everyUser(accountId = "*"): PrincipalSet {
  return { type: "user", arns: { like: [`arn:aws:iam::${accountId}:user/?*`] } };
}

/** Steps of one decision, where nothing else is said. */
export const STEPS = 200_000;

/**
 * @param set the requests
 * @param policies as for `evaluate`: a layer that is absent is not looked at
 */
export function decide(set: RequestSet, policies: PolicySet | CompiledSet, options: DecideOptions = {}): Decision {
  const source = policies instanceof CompiledSet ? policies.source : policies;
  const space = currentSpace();
  const steps = new Steps(options.steps ?? STEPS);
  const findings: Findings = { allowed: undefined, denied: undefined, reasons: new Map(), by: new Map(), parts: 0 };
  const work = { languages: space.languages, steps };
  const apart = source.identity !== undefined || source.resource !== undefined;
  try {
    for (const principals of set.principals) {
      for (const part of partsOfSet(set, principals, apart, work)) {
        const context: Context = { ...work, space, setting: part.setting };
        const relevant = judged(source, part, context);
        const box = withKeys(part, set, relevant.keys, context);
        if ([...box.values()].some((values) => isNone(values, work))) continue;
        explore(
          box,
          relevant,
          part,
          context,
          (request) => evaluate(request, policies),
          findings,
          options.checkParts ?? false,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof OutOfSteps)) throw error;
    addReason(findings, { code: "budget", text: `not settled within ${steps.limit} steps` });
  }
  return decisionOf(findings, steps.taken);
}

function decisionOf({ allowed, denied, reasons, by, parts }: Findings, steps: number): Decision {
  const wrong = [...reasons.values()].filter((reason) => reason.code === "disagreement");
  if (allowed && denied && wrong.length === 0) return { verdict: "mixed", allowed, denied, steps };
  if (reasons.size > 0)
    return {
      verdict: "unknown",
      ...(allowed ? { allowed } : {}),
      ...(denied ? { denied } : {}),
      reasons: [...reasons.values()],
      steps,
    };
  if (denied && parts > 0)
    return {
      verdict: "all-denied",
      denied,
      by: [...by.values()].sort((a, b) => (placeKey(a) < placeKey(b) ? -1 : 1)),
      steps,
    };
  if (allowed) return { verdict: "all-allowed", allowed, steps };
  return { verdict: "empty", steps };
}
