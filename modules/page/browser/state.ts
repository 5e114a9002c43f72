/** What is looked at stands in the address, so that a link shows the same. */
export interface View {
  readonly tab: string;
  readonly layer: string;
  /** Id of the OU that is zoomed into; empty: all. */
  readonly ou: string;
  readonly search: string;
  /** Id of the account whose details are open; empty: none. */
  readonly account: string;
  /** Key of the layer's value that is shown alone; empty: all. */
  readonly value: string;
}

const EMPTY: View = { tab: "map", layer: "", ou: "", search: "", account: "", value: "" };

export function readView(hash: string): View {
  const [tab = "", query = ""] = hash.replace(/^#/, "").split("?");
  const given = new URLSearchParams(query);
  const view: Record<string, string> = { ...EMPTY, ...(tab ? { tab } : {}) };
  for (const name of Object.keys(EMPTY)) if (name !== "tab" && given.has(name)) view[name] = given.get(name)!;
  return view as unknown as View;
}

export function writeView(view: View): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) if (name !== "tab" && value) query.set(name, value as string);
  const text = query.toString();
  return `#${view.tab}${text ? `?${text}` : ""}`;
}
