import { BaselineError } from "../../kernel/errors";
import type { Organization } from "../../organization/types";
import { unique } from "../../kernel/lists";

/** AWS has answered what cannot be: written down, it would take everything that rests on the facts away. */
export function impossible(wrong: readonly string[]): BaselineError {
  return new BaselineError(
    wrong.map((what) => ({
      code: "SYNC-IMPOSSIBLE",
      message: `This answer cannot be: ${what}.`,
      fix: "Nothing was written. Run it again, something may have moved meanwhile; if it stays, look at what is between here and AWS (a proxy, AWS_ENDPOINT_URL, an SCP on these credentials).",
    })),
    1,
  );
}

const TYPES = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const;

/** How many of a kind are named. */
const NAMED = 5;

/** What cannot be about an organization that AWS has described; empty where all of it can. */
export function impossibleFacts(facts: Organization): readonly string[] {
  return [...placesWrong(facts), ...TYPES.flatMap((type) => policiesWrong(facts, type)), ...targetsWrong(facts)];
}

function placesWrong({ rootId, accounts, organizationalUnits, managementAccountId }: Organization): readonly string[] {
  const ids = accounts.map(({ id }) => id);
  const parents = new Map(organizationalUnits.map(({ id, parentId }) => [id, parentId]));
  const below = (start: string): boolean => {
    const met = new Set<string>();
    for (let id: string | undefined = start; id !== undefined && !met.has(id); id = parents.get(id)) {
      if (id === rootId) return true;
      met.add(id);
    }
    return false;
  };
  return [
    ...(rootId === "" ? ["the organization has no root"] : []),
    ...(ids.length === 0 ? ["the organization has no account, not even its management account"] : []),
    ...(ids.length > 0 && !ids.includes(managementAccountId)
      ? [`the management account ${managementAccountId} is not among the accounts`]
      : []),
    ...some("account", "is in two places", twice(ids)),
    ...some("OU", "is in two places", twice(organizationalUnits.map(({ id }) => id))),
    ...some(
      "OU or account",
      `does not hang below the root ${rootId}`,
      [...organizationalUnits, ...accounts].filter(({ parentId }) => !below(parentId)).map(({ id }) => id),
    ),
  ];
}

/**
 * Where a type is enabled AWS's own policy of it exists, and every root, OU and account has at least one of it: AWS refuses to detach the last
 * (MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED). https://docs.aws.amazon.com/organizations/latest/userguide/orgs_policies_detach.html
 */
function policiesWrong(facts: Organization, type: (typeof TYPES)[number]): readonly string[] {
  if (!facts.enabledPolicyTypes.includes(type)) return [];
  const own = facts.policies.filter((policy) => policy.type === type);
  if (own.length === 0) return [`${type} is enabled, and AWS named no policy of this type`];
  if (!own.some(({ awsManaged }) => awsManaged))
    return [`${type} is enabled, and AWS named no policy of this type that it manages itself (FullAWSAccess)`];
  const covered = new Set(own.flatMap(({ targetIds }) => targetIds));
  const places = [
    facts.rootId,
    ...facts.organizationalUnits.map(({ id }) => id),
    // One that is being closed or made may have none.
    ...facts.accounts.filter(({ status }) => status === "ACTIVE").map(({ id }) => id),
  ];
  return some(
    "root, OU or account",
    `has no ${type} at all`,
    places.filter((id) => !covered.has(id)),
  );
}

function targetsWrong({ policies, rootId, organizationalUnits, accounts }: Organization): readonly string[] {
  const places = new Set([rootId, ...organizationalUnits.map(({ id }) => id), ...accounts.map(({ id }) => id)]);
  return [
    ...some("policy", "is named twice", twice(policies.map(({ id, type }) => `${id} (${type})`))),
    ...policies.flatMap(({ id, name, targetIds }) => {
      const unknown = targetIds.filter((target) => !places.has(target));
      return unknown.length === 0
        ? []
        : [`policy ${id} (${name}) is attached to ${listed(unknown)}, which is not in the organization`];
    }),
  ];
}

const twice = (all: readonly string[]): readonly string[] => {
  const met = new Set<string>();
  return unique(all.filter((one) => met.has(one) || !met.add(one)));
};

function some(kind: string, how: string, found: readonly string[]): readonly string[] {
  return found.length === 0 ? [] : [`${kind} ${listed(found)} ${how}`];
}

function listed(all: readonly string[]): string {
  const more = all.length - NAMED;
  return `${all.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
