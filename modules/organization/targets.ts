import type { Account } from "./types";
import { byKey, OrganizationTree, TreeNode } from "./tree";

/** One term of the target language, as `baseline.yaml` writes it. */
export type TargetTerm =
  | "all"
  | { readonly ou: string; readonly descendants: boolean }
  | { readonly account: string }
  | { readonly tag: { readonly key: string; readonly value: string } };

export type TargetExpression =
  | readonly TargetTerm[]
  | { readonly include: readonly TargetTerm[]; readonly except: readonly TargetTerm[] };

/** A term that names something the organization does not have. */
export interface UnknownTarget {
  readonly code: "TARGET-UNKNOWN-OU" | "TARGET-UNKNOWN-ACCOUNT" | "TARGET-INACTIVE-ACCOUNT" | "TARGET-UNUSED-TAG";
  /** Path of the term inside the expression, for example `["except", 0, "ou"]`. */
  readonly path: readonly (string | number)[];
  readonly name: string;
  /** Names that do exist, for a suggestion. */
  readonly known: readonly string[];
}

interface Parts {
  readonly include: readonly TargetTerm[];
  readonly except: readonly TargetTerm[];
}

function parts(targets: TargetExpression): Parts {
  return Array.isArray(targets) ? { include: targets as readonly TargetTerm[], except: [] } : (targets as Parts);
}

/** Finds the account that a name or id means; names and ids cannot be confused, ids are twelve digits. */
export function findAccount(tree: OrganizationTree, reference: string): Account | undefined {
  return tree.accountById.get(reference) ?? tree.accountByName.get(reference);
}

/** Terms of an expression that mean nothing in this organization. */
export function unknownTargets(tree: OrganizationTree, inactive: ReadonlySet<string>, targets: TargetExpression): readonly UnknownTarget[] {
  const found: UnknownTarget[] = [];
  const check = (term: TargetTerm, path: readonly (string | number)[]): void => {
    if (term === "all") return;
    if ("ou" in term) {
      if (!tree.nodeByPath.has(term.ou)) {
        const known = [...tree.nodeByPath.keys()].filter(Boolean).sort();
        found.push({ code: "TARGET-UNKNOWN-OU", path: [...path, "ou"], name: term.ou, known });
      }
    } else if ("account" in term) {
      if (!findAccount(tree, term.account)) {
        const code = inactive.has(term.account) ? "TARGET-INACTIVE-ACCOUNT" : "TARGET-UNKNOWN-ACCOUNT";
        found.push({ code, path: [...path, "account"], name: term.account, known: tree.accounts.map((a) => a.name) });
      }
    } else if (!tree.accounts.some((a) => a.tags[term.tag.key] === term.tag.value)) {
      const known = [...new Set(tree.accounts.flatMap((a) => Object.entries(a.tags).map(([k, v]) => `${k}=${v}`)))].sort();
      found.push({ code: "TARGET-UNUSED-TAG", path: [...path, "tag"], name: `${term.tag.key}=${term.tag.value}`, known });
    }
  };
  const { include, except } = parts(targets);
  const isList = Array.isArray(targets);
  include.forEach((term, i) => check(term, isList ? [i] : ["include", i]));
  except.forEach((term, i) => check(term, ["except", i]));
  return found;
}

/** What a list of terms matches: nodes with everything below them, nodes' direct accounts, and single accounts. */
interface Matcher {
  /** Ids of nodes matched with everything below, now and in future. */
  readonly whole: ReadonlySet<string>;
  /** Ids of nodes whose direct accounts alone are matched. */
  readonly direct: ReadonlySet<string>;
  /** Account ids matched by name or tag. */
  readonly accounts: ReadonlySet<string>;
}

function matcher(tree: OrganizationTree, terms: readonly TargetTerm[]): Matcher {
  const whole = new Set<string>();
  const direct = new Set<string>();
  const accounts = new Set<string>();
  for (const term of terms) {
    if (term === "all") whole.add(tree.root.id);
    else if ("ou" in term) {
      const node = tree.nodeByPath.get(term.ou);
      if (node) (term.descendants ? whole : direct).add(node.id);
    } else if ("account" in term) {
      const account = findAccount(tree, term.account);
      if (account) accounts.add(account.id);
    } else {
      for (const account of tree.accounts) if (account.tags[term.tag.key] === term.tag.value) accounts.add(account.id);
    }
  }
  return { whole, direct, accounts };
}

/** A place to attach to: a root or OU (with everything below it), or one account. */
export interface Attachment {
  readonly id: string;
  /** Path of the OU, `(root)`, or the name of the account. */
  readonly label: string;
  readonly kind: "root" | "ou" | "account";
}

export interface Selection {
  /** Active accounts that are meant, sorted by id; the management account included where it is meant. */
  readonly accounts: readonly Account[];
  /**
   * The fewest places whose attachment covers exactly those accounts, and future accounts of every OU that is meant as a
   * whole. The management account is left out of the reckoning, because neither SCPs nor service-managed StackSets reach it.
   * Sorted by kind (root, OU, account), then id.
   */
  readonly cover: readonly Attachment[];
}

/**
 * Resolves an expression of the target language, in time linear in the size of the organization.
 *
 * `except` wins over `include`. An OU from which something is taken out is covered through its children, and its direct
 * accounts one by one: an account that joins such an OU later is covered after the next `keyless sync` and apply only.
 */
export function selectTargets(tree: OrganizationTree, managementAccountId: string, targets: TargetExpression): Selection {
  const { include, except } = parts(targets);
  const wanted = matcher(tree, include);
  const unwanted = matcher(tree, except);
  const accounts: Account[] = [];
  const cover: Attachment[] = [];

  // Going down: is the whole of this node wanted? Coming up: is the whole subtree free of exceptions?
  const visit = (node: TreeNode, aboveWanted: boolean, aboveUnwanted: boolean): { readonly full: boolean; readonly cover: Attachment[] } => {
    const isWanted = aboveWanted || wanted.whole.has(node.id);
    const isUnwanted = aboveUnwanted || unwanted.whole.has(node.id);
    let full = isWanted && !isUnwanted && !unwanted.direct.has(node.id);
    const parts: Attachment[] = [];
    for (const account of node.accounts) {
      const yes = isWanted || wanted.direct.has(node.id) || wanted.accounts.has(account.id);
      const no = isUnwanted || unwanted.direct.has(node.id) || unwanted.accounts.has(account.id);
      const selected = yes && !no;
      if (selected) accounts.push(account);
      if (account.id === managementAccountId) continue;
      if (selected) parts.push({ id: account.id, label: account.name, kind: "account" });
      else full = false;
    }
    for (const child of node.children) {
      const below = visit(child, isWanted, isUnwanted);
      if (!below.full) full = false;
      parts.push(...below.cover);
    }
    return full ? { full, cover: [attachmentOf(node)] } : { full, cover: parts };
  };
  cover.push(...visit(tree.root, false, false).cover);
  const rank = { root: "0", ou: "1", account: "2" } as const;
  return {
    accounts: accounts.sort(byKey((a) => a.id)),
    cover: cover.sort(byKey((c) => rank[c.kind] + c.id)),
  };
}

export function attachmentOf(node: TreeNode): Attachment {
  return node.path === "" ? { id: node.id, label: "(root)", kind: "root" } : { id: node.id, label: node.path, kind: "ou" };
}
