import { rolesOf } from "../sections/pipeline/types";
import { inventoryRole, retirementRole } from "../sections/credential-hygiene/access-roles";
import { byKey, unique } from "../kernel/lists";
import type { Account } from "../organization/types";
import {
  decide,
  Decision,
  DecidingStatement,
  KeySets,
  PrincipalSet,
  RequestSet,
  TextSet,
  Witness,
} from "../policy/decide";
import { compile, NamedPolicy, PolicySet } from "../policy/evaluate";
import { resourcesOf } from "./asked-resources";
import { NO_RESOURCE } from "./arns";
import { keysBetween, policiesBetween } from "./across";
import { attachedDocuments } from "./attached";
import type { Chain } from "./chains";
import { permissionSetNames, permissionSetRole, policiesOf } from "./principals";
import { chainsOf } from "./prove";
import { accountOf, actionOf, resourceOf } from "./question";
import { accountRows, ADMINISTRATOR_ACCESS, everybodyBut, roleSet, userSet } from "./rows";
import { sessionsFrom } from "./sessions";
import type { ChainPlace, ProofInput, Row } from "./types";
import { because, contextText } from "./words";
import { defined } from "../kernel/optional";
import { plural } from "../kernel/words";

/** Who may do something in an account: the question that one request cannot answer. */
export interface WhoCanQuestion {
  /** Account of the resource: name or id. */
  readonly account: string;
  readonly action: string;
  /** @default - every resource in the account of the kinds that the action knows */
  readonly resource?: string | undefined;
}

/** One request, as the evaluator confirmed it. */
export interface WhoCanWitness {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the deciding statements look at. */
  readonly context: Readonly<Record<string, string>>;
  readonly because: string;
}

/** A statement whose denial, with the others, covers the whole set. */
export interface WhoCanStatement {
  readonly layer: DecidingStatement["layer"];
  readonly policy: string;
  /** Sid, or position from 1. */
  readonly statement: string;
  /** OU path, `(root)` or account. Absent: the policy is attached to no place of the organization. */
  readonly place?: string;
}

export interface WhoCanAnswer {
  readonly kind: Row["kind"] | "workload" | "other-account";
  /** In words. */
  readonly who: string;
  /** The principals as a set. */
  readonly arns: TextSet;
  /** Groups of people, of a permission set. @default - not said */
  readonly people?: readonly string[];
  /**
   * - `nobody`: every request of the set is denied
   * - `everybody`: every request of the set is allowed
   * - `some`: a request is allowed and another is denied
   * - `unknown`: not decided; `reasons` says why
   */
  readonly verdict: "nobody" | "some" | "everybody" | "unknown";
  /** How it is known. `documented`: AWS's documentation says so, whatever the policies say. */
  readonly known: "proven" | "witness" | "documented" | "unknown";
  /** Deny statements that take part where everything is denied. Empty: no request is allowed by all that must allow it. */
  readonly by: readonly WhoCanStatement[];
  readonly allowed?: WhoCanWitness;
  readonly denied?: WhoCanWitness;
  /** Why it is not decided, or which policies allow nothing. */
  readonly reasons: readonly string[];
  /** What this answer takes for granted, beside what all of them do. */
  readonly assumes: readonly string[];
}

export interface WhoCanReport {
  readonly version: 1;
  readonly environment: string;
  readonly account: { readonly id: string; readonly name: string };
  readonly action: string;
  /** The requests that were asked about, in words. */
  readonly set: string;
  readonly resources: TextSet;
  /** Those who may come first. */
  readonly answers: readonly WhoCanAnswer[];
  readonly assumes: readonly string[];
}

interface Asked {
  readonly kind: WhoCanAnswer["kind"];
  readonly who: string;
  readonly sets: readonly PrincipalSet[];
  readonly people?: readonly string[];
  readonly keys: KeySets;
  readonly policies: PolicySet;
  /** Where the SCPs of the principals are attached. */
  readonly from?: ChainPlace;
  readonly assumes: readonly string[];
  /** Why nothing but a proof that all is denied counts. */
  readonly open?: string;
  /** Why all is denied, whatever policies say. */
  readonly never?: string;
}

/** A place of an account in its chain, the account itself last. */
interface At {
  readonly chain: Chain;
  readonly place: ChainPlace;
}

export function whoCan(input: ProofInput, question: WhoCanQuestion): WhoCanReport {
  const { environment } = input;
  const account = accountOf(input, question.account);
  const action = actionOf(question.action);
  const named = resourceOf(question.resource, account);
  const { set: resources, on } =
    named === "*"
      ? resourcesOf(action, account.id, environment.organization.enabledRegions)
      : { set: { like: [named] }, on: named };
  const at = finder(input);
  const here = at(account.id)!;
  const trust = ASSUMES_ROLE.test(action) ? trusts(input, account).get(named) : undefined;
  // What knows no resource is done in the caller's own account, but for what is done to the organization.
  const crosses =
    resources !== NO_RESOURCE ||
    (action.startsWith("organizations:") && account.id === environment.organization.managementAccountId);
  const asked = BY_TOKEN.has(action)
    ? withToken(input, account, here, action, trust)
    : [
        ...inside(input, account, here, action, trust),
        ...(crosses ? elsewhere(input, account, here, action, trust, at) : []),
        ...(crosses ? outside(input, account, here, action, trust) : []),
      ];
  return {
    version: 1,
    environment: environment.name,
    account: { id: account.id, name: account.name },
    action,
    set: `${action} on ${on} in ${account.name}, with any values of all condition keys`,
    resources,
    answers: asked
      .map((one) => answer(one, { actions: { like: [action] }, resources, resourceAccountId: account.id }, here.place))
      .map((one, i) => ({ one, i }))
      .sort((a, b) => ORDER[a.one.verdict] - ORDER[b.one.verdict] || a.i - b.i)
      .map(({ one }) => one),
    assumes: assumptions(input, account, trust !== undefined),
  };
}

const ORDER = { everybody: 0, some: 1, unknown: 2, nobody: 3 } as const;

function finder(input: ProofInput): (accountId: string) => At | undefined {
  const chains = chainsOf(input, attachedDocuments(input));
  return (accountId) => {
    for (const chain of chains)
      for (const place of chain.places) {
        const account = place.accounts.find(({ id }) => id === accountId);
        if (account)
          return {
            chain,
            place: { ...place, levels: [...place.levels.slice(0, -1), { id: account.id, label: account.name }] },
          };
      }
    return undefined;
  };
}

/** Trust policies that this baseline writes, by the ARN of the role. */
function trusts(input: ProofInput, { id }: Account): ReadonlyMap<string, NamedPolicy> {
  const { breakGlass, credentialHygiene, workloadIdentity, pipeline, environment } = input;
  const found = new Map<string, NamedPolicy>();
  const add = (role: { name: string; path?: string; trust: NamedPolicy["document"] }): void =>
    void found.set(`arn:aws:iam::${id}:role/${(role.path ?? "/").slice(1)}${role.name}`, {
      name: `trust policy of ${role.name}`,
      document: role.trust,
    });
  add(breakGlass.role);
  if (credentialHygiene) {
    add(inventoryRole(credentialHygiene.access, id));
    add(retirementRole(credentialHygiene.access, id));
  }
  for (const stack of workloadIdentity?.stacks ?? [])
    if (stack.accountId === id) for (const { role } of [...stack.rolesAnywhere, ...stack.oidcRoles]) add(role);
  if (pipeline && id === environment.organization.managementAccountId) {
    rolesOf(pipeline).forEach(({ role }) => add(role));
  } else if (pipeline) add(pipeline.memberPlan);
  return found;
}

/** Principals of the account: those that baseline and facts know, and all the others. */
function inside(
  input: ProofInput,
  account: Account,
  here: At,
  action: string,
  trust: NamedPolicy | undefined,
): readonly Asked[] {
  const rows = accountRows(input, account);
  const keys = keysBetween(input, account, account);
  const sessions = sessionsFrom(here.chain);
  const known = [...permissionSets(input, account), ...workloads(input, account)];
  const patterns = [
    ...known.flatMap(({ sets }) => sets.flatMap((set) => set.arns.like)),
    ...rows.excepted.flatMap(({ row }) => row.sets.flatMap((set) => set.arns.like)),
  ];
  const ask = (
    row: Omit<Asked, "keys" | "policies" | "assumes"> & Pick<Row, "identity">,
    more: KeySets = {},
  ): Asked => {
    const { identity, ...rest } = row;
    return {
      ...rest,
      // Whoever acts in a session has a time of issue; whose sessions are revoked signs in again.
      sets: row.sets.map((set) => (set.type === "user" ? set : { ...set, keys: { ...sessions, ...set.keys } })),
      keys: { ...keys, ...more },
      policies: {
        ...policiesBetween(here.chain, here.chain),
        ...(identity ? { identity } : needsResourcePolicy && !trust ? { identity: [WHATEVER] } : {}),
        ...defined({ resource: trust }),
      },
      from: here.place,
      ...(needsResourcePolicy && !trust ? { open: NEEDS_RESOURCE_POLICY } : {}),
      assumes:
        identity === undefined && row.kind !== "root" && row.kind !== "assumed-root"
          ? ["their own policies are not known: they are taken to allow everything"]
          : (identity ?? []).some(({ name }) => name.startsWith("managed policies of"))
            ? ["their managed policies are taken to allow everything"]
            : [],
    };
  };
  const needsResourcePolicy = ASSUMES_ROLE.test(action) || action.startsWith("kms:");
  const others = everybodyBut(rows, account.id, { patterns });
  const named = others.filter((row) => rows.named.includes(row));
  return [
    ...named.map((row) => ask({ kind: row.kind, who: row.name, sets: row.sets, ...own(row) })),
    ...known.map((one) => ask(one)),
    ...rows.excepted.flatMap(({ row, exception }) => {
      const end = Date.parse(exception.endsAt);
      return [
        ask(
          { kind: "exception", who: row.name, sets: row.sets },
          { "aws:CurrentTime": { dates: { to: exception.endsAt } } },
        ),
        ask(
          {
            kind: "expired-exception",
            who: `the exception ${exception.name} after ${exception.expires}`,
            sets: row.sets,
          },
          { "aws:CurrentTime": { dates: { from: new Date(end + 1000).toISOString() } } },
        ),
      ];
    }),
    ...others
      .filter((row) => !rows.named.includes(row))
      .map((row) => ask({ kind: row.kind, who: row.name, sets: row.sets, ...own(row) })),
  ];
}

const own = ({ identity }: Row): Pick<Row, "identity"> => (identity ? { identity } : {});

/** Permission sets that somebody is assigned here, by group; of those that only the facts know it is not known to whom. */
function permissionSets(
  input: ProofInput,
  account: Account,
): readonly (Omit<Asked, "keys" | "policies" | "assumes"> & Pick<Row, "identity">)[] {
  const planned = new Map(
    input.identityCenter?.shards.flatMap((shard) => shard.permissionSets.map((set) => [set.name, set] as const)),
  );
  return permissionSetNames(input).flatMap((name) => {
    const set = planned.get(name);
    const people = set?.assignments
      .filter(({ accounts }) => accounts.some(({ id }) => id === account.id))
      .map(({ group }) => group);
    // Nobody is assigned it here, so that there is no such role: it is among all the others.
    if (people?.length === 0) return [];
    const identity = set && policiesOf(name, set);
    return [
      {
        kind: "permission-set" as const,
        who: `permission set ${name} (${people ? `${plural(people.length, "group")} ${people.join(", ")}` : "whose assignments the facts do not say"})`,
        sets: [roleSet({ like: [permissionSetRole(input, name, account.id, "*")] })],
        ...defined({ people, identity }),
      },
    ];
  });
}

function workloads(
  { workloadIdentity }: ProofInput,
  account: Account,
): readonly (Omit<Asked, "keys" | "policies" | "assumes"> & Pick<Row, "identity">)[] {
  return (workloadIdentity?.stacks ?? [])
    .filter(({ accountId }) => accountId === account.id)
    .flatMap(({ rolesAnywhere, oidcRoles }) => [...rolesAnywhere, ...oidcRoles])
    .map(({ role }) => {
      const identity = policiesOf(role.name, role) ?? (role.managedPolicies.length === 0 ? [] : undefined);
      return {
        kind: "workload" as const,
        who: `workload ${role.workload} (role ${role.name})`,
        sets: [roleSet({ like: [`arn:aws:iam::${account.id}:role/${role.path.slice(1)}${role.name}`] })],
        ...defined({ identity }),
      };
    })
    .sort(byKey((one) => one.who));
}

/** Those of other accounts whose way here this baseline makes, and everybody else of the organization's other accounts. */
function elsewhere(
  input: ProofInput,
  account: Account,
  here: At,
  action: string,
  trust: NamedPolicy | undefined,
  at: (accountId: string) => At | undefined,
): readonly Asked[] {
  const { organization, tree } = input.environment;
  const homes = unique([organization.managementAccountId, input.breakGlass.identity.homeAccountId]).filter(
    (id) => id !== account.id,
  );
  const named = !action.startsWith("sts:")
    ? []
    : homes.flatMap((id) => {
        const from = at(id);
        const home = tree.accountById.get(id);
        if (!from || !home) return [];
        return accountRows(input, home)
          .named.filter(({ kind }) => CROSSING.has(kind))
          .map((row): Asked => ({
            kind: row.kind,
            who: `${row.name} of ${home.name}`,
            sets: row.sets,
            keys: keysBetween(input, home, account),
            policies: {
              ...policiesBetween(from.chain, here.chain),
              ...defined({ identity: row.identity, resource: trust }),
            },
            from: from.place,
            assumes: row.identity ? [] : ["their own policies are not known: they are taken to allow everything"],
            ...(trust ? {} : { open: NO_RESOURCE_POLICY }),
          }));
      });
  const spared = named.flatMap(({ sets }) => sets.flatMap((set) => set.arns.like));
  return [
    ...named,
    {
      kind: "other-account",
      who: `any ${named.length > 0 ? "other " : ""}principal of the organization's other accounts`,
      ...anybody([account.id], spared),
      keys: { ...keysBetween(input, undefined, account), "aws:PrincipalOrgID": { oneOf: [organization.id] } },
      ...acrossAccounts(here, action, trust),
      assumes: ["the SCPs of their own accounts are taken to allow everything, and so are their own policies"],
    },
  ];
}

/** Kinds whose work is to act in other accounts. */
const CROSSING: ReadonlySet<Row["kind"]> = new Set(["break-glass-user", "pipeline-plan", "pipeline-apply"]);

/** Trust policies decide on it, in the role's account too. */
const ASSUMES_ROLE = /^sts:(AssumeRole|SetSourceIdentity|TagSession)/;

/** Whoever calls these has a token and is no principal of any account. */
const BY_TOKEN: ReadonlyMap<string, PrincipalSet["type"]> = new Map([
  ["sts:AssumeRoleWithWebIdentity", "webIdentity"],
  ["sts:AssumeRoleWithSAML", "saml"],
]);

const WHATEVER: NamedPolicy = { ...ADMINISTRATOR_ACCESS, name: "whatever their own policies allow" };

const NEEDS_RESOURCE_POLICY =
  "the policy of the role or key itself must allow it, and it is not known; the organization's policies do not deny every request";

const NO_RESOURCE_POLICY =
  "across accounts the resource's own policy decides, and it is not known; the organization's policies do not deny every request";

function acrossAccounts(
  here: At,
  action: string,
  trust: NamedPolicy | undefined,
): Pick<Asked, "policies" | "open" | "never"> {
  const rcps = policiesBetween(undefined, here.chain);
  if (trust)
    return {
      policies: {
        ...rcps,
        identity: [{ ...ADMINISTRATOR_ACCESS, name: "whatever their accounts allow" }],
        resource: trust,
      },
    };
  return {
    policies: rcps,
    ...(action.startsWith("iam:") ? { never: IAM_HAS_NO_RESOURCE_POLICIES } : { open: NO_RESOURCE_POLICY }),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_resource-based */
const IAM_HAS_NO_RESOURCE_POLICIES =
  "IAM has no resource-based policies but trust policies of roles, so nobody of another account calls it in this one";

/** Holders of tokens, of every issuer: what a token says of its holder are condition keys. */
function withToken(
  input: ProofInput,
  account: Account,
  here: At,
  action: string,
  trust: NamedPolicy | undefined,
): readonly Asked[] {
  return [
    {
      kind: "web-identity",
      who: action === "sts:AssumeRoleWithSAML" ? "anybody with a SAML assertion" : "anybody with a token of any issuer",
      sets: [{ type: BY_TOKEN.get(action)!, arns: { like: ["?*"] } }],
      keys: keysBetween(input, undefined, account),
      policies: {
        ...policiesBetween(undefined, here.chain),
        ...defined({ resource: trust }),
      },
      assumes: [],
      ...(trust ? {} : { open: NEEDS_RESOURCE_POLICY }),
    },
  ];
}

/** Principals of no account of the organization. */
function outside(
  input: ProofInput,
  account: Account,
  here: At,
  action: string,
  trust: NamedPolicy | undefined,
): readonly Asked[] {
  const { organization } = input.environment;
  // Accounts that a policy names could be told from others: whoever is outside has none of ours.
  const ours = new Set(organization.accounts.map(({ id }) => id));
  const documents = [...(here.chain.rcps ?? []).flat(), ...(trust ? [trust] : [])].map(({ document }) => document);
  const mentioned = unique(JSON.stringify(documents).match(/\d{12}/g) ?? []).filter((id) => ours.has(id));
  return [
    {
      kind: "outsider",
      who: "anybody outside the organization",
      ...anybody([account.id, ...mentioned], []),
      keys: {
        ...keysBetween(input, undefined, account),
        "aws:PrincipalOrgID": { like: ["o-*"], except: [organization.id], absent: true },
        "aws:PrincipalOrgPaths": { like: ["o-*"], except: [`${organization.id}/*`], absent: true, several: true },
      },
      ...acrossAccounts(here, action, trust),
      assumes: ["their own accounts are taken to allow everything"],
    },
  ];
}

function anybody(exceptAccounts: readonly string[], except: readonly string[]): Pick<Asked, "sets"> {
  const not = (type: string): readonly string[] => [
    ...exceptAccounts.map((id) => `arn:aws:iam::${id}:${type}`),
    ...except.filter((arn) => arn.includes(`:${type.replace("*", "")}`)),
  ];
  return {
    sets: [
      roleSet({
        like: ["arn:aws:iam::*:role/?*"],
        except: ["arn:aws:iam::*:role/aws-service-role/*", ...not("role/*")],
      }),
      userSet({ like: ["arn:aws:iam::*:user/?*"], except: not("user/*") }),
      { type: "root", arns: { like: ["arn:aws:iam::*:root"], except: not("root") } },
    ],
  };
}

function answer(asked: Asked, set: Omit<RequestSet, "principals">, target: ChainPlace): WhoCanAnswer {
  const { kind, who, sets, people, keys, policies, assumes, open, never } = asked;
  const from = asked.from ?? target;
  const base = {
    kind,
    who,
    arns: {
      like: sets.flatMap((one) => one.arns.like),
      ...(sets.some((one) => one.arns.except) ? { except: sets.flatMap((one) => one.arns.except ?? []) } : {}),
    },
    ...defined({ people }),
    assumes,
  };
  const decision = decide({ ...set, principals: sets, keys }, compile(policies));
  const witness = (one: Witness): WhoCanWitness => ({
    principal: one.request.principal.arn,
    action: one.request.action,
    resource: one.request.resource,
    context: contextText(one),
    because: because(one.verdict, from, target),
  });
  const allowed = "allowed" in decision && decision.allowed ? { allowed: witness(decision.allowed) } : {};
  const denied = "denied" in decision && decision.denied ? { denied: witness(decision.denied) } : {};
  const by = decision.verdict === "all-denied" ? decision.by.map((one) => statementOf(one, from, target)) : [];
  if (decision.verdict === "all-denied")
    return {
      ...base,
      verdict: "nobody",
      known: "proven",
      by,
      ...denied,
      reasons: by.length > 0 ? [] : [notAllowed({ ...set, principals: sets, keys }, policies)],
    };
  if (never !== undefined) return { ...base, verdict: "nobody", known: "documented", by, reasons: [never] };
  if (open !== undefined) return { ...base, verdict: "unknown", known: "unknown", by, ...denied, reasons: [open] };
  if (decision.verdict === "all-allowed")
    return { ...base, verdict: "everybody", known: "proven", by, ...allowed, reasons: [] };
  if (decision.verdict === "mixed")
    return { ...base, verdict: "some", known: "witness", by, ...allowed, ...denied, reasons: [] };
  return { ...base, verdict: "unknown", known: "unknown", by, ...allowed, ...denied, reasons: reasonsOf(decision) };
}

/** Which layer allows nothing, where no statement denies. */
function notAllowed(set: RequestSet, { identity, resource }: PolicySet): string {
  const none = (policies: PolicySet): boolean => decide(set, compile(policies)).verdict === "all-denied";
  if (resource && none({ identity: [WHATEVER], resource })) return `the ${resource.name} allows none of these requests`;
  if (identity && none({ identity })) return "their own policies allow none of these requests";
  return "no request is allowed by all policies that must allow it";
}

function reasonsOf(decision: Decision): readonly string[] {
  if (decision.verdict === "empty") return ["there is no such request"];
  return decision.verdict === "unknown" ? unique(decision.reasons.map(({ text }) => text)) : [];
}

function statementOf(
  { layer, level, policy, statement, sid }: DecidingStatement,
  from: ChainPlace,
  target: ChainPlace,
): WhoCanStatement {
  const place = level === undefined ? undefined : (layer === "rcp" ? target : from).levels[level]?.label;
  return { layer, policy, statement: sid ?? String(statement + 1), ...defined({ place }) };
}

function assumptions(
  { environment: { organization } }: ProofInput,
  account: Account,
  trust: boolean,
): readonly string[] {
  return [
    "policies that keyless manages are taken as they are planned, all others as organization.yaml had them at the last sync",
    ...(account.id === organization.managementAccountId
      ? ["neither SCPs nor RCPs bind the management account"]
      : organization.enabledPolicyTypes.includes("SERVICE_CONTROL_POLICY")
        ? []
        : ["service control policies are not enabled, so that no SCP binds"]),
    trust
      ? "the role's trust policy is the planned one"
      : "resource-based policies are not known: in this account they are taken to allow, and to deny nothing",
    "service-linked roles are left out: no SCP binds them, and AWS's services alone use them; so are services that act for themselves",
    "allowed means that no known policy prevents it; a service may still refuse for other reasons",
  ];
}
