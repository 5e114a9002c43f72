import { unique } from "../../kernel/lists";

/** What verify says of one thing that the target state promises. Plain data. */

/**
 * - `seen`: read from AWS, and as planned
 * - `missing`: planned, and not there
 * - `different`: there, and not as planned; or there, and not planned
 * - `not-readable`: AWS did not answer, so that nothing is known: never counts as seen
 */
export type Verdict = "seen" | "missing" | "different" | "not-readable";

/** Parts of a target state that can be verified by themselves, in the order of the report. */
export const SECTIONS = [
  "organization",
  "break-glass",
  "guardrails",
  "identity-center",
  "workload-identity",
  "credential-hygiene",
  "pipeline",
] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface ClaimPlace {
  readonly accountId: string;
  /** For people. Absent: an account that the facts do not know. */
  readonly accountName?: string;
  /** Absent: the thing is global. */
  readonly region?: string;
}

/** What is claimed, before anybody has looked. */
export interface ClaimSubject {
  readonly section: SectionName;
  /** Kind of thing, for programs and for counting: `role`, `attachment`, `subscription`. */
  readonly kind: string;
  /** Name of the thing: `SecurityBreakGlass`, `keyless-dlo-dru on Workloads`. */
  readonly name: string;
  /** What is promised of it, as a sentence without a full stop. */
  readonly promise: string;
  readonly place: ClaimPlace;
}

/** What was found. `details` say what differs or why nothing is known; for a thing that is seen, what is worth knowing all the same. */
export interface Finding {
  readonly verdict: Verdict;
  readonly details: readonly string[];
  /** A person has still to do it, and no apply can: enrol a user, confirm a subscription. It fails all the same. */
  readonly waitsForPerson?: true;
}

export interface Claim extends ClaimSubject, Finding {
  /** When AWS was read, ISO 8601 in UTC, to the second. */
  readonly at: string;
}

export const SEEN: Finding = { verdict: "seen", details: [] };

export function seen(...details: readonly string[]): Finding {
  return { verdict: "seen", details };
}

export function missing(...details: readonly string[]): Finding {
  return { verdict: "missing", details };
}

/** Seen when nothing differs. */
export function differing(details: readonly string[]): Finding {
  return details.length === 0 ? SEEN : { verdict: "different", details };
}

/** Everything that stands in only one of two lists, as details: `without x`, `with y besides`. */
export function listDifferences(what: string, planned: readonly string[], found: readonly string[]): readonly string[] {
  const lacking = unique(planned)
    .filter((one) => !found.includes(one))
    .sort();
  const extra = unique(found)
    .filter((one) => !planned.includes(one))
    .sort();
  return [
    ...lacking.map((one) => `${what} lacks ${one}`),
    ...extra.map((one) => `${what} has ${one}, which is not planned`),
  ];
}

/** Whether a finding is of something that nobody has planned: that stands in these words wherever it is found. */
export function isOfUnplanned({ details }: Finding): boolean {
  return details.some((detail) => detail.includes("not planned"));
}

/** A single value that differs. */
export function valueDifference(
  what: string,
  planned: string | number | boolean | undefined,
  found: string | number | boolean | undefined,
): readonly string[] {
  return planned === found ? [] : [`${what} is ${text(found)}, planned is ${text(planned)}`];
}

function text(value: string | number | boolean | undefined): string {
  return value === undefined || value === "" ? "not set" : String(value);
}
