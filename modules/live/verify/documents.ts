import { comparePolicies, Comparisons, type PolicyKind } from "../../policy/compare";
import { asList, policyJson } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { defined } from "../../kernel/optional";

/** Compares a policy that AWS answered with the planned one: by meaning, because AWS and people write the same thing differently. */
export class Documents {
  readonly #shared = new Comparisons();
  /** A StackSet puts the same document into every account: it is compared once. */
  readonly #known = new Map<string, readonly string[]>();

  /**
   * Says how a document differs, in at most a few details; nothing where it means the same.
   *
   * @param resource of a trust or resource policy: what it is attached to
   */
  differences(
    what: string,
    kind: PolicyKind,
    planned: PolicyDocument,
    found: string | undefined,
    accountId: string,
    resource?: string,
  ): readonly string[] {
    if (found === undefined || found === "") return [`${what} is not there`];
    const parsed = parseDocument(found);
    if (!parsed) return [`${what} is no policy document that can be read`];
    const before = policyJson(planned);
    const after = policyJson(parsed);
    if (before === after) return [];
    const key = [kind, before, after, accountId, resource ?? ""].join("\n");
    const known = this.#known.get(key) ?? this.#compare(kind, planned, parsed, accountId, resource);
    this.#known.set(key, known);
    return known.map((detail) => `${what} ${detail}`);
  }

  #compare(
    kind: PolicyKind,
    planned: PolicyDocument,
    found: PolicyDocument,
    accountId: string,
    resource: string | undefined,
  ): readonly string[] {
    const { relation, gained, lost } = comparePolicies(
      kind,
      [[{ name: "planned", document: planned }]],
      [[{ name: "found", document: found }]],
      { accountId, ...defined({ resource }) },
      this.#shared,
    );
    if (relation === "equal") return [];
    const example = (request: { readonly action: string; readonly principal: { readonly arn?: string } }): string =>
      `${request.action}${request.principal.arn === undefined ? "" : ` by ${request.principal.arn}`}`;
    return [
      ...gained.slice(0, 2).map((one) => `allows what is not planned, for example ${example(one.request as never)}`),
      ...lost.slice(0, 2).map((one) => `denies what is planned, for example ${example(one.request as never)}`),
      ...(gained.length + lost.length === 0
        ? [relation === "undecided" ? "differs, and nothing shows that it means the same" : "permits less than planned"]
        : []),
    ];
  }
}

/** A policy document as IAM answers it: JSON, percent-encoded in some answers; a single statement may stand without brackets. */
export function parseDocument(text: string): PolicyDocument | undefined {
  try {
    const value: unknown = JSON.parse(/^\s*[{[]/.test(text) ? text : decodeURIComponent(text));
    if (value === null || typeof value !== "object" || !("Statement" in value)) return undefined;
    const document = value as PolicyDocument;
    return { ...document, Statement: asList(document.Statement) };
  } catch {
    return undefined;
  }
}
