/** Texts of plain data, by where they are: `accounts[].name`. Of a list all entries are one place. */

const at = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
/** The place of a further key of a mapping. */
const KEY = "{key}";

/** Every place of a text, and of a further key, in the order of the data. */
export function textPlaces(data: unknown, path = ""): readonly string[] {
  const found: string[] = [];
  if (typeof data === "string") found.push(path);
  else if (Array.isArray(data)) data.forEach((one) => found.push(...textPlaces(one, `${path}[]`)));
  else if (data !== null && typeof data === "object") {
    for (const [name, value] of Object.entries(data)) found.push(...textPlaces(value, at(path, name)));
    found.push(at(path, KEY));
  }
  return [...new Set(found)];
}

/** The same data with the texts at some places changed, and a further key where the place is one. */
export function withTexts(
  data: unknown,
  places: ReadonlySet<string>,
  change: (text: string) => string,
  path = "",
): unknown {
  if (typeof data === "string") return places.has(path) ? change(data) : data;
  if (Array.isArray(data)) return data.map((one) => withTexts(one, places, change, `${path}[]`));
  if (data === null || typeof data !== "object") return data;
  const entries = Object.entries(data).map(
    ([name, value]) => [name, withTexts(value, places, change, at(path, name))] as const,
  );
  const [first] = Object.entries(data);
  return Object.fromEntries([
    ...entries,
    ...(places.has(at(path, KEY)) ? [[change("key"), first?.[1] ?? "x"] as const] : []),
  ]);
}
