import type { Chain } from "./chains";
import { DIRECT, GLOBAL_REGION } from "./no-lock-out";
import type { Principal, PrincipalKind, ProofInput, Question } from "./types";

/** What the roles that clean up do to a credential. Deactivating is the action that also revives. */
const CLEAN_UP: readonly { readonly kind: PrincipalKind; readonly actions: readonly string[] }[] = [
  {
    kind: "remediation",
    actions: ["iam:DeleteAccessKey", "iam:DeleteLoginProfile", "iam:ListAccessKeys", "iam:UpdateAccessKey"],
  },
  { kind: "retirement", actions: ["iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"] },
];

/** Whoever cleans up can: with the role's own policy, under the guardrails of the account. */
export function cleanUp(_input: ProofInput, chain: Chain, people: readonly Principal[]): readonly Question[] {
  return CLEAN_UP.flatMap(({ kind, actions }) =>
    people
      .filter((one) => one.kind === kind)
      .flatMap((principal) => {
        const policies = {
          ...(chain.scps ? { scps: chain.scps } : {}),
          ...(chain.rcps ? { rcps: chain.rcps } : {}),
          ...(principal.identity ? { identity: principal.identity } : {}),
        };
        return actions.map((action): Question => ({
          proof: "clean-up",
          expected: "allowed",
          principal,
          action,
          resource: `arn:aws:iam::${chain.account.id}:user/ci`,
          context: { ...DIRECT, "aws:RequestedRegion": GLOBAL_REGION },
          otherwise: "Unused credentials stay as they are, although clean-up is switched on.",
          policies,
        }));
      }),
  );
}
