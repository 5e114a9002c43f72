import { codeSpan, oneLine } from "../../review/escape";
import { COMMENT_LIMIT, COMMENT_MARKER, fenced, renderMarkdown } from "../../review/render/markdown";
import type { EnvironmentReview } from "./review";
import { andMore, count } from "../../kernel/words";

/** Left for what the workflow that posts the comment adds to it. */
const RESERVE = 2_000;
/** Files that are named one by one. */
const NAMED_FILES = 15;

/**
 * One comment for all environments. Each gets an equal share of what is left, so that one with a thousand changes does not push the others
 * out; those without changes take one line together.
 *
 * @param limit characters @default GitHub's limit, less what the workflow adds
 */
export function renderPullRequest(
  reviews: readonly EnvironmentReview[],
  code: readonly string[],
  limit = COMMENT_LIMIT - RESERVE,
): string {
  const quiet = reviews.filter(
    (one) =>
      one.report.review.changes.length === 0 &&
      one.report.review.resources.length === 0 &&
      one.report.review.notes.length === 0 &&
      !one.isNew &&
      one.countsLater.length === 0,
  );
  const loud = reviews.filter((one) => !quiet.includes(one));
  const parts = [
    ...(code.length > 0 ? [codeWarning(code)] : []),
    ...(quiet.length > 0
      ? [
          `${loud.length === 0 ? "## Access review\n\n" : ""}Nothing changes in ${names(quiet.map((one) => one.environment))}.`,
        ]
      : []),
  ];
  const notes = loud.map(environmentNotes);
  const used = COMMENT_MARKER.length + [...parts, ...notes].reduce((sum, part) => sum + part.length + 2, 2);
  const bodies = shares(loud, limit - used - 2 * loud.length);
  return (
    [COMMENT_MARKER, ...parts, ...loud.flatMap((_, i) => [bodies[i]!, ...(notes[i] === "" ? [] : [notes[i]!])])]
      .map((part) => part.trimEnd())
      .join("\n\n") + "\n"
  );
}

/** The small ones first: what they leave is the large ones'. */
function shares(reviews: readonly EnvironmentReview[], limit: number): readonly string[] {
  const full = reviews.map((one) => body(one, Infinity));
  const order = reviews.map((_, i) => i).sort((a, b) => full[a]!.length - full[b]!.length);
  let left = limit;
  order.forEach((index, done) => {
    const share = Math.floor(left / (order.length - done));
    if (full[index]!.length > share) full[index] = body(reviews[index]!, share);
    left -= full[index]!.length;
  });
  return full;
}

function body({ report }: EnvironmentReview, limit: number): string {
  // The marker stands once, above all of them.
  return renderMarkdown(report, limit === Infinity ? Number.MAX_SAFE_INTEGER : limit + COMMENT_MARKER.length)
    .replace(COMMENT_MARKER, "")
    .trim();
}

function environmentNotes({ isNew, countsLater, environment }: EnvironmentReview): string {
  return [
    ...(isNew
      ? [
          `${codeSpan(environment)} is new: the base has no facts about it. So the review shows ids, not names, and everything in it is a change. One approval for each new stack as a whole lets it pass.`,
        ]
      : []),
    ...(countsLater.includes("approvals.yaml")
      ? [
          `The approvals of ${codeSpan(environment)} change: those count that the base has and this takes out. New ones count after the merge, for the change that takes them out. A pull request cannot approve itself.`,
        ]
      : []),
    ...(countsLater.includes("review.yaml")
      ? [`The rules of ${codeSpan(environment)} (review.yaml) change: here those of the base count.`]
      : []),
    ...(countsLater.includes("organization.yaml")
      ? [`The facts of ${codeSpan(environment)} change: this review uses those of the base.`]
      : []),
  ]
    .map((line) => `> ${line}`)
    .join("\n>\n");
}

function codeWarning(files: readonly string[]): string {
  return [
    "> [!WARNING]",
    `> This pull request changes code (${count(files.length, "file")}): ${names(files.slice(0, NAMED_FILES))}${andMore(files.length - NAMED_FILES)}.`,
    "> What follows was synthesized by that code, and says what it says of itself. Somebody has to read the code.",
  ].join("\n");
}

function names(list: readonly string[]): string {
  return list.map((name) => codeSpan(name, 120)).join(", ");
}

/** Characters of errors that are shown: a screenful, the first ones. */
const ERRORS = 8_000;

/**
 * The comment where there is nothing to review, because the stacks could not be made.
 *
 * @param errors what the program has said, which holds other people's names @default - its log says why
 */
export function renderNoResult(code: readonly string[], words: string, errors = ""): string {
  const lines: string[] = [];
  let left = ERRORS;
  for (const line of errors.trim().split("\n")) {
    const clean = oneLine(line, 500);
    left -= clean.length + 1;
    if (left < 0) {
      lines.push("… the log of the check has all of it");
      break;
    }
    // No line is empty: an empty one could end a block of Markdown.
    lines.push(clean || " ");
  }
  return (
    [
      COMMENT_MARKER,
      "## Access review",
      `**There is no review: ${words}**`,
      ...(errors.trim() === "" ? [] : [fenced(lines, "text").join("\n").trim()]),
      ...(code.length > 0 ? [codeWarning(code)] : []),
    ].join("\n\n") + "\n"
  );
}
