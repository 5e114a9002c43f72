import { h, known } from "../../page/browser/dom";
import type { PageChange, PageWitness, ReviewPage, Words } from "../render/page-data";
import { accountCount, CLASSES } from "./layers";

/** Changes that are drawn at once: the rest comes when it is asked for. */
const STEP = 100;

export function sentence(words: Words): readonly (Node | string)[] {
  return words.map((part) => (typeof part === "string" ? part : h("code", {}, part[0])));
}

/** Every change that is left by the filters, worst first. */
export function changeList(
  data: ReviewPage,
  changes: readonly PageChange[],
  show: (change: PageChange) => void,
): HTMLElement {
  const list = h("ul", { class: "changes" });
  const more = h("button", { type: "button", class: "more" });
  let shown = 0;
  const add = (count: number): void => {
    const next = changes.slice(shown, shown + count);
    list.append(...next.map((change) => changeItem(data, change, show)));
    shown += next.length;
    more.hidden = shown >= changes.length;
    more.textContent = `Show ${Math.min(STEP, changes.length - shown)} more of ${changes.length - shown}`;
  };
  more.addEventListener("click", () => add(STEP));
  add(STEP);
  window.addEventListener("beforeprint", () => {
    if (list.isConnected) add(STEP * 5);
  });
  return h("div", {}, list, more);
}

function changeItem(data: ReviewPage, change: PageChange, show: (change: PageChange) => void): HTMLElement {
  const { tone, title } = CLASSES.find(({ id }) => id === change.class)!;
  return h(
    "li",
    { class: `change b-${tone}` },
    h(
      "p",
      { class: "change-head" },
      h("span", { class: "badge" }, h("i", { class: `tone t-${tone}` }), title),
      ...change.marks.map((mark) => h("span", { class: "badge strong" }, mark)),
      change.stops && h("span", { class: "badge strong" }, "the gate refuses"),
      known(change.class === "unknown" ? "unknown" : "planned"),
    ),
    h("p", { class: "change-what" }, ...sentence(change.words)),
    change.passed && h("p", { class: "small" }, "Passes: ", ...sentence(change.passed)),
    h(
      "p",
      { class: "small dim" },
      `${reachText(data, change)} `,
      change.reach >= 0 &&
        h("button", { type: "button", class: "link", on: { click: () => show(change) } }, "Show on the map"),
    ),
    details(change),
  );
}

function reachText(data: ReviewPage, change: PageChange): string {
  const count = accountCount(data, change);
  const { length } = change.others;
  const others =
    length > 0 ? `${change.others.slice(0, 5).join(", ")}${length > 5 ? ` and ${length - 5} more` : ""}` : "";
  const parts = [
    ...(count > 0 ? [`${count} ${count === 1 ? "account" : "accounts"}`] : []),
    ...(others ? [`${others} (${data.facts ? "no active account of the facts" : "no account"})`] : []),
  ].join(" and ");
  if (change.how === "unknown") return "Where it is felt is not known.";
  return change.how === "stated"
    ? `Felt in ${parts}.`
    : `Its resources are in ${parts}; what can be reached from there is not on the map.`;
}

function details({ id, diff, witnesses, stacks, addresses }: PageChange): HTMLElement {
  return h(
    "details",
    {},
    h("summary", {}, diff.length > 0 ? "Statements before and after, example, id" : "Resources, id"),
    ...(diff.length > 0 ? [beforeAfter(diff)] : []),
    ...witnesses.map(example),
    h(
      "dl",
      { class: "small" },
      h("dt", {}, "id"),
      h("dd", {}, h("code", {}, id)),
      h("dt", {}, stacks.length === 1 ? "stack" : "stacks"),
      h("dd", {}, stacks.join(", ") || "none"),
      ...(addresses.length > 0
        ? [
            h("dt", {}, "resources"),
            h(
              "dd",
              {},
              addresses.slice(0, 20).join(", "),
              addresses.length > 20 && ` and ${addresses.length - 20} more`,
            ),
          ]
        : []),
    ),
  );
}

/** What the statements say, on the left before, on the right after; a line that stays is on both sides. */
function beforeAfter(diff: PageChange["diff"]): HTMLElement {
  const side = (own: "-" | "+", title: string): HTMLElement => {
    const lines = diff.filter(([sign]) => sign === own || sign === " ");
    return h(
      "div",
      {},
      h("h3", {}, title),
      lines.length === 0
        ? h("p", { class: "dim small" }, "no statement")
        : h(
            "pre",
            { tabindex: "0", "aria-label": `Statements ${title.toLowerCase()}` },
            ...lines.map(([sign, text]) =>
              sign === " " ? h("span", {}, text) : h(sign === "-" ? "del" : "ins", {}, text),
            ),
          ),
    );
  };
  return h("div", { class: "sides" }, side("-", "Before"), side("+", "After"));
}

function example({ principal, invented, action, resource, context, before, after }: PageWitness): HTMLElement {
  return h(
    "p",
    { class: "small" },
    "For example ",
    h("code", {}, principal),
    `${invented}, `,
    h("code", {}, action),
    " on ",
    h("code", {}, resource),
    ...context.flatMap(([key, value]) => [", ", h("code", {}, `${key} = ${value}`)]),
    `: was ${before}, becomes ${after}. `,
    known("planned"),
  );
}
