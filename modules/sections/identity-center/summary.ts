import { asList } from "../../policy/document";
import type { IdentityCenterState, OrganizationalUnitReach, PermissionSetState } from "./types";
import { count } from "../../kernel/words";

/** A permission set as people want to read of it: what it allows, for how long, and who gets it where. */
export interface PermissionSetSummary {
  readonly name: string;
  readonly description: string;
  /** Name of its stack without the environment. */
  readonly stack: string;
  readonly sessionHours: number;
  /** In words: `PowerUserAccess`, `customer:Deploy`, `inline (2 statements, 1 deny)`, `within ReadOnlyAccess`. */
  readonly policies: readonly string[];
  /** Accounts that somebody reaches with it. */
  readonly accounts: number;
  /** Sorted by group. */
  readonly groups: readonly {
    readonly group: string;
    readonly accounts: number;
    readonly organizationalUnits: readonly OrganizationalUnitReach[];
  }[];
}

export interface IdentityCenterSummary {
  readonly managingAccountId: string;
  readonly stacks: number;
  readonly assignments: number;
  /** Groups of ours, sorted. */
  readonly groups: readonly string[];
  /** Sorted by name. */
  readonly permissionSets: readonly PermissionSetSummary[];
}

/** What Identity Center becomes, for people. */
export function identityCenterSummary(state: IdentityCenterState): IdentityCenterSummary {
  const permissionSets = state.shards
    .flatMap(({ name: stack, permissionSets: sets }) =>
      sets.map((set): PermissionSetSummary => ({
        name: set.name,
        description: set.description,
        stack,
        sessionHours: set.sessionHours,
        policies: policies(set),
        accounts: new Set(set.assignments.flatMap((assignment) => assignment.accounts.map((account) => account.id)))
          .size,
        groups: set.assignments.map(({ group, accounts, organizationalUnits }) => ({
          group,
          accounts: accounts.length,
          organizationalUnits,
        })),
      })),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    managingAccountId: state.managingAccountId,
    stacks: state.shards.length + 1,
    assignments: permissionSets.reduce(
      (sum, set) => sum + set.groups.reduce((inSet, group) => inSet + group.accounts, 0),
      0,
    ),
    groups: state.groups.map((group) => group.name),
    permissionSets,
  };
}

function policies(set: PermissionSetState): readonly string[] {
  const words = [
    ...set.managedPolicies.map((policy) => policy.name),
    ...set.customerManagedPolicies.map((policy) => `customer:${policy.name}`),
  ];
  if (set.inlinePolicy) {
    const statements = asList(set.inlinePolicy.Statement);
    const denies = statements.filter((statement) => statement.Effect === "Deny").length;
    words.push(`inline (${count(statements.length, "statement")}${denies ? `, ${denies} deny` : ""})`);
  }
  const boundary = set.permissionsBoundary;
  if (boundary)
    words.push(
      `within ${"managedPolicyArn" in boundary ? boundary.managedPolicyArn.split(":policy/")[1]! : `customer:${boundary.customerManagedPolicy.name}`}`,
    );
  return words;
}
