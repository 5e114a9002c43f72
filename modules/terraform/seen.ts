import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../kernel/write-file";
import { lockFile } from "../config/stack-folder";
import type { SynthesizedStack } from "./environment-stacks";

/**
 * When a stack was last seen to be in AWS as it says: after an apply without an error, or when a plan found nothing to change. A file for each
 * stack, with hashes and no value. `keyless plan --changed` leaves out what was seen and is the same since; nothing else goes by it.
 */

const seenSchema = z.strictObject({
  format: z.literal("keyless-seen/1"),
  stack: z.string(),
  how: z.enum(["applied", "planned"]),
  /** ISO 8601. */
  at: z.iso.datetime(),
  /** Hash of the stack, and of what chooses the AWS and the state that Terraform works with. */
  digest: z.string(),
  /** Hash of the lock file: the providers. */
  lock: z.string(),
});

export type Seen = z.infer<typeof seenSchema>;

/** What was seen longer ago is planned again, in hours: others change things, too. */
export const SEEN_HOURS = 24;

/** Variables that choose the AWS, the credentials' profile, the backend or the values that Terraform works with. */
const CHOOSES = /^(AWS_(PROFILE|REGION|DEFAULT_REGION|CONFIG_FILE|ENDPOINT_URL\w*)|TF_\w+|TERRAFORM_BINARY_NAME)$/;
/** Terraform's own files: not part of what a synth says. */
const NOT_SYNTHESIZED = /^(\.terraform($|[./])|terraform\..*tfstate|.*\.tfplan$)/;

export const seenFolder = (projectRoot: string): string => join(projectRoot, ".keyless", "seen");
const seenFile = (folder: string, stack: string): string => join(folder, `${encodeURIComponent(stack)}.json`);

/**
 * Notes what a run has seen. A note that cannot be written is none: the stack is planned again.
 *
 * @param digest of the folder from before Terraform read it: by the end a synth may have written another stack there
 */
export function noteSeen(
  folder: string,
  stack: string,
  how: Seen["how"],
  { digest, lock }: { readonly digest: string; readonly lock: string },
  now: Date = new Date(),
): void {
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const seen: Seen = {
    format: "keyless-seen/1",
    stack,
    how,
    at,
    digest,
    lock: sha256(lock),
  };
  try {
    writeAtomically(seenFile(folder, stack), `${JSON.stringify(seen)}\n`);
  } catch {
    // An older note says when it was: it still counts for what it names and for nothing else.
  }
}

/** Takes a note away: before anything changes the stack's state, and when a plan finds that AWS is not as the stack says. */
export function forgetSeen(folder: string, stack: string): void {
  rmSync(seenFile(folder, stack), { force: true });
}

/**
 * When the stack was seen as it is now; undefined where it was not, where it, its providers or what chooses its AWS is another since, where it is
 * too long ago, and where the note cannot be read.
 */
export function lastSeen(
  projectRoot: string,
  { name, folder }: Pick<SynthesizedStack, "name" | "folder">,
  now: Date,
): Seen | undefined {
  let seen: Seen;
  try {
    seen = seenSchema.parse(JSON.parse(readFileSync(seenFile(seenFolder(projectRoot), name), "utf8")));
  } catch {
    return undefined;
  }
  const age = now.getTime() - Date.parse(seen.at);
  const shared = lockFile(projectRoot);
  const isSame =
    seen.stack === name &&
    seen.digest === digestOf(folder) &&
    (shared === undefined || sha256(readFileSync(join(projectRoot, shared), "utf8")) === seen.lock);
  return isSame && age >= 0 && age <= SEEN_HOURS * 3_600_000 ? seen : undefined;
}

export interface LeftOut {
  readonly stack: SynthesizedStack;
  readonly seen: Seen;
}

/**
 * Stacks that need no plan, because they are what was seen. One that depends on a stack which is planned is planned, too. So is the way back in
 * wherever guardrails are: it must be there before they are enforced.
 *
 * @param stacks all of the environment: what depends on what is asked of all
 */
export function seenAndUnchanged(
  projectRoot: string,
  stacks: readonly SynthesizedStack[],
  now: Date,
): readonly LeftOut[] {
  const left = new Map<string, LeftOut>();
  for (const stack of stacks) {
    const seen = lastSeen(projectRoot, stack, now);
    if (seen) left.set(stack.name, { stack, seen });
  }
  if (stacks.some(({ name, mark }) => mark?.section === "guardrails" && !left.has(name)))
    for (const { name, mark } of stacks) if (mark?.section === "breakGlass") left.delete(name);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const { name, dependencies } of stacks) if (dependencies.some((other) => !left.has(other))) left.delete(name);
  }
  return [...left.values()];
}

/** Hash of a stack as it is in its folder, and of what chooses the AWS that Terraform works with. */
export function digestOf(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !NOT_SYNTHESIZED.test(file))
    .sort();
  for (const file of files) hash.update(`${file}\0${sha256(readFileSync(join(folder, file)))}\0`);
  const chosen = Object.entries(process.env).filter(([name]) => CHOOSES.test(name));
  return hash.update(JSON.stringify(chosen.sort())).digest("hex");
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
