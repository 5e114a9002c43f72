import type { PageData } from "../page-data";
import { h, s } from "../../page/browser/dom";
import { forecast, zeroOf } from "../../page/browser/forecast";

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
  const zero = comparable
    ? zeroOf(points.map(({ at, activeAccessKeys }) => [Date.parse(at), activeAccessKeys]))
    : undefined;
  const from = Math.min(...times);
  const latest = Math.max(...times);
  // What is to come takes half of the picture at most.
  const to = zero === undefined ? latest : Math.min(zero, latest + (latest - from));
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
    scrolled(
      "Progress",
      s(
        "svg",
        {
          class: "chart",
          viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
          role: "img",
          "aria-label": `Access keys that work: ${points.map(({ at, activeAccessKeys }) => `${at.slice(0, 10)} ${activeAccessKeys}`).join(", ")}`,
        },
        ...[0, 0.5, 1].map((part) =>
          s("line", { class: "g", x1: LEFT, x2: WIDTH, y1: y(most * part), y2: y(most * part) }),
        ),
        ...[0, 1].map((part) => s("text", { x: 4, y: y(most * part) + 4 }, String(most * part))),
        s("text", { x: LEFT, y: HEIGHT - 8 }, points[0]!.at.slice(0, 10)),
        s("text", { x: WIDTH - 10, y: HEIGHT - 8, "text-anchor": "end" }, new Date(to).toISOString().slice(0, 10)),
        zero !== undefined &&
          s("polyline", {
            class: "l3",
            points: `${x(latest)},${y(last!.activeAccessKeys)} ${x(to)},${y(last!.activeAccessKeys * (1 - (to - latest) / (zero - latest)))}`,
          }),
        line("l1", (n) => points[n]!.activeAccessKeys),
        line("l2", (n) => points[n]!.unused),
      ),
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

/** Exceptions and acceptances on a line of time, from the day of the page to the last end. What has no end runs out of it. */
export function exceptionChart({ exceptions, counterexamples, madeAt }: PageData): HTMLElement {
  const now = Date.parse(madeAt);
  const bars = [
    ...exceptions.map(({ name, owner, expires }) => ({
      name,
      owner,
      end: Date.parse(`${expires}T23:59:59Z`),
      expires,
    })),
    ...counterexamples.flatMap(({ proof, place, accepted }) =>
      accepted ? [{ name: `${proof}, ${place}`, owner: accepted.owner, end: undefined, expires: "no end is set" }] : [],
    ),
  ];
  if (bars.length === 0) return h("p", {}, "There is no exception, and nothing is accepted.");
  const shown = bars.slice(0, 40);
  const last = Math.max(...shown.map(({ end }) => end ?? 0), now + 60 * DAY);
  const [left, right, row] = [230, 190, 28];
  const x = (time: number): number => left + (Math.max(0, time - now) / (last - now)) * (WIDTH - left - right);
  const height = shown.length * row + 26;
  const chart = s(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: "img",
      "aria-label": shown.map(({ name, expires }) => `${name}: ${expires}`).join(", "),
    },
    // Beside the word for today there is no room for another.
    ...months(now, last)
      .filter((time) => x(time) > left + 50)
      .flatMap((time) => [
        s("line", { class: "g", x1: x(time), x2: x(time), y1: 0, y2: height - 20 }),
        s("text", { x: x(time), y: height - 6, "text-anchor": "middle" }, new Date(time).toISOString().slice(0, 7)),
      ]),
    ...shown.flatMap(({ name, owner, end, expires }, i) => {
      const tone = end === undefined ? "away" : end < now ? "none" : end < now + 30 * DAY ? "bad" : "plan";
      const to = end === undefined ? WIDTH - right : x(end);
      return [
        s("text", { class: "strong", x: left - 10, y: i * row + 18, "text-anchor": "end" }, shortened(name, 32)),
        s("rect", { class: `t-${tone}`, x: left, y: i * row + 6, width: Math.max(3, to - left), height: 16, rx: 4 }),
        s(
          "text",
          { x: Math.max(left + 6, to + 8), y: i * row + 18 },
          shortened(`${end !== undefined && end < now ? `ended ${expires}` : expires}, ${owner}`, 28),
        ),
      ];
    }),
    s("line", { class: "now", x1: left, x2: left, y1: 0, y2: height - 20 }),
    s("text", { x: left, y: height - 6, "text-anchor": "end" }, "today "),
  );
  return h(
    "div",
    {},
    scrolled("Line of time", chart),
    h(
      "p",
      { class: "legend small" },
      ...(
        [
          ["plan", "ends later"],
          ["bad", "ends within 30 days"],
          ["none", "has ended"],
          ["away", "accepted, without an end"],
        ] as const
      ).map(([tone, text]) => h("span", {}, h("i", { class: `t-${tone}` }), text)),
    ),
    bars.length > shown.length &&
      h("p", { class: "small" }, `and ${bars.length - shown.length} more in the tables below`),
  );
}

/** A phone scrolls a chart sideways: smaller nobody could read it. */
function scrolled(label: string, chart: SVGElement): HTMLElement {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, chart);
}

const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** First days of months, at most a dozen of them. */
function months(from: number, to: number): readonly number[] {
  const start = new Date(from);
  const all: number[] = [];
  for (let n = 1; ; n++) {
    const time = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + n, 1);
    if (time > to || n > 240) break;
    all.push(time);
  }
  const step = Math.ceil(all.length / 8);
  return all.filter((_, i) => i % Math.max(1, step) === 0);
}
