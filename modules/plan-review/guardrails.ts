import { chainOf } from "../organization/tree";
import type { AtomOrigin, NamedDocument, PolicyComparison, PolicyKind } from "../policy/compare";
import { asList, canonicalJson } from "../policy/document";
import type { PolicyStatement } from "../policy/types";
import { documentOf, Held, isDocument, parsePolicy, ReviewContext } from "./context";
import { actionsPhrase } from "./phrases";
import { listOf, plainText, say, Sentence, words } from "./sentence";
import { isChanged, ResourceChange, SideName, text } from "./stack-plan";
import { actionName, changedKeys, statementDiff, witnessView } from "./statements";
import type { ChangeClass, StatementLine, WitnessView } from "./types";

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
  const said = new Map<string, Said>();
  const open = new Map<ResourceChange, string[]>();
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
    for (const policy of new Set([...left.open, ...right.open])) open.set(policy, [...(open.get(policy) ?? []), ...chain.accounts]);
    if (left.open.length + right.open.length > 0) continue;
    const comparison = context.compare(kind, left.levels, right.levels, { accountId: chain.accounts[0]! });
    if (comparison.relation === "equal") continue;
    for (const one of sentencesOf(kind, comparison)) {
      const key = canonicalJson([one.class, plainText(one.text), one.diff]);
      const known = said.get(key) ?? { ...one, accounts: [], resources: new Set<ResourceChange>() };
      known.accounts.push(...chain.accounts);
      touched.forEach((r) => known.resources.add(r));
      said.set(key, known);
    }
  }
  for (const [policy, accounts] of open) {
    context.add({ class: "unknown", area: "guardrails", sentence: say`${context.names.places(accounts)}: the content of ${nameOf(policy)} cannot be read before it is applied, so what it denies cannot be said.`, resources: [policy] });
  }
  for (const { text: what, accounts, resources, ...rest } of said.values()) {
    context.add({ ...rest, area: "guardrails", sentence: say`${context.names.places(accounts)}: ${what}`, resources: [...resources] });
  }
}

interface SaidOnce {
  readonly class: ChangeClass;
  /** Without the places. */
  readonly text: Sentence;
  readonly witnesses: readonly WitnessView[];
  readonly diff: readonly StatementLine[];
}

interface Said extends SaidOnce {
  readonly accounts: string[];
  readonly resources: Set<ResourceChange>;
}

/** What a comparison means, one sentence for each group of people and circumstances. */
function sentencesOf(kind: PolicyKind, comparison: PolicyComparison): readonly SaidOnce[] {
  const denied = kind === "scp" ? "denied" : "denied by the resource control policies";
  const found: SaidOnce[] = [];
  const keys = changedKeys(comparison);
  for (const group of grouped(comparison.gained, keys)) {
    const guard = group.some((w) => isProtection(w.atom.origin));
    found.push({
      class: guard ? "destroys-guard" : "weakens",
      text: say`${actionsPhrase(group.map(actionName))} ${words(plural(group) ? "are" : "is")} no longer ${words(denied)}${words(isAnybody(group[0]!, keys) && group.some((w) => staysInPart(w, comparison)) ? " in every case" : "")}${whom(group[0]!, keys)}.`,
      witnesses: group.map(witnessView),
      diff: statementDiff(comparison, group.map((w) => w.atom)),
    });
  }
  for (const group of grouped(comparison.lost, keys)) {
    found.push({
      class: "strengthens",
      text: say`${actionsPhrase(group.map(actionName))} ${words(plural(group) ? "are" : "is")} now ${words(denied)}${whom(group[0]!, keys)}.`,
      witnesses: group.map(witnessView),
      diff: statementDiff(comparison, group.map((w) => w.atom)),
    });
  }
  const { open, added, removed } = comparison;
  if (open.length > 0) found.push({ class: "unknown", text: say`statements of ${listOf(policyNames(open))} change, and whether they permit more cannot be decided.`, witnesses: [], diff: statementDiff(comparison, open) });
  else if (found.length === 0) found.push({ class: "strengthens", text: say`statements of ${listOf(policyNames([...added, ...removed]))} change; nothing new is permitted.`, witnesses: [], diff: statementDiff(comparison) });
  return found;
}

/** The Deny is still there, for the same action, and only says less: for anybody that is not to be read as gone. */
function staysInPart(witness: PolicyComparison["gained"][number], comparison: PolicyComparison): boolean {
  const { origin } = witness.atom;
  const same = comparison.statements.after.find((other) => other.policy === origin.policy && (other.sid ?? other.statement) === (origin.sid ?? origin.statement));
  const lower = (statement: PolicyStatement): readonly string[] => asList(statement.Action).map((action) => action.toLowerCase());
  return witness.atom.effect === "Deny" && same?.source.Effect === "Deny" && "is" in witness.atom.action && lower(same.source).includes(witness.atom.action.is);
}

function plural(witnesses: PolicyComparison["gained"]): boolean {
  return new Set(witnesses.map((w) => w.request.action.toLowerCase())).size > 1;
}

/**
 * By who, where and when. The account in the principal does not tell groups apart, and what holds for anybody need not be said again for
 * somebody.
 */
function grouped(witnesses: PolicyComparison["gained"], keys: ReadonlySet<string>): readonly PolicyComparison["gained"][] {
  const groups = new Map<string, PolicyComparison["gained"][number][]>();
  for (const witness of witnesses) {
    const key = plainText(whom(witness, keys));
    groups.set(key, [...(groups.get(key) ?? []), witness]);
  }
  const anybody = new Set((groups.get("") ?? []).map(actionName));
  return [...groups].filter(([key, group]) => key === "" || group.some((witness) => !anybody.has(actionName(witness)))).map(([, group]) => group);
}

function policyNames(atoms: PolicyComparison["open"]): readonly string[] {
  return [...new Set(atoms.map((atom) => atom.origin.policy))].sort();
}

function isAnybody(witness: PolicyComparison["gained"][number], keys: ReadonlySet<string>): boolean {
  const { request } = witness;
  return /:role\/(Admin|example)$/.test(request.principal.arn) && !Object.keys(request.context ?? {}).some((key) => keys.has(key.toLowerCase()));
}

/** ` on role/Y for role/X when …`; nothing where anybody could make the request, on anything, at any time. */
function whom(witness: PolicyComparison["gained"][number], keys: ReadonlySet<string>): Sentence {
  const view = witnessView(witness);
  const short = (arn: string): string => arn.replace(/^arn:[^:]*:[^:]*:[^:]*:(\d{12}|\*)?:/, "");
  // Keys that other people's policies ask for say nothing about this change.
  const context = Object.entries(view.context).filter(([key]) => keys.has(key.toLowerCase())).map(([key, value]) => say`${key} is ${value || "empty"}`);
  const { resource } = witness.atom;
  const on = "is" in resource && resource.is !== "*" ? say` on ${short(resource.is)}` : words("");
  const principal = /:role\/(Admin|example)$/.test(view.principal) ? words("") : say` for ${short(view.principal)}`;
  return context.length === 0 ? say`${on}${principal}` : say`${on}${principal} when ${listOf(context, 3)}`;
}

/** Guardrails that keep others safe: without them the rest can be undone. Where several are packed together the Sid tells. */
function isProtection(origin: AtomOrigin): boolean {
  return origin.sid ? /^Protect/.test(origin.sid) : /(^|-)protect-/.test(origin.policy);
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
