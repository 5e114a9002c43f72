import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { BaselineError } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import { isAlive, pidNamespace, processMark, processSchema } from "../../kernel/process";
import { readText } from "../../kernel/read-text";
import { writeAtomically } from "../../kernel/write-file";

/**
 * One run at a time for a journal on one machine. Runs on other machines are kept from harm by what every step looks at just before it is
 * taken: a key that is inactive or gone already is nothing to be done.
 */
export interface Lock {
  release(): void;
}

/** A later version may say more. */
const holderSchema = z.object({
  ...processSchema.shape,
  host: z.string(),
  since: z.string(),
  /** Where the pid counts: in a container it is another process, or none, outside. Absent: not Linux, or an older lock. */
  namespace: z.string().optional(),
});
type Holder = z.infer<typeof holderSchema>;

export function takeLock(file: string, now: Date): Lock {
  mkdirSync(dirname(file), { recursive: true });
  const self: Holder = {
    ...processMark(process.pid),
    host: hostname(),
    since: now.toISOString(),
    ...defined({ namespace: pidNamespace() }),
  };
  const own = `${JSON.stringify(self)}\n`;
  for (let tries = 0; tries < 3; tries++) {
    if (create(file, own))
      return {
        release: () =>
          existsSync(file) && readFileSync(file, "utf8") === own ? rmSync(file, { force: true }) : undefined,
      };
    const found = read(file);
    if (found === undefined) continue;
    // A lock appears with its content: an empty one is what a crash of the machine has left of it.
    if (found.trim() === "") {
      takeAway(file, found);
      continue;
    }
    const holder = parse(found);
    if (!holder || !isDead(holder)) throw locked(file, holder);
    takeAway(file, found);
  }
  throw locked(file, parse(read(file) ?? ""));
}

/** The file appears with all of its content or not at all. */
function create(file: string, content: string): boolean {
  const whole = `${file}.${process.pid}.new`;
  writeAtomically(whole, content);
  try {
    linkSync(whole, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(whole, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readText(file);
  } catch {
    return undefined;
  }
}

/** Takes the lock of a dead run away; gives it back when it was another's by then, who came first. */
function takeAway(file: string, dead: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, "utf8") !== dead) linkSync(aside, file);
  } catch {
    // Somebody else took it away: the next try tells.
  } finally {
    rmSync(aside, { force: true });
  }
}

function parse(content: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

/** Certainly: of a run on another machine, or in another container of this one, nobody sees here whether it lives. */
function isDead(holder: Holder): boolean {
  return holder.host === hostname() && holder.namespace === pidNamespace() && !isAlive(holder);
}

function locked(file: string, holder: Holder | undefined): BaselineError {
  const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since}` : "somebody";
  return new BaselineError(
    [
      {
        code: "RETIRE-LOCKED",
        message: `Another run has the lock: ${who}.`,
        fix: "Wait until it is done. If it is not running any more, remove the file.",
        place: { file },
      },
    ],
    1,
  );
}
