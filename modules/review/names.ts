import { organizationTree, OrganizationTree, TreeNode } from "../organization/tree";
import type { Organization } from "../organization/types";
import { listOf, say, Sentence, words } from "./sentence";
import { uniqueSorted } from "../kernel/lists";
import { plural } from "../kernel/words";

/** Names for ids, from the facts; without facts the ids are the names. */
export class Names {
  readonly tree: OrganizationTree | undefined;
  private readonly groups: ReadonlyMap<string, string>;

  constructor(readonly organization?: Organization) {
    this.tree = organization && organizationTree(organization);
    this.groups = new Map((organization?.identityCenter?.groups ?? []).map((group) => [group.id, group.displayName]));
  }

  account(id: string): string {
    return this.tree?.accountById.get(id)?.name ?? id;
  }

  group(id: string): string {
    return this.groups.get(id) ?? id;
  }

  /** Whether the facts have the account. */
  isAccount(id: string): boolean {
    return this.tree?.accountById.has(id) ?? false;
  }

  /** Path of an OU, `the root`, or the name of an account. */
  node(id: string): string {
    const node = this.tree?.nodeById.get(id);
    if (!node) return this.account(id);
    return node.path === "" ? "(root)" : node.path;
  }

  /** Active accounts below a root, OU or account; the management account too. */
  accountsBelow(id: string): readonly string[] {
    const node = this.tree?.nodeById.get(id);
    if (!node) return [id];
    return [...node.accounts.map((a) => a.id), ...node.children.flatMap((child) => this.accountsBelow(child.id))];
  }

  /**
   * `the whole organization (13 accounts)`, `OU Sandbox (2 accounts)`, `accounts a and b`. OUs whose accounts are all meant stand for
   * them. The management account does not count against the whole, because SCPs and service-managed StackSets never reach it.
   *
   * @param placeIds accounts, and OUs without any
   */
  places(placeIds: readonly string[]): Sentence {
    const ids = uniqueSorted(placeIds);
    return { parts: this.said(ids).parts, places: ids };
  }

  private said(ids: readonly string[]): Sentence {
    if (ids.length === 0) return words("no account");
    const units = ids.filter((id) => this.tree?.nodeById.has(id));
    if (units.length > 0) {
      const rest = ids.filter((id) => !units.includes(id));
      const named = say`${words(`${plural(units.length, "OU")} `)}${listOf(units.map((id) => this.node(id)))} without accounts`;
      return rest.length === 0 ? named : say`${this.places(rest)} and ${named}`;
    }
    if (!this.tree || !ids.some((id) => this.tree!.accountById.has(id))) return strangers(ids);
    const wanted = new Set(ids);
    const covered: { readonly node?: TreeNode; readonly account?: string; readonly count: number }[] = [];
    const management = this.organization?.managementAccountId;
    const visit = (node: TreeNode): void => {
      const below = this.accountsBelow(node.id).filter((id) => id !== management || wanted.has(id));
      const hit = below.filter((id) => wanted.has(id)).length;
      if (hit === 0) return;
      if (hit === below.length && below.length > 1) {
        covered.push({ node, count: hit });
        return;
      }
      node.accounts.forEach((account) => wanted.has(account.id) && covered.push({ account: account.id, count: 1 }));
      node.children.forEach(visit);
    };
    visit(this.tree.root);
    const others = ids.filter((id) => !this.tree!.accountById.has(id));
    if (covered.length === 1 && covered[0]!.node && others.length === 0) {
      const { node, count } = covered[0]!;
      return node!.path === ""
        ? say`the whole organization (${count} accounts)`
        : say`OU ${node!.path} (${count} accounts)`;
    }
    const items = [...covered.map((c) => (c.node ? say`OU ${c.node.path}` : this.account(c.account!))), ...others];
    if (ids.length === 1) return say`account ${this.account(ids[0]!)}`;
    return say`${ids.length} accounts (${listOf(items)})`;
  }
}

/** Places that no facts know: an id says by itself what it is of. */
function strangers(ids: readonly string[]): Sentence {
  const kinds = ids.map((id) =>
    /^\d{12}$/.test(id) ? "account" : /^ou-/.test(id) ? "OU" : /^r-/.test(id) ? "root" : "target",
  );
  if (ids.length === 1) return say`${words(kinds[0]!)} ${ids[0]!}`;
  const plural =
    new Set(kinds).size > 1
      ? "places"
      : { account: "accounts", OU: "OUs", root: "roots", target: "targets" }[kinds[0]!];
  return say`${ids.length} ${words(plural)} (${listOf(ids)})`;
}
