import { ANY_RESOURCE, arnSet } from "./arns";
import type { Chain } from "./chains";
import { Claim, claimsOf } from "./claims";
import { AccountRows, everybodyBut } from "./rows";
import type { ProofInput, Question, Row } from "./types";

/** Words for what happens when the claim does not hold. */
const HAPPENS: Record<Claim["effect"], string> = {
  mints: "A new long-term credential can be made",
  revives: "A credential that was deactivated can be made to work again",
  federates: "Somebody outside can be let in for ever",
  uses: "A long-term credential can be used",
  leaves: "An account can leave, and no guardrail binds it any more",
};

/**
 * Nobody makes, revives or uses a long-term credential where a guardrail says so: every principal of the account but those that the
 * guardrail spares by design, on every resource, at any time and from anywhere. An excepted principal may until its end.
 */
export function noMint(input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  const account = chain.account.id;
  return claimsOf(input)
    .filter((claim) => chain.enforced.has(claim.guardrail))
    .flatMap((claim) => {
      const live = rows.excepted.filter(({ exception }) => exception.guardrails.includes(claim.guardrail));
      const patterns = live.flatMap(({ row }) => row.sets.flatMap((set) => set.arns.like));
      const everybody: readonly Row[] = claim.others
        ? [{ kind: "web-identity", name: "anybody with a token of any issuer", sets: claim.others }]
        : [
            ...everybodyBut(rows, account, { kinds: new Set(claim.spares), patterns }),
            // Who is excepted from another guardrail is not from this one.
            ...rows.excepted.filter((one) => !live.includes(one)).map(({ row }) => row),
          ];
      const only = claim.only && new Set(claim.only);
      const common = {
        proof: "no-mint" as const,
        expected: "denied" as const,
        actions: claim.actions,
        ...(claim.exceptActions ? { exceptActions: claim.exceptActions } : {}),
        resources: claim.resources?.of(account) ?? {
          ...ANY_RESOURCE,
          ...(claim.apart ? { except: [claim.apart.pattern] } : {}),
        },
        on: claim.resources?.on ?? (claim.apart ? `any resource but ${claim.apart.on}` : "any resource"),
        otherwise: `${HAPPENS[claim.effect]}, although ${claim.guardrail} is enforced there.`,
      };
      const ended = live.map(({ row, exception }): Question => ({
        ...common,
        rows: [
          { ...row, kind: "expired-exception", name: `the exception ${exception.name} after ${exception.expires}` },
        ],
        keys: {
          ...claim.keys,
          "aws:CurrentTime": { dates: { from: new Date(Date.parse(exception.endsAt) + 1000).toISOString() } },
        },
        when: [claim.when, `after ${exception.endsAt}`].filter(Boolean).join(", "),
      }));
      return [
        {
          ...common,
          rows: only ? everybody.filter((row) => only.has(row.kind)) : everybody,
          ...(claim.keys ? { keys: claim.keys } : {}),
          ...(claim.when ? { when: claim.when } : {}),
        },
        ...(claim.apart
          ? [
              {
                ...common,
                resources: arnSet(claim.apart.pattern, []),
                on: claim.apart.on,
                rows: everybodyBut(rows, account, {
                  kinds: new Set([...(claim.spares ?? []), ...claim.apart.kinds]),
                  patterns: [...patterns, ...claim.apart.patterns],
                }),
              },
            ]
          : []),
        ...ended,
      ];
    });
}
