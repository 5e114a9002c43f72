import { readdirSync, rmSync, statSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../kernel/write-file";
import { defined } from "../kernel/optional";
import { isAlive, pidNamespace, processMark, processSchema } from "../kernel/process";
import { readText } from "../kernel/read-text";

/**
 * What is known of Terraforms that this project has started, for the day when their `keyless` died before them: a file for each stack
 * that is being applied, and the private folders that a killed run could not take away.
 */

const runSchema = z.strictObject({
  stack: z.string(),
  operation: z.string(),
  host: z.string(),
  user: z.string(),
  /** ISO 8601. */
  started: z.string(),
  process: processSchema,
  /** Where the number of the process counts: in a container it is another process, or none, outside. Absent: not Linux, or an older note. */
  namespace: z.string().optional(),
});
export type Run = z.infer<typeof runSchema>;

export const runsFolder = (projectRoot: string): string => join(projectRoot, ".keyless", "runs");
const runFile = (folder: string, stack: string): string => join(folder, `${stack}.json`);

/** Notes that Terraform works on a stack. */
export function noteRun(folder: string, stack: string, operation: string, pid: number): void {
  const run: Run = {
    stack,
    operation,
    host: hostname(),
    user: userInfo().username,
    started: new Date().toISOString(),
    process: processMark(pid),
    ...defined({ namespace: pidNamespace() }),
  };
  writeAtomically(runFile(folder, stack), `${JSON.stringify(run)}\n`, { mode: 0o600 });
}

export function forgetRun(folder: string, stack: string): void {
  rmSync(runFile(folder, stack), { force: true });
}

/** The last run on a stack that has not been seen to end; nothing where there is none, or its file is damaged. */
export function notedRun(folder: string, stack: string): Run | undefined {
  try {
    return runSchema.parse(JSON.parse(readText(runFile(folder, stack))));
  } catch {
    return undefined;
  }
}

const OWNER = "owner.json";
const ownerSchema = z.strictObject({
  owner: processSchema,
  children: z.array(processSchema),
  /** As in a run. */
  namespace: z.string().optional(),
});

/** Notes whose a private folder is: this process, and the Terraforms that it has started. */
export function noteOwner(folder: string, children: readonly number[]): void {
  const owner = {
    owner: processMark(process.pid),
    children: children.map(processMark),
    ...defined({ namespace: pidNamespace() }),
  };
  writeAtomically(join(folder, OWNER), JSON.stringify(owner), { mode: 0o600 });
}

/**
 * Takes away the private folders of runs that were killed: the plan files in them hold values that are secret. A folder whose
 * Terraform is still at work stays.
 */
export function removeDeserted(prefixes: readonly string[]): void {
  const { uid } = userInfo();
  for (const name of readdirSync(tmpdir())) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue;
    const folder = join(tmpdir(), name);
    try {
      if (uid >= 0 && statSync(folder).uid !== uid) continue;
      const { owner, children, namespace } = ownerSchema.parse(JSON.parse(readText(join(folder, OWNER))));
      // In another container the same numbers are other processes: whether that run lives nobody sees here.
      if (namespace !== undefined && namespace !== pidNamespace()) continue;
      if (![owner, ...children].some(isAlive)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another's, or gone meanwhile: not ours to judge.
    }
  }
}
