import { chainOf, OrganizationTree } from "../organization/tree";
import { byKey } from "../kernel/lists";
import type { Account } from "../organization/types";
import { compile, CompiledSet, NamedPolicy } from "../policy/evaluate";
import { canonicalJson } from "../kernel/json";
import type { PolicyDocument } from "../policy/types";
import { Telling, told, tellingOf } from "./telling";
import type { AttachedDocument, ChainPlace, Level } from "./types";
import { defined } from "../kernel/optional";

/** Accounts for which every question has the same answer. */
export interface Chain {
  /** Absent: the management account, which neither SCPs nor RCPs bind, and every account where they are not enabled. */
  readonly scps?: readonly (readonly NamedPolicy[])[];
  readonly rcps?: readonly (readonly NamedPolicy[])[];
  readonly compiled: CompiledSet;
  readonly enforced: ReadonlySet<string>;
  /** Sorted by label; never empty. */
  readonly places: readonly ChainPlace[];
  /** The account that the questions are asked in. */
  readonly account: Account;
}

export interface ChainOptions {
  readonly tree: OrganizationTree;
  readonly managementAccountId: string;
  readonly policies: readonly AttachedDocument[];
  /** Documents that questions ask about and that bind every account, such as the delegation policy. @default - none */
  readonly beside?: readonly PolicyDocument[];
  /** Accounts about which other questions are asked than about the rest: each has a chain of its own. */
  readonly special: ReadonlySet<string>;
  /** Ids of the guardrails that are enforced in an account. */
  enforcedIn(account: Account): ReadonlySet<string>;
  /** Ids of the guardrails that are observed in an account. */
  observedIn(account: Account): readonly string[];
  /** Enabled in the organization: SCPs bind. */
  readonly serviceControlPolicies: boolean;
  /** Enabled in the organization: RCPs bind. */
  readonly resourceControlPolicies: boolean;
}

/**
 * The distinct chains of an organization. Two accounts share one when the documents on their way are the same, level by level, when
 * no document can tell the two apart, and when the same guardrails are enforced and observed in them. Time is linear in the number of accounts.
 */
export function distinctChains(options: ChainOptions): readonly Chain[] {
  const { tree, managementAccountId } = options;
  const levelOf = levels(options.policies);
  const beside = (options.beside ?? []).map((document) => tellingOf(canonicalJson(document)));
  const nodes = new Map<string, NodeChain>();
  const groups = new Map<
    string,
    {
      readonly node: NodeChain;
      readonly own: LevelPolicies;
      readonly enforced: ReadonlySet<string>;
      readonly accounts: Account[];
    }
  >();
  for (const account of tree.accounts) {
    if (account.id === managementAccountId) continue;
    const node = nodes.get(account.parentId) ?? nodeChain(tree, account, levelOf);
    nodes.set(account.parentId, node);
    const own = levelOf(account.id);
    const enforced = options.enforcedIn(account);
    const key = [
      node.key,
      own.key,
      told([...beside, ...node.levels.map(({ speaksOf }) => speaksOf), own.speaksOf], account),
      [...enforced].sort().join(","),
      options.observedIn(account).join(","),
      options.special.has(account.id) ? account.id : "",
    ].join("|");
    const group = groups.get(key);
    if (group) group.accounts.push(account);
    else groups.set(key, { node, own, enforced, accounts: [account] });
  }
  const chains = [...groups.values()].map(({ node, own, enforced, accounts }): Chain => {
    const all = [...node.levels, own];
    const scps = options.serviceControlPolicies ? all.map((level) => level.scps) : undefined;
    const rcps = options.resourceControlPolicies ? all.map((level) => level.rcps) : undefined;
    // One account that is not like its neighbours is named; accounts that are go by their OU.
    const siblings = tree.nodeById.get(accounts[0]!.parentId)!.accounts.length;
    const places = placesOf(
      tree,
      accounts,
      accounts.length === 1 && (siblings > 1 || isSpecial(options, own, node, accounts[0]!)),
    );
    return {
      ...defined({ scps, rcps }),
      compiled: compile({ ...defined({ scps, rcps }) }),
      enforced,
      account: places[0]!.accounts[0]!,
      places,
    };
  });
  const management = tree.accountById.get(managementAccountId)!;
  return [
    {
      compiled: compile({}),
      enforced: new Set<string>(),
      account: management,
      places: placesOf(tree, [management], true),
    },
    ...chains.sort(byKey((chain) => `${chain.places[0]!.label} ${chain.account.id}`)),
  ];
}

/** A name of a chain that no other has: its first place, with the account where several chains begin in one OU. */
export function chainNames(chains: readonly Chain[]): ReadonlyMap<Chain, string> {
  const labels = chains.map((chain) => chain.places[0]!.label);
  return new Map(
    chains.map((chain, i) => [
      chain,
      labels.indexOf(labels[i]!) === labels.lastIndexOf(labels[i]!)
        ? labels[i]!
        : `${labels[i]!} (${chain.account.name} …)`,
    ]),
  );
}

interface LevelPolicies {
  readonly key: string;
  readonly scps: readonly NamedPolicy[];
  readonly rcps: readonly NamedPolicy[];
  /** What the documents tell accounts apart by. */
  readonly speaksOf: Telling;
}

interface NodeChain {
  readonly key: string;
  readonly levels: readonly LevelPolicies[];
}

/** Policies of each target; the same set of documents has the same key wherever it is attached. */
function levels(policies: readonly AttachedDocument[]): (id: string) => LevelPolicies {
  const attached = new Map<string, number[]>();
  policies.forEach((policy, i) =>
    policy.targetIds.forEach((target) => {
      const list = attached.get(target);
      if (list) list.push(i);
      else attached.set(target, [i]);
    }),
  );
  const speaks = policies.map((policy) => tellingOf(canonicalJson(policy.document)));
  const known = new Map<string, LevelPolicies>();
  return (id) => {
    const indexes = attached.get(id) ?? [];
    const key = indexes.join("+");
    const before = known.get(key);
    if (before) return before;
    const named = (type: AttachedDocument["type"]): readonly NamedPolicy[] =>
      indexes
        .map((i) => policies[i]!)
        .filter((policy) => policy.type === type)
        .map(({ name, document }) => ({ name, document }));
    const found = indexes.map((i) => speaks[i]!);
    const level: LevelPolicies = {
      key,
      scps: named("SERVICE_CONTROL_POLICY"),
      rcps: named("RESOURCE_CONTROL_POLICY"),
      speaksOf: {
        ids: new Set(found.flatMap((one) => [...one.ids])),
        patterns: found.flatMap((one) => one.patterns),
        each: found.some((one) => one.each),
        paths: found.some((one) => one.paths),
      },
    };
    known.set(key, level);
    return level;
  };
}

function nodeChain(tree: OrganizationTree, account: Account, levelOf: (id: string) => LevelPolicies): NodeChain {
  const found = chainOf(tree, account).slice(0, -1).map(levelOf);
  return { key: found.map((level) => level.key).join("/"), levels: found };
}

function isSpecial(options: ChainOptions, own: LevelPolicies, node: NodeChain, account: Account): boolean {
  return options.special.has(account.id) || [...node.levels, own].some((level) => level.speaksOf.ids.has(account.id));
}

function placesOf(tree: OrganizationTree, accounts: readonly Account[], alone: boolean): readonly ChainPlace[] {
  const byParent = new Map<string, Account[]>();
  for (const account of accounts) {
    const members = byParent.get(account.parentId);
    if (members) members.push(account);
    else byParent.set(account.parentId, [account]);
  }
  return [...byParent.values()]
    .map((members): ChainPlace => {
      const [first] = members as [Account];
      const labels = chainOf(tree, first).map((id): Level => ({ id, label: labelOf(tree, id) }));
      return { label: alone ? first.name : labels.at(-2)!.label, levels: labels, accounts: members };
    })
    .sort(byKey((place) => place.label));
}

/** OU path, `(root)`, or the name of an account. */
function labelOf(tree: OrganizationTree, id: string): string {
  const node = tree.nodeById.get(id);
  return node ? node.path || "(root)" : (tree.accountById.get(id)?.name ?? id);
}
