import { Atom, atomsOf, AtomOrigin, covers, NamedDocument, statementOf, textsOf } from "./compare/atoms";
import { inBoundAccount, isOutOfReach } from "./compare/bound";
import {
  EVERYBODY,
  OF_ACCOUNTS,
  ofAccount,
  OWN_POLICIES,
  Proof,
  proofOf,
  Sides,
  withNamedAccounts,
} from "./nothing-gained";
import { Steps } from "./compare/steps";
import { mayMeet, principalOf, requestsAround, WitnessSetting } from "./compare/witness";
import { dangerOf } from "./danger";
import { policyDocument } from "./document";
import { accountOfArn, compile, CompiledSet, evaluate, PolicySet } from "./evaluate";
import { PolicyRequest, PreparedRequest, prepareRequest } from "./evaluate/request";
import type { PolicyStatement } from "./types";
import { CompiledStatement, compileStatement, speaksOf } from "./evaluate/statements";
import { and, TRUE } from "./evaluate/truth";

export { statementOf } from "./compare/atoms";
export type { Atom, AtomOrigin, NamedDocument } from "./compare/atoms";
export { Steps } from "./compare/steps";
export type { WitnessSetting } from "./compare/witness";

/**
 * Compares policies by meaning. Order, formatting, merged and split statements do not matter; what cannot be shown to mean the same is
 * never called the same.
 *
 * Two proofs and a search. A side permits no more than the other when each of its Allow atoms is covered by one of the other's, and each
 * of the other's Deny atoms by one of its own: that is a proof. Where it fails, requests around the atoms in question are put to the
 * evaluator, and one with different verdicts is a witness. Neither proof nor witness: undecided.
 */

/** What the documents are for: it decides how they are evaluated. */
export type PolicyKind = "scp" | "rcp" | "identity" | "boundary" | "resource";

/** Levels of the chain root → OU → account for SCPs and RCPs; one level for all others. */
export type PolicyLevels = readonly (readonly NamedDocument[])[];

/** A request with different verdicts. */
export interface Witness {
  /** The atom around which it was found: one of `added` or `removed`. */
  readonly atom: Atom;
  readonly request: PolicyRequest;
  /** One of the principals that there are, of whom the same is confirmed. @default - none fits, or the request is one's already */
  readonly real?: string;
  readonly before: "allowed" | "denied" | "unknown";
  readonly after: "allowed" | "denied" | "unknown";
}

export interface PolicyComparison {
  /**
   * - `equal`: shown to mean the same
   * - `narrower`: shown to permit nothing new
   * - `wider`: permits something new (a witness shows it)
   * - `undecided`: neither shown
   */
  readonly relation: "equal" | "narrower" | "wider" | "undecided";
  /** Requests that were denied and are allowed. */
  readonly gained: readonly Witness[];
  /** Requests that were allowed and are denied. */
  readonly lost: readonly Witness[];
  /** Atoms that may permit something new, and of which neither a proof nor a witness says so: others may have witnesses all the same. */
  readonly open: readonly Atom[];
  /** Atoms on the one side that the other does not cover, by the statements they come from. */
  readonly removed: readonly Atom[];
  readonly added: readonly Atom[];
  /** Every statement of either side. */
  readonly statements: { readonly before: readonly AtomOrigin[]; readonly after: readonly AtomOrigin[] };
}

const FULL_ACCESS: NamedDocument = {
  name: "FullAWSAccess",
  document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
};

/** Steps of one comparison: about a second. Policies that people write take a few hundred, chains with ten changed SCPs a tenth of it. */
const STEPS = 1_000_000;

/** Steps of all proofs of a review: about a second and a half. */
const PROOF_STEPS = 1_500_000;

/** What comparisons share. */
export class Comparisons {
  /** By what is asked: a witness, or that there is none to be found. */
  private readonly searched = new Map<
    string,
    { readonly accountId: string; readonly request: PolicyRequest | undefined }
  >();
  private readonly numbers = new Map<string, number>();
  /** For all proofs of whole documents: a budget of their own, so that they leave those who search for witnesses theirs. */
  readonly proofs: Steps;

  /** @param steps for all of them: after that much they end sooner, and are undecided more often */
  constructor(readonly steps = new Steps(STEPS)) {
    this.proofs = new Steps(Math.min(PROOF_STEPS, Math.floor(steps.limit / 2)));
  }

  numberOf(atom: Atom): number {
    const number = this.numbers.get(atom.key) ?? this.numbers.size;
    this.numbers.set(atom.key, number);
    return number;
  }

  known(question: string): { readonly accountId: string; readonly request: PolicyRequest | undefined } | undefined {
    return this.searched.get(question);
  }

  remember(question: string, accountId: string, request: PolicyRequest | undefined): void {
    this.searched.set(question, { accountId, request });
  }
}

/**
 * Compares the same policies before and after a change. Pure.
 *
 * @param shared for many comparisons of one review @default - this one is by itself
 */
export function comparePolicies(
  kind: PolicyKind,
  before: PolicyLevels,
  after: PolicyLevels,
  setting: WitnessSetting,
  shared = new Comparisons(),
): PolicyComparison {
  const steps = new Steps(Math.min(STEPS, shared.steps.left));
  const result = compareWithin(kind, before, after, setting, steps, shared);
  shared.steps.take(steps.taken);
  return result;
}

function compareWithin(
  kind: PolicyKind,
  before: PolicyLevels,
  after: PolicyLevels,
  setting: WitnessSetting,
  steps: Steps,
  shared: Comparisons,
): PolicyComparison {
  const bound = kind === "scp" ? setting.boundAccount : undefined;
  const left = sideOf(kind, before, steps, bound);
  const right = sideOf(kind, after, steps, bound);
  const count = Math.max(left.allows.length, right.allows.length);
  const lostAllows: Atom[] = [];
  const newAllows: Atom[] = [];
  const add = (into: Atom[], atoms: readonly Atom[]): void => atoms.forEach((atom) => into.push(atom));
  for (let level = 0; level < count; level++) {
    // What a Deny of the same side takes away as a whole was not allowed, or is not.
    add(lostAllows, undenied(uncovered(left.allows[level] ?? [], right.allows[level] ?? [], steps), left, steps));
    add(newAllows, undenied(uncovered(right.allows[level] ?? [], left.allows[level] ?? [], steps), right, steps));
  }
  const lostDenies = uncovered(left.denies, right.denies, steps);
  const newDenies = uncovered(right.denies, left.denies, steps);
  const changes = {
    statements: { before: originsOf(before), after: originsOf(after) },
    removed: [...lostAllows, ...lostDenies],
    added: [...newAllows, ...newDenies],
  };
  const noMore = newAllows.length === 0 && lostDenies.length === 0;
  const noLess = lostAllows.length === 0 && newDenies.length === 0;
  if (noMore && noLess) return { relation: "equal", gained: [], lost: [], open: [], ...changes };

  const question: Question = {
    kind,
    others: [...placed(left, "before"), ...placed(right, "after")],
    before: compile(setOf(kind, before, setting.accountId)),
    after: compile(setOf(kind, after, setting.accountId)),
    ...(kind === "resource" ? { alone: { before: aloneOf(before), after: aloneOf(after) } } : {}),
    setting,
    names: keyNames([...changes.statements.before, ...changes.statements.after]),
    steps,
    shared,
  };
  return {
    ...answer(
      question,
      { more: [...newAllows, ...lostDenies], less: [...lostAllows, ...newDenies] },
      sidesOf(kind, before, after, setting),
    ),
    ...changes,
  };
}

/** What the atoms in question come to. */
function answer(
  question: Question,
  atoms: Readonly<Record<"more" | "less", readonly Atom[]>>,
  prove: readonly Sides[],
): Pick<PolicyComparison, "relation" | "gained" | "lost" | "open"> {
  const more = search(atoms.more, question, "allowed", prove);
  const nothingMore = more.found.length === 0 && more.open.length === 0;
  const less = search(atoms.less, question, "denied", nothingMore ? prove : []);
  const equal = nothingMore && less.found.length === 0 && less.open.length === 0;
  const relation = equal ? "equal" : more.found.length > 0 ? "wider" : nothingMore ? "narrower" : "undecided";
  return { relation, gained: more.found, lost: less.found, open: more.open };
}

/** What is to be proven where witnesses are not found; nothing where it is not known of what. */
function sidesOf(
  kind: PolicyKind,
  before: PolicyLevels,
  after: PolicyLevels,
  { accountId, boundAccount, othersMayAllow = false, filter = false }: WitnessSetting,
): readonly Sides[] {
  const both = (make: (levels: PolicyLevels) => PolicySet): Pick<Sides, "before" | "after"> => ({
    before: make(before),
    after: make(after),
  });
  switch (kind) {
    case "scp":
      return [
        {
          ...both((levels) => setOf("scp", levels, accountId)),
          principals: boundAccount === undefined ? OF_ACCOUNTS : ofAccount(OF_ACCOUNTS, boundAccount),
        },
      ];
    // Which services RCPs reach grows: what is nothing today may be something tomorrow.
    case "rcp":
      return [];
    // What these permit is what they allow and do not deny, as in an SCP; whose the resource is does not matter.
    case "identity":
      return [
        {
          ...both((levels) => ({ scps: [levels.flat()] })),
          principals: OWN_POLICIES,
          ...(othersMayAllow ? { ofDenies: both((levels) => ({ scps: [[...levels.flat(), FULL_ACCESS]] })) } : {}),
        },
      ];
    case "boundary":
      return [
        {
          ...both((levels) => ({ scps: [levels.flat().length > 0 ? levels.flat().slice(0, 1) : [FULL_ACCESS]] })),
          principals: OWN_POLICIES,
          // A resource policy may let users and sessions in whatever the boundary allows: a Deny of it holds for them, too.
          ofDenies: both((levels) => ({ scps: [[...levels.flat().slice(0, 1), FULL_ACCESS]] })),
        },
      ];
    case "resource": {
      // What is proven is of policies that let in beside others; what a filter lets through is another question.
      if (filter) return [];
      if (/^0*$/.test(accountId)) return [];
      const all = [...before.flat(), ...after.flat()];
      const owner = { resourceAccountId: accountId };
      return [
        {
          ...both((levels) => setOf("resource", levels, accountId)),
          principals: withNamedAccounts(EVERYBODY, all),
          ...owner,
        },
        {
          ...both((levels) => ({ ...setOf("resource", levels, ""), identity: [] })),
          principals: ofAccount(OWN_POLICIES, accountId),
          ...owner,
        },
      ];
    }
  }
}

interface Side {
  readonly allows: readonly (readonly Atom[])[];
  readonly denies: readonly Atom[];
}

function sideOf(kind: PolicyKind, levels: PolicyLevels, steps: Steps, bound: string | undefined): Side {
  const completed = withFullAccess(kind, levels).map((level) => {
    const atoms = atomsOf(level, steps);
    return bound === undefined ? atoms : atoms.flatMap((atom) => inBoundAccount(atom, bound) ?? []);
  });
  const denies = new Map(
    completed.flatMap((level) => level.filter((atom) => atom.effect === "Deny")).map((atom) => [atom.key, atom]),
  );
  return {
    allows: completed.map((level) => level.filter((atom) => atom.effect === "Allow")),
    denies: [...denies.values()],
  };
}

/** A level without an Allow of ours or of others that we know has AWS's own, or nothing would work there. */
function withFullAccess(kind: PolicyKind, levels: PolicyLevels): PolicyLevels {
  if (kind !== "scp" && kind !== "rcp") return levels;
  return levels.map((level) =>
    level.some(({ document }) => document.Statement.some((s) => s.Effect === "Allow"))
      ? level
      : [...level, FULL_ACCESS],
  );
}

function trustOf(accountId: string): NamedDocument {
  return {
    name: "trust in the account",
    document: policyDocument([
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: ["sts:AssumeRole", "kms:*"] },
    ]),
  };
}

function setOf(kind: PolicyKind, levels: PolicyLevels, accountId: string): PolicySet {
  const completed = withFullAccess(kind, levels);
  switch (kind) {
    case "scp":
      return { scps: completed };
    case "rcp":
      return { rcps: completed };
    case "identity":
      // A role that trusts the account leaves the decision to the identity policies, and so does a key with AWS's default policy: without
      // that `sts:AssumeRole` and what keys are used for would stay open.
      return { identity: completed.flat(), resource: trustOf(accountId) };
    case "boundary": {
      const [boundary] = completed.flat();
      return { identity: [FULL_ACCESS], ...(boundary ? { boundary } : {}), resource: trustOf(accountId) };
    }
    case "resource": {
      const documents = completed.flat();
      return {
        resource: {
          name: documents.map((d) => d.name).join(", "),
          document: {
            Version: documents[0]?.document.Version ?? "2012-10-17",
            Statement: documents.flatMap((d) => d.document.Statement),
          },
        },
      };
    }
  }
}

/** A resource policy for principals to whom no policy of their own allows anything: what it lets them do by itself. */
function aloneOf(levels: PolicyLevels): CompiledSet {
  return compile({ ...setOf("resource", levels, ""), identity: [] });
}

function originsOf(levels: PolicyLevels): readonly AtomOrigin[] {
  return levels.flat().flatMap(({ name, document }) =>
    document.Statement.map((source, statement) => ({
      policy: name,
      statement,
      source,
      ...(source.Sid ? { sid: source.Sid } : {}),
    })),
  );
}

/** Condition keys as the policies write them; they are the same in any case. */
function keyNames(origins: readonly AtomOrigin[]): ReadonlyMap<string, string> {
  return new Map(
    origins.flatMap(({ source }) =>
      Object.values(source.Condition ?? {}).flatMap((keys) =>
        Object.keys(keys).map((key) => [key.toLowerCase(), key] as const),
      ),
    ),
  );
}

function uncovered(atoms: readonly Atom[], by: readonly Atom[], steps: Steps): readonly Atom[] {
  const keys = new Set(by.map((atom) => atom.key));
  return atoms.filter(
    (atom) => !keys.has(atom.key) && (steps.left === 0 || !by.some((other) => covers(other, atom, steps))),
  );
}

/** Allows that no Deny of their side covers. Whom a Deny means that names principals is the evaluator's to say: it counts for none here. */
function undenied(allows: readonly Atom[], { denies }: Side, steps: Steps): readonly Atom[] {
  return allows.filter(
    (allow) =>
      steps.left === 0 ||
      !denies.some(
        (deny) =>
          !("not" in deny.principal) &&
          textsOf(deny.principal).includes("*") &&
          covers({ ...deny, effect: "Allow", key: `denied ${deny.key}` }, allow, steps),
      ),
  );
}

interface Question {
  readonly kind: PolicyKind;
  /** Atoms of both sides. */
  readonly others: readonly Placed[];
  readonly before: CompiledSet;
  readonly after: CompiledSet;
  /**
   * Resource policies only. In the account of the resource, whoever has the permission needs no Allow of the policy: whether a new Allow lets him
   * do more is not known. What is known is that the policy now lets him by itself.
   */
  readonly alone?: { readonly before: CompiledSet; readonly after: CompiledSet };
  readonly setting: WitnessSetting;
  readonly names: ReadonlyMap<string, string>;
  readonly steps: Steps;
  readonly shared: Comparisons;
}

interface Placed {
  readonly atom: Atom;
  /** Side and, for an Allow, level: a Deny counts the same on every level. */
  readonly place: string;
}

function placed(side: Side, name: string): readonly Placed[] {
  return [
    ...side.allows.flatMap((atoms, level) => atoms.map((atom) => ({ atom, place: `${name} ${level} ` }))),
    ...side.denies.map((atom) => ({ atom, place: `${name} deny ` })),
  ];
}

interface Found {
  readonly found: readonly Witness[];
  /** Atoms without a witness. */
  readonly open: readonly Atom[];
}

/** Atoms that witnesses are looked for; the rest is open. */
const SEARCHED = 1_000;

/** As many as are searched, in their order; where they are more, the most dangerous ones. */
function searchedOf(atoms: readonly Atom[]): ReadonlySet<Atom> {
  if (atoms.length <= SEARCHED) return new Set(atoms);
  const worst = ({ action }: Atom): number =>
    "not" in action ? 0 : Math.min(...("is" in action ? [action.is] : action.among).map(dangerOf));
  return new Set(
    atoms
      .map((atom, i) => ({ atom, i, danger: worst(atom) }))
      .sort((a, b) => a.danger - b.danger || a.i - b.i)
      .slice(0, SEARCHED)
      .map(({ atom }) => atom),
  );
}

/**
 * One witness for each atom in question, as far as there is one and the steps reach; doubles are left out. A request counts for an atom
 * only where the atom speaks of it: one that differs because of another change would hide this one.
 */
function search(
  atoms: readonly Atom[],
  question: Question,
  becomes: "allowed" | "denied",
  sides: readonly Sides[],
): Found {
  const { kind, others, before, after, alone, names, steps, setting } = question;
  const bound = kind === "scp" ? setting.boundAccount : undefined;
  const opposite = becomes === "allowed" ? "denied" : "allowed";
  const found = new Map<string, Witness>();
  const searched = searchedOf(atoms);
  const open: Atom[] = atoms.filter((atom) => !searched.has(atom));
  const proofs = proofsOf([...searched], sides, becomes, setting.accountId, question.shared.proofs);
  for (const atom of searched) {
    const statement = compileStatement(statementOf(atom), 0, kind, atom.version);
    const differs = (request: PolicyRequest): boolean => {
      if (
        bound !== undefined &&
        (accountOfArn(request.principal.arn) !== bound || isOutOfReach(request.action, request.resource, bound))
      )
        return false;
      const prepared = prepareRequest(request);
      if (!steps.take(before.weight(prepared.action) + after.weight(prepared.action))) return false;
      if (and(statement.action(prepared.action), speaksOf(statement, prepared)) !== TRUE) return false;
      const turns = (from: CompiledSet, to: CompiledSet): boolean =>
        evaluate(prepared, to).decision === becomes && evaluate(prepared, from).decision === opposite;
      return (
        turns(before, after) ||
        (becomes === "allowed" &&
          alone !== undefined &&
          prepared.principalAccount === prepared.resourceAccount &&
          !lets(prepared, before) &&
          turns(alone.before, alone.after))
      );
    };
    if (proofs.settled(atom)) continue;
    const tried = steps.take(others.length) ? witnessOf(atom, statement, question, becomes, differs) : undefined;
    const proof = tried ? { request: tried } : proofs.of(atom, differs);
    if (proof === "none") continue;
    if (proof === "open") {
      open.push(atom);
      continue;
    }
    const witness = proof.request;
    const request = minimal(witness, differs, names);
    const key = JSON.stringify([
      request.action.toLowerCase(),
      request.resource,
      request.principal.arn,
      Object.entries(request.context ?? {}),
    ]);
    if (found.has(key)) continue;
    const real = realPrincipal(request, setting, differs);
    const was = evaluate(prepareRequest(request), before).decision === opposite ? opposite : "unknown";
    found.set(key, { atom, request, ...(real ? { real } : {}), before: was, after: becomes });
  }
  return { found: [...found.values()], open };
}

interface Proofs {
  /** It is known to make no difference. */
  settled(atom: Atom): boolean;
  of(atom: Atom, counts: (request: PolicyRequest) => boolean): Proof;
}

/** Proofs of whole statements, and where those fail of single atoms. */
function proofsOf(
  atoms: readonly Atom[],
  given: readonly Sides[],
  becomes: "allowed" | "denied",
  accountId: string,
  steps: Steps,
): Proofs {
  const swapped = <S extends Pick<Sides, "before" | "after">>(one: S): S =>
    becomes === "allowed" ? one : { ...one, before: one.after, after: one.before };
  const weighed = ({ effect }: Atom): readonly Sides[] =>
    given.map((one) => swapped(effect === "Deny" && one.ofDenies ? { ...one, ...one.ofDenies } : one));
  const done = new Map<PolicyStatement, Proof>();
  return {
    settled: ({ origin }) => done.get(origin.source) === "none",
    of(atom, counts) {
      const sides = weighed(atom);
      if (sides.length === 0) return "open";
      const together = atoms.filter(({ origin }) => origin.source === atom.origin.source);
      const known = done.get(atom.origin.source) ?? proofOf(together, sides, steps, () => false);
      done.set(atom.origin.source, known);
      if (known === "none") return known;
      // A request that counts is one of the account's own principals first.
      const own = proofOf(
        [atom],
        sides.map((one) => ({ ...one, principals: ofAccount(one.principals, accountId) })),
        steps,
        counts,
      );
      return typeof own === "object" ? own : proofOf([atom], sides, steps, counts);
    },
  };
}

/** Whether a statement of the resource policy allows it, be it to the whole account. */
function lets(prepared: PreparedRequest, policies: CompiledSet): boolean {
  return evaluate(prepared, policies).deciding.some(({ layer, effect }) => layer === "resource" && effect === "Allow");
}

/** Candidates that are tried in place of a principal that stands for others. */
const REAL_TRIED = 3;

/** Somebody whom there is in place of a stand-in: of the same account first, and of another only where the account is nobody's in particular. */
function realPrincipal(
  request: PolicyRequest,
  { principals = [], resource, accountId }: WitnessSetting,
  differs: (request: PolicyRequest) => boolean,
): string | undefined {
  const { arn, type } = request.principal;
  if (principals.includes(arn) || (type !== "role" && type !== "user")) return undefined;
  const account = accountOfArn(arn);
  const same = principals.filter((one) => accountOfArn(one) === account);
  const others = account === accountId ? principals.filter((one) => !same.includes(one)) : [];
  return [...same, ...others]
    .filter((one) => one !== resource)
    .slice(0, REAL_TRIED)
    .find((one) => differs({ ...request, principal: principalOf(one) }));
}

function witnessOf(
  atom: Atom,
  statement: CompiledStatement,
  question: Question,
  becomes: "allowed" | "denied",
  differs: (request: PolicyRequest) => boolean,
): PolicyRequest | undefined {
  const { kind, others, setting, steps, shared } = question;
  const related = others.filter((other) => mayMeet(atom, other.atom));
  // Chains of SCPs differ in policies that say nothing about the atom: what was found in one holds in the other.
  const key =
    kind === "scp" || kind === "rcp"
      ? `${becomes} ${atom.key} ${accountMatters([atom, ...related.map((one) => one.atom)]) ? setting.accountId : ""} ${related.map((one) => one.place + shared.numberOf(one.atom)).join()}`
      : undefined;
  const known = key === undefined ? undefined : shared.known(key);
  if (known) {
    const request = known.request && inAccount(known.request, known.accountId, setting.accountId);
    if (!request || differs(request)) return request;
  }
  let witness: PolicyRequest | undefined;
  for (const around of requestsAround(
    atom,
    statement,
    related.map((one) => one.atom),
    setting,
    steps,
  )) {
    // Whose a bucket is its ARN does not say: it is not whoever asks for it.
    const candidate =
      kind === "resource" && accountOfArn(around.resource) === undefined
        ? { ...around, resourceAccountId: setting.accountId }
        : around;
    if (!differs(candidate)) continue;
    witness = candidate;
    break;
  }
  if (key !== undefined && steps.left > 0) shared.remember(key, setting.accountId, witness);
  return witness;
}

/** Whether texts of atoms tell accounts apart: an id, or a part of one beside a wildcard. */
function accountMatters(atoms: readonly Atom[]): boolean {
  return atoms.some((atom) => /\d{12}|\d[*?]|[*?]\d/.test(atom.key));
}

function inAccount(request: PolicyRequest, from: string, to: string): PolicyRequest {
  return from === to ? request : (JSON.parse(JSON.stringify(request).replaceAll(from, to)) as PolicyRequest);
}

/** Without whatever the difference does not need; keys as the policies write them. */
function minimal(
  request: PolicyRequest,
  differs: (request: PolicyRequest) => boolean,
  names: ReadonlyMap<string, string>,
): PolicyRequest {
  let context = Object.entries(request.context ?? {});
  for (const [key] of [...context]) {
    const without = context.filter(([other]) => other !== key);
    if (differs({ ...request, context: Object.fromEntries(without) })) context = without;
  }
  return { ...request, context: Object.fromEntries(context.map(([name, value]) => [names.get(name) ?? name, value])) };
}
