import type { Counterexample, ProofInput } from "./types";

/** Guardrails whose claim is that exempt principals stay what they are. */
const PROTECTORS = new Set(["protect-baseline", "protect-break-glass"]);

/** Promises of `guardrails.claims` that the rollout does not hold: a place where the guardrail does not bind, and what that means there. */
export function brokenClaims(input: ProofInput): readonly Counterexample[] {
  const { tree, organization } = input.environment;
  return input.guardrails.claims.flatMap(({ guardrail, index, violations }) =>
    violations.map(({ place, mode, futureOnly }): Counterexample => {
      const node = tree.nodeById.get(place.id);
      const account =
        tree.accountById.get(place.id) ?? node?.accounts.find((one) => one.id !== organization.managementAccountId);
      const proof = PROTECTORS.has(guardrail) ? "exemptions-hold" : "no-mint";
      return {
        id: `${proof}/${place.label}/administrator/claim of ${guardrail}`,
        proof,
        place: place.label,
        account: account ? { id: account.id, name: account.name } : { id: place.id, name: place.label },
        accounts: place.kind === "account" ? 1 : (node?.accounts.length ?? 0),
        principal: {
          kind: "administrator",
          name: "an administrator role",
          arn: `arn:aws:iam::${account?.id ?? "*"}:role/Admin`,
        },
        action: guardrail,
        resource: place.id,
        expected: "denied",
        decision: "allowed",
        context: {},
        because: futureOnly
          ? `An account that joins ${place.label} would not be bound: ${guardrail} is ${mode} there for accounts to come.`
          : `${guardrail} is ${mode} in ${place.label}: no SCP of it binds${account ? ` ${account.name} (${account.id})` : " an account there"}.`,
        otherwise: `The environment claims that ${guardrail} is enforced in ${place.label}, and it is not.`,
        alsoFor: [],
        alsoActions: [],
        claim: index,
      };
    }),
  );
}
