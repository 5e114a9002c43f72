import type { BreakGlassIdentity } from "../../sections/break-glass/documents";

/** An exception of the guardrails that names a user and has not ended. */
export interface UserException {
  readonly name: string;
  readonly owner: string;
  /** Last day on which it holds, `YYYY-MM-DD`. */
  readonly expires: string;
}

/** Whose credentials are left alone. */
export interface Protection {
  isBreakGlass(accountId: string, userName: string, path: string): boolean;
  /** The exception that holds for a user today, if any. */
  exception(userArn: string, now: Date): UserException | undefined;
}

/** Exceptions by the ARN of the user they name. */
export type ExceptionsByArn = ReadonlyMap<string, readonly UserException[]>;

/** Exceptions as the guardrails resolve them, as far as they matter here. */
interface ResolvedException extends UserException {
  readonly principals: readonly { readonly kind: string; readonly arn: string }[];
}

/** Users among the principals of exceptions. Roles have no long-term credentials. */
export function exceptionsByArn(exceptions: readonly ResolvedException[]): ExceptionsByArn {
  const found = new Map<string, UserException[]>();
  for (const { name, owner, expires, principals } of exceptions) {
    for (const { arn } of principals.filter((principal) => principal.kind === "user"))
      found.set(arn, [...(found.get(arn) ?? []), { name, owner, expires }]);
  }
  return found;
}

/**
 * Break glass is known by path and by name: a user of a break-glass name that somebody made without the path is left alone too, because
 * taking away a way in is worse than keeping a key.
 */
export function protection(
  breakGlass: Pick<BreakGlassIdentity, "homeAccountId" | "userPath" | "userNames">,
  exceptions: ExceptionsByArn,
): Protection {
  return {
    isBreakGlass: (accountId, userName, path) =>
      accountId === breakGlass.homeAccountId &&
      (path.startsWith(breakGlass.userPath) || breakGlass.userNames.includes(userName)),
    exception: (userArn, now) => exceptions.get(userArn)?.find((one) => now.getTime() < endOf(one.expires)),
  };
}

/** The end of a day in UTC. A text that is no day never ends: in doubt a key is left alone. */
function endOf(day: string): number {
  const start = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(start) ? Infinity : start + 86_400_000;
}
