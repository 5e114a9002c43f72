import type { Account } from "./types";
import { OrganizationTree, TreeNode } from "./tree";
import { byKey, uniqueSorted } from "../kernel/lists";
import { nearest, suggestion } from "../kernel/nearest";

/** One term of the target language, as `baseline.yaml` writes it. */
export type TargetTerm =
  | "all"
  | { readonly ou: string; readonly descendants: boolean }
  | { readonly account: string }
  | { readonly tag: { readonly key: string; readonly value: string } };

export type TargetExpression =
  readonly TargetTerm[] | { readonly include: readonly TargetTerm[]; readonly except: readonly TargetTerm[] };

/** A term that names something the organization does not have. */
export interface UnknownTarget {
  readonly code:
    | "TARGET-UNKNOWN-OU"
    | "TARGET-UNKNOWN-ACCOUNT"
    | "TARGET-AMBIGUOUS-ACCOUNT"
    | "TARGET-INACTIVE-ACCOUNT"
    | "TARGET-UNUSED-TAG";
  /** Path of the term inside the expression, for example `["except", 0, "ou"]`. */
  readonly path: readonly (string | number)[];
  readonly name: string;
  /** Names that do exist, for a suggestion; ids of the accounts that share an ambiguous name. */
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

/** Digits of an id that may be mistyped: ids of strangers differ in far more. */
const ID_SLIPS = 2;

/** The fix where a reference means no account: the nearest name or, of a number, the account whose id is near. */
export function accountSuggestion({ accounts }: OrganizationTree, reference: string): string {
  const names = accounts.map(({ name }) => name);
  const id = /^\d+$/.test(reference)
    ? nearest(
        reference,
        accounts.map((account) => account.id),
        ID_SLIPS,
      )
    : undefined;
  const near = id === undefined ? undefined : `${id} (${accounts.find((account) => account.id === id)!.name})`;
  return suggestion(reference, names, "account", near);
}

/** Terms of an expression that mean nothing in this organization. */
export function unknownTargets(
  tree: OrganizationTree,
  inactive: ReadonlySet<string>,
  targets: TargetExpression,
): readonly UnknownTarget[] {
  const found: UnknownTarget[] = [];
  const check = (term: TargetTerm, path: readonly (string | number)[]): void => {
    if (term === "all") return;
    if ("ou" in term) {
      if (!tree.nodeByPath.has(term.ou)) {
        const known = [...tree.nodeByPath.keys()].filter(Boolean).sort();
        found.push({ code: "TARGET-UNKNOWN-OU", path: [...path, "ou"], name: term.ou, known });
      }
    } else if ("account" in term) {
      const sharing = tree.ambiguousNames.get(term.account);
      if (sharing)
        found.push({
          code: "TARGET-AMBIGUOUS-ACCOUNT",
          path: [...path, "account"],
          name: term.account,
          known: sharing,
        });
      else if (!findAccount(tree, term.account)) {
        const code = inactive.has(term.account) ? "TARGET-INACTIVE-ACCOUNT" : "TARGET-UNKNOWN-ACCOUNT";
        found.push({ code, path: [...path, "account"], name: term.account, known: tree.accounts.map((a) => a.name) });
      }
    } else if (!tree.accounts.some((a) => a.tags[term.tag.key] === term.tag.value)) {
      const known = uniqueSorted(tree.accounts.flatMap((a) => Object.entries(a.tags).map(([k, v]) => `${k}=${v}`)));
      found.push({
        code: "TARGET-UNUSED-TAG",
        path: [...path, "tag"],
        name: `${term.tag.key}=${term.tag.value}`,
        known,
      });
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

/** An expression on the way down the tree: what it says of one node and of what is in it. */
export interface Membership {
  /** The node with everything below it, future OUs and accounts included. */
  readonly whole: boolean;
  /** An account that joins the node directly; one with a name or a tag of its own may be told apart. */
  readonly direct: boolean;
  /** An account that is directly in the node. */
  has(account: Account): boolean;
  enter(child: TreeNode): Membership;
}

/** An expression at the root of the tree. */
export function membership(tree: OrganizationTree, targets: TargetExpression): Membership {
  const { include, except } = parts(targets);
  const wanted = matcher(tree, include);
  const unwanted = matcher(tree, except);
  const at = (node: TreeNode, aboveWanted: boolean, aboveUnwanted: boolean): Membership => {
    const isWanted = aboveWanted || wanted.whole.has(node.id);
    const isUnwanted = aboveUnwanted || unwanted.whole.has(node.id);
    const wantsDirect = isWanted || wanted.direct.has(node.id);
    const refusesDirect = isUnwanted || unwanted.direct.has(node.id);
    return {
      whole: isWanted && !isUnwanted,
      direct: wantsDirect && !refusesDirect,
      has: (account) =>
        (wantsDirect || wanted.accounts.has(account.id)) && !refusesDirect && !unwanted.accounts.has(account.id),
      enter: (child) => at(child, isWanted, isUnwanted),
    };
  };
  return at(tree.root, false, false);
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
export function selectTargets(
  tree: OrganizationTree,
  managementAccountId: string,
  targets: TargetExpression,
): Selection {
  const accounts: Account[] = [];
  const cover = coverOf<Membership>(tree, managementAccountId, membership(tree, targets), {
    whole: (at) => at.whole && at.direct,
    has: (at, account) => {
      const selected = at.has(account);
      if (selected) accounts.push(account);
      return selected;
    },
    enter: (at, child) => at.enter(child),
  });
  return { accounts: accounts.sort(byKey((a) => a.id)), cover };
}

/**
 * The fewest places that cover exactly what is wanted. `State` is whatever is known on the way down; every active account is
 * asked about once, the management account too, which makes no difference to the places.
 */
export function coverOf<State>(
  tree: OrganizationTree,
  managementAccountId: string,
  root: State,
  wanted: {
    /** Are future accounts and OUs of the node wanted? */
    whole(at: State, node: TreeNode): boolean;
    has(at: State, account: Account): boolean;
    enter(at: State, child: TreeNode): State;
  },
): readonly Attachment[] {
  // Going down: what is wanted here? Coming up: is the whole subtree wanted?
  const visit = (node: TreeNode, at: State): { readonly full: boolean; readonly cover: readonly Attachment[] } => {
    let full = wanted.whole(at, node);
    const parts: Attachment[] = [];
    for (const account of node.accounts) {
      const selected = wanted.has(at, account);
      if (account.id === managementAccountId) continue;
      if (selected) parts.push({ id: account.id, label: account.name, kind: "account" });
      else full = false;
    }
    for (const child of node.children) {
      const below = visit(child, wanted.enter(at, child));
      if (!below.full) full = false;
      parts.push(...below.cover);
    }
    return { full, cover: full ? [attachmentOf(node)] : parts };
  };
  return sortAttachments(visit(tree.root, root).cover);
}

/** Sorted by kind (root, OU, account), then id. */
export function sortAttachments(places: readonly Attachment[]): readonly Attachment[] {
  const rank = { root: "0", ou: "1", account: "2" } as const;
  return [...places].sort(byKey((place) => rank[place.kind] + place.id));
}

export function attachmentOf(node: TreeNode): Attachment {
  return node.path === ""
    ? { id: node.id, label: "(root)", kind: "root" }
    : { id: node.id, label: node.path, kind: "ou" };
}
