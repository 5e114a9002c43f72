import { readFileSync, readlinkSync } from "node:fs";
import { z } from "zod";
import { defined } from "./optional";

/** Processes, as notes and locks name them: so that another process with the same number is not taken for one. */

export const processSchema = z.strictObject({
  pid: z.int().positive(),
  /** When the process began, as the kernel counts (field 22 of /proc/<pid>/stat); a pid is used again, this is not. Absent: not Linux. */
  start: z.string().optional(),
});
export type ProcessMark = z.infer<typeof processSchema>;

/** Marks a process, so that another that gets its pid is not taken for it. */
export function processMark(pid: number): ProcessMark {
  const start = startOf(pid);
  return { pid, ...defined({ start }) };
}

function startOf(pid: number): string | undefined {
  try {
    // The name, in brackets, may hold anything; what follows it does not.
    return /\) \S (?:\S+ ){18}(\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** The namespace that numbers of processes count in here, as the kernel names it; nothing where it cannot be seen. */
export function pidNamespace(): string | undefined {
  return namespaceOf("pid");
}

/** First inodes of the kernel: https://github.com/torvalds/linux/blob/master/include/uapi/linux/nsfs.h */
const MACHINES_OWN = { pid: "pid:[4026531836]", uts: "uts:[4026531838]" } as const;

/**
 * Whether processes can run under this host's name that cannot be seen here: this one has process numbers of its own (a container), and
 * shares the machine's name.
 */
export function isBlindToHost(of: (kind: "pid" | "uts") => string | undefined = namespaceOf): boolean {
  return of("pid") !== MACHINES_OWN.pid && (of("uts") ?? MACHINES_OWN.uts) === MACHINES_OWN.uts;
}

function namespaceOf(kind: "pid" | "uts"): string | undefined {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** Whether the very process still runs. */
export function isAlive({ pid, start }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  if (/\) [ZX] /.test(statLine(pid))) return false;
  return start === undefined || startOf(pid) === undefined || startOf(pid) === start;
}

function statLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}
