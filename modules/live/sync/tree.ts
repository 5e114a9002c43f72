import {
  ListRootsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
} from "@aws-sdk/client-organizations";
import { mapBounded } from "../../aws/bounded";
import { byKey } from "../../kernel/lists";
import type { Account, OrganizationalUnit } from "../../organization/types";
import { impossible } from "./impossible";

/** Calls at a time. Organizations throttles reads at a few tens a second; the client slows down by itself when told to. */
export const CONCURRENCY = 8;

export interface RootFacts {
  readonly rootId: string;
  readonly enabledPolicyTypes: readonly string[];
}

export async function readRoot(client: OrganizationsClient): Promise<RootFacts> {
  const { Roots = [] } = await client.send(new ListRootsCommand({}));
  const [root] = Roots;
  return {
    rootId: root?.Id ?? "",
    enabledPolicyTypes: (root?.PolicyTypes ?? [])
      .filter((type) => type.Status === undefined || type.Status === "ENABLED")
      .map((type) => type.Type ?? "")
      .sort(),
  };
}

export interface TreeFacts {
  readonly organizationalUnits: readonly OrganizationalUnit[];
  readonly accounts: readonly Account[];
}

/**
 * Reads OUs and accounts level by level. Accounts are listed by parent, which says where they are at no extra cost; their tags cost a call
 * each, because Organizations has no call for many.
 */
export async function readTree(
  client: OrganizationsClient,
  rootId: string,
  say: (step: string) => void,
): Promise<TreeFacts> {
  const { organizationalUnits, accounts: found } = await readPlaces(client, rootId, say);
  let done = 0;
  const accounts = await mapBounded(found, CONCURRENCY, async (account): Promise<Account> => {
    const tags = await readTags(client, account.id);
    say(`tags of accounts: ${++done} of ${found.length}`);
    return { ...account, tags: Object.fromEntries([...tags].sort(byKey(([key]) => key))) };
  });
  return {
    organizationalUnits: [...organizationalUnits].sort(byKey((ou) => ou.id)),
    accounts: [...accounts].sort(byKey((account) => account.id)),
  };
}

/** OUs and accounts with where they are, without tags: one page of each for every OU. */
export async function readPlaces(
  client: OrganizationsClient,
  rootId: string,
  say: (step: string) => void = () => undefined,
): Promise<{
  readonly organizationalUnits: readonly OrganizationalUnit[];
  readonly accounts: readonly Omit<Account, "tags">[];
}> {
  const organizationalUnits: OrganizationalUnit[] = [];
  const found: Omit<Account, "tags">[] = [];
  const met = new Set([rootId]);
  let level: readonly string[] = [rootId];
  while (level.length > 0) {
    const below = await mapBounded(level, CONCURRENCY, async (parentId) => {
      const children: OrganizationalUnit[] = [];
      for await (const { OrganizationalUnits = [] } of paginateListOrganizationalUnitsForParent(
        { client },
        { ParentId: parentId },
      )) {
        for (const ou of OrganizationalUnits) children.push({ id: ou.Id ?? "", name: ou.Name ?? "", parentId });
      }
      for await (const { Accounts = [] } of paginateListAccountsForParent({ client }, { ParentId: parentId })) {
        // `Status` is on its way out (September 2026); older endpoints have nothing else.
        for (const { Id = "", Name = "", State, Status } of Accounts)
          found.push({ id: Id, name: Name, status: State ?? Status ?? "ACTIVE", parentId });
        say(`${organizationalUnits.length + children.length} OUs, ${found.length} accounts`);
      }
      return children;
    });
    organizationalUnits.push(...below.flat());
    level = below.flat().map((ou) => ou.id);
    // An OU that contains itself would be gone through for ever.
    const again = level.filter((id) => met.has(id) || !met.add(id));
    if (again.length > 0) throw impossible([`OU ${again.slice(0, 5).join(", ")} is in two places, or contains itself`]);
  }
  return { organizationalUnits, accounts: found };
}

/** Tags of a root, OU, account or policy. */
export async function readTags(client: OrganizationsClient, resourceId: string): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsForResourceCommand({ ResourceId: resourceId, NextToken }));
    for (const { Key = "", Value = "" } of page.Tags ?? []) tags.set(Key, Value);
    if (NextToken !== undefined && page.NextToken === NextToken)
      throw impossible([`the tags of ${resourceId} have no end: one page leads to itself`]);
    NextToken = page.NextToken;
  } while (NextToken);
  return tags;
}
