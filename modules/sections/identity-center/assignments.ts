import { formatPath, type DocumentPath } from "../../config/document";
import type { ProblemList } from "../../config/problem-list";
import { suggestion } from "../../kernel/nearest";
import { checkTargets } from "../../config/references";
import { selectTargets } from "../../organization/targets";
import { byKey } from "../../kernel/lists";
import type { Account } from "../../organization/types";
import { slug } from "./names";
import type { ResolvedPermissionSet } from "./permission-sets";
import type {
  AssignmentState,
  IdentityCenterEnvironment,
  IdentityCenterSection,
  OrganizationalUnitReach,
} from "./types";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";
import { listed } from "../../kernel/words";

/** Accounts named in a message; more are counted. */
const NAMED_ACCOUNTS = 5;

/** Accounts that one group reaches with one permission set, and the entry that says so. */
interface Reach {
  readonly group: string;
  readonly accounts: Map<string, { readonly account: Account; readonly entry: number }>;
}

/**
 * Resolves `identityCenter.assignments`: per permission set, who reaches which accounts. Entries for the same group and permission
 * set are joined; an account in two of them is a problem, because taking one entry away would not take the access away.
 */
export function resolveAssignments(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  section: IdentityCenterSection,
  sets: ReadonlyMap<string, ResolvedPermissionSet>,
  delegated: boolean,
): ReadonlyMap<string, readonly AssignmentState[]> {
  const { organization, tree } = environment;
  const groupIds = new Map(organization.identityCenter?.groups.map((group) => [group.displayName, group.id]));
  const own = new Set(section.groups.map((group) => group.name));
  const reaches = new Map<string, Map<string, Reach>>();

  section.assignments.forEach((entry, index) => {
    const at = (...rest: DocumentPath): DocumentPath => ["identityCenter", "assignments", index, ...rest];
    const set = sets.get(entry.permissionSet);
    if (!set)
      problems.error(
        "IDENTITY-CENTER-UNKNOWN-SET",
        at("permissionSet"),
        `There is no permission set ${entry.permissionSet}.`,
        suggestion(entry.permissionSet, [...sets.keys()], "permission set"),
      );
    // Without an instance there are no facts about groups: one problem is enough.
    if (organization.identityCenter && !own.has(entry.group) && !groupIds.has(entry.group)) {
      problems.error(
        "IDENTITY-CENTER-UNKNOWN-GROUP",
        at("group"),
        `There is no group ${entry.group}: neither in identityCenter.groups nor in the facts.`,
        `${suggestion(entry.group, [...own, ...groupIds.keys()], "group")} If an identity provider has it: assign it to Identity Center there, then ${KEYLESS} sync ${environment.name}.`,
      );
    }
    const before = problems.all().length;
    checkTargets(environment, problems, entry.targets, at("targets"));
    const { accounts } = selectTargets(tree, organization.managementAccountId, entry.targets);
    if (accounts.length === 0 && problems.all().length === before) {
      problems.error(
        "IDENTITY-CENTER-NO-ACCOUNT",
        at("targets"),
        `These targets contain no active account: ${entry.group} would get ${entry.permissionSet} nowhere.`,
        "Widen the targets, or remove the entry.",
      );
    }
    if (
      delegated &&
      set &&
      !set.managedFromManagement &&
      accounts.some((account) => account.id === organization.managementAccountId)
    ) {
      const name = tree.accountById.get(organization.managementAccountId)!.name;
      problems.error(
        "IDENTITY-CENTER-DELEGATED-ASSIGNMENT",
        at("targets"),
        `${entry.permissionSet} would reach the management account (${name}), and a delegated administrator cannot manage assignments there.`,
        `Take it out (except: [{account: ${name}}]); for the management account write a permission set of its own with managedFrom: management.`,
      );
    }
    const bySet = reaches.get(entry.permissionSet) ?? new Map<string, Reach>();
    const reach = bySet.get(entry.group) ?? { group: entry.group, accounts: new Map() };
    join(environment, problems, entry, index, reach, accounts);
    bySet.set(entry.group, reach);
    reaches.set(entry.permissionSet, bySet);
  });

  return new Map(
    [...reaches].map(([set, bySet]) => [
      set,
      [...bySet.values()]
        .map(({ group, accounts }): AssignmentState => {
          const groupId = groupIds.get(group);
          const reached = [...accounts.values()].map(({ account }) => account);
          return {
            group,
            groupKey: slug(group),
            ...defined({ groupId }),
            accounts: reached.map(({ id, name }) => ({ id, name })).sort(byKey((account) => account.id)),
            organizationalUnits: organizationalUnits(environment, reached),
          };
        })
        .sort(byKey((assignment) => assignment.group)),
    ]),
  );
}

/** Adds an entry's accounts to what its group reaches already, and says where an earlier entry reaches them too. */
function join(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  entry: IdentityCenterSection["assignments"][number],
  index: number,
  reach: Reach,
  accounts: readonly Account[],
): void {
  const twice = new Map<number, Account[]>();
  for (const account of accounts) {
    const earlier = reach.accounts.get(account.id);
    if (earlier) twice.set(earlier.entry, [...(twice.get(earlier.entry) ?? []), account]);
    else reach.accounts.set(account.id, { account, entry: index });
  }
  for (const [earlier, shared] of twice) {
    const path = ["identityCenter", "assignments", earlier];
    const { line } = environment.place(path);
    const names = listed(
      shared.map((account) => account.name),
      NAMED_ACCOUNTS,
    );
    problems.error(
      "IDENTITY-CENTER-OVERLAP",
      ["identityCenter", "assignments", index, "targets"],
      `${entry.group} gets ${entry.permissionSet} twice in ${names}: here and in ${formatPath(path)}${line === undefined ? "" : ` (line ${line})`}.`,
      "Take these accounts out of one of the two (with except), or make one entry of both: otherwise removing one would leave the access in place.",
    );
  }
}

function organizationalUnits(
  environment: IdentityCenterEnvironment,
  accounts: readonly Account[],
): readonly OrganizationalUnitReach[] {
  const counts = new Map<string, number>();
  for (const account of accounts) {
    const path = environment.tree.nodeById.get(account.parentId)?.path || "(root)";
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return [...counts].map(([path, count]) => ({ path, accounts: count })).sort(byKey((reach) => reach.path));
}
