import { oneLine, textSentence } from "../escape";
import { CHANGE_CLASSES, ChangeClass } from "../types";
import { diffLines } from "./diff";
import { byClass, CLASS_TITLES, gateNotes, passedBy, Report, resourceCounts, verdict, invented } from "./report";

/** Colours, handed in: this room knows no terminal. */
export interface Paint {
  readonly heading: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly class: (cls: ChangeClass, text: string) => string;
}

const PLAIN: Paint = { heading: (t) => t, dim: (t) => t, class: (_, t) => t };

export function renderText(report: Report, paint: Paint = PLAIN): string {
  const { review, gate } = report;
  const lines: string[] = [
    `${paint.heading(report.title ? `Access review of ${oneLine(report.title)}` : "Access review")}`,
    verdict(report),
    "",
  ];
  for (const cls of CHANGE_CLASSES) {
    const changes = byClass(review.changes, cls);
    if (changes.length === 0) continue;
    lines.push(paint.class(cls, `${CLASS_TITLES[cls]} (${changes.length})`));
    for (const change of changes) {
      const passed = passedBy(change, gate);
      lines.push(`  ${textSentence(change.sentence)}${passed ? ` [${textSentence(passed)}]` : ""}`);
      lines.push(paint.dim(`    ${change.id}`));
      const [witness] = change.witnesses;
      if (witness) {
        const context = Object.entries(witness.context)
          .map(([key, value]) => ` ${key}=${oneLine(value)}`)
          .join("");
        lines.push(
          paint.dim(
            `    for example ${oneLine(witness.principal)}${invented(witness)} ${oneLine(witness.action)} on ${oneLine(witness.resource)}${context}: was ${witness.before}, becomes ${witness.after}`,
          ),
        );
      }
      lines.push(...diffLines(change.diff).map(({ sign, text }) => paint.dim(`    ${sign} ${text}`)));
    }
    lines.push("");
  }
  const gateLines = gateNotes(report);
  if (gateLines.length > 0)
    lines.push(paint.heading("Approvals and rules"), ...gateLines.map((one) => `  ${textSentence(one)}`), "");
  if (review.notes.length > 0)
    lines.push(
      paint.heading("Also"),
      ...review.notes.map((note) => `  ${oneLine(note.stack)} ${note.kind}: ${textSentence(note.sentence)}`),
      "",
    );
  lines.push(`${paint.heading("Resources")} ${resourceCounts(review.resources)}`);
  return `${lines.join("\n")}\n`;
}
