import { distance } from "fastest-levenshtein";

/**
 * The known name that a mistyped one most likely means, or nothing when none is near.
 *
 * @param most slips of the pen @default half of the name's characters, and always two
 */
export function nearest(
  name: string,
  known: readonly string[],
  most = Math.max(2, Math.floor(name.length / 2)),
): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance || (d === bestDistance && best !== undefined && candidate < best)) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best !== undefined && bestDistance <= most ? best : undefined;
}

/**
 * A fix that names the nearest known name and some of the rest.
 *
 * @param near what is most likely meant @default the nearest of the known names
 */
export function suggestion(name: string, known: readonly string[], what: string, near = nearest(name, known)): string {
  const sorted = [...known].sort();
  const list =
    sorted.length === 0
      ? `There is no ${what} yet.`
      : `Known: ${sorted.slice(0, 12).join(", ")}${sorted.length > 12 ? ", …" : ""}.`;
  return near ? `Did you mean ${near}? ${list}` : list;
}
