import { asList } from "../policy/document";
import type { KeySets } from "../policy/decide";
import type { Chain } from "./chains";

/**
 * Sessions that somebody may open now and later. A statement that revokes sessions (only `DateLessThan` on `aws:TokenIssueTime`) binds old
 * ones, and whoever is bound signs in again: so sessions count from the last such moment on. Every other test of the time is open.
 */
export function sessionsFrom(chain: Chain): KeySets {
  const moments: number[] = [];
  for (const document of new Set(
    (chain.scps ?? [])
      .concat(chain.rcps ?? [])
      .flat()
      .map((policy) => policy.document),
  ))
    for (const { Effect, Condition } of document.Statement) {
      if (Effect !== "Deny") continue;
      const tests = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
        Object.entries(keys)
          .filter(([key]) => key.toLowerCase() === "aws:tokenissuetime")
          .map(([, values]) => ({ operator, values: asList(values) })),
      );
      if (tests.length === 0 || !tests.every(({ operator }) => /^DateLessThan(Equals)?(IfExists)?$/.test(operator)))
        continue;
      moments.push(...tests.flatMap(({ values }) => values.map(Date.parse)).filter((moment) => !Number.isNaN(moment)));
    }
  return moments.length === 0
    ? { "aws:TokenIssueTime": "present" }
    : { "aws:TokenIssueTime": { dates: { from: new Date(Math.max(...moments) + 1000).toISOString() } } };
}
