import type { Source } from "../types";
import { h, known } from "./dom";
import { readView, View, writeView } from "./state";

export interface Start {
  /** The first is shown where the address names none. */
  readonly tabs: readonly (readonly [
    id: string,
    title: string,
    nodes: (view: View, go: (change: Partial<View>) => void) => readonly Node[],
  ])[];
  readonly sources: readonly Source[];
  /** What opens in a dialog, by the `account` of the address. */
  readonly details: {
    readonly ids: readonly string[];
    readonly make: (position: number, close: () => void) => HTMLElement;
  };
}

/** Shows what the address says, and puts what is chosen into the address. */
export function startPage({ tabs, sources, details }: Start): { readonly go: (change: Partial<View>) => void } {
  const content = document.getElementById("content")!;
  const nav = document.getElementById("tabs")!;
  let view: View = readView(location.hash);

  const go = (change: Partial<View>): void => {
    const next = writeView({ ...view, ...change });
    // A search is one step back, not one for each letter.
    if (change.search !== undefined) history.replaceState(null, "", next);
    else history.pushState(null, "", next);
    show();
  };

  const show = (): void => {
    const before = view;
    view = readView(location.hash);
    const [tab, , nodes] = tabs.find(([id]) => id === view.tab) ?? tabs[0]!;
    nav.replaceChildren(
      ...tabs.map(([id, title]) =>
        h(
          "a",
          { href: writeView({ ...readView(""), tab: id }), ...(id === tab ? { "aria-current": "page" } : {}) },
          title,
        ),
      ),
    );
    const active = document.activeElement as HTMLInputElement | null;
    const focused = active?.id;
    // Of a button there is no caret to ask for.
    const caret = active?.type === "search" ? active.selectionStart : null;
    const openBefore = document.querySelector("dialog");
    if (!openBefore || before.tab !== view.tab || before.account === view.account)
      content.replaceChildren(...nodes(view, go));
    openBefore?.remove();
    const position = details.ids.indexOf(view.account);
    if (position >= 0) {
      const dialog = details.make(position, () => go({ account: "" })) as HTMLDialogElement;
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        go({ account: "" });
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
    .append(...sources.map(({ what, known: how, text }) => h("li", {}, h("b", {}, what), " ", known(how), ` ${text}`)));
  window.addEventListener("popstate", show);
  window.addEventListener("hashchange", () => {
    if (writeView(view) !== location.hash) show();
  });
  show();
  performance.mark("ready");
  return { go };
}
