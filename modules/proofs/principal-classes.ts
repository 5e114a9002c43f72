import { asList } from "../policy/document";
import { canonicalJson } from "../kernel/json";
import type { Chain } from "./chains";
import { globsMeet } from "./glob";
import type { Principal } from "./types";

/** The same for contexts that say the same. */
export function contextKey(context: Principal["context"]): string {
  return Object.entries(context)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(";");
}

/** Condition keys that tell principals of one type apart, beside their ARN, type and account. */
const TELLING = /\$\{|aws:(username|userid|principaltag|principalservicename)/i;

/**
 * Puts principals of a chain into classes that its documents cannot tell apart: of one type, with the same known context, and under no
 * pattern that any condition holds. Patterns are read as widely as any operator reads them, so that a class is rather too small.
 */
export function principalClasses(chain: Chain): (principal: Principal) => string {
  const documents = [
    ...new Set([...(chain.scps ?? []).flat(), ...(chain.rcps ?? []).flat()].map((policy) => policy.document)),
  ];
  const apart = documents.some((document) => TELLING.test(canonicalJson(document)));
  const patterns = [
    ...new Set(
      documents.flatMap((document) =>
        document.Statement.flatMap((statement) =>
          Object.values(statement.Condition ?? {}).flatMap((keys) =>
            Object.values(keys).flatMap((values) => asList(values)),
          ),
        ),
      ),
    ),
  ]
    .filter((value) => /[:*?]/.test(value))
    .map((value) => value.toLowerCase());
  const known = new Map<Principal, string>();
  return (principal) => {
    const before = known.get(principal);
    if (before !== undefined) return before;
    const { arn, type } = principal.request;
    const named = apart || patterns.some((pattern) => globsMeet(pattern, arn.toLowerCase()));
    const found = `${type}|${named ? arn : ""}|${contextKey(principal.context)}`;
    known.set(principal, found);
    return found;
  };
}
