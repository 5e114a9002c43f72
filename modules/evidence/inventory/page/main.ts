import { csv } from "../../../page/browser/csv";
import { download, h, known } from "../../../page/browser/dom";
import { rows } from "../../../page/browser/rows";
import { startPage } from "../../../page/browser/start";
import type { State } from "../../../page/browser/state";
import type { InventoryPage } from "../html/page-data";

/** The credentials of an inventory: filters that stand in the address, sums of what they leave, and each with why and what instead. */

const data = JSON.parse(document.getElementById("data")!.textContent) as InventoryPage;
const at = new Map(data.columns.map((name, i) => [name, i]));
const numbers = new Set(data.numbers);

type Row = readonly (number | null)[];

function text(row: Row, name: string): string {
  const raw = row[at.get(name)!];
  return raw === null || raw === undefined ? "" : numbers.has(name) ? String(raw) : data.texts[raw]!;
}

function numberOf(row: Row, name: string): number | undefined {
  return row[at.get(name)!] ?? undefined;
}

const FILTERS = [
  ["verdict", "Verdict"],
  ["kind", "Kind"],
  ["ou", "OU"],
  ["owner", "Owner"],
  ["by", "Replace by"],
] as const;
type Filter = (typeof FILTERS)[number][0];

/** Filters hold `=` and the value: that nothing is known is a value, too. */
interface Table extends State, Record<Filter, string> {
  /** Name of a column, with a minus before it where the greatest comes first. */
  readonly sort: string;
  /** What the sums are made by. */
  readonly sums: string;
}

const EMPTY: Table = {
  tab: "credentials",
  search: "",
  account: "",
  verdict: "",
  kind: "",
  ou: "",
  owner: "",
  by: "",
  sort: "-idleDays",
  sums: "ou",
};

const SHOWN: readonly (readonly [name: string, title: string, width: string, wide: boolean, number: boolean])[] = [
  ["account", "account", "minmax(6.5em,1fr)", false, false],
  ["user", "user", "minmax(6em,1fr)", true, false],
  ["owner", "owner", "minmax(6.5em,1fr)", true, false],
  ["credential", "credential", "minmax(12.6em,1.4fr)", true, false],
  ["status", "status", "5.5em", true, false],
  ["ageDays", "days old", "5em", true, true],
  ["lastUsed", "last used", "minmax(7em,1.1fr)", true, false],
  ["idleDays", "days idle", "5.6em", true, true],
  ["verdict", "verdict", "minmax(7.5em,.9fr)", false, false],
  ["by", "replace by", "minmax(6em,.9fr)", true, false],
];

const SEARCHED = ["account", "accountId", "ou", "user", "owner", "id", "kind", "verdict", "reason", "evidence"];
/** Made when somebody searches: 10,000 rows are not read for nothing. */
let haystacks: readonly string[] | undefined;

function haystack(row: number): string {
  haystacks ??= data.rows.map((one) =>
    SEARCHED.map((name) => text(one, name))
      .join("\n")
      .toLowerCase(),
  );
  return haystacks[row]!;
}

function found(state: Table): readonly number[] {
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = FILTERS.flatMap(([name]) => (state[name] === "" ? [] : [[name, state[name].slice(1)] as const]));
  const left = data.rows.flatMap((row, i) =>
    wanted.every(([name, value]) => text(row, name) === value) && words.every((word) => haystack(i).includes(word))
      ? [i]
      : [],
  );
  const name = state.sort.replace(/^-/, "");
  if (!at.has(name)) return left;
  const sign = state.sort.startsWith("-") ? -1 : 1;
  // Until somebody sorts: incidents come first.
  const rank = (i: number): number =>
    state.sort === EMPTY.sort && text(data.rows[i]!, "verdict") === "stolen" ? 0 : 1;
  const compare = (a: number, b: number): number => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    const [x, y] = [text(data.rows[a]!, name), text(data.rows[b]!, name)];
    // What is not known comes last, whichever way.
    if (x === y) return a - b;
    if (x === "" || y === "") return x === "" ? 1 : -1;
    return (numbers.has(name) ? Number(x) - Number(y) : x < y ? -1 : 1) * sign;
  };
  return [...left].sort(compare);
}

interface Sum {
  readonly value: string;
  credentials: number;
  live: number;
  unused: number;
  readonly users: Set<string>;
}

function sumsOf(list: readonly number[], name: string): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const i of list) {
    const row = data.rows[i]!;
    const value = text(row, name);
    const sum = sums.get(value) ?? { value, credentials: 0, live: 0, unused: 0, users: new Set<string>() };
    sum.credentials++;
    if (isLive(row)) sum.live++;
    if (isLive(row) && isUnused(row)) sum.unused++;
    if (text(row, "user") !== "") sum.users.add(`${text(row, "accountId")} ${text(row, "user")}`);
    sums.set(value, sum);
  }
  return [...sums.values()].sort((a, b) => b.unused - a.unused || b.live - a.live || (a.value < b.value ? -1 : 1));
}

const isLive = (row: Row): boolean => text(row, "kind").endsWith("access-key") && text(row, "status") === "Active";
const isUnused = (row: Row): boolean => ["unused", "never-used"].includes(text(row, "verdict"));

type Go = (change: Partial<Table>) => void;

function credentials(state: Table, go: Go): readonly Node[] {
  const list = found(state);
  const table = rows<number>(
    SHOWN.map(([name, title, width, wide, number]) => ({
      title,
      width,
      wide,
      number,
      sort: {
        direction: state.sort === name ? "ascending" : state.sort === `-${name}` ? "descending" : undefined,
        choose: () => go({ sort: state.sort === `-${name}` || (state.sort !== name && !number) ? name : `-${name}` }),
      },
    })),
    "Credentials",
    (i) =>
      SHOWN.map(([name]) => {
        const value = text(data.rows[i]!, name);
        return name === "verdict"
          ? h("span", { class: `badge v-${value.replace(/[^a-z-]/g, "")}` }, value)
          : value || (name === "owner" ? "not known" : "");
      }),
    (i) => go({ account: String(i) }),
  );
  requestAnimationFrame(() => table.show(list));
  return [
    filters(state, go),
    h(
      "section",
      { class: "panel", "aria-label": "Credentials" },
      h(
        "div",
        { class: "line" },
        h("h2", { id: "count" }, `${list.length} of ${data.rows.length} credentials `, known("inventory")),
        h(
          "span",
          { class: "buttons" },
          h("button", { type: "button", id: "csv", on: { click: () => exportCsv(list) } }, "CSV"),
          h("button", { type: "button", id: "json", on: { click: () => exportJson(list) } }, "JSON"),
        ),
      ),
      h("p", { class: "small dim" }, "A row opens: why, what instead, and the YAML for baseline.yaml."),
      table.element,
    ),
    sums(state, go, list),
  ];
}

function filters(state: Table, go: Go): HTMLElement {
  let waiting = 0;
  return h(
    "form",
    { class: "controls", on: { submit: (event) => event.preventDefault() } },
    h(
      "label",
      { class: "wide" },
      "Search",
      h("input", {
        id: "search",
        type: "search",
        value: state.search,
        placeholder: "account, user, owner, key, reason",
        on: {
          input: (event) => {
            clearTimeout(waiting);
            const { value } = event.target as HTMLInputElement;
            waiting = setTimeout(() => go({ search: value }), 120);
          },
        },
      }),
    ),
    ...FILTERS.map(([name, title]) => {
      const counts = new Map<string, number>();
      for (const row of data.rows) counts.set(text(row, name), (counts.get(text(row, name)) ?? 0) + 1);
      return h(
        "label",
        {},
        title,
        h(
          "select",
          {
            id: `filter-${name}`,
            on: { change: (event) => go({ [name]: (event.target as HTMLSelectElement).value }) },
          },
          h("option", { value: "" }, "all"),
          ...[...counts]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([value, count]) =>
              h(
                "option",
                { value: `=${value}`, selected: state[name] === `=${value}` },
                `${value || (name === "ou" ? "(root)" : "not known")} (${count})`,
              ),
            ),
        ),
      );
    }),
    h(
      "button",
      {
        type: "button",
        id: "clear",
        on: { click: () => go({ ...EMPTY, sort: state.sort, sums: state.sums }) },
      },
      "Clear",
    ),
  );
}

const SUMS = [
  ["account", "account"],
  ["ou", "OU"],
  ["owner", "owner"],
  ["verdict", "verdict"],
  ["kind", "kind"],
  ["by", "replacement"],
] as const;

/** Sums of what the filters leave; a line is a filter. */
function sums(state: Table, go: Go, list: readonly number[]): HTMLElement {
  const [name, title] = SUMS.find(([id]) => id === state.sums) ?? SUMS[1];
  const found = sumsOf(list, name);
  const table = rows<Sum>(
    [
      { title, width: "minmax(8em,2fr)" },
      { title: "keys that work", width: "1fr", number: true },
      { title: "of these unused", width: "1fr", number: true },
      { title: "users", width: "1fr", number: true, wide: true },
      { title: "credentials", width: "1fr", number: true, wide: true },
    ],
    `Sums by ${title}`,
    ({ value, credentials: all, live, unused, users }) => [
      value || (name === "ou" ? "(root)" : "not known"),
      String(live),
      String(unused),
      String(users.size),
      String(all),
    ],
    ({ value }) => go(name === "account" ? { search: value } : { [name]: `=${value}` }),
  );
  requestAnimationFrame(() => table.show(found));
  const total = (key: "live" | "unused" | "credentials"): number => found.reduce((all, one) => all + one[key], 0);
  return h(
    "section",
    { class: "panel", "aria-label": "Sums" },
    h(
      "div",
      { class: "line" },
      h("h2", {}, `Sums by ${title}`),
      h(
        "select",
        {
          id: "sums",
          "aria-label": "Sums by",
          on: { change: (event) => go({ sums: (event.target as HTMLSelectElement).value }) },
        },
        ...SUMS.map(([id, label]) => h("option", { value: id, selected: id === name }, `by ${label}`)),
      ),
    ),
    h(
      "p",
      { id: "total" },
      `${total("live")} keys that work, ${total("unused")} of them unused, ${total("credentials")} credentials in all.`,
    ),
    table.element,
  );
}

/** As numbers, where they are. */
function record(i: number): Readonly<Record<string, string | number>> {
  const row = data.rows[i]!;
  return Object.fromEntries(
    data.columns.flatMap((name) => {
      const value = numbers.has(name) ? numberOf(row, name) : text(row, name) || undefined;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const file = (extension: string): string => `${data.environment}-credentials.${extension}`;

function exportJson(list: readonly number[]): void {
  download(file("json"), "application/json", `${JSON.stringify(list.map(record), null, 2)}\n`);
}

function exportCsv(list: readonly number[]): void {
  const lines = list.map((i) => data.columns.map((name) => text(data.rows[i]!, name)));
  download(file("csv"), "text/csv", csv([data.columns, ...lines]));
}

const DETAILS = [
  ["why", "reason"],
  ["instead", "advice"],
  ["owner", "owner"],
  ["account", "accountId"],
  ["OU", "ou"],
  ["made", "created"],
  ["expires", "expires"],
  ["used by", "evidence"],
  ["read", "readAt"],
] as const;

function details(position: number, close: () => void): HTMLElement {
  const row = data.rows[position]!;
  const snippet = text(row, "snippet");
  return h(
    "dialog",
    { class: "account", "aria-labelledby": "credential-title" },
    h(
      "div",
      { class: "line" },
      h("h2", { id: "credential-title" }, `${text(row, "credential")} `, known("inventory")),
      h("button", { type: "button", id: "close", on: { click: close } }, "Close"),
    ),
    h(
      "p",
      { class: "dim" },
      `${text(row, "user") ? `${text(row, "user")} in ` : ""}${text(row, "account")}: `,
      h("span", { class: `badge v-${text(row, "verdict").replace(/[^a-z-]/g, "")}` }, text(row, "verdict")),
    ),
    h(
      "dl",
      {},
      ...DETAILS.flatMap(([title, name]) => {
        const value = text(row, name);
        if (value === "" && name !== "owner") return [];
        return [h("dt", {}, title), h("dd", {}, value || "not known")];
      }),
    ),
    snippet !== "" && h("pre", { tabindex: "0" }, snippet),
  );
}

startPage({
  empty: EMPTY,
  tabs: [["credentials", "Credentials", credentials]],
  sources: data.sources,
  details: { ids: data.rows.map((_, i) => String(i)), make: details },
});
