import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { BaselineError } from "../../kernel/errors";

/**
 * What was done and seen, one line each, only ever added to: the memory of `keyless retire`. A step is written down before it is taken and
 * after, each time down to the disk, so that a run that was killed leaves no key whose state nobody knows. No secret is in it.
 */

export const JOURNAL_EVENTS = [
  /** About to be done; without the line that says it was, the step may or may not have happened. */
  "deactivating",
  "deactivated",
  "deleting",
  "deleted",
  "reactivating",
  "reactivated",
  /** How a key was found. */
  "seen-inactive",
  "seen-active",
] as const;

export interface JournalEntry {
  /** When it was done or seen. */
  readonly at: string;
  readonly event: (typeof JOURNAL_EVENTS)[number];
  readonly accountId: string;
  readonly user: string;
  readonly keyId: string;
}

export function journalFile(projectRoot: string, environment: string): string {
  return join(projectRoot, ".keyless", "retire", `${environment}.jsonl`);
}

/** Reads a journal; empty when there is none. A last line that a kill has cut off never was: its step had not begun. */
export function readJournal(file: string): readonly JournalEntry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.flatMap((line, index) => (line === "" ? [] : [parseEntry(file, line, index + 1)]));
}

function parseEntry(file: string, line: string, number: number): JournalEntry {
  let entry: Partial<JournalEntry> | null;
  try {
    entry = JSON.parse(line) as Partial<JournalEntry> | null;
  } catch {
    entry = null;
  }
  const known =
    entry !== null &&
    typeof entry === "object" &&
    JOURNAL_EVENTS.includes(entry.event!) &&
    !Number.isNaN(Date.parse(entry.at ?? "")) &&
    /^\d{12}$/.test(entry.accountId ?? "");
  if (!known || typeof entry?.user !== "string" || typeof entry.keyId !== "string") {
    throw new BaselineError([
      {
        code: "RETIRE-JOURNAL",
        message: "This line is no entry of a journal.",
        fix: "Restore the file, or take this line out: without a line that is missed, a key is only left alone for longer.",
        place: { file, line: number },
      },
    ]);
  }
  return entry as JournalEntry;
}

/** Adds to a journal. What a kill has left of a last line is taken away first, or the next one would run into it. */
export class JournalWriter {
  readonly #handle: number;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    const before = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const whole = before.lastIndexOf("\n") + 1;
    if (whole < before.length) truncateSync(file, whole);
    this.#handle = openSync(file, "a", 0o600);
  }

  write(entry: JournalEntry): void {
    writeSync(this.#handle, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#handle);
  }

  close(): void {
    closeSync(this.#handle);
  }
}
