import { PROMISING_GUARDRAILS } from "./promises";
import { CellStatus, KINDS, PrincipalKind, ProofId, PROOFS, proofsOf, ProofReport } from "./types";
import { unique } from "../kernel/lists";
import { count } from "../kernel/words";

/** One cell of a table: the worst that was found, and in how many accounts. Plain data. */
export interface MatrixCell {
  readonly proof: ProofId;
  readonly status: CellStatus;
  /** Accounts in which it holds, or has the status where it does not hold. */
  readonly accounts: number;
  /** Accounts in which it was asked, or could be claimed. */
  readonly of: number;
}

/** What one cell speaks of. */
export interface AskedSets {
  readonly principal: string;
  readonly proof: string;
  /** Each set in words, over all chains, sorted. */
  readonly sets: readonly string[];
}

export interface Matrix {
  /** Kinds of principals that the environment has, in the order of `KINDS`. */
  readonly principals: readonly {
    readonly kind: PrincipalKind;
    readonly title: string;
    readonly cells: readonly MatrixCell[];
  }[];
  /** Distinct chains of SCPs. */
  readonly chains: readonly {
    readonly name: string;
    readonly accounts: number;
    readonly scps: readonly string[];
    readonly rcps: readonly string[];
    readonly enforced: number;
    readonly claims: string;
    readonly cells: readonly MatrixCell[];
  }[];
}

/** From best to worst; what was not asked says nothing. */
const SEVERITY: Record<CellStatus, number> = {
  "not asked": 0,
  "not bound": 1,
  "not claimed": 2,
  proven: 3,
  accepted: 4,
  unknown: 5,
  failed: 6,
};

/** The matrix of a report: proofs by principals over all accounts, and by chains over all principals. */
export function matrix(report: ProofReport): Matrix {
  const proofs = proofsOf(report);
  const accountsOf = new Map(report.chains.map((chain) => [chain.name, chain.accounts]));
  const cellsBy = (of: "kind" | "chain"): ReadonlyMap<string, ProofReport["cells"]> => {
    const found = new Map<string, ProofReport["cells"][number][]>();
    for (const cell of report.cells) {
      const list = found.get(cell[of]);
      if (list) list.push(cell);
      else found.set(cell[of], [cell]);
    }
    return found;
  };
  /** Over chains: accounts with the worst status. Statuses of one chain are one. */
  const row = (cells: ProofReport["cells"]): readonly MatrixCell[] =>
    proofs.map(({ id }): MatrixCell => {
      const byChain = new Map<string, CellStatus>();
      for (const cell of cells.filter((one) => one.proof === id)) {
        const before = byChain.get(cell.chain) ?? "not asked";
        if (SEVERITY[cell.status] >= SEVERITY[before]) byChain.set(cell.chain, cell.status);
      }
      const asked = [...byChain].filter(([, status]) => status !== "not asked" && status !== "not bound");
      const worst = [...byChain.values()].reduce(
        (a, b) => (SEVERITY[b] > SEVERITY[a] ? b : a),
        "not asked" as CellStatus,
      );
      const count = (chosen: readonly (readonly [string, CellStatus])[]): number =>
        chosen.reduce((sum, [chain]) => sum + (accountsOf.get(chain) ?? 0), 0);
      return {
        proof: id,
        status: worst,
        accounts: count(asked.filter(([, status]) => status === worst)),
        of: count(asked),
      };
    });
  const kinds = cellsBy("kind");
  const chains = cellsBy("chain");
  return {
    principals: KINDS.filter(({ id }) => kinds.has(id)).map(({ id, title }) => ({
      kind: id,
      title,
      cells: row(kinds.get(id)!),
    })),
    chains: report.chains.map(({ name, places, accounts, levels, rcps, enforced, managementAccount }) => ({
      name: places.join(", "),
      accounts,
      scps: unique(levels.flatMap((level) => level.policies))
        .filter((policy) => policy !== "FullAWSAccess")
        .sort(),
      rcps: rcps.filter((policy) => policy !== "RCPFullAWSAccess"),
      enforced: enforced.length,
      claims: managementAccount
        ? "-"
        : `${PROMISING_GUARDRAILS.filter((id) => enforced.includes(id)).length} of ${PROMISING_GUARDRAILS.length}`,
      cells: row(chains.get(name) ?? []),
    })),
  };
}

/** A cell in a few characters: `proven 11/13`. */
export function cellText({ status, accounts, of }: MatrixCell): string {
  switch (status) {
    case "not asked":
      return "-";
    case "not bound":
      return "not bound";
    case "not claimed":
      return "not claimed";
    default:
      return accounts === of ? `${status} ${accounts}` : `${status} ${accounts}/${of}`;
  }
}

/**
 * What the words in the cells mean, with the numbers of a cell that is there.
 *
 * @param where - where the reader finds the sets: `below`
 */
export function legend({ principals, chains }: Matrix, where: string): string {
  const cells = [...principals, ...chains].flatMap((row) => row.cells);
  const part = cells.find((cell) => cell.status === "proven" && cell.accounts !== cell.of);
  const whole = cells.find((cell) => cell.status === "proven");
  const example = part ?? whole;
  return [
    example === undefined
      ? "Nothing is proven."
      : `\`${cellText(example)}\`: proven by coverage, for every request of the sets ${where} that were asked there, in ${count(example.accounts, "account")}${part ? ` of the ${part.of} in which it could be claimed` : ""}.`,
    "`failed`: a counterexample, which the evaluator confirms. `unknown`: neither; the reason is given. `accepted`: a counterexample that somebody has accepted.",
    "`not claimed`: no guardrail that says so is enforced. `claims`: how many guardrails of those that No mint asks about are enforced; of the others it says nothing.",
    "`not bound`: SCPs do not bind the management account. `-`: not asked of this principal.",
  ].join(" ");
}

/** The sets that the cells of a report speak of, by principal and proof; of proven ones and others alike. */
export function askedSets(report: ProofReport): readonly AskedSets[] {
  return KINDS.flatMap(({ id, title }) =>
    PROOFS.flatMap((proof): readonly AskedSets[] => {
      const cells = report.cells.filter((cell) => cell.kind === id && cell.proof === proof.id && cell.sets.length > 0);
      const places = new Map<string, string[]>();
      for (const { chain, sets } of cells) for (const set of sets) places.set(set, [...(places.get(set) ?? []), chain]);
      // A set that is asked in some places only says nothing of the others.
      const all = new Set(cells.map(({ chain }) => chain)).size;
      const sets = [...places].map(([set, chains]) =>
        chains.length === all ? set : `${set} (only in ${[...chains].sort().join(", ")})`,
      );
      return sets.length === 0 ? [] : [{ principal: title, proof: proof.title, sets: sets.sort() }];
    }),
  );
}
