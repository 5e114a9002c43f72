import type { MapAccount, PagePlace } from "../types";
import { csv } from "./csv";
import { download, h, known } from "./dom";
import { knownOf, Layer, TONES } from "./layer";
import { rows } from "./rows";
import type { View } from "./state";

/** The organization that a map shows. */
export interface MapData {
  readonly environment: string;
  readonly places: readonly PagePlace[];
  readonly accounts: readonly MapAccount[];
}

export interface Given {
  readonly data: MapData;
  readonly layers: readonly Layer[];
  readonly view: View;
  readonly go: (change: Partial<View>) => void;
}

/** The organization: each OU with its accounts as tiles, coloured by a layer; below it the same accounts as a table. */
export function map(given: Given): readonly Node[] {
  const layer = layerOf(given);
  const found = foundAccounts(given, layer);
  return [
    controls(given, layer),
    legend(given, layer, found),
    mapPanel(given, layer, found),
    accountsPanel(given, layer, found),
  ];
}

export function layerOf({ layers, view }: Given): Layer {
  return layers.find(({ id }) => id === view.layer) ?? layers[0]!;
}

/** Positions of the accounts that OU, search and value leave. */
export function foundAccounts({ data, view }: Given, layer: Layer): readonly number[] {
  const inside = placesBelow(data, view.ou);
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = layer.values.findIndex(({ key }) => key === view.value);
  return data.accounts.flatMap((account, i) => {
    if (!inside.has(account.place)) return [];
    if (wanted >= 0 && layer.of(i) !== wanted) return [];
    const text = `${account.name} ${account.id} ${data.places[account.place]!.path}`.toLowerCase();
    return words.every((word) => text.includes(word)) ? [i] : [];
  });
}

export function mapPanel(given: Given, layer: Layer, found: readonly number[]): HTMLElement {
  return h(
    "section",
    { class: "panel", "aria-label": "Map" },
    h("h2", {}, "The organization ", ...[...new Set(found.map((i) => knownOf(layer, i)))].sort().map(known)),
    crumbs(given),
    ...tiles(given, layer, new Set(found)),
  );
}

/** The accounts of the map as a table, and to take away. */
export function accountsPanel({ data, go }: Given, layer: Layer, found: readonly number[]): HTMLElement {
  const list = rows<number>(
    [
      { title: "account", width: "1.4fr" },
      { title: "id", width: "8.5em", wide: true },
      { title: "OU", width: "1.4fr", wide: true },
      { title: layer.title, width: "1.6fr" },
    ],
    "Accounts",
    (i) => {
      const account = data.accounts[i]!;
      const value = layer.values[layer.of(i)]!;
      return [
        account.name,
        account.id,
        data.places[account.place]!.path,
        h("span", { class: "value" }, h("i", { class: `tone t-${value.tone}` }), value.label),
      ];
    },
    (i) => go({ account: data.accounts[i]!.id }),
  );
  requestAnimationFrame(() => list.show(found));
  return h(
    "section",
    { class: "panel", "aria-label": "Accounts" },
    h(
      "div",
      { class: "line" },
      h("h2", {}, `${found.length} of ${data.accounts.length} accounts`),
      h(
        "span",
        { class: "buttons" },
        h("button", { type: "button", id: "csv", on: { click: () => exportCsv(data, layer, found) } }, "CSV"),
        h("button", { type: "button", id: "json", on: { click: () => exportJson(data, layer, found) } }, "JSON"),
      ),
    ),
    list.element,
  );
}

/** An OU and all below it. */
export function placesBelow(data: MapData, ou: string): ReadonlySet<number> {
  const top = data.places.findIndex(({ id }) => id === ou);
  if (top < 0) return new Set(data.places.keys());
  const inside = new Set([top]);
  // Parents stand before their children.
  data.places.forEach(({ parent }, i) => {
    if (inside.has(parent)) inside.add(i);
  });
  return inside;
}

export function controls(
  { data, layers, view, go }: Given,
  layer: Layer,
  { search = "account, id, OU", searchLabel = "Search" } = {},
): HTMLElement {
  const group = (label: string): HTMLElement =>
    h(
      "optgroup",
      { label },
      ...layers
        .filter((one) => one.group === label)
        .map(({ id, title }) => h("option", { value: id, selected: id === layer.id }, title)),
    );
  let waiting = 0;
  return h(
    "form",
    { class: "controls", on: { submit: (event) => event.preventDefault() } },
    h(
      "label",
      {},
      "Layer",
      h(
        "select",
        {
          id: "layer",
          on: { change: (event) => go({ layer: (event.target as HTMLSelectElement).value, value: "" }) },
        },
        ...[...new Set(layers.map((one) => one.group))].map(group),
      ),
    ),
    h(
      "label",
      {},
      "OU",
      h(
        "select",
        { id: "ou", on: { change: (event) => go({ ou: (event.target as HTMLSelectElement).value }) } },
        h("option", { value: "" }, "all"),
        ...data.places.slice(1).map(({ id, path }) => h("option", { value: id, selected: id === view.ou }, path)),
      ),
    ),
    h(
      "label",
      { class: "wide" },
      searchLabel,
      h("input", {
        id: "search",
        type: "search",
        value: view.search,
        placeholder: search,
        on: {
          input: (event) => {
            clearTimeout(waiting);
            const { value } = event.target as HTMLInputElement;
            waiting = setTimeout(() => go({ search: value }), 120);
          },
        },
      }),
    ),
  );
}

export function legend({ view, go }: Given, layer: Layer, found: readonly number[]): HTMLElement {
  const counts = layer.values.map(() => 0);
  for (const i of found) counts[layer.of(i)]!++;
  return h(
    "div",
    { class: "legend", role: "group", "aria-label": "Values of the layer" },
    ...layer.values.map(({ key, label, tone }, i) =>
      h(
        "button",
        {
          type: "button",
          class: counts[i] === 0 ? "zero" : undefined,
          "aria-pressed": view.value === key ? "true" : "false",
          on: { click: () => go({ value: view.value === key ? "" : key }) },
        },
        h("i", { class: `tone t-${tone}` }),
        `${label} `,
        h("b", {}, String(counts[i])),
      ),
    ),
  );
}

function crumbs({ data, view, go }: Given): HTMLElement | undefined {
  let at = data.places.findIndex(({ id }) => id === view.ou);
  if (at <= 0) return undefined;
  const path: number[] = [];
  for (; at >= 0; at = data.places[at]!.parent) path.unshift(at);
  return h(
    "p",
    { class: "crumbs" },
    ...path.map((place, i) =>
      i === path.length - 1
        ? h("b", {}, data.places[place]!.name)
        : h(
            "button",
            {
              type: "button",
              class: "link",
              on: { click: () => go({ ou: place === 0 ? "" : data.places[place]!.id }) },
            },
            data.places[place]!.name,
          ),
    ),
  );
}

/** What is free between two tiles. */
const GAP = 3;

function tiles(given: Given, layer: Layer, found: ReadonlySet<number>): readonly HTMLElement[] {
  const { data, view, go } = given;
  const inside = placesBelow(data, view.ou);
  const side = data.accounts.length > 400 ? 14 : 22;
  const depth = (place: number): number => {
    let steps = 0;
    for (let at = data.places[place]!.parent; inside.has(at); at = data.places[at]!.parent) steps++;
    return steps;
  };
  const members = new Map<number, number[]>();
  data.accounts.forEach(({ place }, i) => {
    const list = members.get(place);
    if (list) list.push(i);
    else members.set(place, [i]);
  });
  return data.places.flatMap((place, position) => {
    if (!inside.has(position)) return [];
    const own = members.get(position) ?? [];
    const canvas = own.length > 0 ? tileCanvas(given, layer, own, found, side) : undefined;
    return [
      h(
        "div",
        { class: `ou d${Math.min(6, depth(position))}` },
        h(
          "button",
          {
            type: "button",
            class: "link ou-name",
            on: { click: () => go({ ou: position === 0 ? "" : place.id }) },
          },
          place.name,
        ),
        h("span", { class: "dim" }, own.length === 0 ? "" : String(own.length)),
        canvas,
        place.inactive && h("span", { class: "inactive small" }, notActive(place.inactive)),
      ),
    ];
  });
}

function notActive(accounts: readonly string[]): string {
  const shown = accounts.slice(0, 3).join(", ");
  const left = accounts.length - 3;
  return `${accounts.length} not active: ${shown}${left > 0 ? ` and ${left} more` : ""}`;
}

function tileCanvas(
  { data, go }: Given,
  layer: Layer,
  own: readonly number[],
  found: ReadonlySet<number>,
  side: number,
): HTMLElement {
  const counts = layer.values.map(() => 0);
  for (const i of own) counts[layer.of(i)]!++;
  const says = layer.values.flatMap(({ label }, i) => (counts[i] ? [`${label}: ${counts[i]}`] : [])).join(", ");
  const canvas = h("canvas", { class: "map-tiles", role: "img", "aria-label": `${own.length} accounts. ${says}` });
  // Until it is drawn: a canvas is 150 pixels high by itself.
  canvas.style.height = `${side + GAP}px`;
  const tip = h("span", { class: "tip", "aria-hidden": "true" });
  let columns = 1;
  const draw = (): void => {
    const width = canvas.parentElement?.clientWidth ?? 0;
    if (width === 0) return;
    columns = Math.max(1, Math.floor(width / (side + GAP)));
    const height = Math.ceil(own.length / columns) * (side + GAP);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = columns * (side + GAP) * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${columns * (side + GAP)}px`;
    canvas.style.height = `${height}px`;
    const paint = canvas.getContext("2d");
    if (!paint) return;
    paint.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colours = Object.fromEntries(TONES.map((tone) => [tone, style.getPropertyValue(`--t-${tone}`)]));
    own.forEach((account, i) => {
      paint.globalAlpha = found.has(account) ? 1 : 0.15;
      paint.fillStyle = colours[layer.values[layer.of(account)]!.tone] ?? "#888";
      paint.beginPath();
      paint.roundRect((i % columns) * (side + GAP), Math.floor(i / columns) * (side + GAP), side, side, side / 5);
      paint.fill();
    });
  };
  const accountAt = (event: MouseEvent): number | undefined => {
    const [column, line] = [event.offsetX, event.offsetY].map((at) => Math.floor(at / (side + GAP)));
    return column! < columns ? own[line! * columns + column!] : undefined;
  };
  canvas.addEventListener("click", (event) => {
    const account = accountAt(event);
    if (account !== undefined) go({ account: data.accounts[account]!.id });
  });
  canvas.addEventListener("mousemove", (event) => {
    const account = accountAt(event);
    tip.textContent =
      account === undefined ? "" : `${data.accounts[account]!.name}: ${layer.values[layer.of(account)]!.label}`;
  });
  canvas.addEventListener("mouseleave", () => (tip.textContent = ""));
  // A tile is drawn when it comes into sight: 10,000 accounts cost what the screen holds.
  const seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) draw();
  });
  const box = h("div", { class: "tile-box" }, canvas, tip);
  seen.observe(box);
  window.addEventListener("resize", draw);
  window.addEventListener("beforeprint", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return box;
}

function lines(data: MapData, layer: Layer, found: readonly number[]): readonly Record<string, string>[] {
  return found.map((i) => {
    const account = data.accounts[i]!;
    return {
      account: account.name,
      id: account.id,
      ou: data.places[account.place]!.path,
      layer: layer.title,
      value: layer.values[layer.of(i)]!.label,
      known: knownOf(layer, i),
    };
  });
}

function exportJson(data: MapData, layer: Layer, found: readonly number[]): void {
  download(`${data.environment}.json`, "application/json", `${JSON.stringify(lines(data, layer, found), null, 2)}\n`);
}

function exportCsv(data: MapData, layer: Layer, found: readonly number[]): void {
  const list = lines(data, layer, found).map((line) => Object.values(line));
  download(`${data.environment}.csv`, "text/csv", csv([["account", "id", "ou", "layer", "value", "known"], ...list]));
}
