/** What is looked at stands in the address, so that a link shows the same. Every page has these, and may have more. */
export interface State {
  readonly tab: string;
  readonly search: string;
  /** Id of what is open in a dialog; empty: nothing. */
  readonly account: string;
}

/** What a map is looked at by. */
export interface View extends State {
  readonly layer: string;
  /** Id of the OU that is zoomed into; empty: all. */
  readonly ou: string;
  /** Key of the layer's value that is shown alone; empty: all. */
  readonly value: string;
}

export const EMPTY: View = { tab: "map", layer: "", ou: "", search: "", account: "", value: "" };

/** @param empty names what an address may say, and what is so where it says nothing */
export function readState<S extends State>(hash: string, empty: S): S {
  const [tab = "", query = ""] = hash.replace(/^#/, "").split("?");
  const given = new URLSearchParams(query);
  const state = { ...empty, ...(tab ? { tab } : {}) } as unknown as Record<string, string>;
  for (const name of Object.keys(empty)) if (name !== "tab" && given.has(name)) state[name] = given.get(name)!;
  return state as unknown as S;
}

export function writeState(state: State): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (name !== "tab" && value) query.set(name, value as string);
  const text = query.toString();
  return `#${state.tab}${text ? `?${text}` : ""}`;
}
