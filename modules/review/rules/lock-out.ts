import { byKey, unique, uniqueSorted } from "../../kernel/lists";
import { canonicalJson } from "../../kernel/json";
import { BREAK_GLASS_USER_PATH } from "../../sections/break-glass/names";
import { decide, Decision, KeySets, RequestSet, Witness } from "../../policy/decide";
import { asList } from "../../policy/document";
import { RESOURCE_ACTIONS } from "../../sections/pipeline/resource-actions";
import { FULL_AWS_ACCESS, PolicySet } from "../../policy/evaluate";
import type { PolicyLevels } from "../../policy/compare";
import { attachedDocuments, factsDocument } from "../../proofs/attached";
import { DIRECT, GLOBAL_REGION } from "../../proofs/no-lock-out";
import { prove } from "../../proofs/prove";
import { RECOVERY, RecoveryInput } from "../../proofs/recovery";
import type { AttachedDocument, Counterexample, ProofId, ProofInput } from "../../proofs/types";
import { PROOFS } from "../../proofs/types";
import type { PolicyDocument } from "../../policy/types";
import { documentOf, isDocument, NO_ACCOUNT, ReviewContext, TightenedChain, WayIn } from "../context";
import { guardOf } from "./area";
import { actionsPhrase } from "../phrases";
import { listOf, say, words } from "../sentence";
import { deniedView } from "../statements";
import { ResourceChange, SideName, text } from "../../terraform/stack-plan";
import type { Area, WitnessView } from "../types";
import { plural } from "../../kernel/words";

/**
 * Lock-out: whether those who must get in and work still can once the plan is applied. Where the environment is known, the plan's before
 * and after are put to its proofs, and a counterexample is told that the before-state did not have. Where it is not, the recovery list is
 * asked of the break-glass roles that the plan shows.
 */

const POLICY = "aws_organizations_policy";
const ATTACHMENT = "aws_organizations_policy_attachment";

/** `no-mint` is what the guardrails deny: the review tells what they no longer do by itself. */
const ASKED: ReadonlySet<ProofId> = new Set(["no-lock-out", "still-manageable", "clean-up", "exemptions-hold"]);

/**
 * The environment that plans are of, as its baseline says and its facts show; or why that is not known, or why it is not asked although it
 * may be.
 */
export type Intent = ProofInput | { readonly unknown: string } | { readonly notAsked: string };

export function isKnown(intent: Intent | undefined): intent is ProofInput {
  return intent !== undefined && !("unknown" in intent) && !("notAsked" in intent);
}

/** Why an environment that is named is not put to its proofs: whoever reads the review must not take it for proven. */
export function whyNotProven(intent: Intent | undefined): string | undefined {
  if (intent === undefined || isKnown(intent)) return undefined;
  return "unknown" in intent ? intent.unknown : intent.notAsked;
}

/** @param intent @default - nobody has named an environment */
export function reviewLockOut(context: ReviewContext, intent: Intent | undefined): void {
  if (isKnown(intent)) {
    reviewByProofs(context, intent);
    return;
  }
  for (const chain of context.tightened) {
    reviewByRecoveryList(context, chain);
    reviewPipelineByPlans(context, chain);
  }
  if (intent && "unknown" in intent) sayUnproven(context, intent.unknown);
}

/** An environment was named, and it cannot be put to its proofs: what was asked instead is less than that. */
function sayUnproven(context: ReviewContext, why: string): void {
  const doors = context.wayIn.filter(
    ({ before, after }) =>
      isDocument(before) && isDocument(after) && canonicalJson(before.document) !== canonicalJson(after.document),
  );
  const resources = [
    ...new Set([
      ...context.tightened.flatMap(({ touched }) => touched),
      ...doors.flatMap((one) => one.setting.resources),
    ]),
  ];
  if (resources.length === 0) return;
  context.add({
    class: "unknown",
    area: "break-glass",
    sentence: say`Whether everybody who must get in and work still can is not known: the environment's baseline cannot be put to its proofs (${why}).`,
    resources,
  });
}

function reviewByProofs(context: ReviewContext, intent: ProofInput): void {
  const changed = context.changed(POLICY, ATTACHMENT);
  if (changed.length === 0 && context.wayIn.length === 0) return;
  const before = policiesOf(context, intent, "before");
  const after = policiesOf(context, intent, "after");
  const told = new Set<string>();
  const compare = (was: ProofInput, is: ProofInput, only: ReadonlySet<ProofId>, door?: WayIn): void => {
    const known = new Map(prove(was, { policies: before, only }).counterexamples.map((one) => [one.id, one.decision]));
    const found = prove(is, { policies: after, only }).counterexamples.filter((one) => {
      // A role of one account shuts the door of that account.
      const accounts = door?.setting.accounts;
      if (accounts && !accounts.includes(one.account.id)) return false;
      const old = known.get(one.id);
      return !told.has(one.id) && (old === undefined || (old === "unknown" && one.decision !== "unknown"));
    });
    found.forEach(({ id }) => told.add(id));
    tell(context, found, door ? door.setting.resources : changed, door !== undefined);
  };
  if (changed.length > 0) compare(intent, intent, ASKED);
  for (const door of context.wayIn) {
    if (!isDocument(door.before) || !isDocument(door.after)) continue;
    if (canonicalJson(door.before.document) === canonicalJson(door.after.document)) continue;
    compare(
      withTrust(intent, door.before.document),
      withTrust(intent, door.after.document),
      new Set<ProofId>(["no-lock-out"]),
      door,
    );
  }
}

function withTrust(intent: ProofInput, trust: PolicyDocument): ProofInput {
  const { breakGlass } = intent;
  return { ...intent, breakGlass: { ...breakGlass, role: { ...breakGlass.role, trust } } };
}

/** Every SCP and RCP on one side: those of the plans as they show them, others as the baseline and the facts have them. */
function policiesOf(context: ReviewContext, intent: ProofInput, side: SideName): readonly AttachedDocument[] {
  const targets = new Map<ResourceChange, string[]>();
  /** Of policies that are in no plan, by their ids: where a plan attaches and detaches them. */
  const others = new Map<string, { readonly here: Set<string>; readonly gone: Set<string> }>();
  for (const attachment of context.ofType(ATTACHMENT)) {
    const policy = context.linked(attachment, "policy_id", [POLICY], attachment[side] ? side : "before");
    if (policy) {
      const target = text(attachment[side], "target_id");
      if (target !== undefined) targets.set(policy, [...(targets.get(policy) ?? []), target]);
      continue;
    }
    for (const at of ["before", "after"] as const) {
      const [id, target] = [text(attachment[at], "policy_id"), text(attachment[at], "target_id")];
      if (id === undefined || target === undefined) continue;
      const known = others.get(id) ?? { here: new Set<string>(), gone: new Set<string>() };
      (at === side ? known.here : known.gone).add(target);
      others.set(id, known);
    }
  }
  const planned = context.ofType(POLICY).flatMap((policy): readonly AttachedDocument[] => {
    const held = documentOf(policy, "content", side);
    const type = text(policy[side], "type") ?? "SERVICE_CONTROL_POLICY";
    if (!isDocument(held) || (type !== "SERVICE_CONTROL_POLICY" && type !== "RESOURCE_CONTROL_POLICY")) return [];
    const name = text(policy[side], "name") ?? policy.name;
    return [{ name, type, ours: true, document: held.document, targetIds: targets.get(policy) ?? [] }];
  });
  const names = new Set(
    context.ofType(POLICY).flatMap((policy) => [text(policy.before, "name"), text(policy.after, "name")]),
  );
  const foreign = intent.environment.organization.policies
    .filter((policy) => !policy.ours && !names.has(policy.name))
    .map((policy): AttachedDocument => {
      const moved = others.get(policy.id);
      const document = factsDocument(policy);
      if (!moved) return document;
      const kept = policy.targetIds.filter((id) => !moved.gone.has(id) || moved.here.has(id));
      return { ...document, targetIds: unique([...kept, ...moved.here]) };
    });
  const ours = attachedDocuments(intent).filter((policy) => policy.ours && !names.has(policy.name));
  return [...foreign, ...ours, ...planned];
}

/**
 * Counterexamples that differ in their actions only are one line.
 *
 * @param everywhere those that differ in their place are one line too: it is one trust policy
 */
function tell(
  context: ReviewContext,
  found: readonly Counterexample[],
  changed: readonly ResourceChange[],
  everywhere: boolean,
): void {
  const groups = new Map<string, Counterexample[]>();
  for (const one of found) {
    const { proof, place, principal, policy, statement, decision, expected, accepted } = one;
    const key = canonicalJson([
      proof,
      everywhere ? "" : place,
      principal.kind,
      policy ?? null,
      statement ?? null,
      decision,
      expected,
      accepted ?? null,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  for (const group of groups.values()) {
    const [first] = group as [Counterexample];
    const { proof, principal, expected, decision, because, otherwise, accepted } = first;
    const names = uniqueSorted(group.flatMap((one) => [one.principal.name, ...one.alsoFor]));
    const actions = uniqueSorted(group.flatMap((one) => [one.action, ...one.alsoActions]));
    const places = unique(group.map(({ place }) => place));
    const accounts = everywhere ? group.reduce((sum, one) => sum + one.accounts, 0) : first.accounts;
    const title = PROOFS.find(({ id }) => id === proof)!.title;
    const own = changed.filter((resource) => first.policy === undefined || concerns(context, resource, first.policy));
    const verb =
      decision === "unknown"
        ? expected === "allowed"
          ? "may no longer use"
          : "may now be able to use"
        : expected === "allowed"
          ? "can no longer use"
          : "can now use";
    const subject = say`${listOf(names, 3)} ${words(verb)} ${actionsPhrase(actions)}`;
    context.add({
      class: accepted ? "neutral" : decision === "unknown" ? "unknown" : "destroys-guard",
      area: areaOf(principal.kind),
      sentence: say`Lock-out, ${listOf(places, 3)} (${accounts} ${words(plural(accounts, "account"))}): ${subject}. ${otherwise} ${because} ${words(decision === "unknown" ? `“${title}” was true before; after this it is not known whether it is (from facts).` : `“${title}” was true before and is not after this (counterexample, from facts).`)}${accepted ? say` Accepted by ${accepted.owner}: ${accepted.reason}.` : words("")}`,
      resources: own.length > 0 ? own : changed,
      witnesses: group.filter((one) => one.decision !== "unknown").map(witnessOf),
      binding: group.map(({ id }) => id).sort(),
      ...(decision === "unknown" || accepted ? {} : { lockOut: true }),
    });
  }
}

function concerns(context: ReviewContext, resource: ResourceChange, name: string): boolean {
  const policy =
    resource.type === POLICY
      ? resource
      : context.linked(resource, "policy_id", [POLICY], resource.after ? "after" : "before");
  return text(policy?.after ?? policy?.before, "name") === name;
}

function witnessOf({ principal, action, resource, context, expected, decision }: Counterexample): WitnessView {
  return { principal: principal.arn, action, resource, context, before: expected, after: decision };
}

function areaOf(kind: Counterexample["principal"]["kind"]): Area {
  return kind === "break-glass" || kind === "break-glass-user" ? "break-glass" : "guardrails";
}

/** A region that every organization has. */
const SOME_REGION = GLOBAL_REGION;

/** Without the environment: the recovery list, put to break glass before and after. */
function reviewByRecoveryList(context: ReviewContext, chain: TightenedChain): void {
  const accountId = chain.accountId ?? NO_ACCOUNT;
  for (const role of breakGlassIn(context)) {
    const { name, path, assumed } = role;
    const input: RecoveryInput = {
      breakGlass: { identity: { homeAccountId: accountId, roleName: name, userPath: BREAK_GLASS_USER_PATH } },
    };
    const arn = `arn:aws:iam::${accountId}:role${path}${name}`;
    const at = { accountId, region: SOME_REGION, memberRole: "OrganizationAccountAccessRole" };
    const asked = RECOVERY.filter(({ where }) => where === undefined || where === "member").map((task) => ({
      set: request(arn, task.actions, task.resources(at, input), {
        ...task.keys,
        // Where the home region is not known, a service that has many is asked about in all of them.
        ...(task.scope === "global" ? { "aws:RequestedRegion": { oneOf: [SOME_REGION] } } : {}),
      }),
      actions: task.actions,
    }));
    const lost: {
      readonly actions: readonly string[];
      readonly witness: WitnessView;
      readonly how: "none" | "some";
    }[] = [];
    for (const { set, actions } of asked) {
      const was = decide(set, policiesAlong(chain, chain.before));
      if (was.verdict === "all-denied" || was.verdict === "empty") continue;
      const is = decide(set, policiesAlong(chain, chain.after));
      const witness = deniedIn(is);
      if (!witness || is.verdict === "all-allowed") continue;
      if (is.verdict === "all-denied") lost.push({ actions, witness, how: "none" });
      else if (was.verdict === "all-allowed" && "denied" in is && deniesAnything(chain, is.denied, role))
        lost.push({ actions, witness, how: "some" });
    }
    for (const how of ["none", "some"] as const) {
      const group = lost.filter((one) => one.how === how);
      if (group.length === 0) continue;
      const actions = actionsPhrase(unique(group.flatMap((one) => one.actions)));
      context.add({
        class: how === "none" ? "destroys-guard" : "unknown",
        area: "break-glass",
        sentence:
          how === "none"
            ? say`Lock-out, ${context.names.places(chain.places)}: ${name} can no longer use ${actions}, which its recovery list needs (proven for all requests of that list${words(assumed ? "; the role's name is the default, no plan here shows it" : "")}).`
            : say`${context.names.places(chain.places)}: ${name} is denied ${actions} in some cases that its recovery list may need; without the environment's baseline that is not known here.`,
        resources: chain.touched,
        witnesses: group.map(({ witness }) => witness),
        ...(how === "none" ? { lockOut: true } : {}),
      });
    }
  }
}

/**
 * Without the environment: roles of stacks that say they hold the pipeline, as far as the plans show them, must be able to manage what the
 * plans hold.
 */
function reviewPipelineByPlans(context: ReviewContext, chain: TightenedChain): void {
  const types = [...new Set(context.resources.map(({ type }) => type))].filter((type) =>
    Object.hasOwn(RESOURCE_ACTIONS, type),
  );
  const actions = [
    ...new Set(
      types.flatMap((type) => {
        const { create, read, update, delete: gone } = RESOURCE_ACTIONS[type]!;
        return [...create, ...read, ...update, ...gone];
      }),
    ),
  ].sort();
  for (const role of context.ofType("aws_iam_role")) {
    const [side, account] = [role.before ?? role.after, role.account];
    const name = text(side, "name");
    if (!(role.kinds ?? []).includes("pipeline") || name === undefined) continue;
    if (account !== undefined && chain.accountId !== undefined && account !== chain.accountId) continue;
    const arn = `arn:aws:iam::${account ?? NO_ACCOUNT}:role${text(side, "path") ?? "/"}${name}`;
    const lost = actions.flatMap((action) => {
      const set = request(arn, [action], { like: ["?", "arn:aws:*:*:*:*:?*"] }, {});
      if (decide(set, policiesAlong(chain, chain.before)).verdict === "all-denied") return [];
      const is = decide(set, policiesAlong(chain, chain.after));
      const witness = deniedIn(is);
      return is.verdict === "all-denied" && witness ? [{ action, witness }] : [];
    });
    if (lost.length > 0)
      context.add({
        class: "destroys-guard",
        area: "guardrails",
        sentence: say`Lock-out, ${context.names.places(chain.places)}: ${name}, a role of the pipeline, can no longer use ${actionsPhrase(lost.map((one) => one.action))}, which the resources of these plans need (proven for all its requests).`,
        resources: chain.touched,
        witnesses: lost.map(({ witness }) => witness),
        lockOut: true,
      });
  }
}

interface RoleName {
  readonly name: string;
  readonly path: string;
  /** No plan here shows such a role: its name is only the default. */
  readonly assumed: boolean;
}

/** The default of `breakGlass.roleName`. */
const DEFAULT_ROLE: RoleName = { name: "SecurityBreakGlass", path: "/", assumed: true };

/** The roles that people get into with MFA in stacks that say they hold break glass, as they were; the default where the plans show none. */
function breakGlassIn(context: ReviewContext): readonly RoleName[] {
  const found = new Map<string, RoleName>();
  for (const role of context.ofType("aws_iam_role")) {
    const side = role.before ?? role.after;
    const name = text(side, "name");
    if (name === undefined || guardOf(role)?.section !== "breakGlass") continue;
    if (!/aws:MultiFactorAuthPresent/i.test(text(side, "assume_role_policy") ?? "")) continue;
    const path = text(side, "path") ?? "/";
    found.set(`${path}${name}`, { name, path, assumed: false });
  }
  return found.size > 0 ? [...found.values()].sort(byKey(({ name }) => name)) : [DEFAULT_ROLE];
}

function request(
  arn: string,
  actions: readonly string[],
  resources: RequestSet["resources"],
  keys: KeySets,
): RequestSet {
  return {
    principals: [{ type: "role", arns: { like: [arn] } }],
    actions: { like: actions },
    resources,
    keys: { ...DIRECT, "aws:MultiFactorAuthPresent": { oneOf: ["true"], absent: true }, ...keys },
  };
}

function policiesAlong({ kind, accountId }: TightenedChain, levels: PolicyLevels): PolicySet {
  // Without facts it is not known where FullAWSAccess is; it is taken to be where AWS puts it.
  const all = accountId === undefined ? levels.map((level) => [...level, FULL_AWS_ACCESS]) : levels;
  return kind === "scp" ? { scps: all } : { rcps: all };
}

/** What only this baseline makes: a statement about it protects it, from break glass too, and takes nothing else from it. */
const PROTECTED =
  /^arn:[^:]*:(iam::[^:]*:(role|user|policy)\/(keyless|break-glass|stacksets-exec|aws-reserved|OrganizationAccountAccessRole|AWSControlTower)|cloudformation:[^:]*:[^:]*:stackset\/(keyless|StackSet-)|(sns|events|sqs|logs|kms|cloudtrail|config):[^:]*:[^:]*:[^*]*keyless)/;

/** Whether a statement takes something from break glass: one about what only this baseline makes protects it. */
function deniesAnything({ after }: TightenedChain, denied: Witness | undefined, role: RoleName): boolean {
  const [first] = denied?.verdict.deciding ?? [];
  if (first?.statement === undefined) return true;
  const statement = after.flat().find(({ name }) => name === first.policy)?.document.Statement[first.statement];
  const resources = asList(statement?.Resource);
  return (
    statement === undefined ||
    resources.length === 0 ||
    !resources.every((arn) => PROTECTED.test(arn) || arn.includes(`:role${role.path}${role.name.slice(0, -1)}`))
  );
}

function deniedIn(decision: Decision): WitnessView | undefined {
  return "denied" in decision && decision.denied ? deniedView(decision.denied) : undefined;
}
