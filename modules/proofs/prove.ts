import { byKey } from "../kernel/lists";
import { observedGuardrails } from "./member-stack-sets";
import type { Account } from "../organization/types";
import { compile, CompiledSet, evaluate, NamedPolicy, PolicySet, Verdict } from "../policy/evaluate";
import { attachedDocuments } from "./attached";
import { Chain, chainNames, distinctChains } from "./chains";
import { brokenClaims } from "./claimed";
import { cleanUp } from "./clean-up";
import { exemptPatterns } from "./exemptions";
import { exemptionsHold } from "./exemptions-hold";
import { noLockOut } from "./no-lock-out";
import { noMint } from "./no-mint";
import { contextKey, principalClasses } from "./principal-classes";
import { permissionSetCounterexamples } from "./permission-set-names";
import { principalsOf } from "./principals";
import { stackSetDelegates } from "./stack-set-delegates";
import { heldBy, stillManageable } from "./still-manageable";
import {
  AttachedDocument,
  Cell,
  CellStatus,
  ChainPlace,
  ChainReport,
  Counterexample,
  KINDS,
  Principal,
  PrincipalKind,
  ProofId,
  ProofInput,
  ProofReport,
  PROOFS,
  Question,
} from "./types";
import { because } from "./words";

export interface ProveOptions {
  /** Policies and where they are attached. @default - ours as they are to be, others' as the facts show them */
  readonly policies?: readonly AttachedDocument[];
}

/** Runs every proof for every distinct chain. Pure: the same input gives the same report. */
export function prove(input: ProofInput, options: ProveOptions = {}): ProofReport {
  const policies = options.policies ?? attachedDocuments(input);
  const chains = chainsOf(input, policies);
  const home = chains.find((chain) =>
    chain.places.some((place) =>
      place.accounts.some((account) => account.id === input.breakGlass.identity.homeAccountId),
    ),
  )!;
  const ours = new Set(policies.filter((policy) => policy.ours).map((policy) => policy.document));
  const found = new Map<string, Found>();
  const tallies: {
    readonly chain: Chain;
    readonly people: readonly Principal[];
    readonly cells: Map<string, Tally>;
  }[] = [];
  let questions = 0;
  for (const chain of chains) {
    const exempt = exemptPatterns(
      [...new Set((chain.scps ?? []).flat().map((policy) => policy.document))].filter((document) => ours.has(document)),
    );
    const people = principalsOf(input, chain.account, exempt);
    const asked = [
      ...noMint(input, chain, people),
      ...noLockOut(input, chain, home, people),
      ...stillManageable(input, chain, people),
      ...cleanUp(input, chain, people),
      ...exemptionsHold(input, chain, people, exempt),
      ...stackSetDelegates(input, chain, people, policies),
    ];
    questions += asked.length;
    const answer = answers(chain);
    const cells = new Map<string, Tally>();
    for (const question of asked) {
      const verdict = answer(question);
      const cell = tallyOf(cells, question.proof, question.principal.kind);
      cell.questions++;
      if (verdict.decision !== question.expected)
        for (const place of chain.places) cell.ids.add(addCounterexample(found, place, chain, question, verdict));
    }
    tallies.push({ chain, people, cells });
  }
  const beside = [...permissionSetCounterexamples(input, policies), ...brokenClaims(input)];
  for (const one of beside) {
    const where = tallies.filter(({ chain }) =>
      chain.places.some((place) => place.accounts.some((account) => account.id === one.account.id)),
    );
    for (const { cells } of where) tallyOf(cells, one.proof, one.principal.kind).ids.add(one.id);
  }
  const accepted = new Map(input.environment.baseline.proofs.accepted.map((one) => [one.id, one]));
  const counterexamples = [
    ...[...found.values()].map(({ accountIds, ...rest }): Counterexample => ({ ...rest, accounts: accountIds.size })),
    ...beside,
  ]
    .map((one): Counterexample => {
      const by = accepted.get(one.id);
      return by ? { ...one, accepted: { reason: by.reason, owner: by.owner } } : one;
    })
    .sort(byKey((one) => one.id));
  const byId = new Map(counterexamples.map((one) => [one.id, one]));
  const names = chainNames(chains);
  return {
    environment: input.environment.name,
    chains: chains.map((chain) =>
      chainReport(chain, names.get(chain)!, input.environment.organization.managementAccountId),
    ),
    cells: tallies.flatMap(({ chain, people, cells }) => cellsOf(chain, names.get(chain)!, people, cells, byId)),
    counterexamples,
    staleAcceptances: [...accepted.keys()].filter((id) => !byId.has(id)).sort(),
    questions,
  };
}

/** What is known of one cell while the questions are asked. */
interface Tally {
  questions: number;
  /** Of the counterexamples. */
  readonly ids: Set<string>;
}

type Found = Counterexample & { readonly accountIds: Set<string> };

function tallyOf(cells: Map<string, Tally>, proof: ProofId, kind: PrincipalKind): Tally {
  const key = `${proof}|${kind}`;
  const known = cells.get(key) ?? { questions: 0, ids: new Set<string>() };
  cells.set(key, known);
  return known;
}

/** The chains of an environment, the management account's first. */
export function chainsOf(input: ProofInput, policies: readonly AttachedDocument[]): readonly Chain[] {
  const { organization, tree } = input.environment;
  return distinctChains({
    tree,
    managementAccountId: organization.managementAccountId,
    policies,
    special: specialAccounts(input),
    enforcedIn: enforcedIn(input),
    observedIn: (account) => observedGuardrails(input, account.id),
    serviceControlPolicies: organization.enabledPolicyTypes.includes("SERVICE_CONTROL_POLICY"),
    resourceControlPolicies: organization.enabledPolicyTypes.includes("RESOURCE_CONTROL_POLICY"),
  });
}

/** Accounts in which more is asked than in others. */
function specialAccounts(input: ProofInput): ReadonlySet<string> {
  const { organization } = input.environment;
  return new Set([
    input.breakGlass.identity.homeAccountId,
    ...organization.delegatedAdministrators.map((admin) => admin.accountId),
    ...heldBy(input).map((holding) => holding.accountId),
  ]);
}

const compiled = new WeakMap<PolicySet, CompiledSet>();

function compiledOf(policies: PolicySet): CompiledSet {
  const set = compiled.get(policies) ?? compile(policies);
  compiled.set(policies, set);
  return set;
}

/** Answers the questions of one chain; principals that no document can tell apart are asked about once. */
function answers(chain: Chain): (question: Question) => Verdict {
  const classOf = principalClasses(chain);
  const known = new Map<string, Verdict>();
  return ({ principal, action, resource, resourceAccountId, context, policies, expected }) => {
    const ask = (set: CompiledSet): Verdict =>
      evaluate(
        {
          principal: principal.request,
          action,
          resource,
          ...(resourceAccountId === undefined ? {} : { resourceAccountId }),
          context: context ? { ...principal.context, ...context } : principal.context,
        },
        set,
      );
    if (policies) return ask(compiledOf(policies));
    const key = `${classOf(principal)}|${action}|${resource}|${resourceAccountId ?? ""}|${context ? contextKey(context) : ""}`;
    const verdict = known.get(key) ?? ask(chain.compiled);
    known.set(key, verdict);
    // What the organization leaves open its own policy may still deny: nobody can change that policy, which is a proof of its own.
    if (expected === "denied" && verdict.decision !== "denied" && principal.identity) {
      const own = ask(compiledOf(identityOnly(principal.identity)));
      if (own.decision === "denied") return own;
    }
    return verdict;
  };
}

const identities = new WeakMap<readonly NamedPolicy[], PolicySet>();

function identityOnly(identity: readonly NamedPolicy[]): PolicySet {
  const set = identities.get(identity) ?? { identity };
  identities.set(identity, set);
  return set;
}

/** Adds what was found at one place to what is known under its id. */
function addCounterexample(
  found: Map<string, Found>,
  place: ChainPlace,
  chain: Chain,
  question: Question,
  verdict: Verdict,
): string {
  const { proof, principal, action, resource, expected, otherwise } = question;
  const decides = verdict.deciding[0];
  const from = question.from ?? place;
  const label =
    verdict.decision !== "allowed" && decides?.level !== undefined
      ? (decides.layer === "scp" ? from : place).levels[decides.level]!.label
      : place.label;
  const id = `${proof}/${label}/${principal.kind}/${question.key ?? action}`;
  const before = found.get(id);
  if (before) {
    place.accounts.forEach((account) => before.accountIds.add(account.id));
    const also = (names: readonly string[], own: string, other: string): readonly string[] =>
      own === other || names.includes(other) ? names : [...names, other].sort();
    found.set(id, {
      ...before,
      alsoFor: also(before.alsoFor, before.principal.name, principal.name),
      alsoActions: also(before.alsoActions, before.action, action),
    });
    return id;
  }
  // The places of a chain differ in names only: what was asked in one account is said of this place's first.
  const account: Account = place.accounts[0]!;
  const here = (arn: string): string =>
    account.id === chain.account.id ? arn : arn.replaceAll(chain.account.id, account.id);
  found.set(id, {
    id,
    proof,
    place: label,
    account: { id: account.id, name: account.name },
    accounts: 0,
    accountIds: new Set(place.accounts.map((one) => one.id)),
    principal: { kind: principal.kind, name: principal.name, arn: here(principal.request.arn) },
    action,
    resource: here(resource),
    expected,
    decision: verdict.decision,
    because: because(verdict, from, place),
    otherwise,
    alsoFor: [],
    alsoActions: [],
    ...(decides && decides.policy !== "" ? { policy: decides.policy } : {}),
    ...(question.delegate === undefined ? {} : { delegate: question.delegate }),
  });
  return id;
}

function cellsOf(
  chain: Chain,
  name: string,
  people: readonly Principal[],
  cells: ReadonlyMap<string, Tally>,
  counterexamples: ReadonlyMap<string, Counterexample>,
): readonly Cell[] {
  const present = new Set(people.map((one) => one.kind));
  return PROOFS.flatMap((proof) =>
    KINDS.filter((kind) => present.has(kind.id) || cells.has(`${proof.id}|${kind.id}`)).map((kind): Cell => {
      const tally = cells.get(`${proof.id}|${kind.id}`);
      return {
        proof: proof.id,
        chain: name,
        kind: kind.id,
        status: tally
          ? statusOf([...tally.ids].map((id) => counterexamples.get(id)!))
          : withoutQuestions(proof.id, chain),
        questions: tally?.questions ?? 0,
      };
    }),
  );
}

/** The worst that was found. What nobody can decide is not proven, and what somebody has accepted is not either. */
function statusOf(counterexamples: readonly Counterexample[]): CellStatus {
  const open = counterexamples.filter((one) => !one.accepted);
  if (open.some((one) => one.decision !== "unknown")) return "failed";
  if (open.length > 0) return "unknown";
  return counterexamples.length > 0 ? "accepted" : "proven";
}

/** Only what guardrails promise is claimed; the other proofs hold of certain principals alone. */
function withoutQuestions(proof: ProofId, chain: Chain): CellStatus {
  if (proof !== "no-mint" && proof !== "exemptions-hold") return "not asked";
  return chain.scps ? "not claimed" : "not bound";
}

function chainReport(chain: Chain, name: string, managementAccountId: string): ChainReport {
  const [first] = chain.places as [ChainPlace];
  return {
    name,
    places: chain.places.map((place) => place.label),
    accounts: chain.places.reduce((sum, place) => sum + place.accounts.length, 0),
    managementAccount: chain.account.id === managementAccountId,
    levels: (chain.scps ?? []).map((policies, i) => ({
      place: first.levels[i]!.label,
      policies: policies.map((policy) => policy.name).sort(),
    })),
    rcps: [...new Set((chain.rcps ?? []).flat().map((policy) => policy.name))].sort(),
    enforced: [...chain.enforced].sort(),
  };
}

/** Guardrails that are enforced in each account, as the baseline says. The same ones are the same set. */
function enforcedIn({ guardrails }: ProofInput): (account: Account) => ReadonlySet<string> {
  const sets = new Map<string, ReadonlySet<string>>();
  return (account) => {
    const ids = guardrails.rollouts
      .filter((rollout) => rollout.accountModes.get(account.id) === "enforce")
      .map((rollout) => rollout.guardrail);
    const key = ids.join(",");
    const known = sets.get(key) ?? new Set(ids);
    sets.set(key, known);
    return known;
  };
}
