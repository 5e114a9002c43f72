import { isoDay, latest, daysBetween } from "./time";
import type { CredentialKind, KeyStatus, KeyUsage, LastUse, Verdict } from "./types";
import { classifyUse, incidentOf, UseHints } from "./use-kind";
import type { UserException } from "./protection";

/** Everything that a verdict depends on. */
export interface VerdictInput {
  readonly kind: CredentialKind;
  readonly status: KeyStatus;
  readonly createdAt?: string;
  readonly lastUse?: LastUse;
  /** Its last use could not be read. @default false */
  readonly useUnknown?: boolean;
  readonly usage?: KeyUsage;
  readonly isBreakGlass: boolean;
  readonly exception?: UserException;
  readonly hints: UseHints;
}

/** IAM records when these were last used; of the others it knows their age only. */
const KNOWS_USE: ReadonlySet<CredentialKind> = new Set(["access-key", "root-access-key", "password"]);

/** When a credential was last used, by all that is known: IAM, and CloudTrail where it was read. */
export function lastUsedAt(input: Pick<VerdictInput, "lastUse" | "usage">): string | undefined {
  return latest(input.lastUse?.at, input.usage?.lastAt);
}

/** Nothing that a key is otherwise makes it less of an incident. */
function incidentVerdict({ usage, isBreakGlass, exception, status }: VerdictInput): Verdict | undefined {
  const incident = incidentOf(usage);
  if (incident === undefined) return undefined;
  const besides = [
    isBreakGlass ? "a break-glass user's" : "",
    exception ? `excepted as ${exception.name}` : "",
    status === "Active" ? "" : "inactive now",
  ].filter(Boolean);
  return { kind: "stolen", reason: [incident, ...besides].join("; ") };
}

/** By what it is used; IAM's last use says whether what CloudTrail showed is still so. */
function verdictOnUse({ usage, hints, lastUse }: VerdictInput): Verdict {
  return classifyUse(usage, hints, lastUse?.at);
}

/** The verdict on one credential. The first rule that holds decides. */
export function verdictOf(input: VerdictInput, maxUnusedDays: number, now: Date): Verdict {
  const { kind, status, createdAt, exception } = input;
  const incident = incidentVerdict(input);
  if (incident) return incident;
  if (input.isBreakGlass) {
    return {
      kind: "break-glass",
      reason:
        kind === "password"
          ? "break glass: unused by design"
          : "break glass, which is to have no such credential: take it away by hand",
    };
  }
  if (exception)
    return {
      kind: "excepted",
      reason: `exception ${exception.name} of ${exception.owner}, until ${exception.expires}`,
    };
  if (status !== "Active")
    return {
      kind: "inactive",
      reason: status === "Expired" ? "expired" : "inactive: it can be activated again until it is deleted",
    };
  const age = createdAt === undefined ? undefined : daysBetween(createdAt, now);
  if (!KNOWS_USE.has(kind))
    return {
      kind: "unknown",
      reason: `IAM does not say when it was used${age === undefined ? "" : `; ${age} days old`}`,
    };
  const used = lastUsedAt(input);
  if (input.useUnknown && used === undefined) return { kind: "unknown", reason: "its last use could not be read" };
  if (used === undefined) {
    if (age === undefined) return { kind: "unknown", reason: "neither its age nor its last use is known" };
    return age >= maxUnusedDays
      ? { kind: "never-used", reason: `never used, made ${age} days ago` }
      : { kind: "new", reason: `never used, but made only ${age} days ago` };
  }
  const idle = daysBetween(used, now);
  if (idle >= maxUnusedDays && input.useUnknown) return { kind: "unknown", reason: "its last use could not be read" };
  if (idle >= maxUnusedDays) return { kind: "unused", reason: `unused for ${idle} days, since ${isoDay(used)}` };
  if (kind === "root-access-key") return { kind: "in-use", reason: `root's key, used ${idle} days ago` };
  if (kind === "password") return { kind: "person", reason: `signed in ${idle} days ago` };
  return verdictOnUse(input);
}
