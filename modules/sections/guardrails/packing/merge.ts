import { asList, normalizeStatement } from "../../../policy/document";
import { canonicalJson } from "../../../kernel/json";
import type { PolicyStatement } from "../../../policy/types";
import { defined } from "../../../kernel/optional";
import { unique, uniqueSorted } from "../../../kernel/lists";

/** A statement and the guardrails that it comes from, in the order of the catalogue. */
export interface AttributedStatement {
  readonly statement: PolicyStatement;
  readonly guardrails: readonly string[];
}

/**
 * Merges statements where the meaning stays: two that say the same but for their actions become one with the actions of both; two that
 * say the same but for their resources become one with the resources of both. `NotAction` and `NotResource` are never
 * merged, because a union of what is left out denies less. The order is that of the statements given.
 */
export function mergeStatements(statements: readonly AttributedStatement[]): readonly AttributedStatement[] {
  return mergeBy("Resource", mergeBy("Action", statements));
}

function mergeBy(
  element: "Action" | "Resource",
  statements: readonly AttributedStatement[],
): readonly AttributedStatement[] {
  const merged = new Map<string, AttributedStatement[]>();
  for (const entry of statements) {
    // A statement without the element has its counterpart (NotAction, NotResource), which is then part of the key.
    const { Sid: _, [element]: __, ...rest } = normalizeStatement(entry.statement);
    const key = canonicalJson(rest);
    const group = merged.get(key);
    if (group) group.push(entry);
    else merged.set(key, [entry]);
  }
  return [...merged.values()].map((group) => {
    const [first] = group as [AttributedStatement];
    if (group.length === 1) return first;
    const values = uniqueSorted(group.flatMap(({ statement }) => asList(statement[element])));
    const sid = sidOf(group);
    const { Sid: _, ...statement } = first.statement;
    return {
      statement: {
        ...defined({ Sid: sid }),
        ...statement,
        ...(values.length === 0 ? {} : { [element]: values }),
      },
      guardrails: unique(group.flatMap(({ guardrails }) => guardrails)),
    };
  });
}

/** The Sids of all that went in, so that a reader in the console finds them again. None where one had none. */
function sidOf(group: readonly AttributedStatement[]): string | undefined {
  const sids = unique(group.map(({ statement }) => statement.Sid));
  return sids.some((sid) => sid === undefined) ? undefined : sids.join("And");
}
