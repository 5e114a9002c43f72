import { h } from "./dom";

/** Height of a row; style.ts has the same. */
const ROW = 34;

const PRINTED = 2000;

export interface Column {
  readonly title: string;
  /** Width as a grid track: `1.4fr`, `8em`. */
  readonly width: string;
  /** Left out on a phone. */
  readonly wide?: boolean;
  readonly number?: boolean;
  /** What is chosen when its heading is pressed. @default - it sorts nothing */
  readonly sort?: { readonly direction: "ascending" | "descending" | undefined; readonly choose: () => void };
}

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
  columns: readonly Column[],
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
    h("div", { role: "rowgroup" }, h("div", { class: "v-row v-head", role: "row" }, ...columns.map(heading))),
    view,
  );
  const tracks = (some: readonly Column[]): string => some.map(({ width }) => width).join(" ");
  // Set by script, which the policy of the page allows; a style attribute it would not.
  grid.style.setProperty("--tracks", tracks(columns));
  grid.style.setProperty("--narrow", tracks(columns.filter(({ wide }) => !wide)));
  const line = (item: Item, index: number): HTMLElement => {
    const cells = row(item).map((cell, n) =>
      h(
        "span",
        { role: "cell", class: classOf(columns[n]!), title: typeof cell === "string" ? cell : undefined },
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
  whilePrinting((on) => {
    if (!grid.isConnected) return;
    printing = on;
    draw();
  });
  return {
    element: grid,
    show: (next) => {
      items = next;
      grid.setAttribute("aria-rowcount", String(items.length + 1));
      // A short list is as high as it is; a long one has its own scroll bar.
      view.classList.toggle("v-short", items.length <= 14);
      view.scrollTop = 0;
      draw();
    },
  };
}

const classOf = ({ wide, number }: Column): string => `${wide ? "wide-only" : ""}${number ? " num" : ""}`.trim();

function heading(column: Column): HTMLElement {
  const { title, sort } = column;
  return h(
    "span",
    { role: "columnheader", class: classOf(column), "aria-sort": sort?.direction },
    sort
      ? h("button", { type: "button", class: "sort", id: `sort-${title}`, on: { click: sort.choose } }, title)
      : title,
  );
}

function whilePrinting(set: (on: boolean) => void): void {
  window.addEventListener("beforeprint", () => set(true));
  window.addEventListener("afterprint", () => set(false));
}
