/** Why something in the logs was not read as an event. Everything that is left out is counted under one of these. */
export const SKIP_REASONS = {
  otherFile: "files in which nothing was recognised as a log",
  digest: "digest files",
  beforeSince: "files of days before --since",
  notRegular: "links and special files",
  unreadable: "files that could not be read",
  damagedGzip: "files whose compression is damaged",
  truncated: "files that end in the middle of an event",
  empty: "empty files",
  notJson: "lines that are not JSON",
  brokenJson: "files with broken JSON, left at that place",
  tooLarge: "records larger than any event of CloudTrail",
  notAnEvent: "records without the name and source of an event",
  insight: "Insights events",
  noTime: "events without a time",
  columns: "tables without all columns that a conclusion rests on",
  morePages: "answers that are not whole: a next page, more records than they have, a query that did not finish",
  selection: "answers of queries: what they left out is not known",
  notice: "notices that a log file was written, which contain no event",
  packed: "files packed in a way that is not read here",
  parquet: "Parquet files that could not be read",
  control: "messages by which AWS tries a delivery",
  signature: "signatures of query results",
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;

/** Counts by reason; reasons that did not occur are missing. */
export type SkipCounts = { readonly [reason in SkipReason]?: number };

/** A file that something is wrong with, and what. */
export interface FileProblem {
  readonly file: string;
  readonly problem: string;
}

/** What may be left out without a doubt about what was in it. */
const HARMLESS: ReadonlySet<SkipReason> = new Set([
  "digest",
  "beforeSince",
  "insight",
  "control",
  "signature",
  // Read to the end: whoever draws a conclusion asks about these by themselves.
  "selection",
]);
/** How many things were left out that may have had an event. What queries left out nobody can count: each of their answers counts as one. */
export function leftOutOf(skipped: SkipCounts): number {
  return Object.entries(skipped).reduce(
    (sum, [reason, n]) => (reason !== "selection" && HARMLESS.has(reason as SkipReason) ? sum : sum + n),
    0,
  );
}

const PROBLEMS_KEPT = 20;

export class SkipCounter {
  private readonly counts = new Map<SkipReason, number>();
  private readonly found: FileProblem[] = [];
  private readonly details = new Map<SkipReason, string>();

  /** @param file where a file is left out as a whole: its name is kept for people */
  add(reason: SkipReason, n = 1, file?: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + n);
    if (file !== undefined && !HARMLESS.has(reason)) this.problem({ file, problem: SKIP_REASONS[reason] });
  }

  /** The first files that something is wrong with. */
  get problems(): readonly FileProblem[] {
    return this.found;
  }

  problem(problem: FileProblem): void {
    if (this.found.length < PROBLEMS_KEPT) this.found.push(problem);
  }

  /** Says more of a reason than its sentence does, for the file that is read. */
  detail(reason: SkipReason, text: string): void {
    this.details.set(reason, text);
  }

  /** The reason in words, for the file that is read. */
  words(reason: SkipReason): string {
    return this.details.get(reason) ?? SKIP_REASONS[reason];
  }

  merge(other: SkipCounts): void {
    for (const [reason, n] of Object.entries(other)) this.add(reason as SkipReason, n);
  }

  /** In the order of the list above. */
  all(): SkipCounts {
    return Object.fromEntries(
      (Object.keys(SKIP_REASONS) as SkipReason[]).flatMap((reason) =>
        this.counts.has(reason) ? [[reason, this.counts.get(reason)!]] : [],
      ),
    );
  }
}

/** What was left out and may have mattered: everything but digests, Insights, days before `--since`, and what AWS writes beside the logs. */
export function doubtful(skipped: SkipCounts): SkipCounts {
  return Object.fromEntries(Object.entries(skipped).filter(([reason]) => !HARMLESS.has(reason as SkipReason)));
}
