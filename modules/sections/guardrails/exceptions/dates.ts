import type { Problem } from "../../../kernel/errors";
import type { GuardrailsEnvironment, OutsideAccount } from "../types";
import type { GuardrailException } from "./resolve";
import { count } from "../../../kernel/words";

/** Exceptions that end within so many days are spoken of while there is time. */
export const EXCEPTION_WARNING_DAYS = 30;

/** Warnings on exceptions that have ended or end soon. Only `validate` may look at the clock; synth never does. */
export function exceptionDates(
  environment: GuardrailsEnvironment,
  exceptions: readonly GuardrailException[],
  now: Date,
): readonly Problem[] {
  const entries = environment.baseline.guardrails.exceptions;
  return exceptions.flatMap((exception) =>
    endProblems(environment, now, {
      ...exception,
      path: ["guardrails", "exceptions", entries.findIndex((entry) => entry.name === exception.name), "expires"],
      what: `exception ${exception.name}`,
      ended: "AWS denies its principals again, and its statements take up room",
      then: `AWS then denies its principals ${exception.guardrails.join(", ")}`,
    }),
  );
}

/** The same for accounts outside the organization. */
export function outsideAccountDates(
  environment: GuardrailsEnvironment,
  outside: readonly OutsideAccount[],
  now: Date,
): readonly Problem[] {
  const entries = environment.baseline.guardrails.outsideAccounts;
  return outside.flatMap((one) =>
    endProblems(environment, now, {
      ...one,
      path: ["guardrails", "outsideAccounts", entries.findIndex((entry) => entry.name === one.name), "expires"],
      what: `outside account ${one.name}`,
      ended: "AWS lets it in no more, and its statements take up room",
      then: "AWS then lets it in no more",
    }),
  );
}

interface Ending {
  readonly expires: string;
  readonly endsAt: string;
  readonly owner: string;
  readonly path: readonly (string | number)[];
  readonly what: string;
  readonly ended: string;
  readonly then: string;
}

function endProblems(
  environment: GuardrailsEnvironment,
  now: Date,
  { expires, endsAt, owner, path, what, ended, then }: Ending,
): readonly Problem[] {
  const place = environment.place(path);
  const days = Math.floor((Date.parse(endsAt) - now.getTime()) / 86_400_000);
  if (days < 0) {
    return [
      {
        code: "EXCEPTION-ENDED",
        message: `The ${what} ended on ${expires}: ${ended}.`,
        fix: `Take it out; if ${owner} still needs it, a review may give it a later date.`,
        place,
        severity: "warning",
      },
    ];
  }
  if (days > EXCEPTION_WARNING_DAYS) return [];
  return [
    {
      code: "EXCEPTION-ENDS-SOON",
      message: `The ${what} ends on ${expires}, ${days === 0 ? "today" : `in ${count(days, "day")}`}: ${then}.`,
      fix: `Ask ${owner} whether the workload is ready.`,
      place,
      severity: "warning",
    },
  ];
}
