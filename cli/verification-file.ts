import { KEYLESS } from "../modules/kernel/command";
import { BaselineError } from "../modules/kernel/errors";
import { readText } from "../modules/kernel/read-text";
import type { Verification } from "../modules/live/verify/run";
import type { Environment } from "../modules/sections/environment";

/** A file that `keyless verify --json` has written, of this environment. */
export function verificationOf(file: string, environment: Environment): Verification {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    throw wrongFile(
      file,
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "There is no such file."
        : `It cannot be read: ${(error as Error).message.slice(0, 200)}.`,
    );
  }
  const given = value as Partial<Verification> | null;
  if (
    typeof given?.environment !== "string" ||
    typeof given.from !== "string" ||
    typeof given.to !== "string" ||
    !isTime(given.from) ||
    !isTime(given.to) ||
    !Array.isArray(given.claims) ||
    !given.claims.every(isClaim)
  )
    throw wrongFile(file, "It is not the output of verify --json.");
  refuseOthers(file, given as Verification, environment);
  return given as Verification;
}

const VERDICTS = ["seen", "missing", "different", "not-readable"];
const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));

function isClaim(value: unknown): boolean {
  const { verdict, details, place, section, kind, name } = (value ?? {}) as Partial<Verification["claims"][number]>;
  return (
    VERDICTS.includes(String(verdict)) &&
    Array.isArray(details) &&
    details.every((detail) => typeof detail === "string") &&
    typeof place?.accountId === "string" &&
    [section, kind, name].every((text) => typeof text === "string")
  );
}

/** An environment of the same name may be another organization's. */
export function refuseOthers(
  file: string,
  found: { readonly environment: string; readonly organizationId: string },
  { name, organization }: Environment,
): void {
  if (found.environment !== name) throw ofAnother(file, `environment ${JSON.stringify(found.environment)}`, name);
  if (found.organizationId !== organization.id)
    throw ofAnother(file, `organization ${JSON.stringify(found.organizationId)}`, organization.id);
}

function wrongFile(file: string, message: string): BaselineError {
  return new BaselineError([
    {
      code: "REPORT-VERIFY-FILE",
      message,
      fix: `Give a file that ${KEYLESS} verify <env> --json has written.`,
      place: { file },
    },
  ]);
}

function ofAnother(file: string, found: string, wanted: string): BaselineError {
  return new BaselineError([
    {
      code: "REPORT-ENVIRONMENT",
      message: `It is of ${found}, not of ${wanted}.`,
      fix: "Give the file of this environment.",
      place: { file },
    },
  ]);
}
