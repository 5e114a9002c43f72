import type { PageData } from "../page-data";
import { accountDetails } from "./account";
import { h, known } from "./dom";
import { layersOf } from "./layers";
import { map } from "./map";
import { readView, View, writeView } from "./state";
import { breakGlass, exceptions, journey, proofs } from "./views";

const data = JSON.parse(document.getElementById("data")!.textContent) as PageData;
const layers = layersOf(data);
const TABS: readonly (readonly [id: string, title: string])[] = [
  ["map", "Map"],
  ["journey", "Journey"],
  ["proofs", "Proofs"],
  ["exceptions", "Exceptions"],
  ["break-glass", "Break glass"],
];

const content = document.getElementById("content")!;
const nav = document.getElementById("tabs")!;
let view: View = readView(location.hash);

function go(change: Partial<View>): void {
  const next = writeView({ ...view, ...change });
  // A search is one step back, not one for each letter.
  if (change.search !== undefined) history.replaceState(null, "", next);
  else history.pushState(null, "", next);
  show();
}

function show(): void {
  const before = view;
  view = readView(location.hash);
  const tab = TABS.some(([id]) => id === view.tab) ? view.tab : "map";
  nav.replaceChildren(
    ...TABS.map(([id, title]) =>
      h(
        "a",
        { href: writeView({ ...readView(""), tab: id }), ...(id === tab ? { "aria-current": "page" } : {}) },
        title,
      ),
    ),
  );
  const focused = document.activeElement?.id;
  const caret = (document.activeElement as HTMLInputElement | null)?.selectionStart ?? null;
  const openBefore = document.querySelector("dialog");
  if (!openBefore || before.tab !== view.tab || before.account === view.account) content.replaceChildren(...nodes(tab));
  openBefore?.remove();
  const position = data.accounts.findIndex(({ id }) => id === view.account);
  if (position >= 0) {
    const dialog = accountDetails(data, position, () => go({ account: "" })) as HTMLDialogElement;
    document.body.append(dialog);
    dialog.showModal();
  } else if (focused) {
    const again = document.getElementById(focused) as HTMLInputElement | null;
    again?.focus();
    if (again?.type === "search" && caret !== null) again.setSelectionRange(caret, caret);
  }
}

function nodes(tab: string): readonly Node[] {
  if (tab === "journey") return journey(data);
  if (tab === "proofs") return proofs(data);
  if (tab === "exceptions") return exceptions(data);
  if (tab === "break-glass") return breakGlass(data);
  return map({ data, layers, view, go });
}

document
  .getElementById("sources")!
  .append(
    ...data.sources.map(({ what, known: how, text }) => h("li", {}, h("b", {}, what), " ", known(how), ` ${text}`)),
  );
window.addEventListener("popstate", show);
window.addEventListener("hashchange", () => {
  if (writeView(view) !== location.hash) show();
});
show();
performance.mark("ready");
