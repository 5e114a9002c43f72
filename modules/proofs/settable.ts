import { asList } from "../policy/document";
import { FULL_AWS_ACCESS } from "../policy/evaluate";
import type { PolicyStatement } from "../policy/types";
import { actionName, expandAction } from "../policy/vocabulary";
import type { Chain } from "./chains";
import { exemptPatterns } from "./exempt-principals";
import type { AccountRows } from "./rows";
import { isOfCatalogue } from "./problems";
import { QUESTIONS } from "./spare-questions";
import { asked, becoming, decides, known, namesOf, Stated } from "./spare-statements";
import type { Spare, SpareKind } from "./spares";
import type { ProofInput, Question, Row } from "./types";

/** Kinds of spares that lie with a principal, not with a request: a policy of this environment's own may deny anything to all but some. */
const OF_PRINCIPALS: ReadonlySet<SpareKind> = new Set([
  "principal-tag",
  "session-name",
  "source-identity",
  "user-name",
  "source",
]);

/**
 * Nobody is spared by what anybody may set: tags, session names, source identities, user names, what a request says of itself, a call
 * through a service; nor, in documents that are not this baseline's, by becoming a principal of a name that they spare.
 *
 * A way to be spared counts where it decides: where some request would be denied but for it, and nothing else denies that request. It
 * holds where nobody can set it, or where it decides nothing.
 *
 * @param ours documents of this environment's own
 * @param others chains of the organization's other accounts
 */
export function settable(
  input: ProofInput,
  chain: Chain,
  rows: AccountRows,
  ours: ReadonlySet<object>,
  others: readonly Chain[],
): readonly Question[] {
  if (!chain.scps) return [];
  const policies = [
    ...new Map([...chain.scps, ...(chain.rcps ?? [])].flat().map((one) => [one.document, one])).values(),
  ];
  const statements = policies.flatMap((policy) =>
    policy.document.Statement.map((statement, index): Stated => ({
      policy,
      statement,
      name: statement.Sid ?? `statement ${index + 1}`,
      ours: ours.has(policy.document),
    })),
  );
  const trusted = exemptPatterns(policies.map(({ document }) => document).filter((document) => ours.has(document)));
  const asks = asked(chain, rows, trusted);
  const found = statements.flatMap((stated) =>
    known(stated.statement).spares.flatMap((spare): readonly Question[] => {
      const actions = actionsAbout(stated, spare.kind);
      if (actions.length === 0 || byDesign(stated, spare)) return [];
      return QUESTIONS[spare.kind]({
        input,
        chain,
        all: rows,
        trusted,
        statements,
        stated,
        spare,
        others,
        decides: {
          ...decides(chain, asks, stated, spare.without, actions),
          // Wherever the account may be moved.
          ...(spare.kind === "place" ? { keys: { [spare.key]: "anything" as const } } : {}),
        },
        unless:
          naming(stated.statement) && spare.kind !== "place"
            ? decides({ scps: [[FULL_AWS_ACCESS, stated.policy]] }, asks, stated, spare.without, actions)
            : undefined,
      });
    }),
  );
  return [...found, ...foreignNames(chain, asks, rows, statements)];
}

/** What a request says of itself, or of the service through which it comes, and is meant to. */
function byDesign({ policy, statement, ours }: Stated, { kind, absent }: Spare): boolean {
  const ofCatalogue = isOfCatalogue(policy, ours);
  // AWS sets it where the caller is a service of its own, and on no other call. Whom a guardrail of the catalogue spares by it is in its docs; a
  // custom document promises nothing.
  if (ofCatalogue && kind === "aws-service") return true;
  if (kind !== "request" && kind !== "service") return false;
  // Where a request without the key is spared, the statement is about those that have it. A guardrail of the catalogue's about every
  // action is about the use of a credential, which calls through a service are not: its promise says so.
  return absent || (ofCatalogue && !naming(statement));
}

/** Names what guardrails are about, and does not deny everything: its writer meant that. */
const naming = ({ Action }: PolicyStatement): boolean => Action !== undefined && !asList(Action).includes("*");

function actionsAbout({ statement, ours }: Stated, kind: SpareKind): readonly string[] {
  const { guarded } = known(statement);
  if (!ours || !OF_PRINCIPALS.has(kind) || statement.Action === undefined) return guarded;
  // What this environment's own policies deny, each of them is a guardrail.
  const all = asList(statement.Action).flatMap((action) =>
    action === "*" ? guarded : expandAction(action).map(actionName),
  );
  return [...new Set(all)].sort();
}

/**
 * Documents that are not this baseline's spare principals by name, too. Nobody becomes one of them where that decides about what
 * guardrails are about.
 */
function foreignNames(
  chain: Chain,
  rows: readonly Row[],
  all: AccountRows,
  statements: readonly Stated[],
): readonly Question[] {
  return statements
    .filter(
      ({ ours, statement }) =>
        !ours &&
        // Who denies everything in a region, or from a network, to all but some is about the region or network.
        (naming(statement) || withoutArns(statement).Condition === undefined) &&
        namesOf(statement).length > 0 &&
        known(statement).guarded.length > 0,
    )
    .flatMap((stated) => {
      const { statement } = stated;
      return becoming(
        chain,
        rows,
        all,
        stated,
        decides(chain, rows, stated, withoutArns(statement), known(statement).guarded),
      );
    });
}

/** The statement as if its conditions spared nobody by name. */
function withoutArns(statement: PolicyStatement): PolicyStatement {
  const { Condition, ...rest } = statement;
  const left = Object.entries(Condition ?? {}).flatMap(([operator, keys]) => {
    const kept = Object.entries(keys).filter(([key]) => key.toLowerCase() !== "aws:principalarn");
    return kept.length > 0 ? [[operator, Object.fromEntries(kept)] as const] : [];
  });
  return left.length > 0 ? { ...rest, Condition: Object.fromEntries(left) } : rest;
}
