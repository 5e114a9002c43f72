/** Why something in the logs was not read as an event. Everything that is left out is counted under one of these. */
export const SKIP_REASONS = {
  otherFile: "files that are no logs by their name",
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
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;

/** Counts by reason; reasons that did not occur are missing. */
export type SkipCounts = { readonly [reason in SkipReason]?: number };

export class SkipCounter {
  private readonly counts = new Map<SkipReason, number>();

  add(reason: SkipReason, n = 1): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + n);
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
