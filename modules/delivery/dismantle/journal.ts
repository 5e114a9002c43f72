import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readText } from "../../kernel/read-text";

/**
 * What was taken away when, and by whom, a line for each event, in `.keyless/dismantle/<env>.jsonl`: for people. Nothing goes by it: what is left the
 * states say.
 */

const entrySchema = z.strictObject({
  /** ISO 8601 in UTC. */
  at: z.iso.datetime(),
  event: z.enum(["begun", "gone", "failed", "ended"]),
  /** Who runs it, as AWS says. */
  by: z.string().optional(),
  stack: z.string().optional(),
  deleted: z.int().nonnegative().optional(),
  letGo: z.int().nonnegative().optional(),
});
export type JournalEntry = z.infer<typeof entrySchema>;

export const journalFile = (projectRoot: string, environment: string): string =>
  join(projectRoot, ".keyless", "dismantle", `${environment}.jsonl`);

/** @throws Error where it cannot be written: then nothing more is begun */
export function note(file: string, entry: JournalEntry): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** What an earlier run has noted; a line that cannot be read is left out. */
export function readJournal(file: string): readonly JournalEntry[] {
  let content: string;
  try {
    content = readText(file);
  } catch {
    return [];
  }
  return content.split("\n").flatMap((line) => {
    try {
      return [entrySchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
