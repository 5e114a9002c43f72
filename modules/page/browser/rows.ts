import { h } from "./dom";

/** Height of a row; style.ts has the same. */
const ROW = 34;

const PRINTED = 2000;

export interface Rows<Item> {
  readonly element: HTMLElement;
  show(items: readonly Item[]): void;
}

/**
 * A table of any length, of which only the rows in sight are in the document. Print gets the first `PRINTED`. The arrow keys go from row to row.
 *
 * @param row cells of one item
 */
export function rows<Item>(
  head: readonly string[],
  label: string,
  row: (item: Item) => readonly (Node | string)[],
  open: (item: Item) => void,
): Rows<Item> {
  let items: readonly Item[] = [];
  const body = h("div", { class: "v-body", role: "rowgroup" });
  const space = h("div", { class: "v-space", role: "presentation" }, body);
  const view = h("div", { class: "v-view", role: "presentation" }, space);
  const grid = h(
    "div",
    { class: "v-table", role: "table", "aria-label": label },
    h(
      "div",
      { role: "rowgroup" },
      h(
        "div",
        { class: "v-row v-head", role: "row" },
        ...head.map((text) => h("span", { role: "columnheader" }, text)),
      ),
    ),
    view,
  );
  const line = (item: Item, index: number): HTMLElement => {
    const cells = row(item).map((cell, n) =>
      h(
        "span",
        { role: "cell" },
        n === 0 ? h("button", { type: "button", class: "link", on: { click: () => open(item) } }, cell) : cell,
      ),
    );
    return h("div", { class: "v-row", role: "row", "aria-rowindex": index + 2 }, ...cells);
  };
  const indexOf = (element: Element | null): number | undefined => {
    const found = element && body.contains(element) ? element.closest(".v-row")?.getAttribute("aria-rowindex") : null;
    return found ? Number(found) - 2 : undefined;
  };
  const buttonAt = (index: number): HTMLElement | null => body.querySelector(`[aria-rowindex="${index + 2}"] button`);
  let printing = false;
  const draw = (): void => {
    const from = printing ? 0 : Math.max(0, Math.floor(view.scrollTop / ROW) - 5);
    const to = printing ? PRINTED : from + Math.ceil((view.clientHeight || 480) / ROW) + 10;
    space.style.height = printing ? "auto" : `${items.length * ROW}px`;
    body.style.transform = printing ? "none" : `translateY(${from * ROW}px)`;
    const focused = indexOf(document.activeElement);
    body.replaceChildren(...items.slice(from, to).map((item, i) => line(item, from + i)));
    if (focused !== undefined) buttonAt(focused)?.focus({ preventScroll: true });
  };
  view.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = indexOf(document.activeElement);
    if (step === undefined || from === undefined) return;
    event.preventDefault();
    const to = Math.min(items.length - 1, Math.max(0, from + step));
    if (to * ROW < view.scrollTop) view.scrollTop = to * ROW;
    else if ((to + 1) * ROW > view.scrollTop + view.clientHeight) view.scrollTop = (to + 1) * ROW - view.clientHeight;
    draw();
    buttonAt(to)?.focus({ preventScroll: true });
  });
  view.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  window.addEventListener("beforeprint", () => {
    printing = true;
    draw();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    draw();
  });
  return {
    element: grid,
    show: (next) => {
      items = next;
      grid.setAttribute("aria-rowcount", String(items.length + 1));
      view.scrollTop = 0;
      draw();
    },
  };
}
