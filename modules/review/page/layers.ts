import type { Layer, Tone, Value } from "../../page/browser/layer";
import type { ChangeClass, PageChange, ReviewPage } from "../render/page-data";

export const CLASSES: readonly { readonly id: ChangeClass; readonly title: string; readonly tone: Tone }[] = [
  { id: "destroys-guard", title: "Destroys a guard", tone: "bad" },
  { id: "weakens", title: "Weakens", tone: "watch" },
  { id: "unknown", title: "Cannot be decided", tone: "away" },
  { id: "strengthens", title: "Strengthens", tone: "good" },
  { id: "neutral", title: "Neutral", tone: "plan" },
];

/** Whether a change is felt in an account: its sets of accounts are runs of positions. */
export function reaches(data: ReviewPage, { reach }: PageChange, account: number): boolean {
  const set = data.reaches[reach] ?? [];
  for (let i = 0; i < set.length; i += 2) if (account >= set[i]! && account < set[i]! + set[i + 1]!) return true;
  return false;
}

export function accountCount(data: ReviewPage, { reach }: PageChange): number {
  return (data.reaches[reach] ?? []).reduce((all, n, i) => (i % 2 === 1 ? all + n : all), 0);
}

const NONE: Value = { key: "none", label: "no change is known to be felt there", tone: "none", known: "planned" };

/** The worst change of each account: of all, of one area, and each change by itself. */
export function layersOf(data: ReviewPage): readonly Layer[] {
  const areas = [...new Set(data.changes.map(({ area }) => area))];
  return [
    worst(data, "worst", "Worst change", data.changes),
    ...(areas.length > 1
      ? areas.map((area) =>
          worst(
            data,
            `area:${area}`,
            `Worst change: ${area}`,
            data.changes.filter((one) => one.area === area),
          ),
        )
      : []),
  ];
}

/** @param changes that it goes by */
export function worst(data: ReviewPage, id: string, title: string, changes: readonly PageChange[]): Layer {
  const values: readonly Value[] = [
    ...CLASSES.map((one) => ({
      key: one.id,
      label: one.title.toLowerCase(),
      tone: one.tone,
      ...(one.id === "unknown" ? { known: "unknown" } : {}),
    })),
    NONE,
  ];
  // Filled when the layer is first looked at. Worst first, so that what is there stays.
  let found: Uint8Array | undefined;
  const fill = (): Uint8Array => {
    const classes = new Uint8Array(data.accounts.length).fill(CLASSES.length);
    CLASSES.forEach((one, n) => {
      const sets = new Set(changes.flatMap((change) => (change.class === one.id ? [change.reach] : [])));
      for (const set of sets) {
        const runs = data.reaches[set] ?? [];
        for (let i = 0; i < runs.length; i += 2)
          for (let at = runs[i]!; at < runs[i]! + runs[i + 1]!; at++) if (classes[at]! > n) classes[at] = n;
      }
    });
    return classes;
  };
  return { id, title, group: "Changes", known: "planned", values, of: (account) => (found ??= fill())[account]! };
}

/** Where one change is felt. */
export function changeLayer(data: ReviewPage, change: PageChange): Layer {
  const { title, tone } = CLASSES.find(({ id }) => id === change.class)!;
  const here = { key: "here", label: `felt: ${title.toLowerCase()}`, tone };
  return {
    id: `change:${change.id}`,
    title: `Change ${change.id.slice(0, 28)}…`,
    group: "One change",
    known: change.how === "unknown" ? "unknown" : "planned",
    values: [here, { key: "none", label: "not felt, as far as is known", tone: "none" }],
    of: (account) => (reaches(data, change, account) ? 0 : 1),
  };
}
