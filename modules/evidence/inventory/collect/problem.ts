import { ReportNotUnderstood } from "../credential-report";
import type { CollectionProblem } from "../types";

/** An answer of AWS that cannot be what it should be. */
export class AnswerNotUnderstood extends Error {
  constructor(why: string) {
    super(why);
    this.name = "AnswerNotUnderstood";
  }
}

/** An account took longer than it may. */
export class AccountTimeout extends Error {
  constructor(seconds: number) {
    super(`not done after ${seconds} s`);
    this.name = "AccountTimeout";
  }
}

const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "InvalidClientTokenId",
  "OptInRequired",
]);
const THROTTLED = new Set([
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "LimitExceededException",
  "RequestThrottled",
]);

/** What went wrong, in a form that a report can hold. */
export function collectionProblem(what: string, error: unknown): CollectionProblem {
  return { code: codeOf(error), what, message: messageOf(error) };
}

function codeOf(error: unknown): CollectionProblem["code"] {
  const name = error instanceof Error ? error.name : "";
  if (DENIED.has(name)) return "INVENTORY-ACCESS-DENIED";
  if (THROTTLED.has(name)) return "INVENTORY-THROTTLED";
  if (error instanceof AccountTimeout || name === "AbortError" || name === "TimeoutError") return "INVENTORY-TIMEOUT";
  // The SDK's parsers throw these, and services answer only with errors that have a fault.
  if (
    error instanceof AnswerNotUnderstood ||
    error instanceof ReportNotUnderstood ||
    error instanceof SyntaxError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    name === "SyntaxError"
  )
    return "INVENTORY-NOT-UNDERSTOOD";
  return "INVENTORY-FAILED";
}

/** One line, without what an answer of nonsense may hold. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
