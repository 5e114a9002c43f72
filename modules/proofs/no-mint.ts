import type { Chain } from "./chains";
import { Claim, ClaimPlace, CLAIMS } from "./claims";
import type { Principal, ProofInput, Question } from "./types";

/** Words for what happens when the claim does not hold. */
const HAPPENS: Record<Claim["effect"], string> = {
  mints: "A new long-term credential can be made",
  revives: "A credential that was deactivated can be made to work again",
  federates: "Somebody outside can be let in for ever",
  uses: "A long-term credential can be used",
};

/**
 * Nobody makes, revives or replaces a long-term credential where a guardrail says so. Whoever reactivates under a name that only looks
 * like that of a clean-up role, or from the role that only reads, is part of the proof `clean-up`.
 */
export function noMint(input: ProofInput, chain: Chain, people: readonly Principal[]): readonly Question[] {
  const at = claimPlace(input, chain);
  return CLAIMS.filter((claim) => chain.enforced.has(claim.guardrail)).flatMap((claim) => {
    const spared = new Set(claim.spares(at));
    const asked = people.filter((one) => !spared.has(one.kind) && !isLive(one, claim.guardrail));
    return claim.actions.flatMap((action) =>
      claim.resources(at).flatMap((resource) =>
        asked.map((principal): Question => ({
          proof:
            claim.effect === "revives" && (principal.kind === "look-alike" || principal.kind === "inventory")
              ? "clean-up"
              : "no-mint",
          expected: "denied",
          principal,
          action,
          resource,
          ...(claim.context ? { context: claim.context } : {}),
          otherwise: `${HAPPENS[claim.effect]}, although ${claim.guardrail} is enforced there.`,
        })),
      ),
    );
  });
}

export function claimPlace(input: ProofInput, chain: Chain): ClaimPlace {
  return {
    accountId: chain.account.id,
    region: input.environment.baseline.region,
    breakGlassPath: input.breakGlass.identity.userPath,
  };
}

/** A live exception from this guardrail: it may, until its end. */
function isLive(principal: Principal, guardrail: string): boolean {
  return principal.kind === "exception" && (principal.exceptedFrom?.includes(guardrail) ?? false);
}
