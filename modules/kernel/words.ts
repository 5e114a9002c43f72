/** `account` for one, `accounts` for any other number. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? one : many;
}

/** `1 account`, `2 accounts`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${plural(n, one, many)}`;
}

/** ` and 3 more`: what stands behind a list that was cut; nothing where nothing is left. */
export function andMore(left: number): string {
  return left > 0 ? ` and ${left} more` : "";
}

/** The same as a line of its own below a list that was cut; no line where nothing is left. */
export function moreLine(left: number, before = "", after = ""): readonly string[] {
  return left > 0 ? [`${before}${andMore(left).slice(1)}${after}`] : [];
}

/** `a, b and 3 more`: all of up to `most`; of a longer list the first `shown`. */
export function listed(items: readonly string[], most: number, shown = most): string {
  return items.length <= most
    ? items.join(", ")
    : `${items.slice(0, shown).join(", ")}${andMore(items.length - shown)}`;
}
