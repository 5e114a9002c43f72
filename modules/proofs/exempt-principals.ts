import { asList } from "../policy/document";
import type { PolicyDocument } from "../policy/types";
import { globsMeet } from "./glob";

/** Operators by which a Deny statement spares the principals it names. */
const SPARES =
  /^(ForAnyValue:|ForAllValues:)?(ArnNotLike|ArnNotEquals|StringNotLike|StringNotEquals|StringNotEqualsIgnoreCase)(IfExists)?$/i;

/**
 * Principals that the Deny statements of documents spare by their ARN, sorted: the ones that somebody would have to become. Read from
 * the documents and not from the catalogue, so that exceptions and custom SCPs count, and what was packed is what is proven.
 */
export function exemptPatterns(documents: readonly PolicyDocument[]): readonly string[] {
  const found = new Set<string>();
  for (const statement of documents.flatMap((document) => document.Statement)) {
    if (statement.Effect !== "Deny") continue;
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      if (!SPARES.test(operator)) continue;
      for (const [key, values] of Object.entries(keys))
        if (key.toLowerCase() === "aws:principalarn") asList(values).forEach((value) => found.add(value));
    }
  }
  return [...found].sort();
}

/** An exempt principal as it is, or would be, in one account. */
export interface ExemptPrincipal {
  /** The pattern that spares it. */
  readonly pattern: string;
  readonly type: "role" | "user";
  /** ARN in the account, with the wildcards of its name. */
  readonly arn: string;
}

/** The principals of an account that patterns spare; root, sessions and other accounts' principals are not somebody to become. */
export function exemptIn(patterns: readonly string[], accountId: string): readonly ExemptPrincipal[] {
  return patterns.flatMap((pattern) => {
    const parts = /^arn:[^:]*:iam::([^:]*):(role|user)\/(.+)$/.exec(pattern);
    if (!parts) return [];
    const [, account = "", type, name = ""] = parts;
    const here = globsMeet(account, accountId);
    return here
      ? [
          {
            pattern,
            type: type as "role" | "user",
            arn: `arn:aws:iam::${accountId}:${type}/${name}`,
          },
        ]
      : [];
  });
}
