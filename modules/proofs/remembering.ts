import { createHash } from "node:crypto";
import { canonicalJson } from "../kernel/json";
import type { RequestSet } from "../policy/decide";
import { asList } from "../policy/document";
import type { NamedPolicy, PolicySet } from "../policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../policy/types";
import { globsMeet } from "./glob";

/**
 * Accounts have mostly the same policies: what is proven of one holds of every other whose policies say the same of the actions that are
 * asked about, and tell the two accounts apart in nothing. A key names all that such a decision can depend on.
 */
export class Remembering {
  private readonly statements = new WeakMap<PolicyStatement, { readonly id: string; readonly text: string }>();
  private readonly relevant = new WeakMap<PolicyDocument, Map<string, readonly PolicyStatement[]>>();
  private readonly texts = new WeakMap<PolicyDocument, string>();

  /** @param account the account that the set and the policies are about */
  key(set: RequestSet, policies: PolicySet, account: string): string {
    const actions = set.actions.like.map((action) => action.toLowerCase());
    const actionsKey = actions.join(",");
    const levels = [...(policies.scps ?? []), ...(policies.rcps ?? [])];
    const found = levels.map((level) => level.flatMap((policy) => this.of(policy.document, actions, actionsKey)));
    const texts = found.flat().map((statement) => this.known(statement).text);
    const tells = texts.some((text) => text.includes(account) || /[*?]\d|\d[*?]/.test(text));
    const paths = texts.some((text) => /orgpaths/i.test(text));
    const own = [policies.identity ?? [], policies.boundary ?? [], policies.session ?? [], policies.resource ?? []]
      .flat()
      .map((policy: NamedPolicy) => this.text(policy.document));
    const keys = Object.entries(set.keys ?? {}).filter(([key]) => paths || !/orgpaths$/i.test(key));
    const asked = JSON.stringify([
      set.principals,
      set.actions,
      set.resources,
      set.resourceAccountId,
      keys,
      own,
      policies.identity?.length,
      policies.boundary !== undefined,
      policies.session?.length,
      policies.resource !== undefined,
      policies.scps?.length,
      policies.rcps?.length,
    ]);
    return digest(
      `${tells ? `${account}|${asked}` : asked.replaceAll(account, "{account}")}|${found
        .map((level) => level.map((statement) => this.known(statement).id).join("+"))
        .join("/")}`,
    );
  }

  /** Statements of a document that may speak of one of the actions. */
  private of(document: PolicyDocument, actions: readonly string[], key: string): readonly PolicyStatement[] {
    const known = this.relevant.get(document) ?? new Map<string, readonly PolicyStatement[]>();
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
    );
    found.forEach((statement) => this.known(statement, document.Version));
    known.set(key, found);
    return found;
  }

  /** Statements that say the same are the same one. */
  private known(statement: PolicyStatement, version = ""): { readonly id: string; readonly text: string } {
    const before = this.statements.get(statement);
    if (before) return before;
    // What a variable is depends on the version of the document.
    const text = canonicalJson({ ...statement, Sid: undefined, Version: version });
    const known = { id: digest(text), text };
    this.statements.set(statement, known);
    return known;
  }

  private text(document: PolicyDocument): string {
    const known = this.texts.get(document) ?? canonicalJson(document);
    this.texts.set(document, known);
    return known;
  }
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
  /** Keys of what is proven. */
  readonly proven = new Set<string>();
}

let current = new Memory();

/** What was proven before is asked again: for measurements. */
export function forget(): void {
  current = new Memory();
}

export function currentMemory(): Memory {
  if (current.proven.size > KEPT) current = new Memory();
  return current;
}
