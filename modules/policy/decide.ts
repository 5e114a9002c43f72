import { ABSENT, evaluate, NOT_KNOWN } from "./evaluate";
import type { CompiledSet, ContextValue, PolicyRequest, PolicySet, Verdict } from "./evaluate";
import type { DecideOptions, Decision, KeySet, RequestSet, TextSet, Witness } from "./decide/types";

/**
 * Decides what AWS says to a whole *set* of requests: all denied, all allowed, or some of each, with a request that the evaluator confirms
 * for each side. Sound by construction; what it cannot decide it calls `unknown` and says why.
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

/** Requests that are asked one by one at most. */
const LISTED = 1_000;

/**
 * @param set the requests
 * @param policies as for `evaluate`: a layer that is absent is not looked at
 */
export function decide(set: RequestSet, policies: PolicySet | CompiledSet, options: DecideOptions = {}): Decision {
  const limit = Math.min(LISTED, options.steps ?? LISTED);
  const requests = listed(set);
  const open: Decision = {
    verdict: "unknown",
    steps: 0,
    reasons: [{ code: "budget", text: "the set has more requests than are asked one by one" }],
  };
  if (requests === undefined || requests.length > limit) return open;
  if (requests.length === 0) return { verdict: "empty", steps: 0 };
  let allowed: Witness | undefined;
  let denied: Witness | undefined;
  let undecided: PolicyRequest | undefined;
  for (const request of requests) {
    const verdict: Verdict = evaluate(request, policies);
    const witness: Witness = { request: { ...request, unlistedKeys: "absent" }, verdict };
    if (verdict.decision === "allowed") allowed ??= witness;
    else if (verdict.decision === "denied") denied ??= witness;
    else undecided ??= request;
  }
  const steps = requests.length;
  if (allowed && denied) return { verdict: "mixed", allowed, denied, steps };
  if (undecided)
    return {
      verdict: "unknown",
      steps,
      ...(allowed ? { allowed } : {}),
      ...(denied ? { denied } : {}),
      reasons: [{ code: "not-documented", text: "the evaluator cannot decide a request", request: undecided }],
    };
  if (denied) return { verdict: "all-denied", denied, by: [], steps };
  return { verdict: "all-allowed", allowed: allowed!, steps };
}

/** Requests of a set without wildcards; keys that are open are not known. */
function listed(set: RequestSet): readonly PolicyRequest[] | undefined {
  const plain = ({ like, except = [] }: TextSet): readonly string[] | undefined =>
    except.length > 0 || like.some((text) => /[*?]/.test(text)) ? undefined : like;
  const actions = plain(set.actions);
  const resources = plain(set.resources);
  if (!actions || !resources) return undefined;
  const found: PolicyRequest[] = [];
  for (const { type, arns, accountId, keys } of set.principals) {
    const context: Record<string, ContextValue | typeof NOT_KNOWN | typeof ABSENT> = {};
    for (const [key, values] of Object.entries({ ...set.keys, ...keys })) context[key] = only(values);
    const names = plain(arns);
    if (!names) return undefined;
    for (const arn of names)
      for (const action of actions)
        for (const resource of resources)
          found.push({
            principal: { type, arn, ...(accountId === undefined ? {} : { accountId }) },
            action,
            resource,
            ...(set.resourceAccountId === undefined ? {} : { resourceAccountId: set.resourceAccountId }),
            context,
            unlistedKeys: set.otherKeys === "absent" ? "absent" : "unknown",
          });
  }
  return found;
}

function only(values: KeySet): ContextValue | typeof NOT_KNOWN | typeof ABSENT {
  if (values === "absent") return ABSENT;
  if (typeof values === "string" || !("oneOf" in values) || values.absent || values.several) return NOT_KNOWN;
  return values.oneOf.length === 1 ? values.oneOf[0]! : NOT_KNOWN;
}
