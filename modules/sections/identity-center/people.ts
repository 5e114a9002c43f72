import { byKey } from "../../kernel/lists";
import type { IdentityCenterState } from "./types";

/** Who gets which permission set in how many accounts; empty where Identity Center is not managed here. */
export type PeopleSummary = readonly {
  readonly permissionSet: string;
  readonly group: string;
  readonly accounts: number;
  readonly organizationalUnits: readonly string[];
}[];

export function peopleSummary(state: IdentityCenterState | undefined): PeopleSummary {
  return (state?.shards ?? [])
    .flatMap((shard) => shard.permissionSets)
    .flatMap((set) =>
      set.assignments.map((assignment) => ({
        permissionSet: set.name,
        group: assignment.group,
        accounts: assignment.accounts.length,
        organizationalUnits: assignment.organizationalUnits.map((ou) => ou.path),
      })),
    )
    .sort(byKey((p) => `${p.permissionSet} ${p.group}`));
}
