/**
 * The little of SQL that is written here, and the one place where values get into it. Texts and names that come from people, facts and tables
 * are quoted: https://trino.io/docs/current/language/types.html#varchar. A text has no escapes but the doubled quote.
 */

/** A text as a value. */
export function literal(text: string): string {
  // No engine agrees with another on what a NUL in a text means.
  if (text.includes("\0")) throw new Error("a text with a NUL character has no place in SQL");
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of a table or a column. */
export function identifier(name: string): string {
  if (name.includes("\0")) throw new Error("a name with a NUL character has no place in SQL");
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether an expression is one of these texts; `false` where there are none. */
export function oneOf(expression: string, values: readonly string[]): string {
  return values.length === 0 ? "false" : `${expression} IN (${values.map(literal).join(", ")})`;
}

/** Whether an expression is like an IAM pattern (`*` and `?`), which is put in lower case. @param end what may follow, in `LIKE`'s terms */
export function like(expression: string, pattern: string, end = ""): string {
  const escaped = pattern
    .toLowerCase()
    .replace(/[\\%_]/g, (char) => `\\${char}`)
    .replaceAll("*", "%")
    .replaceAll("?", "_");
  return `lower(${expression}) LIKE ${literal(`${escaped}${end}`)} ESCAPE '\\'`;
}

/** Conditions of which one is enough. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? "false" : conditions.map((one) => `(${one})`).join(" OR ");
}

/** Conditions of which all are needed. */
export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? "true" : conditions.map((one) => `(${one})`).join(" AND ");
}

/** An expression where a condition holds, else NULL. */
export function where(condition: string, expression: string): string {
  return `CASE WHEN ${condition} THEN ${expression} END`;
}

export const NULL_TEXT = "CAST(NULL AS varchar)";
