import { memberRoles } from "../sections/member-roles";
import { byKey, unique, uniqueSorted } from "../kernel/lists";
import { observedGuardrails } from "./member-stack-sets";
import type { Account } from "../organization/types";
import { DecideOptions, decide, Decision, RequestSet, STEPS, Witness } from "../policy/decide";
import { compile, CompiledSet, PolicySet } from "../policy/evaluate";
import { accepted as acceptedBy, landingZoneAcceptances, staleAcceptances } from "./accepting";
import { keysBetween, placed, policiesBetween } from "./across";
import { attachedDocuments } from "./attached";
import { Chain, chainNames, distinctChains } from "./chains";
import { brokenClaims } from "./claims";
import { cleanUp } from "./clean-up";
import { delegates, delegationPolicy } from "./delegates";
import { exemptPatterns } from "./exempt-principals";
import { exemptionsHold } from "./exemptions-hold";
import { landingZone } from "./landing-zone";
import { leftOpen } from "./left-open";
import { noLockOut } from "./no-lock-out";
import { noMint, protectedFromOthers } from "./no-mint";
import { permissionSetCounterexamples } from "./permission-set-names";
import { pipelineBounds, reaches } from "./pipeline-bounds";
import { currentMemory } from "./remembering";
import { accountRows, AccountRows } from "./rows";
import { settable } from "./settable";
import { ChainOf, heldBy, stillManageable } from "./still-manageable";
import { mayFollowFromAccount } from "./telling";
import {
  AttachedDocument,
  Cell,
  CellStatus,
  ChainPlace,
  ChainReport,
  Counterexample,
  KINDS,
  PrincipalKind,
  ProofId,
  PROOFS,
  ProofInput,
  ProofReport,
  Question,
  Row,
} from "./types";
import { because, contextText, setText } from "./words";
import { defined } from "../kernel/optional";

export interface ProveOptions {
  /** Policies and where they are attached. @default - ours as they are to be, others' as the facts show them */
  readonly policies?: readonly AttachedDocument[];
  /** Only these. @default - all of them */
  readonly only?: ReadonlySet<ProofId>;
  /** For each decision. @default - those of `decide` */
  readonly steps?: number;
}

/** Runs every proof for every distinct chain. Pure: the same input gives the same report. */
export function prove(input: ProofInput, options: ProveOptions = {}): ProofReport {
  const policies = options.policies ?? attachedDocuments(input);
  const chains = chainsOf(input, policies);
  const of = finder(chains);
  const home = of(input.breakGlass.identity.homeAccountId)!.chain;
  const ours = new Set(policies.filter((policy) => policy.ours).map((policy) => policy.document));
  const found = new Map<string, Found>();
  const tallies: { readonly chain: Chain; readonly rows: AccountRows; readonly cells: Map<string, Tally> }[] = [];
  const others = [...new Map(chains.map((chain) => [scpsOf(chain), chain])).values()];
  const deciding = new Deciding(input, options.steps === undefined ? {} : { steps: options.steps });
  for (const chain of chains) {
    const exempt = exemptPatterns(
      unique((chain.scps ?? []).flat().map((policy) => policy.document)).filter((document) => ours.has(document)),
    );
    const rows = accountRows(input, chain.account);
    const asked = [
      ...noMint(input, chain, rows),
      ...noLockOut(input, chain, home, rows),
      ...stillManageable(input, chain, rows, of),
      ...cleanUp(input, chain, rows, of),
      ...landingZone(input, chain, of),
      ...exemptionsHold(input, chain, rows, exempt),
      ...protectedFromOthers(input, chain, rows),
      ...leftOpen(input, chain, rows, ours),
      ...settable(input, chain, rows, ours, others),
      ...delegates(input, chain, rows, policies),
      ...pipelineBounds(input, chain, rows),
    ];
    const cells = new Map<string, Tally>();
    for (const question of asked) {
      if (question.rows.length === 0 || question.actions.length === 0) continue;
      if (options.only && !options.only.has(question.proof)) continue;
      for (const row of question.rows) {
        const cell = tallyOf(cells, question.proof, row.kind);
        cell.questions++;
        cell.sets.add(setText(question));
      }
      for (const failure of deciding.failures(chain, question))
        for (const place of chain.places)
          tallyOf(cells, question.proof, failure.row.kind).ids.add(
            addCounterexample(found, place, chain, question, failure),
          );
    }
    tallies.push({ chain, rows, cells });
  }
  const beside = [...permissionSetCounterexamples(input, policies), ...brokenClaims(input)];
  for (const one of beside) {
    const where = tallies.filter(({ chain }) =>
      chain.places.some((place) => place.accounts.some((account) => account.id === one.account.id)),
    );
    for (const { cells } of where) tallyOf(cells, one.proof, one.principal.kind).ids.add(one.id);
  }
  const list = input.environment.baseline.proofs.accepted;
  const theirs = landingZoneAcceptances(input.environment);
  const counterexamples = [
    ...[...found.values()].map(({ accountIds, ...rest }): Counterexample => ({ ...rest, accounts: accountIds.size })),
    ...beside,
  ]
    .map((one): Counterexample => {
      const by = acceptedBy([...list, ...theirs], one);
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
    cells: tallies
      .flatMap(({ chain, rows, cells }) => cellsOf(chain, names.get(chain)!, rows, cells, byId))
      .filter(({ proof }) => proof !== "landing-zone" || input.guardrails.context.landingZoneRole !== undefined),
    counterexamples,
    staleAcceptances: staleAcceptances(list, counterexamples),
    ...(input.pipeline ? { reaches: reaches(input) } : {}),
    questions: deciding.questions,
  };
}

/** Chains whose SCPs are the same are one to whoever comes from there. */
const scpsOf = ({ scps }: Chain): string =>
  JSON.stringify((scps ?? []).map((level) => level.map(({ name }) => name).sort()));

/** What is known of one cell while the questions are asked. */
interface Tally {
  questions: number;
  readonly sets: Set<string>;
  /** Of the counterexamples. */
  readonly ids: Set<string>;
}

type Found = Counterexample & { readonly accountIds: Set<string> };

function tallyOf(cells: Map<string, Tally>, proof: ProofId, kind: PrincipalKind): Tally {
  const key = `${proof}|${kind}`;
  const known = cells.get(key) ?? { questions: 0, sets: new Set<string>(), ids: new Set<string>() };
  cells.set(key, known);
  return known;
}

/** The chain and the place of each account. */
function finder(chains: readonly Chain[]): ChainOf {
  const byAccount = new Map(
    chains.flatMap((chain) =>
      chain.places.flatMap((place) => place.accounts.map((account) => [account.id, { chain, place }] as const)),
    ),
  );
  return (accountId) => byAccount.get(accountId);
}

/** The chains of an environment, the management account's first. */
export function chainsOf(input: ProofInput, policies: readonly AttachedDocument[]): readonly Chain[] {
  const { organization, tree } = input.environment;
  const roles = memberRoles(input.environment);
  return distinctChains({
    tree,
    managementAccountId: organization.managementAccountId,
    policies,
    beside: [delegationPolicy(input)].filter((document) => document !== undefined),
    special: specialAccounts(input),
    enforcedIn: enforcedIn(input),
    observedIn: (account) => [
      ...observedGuardrails(input, account.id),
      // An account with another role for the pipeline is asked of that role.
      ...(roles.others[account.id] === undefined ? [] : [`the role ${roles.of(account.id)}`]),
    ],
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

/** One row and action of a question that is not proven, and why. */
interface Failure {
  readonly row: Row;
  readonly action: string;
  readonly decision: Counterexample["decision"];
  readonly witness: Witness | undefined;
  /** Where it is not known: why. */
  readonly reason: string | undefined;
}

/**
 * Decides questions. A question is decided as a whole first, which proves it in one go; only where that fails are its rows and actions
 * decided one by one, so that a counterexample names its action.
 */
class Deciding {
  questions = 0;
  /** What was decided of wholes, by their keys: proven or not. */
  private readonly decided = new Map<string, boolean>();
  private readonly memory = currentMemory();
  private readonly compiled = new WeakMap<PolicySet, CompiledSet>();

  constructor(
    private readonly input: ProofInput,
    private readonly options: DecideOptions,
  ) {}

  failures(chain: Chain, question: Question): readonly Failure[] {
    const set = (rows: readonly Row[], actions: readonly string[]): RequestSet =>
      this.setOf(chain, question, rows, actions);
    const policies = question.policies ? this.ready(question.policies) : chain.compiled;
    const holds = (decision: Decision): boolean => isAs(question.expected, decision);
    this.questions++;
    if (this.holds(chain, question)) return [];
    if (question.unless && this.holds(chain, question.unless)) return [];
    return question.rows.flatMap((row) => {
      if (question.rows.length > 1 && holds(this.ask(set([row], question.actions), policies))) return [];
      // What the organization leaves open the principal's own policy may still deny: nobody can change that policy, which is a proof of its own.
      const own =
        question.expected === "denied" && row.identity
          ? this.ready(this.joined(question.policies ?? policiesBetween(chain, chain), row.identity))
          : undefined;
      return question.actions.flatMap((action): readonly Failure[] => {
        const one = set([row], [action]);
        let decision = this.ask(one, policies);
        if (holds(decision)) return [];
        if (own) {
          decision = this.ask(one, own);
          if (holds(decision)) return [];
        }
        return [this.failure(question, row, action, decision)];
      });
    });
  }

  /** Whether a question holds as a whole. */
  private holds(chain: Chain, question: Question): boolean {
    const whole = this.setOf(chain, question, question.rows, question.actions);
    const { key, set } = this.memory.remembering.question(
      whole,
      question.policies ?? policiesBetween(chain, chain),
      chain.account.id,
    );
    const remembered = `${question.expected}|${this.options.steps ?? ""}|${key}`;
    const before = this.memory.decided.get(remembered) ?? this.decided.get(remembered);
    if (before !== undefined) return before;
    const decision = this.ask(set, question.policies ? this.ready(question.policies) : chain.compiled);
    const answer = isAs(question.expected, decision);
    const far = isFarFromTheEnd(decision, this.options);
    if (answer || far) this.decided.set(remembered, answer);
    if (far) this.memory.decided.set(remembered, answer);
    return answer;
  }

  private setOf(chain: Chain, question: Question, rows: readonly Row[], actions: readonly string[]): RequestSet {
    for (const [key, values] of Object.entries(question.keys ?? {}))
      if (!mayFollowFromAccount(key) && JSON.stringify(values).includes(chain.account.id))
        throw new Error(`a question fixes ${key} to an account: modules/proofs/telling.ts takes it for open`);
    return {
      principals: rows.flatMap((row) => row.sets.map((one) => placed(this.input, one, chain.account, question.keys))),
      actions: { like: actions, ...defined({ except: question.exceptActions }) },
      resources: question.resources,
      ...defined({ resourceAccountId: question.resourceAccountId }),
      keys: { ...keysBetween(this.input, chain.account, chain.account), ...question.keys },
    };
  }

  private failure(question: Question, row: Row, action: string, decision: Decision): Failure {
    const witness = witnessOf(decision, question.expected === "denied" ? "allowed" : "denied");
    const unknown = (reason: string): Failure => ({ row, action, decision: "unknown", witness, reason });
    if (question.missing !== undefined) return unknown(question.missing.why);
    if (!witness)
      return unknown(
        decision.verdict === "unknown"
          ? unique(decision.reasons.map(({ text }) => text))
              .slice(0, 3)
              .join("; ")
          : "no request shows the answer",
      );
    if (question.unsettled !== undefined) return unknown(question.unsettled);
    const open = new Set(question.unfixed);
    const depends = uniqueSorted(
      witness.verdict.deciding
        .flatMap(({ conditions }) => conditions.map(({ key }) => key))
        .filter((key) => open.has(key.toLowerCase())),
    );
    if (depends.length > 0 && decision.verdict !== "all-denied" && decision.verdict !== "all-allowed")
      return unknown(`it depends on ${depends.join(", ")}, which neither the baseline nor the facts say`);
    const asked = /[*?]/.test(action) ? witness.request.action : action;
    return { row, action: asked, decision: witness.verdict.decision, witness, reason: undefined };
  }

  private ask(set: RequestSet, policies: CompiledSet): Decision {
    return decide(set, policies, this.options);
  }

  private ready(policies: PolicySet): CompiledSet {
    const known = this.compiled.get(policies) ?? compile(policies);
    this.compiled.set(policies, known);
    return known;
  }

  private joined(
    { scps, rcps, resource }: Pick<PolicySet, "scps" | "rcps" | "resource">,
    identity: NonNullable<Row["identity"]>,
  ): PolicySet {
    return {
      ...defined({ scps, rcps, resource }),
      identity,
    };
  }
}

const isAs = (expected: Question["expected"], { verdict }: Decision): boolean =>
  verdict === "empty" || verdict === `all-${expected}`;

/**
 * To see that a statement does not matter takes steps as well, and a key names only those that may matter: what is kept for other runs
 * would have been settled there too. So no report depends on what was proven before it.
 */
function isFarFromTheEnd(decision: Decision, options: DecideOptions): boolean {
  return decision.steps <= (options.steps ?? STEPS) / 4;
}

/** An action that knows no resource is asked with an asterisk; a set has every text of one character for it. */
function resourceText(resource: string): string {
  return resource.length === 1 ? "*" : resource;
}

function witnessOf(decision: Decision, side: "allowed" | "denied"): Witness | undefined {
  if (side === "allowed") return "allowed" in decision ? decision.allowed : undefined;
  return "denied" in decision ? decision.denied : undefined;
}

/** Adds what was found at one place to what is known under its id. */
function addCounterexample(
  found: Map<string, Found>,
  place: ChainPlace,
  chain: Chain,
  question: Question,
  { row, action, decision, witness, reason }: Failure,
): string {
  const { proof, expected } = question;
  const otherwise = question.otherwise.replace("{action}", action);
  const verdict = witness?.verdict;
  const decides = verdict?.deciding[0];
  const from = question.from ?? place;
  const label =
    verdict && verdict.decision !== "allowed" && decides?.level !== undefined
      ? (decides.layer === "scp" ? from : place).levels[decides.level]!.label
      : place.label;
  const id = `${proof}/${label}/${row.kind}/${question.key ?? action}`;
  const before = found.get(id);
  if (before) {
    place.accounts.forEach((account) => before.accountIds.add(account.id));
    const also = (names: readonly string[], own: string, other: string): readonly string[] =>
      own === other || names.includes(other) ? names : [...names, other].sort();
    found.set(id, {
      ...before,
      alsoFor: also(before.alsoFor, before.principal.name, row.name),
      alsoActions: also(before.alsoActions, before.action, action),
    });
    return id;
  }
  const cause = verdict && verdict.decision !== "allowed" && decides && decides.policy !== "" ? decides : undefined;
  // The places of a chain differ in names only: what was asked in one account is said of this place's first.
  const account: Account = place.accounts[0]!;
  const here = (text: string): string =>
    account.id === chain.account.id ? text : text.replaceAll(chain.account.id, account.id);
  found.set(id, {
    id,
    proof,
    place: label,
    account: { id: account.id, name: account.name },
    accounts: 0,
    accountIds: new Set(place.accounts.map((one) => one.id)),
    principal: {
      kind: row.kind,
      name: row.name,
      arn: here(witness?.request.principal.arn ?? row.sets[0]?.arns.like[0] ?? "*"),
    },
    action,
    resource: here(resourceText(witness?.request.resource ?? question.resources.like[0] ?? "*")),
    expected,
    decision,
    context: witness ? contextText(witness) : {},
    because:
      decision === "unknown" || !verdict
        ? `Not known: ${reason ?? "no reason was given"}.${verdict && verdict.decision !== "allowed" ? ` ${because(verdict, from, place)}` : ""}`
        : because(verdict, from, place).replaceAll("the SCP ", question.rcpsAsked ? "the RCP " : "the SCP "),
    otherwise,
    alsoFor: [],
    alsoActions: [],
    ...defined({ missing: question.missing, sparedBy: question.sparedBy }),
    ...(cause ? { policy: cause.policy } : {}),
    ...(cause?.statement === undefined ? {} : { statement: cause.sid ?? String(cause.statement + 1) }),
    ...defined({ delegate: question.delegate }),
  });
  return id;
}

function cellsOf(
  chain: Chain,
  name: string,
  rows: AccountRows,
  cells: ReadonlyMap<string, Tally>,
  counterexamples: ReadonlyMap<string, Counterexample>,
): readonly Cell[] {
  const present = new Set<PrincipalKind>([
    ...rows.named.map((one) => one.kind),
    "administrator",
    "iam-user",
    "root",
    "assumed-root",
  ]);
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
        sets: [...(tally?.sets ?? [])].sort(),
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
    rcps: uniqueSorted((chain.rcps ?? []).flat().map((policy) => policy.name)),
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
