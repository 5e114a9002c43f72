import type { OrganizationTree } from "../../organization/tree";
import type { BreakGlassState } from "./resolve";

/** Emergency access, for people. */
export interface BreakGlassSummary {
  readonly homeAccount: string;
  readonly users: readonly { readonly name: string; readonly holder: string }[];
  readonly role: string;
  readonly mfaMaxAgeMinutes: number;
  readonly sourceNetworks: readonly string[];
  readonly rollout: "stackset" | "terraform";
  readonly accountsCovered: number;
  readonly alarmRegions: number;
  readonly subscribers: number;
}

export function breakGlassSummary(
  { identity, users, role, rollout, alarms: { regions, hub } }: BreakGlassState,
  tree: OrganizationTree,
  managementAccountId: string,
): BreakGlassSummary {
  return {
    homeAccount: tree.accountById.get(identity.homeAccountId)!.name,
    users,
    role: role.name,
    mfaMaxAgeMinutes: identity.mfaMaxAgeMinutes,
    sourceNetworks: identity.sourceNetworks,
    rollout,
    // The management account is covered whether or not it is listed as active.
    accountsCovered: new Set([...tree.accounts.map((account) => account.id), managementAccountId]).size,
    alarmRegions: regions.length,
    subscribers: hub.subscribers.emails.length + hub.subscribers.httpsEndpoints.length,
  };
}
