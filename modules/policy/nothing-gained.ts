import { defined } from "../kernel/optional";
import { gainOf } from "./decide/gains";
import type { PrincipalSet, RequestSet } from "./decide/types";
import type { PolicySet } from "./evaluate";
import type { PolicyRequest } from "./evaluate/request";
import { Atom, NamedDocument, patternsOf, Part } from "./compare/atoms";
import { Steps } from "./compare/steps";

/**
 * What no atom proves by itself: that whole documents, allows minus denies, permit nothing more. A Deny that goes is no gain where nothing
 * allows what it met, or another Deny meets it.
 */

/** Policies as they are compared, and whom they mean. */
export interface Sides {
  readonly before: PolicySet;
  readonly after: PolicySet;
  readonly principals: readonly PrincipalSet[];
  /** What a Deny is weighed against, where that is more. @default - the same */
  readonly ofDenies?: { readonly before: PolicySet; readonly after: PolicySet };
  /** Account that owns the resources. @default - accounts do not matter */
  readonly resourceAccountId?: string;
}

/** Steps of the decision procedure for one proof. */
const STEPS_OF_PROOF = 20_000;
/** One of them is as much work as so many of a comparison. */
const WEIGHT = 4;

export type Proof = "none" | "open" | { readonly request: PolicyRequest };

/**
 * @param atoms what may permit more: only requests with their actions and resources are looked at
 * @param counts as for `gainOf`
 */
export function proofOf(
  atoms: readonly Atom[],
  sides: readonly Sides[],
  steps: Steps,
  counts: (request: PolicyRequest) => boolean,
): Proof {
  let result: Proof = "none";
  for (const { before, after, principals, resourceAccountId } of sides) {
    const set: RequestSet = {
      principals,
      actions: {
        like: likeOf(
          atoms.map(({ action }) => action),
          () => false,
        ),
      },
      resources: {
        like: likeOf(
          atoms.map(({ resource }) => resource),
          isShort,
        ),
      },
      ...defined({ resourceAccountId }),
    };
    const own = new Steps(Math.min(STEPS_OF_PROOF, Math.floor(steps.left / WEIGHT)));
    const gain = gainOf(set, before, after, own, counts);
    steps.take(own.taken * WEIGHT);
    if (gain.verdict === "some") return { request: gain.request };
    if (gain.verdict === "open") result = "open";
  }
  return result;
}

/** Texts that parts match, and perhaps more. */
function likeOf(parts: readonly Part[], isMore: (text: string) => boolean): readonly string[] {
  const found = new Set(parts.flatMap((part) => ("not" in part ? ["*"] : patternsOf(part))));
  return [...found].some((text) => text === "*" || text.includes("${") || isMore(text)) ? ["*"] : [...found].sort();
}

/** IAM completes ARNs with fewer than six parts: they match more than their text. */
const isShort = (resource: string): boolean => resource.split(":").length < 6;

const USERS: readonly PrincipalSet[] = [
  { type: "user", arns: { like: ["arn:*:iam::*:user/*", "arn:*:sts::*:federated-user/*"] } },
];
const ROLES: readonly PrincipalSet[] = [{ type: "role", arns: { like: ["arn:*:iam::*:role/*"] } }];
const ROOTS: readonly PrincipalSet[] = (["root", "assumedRoot"] as const).map((type) => ({
  type,
  arns: { like: ["arn:*:iam::*:root"] },
}));
const OTHERS: readonly PrincipalSet[] = (["webIdentity", "saml", "service", "anonymous"] as const).map((type) => ({
  type,
  arns: { like: ["*"] },
}));

/** Principals that have policies of their own. */
export const OWN_POLICIES: readonly PrincipalSet[] = [...ROLES, ...USERS];
/** Principals that SCPs bind. */
export const OF_ACCOUNTS: readonly PrincipalSet[] = [...OWN_POLICIES, ...ROOTS];
export const EVERYBODY: readonly PrincipalSet[] = [...OF_ACCOUNTS, ...OTHERS];

/** Each set with the accounts that documents name told apart from all others. */
export function withNamedAccounts(
  sets: readonly PrincipalSet[],
  documents: readonly NamedDocument[],
): readonly PrincipalSet[] {
  const named = [...new Set(JSON.stringify(documents.map(({ document }) => document)).match(/\d{12}/g) ?? [])].sort();
  return sets.map(({ arns, ...set }) => ({
    ...set,
    arns: {
      like: arns.like.flatMap((text) => [
        text,
        ...(text.includes("::*:") ? named.map((account) => text.replace("::*:", `::${account}:`)) : []),
      ]),
    },
  }));
}

/** Those of one account. */
export function ofAccount(sets: readonly PrincipalSet[], accountId: string): readonly PrincipalSet[] {
  return sets.map(({ arns, ...set }) => ({
    ...set,
    arns: { like: arns.like.map((text) => text.replace("::*:", `::${accountId}:`)) },
  }));
}
