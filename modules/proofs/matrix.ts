import { CLAIMS } from "./claims";
import { CellStatus, KINDS, PrincipalKind, ProofId, PROOFS, ProofReport } from "./types";

/** One cell of a table: the worst that was found, and in how many accounts. Plain data. */
export interface MatrixCell {
  readonly proof: ProofId;
  readonly status: CellStatus;
  /** Accounts in which it holds, or has the status where it does not hold. */
  readonly accounts: number;
  /** Accounts in which it was asked, or could be claimed. */
  readonly of: number;
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

/** Guardrails that say what credential nobody can make. */
const CLAIMED = [...new Set(CLAIMS.map((claim) => claim.guardrail))];

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
    PROOFS.map(({ id }): MatrixCell => {
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
      scps: [...new Set(levels.flatMap((level) => level.policies))]
        .filter((policy) => policy !== "FullAWSAccess")
        .sort(),
      rcps: rcps.filter((policy) => policy !== "RCPFullAWSAccess"),
      enforced: enforced.length,
      claims: managementAccount ? "-" : `${CLAIMED.filter((id) => enforced.includes(id)).length} of ${CLAIMED.length}`,
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
