import type { TextSet } from "../policy/decide";
import { asList } from "../policy/document";
import type { PolicyDocument } from "../policy/types";
import { arnSet, iamSet } from "./arns";
import { globsMeet } from "./glob";
import { withoutVariables } from "./spares";

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
  /** The ARN is wider than the pattern, which names no type: only what this matches, too, is meant. @default - all of it */
  readonly within?: string;
}

/**
 * The principals of an account that patterns spare; root and other accounts' principals are not somebody to become. A variable stands for
 * any text; a pattern that does not say whether it means roles or users means both.
 */
export function exemptIn(patterns: readonly string[], accountId: string): readonly ExemptPrincipal[] {
  return patterns.flatMap((pattern) => {
    const plain = withoutVariables(pattern);
    const parts = /^arn:[^:]*:iam::([^:]*):(role|user)\/(.+)$/.exec(plain);
    if (parts) {
      const [, account = "", type, name = ""] = parts;
      if (!globsMeet(account, accountId)) return [];
      return [{ pattern, type: type as "role" | "user", arn: `arn:aws:iam::${accountId}:${type}/${name}` }];
    }
    return (["role", "user"] as const).flatMap((type) => {
      const arn = `arn:aws:iam::${accountId}:${type}/*`;
      return globsMeet(plain, arn) ? [{ pattern, type, arn, within: plain }] : [];
    });
  });
}

/** The principals as resources: of those that a pattern names, the ones that there can be. */
export function resourcesOf({ type, arn, within }: ExemptPrincipal): TextSet {
  if (within === undefined) return arnSet(arn, []);
  const [, , , , account = ""] = arn.split(":");
  return { ...iamSet(account, type), within: [within] };
}
