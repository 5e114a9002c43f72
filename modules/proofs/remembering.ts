import { createHash } from "node:crypto";
import { canonicalJson } from "../kernel/json";
import type { RequestSet } from "../policy/decide";
import { asList } from "../policy/document";
import type { NamedPolicy, PolicySet } from "../policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../policy/types";
import { askedOf, Reach, reachOf, takesPart } from "./applying";
import { globsMeet } from "./glob";
import { tellingOf } from "./telling";

/** An account id that AWS gives to nobody. */
const NOBODY = "000000000000";

/** A text of a policy, and what it can tell accounts apart by. */
interface Known {
  readonly id: string;
  readonly text: string;
  readonly accounts: ReadonlySet<string>;
  /** By patterns of ids, or in a way that no list says. */
  readonly digits: boolean;
  /** Where in the tree an account is. */
  readonly paths: boolean;
}

interface Stated extends Known {
  readonly reach: Reach;
}

/**
 * Accounts have mostly the same policies: what is proven of one holds of every other whose policies say the same of the actions that are
 * asked about, and tell the two accounts apart in nothing. A key names all that such a decision can depend on.
 */
export class Remembering {
  private readonly statements = new WeakMap<PolicyStatement, Stated>();
  private readonly relevant = new WeakMap<PolicyDocument, Map<string, readonly Stated[]>>();
  private readonly documents = new WeakMap<PolicyDocument, Known>();

  /** @param account the account that the set and the policies are about */
  key(set: RequestSet, policies: PolicySet, account: string): string {
    return this.question(set, policies, account).key;
  }

  /**
   * The key, and the set to ask about. Where the policies cannot tell one account from another the set is about an account that nobody has:
   * the answer is the same, and what is worked out on the way serves all accounts.
   */
  question(set: RequestSet, policies: PolicySet, account: string): { readonly key: string; readonly set: RequestSet } {
    const actions = set.actions.like.map((action) => action.toLowerCase());
    const actionsKey = actions.join(",");
    const levels = [...(policies.scps ?? []), ...(policies.rcps ?? [])];
    const spoken = levels.map((level) => level.flatMap((policy) => this.of(policy.document, actions, actionsKey)));
    // What tells accounts apart may take part in another account's question, or in that of nobody's account.
    const statements = spoken.flat();
    const asks = askedOf(set);
    const found = spoken.map((level) => level.filter(({ reach }) => takesPart(reach, asks)));
    const own = [policies.identity ?? [], policies.boundary ?? [], policies.session ?? [], policies.resource ?? []]
      .flat()
      .map((policy: NamedPolicy) => this.document(policy.document));
    const speaksOf = (id: string): boolean => statements.some(({ accounts }) => accounts.has(id));
    const tells = [...statements, ...own].some(({ digits }) => digits) || speaksOf(account);
    const paths = [...statements, ...own].some((one) => one.paths);
    const keys = Object.fromEntries(Object.entries(set.keys ?? {}).filter(([key]) => paths || !/orgpaths$/i.test(key)));
    const written = JSON.stringify({ ...set, keys });
    const asked = `${written}${JSON.stringify([
      own.map(({ text }) => text),
      policies.identity?.length,
      policies.boundary !== undefined,
      policies.session?.length,
      policies.resource !== undefined,
      policies.scps?.length,
      policies.rcps?.length,
    ])}`;
    const key = digest(
      `${tells ? `${account}|${asked}` : asked.replaceAll(account, "{account}")}|${found
        .map((level) => level.map(({ id }) => id).join("+"))
        .join("/")}`,
    );
    const named = own.some(({ accounts }) => accounts.has(account) || accounts.has(NOBODY));
    if (tells || named || speaksOf(NOBODY) || written.includes(NOBODY)) return { key, set };
    return { key, set: JSON.parse(JSON.stringify(set).replaceAll(account, NOBODY)) as RequestSet };
  }

  /** Statements of a document that may speak of one of the actions. */
  private of(document: PolicyDocument, actions: readonly string[], key: string): readonly Stated[] {
    const known = this.relevant.get(document) ?? new Map<string, readonly Stated[]>();
    this.relevant.set(document, known);
    const before = known.get(key);
    if (before) return before;
    const meets = (patterns: readonly string[], action: string): boolean =>
      patterns.some((pattern) => globsMeet(pattern.toLowerCase(), action));
    const found = document.Statement.filter(({ Action, NotAction }) =>
      Action === undefined
        ? // Of a pattern a part may be left out and a part not; of a name that is left out nothing is meant.
          actions.some((action) => /[*?]/.test(action) || !meets(asList(NotAction), action))
        : actions.some((action) => meets(asList(Action), action)),
    ).map((statement) => this.statement(statement, document.Version));
    known.set(key, found);
    return found;
  }

  /** Statements that say the same are the same one. */
  private statement(statement: PolicyStatement, version = ""): Stated {
    const known: Stated = this.statements.get(statement) ?? {
      // What a variable is depends on the version of the document.
      ...knownOf(canonicalJson({ ...statement, Sid: undefined, Version: version })),
      reach: reachOf(statement),
    };
    this.statements.set(statement, known);
    return known;
  }

  private document(document: PolicyDocument): Known {
    const known = this.documents.get(document) ?? knownOf(canonicalJson(document));
    this.documents.set(document, known);
    return known;
  }
}

function knownOf(text: string): Known {
  const { ids, patterns, each, paths } = tellingOf(text);
  return { id: digest(text), text, accounts: ids, digits: each || patterns.length > 0 || /\d{13}/.test(text), paths };
}

/** Texts of some kB that are kept by thousands. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** More keys than this are not kept; the example's proofs have 436. */
const KEPT = 100_000;

/** What the runs of one process share: a review proves the environment as it was and as it is to be, which are mostly alike. */
export class Memory {
  readonly remembering = new Remembering();
  /** By their keys: whether it is proven. */
  readonly decided = new Map<string, boolean>();
}

let current = new Memory();

/** What was proven before is asked again: for measurements. */
export function forget(): void {
  current = new Memory();
}

export function currentMemory(): Memory {
  if (current.decided.size > KEPT) current = new Memory();
  return current;
}
