import { isObject, Json } from "../../kernel/json";

/**
 * Whether a line of a results file is an account as it was read. Every date is one: days are counted from them, and of a date that is none they become
 * no number, which is less than no limit and more than none.
 */

const STATUSES: ReadonlySet<unknown> = new Set(["Active", "Inactive", "Expired"]);

/** ISO 8601 with a time, as all that is written here. `Date.parse` takes much else for a date. */
export function isTime(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value));
}

export const isTimeIfAny = (value: unknown): boolean => value === undefined || isTime(value);

/** What is wrong with an account's line, for the end of a sentence; nothing where it is one. */
export function factsProblem(value: unknown): string | undefined {
  if (!isObject(value) || typeof value["accountId"] !== "string" || !/^\d{12}$/.test(value["accountId"]))
    return "it is neither an account nor CloudTrail's";
  if (!isTime(value["collectedAt"])) return "collectedAt is no date";
  if (!isTimeIfAny(value["reportGeneratedAt"])) return "reportGeneratedAt is no date";
  if (!Array.isArray(value["problems"]) || !Array.isArray(value["users"])) return "it has no list of users or problems";
  return (
    first(value["users"], "users", userProblem) ??
    (value["root"] === undefined ? undefined : rootProblem(value["root"]))
  );
}

type Check = (value: unknown, path: string) => string | undefined;

function first(list: unknown, path: string, check: Check): string | undefined {
  if (!Array.isArray(list)) return `${path} is no list`;
  for (const [index, one] of list.entries()) {
    const problem = check(one, `${path}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** @param dates those that have to be there, then those that may be missing */
function datesProblem(
  value: Json,
  path: string,
  dates: readonly string[],
  optional: readonly string[],
): string | undefined {
  const wrong = dates.find((name) => !isTime(value[name])) ?? optional.find((name) => !isTimeIfAny(value[name]));
  return wrong === undefined ? undefined : `${path}.${wrong} is no date`;
}

function userProblem(value: unknown, path: string): string | undefined {
  if (!isObject(value) || typeof value["name"] !== "string" || typeof value["arn"] !== "string")
    return `${path} is no user`;
  const { password } = value;
  return (
    datesProblem(value, path, ["createdAt"], []) ??
    (password === undefined
      ? undefined
      : isObject(password)
        ? datesProblem(password, `${path}.password`, ["createdAt"], ["lastUsedAt"])
        : `${path}.password is none`) ??
    first(value["accessKeys"], `${path}.accessKeys`, credentialProblem) ??
    first(value["serviceCredentials"], `${path}.serviceCredentials`, credentialProblem) ??
    first(value["certificates"], `${path}.certificates`, credentialProblem) ??
    first(value["sshKeys"], `${path}.sshKeys`, credentialProblem)
  );
}

function credentialProblem(value: unknown, path: string): string | undefined {
  if (!isObject(value) || typeof value["id"] !== "string") return `${path} is no credential`;
  return datesProblem(value, path, ["createdAt"], ["expiresAt"]) ?? useProblem(value, path);
}

function useProblem(value: Json, path: string): string | undefined {
  if (!STATUSES.has(value["status"])) return `${path}.status is none of ${[...STATUSES].join(", ")}`;
  const { lastUse } = value;
  if (lastUse === undefined) return undefined;
  return isObject(lastUse) ? datesProblem(lastUse, `${path}.lastUse`, ["at"], []) : `${path}.lastUse is none`;
}

function rootProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "root is none";
  return (
    datesProblem(value, "root", [], ["passwordLastUsedAt"]) ??
    first(value["accessKeys"], "root.accessKeys", (key, path) =>
      isObject(key) ? (datesProblem(key, path, [], ["createdAt"]) ?? useProblem(key, path)) : `${path} is no key`,
    )
  );
}
