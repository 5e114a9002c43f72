import type { ProblemList } from "../../../config/problem-list";

/** A synth has no clock: what counts as no end is a date. */
const LAST_END = "2099-12-31";

/** An end is a date that somebody will see. */
export function checkEnd(problems: ProblemList, expires: string, path: readonly (string | number)[]): void {
  if (!isDate(expires)) {
    problems.error(
      "EXCEPTION-DATE",
      path,
      `${JSON.stringify(expires)} is not a date.`,
      "Write the last day of the exception as YYYY-MM-DD, for example 2027-06-30. Every exception needs an end.",
    );
  } else if (expires > LAST_END) {
    problems.error(
      "EXCEPTION-DATE",
      path,
      `${expires} is no end that anybody will see.`,
      `Write a day until ${LAST_END}; an exception can be prolonged when it is looked at.`,
    );
  }
}

/** The last second of a day, as policies write it. */
export const endOf = (expires: string): string => `${expires}T23:59:59Z`;

/** `2027-02-30` has the form of a date and is none. */
function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [, year, month, day] = match.map(Number);
  const date = new Date(Date.UTC(year!, month! - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month! - 1 && date.getUTCDate() === day;
}
