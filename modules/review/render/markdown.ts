import { codeSpan, markdownSentence } from "../escape";
import { complete, Sentence } from "../sentence";
import { alike, differsAt } from "./alike";
import { AccessChange, AREAS, CHANGE_CLASSES, ChangeClass } from "../types";
import { diffLines } from "./diff";
import { byClass, CLASS_TITLES, gateNotes, Report, resourceCounts, verdict, invented } from "./report";
import { andMore, moreLine } from "../../kernel/words";

/** GitHub refuses longer comments. */
export const COMMENT_LIMIT = 65_536;
/** GitLab refuses longer notes: https://docs.gitlab.com/administration/instance_limits/ */
export const NOTE_LIMIT = 1_000_000;
/** Finds the comment again, so that one comment is updated in place. */
export const COMMENT_MARKER = "<!-- keyless-review -->";

const SIGNS: Readonly<Record<ChangeClass, string>> = {
  "destroys-guard": "🛑",
  weakens: "⚠️",
  unknown: "❓",
  strengthens: "✅",
  neutral: "▫️",
};

/** How much is told: each level says less, and says that it does. */
interface Level {
  readonly changes: number;
  readonly diffs: number;
  readonly resources: number;
}

/** Changes of a class that are read without unfolding anything: more than that nobody reads in a minute. */
const AT_ONCE = 20;

/** Lines above the first class. */
const HEAD = 5;

const LEVELS: readonly Level[] = [
  { changes: Infinity, diffs: Infinity, resources: Infinity },
  { changes: Infinity, diffs: 100, resources: 100 },
  { changes: 200, diffs: 40, resources: 0 },
  { changes: 60, diffs: 10, resources: 0 },
  { changes: 25, diffs: 0, resources: 0 },
  { changes: 8, diffs: 0, resources: 0 },
];

/**
 * Markdown for a comment on a pull request. What would not fit is summarized, level by level; nothing is cut in the middle, and the worst
 * is told first on every level.
 *
 * @param limit characters @default 65,536
 */
export function renderMarkdown(report: Report, limit = COMMENT_LIMIT): string {
  for (const level of LEVELS) {
    const text = atLevel(report, level);
    if (text.length <= limit) return text;
  }
  return `${COMMENT_MARKER}\n## Access review${report.title ? ` of ${codeSpan(report.title)}` : ""}\n\n**${verdict(report)}** Too much to tell in a comment: see the full report.\n`;
}

function atLevel(report: Report, level: Level): string {
  const { review } = report;
  const lines: string[] = [
    COMMENT_MARKER,
    `## Access review${report.title ? ` of ${codeSpan(report.title)}` : ""}`,
    "",
    `**${verdict(report)}**`,
    "",
  ];
  let left = level.changes;
  for (const cls of CHANGE_CLASSES) {
    const all = byClass(review.changes, cls);
    if (all.length === 0) continue;
    const shown = all.slice(0, Math.max(0, left));
    left -= shown.length;
    const groups = alike(shown);
    const title = `${SIGNS[cls]} ${CLASS_TITLES[cls]} (${all.length})`;
    const body = (some: readonly (readonly AccessChange[])[]): readonly string[] =>
      some.flatMap((group) => groupLines(group, report));
    const leftOut = moreLine(all.length - shown.length, "- … ");
    // What only strengthens is folded beside what does not; alone it is what there is to read.
    const alone = cls === "strengthens" && lines.length === HEAD && all.length <= AT_ONCE;
    if ((cls === "strengthens" && !alone) || cls === "neutral")
      lines.push(...details(title, [...body(groups), ...leftOut]));
    else {
      const rest = groups.slice(AT_ONCE);
      const folded = rest.flat().length + all.length - shown.length;
      lines.push(
        `### ${title}`,
        "",
        ...(all.length > AT_ONCE ? [byArea(all), ""] : []),
        ...body(groups.slice(0, AT_ONCE)),
        ...(rest.length === 0 ? leftOut : []),
        "",
        ...(rest.length > 0 ? details(`${folded} more`, [...body(rest), ...leftOut]) : []),
      );
    }
  }
  const diffs = review.changes.filter(
    (change) => change.diff.length > 0 || change.witnesses.length > 0 || isShortened(change.sentence),
  );
  if (diffs.length > 0 && level.diffs > 0)
    lines.push(
      ...details(`Statements and witnesses (${diffs.length})`, [
        ...evidenceOf(diffs.slice(0, level.diffs)),
        ...moreLine(diffs.length - level.diffs, "… "),
      ]),
    );
  const notes = gateNotes(report);
  if (notes.length > 0) {
    const body = notes.map((one) => `- ${markdownSentence(one)}`);
    const shown = body.slice(0, Math.min(level.changes, AT_ONCE));
    lines.push("### Approvals and rules", "", ...shown, ...moreLine(body.length - shown.length, "- … "), "");
  }
  if (review.notes.length > 0) {
    const shown = review.notes.slice(0, Math.min(level.changes, 200));
    lines.push(
      ...details(`Also (${review.notes.length}): drift, moves, replacements, versions`, [
        ...shown.map((note) => `- ${codeSpan(note.stack)} ${note.kind}: ${markdownSentence(note.sentence)}`),
        ...moreLine(review.notes.length - shown.length, "- … "),
      ]),
    );
  }
  const { resources } = review;
  const listed = resources.slice(0, level.resources);
  lines.push(
    ...details(
      `Resources: ${resourceCounts(resources)}`,
      listed.length === 0 && resources.length > 0
        ? ["Too many to list here."]
        : [
            ...listed.map((r) => `- ${r.action} ${codeSpan(`${r.stack} ${r.address}`)}`),
            ...moreLine(resources.length - listed.length, "- … "),
          ],
    ),
  );
  lines.push(stacksLine(review), "");
  return lines.join("\n");
}

/** The stacks that change by name; those that stay as they are need none. */
function stacksLine({ stacks, resources, changes }: Report["review"]): string {
  const touched = new Set([...resources.map(({ stack }) => stack), ...changes.flatMap((change) => change.stacks)]);
  const shown = stacks.filter((stack) => touched.has(stack));
  const rest = stacks.length - shown.length;
  const names = shown.slice(0, 20).map((stack) => codeSpan(stack, 80));
  return `<sub>${[
    ...(shown.length > 0 ? [`Stacks: ${names.join(" ")}${andMore(shown.length - names.length)}`] : []),
    ...(rest > 0 ? [`${rest} ${rest === 1 ? "stack" : "stacks"} without changes`] : []),
  ].join(" · ")}</sub>`;
}

/** `In guardrails 12, identity-center 388.` */
function byArea(changes: readonly AccessChange[]): string {
  const counts = AREAS.map((area) => [area, changes.filter((change) => change.area === area).length] as const).filter(
    ([, n]) => n > 0,
  );
  return counts.length === 1
    ? `All in ${counts[0]![0]}. The first of them:`
    : `In ${counts.map(([area, n]) => `${area} ${n}`).join(", ")}. The first of them:`;
}

function groupLines(group: readonly AccessChange[], report: Report): readonly string[] {
  const [first, second] = group;
  if (!second) return [line(first!, report)];
  const at = differsAt(first!.sentence, second.sentence)!;
  const title = `The same for ${group.length - 1} more`;
  const members = group
    .slice(1)
    .map((change) => `- ${markdownSentence({ parts: [change.sentence.parts[at]!] })} ${markOf(change, report)}`);
  return [
    line(first!, report),
    // A long list is no shorter for being one of names.
    ...(group.length > AT_ONCE / 2
      ? details(title, members).map((text) => (text === "" ? "" : `  ${text}`))
      : [`  - ${title}:`, ...members.map((text) => `    ${text}`)]),
  ];
}

/** A list in it is cut short. */
function isShortened({ parts }: Sentence): boolean {
  return parts.some((part) => "text" in part && part.rest !== undefined);
}

function line(change: AccessChange, report: Report): string {
  return `- ${markdownSentence(change.sentence)} ${markOf(change, report)}`;
}

/** By what it passes, and its id. */
function markOf(change: AccessChange, { gate }: Report): string {
  const passed = gate.approved.some((one) => one.change === change)
    ? "**approved** "
    : gate.waived.some((one) => one.change === change)
      ? "**waived** "
      : "";
  return `${passed}<sub>${codeSpan(change.id)}</sub>`;
}

/** Several sentences may come from the same statements, as for several principals: they stand together, above what they share. */
function evidenceOf(changes: readonly AccessChange[]): readonly string[] {
  const groups = new Map<string, AccessChange[]>();
  for (const change of changes) {
    const key = change.diff.length > 0 ? JSON.stringify(change.diff) : change.id;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap((group) => [
    ...group.flatMap(witnessLines),
    ...fenced(diffLines(group[0]!.diff).map(({ sign, text }) => `${sign} ${text}`)).map((line) => `  ${line}`),
  ]);
}

function witnessLines(change: AccessChange): readonly string[] {
  const witness = change.witnesses[0];
  const context = witness
    ? Object.entries(witness.context)
        .map(([key, value]) => ` ${codeSpan(`${key}=${value}`)}`)
        .join("")
    : "";
  return [
    `- <sub>${codeSpan(change.id)}</sub> ${markdownSentence(complete(change.sentence))}`,
    ...(witness
      ? [
          `  - for example ${codeSpan(witness.principal)}${invented(witness)} ${codeSpan(witness.action)} on ${codeSpan(witness.resource)}${context}: was ${witness.before}, becomes ${witness.after}`,
        ]
      : []),
  ];
}

/** A block of code: the fence is longer than any run of backticks inside, and no line is empty. */
export function fenced(given: readonly string[], language = "diff"): readonly string[] {
  const lines = given.map((line) => line.replaceAll("<!--", "<! --"));
  if (lines.length === 0) return [];
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map((match) => match[0].length)));
  const fence = "`".repeat(longest + 1);
  return ["", `${fence}${language}`, ...lines, fence, ""];
}

function details(title: string, body: readonly string[]): readonly string[] {
  return ["<details><summary>" + title + "</summary>", "", ...body, "", "</details>", ""];
}
