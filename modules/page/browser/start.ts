import type { Source } from "../types";
import { h, known } from "./dom";
import { readState, State, writeState } from "./state";

export interface Start<S extends State> {
  /** What is shown where the address says nothing. */
  readonly empty: S;
  /** The first is shown where the address names none; a page of one has no tabs. */
  readonly tabs: readonly (readonly [
    id: string,
    title: string,
    nodes: (state: S, go: (change: Partial<S>) => void) => readonly Node[],
  ])[];
  readonly sources: readonly Source[];
  /** What opens in a dialog, by the `account` of the address. */
  readonly details: {
    readonly ids: readonly string[];
    readonly make: (position: number, close: () => void) => HTMLElement;
  };
}

/** Paper cannot be opened: so many of what is folded are unfolded while it is printed. Cells of a table stay, or a row would fill pages. */
const UNFOLDED = 1000;
const UNFOLDS = "details:not([open]):not(td details)";

function unfoldInPrint(): void {
  let unfolded: readonly HTMLDetailsElement[] = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll<HTMLDetailsElement>(UNFOLDS)].slice(0, UNFOLDED);
    for (const one of unfolded) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of unfolded) one.open = false;
    unfolded = [];
  });
}

/** Shows what the address says, and puts what is chosen into the address. */
export function startPage<S extends State>(start: Start<S>): { readonly go: (change: Partial<S>) => void } {
  const { empty, tabs, sources, details } = start;
  const content = document.getElementById("content")!;
  const nav = document.getElementById("tabs");
  let state = readState(location.hash, empty);
  unfoldInPrint();

  const go = (change: Partial<S>): void => {
    const next = writeState({ ...state, ...change });
    // A search is one step back, not one for each letter.
    if (change.search !== undefined) history.replaceState(null, "", next);
    else history.pushState(null, "", next);
    show();
  };

  const show = (): void => {
    const before = state;
    state = readState(location.hash, empty);
    const [tab, , nodes] = tabs.find(([id]) => id === state.tab) ?? tabs[0]!;
    nav?.replaceChildren(
      ...tabs.map(([id, title]) =>
        h("a", { href: writeState({ ...empty, tab: id }), ...(id === tab ? { "aria-current": "page" } : {}) }, title),
      ),
    );
    const active = document.activeElement as HTMLInputElement | null;
    const focused = active?.id;
    // Of a button there is no caret to ask for.
    const caret = active?.type === "search" ? active.selectionStart : null;
    const openBefore = document.querySelector("dialog");
    const other = before.tab !== state.tab || before.account === state.account;
    if (other || content.querySelector("noscript")) content.replaceChildren(...nodes(state, go));
    openBefore?.remove();
    const position = details.ids.indexOf(state.account);
    if (position >= 0) {
      const dialog = details.make(position, () => go({ account: "" } as Partial<S>)) as HTMLDialogElement;
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        go({ account: "" } as Partial<S>);
      });
      document.body.append(dialog);
      dialog.showModal();
    } else if (focused) {
      const again = document.getElementById(focused) as HTMLInputElement | null;
      again?.focus();
      if (again?.type === "search" && caret !== null) again.setSelectionRange(caret, caret);
    }
  };

  document
    .getElementById("sources")!
    .append(
      ...sources.map(({ what, known: how, text }) =>
        h("li", {}, known(how), h("span", {}, h("b", {}, what), ` ${text}`)),
      ),
    );
  window.addEventListener("popstate", show);
  window.addEventListener("hashchange", () => {
    if (writeState(state) !== location.hash) show();
  });
  show();
  performance.mark("ready");
  return { go };
}
