/**
 * The policy evaluator, the comparison and the decision procedure, as the package exports them (`docs/library.md`). These exports follow
 * semantic versioning; everything else below `modules/` may change with any version.
 */

export {
  ABSENT,
  accountOfArn,
  compile,
  CompiledSet,
  evaluate,
  explain,
  FULL_AWS_ACCESS,
  interestingValues,
  NOT_KNOWN,
  prepareRequest,
  statementMatches,
} from "./evaluate";
export type {
  ContextValue,
  Deciding,
  DecidingCondition,
  InterestingKey,
  InterestingValues,
  Layer,
  NamedPolicy,
  PolicyRequest,
  PolicySet,
  PreparedRequest,
  PrincipalType,
  RequestPrincipal,
  TruthName,
  Verdict,
} from "./evaluate";
export { comparePolicies } from "./compare";
export type { PolicyComparison, PolicyKind, PolicyLevels, Witness as ComparisonWitness } from "./compare";
export { decide, everyRole, everyUser } from "./decide";
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
} from "./decide";
export { readPolicy, readPolicyText } from "./read";
export type { DocumentProblem, ReadDocument, ReadOptions } from "./read";
export type { PolicyDocument, PolicyStatement } from "./types";
