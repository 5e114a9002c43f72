import type { Problem } from "../kernel/errors";
import type { Organization } from "../organization/types";
import { readPolicyText } from "../policy/read";
import { formatPath, YamlDocument } from "./document";
import { KEYLESS } from "../kernel/command";

/** Facts that contradict each other: somebody edited the snapshot by hand, or merged it badly. */
export function organizationProblems(document: YamlDocument, organization: Organization): readonly Problem[] {
  const problems: Problem[] = [];
  const fix = `Run \`${KEYLESS} sync\` again instead of editing the snapshot.`;
  const error = (code: string, path: readonly (string | number)[], message: string): void => {
    problems.push({ code, message, fix, place: document.place(path) });
  };

  const ids = new Set<string>();
  organization.accounts.forEach((account, i) => {
    if (ids.has(account.id))
      error(
        "FACTS-DUPLICATE-ACCOUNT",
        ["accounts", i, "id"],
        `Account ${account.id} is listed twice: an account is in one place only.`,
      );
    ids.add(account.id);
  });
  if (!organization.accounts.some((a) => a.id === organization.managementAccountId && a.status === "ACTIVE")) {
    error(
      "FACTS-NO-MANAGEMENT-ACCOUNT",
      ["managementAccountId"],
      `The management account ${organization.managementAccountId} is not among the active accounts.`,
    );
  }

  const parents = new Map<string, string>();
  organization.organizationalUnits.forEach((ou, i) => {
    if (parents.has(ou.id))
      error("FACTS-DUPLICATE-OU", ["organizationalUnits", i, "id"], `OU ${ou.id} is listed twice.`);
    parents.set(ou.id, ou.parentId);
  });
  const siblings = new Set<string>();
  organization.organizationalUnits.forEach((ou, i) => {
    const key = `${ou.parentId}/${ou.name}`;
    if (siblings.has(key))
      error("FACTS-DUPLICATE-OU", ["organizationalUnits", i, "name"], `Two OUs named ${ou.name} have the same parent.`);
    siblings.add(key);
    if (!reachesRoot(ou.parentId))
      error(
        "FACTS-ORPHAN",
        ["organizationalUnits", i, "parentId"],
        `OU ${ou.id} (${ou.name}) does not hang below the root ${organization.rootId}.`,
      );
  });
  organization.accounts.forEach((account, i) => {
    if (!reachesRoot(account.parentId))
      error(
        "FACTS-ORPHAN",
        ["accounts", i, "parentId"],
        `Account ${account.id} (${account.name}) does not hang below the root ${organization.rootId}.`,
      );
  });
  organization.delegatedAdministrators.forEach((admin, i) => {
    if (!ids.has(admin.accountId))
      error(
        "FACTS-UNKNOWN-ACCOUNT",
        ["delegatedAdministrators", i, "accountId"],
        `Delegated administrator ${admin.accountId} is not an account of the organization.`,
      );
  });
  organization.policies.forEach((policy, i) => {
    for (const problem of readPolicyText(policy.content).problems)
      error(
        problem.code === "POLICY-JSON" ? "FACTS-POLICY-JSON" : "FACTS-POLICY-FORM",
        ["policies", i, "content"],
        problem.code === "POLICY-JSON"
          ? `The content of policy ${policy.id} (${policy.name}) is not JSON.`
          : `The content of policy ${policy.id} (${policy.name}) is not a policy that AWS takes, at ${formatPath(problem.path) || "its top"}: ${problem.message} ${problem.fix}`,
      );
    policy.targetIds.forEach((target, j) => {
      if (target !== organization.rootId && !parents.has(target) && !ids.has(target)) {
        error(
          "FACTS-UNKNOWN-TARGET",
          ["policies", i, "targetIds", j],
          `Policy ${policy.id} (${policy.name}) is attached to ${target}, which is not in the organization.`,
        );
      }
    });
  });
  return problems;

  function reachesRoot(start: string): boolean {
    let id: string | undefined = start;
    for (let depth = 0; id !== undefined && depth < 10; depth++) {
      if (id === organization.rootId) return true;
      id = parents.get(id);
    }
    return false;
  }
}
