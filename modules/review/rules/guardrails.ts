import { chainOf, unitChainOf } from "../../organization/tree";
import type { AtomOrigin, NamedDocument, PolicyComparison, PolicyKind } from "../../policy/compare";
import { asList } from "../../policy/document";
import { canonicalJson } from "../../kernel/json";
import { FULL_AWS_ACCESS } from "../../policy/evaluate";
import type { PolicyStatement } from "../../policy/types";
import { bindingOf, documentOf, Held, isDocument, NO_ACCOUNT, parsePolicy, ReviewContext } from "../context";
import { actionsPhrase } from "../phrases";
import { completeText, listOf, say, Sentence, words } from "../sentence";
import { isChanged, ResourceChange, SideName, text } from "../../terraform/stack-plan";
import { actionName, actionNames, changedKeys, statementDiff, witnessView } from "../statements";
import { tellsAccountsApart } from "./accounts-apart";
import type { ChangeClass, StatementLine, WitnessView } from "../types";
import { unique, uniqueSorted } from "../../kernel/lists";

/** SCPs and RCPs: what each account may no longer be denied, or is denied now, along the whole chain root → OU → account. */

const POLICY = "aws_organizations_policy";
const ATTACHMENT = "aws_organizations_policy_attachment";

const KINDS: readonly { readonly type: string; readonly kind: PolicyKind }[] = [
  { type: "SERVICE_CONTROL_POLICY", kind: "scp" },
  { type: "RESOURCE_CONTROL_POLICY", kind: "rcp" },
];

interface Attached {
  readonly policy: ResourceChange;
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
      if (resource[side] && !context.linked(resource, "policy_id", [POLICY], side) && isChanged(resource))
        sayUnlinked(context, resource, side);
    }
    const policy = context.linked(resource, "policy_id", [POLICY], "after");
    // What an open value is made of a plan shows, and not how: that a guard is replaced by another one is not taken on trust.
    if (policy && resource.before && resource.unknown.has("policy_id"))
      context.add({
        class: "unknown",
        area: "guardrails",
        sentence: say`Policy ${nameOf(policy)} is attached to ${context.names.node(text(resource.before, "target_id") ?? "")} in place of another one, as its configuration refers to it; the plan does not show its id yet.`,
        resources: [resource],
        binding: bindingOf(resource),
      });
  }
  for (const { type, kind } of KINDS) reviewKind(context, type, kind);
  const other = policies.filter((p) => isChanged(p) && !KINDS.some(({ type }) => typeOf(p) === type));
  for (const policy of other)
    context.add({
      class: "unknown",
      area: "guardrails",
      sentence: say`Organization policy ${nameOf(policy)} of type ${typeOf(policy)} changes; only SCPs and RCPs are understood.`,
      resources: [policy],
    });
  reviewOtherAttachments(context, attachments);
  reviewUnattached(context, policies, attachments);
}

/** Where a policy of another type is attached, or no longer: what it means is not understood, and what it kept from happening may happen. */
function reviewOtherAttachments(context: ReviewContext, attachments: readonly ResourceChange[]): void {
  for (const attachment of attachments.filter(isChanged))
    for (const side of ["before", "after"] as const) {
      const policy = attachment[side] && context.linked(attachment, "policy_id", [POLICY], side);
      if (!policy || KINDS.some(({ type }) => typeOf(policy) === type)) continue;
      context.add({
        class: "unknown",
        area: "guardrails",
        sentence: say`Organization policy ${nameOf(policy)} of type ${typeOf(policy)} ${words(side === "before" ? "is detached from" : "is attached to")} ${context.names.node(text(attachment[side], "target_id") ?? "a target that is not known yet")}; only SCPs and RCPs are understood.`,
        resources: [attachment],
      });
    }
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
    const target =
      text(attachment[side], "target_id") ??
      (side === "after" && attachment.unknown.has("target_id") ? notYetKnown(context, attachment) : undefined);
    const policy = context.linked(attachment, "policy_id", [POLICY], side);
    if (target === undefined || !policy || typeOf(policy) !== type) continue;
    const list = found.get(target);
    if (list) list.push({ policy, attachment });
    else found.set(target, [{ policy, attachment }]);
  }
  return found;
}

/** A target without an id yet goes by its address. */
function notYetKnown(context: ReviewContext, attachment: ResourceChange): string {
  const types = [
    "aws_organizations_organizational_unit",
    "aws_organizations_account",
    "aws_organizations_organization",
  ];
  return context.linked(attachment, "target_id", types, "after")?.address ?? `that ${attachment.address} will have`;
}

/** Other people's policies from the facts, by node. */
function foreignPolicies(context: ReviewContext, type: string): ReadonlyMap<string, readonly NamedDocument[]> {
  const found = new Map<string, NamedDocument[]>();
  for (const policy of context.names.organization?.policies ?? []) {
    if (policy.ours || policy.type !== type) continue;
    const held = parsePolicy(policy.content);
    if (!isDocument(held)) continue;
    const named = { name: policy.name, document: held.document };
    for (const target of policy.targetIds) {
      const list = found.get(target);
      if (list) list.push(named);
      else found.set(target, [named]);
    }
  }
  return found;
}

/** What is attached to a node on both sides. */
interface NodeView {
  readonly before: readonly NamedDocument[];
  readonly after: readonly NamedDocument[];
  /** Policies whose content cannot be read. */
  readonly open: readonly ResourceChange[];
  /** What changes there. */
  readonly touched: readonly ResourceChange[];
  /** The same for the same policies. */
  readonly key: string;
}

/** Looked up by node; organizations have thousands of accounts and few different sets of policies. */
function nodeViews(
  context: ReviewContext,
  before: Placement,
  after: Placement,
  foreign: ReadonlyMap<string, readonly NamedDocument[]>,
): (node: string) => NodeView {
  const contents: Readonly<Record<SideName, Map<ResourceChange, Held>>> = { before: new Map(), after: new Map() };
  const held = (policy: ResourceChange, side: SideName): Held => {
    const known = contents[side].get(policy) ?? documentOf(policy, "content", side);
    contents[side].set(policy, known);
    return known;
  };
  const views = new Map<string, NodeView>();
  return (node) => {
    const known = views.get(node);
    if (known) return known;
    const open = new Set<ResourceChange>();
    const [old, now] = [before.get(node) ?? [], after.get(node) ?? []];
    const documents = (attached: readonly Attached[], side: SideName): readonly NamedDocument[] => {
      const ours = attached.flatMap(({ policy, attachment }): NamedDocument[] => {
        const content = held(policy, side);
        if (isDocument(content)) return [{ name: nameOf(policy), document: content.document }];
        // What stays as it is on both sides can be left out of both.
        if (isChanged(policy) || isChanged(attachment)) open.add(policy);
        return [];
      });
      return [...ours, ...(foreign.get(node) ?? [])];
    };
    const [left, right] = [documents(old, "before"), documents(now, "after")];
    const touched = unique([...old, ...now].flatMap(({ policy, attachment }) => [policy, attachment])).filter(
      isChanged,
    );
    const view = {
      before: left,
      after: right,
      open: [...open],
      touched,
      key: `${context.levelsKey([left, right])} ${[...open].map((policy) => `${policy.stack} ${policy.address}`).join()}`,
    };
    views.set(node, view);
    return view;
  };
}

interface Chain {
  /** Root, OUs, account. */
  readonly levels: readonly NodeView[];
  /** What changes in it, in the chains of all its places. */
  readonly touched: readonly ResourceChange[];
  /** Accounts, or an OU that has none. */
  readonly places: readonly string[];
}

/** Accounts with the same policies on both sides, in one chain each, as far as something changes there. Without facts every target is a chain of its own. */
function chains(
  context: ReviewContext,
  targets: ReadonlySet<string>,
  view: (node: string) => NodeView,
): readonly Chain[] {
  const { tree, organization } = context.names;
  const touched = (nodes: readonly string[]): boolean => nodes.some((node) => view(node).touched.length > 0);
  const known = (id: string): boolean => tree !== undefined && (tree.nodeById.has(id) || tree.accountById.has(id));
  const targetIds = [...targets].sort();
  const groups = new Map<string, { views: Set<NodeView>; chain: readonly NodeView[]; places: string[] }>();
  const named = accountsIn(
    unique([...targets, ...(tree ? [...tree.nodeById.keys(), ...tree.accountById.keys()] : [])]).flatMap((node) => [
      ...view(node).before,
      ...view(node).after,
    ]),
  );
  const add = (place: string, nodes: readonly string[]): void => {
    if (!touched(nodes)) return;
    const chain = nodes.map(view);
    const key = `${chain.map((one) => one.key).join("/")} ${named.has(place) ? place : ""}`;
    const group = groups.get(key) ?? { views: new Set<NodeView>(), chain, places: [] };
    chain.forEach((one) => group.views.add(one));
    group.places.push(place);
    groups.set(key, group);
  };
  if (tree)
    for (const account of tree.accounts)
      if (account.id !== organization?.managementAccountId) add(account.id, chainOf(tree, account));
  for (const id of targetIds) {
    if (!known(id)) add(id, [id]);
    // Who comes into an OU later is bound by what hangs there.
    else if (
      tree?.nodeById.has(id) &&
      !context.names.accountsBelow(id).some((account) => account !== organization?.managementAccountId)
    )
      add(id, unitChainOf(tree, id));
  }
  return [...groups.values()].map(({ views, chain, places }) => ({
    levels: chain,
    touched: unique([...views].flatMap((one) => one.touched)),
    places,
  }));
}

/** Account ids that policies name: those accounts are not like others. */
function accountsIn(documents: readonly NamedDocument[]): ReadonlySet<string> {
  return new Set(
    unique(documents.map(({ document }) => document)).flatMap(
      (document) => JSON.stringify(document).match(/\d{12}/g) ?? [],
    ),
  );
}

function reviewKind(context: ReviewContext, type: string, kind: PolicyKind): void {
  const before = placement(context, type, "before");
  const after = placement(context, type, "after");
  const view = nodeViews(context, before, after, foreignPolicies(context, type));
  const said = new Map<string, Said>();
  const open = new Map<ResourceChange, string[]>();
  for (const { levels, touched, places } of chains(context, new Set([...before.keys(), ...after.keys()]), view)) {
    const unreadable = new Set(levels.flatMap((one) => one.open));
    for (const policy of unreadable) {
      const list = open.get(policy);
      if (list) list.push(...places);
      else open.set(policy, [...places]);
    }
    if (unreadable.size > 0) continue;
    const accountId = places.find((id) => /^\d{12}$/.test(id));
    const known = accountId !== undefined && context.names.tree?.accountById.has(accountId);
    // What is shown of the first account holds for the others where nothing tells them apart.
    const bound =
      known && (places.length === 1 || !tellsAccountsApart(levels.flatMap((one) => [...one.before, ...one.after])));
    const compared = (more: readonly NamedDocument[]): PolicyComparison =>
      context.compare(
        kind,
        levels.map((one) => [...one.before, ...more]),
        levels.map((one) => [...one.after, ...more]),
        { accountId: accountId ?? NO_ACCOUNT, ...(bound ? { boundAccount: accountId } : {}) },
      );
    // Facts say where FullAWSAccess is attached. Without them it may be there beside an Allow of ours, or not: what either means is told.
    const perhaps =
      !context.names.tree &&
      levels.some((one) =>
        [...one.before, ...one.after].some(({ document }) => document.Statement.some((s) => s.Effect === "Allow")),
      );
    const comparisons = [compared([]), ...(perhaps ? [compared([FULL_AWS_ACCESS])] : [])].filter(
      ({ relation }) => relation !== "equal",
    );
    if (comparisons.some(({ lost, open }) => lost.length + open.length > 0))
      context.tightened.push({
        kind: kind === "rcp" ? "rcp" : "scp",
        before: levels.map((one) => one.before),
        after: levels.map((one) => one.after),
        accountId: known ? accountId : undefined,
        places,
        touched,
        denied: comparisons.flatMap((comparison) => deniedToAnybody(comparison)),
      });
    for (const one of comparisons.flatMap((comparison) => sentencesOf(kind, comparison))) {
      const key = canonicalJson([one.class, completeText(one.text), one.diff]);
      const known = said.get(key) ?? { ...one, places: [], resources: new Set<ResourceChange>() };
      places.forEach((place) => known.places.push(place));
      concerned(context, touched, one.policies).forEach((resource) => known.resources.add(resource));
      said.set(key, known);
    }
  }
  for (const [policy, places] of open) {
    context.add({
      class: "unknown",
      area: "guardrails",
      sentence: say`${context.names.places(places)}: the content of ${nameOf(policy)} ${words(whyUnread(policy))}, so it is unknown what it denies.`,
      resources: [policy],
    });
  }
  for (const { text: what, places, resources, policies: _, ...rest } of said.values()) {
    context.add({
      ...rest,
      area: "guardrails",
      sentence: say`${context.names.places(places)}: ${what}`,
      resources: [...resources],
    });
  }
}

/** Why the content of a policy is not compared. */
function whyUnread(policy: ResourceChange): string {
  const held = (["after", "before"] as const).map((side) => documentOf(policy, "content", side));
  if (held.includes("secret")) return "is marked sensitive";
  return held.includes("invalid") ? "is no policy that can be read" : "cannot be read before it is applied";
}

/** Actions of which the review says that they are now denied, and adds neither whom, nor on what, nor when. */
function deniedToAnybody(comparison: PolicyComparison): readonly string[] {
  const keys = changedKeys(comparison);
  return grouped(comparison.lost, keys)
    .filter((group) => completeText(whom(group[0]!, keys)) === "")
    .flatMap((group) => actionNames(group));
}

/** Those of the changed resources that a sentence is about: an approval of it holds whatever else changes on the way to the account. */
function concerned(
  context: ReviewContext,
  touched: readonly ResourceChange[],
  policies: ReadonlySet<string>,
): readonly ResourceChange[] {
  const own = touched.filter((resource) => {
    const policy =
      resource.type === POLICY
        ? resource
        : context.linked(resource, "policy_id", [POLICY], resource.after ? "after" : "before");
    return policy === undefined || policies.has(nameOf(policy));
  });
  return own.length > 0 ? own : touched;
}

interface SaidOnce {
  readonly class: ChangeClass;
  /** Without the places. */
  readonly text: Sentence;
  readonly witnesses: readonly WitnessView[];
  readonly diff: readonly StatementLine[];
  /** Names of the policies whose statements it is about. */
  readonly policies: ReadonlySet<string>;
}

interface Said extends SaidOnce {
  readonly places: string[];
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
      text:
        isAnybody(group[0]!, keys) && group.some((w) => staysInPart(w, comparison))
          ? say`${actionsPhrase(actionNames(group))} ${words(plural(group) ? "are" : "is")} still ${words(denied)}, but in fewer cases than before${whom(group[0]!, keys)}.`
          : say`${actionsPhrase(actionNames(group))} ${words(plural(group) ? "are" : "is")} no longer ${words(denied)}${whom(group[0]!, keys)}.`,
      witnesses: group.map(witnessView),
      diff: statementDiff(
        comparison,
        group.map((w) => w.atom),
      ),
      policies: new Set(policyNames(group.map((w) => w.atom))),
    });
  }
  for (const group of withItsProtection(grouped(comparison.lost, keys), keys)) {
    found.push({
      class: "strengthens",
      text: say`${actionsPhrase(actionNames(mainOf(group)))} ${words(plural(mainOf(group)) ? "are" : "is")} now ${words(denied)}${whom(group[0]!, keys)}.`,
      witnesses: group.map(witnessView),
      diff: statementDiff(
        comparison,
        group.map((w) => w.atom),
      ),
      policies: new Set(policyNames(group.map((w) => w.atom))),
    });
  }
  const { open, added, removed } = comparison;
  if (open.length > 0)
    found.push({
      class: "unknown",
      text: say`statements of ${listOf(policyNames(open))} change, and whether they permit more cannot be decided.`,
      witnesses: [],
      diff: statementDiff(comparison, open),
      policies: new Set(policyNames(open)),
    });
  else if (found.length === 0)
    found.push({
      class: "strengthens",
      text: say`statements of ${listOf(policyNames([...added, ...removed]))} change; nothing new is permitted.`,
      witnesses: [],
      diff: statementDiff(comparison),
      policies: new Set(policyNames([...added, ...removed])),
    });
  return found;
}

/**
 * What protects a guardrail's exceptions comes with the guardrail: denials of that for anybody and of these are one change, with all
 * their statements below it.
 */
function withItsProtection(
  groups: readonly PolicyComparison["lost"][],
  keys: ReadonlySet<string>,
): readonly PolicyComparison["lost"][] {
  const main = groups.find(
    (group) => completeText(whom(group[0]!, keys)) === "" && group.some((one) => !isProtection(one.atom.origin)),
  );
  const protections = groups.filter((group) => group !== main && group.every((one) => isProtection(one.atom.origin)));
  if (!main || protections.length === 0) return groups;
  return groups
    .filter((group) => !protections.includes(group))
    .map((group) => (group === main ? [...group, ...protections.flat()] : group));
}

/** What a sentence names: without what only protects it. */
function mainOf(group: PolicyComparison["lost"]): PolicyComparison["lost"] {
  const main = group.filter((one) => !isProtection(one.atom.origin));
  return main.length > 0 ? main : group;
}

/** The Deny is still there, for the same action, and only says less: for anybody that is not to be read as gone. */
function staysInPart(witness: PolicyComparison["gained"][number], comparison: PolicyComparison): boolean {
  const { origin } = witness.atom;
  const same = comparison.statements.after.find(
    (other) => other.policy === origin.policy && (other.sid ?? other.statement) === (origin.sid ?? origin.statement),
  );
  const lower = (statement: PolicyStatement): readonly string[] =>
    asList(statement.Action).map((action) => action.toLowerCase());
  return (
    witness.atom.effect === "Deny" &&
    same?.source.Effect === "Deny" &&
    "is" in witness.atom.action &&
    lower(same.source).includes(witness.atom.action.is)
  );
}

function plural(witnesses: PolicyComparison["gained"]): boolean {
  return new Set(witnesses.map((w) => w.request.action.toLowerCase())).size > 1;
}

/**
 * By who, where and when. The account in the principal does not tell groups apart, and what holds for anybody need not be said again for
 * somebody.
 */
function grouped(
  witnesses: PolicyComparison["gained"],
  keys: ReadonlySet<string>,
): readonly PolicyComparison["gained"][] {
  const groups = new Map<string, PolicyComparison["gained"][number][]>();
  for (const witness of witnesses) {
    const key = completeText(whom(witness, keys));
    groups.set(key, [...(groups.get(key) ?? []), witness]);
  }
  const anybody = new Set((groups.get("") ?? []).map(actionName));
  return [...groups]
    .filter(([key, group]) => key === "" || group.some((witness) => !anybody.has(actionName(witness))))
    .map(([, group]) => group);
}

function policyNames(atoms: PolicyComparison["open"]): readonly string[] {
  return uniqueSorted(atoms.map((atom) => atom.origin.policy));
}

function isAnybody(witness: PolicyComparison["gained"][number], keys: ReadonlySet<string>): boolean {
  const { request } = witness;
  return (
    /:role\/(Admin|example)$/.test(request.principal.arn) &&
    !Object.keys(request.context ?? {}).some((key) => keys.has(key.toLowerCase()))
  );
}

/** ` on role/Y for role/X when …`; nothing where anybody could make the request, on anything, at any time. */
function whom(witness: PolicyComparison["gained"][number], keys: ReadonlySet<string>): Sentence {
  const view = witnessView(witness);
  const short = (arn: string): string => arn.replace(/^arn:[^:]*:[^:]*:[^:]*:(\d{12}|\*)?:/, "");
  // Keys that other people's policies ask for say nothing about this change.
  const context = Object.entries(view.context)
    .filter(([key]) => keys.has(key.toLowerCase()))
    .map(([key, value]) => say`${key} is ${value || "empty"}`);
  const { resource } = witness.atom;
  const on = "is" in resource && resource.is !== "*" ? say` on ${short(resource.is)}` : words("");
  // Of the request that was found, not of somebody real for whom it holds too: that one is only an example.
  const { arn } = witness.request.principal;
  const principal = /:role\/(Admin|example)$/.test(arn) ? words("") : say` for ${short(arn)}`;
  return context.length === 0 ? say`${on}${principal}` : say`${on}${principal} when ${listOf(context, 3)}`;
}

/** Guardrails that keep others safe: without them the rest can be undone. Where several are packed together the Sid tells. */
function isProtection(origin: AtomOrigin): boolean {
  return origin.sid ? /^Protect/.test(origin.sid) : /(^|-)protect-/.test(origin.policy);
}

/**
 * What a policy of which no attachment is in the plans means depends on where it is attached: by hand, by another configuration. One that is
 * new is attached nowhere, and AWS deletes none that is attached (`PolicyInUseException`,
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html).
 */
function reviewUnattached(
  context: ReviewContext,
  policies: readonly ResourceChange[],
  attachments: readonly ResourceChange[],
): void {
  const attached = new Set(
    attachments.flatMap((a) =>
      (["before", "after"] as const).map((side) => context.linked(a, "policy_id", [POLICY], side)),
    ),
  );
  for (const policy of policies) {
    const kind = KINDS.find(({ type }) => typeOf(policy) === type)?.kind;
    if (!isChanged(policy) || attached.has(policy) || kind === undefined) continue;
    const [before, after] = [documentOf(policy, "content", "before"), documentOf(policy, "content", "after")];
    const comparison =
      isDocument(before) && isDocument(after)
        ? context.compare(
            kind,
            [[{ name: nameOf(policy), document: before.document }]],
            [[{ name: nameOf(policy), document: after.document }]],
            { accountId: NO_ACCOUNT },
          )
        : undefined;
    const settled = !policy.before || !policy.after || comparison?.relation === "equal";
    context.add({
      class: settled ? "neutral" : "unknown",
      area: "guardrails",
      sentence: settled
        ? say`Policy ${nameOf(policy)} changes; it is attached nowhere in this plan.`
        : say`Policy ${nameOf(policy)} changes; where it is attached is not in this plan.`,
      resources: [policy],
      ...(comparison && !settled ? { diff: statementDiff(comparison) } : {}),
    });
  }
}
