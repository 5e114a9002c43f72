import { Atom, atomsOf, AtomOrigin, covers, NamedDocument, statementOf } from "./compare/atoms";
import { requestsAround, WitnessSetting } from "./compare/witness";
import { policyDocument } from "./document";
import { compile, CompiledSet, evaluate, PolicySet, statementMatches } from "./evaluate";
import type { PolicyRequest } from "./evaluate/request";

export type { Atom, AtomOrigin, NamedDocument } from "./compare/atoms";
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

const FULL_ACCESS: NamedDocument = { name: "FullAWSAccess", document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]) };

/** Compares the same policies before and after a change. Pure; the cost grows with what differs, not with what stays. */
export function comparePolicies(kind: PolicyKind, before: PolicyLevels, after: PolicyLevels, setting: WitnessSetting): PolicyComparison {
  const left = sideOf(kind, before);
  const right = sideOf(kind, after);
  const count = Math.max(left.allows.length, right.allows.length);
  const lostAllows: Atom[] = [];
  const newAllows: Atom[] = [];
  for (let level = 0; level < count; level++) {
    lostAllows.push(...uncovered(left.allows[level] ?? [], right.allows[level] ?? []));
    newAllows.push(...uncovered(right.allows[level] ?? [], left.allows[level] ?? []));
  }
  const lostDenies = uncovered(left.denies, right.denies);
  const newDenies = uncovered(right.denies, left.denies);
  const changes = { statements: { before: originsOf(before), after: originsOf(after) }, removed: [...lostAllows, ...lostDenies], added: [...newAllows, ...newDenies] };
  const noMore = newAllows.length === 0 && lostDenies.length === 0;
  const noLess = lostAllows.length === 0 && newDenies.length === 0;
  if (noMore && noLess) return { relation: "equal", gained: [], lost: [], open: [], ...changes };

  const verdicts = { before: compile(setOf(kind, before, setting.accountId)), after: compile(setOf(kind, after, setting.accountId)) };
  const widening = [...newAllows, ...lostDenies];
  const narrowing = [...lostAllows, ...newDenies];
  const others = [...left.allows.flat(), ...right.allows.flat(), ...left.denies, ...right.denies];
  const names = keyNames([...changes.statements.before, ...changes.statements.after]);
  const more = noMore ? NOTHING : search(kind, widening, others, verdicts, setting, "allowed", names);
  const less = noLess ? NOTHING : search(kind, narrowing, others, verdicts, setting, "denied", names);
  const relation = more.found.length > 0 ? "wider" : noMore ? "narrower" : "undecided";
  return { relation, gained: more.found, lost: less.found, open: more.open, ...changes };
}

interface Side {
  readonly allows: readonly (readonly Atom[])[];
  readonly denies: readonly Atom[];
}

function sideOf(kind: PolicyKind, levels: PolicyLevels): Side {
  const completed = withFullAccess(kind, levels).map((level) => atomsOf(level));
  const denies = new Map(completed.flatMap((level) => level.filter((atom) => atom.effect === "Deny")).map((atom) => [atom.key, atom]));
  return { allows: completed.map((level) => level.filter((atom) => atom.effect === "Allow")), denies: [...denies.values()] };
}

/** A level without an Allow of ours or of others that we know has AWS's own, or nothing would work there. */
function withFullAccess(kind: PolicyKind, levels: PolicyLevels): PolicyLevels {
  if (kind !== "scp" && kind !== "rcp") return levels;
  return levels.map((level) => (level.some(({ document }) => document.Statement.some((s) => s.Effect === "Allow")) ? level : [...level, FULL_ACCESS]));
}

function trustOf(accountId: string): NamedDocument {
  return { name: "trust in the account", document: policyDocument([{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "sts:AssumeRole" }]) };
}

function setOf(kind: PolicyKind, levels: PolicyLevels, accountId: string): PolicySet {
  const completed = withFullAccess(kind, levels);
  switch (kind) {
    case "scp":
      return { scps: completed };
    case "rcp":
      return { rcps: completed };
    case "identity":
      // A role that trusts the account leaves the decision to the identity policies: without one `sts:AssumeRole` would stay open.
      return { identity: completed.flat(), resource: trustOf(accountId) };
    case "boundary": {
      const [boundary] = completed.flat();
      return { identity: [FULL_ACCESS], ...(boundary ? { boundary } : {}), resource: trustOf(accountId) };
    }
    case "resource": {
      const documents = completed.flat();
      return { resource: { name: documents.map((d) => d.name).join(", "), document: { Version: documents[0]?.document.Version ?? "2012-10-17", Statement: documents.flatMap((d) => d.document.Statement) } } };
    }
  }
}

function originsOf(levels: PolicyLevels): readonly AtomOrigin[] {
  return levels.flat().flatMap(({ name, document }) => document.Statement.map((source, statement) => ({ policy: name, statement, source, ...(source.Sid ? { sid: source.Sid } : {}) })));
}

/** Condition keys as the policies write them; they are the same in any case. */
function keyNames(origins: readonly AtomOrigin[]): ReadonlyMap<string, string> {
  return new Map(origins.flatMap(({ source }) => Object.values(source.Condition ?? {}).flatMap((keys) => Object.keys(keys).map((key) => [key.toLowerCase(), key] as const))));
}

function uncovered(atoms: readonly Atom[], by: readonly Atom[]): readonly Atom[] {
  const keys = new Set(by.map((atom) => atom.key));
  return atoms.filter((atom) => !keys.has(atom.key) && !by.some((other) => covers(other, atom)));
}

interface Sets {
  readonly before: CompiledSet;
  readonly after: CompiledSet;
}

interface Found {
  readonly found: readonly Witness[];
  /** Atoms without a witness. */
  readonly open: readonly Atom[];
}

const NOTHING: Found = { found: [], open: [] };

/** Atoms that witnesses are looked for; the rest is open. */
const SEARCHED = 200;

/**
 * One witness for each atom in question, as far as there is one; doubles are left out. A request counts for an atom only where the atom
 * speaks of it: one that differs because of another change would hide this one.
 */
function search(kind: PolicyKind, atoms: readonly Atom[], others: readonly Atom[], sets: Sets, setting: WitnessSetting, becomes: "allowed" | "denied", names: ReadonlyMap<string, string>): Found {
  const opposite = becomes === "allowed" ? "denied" : "allowed";
  const found = new Map<string, Witness>();
  const open: Atom[] = atoms.slice(SEARCHED);
  for (const atom of atoms.slice(0, SEARCHED)) {
    const statement = statementOf(atom);
    const differs = (request: PolicyRequest): boolean => evaluate(request, sets.after).decision === becomes && evaluate(request, sets.before).decision === opposite && statementMatches(statement, request, kind, atom.version) === "true";
    let shown = false;
    for (const candidate of requestsAround(atom, others, setting)) {
      if (!differs(candidate)) continue;
      const request = minimal(candidate, differs, names);
      const key = `${request.action.toLowerCase()} ${request.resource} ${request.principal.arn} ${Object.entries(request.context ?? {}).join()}`;
      if (!found.has(key)) found.set(key, { atom, request, before: opposite, after: becomes });
      shown = true;
      break;
    }
    if (!shown) open.push(atom);
  }
  return { found: [...found.values()], open };
}

/** Without whatever the difference does not need; keys as the policies write them. */
function minimal(request: PolicyRequest, differs: (request: PolicyRequest) => boolean, names: ReadonlyMap<string, string>): PolicyRequest {
  let context = Object.entries(request.context ?? {});
  for (const [key] of [...context]) {
    const without = context.filter(([other]) => other !== key);
    if (differs({ ...request, context: Object.fromEntries(without) })) context = without;
  }
  return { ...request, context: Object.fromEntries(context.map(([name, value]) => [names.get(name) ?? name, value])) };
}
