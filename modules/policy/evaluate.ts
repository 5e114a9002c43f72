import { CompiledSet } from "./evaluate/compiled";
import { PolicyRequest, prepareRequest, PreparedRequest } from "./evaluate/request";
import { compileStatement, Layer, speaksOf } from "./evaluate/statements";
import { and } from "./evaluate/truth";
import type { NamedPolicy, PolicySet, TruthName, Verdict } from "./evaluate/types";
import { judge } from "./evaluate/verdict";
import { policyDocument } from "./document";
import type { PolicyStatement } from "./types";

/**
 * Whether AWS allows a request, from the policies alone: SCPs and RCPs along the chain root → OU → account, identity policies,
 * permissions boundary, session policies and resource (trust) policy. What AWS does not document, or what depends on a value that is
 * not given, is `unknown`, and only where it could change the answer. docs/evaluator.md says what is and what is not decided.
 */

export { CompiledSet } from "./evaluate/compiled";
export { CONDITION_OPERATORS } from "./evaluate/conditions";
export { explain } from "./evaluate/explain";
export { interestingValues, policiesOf } from "./evaluate/interesting";
export type { InterestingKey, InterestingValues } from "./evaluate/interesting";
export { ABSENT, accountOfArn, NOT_KNOWN, prepareRequest, PreparedRequest } from "./evaluate/request";
export type { ContextValue, PolicyRequest, PrincipalType, RequestPrincipal } from "./evaluate/request";
export type { Layer } from "./evaluate/statements";
export type { Deciding, DecidingCondition, NamedPolicy, PolicySet, TruthName, Verdict } from "./evaluate/types";

/** The policy that AWS attaches everywhere until somebody replaces it. */
export const FULL_AWS_ACCESS: NamedPolicy = {
  name: "FullAWSAccess",
  document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
};

/** Once for each chain; the result can be asked as often as one likes. The policies must not be changed afterwards. */
export function compile(set: PolicySet): CompiledSet {
  return new CompiledSet(set);
}

const compiled = new WeakMap<PolicySet, CompiledSet>();

/** A set that is given as it is gets compiled the first time. */
export function evaluate(request: PolicyRequest | PreparedRequest, policies: PolicySet | CompiledSet): Verdict {
  let set = policies instanceof CompiledSet ? policies : compiled.get(policies);
  if (!set) {
    set = new CompiledSet(policies as PolicySet);
    compiled.set(policies as PolicySet, set);
  }
  return judge(prepareRequest(request), set);
}

/** Whether one statement speaks of a request, whatever its effect: action, resource, principal (in a resource policy) and conditions. */
export function statementMatches(
  statement: PolicyStatement,
  request: PolicyRequest | PreparedRequest,
  layer: Layer = "scp",
  version = "2012-10-17",
): TruthName {
  const prepared = prepareRequest(request);
  const ready = compileStatement(statement, 0, layer, version);
  return (["false", "unknown", "true"] as const)[and(ready.action(prepared.action), speaksOf(ready, prepared))];
}
