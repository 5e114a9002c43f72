import { byKey } from "../kernel/lists";
import { Account, Organization, OrganizationalUnit } from "./types";

/** A root or OU with what is directly below it. */
export interface TreeNode {
  /** `r-…` or `ou-…`. */
  readonly id: string;
  /** Path of names below the root, `Workloads/Prod`; empty for the root. */
  readonly path: string;
  readonly parentId?: string;
  /** Sorted by path. */
  readonly children: readonly TreeNode[];
  /** Active accounts directly in this node, sorted by id. */
  readonly accounts: readonly Account[];
}

export interface OrganizationTree {
  readonly root: TreeNode;
  readonly nodeById: ReadonlyMap<string, TreeNode>;
  readonly nodeByPath: ReadonlyMap<string, TreeNode>;
  /** Every active account, management account included, sorted by id. */
  readonly accounts: readonly Account[];
  readonly accountById: ReadonlyMap<string, Account>;
  /** Active accounts by name, but for names that several have: those say too little. */
  readonly accountByName: ReadonlyMap<string, Account>;
  /** Ids of the active accounts that share a name, sorted. AWS does not keep names unique. */
  readonly ambiguousNames: ReadonlyMap<string, readonly string[]>;
}

/** Builds the tree once per environment, in time linear in the number of OUs and accounts (10,000 accounts are common). */
export function organizationTree(organization: Organization): OrganizationTree {
  const childrenOf = new Map<string, OrganizationalUnit[]>();
  for (const ou of organization.organizationalUnits) append(childrenOf, ou.parentId, ou);
  const accounts = organization.accounts.filter((a) => a.status === "ACTIVE").sort(byKey((a) => a.id));
  const accountsOf = new Map<string, Account[]>();
  for (const account of accounts) append(accountsOf, account.parentId, account);

  const nodeById = new Map<string, TreeNode>();
  const nodeByPath = new Map<string, TreeNode>();
  const build = (id: string, path: string, parentId: string | undefined): TreeNode => {
    const children = (childrenOf.get(id) ?? [])
      .map((ou) => build(ou.id, path ? `${path}/${ou.name}` : ou.name, id))
      .sort(byKey((node) => node.path));
    const node: TreeNode = {
      id,
      path,
      children,
      accounts: accountsOf.get(id) ?? [],
      ...(parentId ? { parentId } : {}),
    };
    nodeById.set(id, node);
    nodeByPath.set(path, node);
    return node;
  };
  const idsByName = new Map<string, string[]>();
  for (const account of accounts) append(idsByName, account.name, account.id);
  const ambiguousNames = new Map([...idsByName].filter(([, ids]) => ids.length > 1));
  const root = build(organization.rootId, "", undefined);
  return {
    root,
    nodeById,
    nodeByPath,
    accounts,
    accountById: new Map(accounts.map((a) => [a.id, a])),
    accountByName: new Map(accounts.filter((a) => !ambiguousNames.has(a.name)).map((a) => [a.name, a])),
    ambiguousNames,
  };
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Every account in a node and below it, sorted by id. */
export function accountsBelow(node: TreeNode): readonly Account[] {
  const found: Account[] = [];
  const walk = (n: TreeNode): void => {
    found.push(...n.accounts);
    n.children.forEach(walk);
  };
  walk(node);
  return found.sort(byKey((a) => a.id));
}

/** Ids from the root down to the account: the chain along which SCPs intersect. */
export function chainOf(tree: OrganizationTree, account: Account): readonly string[] {
  return [...unitChainOf(tree, account.parentId), account.id];
}

/** Ids from the root down to an OU. */
export function unitChainOf(tree: OrganizationTree, id: string): readonly string[] {
  const chain: string[] = [];
  let node = tree.nodeById.get(id);
  while (node) {
    chain.unshift(node.id);
    node = node.parentId === undefined ? undefined : tree.nodeById.get(node.parentId);
  }
  return chain;
}
