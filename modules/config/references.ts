import type { TargetExpression } from "../organization/targets";
import { accountSuggestion, findAccount, unknownTargets } from "../organization/targets";
import type { OrganizationTree } from "../organization/tree";
import type { Account, Organization } from "../organization/types";
import type { DocumentPath } from "./document";
import type { ProblemList } from "./problem-list";
import { nearest, suggestion } from "../kernel/nearest";

/** What names are looked up in. */
export interface Facts {
  readonly organization: Organization;
  readonly tree: OrganizationTree;
}

/** Names and ids of accounts that are not active: naming one is a mistake of its own. */
function inactiveAccounts(facts: Facts): ReadonlySet<string> {
  return new Set(facts.organization.accounts.filter((a) => a.status !== "ACTIVE").flatMap((a) => [a.id, a.name]));
}

/** Reports every term of an expression of the target language that names something the organization does not have. */
export function checkTargets(facts: Facts, problems: ProblemList, targets: TargetExpression, path: DocumentPath): void {
  for (const unknown of unknownTargets(facts.tree, inactiveAccounts(facts), targets)) {
    const at = [...path, ...unknown.path];
    switch (unknown.code) {
      case "TARGET-UNKNOWN-OU": {
        // The last name alone is the usual slip: `Prod` for `Workloads/Prod`.
        const byLastName = unknown.known.find((known) => known.split("/").at(-1) === unknown.name);
        const fix =
          byLastName && !nearest(unknown.name, unknown.known)
            ? `Did you mean ${byLastName}? OUs are named by their path.`
            : suggestion(unknown.name, unknown.known, "OU");
        problems.error(unknown.code, at, `There is no OU ${unknown.name}.`, fix);
        break;
      }
      case "TARGET-UNKNOWN-ACCOUNT":
        problems.error(
          unknown.code,
          at,
          `There is no account ${unknown.name}.`,
          accountSuggestion(facts.tree, unknown.name),
        );
        break;
      case "TARGET-AMBIGUOUS-ACCOUNT":
        problems.error(unknown.code, at, ...ambiguous(unknown.name, unknown.known));
        break;
      case "TARGET-INACTIVE-ACCOUNT":
        problems.error(
          unknown.code,
          at,
          `Account ${unknown.name} is not active (suspended or closing): it cannot be a target.`,
          "Take it out.",
        );
        break;
      case "TARGET-UNUSED-TAG":
        problems.error(
          unknown.code,
          at,
          `No active account has the tag ${unknown.name}: the term means nobody.`,
          suggestion(unknown.name, unknown.known, "account tag"),
        );
        break;
    }
  }
}

/** The active account that a reference means (`management`, a name, an id), or nothing and a problem at the path. */
export function resolveAccount(
  facts: Facts,
  problems: ProblemList,
  reference: string,
  path: DocumentPath,
): Account | undefined {
  const { organization, tree } = facts;
  const account =
    reference === "management" ? tree.accountById.get(organization.managementAccountId) : findAccount(tree, reference);
  if (account) return account;
  const sharing = tree.ambiguousNames.get(reference);
  if (sharing) {
    problems.error("ACCOUNT-AMBIGUOUS", path, ...ambiguous(reference, sharing));
    return undefined;
  }
  if (inactiveAccounts(facts).has(reference)) {
    problems.error(
      "ACCOUNT-INACTIVE",
      path,
      `Account ${reference} is not active (suspended or closing).`,
      "Name an active account.",
    );
  } else {
    problems.error("ACCOUNT-UNKNOWN", path, `There is no account ${reference}.`, accountSuggestion(tree, reference));
  }
  return undefined;
}

/** Message and fix for a name that several active accounts have. */
function ambiguous(name: string, ids: readonly string[]): readonly [string, string] {
  return [
    `${ids.length} active accounts are named ${name}: ${ids.join(", ")}.`,
    `Write the id of the one that is meant, in quotes: "${ids[0]}".`,
  ];
}

/** Reports names that stand twice in a list, at the second place. */
export function checkDuplicates(
  problems: ProblemList,
  names: readonly string[],
  what: string,
  path: (index: number) => DocumentPath,
): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    if (seen.has(name))
      problems.error(
        "CONFIG-DUPLICATE",
        path(i),
        `There are two ${what}s named ${name}.`,
        "Rename or remove one of them.",
      );
    seen.add(name);
  });
}
