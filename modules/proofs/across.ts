import type { Account } from "../organization/types";
import type { KeySets, PrincipalSet } from "../policy/decide";
import type { PolicyRequest, PolicySet } from "../policy/evaluate";
import { defined } from "../kernel/optional";
import { unique } from "../kernel/lists";
import type { Chain } from "./chains";
import { placeContext } from "./principals";
import type { ProofInput } from "./types";

/**
 * A principal of one account acts on a resource of another, or of its own: which policies of the organization AWS asks, and what the
 * condition keys say of the two places.
 *
 * - SCPs are those on the way to the *principal's* account. They bind users, roles and the root user of member accounts; nobody of the
 *   management account, nobody outside the organization, no service of AWS, no token or assertion, and no service-linked role.
 *   https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 * - RCPs are those on the way to the *resource's* account, whoever asks: outsiders and services of AWS, too. They bind nothing in the
 *   management account, and no service-linked role. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 * - A denial on either side is final. Across accounts both sides must allow: the principal's own policies and the resource's policy.
 *   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 * - `aws:PrincipalOrgID` and `aws:PrincipalOrgPaths` follow the principal's account, `aws:ResourceOrgID` and `aws:ResourceOrgPaths` the
 *   resource's. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 *
 * That service-linked roles are not bound, which services RCPs bind, and when a resource's policy must allow is the evaluator's to say
 * (modules/policy/evaluate/verdict.ts, grant.ts): here is only whose policies it is asked with.
 */

/** Nobody's account: a service of AWS, or whoever comes with a token or an assertion. */
export const NO_ACCOUNT = "no account";

/** Types of principals that are of no organization's account. */
const OF_NO_ACCOUNT: ReadonlySet<PrincipalSet["type"]> = new Set(["service", "webIdentity", "saml"]);

const NOWHERE: KeySets = { "aws:PrincipalOrgID": "absent", "aws:PrincipalOrgPaths": "absent" };

/**
 * Policies of the organization. A chain of the management account has none (`distinctChains`).
 *
 * @param from undefined: nobody of the organization's accounts
 */
export function policiesBetween(from: Chain | undefined, to: Chain): Pick<PolicySet, "scps" | "rcps"> {
  return { ...defined({ scps: from?.scps, rcps: to.rcps }) };
}

/**
 * What a request carries that follows from the two places.
 *
 * @param from undefined: not known, or outside: nothing is said of the principal
 */
export function contextBetween(
  input: ProofInput,
  from: Account | undefined,
  to: Account,
): NonNullable<PolicyRequest["context"]> {
  return {
    ...(from ? only(placeContext(input, from), "aws:Principal") : {}),
    ...only(placeContext(input, to), "aws:Resource"),
  };
}

/** The same, as sets of one value each. */
export function keysBetween(input: ProofInput, from: Account | undefined, to: Account): KeySets {
  return asSets(contextBetween(input, from, to));
}

/**
 * Whose account the principals of a set are of, as their ARNs say; undefined: of several, of any, or of one outside the organization.
 * A service, token or assertion is of none.
 */
export function homeOf(
  { environment }: ProofInput,
  { type, arns }: PrincipalSet,
): Account | typeof NO_ACCOUNT | undefined {
  if (OF_NO_ACCOUNT.has(type)) return NO_ACCOUNT;
  const ids = unique(arns.like.map((arn) => /^arn:[^:]*:iam::(\d{12}):/.exec(arn)?.[1]));
  return ids.length === 1 ? environment.tree.accountById.get(ids[0] ?? "") : undefined;
}

/** A set asked about in an account, with the place of its own account where that is another. What `stated` says of the place counts. */
export function placed(input: ProofInput, set: PrincipalSet, to: Account, stated: KeySets | undefined): PrincipalSet {
  const home = homeOf(input, set);
  if (home === undefined || (home !== NO_ACCOUNT && home.id === to.id)) return set;
  const place = home === NO_ACCOUNT ? NOWHERE : keysBetween(input, home, to);
  const own = Object.entries(place).filter(([key]) => /^aws:principalorg/i.test(key) && stated?.[key] === undefined);
  return own.length === 0 ? set : { ...set, keys: { ...Object.fromEntries(own), ...set.keys } };
}

function only<T>(keys: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => key.startsWith(prefix)));
}

/** Values of a request as sets of one value each. */
export function asSets(context: NonNullable<PolicyRequest["context"]>): KeySets {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [
      key,
      { oneOf: [value].flat() as string[], ...(Array.isArray(value) ? { several: true } : {}) },
    ]),
  );
}
