import type { GuardrailsEnvironment } from "../types";
import type { Problem } from "../../../kernel/errors";
import type { GuardrailException } from "./resolve";

/** Exceptions that end within so many days are spoken of while there is time. */
export const EXCEPTION_WARNING_DAYS = 30;

/** Warnings on exceptions that have ended or end soon. Only `validate` may look at the clock; synth never does. */
export function exceptionDates(
  environment: GuardrailsEnvironment,
  exceptions: readonly GuardrailException[],
  now: Date,
): readonly Problem[] {
  return exceptions.flatMap((exception): Problem[] => {
    const index = environment.baseline.guardrails.exceptions.findIndex((entry) => entry.name === exception.name);
    const place = environment.place(["guardrails", "exceptions", index, "expires"]);
    const days = Math.floor((Date.parse(exception.endsAt) - now.getTime()) / 86_400_000);
    if (days < 0) {
      return [
        {
          code: "EXCEPTION-ENDED",
          message: `The exception ${exception.name} ended on ${exception.expires}: AWS denies its principals again, and its statements take up room.`,
          fix: `Take it out; if ${exception.owner} still needs it, a review may give it a later date.`,
          place,
          severity: "warning",
        },
      ];
    }
    if (days > EXCEPTION_WARNING_DAYS) return [];
    return [
      {
        code: "EXCEPTION-ENDS-SOON",
        message: `The exception ${exception.name} ends on ${exception.expires}, ${days === 0 ? "today" : days === 1 ? "in 1 day" : `in ${days} days`}: AWS then denies its principals ${exception.guardrails.join(", ")}.`,
        fix: `Ask ${exception.owner} whether the workload is ready.`,
        place,
        severity: "warning",
      },
    ];
  });
}
