import type { PageData } from "../page-data";
import { h, s } from "../../page/browser/dom";
import { forecast } from "../../page/browser/forecast";

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [900, 200, 40, 10, 28];
const DAY = 86_400_000;

/** Keys over time, and where the line of the last inventories leads. */
export function progressChart({ keys }: PageData): HTMLElement {
  if (!keys) return h("p", {}, "No inventory was given: how many keys there are is not known.");
  const points = keys.progress;
  const last = points.at(-1);
  if (last && last.complete < last.accounts)
    return h(
      "p",
      {},
      `${last.activeAccessKeys} access keys that work were found; ${last.complete} of ${last.accounts} accounts were read completely, and of the rest nobody knows.`,
    );
  if (points.length < 2)
    return h(
      "p",
      {},
      `${points[0]?.activeAccessKeys ?? 0} access keys work. One inventory so far: give earlier ones with --history, and the way to zero shows here.`,
    );
  const comparable = points.every(
    ({ complete, accounts }) => complete === accounts && accounts === points[0]!.accounts,
  );
  const times = points.map(({ at }) => Date.parse(at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(1, ...points.map(({ activeAccessKeys }) => activeAccessKeys));
  const x = (time: number): number => LEFT + ((time - from) / Math.max(1, to - from)) * (WIDTH - LEFT - 10);
  const y = (value: number): number => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const line = (name: string, value: (n: number) => number): SVGElement =>
    s("polyline", {
      class: name,
      points: points.map((_, n) => `${x(times[n]!).toFixed(1)},${y(value(n)).toFixed(1)}`).join(" "),
    });
  return h(
    "div",
    {},
    s(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        "aria-label": `Access keys that work: ${points.map(({ at, activeAccessKeys }) => `${at.slice(0, 10)} ${activeAccessKeys}`).join(", ")}`,
      },
      ...[0, 0.5, 1].map((part) =>
        s("line", { class: "g", x1: LEFT, x2: WIDTH, y1: y(most * part), y2: y(most * part) }),
      ),
      ...[0, 1].map((part) => s("text", { x: 4, y: y(most * part) + 4 }, String(most * part))),
      s("text", { x: LEFT, y: HEIGHT - 8 }, points[0]!.at.slice(0, 10)),
      s("text", { x: WIDTH - 10, y: HEIGHT - 8, "text-anchor": "end" }, points.at(-1)!.at.slice(0, 10)),
      line("l1", (n) => points[n]!.activeAccessKeys),
      line("l2", (n) => points[n]!.unused),
    ),
    h(
      "p",
      { class: "small dim" },
      h("i", { class: "tone l1" }),
      "access keys that work ",
      h("i", { class: "tone l2" }),
      "of these unused. ",
      comparable ? forecast(points.map(({ at, activeAccessKeys }) => [Date.parse(at), activeAccessKeys])) : "",
    ),
    !comparable &&
      h(
        "p",
        { class: "small" },
        "These inventories did not all read the same accounts completely: the lines cannot be compared, and there is no forecast.",
      ),
  );
}

/** Exceptions on a line of time from the day of the page to the last end. */
export function exceptionChart(data: PageData): HTMLElement {
  const { exceptions, madeAt } = data;
  if (exceptions.length === 0) return h("p", {}, "There is no exception.");
  const now = Date.parse(madeAt);
  const ends = exceptions.map(({ expires }) => Date.parse(`${expires}T23:59:59Z`));
  const last = Math.max(...ends, now + 30 * DAY);
  const shown = exceptions.slice(0, 40);
  const x = (time: number): number => 200 + (Math.max(0, time - now) / (last - now)) * (WIDTH - 320);
  const row = 26;
  return s(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${shown.length * row + 24}`,
      role: "img",
      "aria-label": shown.map(({ name, expires }) => `${name} until ${expires}`).join(", "),
    },
    ...shown.flatMap((one, i) => {
      const ended = ends[i]! < now;
      const soon = !ended && ends[i]! < now + 30 * DAY;
      return [
        s("text", { x: 190, y: i * row + 17, "text-anchor": "end" }, one.name.slice(0, 28)),
        s("rect", {
          class: ended ? "t-none" : soon ? "t-bad" : "t-plan",
          x: 200,
          y: i * row + 6,
          width: Math.max(3, x(ends[i]!) - 200),
          height: 14,
          rx: 4,
        }),
        s(
          "text",
          { x: Math.max(206, x(ends[i]!) + 6), y: i * row + 17 },
          ended ? `${one.expires}, ended` : one.expires,
        ),
      ];
    }),
    s("text", { x: 200, y: shown.length * row + 16 }, madeAt.slice(0, 10)),
  ) as unknown as HTMLElement;
}
