import {
  Attachment,
  attachmentOf,
  coverOf,
  membership,
  Membership,
  selectTargets,
  sortAttachments,
  TargetExpression,
} from "../../../organization/targets";
import type { OrganizationTree, TreeNode } from "../../../organization/tree";

/** Nothing; an alarm on what would be denied; the policy attached. */
export type GuardrailMode = "off" | "observe" | "enforce";

const STRICTNESS: Readonly<Record<GuardrailMode, number>> = { off: 0, observe: 1, enforce: 2 };

/** One entry of `guardrails.rollout`. */
export interface RolloutEntry {
  readonly guardrails: readonly string[];
  readonly mode: GuardrailMode;
  readonly targets: TargetExpression;
  readonly reason?: string | undefined;
}

/** Where one guardrail is in which mode. Plain data. */
export interface GuardrailRollout {
  /** Id of the guardrail. */
  readonly guardrail: string;
  /** The fewest places that cover exactly the enforced accounts and future accounts of OUs that are enforced as a whole. Sorted by kind, then id. */
  readonly enforced: readonly Attachment[];
  /** The same for the observed ones. */
  readonly observed: readonly Attachment[];
  /** Modes of active member accounts by id; those that are off are left out. */
  readonly accountModes: ReadonlyMap<string, GuardrailMode>;
  /**
   * By id of the root or an OU: the mode meant for an account that joins it directly. Where the node is not covered as a whole, it
   * has this mode after the next `keyless sync` and apply. Those that are off are left out.
   */
  readonly nodeModes: ReadonlyMap<string, GuardrailMode>;
  /** Where a later entry is less strict than an earlier one, and why; in the order of the entries. */
  readonly loosened: readonly {
    readonly mode: GuardrailMode;
    readonly places: readonly Attachment[];
    readonly reason: string;
  }[];
}

/** An entry that is less strict than an earlier one where both meet. */
export interface Loosening {
  /** Index of the later entry. */
  readonly entry: number;
  /** Index of the stricter one that it overrides. */
  readonly over: number;
  /** Where they meet: OUs first, then accounts. */
  readonly places: readonly Attachment[];
  /** The guardrails in question. */
  readonly guardrails: readonly string[];
}

export interface Rollouts {
  /** In the order of the ids given. Guardrails that no entry names are left out. */
  readonly rollouts: readonly GuardrailRollout[];
  /** Every loosening, with and without a reason; sorted by entry. */
  readonly loosenings: readonly Loosening[];
}

/** Mode of a guardrail in an account. The management account is off: nothing of this reaches it. */
export function modeOf(
  state: { readonly rollouts: readonly GuardrailRollout[] },
  guardrail: string,
  accountId: string,
): GuardrailMode {
  return state.rollouts.find((rollout) => rollout.guardrail === guardrail)?.accountModes.get(accountId) ?? "off";
}

/**
 * Computes where every guardrail is in which mode. Guardrails that the same entries name share one walk over the tree, so that
 * 10,000 accounts and a dozen guardrails cost little more than one.
 *
 * @param ids of the guardrails, in the order wanted
 */
export function resolveRollouts(
  tree: OrganizationTree,
  managementAccountId: string,
  entries: readonly RolloutEntry[],
  ids: readonly string[],
): Rollouts {
  const groups = new Map<string, { readonly indices: readonly number[]; readonly guardrails: string[] }>();
  for (const id of ids) {
    const indices = entries.flatMap((entry, index) => (entry.guardrails.includes(id) ? [index] : []));
    if (indices.length === 0) continue;
    const key = indices.join(",");
    const group = groups.get(key);
    if (group) group.guardrails.push(id);
    else groups.set(key, { indices, guardrails: [id] });
  }
  const memberships = entries.map((entry) => membership(tree, entry.targets));
  const found = new Map<string, GuardrailRollout>();
  const loosenings: Loosening[] = [];
  for (const { indices, guardrails } of groups.values()) {
    const walked = walk(tree, managementAccountId, entries, indices, memberships);
    const loosened = [...new Set(walked.loosenings.map(({ entry }) => entry))]
      .sort((a, b) => a - b)
      .map((index) => ({
        mode: entries[index]!.mode,
        places: selectTargets(tree, managementAccountId, entries[index]!.targets).cover,
        reason: entries[index]!.reason ?? "",
      }));
    for (const guardrail of guardrails) {
      found.set(guardrail, {
        guardrail,
        enforced: walked.enforced,
        observed: walked.observed,
        accountModes: walked.accountModes,
        nodeModes: walked.nodeModes,
        loosened,
      });
    }
    loosenings.push(...walked.loosenings.map((loosening) => ({ ...loosening, guardrails })));
  }
  return {
    rollouts: ids.flatMap((id) => found.get(id) ?? []),
    loosenings: loosenings.sort((a, b) => a.entry - b.entry || a.over - b.over),
  };
}

/** What a walk knows of a node. */
interface At {
  readonly members: readonly Membership[];
  /** Mode of OUs that are made in the node later. */
  readonly whole: GuardrailMode;
  /** Mode of accounts that join the node directly later. */
  readonly direct: GuardrailMode;
}

function walk(
  tree: OrganizationTree,
  managementAccountId: string,
  entries: readonly RolloutEntry[],
  indices: readonly number[],
  memberships: readonly Membership[],
) {
  const accountModes = new Map<string, GuardrailMode>();
  const nodeModes = new Map<string, GuardrailMode>();
  const meetings = new Map<
    string,
    { readonly entry: number; readonly over: number; readonly places: Map<string, Attachment> }
  >();

  /** The last entry that means it counts. */
  const decide = (
    members: readonly Membership[],
    means: (member: Membership) => boolean,
    place: Attachment,
  ): GuardrailMode => {
    let last = -1;
    members.forEach((member, i) => {
      if (!means(member)) return;
      const before = last === -1 ? undefined : entries[indices[last]!]!.mode;
      if (before !== undefined && STRICTNESS[entries[indices[i]!]!.mode] < STRICTNESS[before]) {
        const key = `${indices[i]} ${indices[last]}`;
        const meeting = meetings.get(key) ?? {
          entry: indices[i]!,
          over: indices[last]!,
          places: new Map<string, Attachment>(),
        };
        meeting.places.set(place.id, place);
        meetings.set(key, meeting);
      }
      last = i;
    });
    return last === -1 ? "off" : entries[indices[last]!]!.mode;
  };
  const at = (node: TreeNode, members: readonly Membership[]): At => {
    const place = attachmentOf(node);
    const whole = decide(members, (member) => member.whole, place);
    const direct = decide(members, (member) => member.direct, place);
    if (direct !== "off") nodeModes.set(node.id, direct);
    for (const account of node.accounts) {
      if (account.id === managementAccountId) continue;
      const mode = decide(members, (member) => member.has(account), {
        id: account.id,
        label: account.name,
        kind: "account",
      });
      if (mode !== "off") accountModes.set(account.id, mode);
    }
    return { members, whole, direct };
  };
  // One walk decides; the two covers are read off what it found.
  const decided = new Map<string, At>();
  const visit = (node: TreeNode, members: readonly Membership[]): void => {
    decided.set(node.id, at(node, members));
    for (const child of node.children)
      visit(
        child,
        members.map((member) => member.enter(child)),
      );
  };
  visit(
    tree.root,
    indices.map((index) => memberships[index]!),
  );
  const coverIn = (mode: GuardrailMode): readonly Attachment[] =>
    coverOf<undefined>(tree, managementAccountId, undefined, {
      whole: (_, node) => decided.get(node.id)!.whole === mode && decided.get(node.id)!.direct === mode,
      has: (_, account) => accountModes.get(account.id) === mode,
      enter: () => undefined,
    });
  return {
    enforced: coverIn("enforce"),
    observed: coverIn("observe"),
    accountModes,
    nodeModes,
    loosenings: [...meetings.values()].map(({ entry, over, places }) => ({
      entry,
      over,
      places: sortAttachments([...places.values()]),
    })),
  };
}

/** What an environment promises of one guardrail, and where that is not so. */
export interface EnforcementClaim {
  readonly guardrail: string;
  /** Index in `guardrails.claims`. */
  readonly index: number;
  /** Where the guardrail is claimed to be enforced. */
  readonly claimed: readonly Attachment[];
  /** Where it is not: counterexamples, OUs first. Empty: the claim holds. */
  readonly violations: readonly ClaimViolation[];
}

export interface ClaimViolation {
  readonly place: Attachment;
  readonly mode: GuardrailMode;
  /** True: all accounts that are in the place today are enforced, and an account that joins it would not be. */
  readonly futureOnly: boolean;
}

/** Holds a claim against the rollout: every account in the targets, and every OU that is meant as a whole. */
export function checkClaim(
  tree: OrganizationTree,
  managementAccountId: string,
  rollout: GuardrailRollout | undefined,
  targets: TargetExpression,
): Pick<EnforcementClaim, "claimed" | "violations"> {
  const accountMode = (id: string): GuardrailMode => rollout?.accountModes.get(id) ?? "off";
  const violations: ClaimViolation[] = [];
  const visit = (node: TreeNode, member: Membership): void => {
    const accounts = node.accounts.filter((account) => account.id !== managementAccountId && member.has(account));
    const broken = accounts.filter((account) => accountMode(account.id) !== "enforce");
    const nodeMode = rollout?.nodeModes.get(node.id) ?? "off";
    if (member.direct && nodeMode !== "enforce") {
      violations.push({ place: attachmentOf(node), mode: nodeMode, futureOnly: broken.length === 0 });
    }
    for (const account of broken) {
      violations.push({
        place: { id: account.id, label: account.name, kind: "account" },
        mode: accountMode(account.id),
        futureOnly: false,
      });
    }
    for (const child of node.children) visit(child, member.enter(child));
  };
  visit(tree.root, membership(tree, targets));
  const rank = { root: 0, ou: 1, account: 2 } as const;
  return {
    claimed: selectTargets(tree, managementAccountId, targets).cover,
    violations: violations.sort(
      (a, b) => rank[a.place.kind] - rank[b.place.kind] || (a.place.id < b.place.id ? -1 : 1),
    ),
  };
}
