import { chainOf } from "../organization/tree";
import type { NamedDocument, PolicyComparison, PolicyKind } from "../policy/compare";
import { canonicalJson } from "../policy/document";
import { documentOf, Held, isDocument, parsePolicy, ReviewContext } from "./context";
import { actionsPhrase } from "./phrases";
import { listOf, plainText, say, Sentence, words } from "./sentence";
import { isChanged, ResourceChange, SideName, text } from "./stack-plan";
import { actionName, statementDiff, witnessView } from "./statements";

/** SCPs and RCPs: what each account may no longer be denied, or is denied now, along the whole chain root → OU → account. */

const POLICY = "aws_organizations_policy";
const ATTACHMENT = "aws_organizations_policy_attachment";

const KINDS: readonly { readonly type: string; readonly kind: PolicyKind }[] = [
  { type: "SERVICE_CONTROL_POLICY", kind: "scp" },
  { type: "RESOURCE_CONTROL_POLICY", kind: "rcp" },
];

interface Attached {
  readonly policy: ResourceChange | undefined;
  readonly attachment: ResourceChange;
}

/** Policies by the node they are attached to, on one side. */
type Placement = ReadonlyMap<string, readonly Attached[]>;

export function reviewGuardrails(context: ReviewContext): void {
  const policies = context.ofType(POLICY);
  const attachments = context.ofType(ATTACHMENT);
  context.understand(...policies, ...attachments);
  if (![...policies, ...attachments].some(isChanged)) return;
  for (const resource of attachments) {
    for (const side of ["before", "after"] as const) {
      if (resource[side] && !context.linked(resource, "policy_id", [POLICY], side) && isChanged(resource)) sayUnlinked(context, resource, side);
    }
  }
  for (const { type, kind } of KINDS) reviewKind(context, type, kind);
  const other = policies.filter((p) => isChanged(p) && !KINDS.some(({ type }) => typeOf(p) === type));
  for (const policy of other) context.add({ class: "unknown", area: "guardrails", sentence: say`Organization policy ${nameOf(policy)} of type ${typeOf(policy)} changes; only SCPs and RCPs are understood.`, resources: [policy] });
  reviewUnattached(context, policies, attachments);
}

function typeOf(policy: ResourceChange): string {
  return text(policy.after ?? policy.before, "type") ?? "SERVICE_CONTROL_POLICY";
}

function nameOf(policy: ResourceChange): string {
  return text(policy.after ?? policy.before, "name") ?? policy.address;
}

function sayUnlinked(context: ReviewContext, attachment: ResourceChange, side: SideName): void {
  const target = text(attachment[side], "target_id") ?? "";
  context.add({
    class: "unknown",
    area: "guardrails",
    sentence: say`A policy that is not in this plan (${context.valueOrReference(attachment, "policy_id", side) ?? "id not known yet"}) ${words(side === "before" ? "is detached from" : "is attached to")} ${context.names.node(target)}.`,
    resources: [attachment],
  });
}

function placement(context: ReviewContext, type: string, side: SideName): Placement {
  const found = new Map<string, Attached[]>();
  for (const attachment of context.ofType(ATTACHMENT)) {
    if (!attachment[side]) continue;
    const target = text(attachment[side], "target_id") ?? (side === "after" && attachment.unknown.has("target_id") ? "unknown" : undefined);
    const policy = context.linked(attachment, "policy_id", [POLICY], side);
    if (target === undefined || !policy || typeOf(policy) !== type) continue;
    found.set(target, [...(found.get(target) ?? []), { policy, attachment }]);
  }
  return found;
}

/** Other people's policies from the facts, by node. */
function foreignPolicies(context: ReviewContext, type: string): ReadonlyMap<string, readonly NamedDocument[]> {
  const found = new Map<string, NamedDocument[]>();
  for (const policy of context.names.organization?.policies ?? []) {
    if (policy.ours || policy.type !== type) continue;
    const held = parsePolicy(policy.content);
    if (!isDocument(held)) continue;
    for (const target of policy.targetIds) found.set(target, [...(found.get(target) ?? []), { name: policy.name, document: held.document }]);
  }
  return found;
}

interface Chain {
  readonly nodes: readonly string[];
  readonly accounts: readonly string[];
}

/** Accounts with the same policies on both sides, in one chain each. Without facts every target is a chain of its own. */
function chains(context: ReviewContext, before: Placement, after: Placement, foreign: ReadonlyMap<string, unknown>): readonly Chain[] {
  const { tree, organization } = context.names;
  const used = new Set([...before.keys(), ...after.keys()]);
  if (!tree) return [...used].sort().map((id) => ({ nodes: [id], accounts: [id] }));
  const groups = new Map<string, { nodes: readonly string[]; accounts: string[] }>();
  for (const account of tree.accounts) {
    if (account.id === organization?.managementAccountId) continue;
    const nodes = chainOf(tree, account);
    // The account itself matters only where something is attached to it.
    const key = (used.has(account.id) || foreign.has(account.id) ? nodes : nodes.slice(0, -1)).join("/");
    const group = groups.get(key);
    if (group) group.accounts.push(account.id);
    else groups.set(key, { nodes, accounts: [account.id] });
  }
  const strangers = [...used].filter((id) => !tree.nodeById.has(id) && !tree.accountById.has(id)).map((id) => ({ nodes: [id], accounts: [id] }));
  return [...groups.values(), ...strangers];
}

function reviewKind(context: ReviewContext, type: string, kind: PolicyKind): void {
  const before = placement(context, type, "before");
  const after = placement(context, type, "after");
  const foreign = foreignPolicies(context, type);
  const results = new Map<string, { comparison: PolicyComparison; accounts: string[]; resources: Set<ResourceChange> }>();
  for (const chain of chains(context, before, after, foreign)) {
    const touched = chain.nodes.flatMap((node) => [...(before.get(node) ?? []), ...(after.get(node) ?? [])]).flatMap(({ policy, attachment }) => [policy, attachment]).filter((r): r is ResourceChange => r !== undefined && isChanged(r));
    if (touched.length === 0) continue;
    const levels = (placed: Placement, side: SideName): { readonly levels: NamedDocument[][]; readonly open: readonly ResourceChange[] } => {
      const open: ResourceChange[] = [];
      const found = chain.nodes.map((node) => {
        const ours = (placed.get(node) ?? []).flatMap(({ policy }): NamedDocument[] => {
          const held: Held = documentOf(policy, "content", side);
          if (isDocument(held)) return [{ name: nameOf(policy!), document: held.document }];
          if (policy && isChanged(policy)) open.push(policy);
          return [];
        });
        return [...ours, ...(foreign.get(node) ?? [])];
      });
      return { levels: found, open };
    };
    const [left, right] = [levels(before, "before"), levels(after, "after")];
    for (const policy of new Set([...left.open, ...right.open])) {
      context.add({ class: "unknown", area: "guardrails", sentence: say`The content of ${nameOf(policy)} is not known before it is applied: what it denies in ${context.names.places(chain.accounts)} cannot be said.`, resources: [policy] });
    }
    if (left.open.length + right.open.length > 0) continue;
    const comparison = context.compare(kind, left.levels, right.levels, { accountId: chain.accounts[0]! });
    if (comparison.relation === "equal") continue;
    const key = canonicalJson([comparison.relation, statementDiff(comparison), comparison.gained.map((w) => w.request.action), comparison.lost.map((w) => w.request.action)]);
    const known = results.get(key);
    if (known) {
      known.accounts.push(...chain.accounts);
      touched.forEach((r) => known.resources.add(r));
    } else results.set(key, { comparison, accounts: [...chain.accounts], resources: new Set(touched) });
  }
  const everywhere = [...results.values()];
  for (const { comparison, accounts, resources } of everywhere) sayComparison(context, kind, comparison, accounts, [...resources]);
}

function sayComparison(context: ReviewContext, kind: PolicyKind, comparison: PolicyComparison, accounts: readonly string[], resources: readonly ResourceChange[]): void {
  const places = context.names.places(accounts);
  const denied = kind === "scp" ? "denied" : "denied by the resource control policies";
  const diff = statementDiff(comparison);
  const only = (list: PolicyComparison["gained"], general: boolean): PolicyComparison["gained"] => list.filter((witness) => isGeneral(witness) === general);
  // One sentence for what holds for anybody, one for what holds for some.
  const general = only(comparison.gained, true);
  if (general.length > 0) {
    const guard = general.some((w) => isProtection(w.atom.origin.policy, w.atom.origin.sid));
    context.add({
      class: guard ? "destroys-guard" : "weakens",
      area: "guardrails",
      sentence: say`${places}: ${actionsPhrase(general.map(actionName))} ${words(general.length > 1 ? "are" : "is")} no longer ${words(denied)}.`,
      resources,
      witnesses: general.map(witnessView),
      diff,
    });
  }
  for (const witness of only(comparison.gained, false)) {
    context.add({
      class: isProtection(witness.atom.origin.policy, witness.atom.origin.sid) ? "destroys-guard" : "weakens",
      area: "guardrails",
      sentence: say`${places}: ${actionsPhrase([actionName(witness)])} is no longer ${words(denied)} ${whom(witness)}.`,
      resources,
      witnesses: [witnessView(witness)],
      diff,
    });
  }
  if (comparison.lost.length > 0) {
    context.add({
      class: "strengthens",
      area: "guardrails",
      sentence: say`${places}: ${actionsPhrase(comparison.lost.map(actionName))} ${words(comparison.lost.length > 1 ? "are" : "is")} now ${words(denied)}${words(comparison.lost.every(isGeneral) ? "" : " in more cases")}.`,
      resources,
      witnesses: comparison.lost.map(witnessView),
      diff,
    });
  }
  if (comparison.relation === "undecided") {
    context.add({ class: "unknown", area: "guardrails", sentence: say`${places}: statements of ${listOf(policyNames(comparison))} change, and whether they permit more cannot be decided.`, resources, diff });
  } else if (comparison.gained.length === 0 && comparison.lost.length === 0) {
    context.add({ class: "strengthens", area: "guardrails", sentence: say`${places}: statements of ${listOf(policyNames(comparison))} change; nothing new is permitted.`, resources, diff });
  }
}

function policyNames(comparison: PolicyComparison): readonly string[] {
  return [...new Set([...comparison.added, ...comparison.removed].map((change) => change.origin.policy))].sort();
}

/** The request needs no particular principal and nothing particular in its context: it stands for anybody's. */
function isGeneral(witness: PolicyComparison["gained"][number]): boolean {
  return Object.keys(witness.request.context ?? {}).length === 0 && /:role\/(Admin|example)$/.test(witness.request.principal.arn);
}

function whom(witness: PolicyComparison["gained"][number]): Sentence {
  const view = witnessView(witness);
  const context = Object.entries(view.context).map(([key, value]) => say`${key} is ${value}`);
  const principal = /:role\/(Admin|example)$/.test(view.principal) ? words("") : say`to ${view.principal}`;
  return context.length === 0 ? principal : say`${principal}${words(plainText(principal) ? " " : "")}when ${listOf(context, 3)}`;
}

/** Guardrails that keep others safe: without them the rest can be undone. */
function isProtection(policy: string, sid: string | undefined): boolean {
  return /(^|-)protect-/.test(policy) || /^Protect/.test(sid ?? "");
}

/** A policy that is nowhere attached denies nothing: its change is worth a line, not a class. */
function reviewUnattached(context: ReviewContext, policies: readonly ResourceChange[], attachments: readonly ResourceChange[]): void {
  const attached = new Set(attachments.flatMap((a) => (["before", "after"] as const).map((side) => context.linked(a, "policy_id", [POLICY], side))));
  for (const policy of policies) {
    if (isChanged(policy) && !attached.has(policy)) {
      context.add({ class: "neutral", area: "guardrails", sentence: say`Policy ${nameOf(policy)} changes; it is attached nowhere in this plan.`, resources: [policy] });
    }
  }
}
