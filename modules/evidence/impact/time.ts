import { BaselineError } from "../../kernel/errors";

/** A time as the command line writes it: `2026-01-31`, `2026-01-31T12:00:00Z`, or `90d` before another. Seconds since 1970. */
export function parseTime(text: string, option: string, now: number): number {
  const days = /^(\d{1,5})d$/.exec(text);
  if (days) return now - Number(days[1]) * 86_400;
  if (/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/.test(text)) {
    const milliseconds = Date.parse(text);
    // Date.parse takes 2026-02-30 for the second of March.
    if (!Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(text.slice(0, 10)))
      return Math.floor(milliseconds / 1000);
  }
  throw new BaselineError([
    {
      code: "USAGE",
      message: `${option} ${JSON.stringify(text)} is not a time.`,
      fix: "Write a day as 2026-01-31, a time as 2026-01-31T12:00:00Z, or days back from now as 90d.",
    },
  ]);
}
