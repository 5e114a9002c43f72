import { byKey } from "../kernel/lists";
import { selectTargets, type TargetExpression, type TargetTerm } from "./targets";
import { type OrganizationTree, type TreeNode } from "./tree";
import type { Account } from "./types";

/** A set of accounts, written in the target language. */

/** Terms, and what they cost: an OU or a tag, which will mean more accounts one day, stands only for two accounts or more. */
interface Cover {
  readonly terms: readonly TargetTerm[];
  readonly cost: number;
}

const NOTHING: Cover = { terms: [], cost: 0 };
const COST = { account: 1, ou: 1.4, tag: 1.6 } as const;
/** Tags that are tried of each kind: an organization has thousands of values, most of them of one account. */
const MOST_TAGS = 8;

/**
 * The shortest expression found that means exactly these accounts now: OUs, a tag, exceptions, and single accounts for the rest. It is expanded
 * again before it is given out.
 *
 * What joins an OU of the expression later is meant as well: only a person can say whether that is wanted.
 *
 * @param ids active accounts; at least one
 * @throws Error when an account is not active, or the expansion is another set: a fault of this function
 */
export function compressTargets(
  tree: OrganizationTree,
  managementAccountId: string,
  ids: ReadonlySet<string>,
): TargetExpression {
  const unknown = [...ids].filter((id) => !tree.accountById.has(id));
  if (ids.size === 0 || unknown.length > 0)
    throw new Error(`these are no active accounts: ${unknown.join(", ") || "none at all"}`);
  const found = best(tree, ids);
  const expanded = selectTargets(tree, managementAccountId, found).accounts;
  if (expanded.length !== ids.size || !expanded.every(({ id }) => ids.has(id)))
    throw new Error(`the targets ${JSON.stringify(found)} mean ${expanded.length} accounts, not these ${ids.size}`);
  return found;
}

function best(tree: OrganizationTree, ids: ReadonlySet<string>): TargetExpression {
  const { inside, outside } = tagsAround(tree, ids);
  const candidates = [
    withTags(tree, ids),
    ...inside.map((tag) => withTags(tree, ids, tag)),
    ...outside.map((tag) => withTags(tree, ids, undefined, tag)),
  ];
  // The first of the cheapest: OUs come before tags.
  const cheapest = candidates.reduce((a, b) => (b.cost < a.cost ? b : a));
  return cheapest.except.length === 0 ? cheapest.include : { include: cheapest.include, except: cheapest.except };
}

interface Candidate {
  readonly include: readonly TargetTerm[];
  readonly except: readonly TargetTerm[];
  readonly cost: number;
}

/** @param inside a tag to include @param outside a tag to except, of none of the accounts */
function withTags(tree: OrganizationTree, ids: ReadonlySet<string>, inside?: Tag, outside?: Tag): Candidate {
  const needed = (id: string): boolean => ids.has(id) && !inside?.accounts.has(id);
  const isFree = (id: string): boolean => !ids.has(id) && outside?.accounts.has(id) === true;
  const stray = [...(inside?.accounts ?? [])].filter((id) => !ids.has(id) && !isFree(id));
  const { include, except } = new TreeCovers(tree, ids, needed, isFree).cover(new Set(stray));
  const usesOutside = outside !== undefined;
  return {
    include: [...(inside ? [inside.term] : []), ...include.terms],
    except: [...(usesOutside ? [outside.term] : []), ...except.terms],
    cost: (inside ? COST.tag : 0) + (usesOutside ? COST.tag : 0) + include.cost + except.cost,
  };
}

/** The tree's part: what to include, and what to except of it. */
class TreeCovers {
  readonly #below = new Map<string, readonly Account[]>();

  constructor(
    private readonly tree: OrganizationTree,
    private readonly ids: ReadonlySet<string>,
    /** Whether an account has still to be included. */
    private readonly needed: (id: string) => boolean,
    /** Whether an account that is not meant is excepted already. */
    private readonly isFree: (id: string) => boolean,
  ) {}

  cover(stray: ReadonlySet<string>): { readonly include: Cover; readonly except: Cover } {
    const { include, except } = this.wanted(this.tree.root);
    // Accounts that a tag brings in and that are not meant; those of an OU that is included are excepted there.
    const missing = this.missing(this.tree.root, (id) => stray.has(id));
    return { include, except: merged(except, missing) };
  }

  /** Includes what is needed of a node: the node as a whole less what is not meant, or its parts. */
  private wanted(node: TreeNode): { readonly include: Cover; readonly except: Cover; readonly cost: number } {
    const direct = node.accounts.filter(({ id }) => this.needed(id));
    const children = node.children.map((child) => this.wanted(child));
    const any = direct.length > 0 || children.some(({ cost }) => cost > 0);
    if (!any) return { include: NOTHING, except: NOTHING, cost: 0 };
    const own = this.direct(node, direct);
    const parts = {
      include: joined([own.include, ...children.map((one) => one.include)]),
      except: joined([own.except, ...children.map((one) => one.except)]),
    };
    const whole = {
      include: termCover(this.whole(node)),
      except: this.missing(node, (id) => !this.ids.has(id) && !this.isFree(id)),
    };
    const cost = ({ include, except }: typeof parts): number => include.cost + except.cost;
    const isShorter = node.path === "" ? cost(whole) < cost(parts) : cost(whole) <= cost(parts);
    const chosen = isShorter ? whole : parts;
    return { ...chosen, cost: cost(chosen) };
  }

  /** The accounts directly in a node: one by one, or the node without the OUs below it, less some. */
  private direct(node: TreeNode, needed: readonly Account[]): { readonly include: Cover; readonly except: Cover } {
    const single = joined(needed.map((account) => termCover(this.account(account))));
    if (needed.length === 0 || node.path === "") return { include: single, except: NOTHING };
    const others = node.accounts.filter(({ id }) => !this.ids.has(id) && !this.isFree(id));
    const together = termCover({ ou: node.path, descendants: false });
    const except = joined(others.map((account) => termCover(this.account(account))));
    return together.cost + except.cost < single.cost
      ? { include: together, except }
      : { include: single, except: NOTHING };
  }

  /** The fewest terms that are exactly some accounts of a node, and touch none that are meant. */
  private missing(node: TreeNode, is: (id: string) => boolean): Cover {
    const below = this.below(node);
    const some = below.filter(({ id }) => is(id));
    if (some.length === 0) return NOTHING;
    // What is not meant may be excepted although it need not be.
    const harmless = ({ id }: Account): boolean => !this.ids.has(id);
    if (node.path !== "" && below.every(harmless)) {
      const single = joined(some.map((account) => termCover(this.account(account))));
      const whole = termCover(this.whole(node));
      return whole.cost <= single.cost ? whole : single;
    }
    const direct = node.accounts.filter(({ id }) => is(id));
    const single = joined(direct.map((account) => termCover(this.account(account))));
    const together =
      node.path !== "" && node.accounts.every(harmless) ? termCover({ ou: node.path, descendants: false }) : undefined;
    return joined([
      together && direct.length > 0 && together.cost < single.cost ? together : single,
      ...node.children.map((child) => this.missing(child, is)),
    ]);
  }

  private below(node: TreeNode): readonly Account[] {
    const found = this.#below.get(node.id) ?? [
      ...node.accounts,
      ...node.children.flatMap((child) => this.below(child)),
    ];
    this.#below.set(node.id, found);
    return found;
  }

  private whole(node: TreeNode): TargetTerm {
    return node.path === "" ? "all" : { ou: node.path, descendants: true };
  }

  /** By name where the name says which. */
  private account({ id, name }: Account): TargetTerm {
    const { accountByName, accountById } = this.tree;
    return { account: accountByName.get(name)?.id === id && !accountById.has(name) ? name : id };
  }
}

function termCover(term: TargetTerm): Cover {
  return { terms: [term], cost: term !== "all" && "account" in term ? COST.account : COST.ou };
}

function joined(covers: readonly Cover[]): Cover {
  return { terms: covers.flatMap(({ terms }) => terms), cost: covers.reduce((sum, one) => sum + one.cost, 0) };
}

/** Both, without what stands in the first already. */
function merged(first: Cover, second: Cover): Cover {
  const known = new Set(first.terms.map((term) => JSON.stringify(term)));
  return joined([first, ...second.terms.filter((term) => !known.has(JSON.stringify(term))).map(termCover)]);
}

interface Tag {
  readonly term: TargetTerm;
  readonly accounts: ReadonlySet<string>;
}

/** Tags of two accounts or more: those of which most is meant, and those of which nothing is. */
function tagsAround(
  tree: OrganizationTree,
  ids: ReadonlySet<string>,
): { readonly inside: readonly Tag[]; readonly outside: readonly Tag[] } {
  const found = new Map<string, { readonly term: TargetTerm; readonly accounts: Set<string> }>();
  for (const { id, tags } of tree.accounts)
    for (const [key, value] of Object.entries(tags)) {
      const name = JSON.stringify([key, value]);
      const tag = found.get(name) ?? { term: { tag: { key, value } }, accounts: new Set<string>() };
      tag.accounts.add(id);
      found.set(name, tag);
    }
  const counted = [...found]
    .filter(([, { accounts }]) => accounts.size > 1)
    .map(([name, tag]) => ({ name, tag, meant: [...tag.accounts].filter((id) => ids.has(id)).length }));
  const order = (n: number): string => String(999_999 - n);
  const first = (some: typeof counted, key: (one: (typeof counted)[number]) => string): readonly Tag[] =>
    [...some]
      .sort(byKey(key))
      .slice(0, MOST_TAGS)
      .map(({ tag }) => tag);
  return {
    inside: first(
      counted.filter(({ meant }) => meant > 1),
      ({ name, tag, meant }) => `${order(2 * meant - tag.accounts.size)} ${name}`,
    ),
    outside: first(
      counted.filter(({ meant }) => meant === 0),
      ({ name, tag }) => `${order(tag.accounts.size)} ${name}`,
    ),
  };
}
