import { policiesBetween } from "./across";
import { ANY_RESOURCE, arnSet } from "./arns";
import type { Chain } from "./chains";
import { GuardrailPromise, promisesOf, sparedBy } from "./promises";
import { AccountRows, everybodyBut } from "./rows";
import { protections } from "./protected";
import type { ProofInput, Question, Row } from "./types";
import { defined } from "../kernel/optional";

/** Words for what happens when the promise does not hold. */
const HAPPENS: Record<GuardrailPromise["effect"], string> = {
  mints: "A new long-term credential can be made",
  revives: "A credential that was deactivated can be made to work again",
  federates: "Somebody outside can be let in for ever",
  uses: "A long-term credential can be used",
  leaves: "An account can leave, and no guardrail binds it any more",
  protects: "What this baseline rests on can be changed or switched off",
};

/**
 * Nobody makes, revives or uses a long-term credential where a guardrail says so: every principal of the account but those that the
 * guardrail spares by design, on every resource, at any time and from anywhere. An excepted principal may until its end.
 */
export function noMint(input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  return promised(chain, rows, promisesOf(input));
}

/** What the baseline rests on is changed by nobody but those who make it. */
export function protectedFromOthers(input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  return promised(chain, rows, protections(input));
}

function promised(chain: Chain, rows: AccountRows, promises: readonly GuardrailPromise[]): readonly Question[] {
  const account = chain.account.id;
  return promises
    .filter((promise) => chain.enforced.has(promise.guardrail))
    .flatMap((promise): readonly Question[] => {
      const resources = promise.resources?.of(account);
      if (promise.resources && !resources) return [];
      const { kinds: spares, names } = sparedBy(promise, account);
      const live = rows.excepted.filter(({ exception }) => exception.guardrails.includes(promise.guardrail));
      const patterns = [...live.flatMap(({ row }) => row.sets.flatMap((set) => set.arns.like)), ...names];
      const everybody: readonly Row[] = promise.others
        ? [{ kind: promise.others.kind, name: promise.others.who, sets: promise.others.sets }]
        : [
            ...everybodyBut(rows, account, { kinds: new Set(spares), patterns }),
            // Who is excepted from another guardrail is not from this one.
            ...rows.excepted.filter((one) => !live.includes(one)).map(({ row }) => row),
          ];
      const only = promise.only && new Set(promise.only);
      // SCPs of this account bind nobody of another, and no token: what they deny would prove nothing of those.
      const policies = promise.others ? policiesBetween(undefined, chain) : undefined;
      const common = {
        proof: promise.proof ?? ("no-mint" as const),
        expected: "denied" as const,
        actions: promise.actions,
        ...defined({ exceptActions: promise.exceptActions, policies }),
        resources: resources ?? {
          ...ANY_RESOURCE,
          ...(promise.apart ? { except: [promise.apart.pattern] } : {}),
        },
        on: promise.resources?.on ?? (promise.apart ? `any resource but ${promise.apart.on}` : "any resource"),
        otherwise: `${HAPPENS[promise.effect]}, although ${promise.guardrail} is enforced there.`,
      };
      const ended = live.map(({ row, exception }): Question => ({
        ...common,
        rows: [
          { ...row, kind: "expired-exception", name: `the exception ${exception.name} after ${exception.expires}` },
        ],
        keys: {
          ...promise.keys,
          "aws:CurrentTime": { dates: { from: new Date(Date.parse(exception.endsAt) + 1000).toISOString() } },
        },
        when: [promise.when, `after ${exception.endsAt}`].filter(Boolean).join(", "),
      }));
      return [
        {
          ...common,
          rows: only ? everybody.filter((row) => only.has(row.kind)) : everybody,
          ...defined({ keys: promise.keys }),
          ...(promise.when ? { when: promise.when } : {}),
        },
        ...(promise.apart
          ? [
              {
                ...common,
                resources: arnSet(promise.apart.pattern, []),
                on: promise.apart.on,
                rows: everybodyBut(rows, account, {
                  kinds: new Set([...spares, ...promise.apart.kinds]),
                  patterns: [...patterns, ...promise.apart.patterns],
                }),
              },
            ]
          : []),
        ...ended,
      ];
    });
}
