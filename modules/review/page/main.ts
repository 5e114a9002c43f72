import { h, known, table } from "../../page/browser/dom";
import { accountsPanel, controls, foundAccounts, Given, legend, mapPanel, placesBelow } from "../../page/browser/map";
import { startPage } from "../../page/browser/start";
import { EMPTY, View } from "../../page/browser/state";
import type { Layer } from "../../page/browser/layer";
import type { ChangeClass, PageChange, ReviewPage } from "../render/page-data";
import { changeList, sentence } from "./changes";
import { changeLayer, CLASSES, layersOf, reaches, worst } from "./layers";

const data = JSON.parse(document.getElementById("data")!.textContent) as ReviewPage;
const fixed = layersOf(data);

type Go = (change: Partial<View>) => void;

/** Map and list: the same filters leave the same changes in both. */
function changes(view: View, go: Go): readonly Node[] {
  if (data.changes.length === 0)
    return [h("section", { class: "panel" }, h("p", {}, "Nothing changes in terms of access."))];
  const one = data.changes.find(({ id }) => view.layer === `change:${id}`);
  const chosen = CLASSES.find(({ id }) => view.value === `class-${id}`);
  const layers = [
    // A class that is chosen is the only one that the map shows, or the worst would hide it.
    ...(chosen ? fixed.map((layer) => ofClass(layer, chosen.id)) : fixed),
    ...(one ? [changeLayer(data, one)] : []),
  ];
  const given: Given = { data, layers, view, go };
  const layer = layers.find(({ id }) => id === view.layer) ?? layers[0]!;
  // The search is for changes, too: their words are no accounts'.
  const found = foundAccounts({ ...given, view: { ...view, search: "" } }, layer);
  const listed = data.changes.filter((change) => isListed(change, view));
  const unplaced = data.changes.filter(({ reach }) => reach < 0).length;
  return [
    classes(view, go),
    controls(given, layer, { search: "change, resource, id", searchLabel: "Search changes" }),
    data.accounts.length > 0 && legend(given, layer, found),
    data.accounts.length > 0 && mapPanel(given, layer, found),
    unplaced > 0 &&
      h(
        "p",
        { class: "note" },
        known("unknown"),
        ` ${unplaced} of ${data.changes.length} changes are on no tile: no account is known that they are felt in. They are in the list.`,
      ),
    h(
      "section",
      { class: "panel", "aria-label": "Changes" },
      h("h2", {}, `${listed.length} of ${data.changes.length} changes`),
      one &&
        h(
          "p",
          { class: "small" },
          "One change is shown. ",
          h("button", { type: "button", class: "link", on: { click: () => go({ layer: "" }) } }, "Show all"),
        ),
      changeList(data, listed, (change) => {
        go({ layer: `change:${change.id}`, value: "", account: "" });
        window.scrollTo({ top: 0 });
      }),
    ),
    data.accounts.length > 0 && accountsPanel(given, layer, found),
  ].filter((node) => node !== false && node !== undefined);
}

function ofClass({ id, title }: Layer, cls: ChangeClass): Layer {
  const area = id.startsWith("area:") ? id.slice(5) : undefined;
  return worst(
    data,
    id,
    title,
    data.changes.filter((change) => change.class === cls && (area === undefined || change.area === area)),
  );
}

/** How many changes of each class, which are filters at the same time. */
function classes(view: View, go: Go): HTMLElement {
  return h(
    "div",
    { class: "grid", role: "group", "aria-label": "Classes of changes" },
    ...CLASSES.flatMap(({ id, title, tone }) => {
      const own = data.changes.filter((change) => change.class === id);
      if (own.length === 0) return [];
      const stops = own.filter((change) => change.stops).length;
      const pressed = view.value === `class-${id}`;
      return [
        h(
          "button",
          {
            type: "button",
            class: `panel tile edge b-${tone}`,
            "aria-pressed": String(pressed),
            on: { click: () => go({ value: pressed ? "" : `class-${id}` }) },
          },
          h("b", {}, String(own.length)),
          h("span", {}, title),
          h("span", {}, stops > 0 ? `the gate refuses ${stops}` : "the gate lets them pass"),
        ),
      ];
    }),
  );
}

function isListed(change: PageChange, { layer, ou, search, value }: View): boolean {
  if (layer.startsWith("change:") && layer !== `change:${change.id}`) return false;
  if (layer.startsWith("area:") && layer !== `area:${change.area}`) return false;
  if (
    value.startsWith("class-")
      ? value !== `class-${change.class}`
      : CLASSES.some(({ id }) => id === value) && value !== change.class
  )
    return false;
  if (ou !== "") {
    const inside = placesBelow(data, ou);
    if (!data.accounts.some(({ place }, i) => inside.has(place) && reaches(data, change, i))) return false;
  }
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [change.id, ...change.words.flat(), ...change.stacks, ...change.addresses].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function gate(): readonly Node[] {
  const stopping = data.changes.filter(({ stops }) => stops);
  return [
    h(
      "section",
      { class: "panel" },
      h("h2", {}, data.stops > 0 ? `The gate refuses ${data.stops}` : "The gate lets it pass"),
      h(
        "p",
        {},
        data.failOn.length > 0
          ? `It stops at: ${data.failOn.join(", ")}.`
          : "It stops at nothing: no class was given to it.",
      ),
      ...(stopping.length > 0
        ? [
            h(
              "ul",
              {},
              ...stopping.slice(0, 500).map(({ words, id }) => h("li", {}, ...sentence(words), " ", h("code", {}, id))),
            ),
            stopping.length > 500 && h("p", {}, `and ${stopping.length - 500} more`),
          ]
        : []),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "Approvals and rules"),
      data.gate.length > 0
        ? h("ul", {}, ...data.gate.map((words) => h("li", {}, ...sentence(words))))
        : h("p", {}, "None has acted."),
    ),
  ];
}

function resources(): readonly Node[] {
  return [
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "Also"),
      data.notes.length > 0
        ? h(
            "ul",
            {},
            ...data.notes.map(({ kind, stack, words }) =>
              h("li", {}, h("span", { class: "dim" }, `${stack} ${kind} `), ...sentence(words)),
            ),
          )
        : h("p", {}, "Nothing: no drift, no move, no replacement, no version."),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, `Resources: ${data.resourceCounts}`),
      table(
        ["action", "stack", "resource"],
        data.resources.slice(0, 2000).map(([action, stack, address]) => [action, stack, h("code", {}, address)]),
        "Resources",
      ),
      data.resources.length > 2000 && h("p", {}, `and ${data.resources.length - 2000} more: --format json has all`),
    ),
  ];
}

/** What changes in one account, as far as is known. */
function account(position: number, close: () => void): HTMLElement {
  const { name, id, place } = data.accounts[position]!;
  const own = data.changes.filter((change) => reaches(data, change, position));
  const unplaced = data.changes.filter(({ how }) => how === "unknown").length;
  return h(
    "dialog",
    { class: "account", "aria-labelledby": "account-title" },
    h(
      "div",
      { class: "line" },
      h("h2", { id: "account-title" }, name),
      h("button", { type: "button", id: "close", on: { click: close } }, "Close"),
    ),
    h("p", { class: "dim" }, `${id} in ${data.places[place]!.path}`),
    h(
      "p",
      {},
      own.length === 0
        ? "No change is known to be felt here."
        : `${own.length} ${own.length === 1 ? "change is" : "changes are"} felt here.`,
    ),
    unplaced > 0 &&
      h("p", { class: "small" }, known("unknown"), ` Of ${unplaced} more it is not known where they are felt.`),
    changeList(data, own, (change) => startAt(change)),
  );
}

const page = startPage({
  empty: EMPTY,
  tabs: [
    ["map", "Changes", changes],
    ["gate", `Gate`, gate],
    ["resources", "Resources", resources],
  ],
  sources: data.sources,
  details: { ids: data.accounts.map(({ id }) => id), make: account },
});

function startAt(change: PageChange): void {
  page.go({ tab: "map", layer: `change:${change.id}`, value: "", account: "" });
}
