import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import { BaselineError } from "../../kernel/errors";
import { readBytes, readText } from "../../kernel/read-text";
import { Disk, REAL_DISK, writeFailure, writeFully } from "../../kernel/write-file";

/**
 * What was done and seen, one line each, only ever added to: the memory of `keyless retire`. A step is written down before it is taken and
 * after, each time down to the disk, so that a run that was killed leaves no key whose state nobody knows. No secret is in it.
 *
 * Every line carries the SHA-256 of itself and of the chain before it: a line that was edited, moved, added or taken out by hand is noticed
 * before anything is deleted because of it. It is no signature: who computes the whole chain again, or cuts off the last lines, is not noticed.
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

/** Bytes: a million steps. */
const LARGEST = 400_000_000;

/** JSON leaves U+2028 and U+2029 as they are: they end no line here. */
const CHAINED = /^(\{.+),"chain":"([0-9a-f]{64})"\}$/s;

function nextChain(before: string, body: string): string {
  return createHash("sha256").update(`${before}\n${body}`).digest("hex");
}

interface Read {
  readonly entries: readonly JournalEntry[];
  /** Of the last line; empty where there is none. */
  readonly chain: string;
}

/**
 * Reads a journal; empty when there is none. A last line that a kill has cut off never was: its step had not begun.
 *
 * @throws BaselineError RETIRE-JOURNAL: a line is none, or was changed after it was written
 */
export function readJournal(file: string): readonly JournalEntry[] {
  return existsSync(file) ? parseJournal(file, readText(file, LARGEST)).entries : [];
}

function parseJournal(file: string, content: string): Read {
  const entries: JournalEntry[] = [];
  let chain = "";
  for (const [index, line] of content.split("\n").slice(0, -1).entries()) {
    const [, start, written] = CHAINED.exec(line) ?? [];
    const body = start === undefined ? line : `${start}}`;
    entries.push(parseEntry(file, body, index + 1));
    chain = nextChain(chain, body);
    if (chain !== written)
      throw new BaselineError([
        {
          code: "RETIRE-JOURNAL",
          message:
            written === undefined
              ? "This line was not written by keyless: it has no chain."
              : "This line, or one before it, was changed after it was written: its chain does not fit.",
          fix: "Restore the file from a copy. Without one, move it away: the days that keys are inactive then count from the next look, and undo no longer knows these keys.",
          place: { file, line: index + 1 },
        },
      ]);
  }
  return { entries, chain };
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
        fix: "Restore the file from a copy.",
        place: { file, line: number },
      },
    ]);
  }
  return entry as JournalEntry;
}

/** The journal cannot be written: what is not written down is not done. */
export class JournalNotWritten extends BaselineError {
  constructor(file: string, error: unknown) {
    super(
      [
        {
          code: "RETIRE-JOURNAL-WRITE",
          message: `The journal cannot be written: ${writeFailure(error)}. No further key is touched.`,
          fix: "Make room, and run it again: what was begun is in the journal.",
          place: { file },
        },
      ],
      1,
    );
  }
}

/** Adds to a journal. What a kill has left of a last line is taken away first, or the next one would run into it. */
export class JournalWriter {
  readonly #handle: number;
  #chain: string;
  #size: number;

  /** @throws BaselineError RETIRE-JOURNAL where what is there was changed */
  constructor(
    private readonly file: string,
    private readonly disk: Disk = REAL_DISK,
  ) {
    mkdirSync(dirname(file), { recursive: true });
    const before = existsSync(file) ? readBytes(file, LARGEST) : Buffer.alloc(0);
    this.#size = before.lastIndexOf("\n") + 1;
    this.#chain = parseJournal(file, before.subarray(0, this.#size).toString("utf8")).chain;
    if (this.#size < before.length) truncateSync(file, this.#size);
    this.#handle = openSync(file, "a", 0o600);
  }

  /**
   * Returns when the whole line is on the disk. A line of which only a part could be written is taken away again.
   *
   * @throws JournalNotWritten
   */
  write(entry: JournalEntry): void {
    const body = JSON.stringify(entry);
    const chain = nextChain(this.#chain, body);
    const line = `${body.slice(0, -1)},"chain":"${chain}"}\n`;
    // Lines of another program are never cut off: neither is anything written behind them.
    const found = fstatSync(this.#handle).size;
    if (found !== this.#size)
      throw new JournalNotWritten(
        this.file,
        new Error(`another program has written to it (${found} bytes where ${this.#size} were expected)`),
      );
    try {
      writeFully(this.#handle, line, this.disk);
      const size = this.#size + Buffer.byteLength(line);
      if (fstatSync(this.#handle).size !== size) throw new Error("it has another length than what was written");
      this.#size = size;
      this.#chain = chain;
    } catch (error) {
      try {
        // More than this line is there only if another program wrote it in the same moment.
        if (fstatSync(this.#handle).size <= this.#size + Buffer.byteLength(line))
          ftruncateSync(this.#handle, this.#size);
      } catch {
        // The next run takes a half line away, too.
      }
      throw new JournalNotWritten(this.file, error);
    }
  }

  close(): void {
    closeSync(this.#handle);
  }
}
