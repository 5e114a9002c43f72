import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { BaselineError } from "./errors";

/** What writing needs of a disk: a test brings one that is full. */
export interface Disk {
  /** Writes some of the bytes, perhaps not all, and gives how many. */
  readonly write: (handle: number, bytes: Uint8Array) => number;
  /** Returns when everything is on the disk. */
  readonly sync: (handle: number) => void;
}

export const REAL_DISK: Disk = {
  write: (handle, bytes) => writeSync(handle, bytes),
  sync: (handle) => fsyncSync(handle),
};

/**
 * Writes all of a text, down to the disk: a disk that is nearly full takes a part of it without an error.
 *
 * @throws Error where not all of it could be written
 */
export function writeFully(handle: number, text: string, disk: Disk = REAL_DISK): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    const written = disk.write(handle, rest);
    if (written <= 0) throw new Error("the disk takes nothing more");
    rest = rest.subarray(written);
  }
  try {
    disk.sync(handle);
  } catch (error) {
    // Terminals and pipes have no disk behind them.
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
  }
}

/**
 * Writes a file as a whole or not at all: whoever reads at the same time, and whoever comes after a crash, sees the old one or the new one.
 * A device or a pipe is written to as it is.
 *
 * @throws BaselineError FILE-NOT-WRITTEN (exit code 1): the disk is full, the folder is not ours, …; nothing is left half-written
 */
export function writeAtomically(
  path: string,
  text: string,
  { disk = REAL_DISK, mode = 0o666 }: { readonly disk?: Disk; readonly mode?: number } = {},
): void {
  let temporary: string | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const target = whatIsThere(path);
    if (target !== undefined && !statSync(target).isFile()) {
      if (statSync(target).isFIFO()) refuseUnread(target);
      writeInto(target, text, disk, mode);
      return;
    }
    temporary = `${target ?? path}.${process.pid}.tmp`;
    writeInto(temporary, text, disk, mode);
    renameSync(temporary, target ?? path);
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw notWritten(path, error);
  }
}

/**
 * Writes a file that is not there yet, as a whole or not at all.
 *
 * @throws BaselineError FILE-NOT-WRITTEN (exit code 1): something has this name already, the disk is full, …
 */
export function writeNew(path: string, text: string, disk: Disk = REAL_DISK): void {
  let handle: number | undefined;
  try {
    handle = openSync(path, "wx");
    writeFully(handle, text, disk);
  } catch (error) {
    if (handle !== undefined) rmSync(path, { force: true });
    const isThere = handle === undefined && (error as NodeJS.ErrnoException).code === "EEXIST";
    throw notWritten(path, isThere ? new Error("something has this name already (EEXIST)") : error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/**
 * Looks, before the work is done, whether a file could be written at its end.
 *
 * @throws BaselineError FILE-NOT-WRITTEN: a folder is there, or a pipe that nobody reads
 */
export function checkWritable(path: string): void {
  try {
    const target = whatIsThere(path);
    if (target === undefined) return;
    const there = statSync(target);
    if (there.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    if (there.isFIFO()) refuseUnread(target);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** A pipe that nobody reads would be waited for until somebody does. */
function refuseUnread(pipe: string): void {
  closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
}

/** The file itself, behind symbolic links; nothing where there is none. */
function whatIsThere(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Adds a line to a file as a whole or not at all.
 *
 * @throws BaselineError FILE-NOT-WRITTEN (exit code 1): what was written of the line is taken away again
 */
export function appendLine(path: string, line: string, disk: Disk = REAL_DISK): void {
  try {
    const handle = openSync(path, "a", 0o600);
    const { size } = fstatSync(handle);
    try {
      writeFully(handle, `${line}\n`, disk);
    } catch (error) {
      ftruncateSync(handle, size);
      throw error;
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw notWritten(path, error);
  }
}

function writeInto(path: string, text: string, disk: Disk, mode: number): void {
  const handle = openSync(path, "w", mode);
  try {
    writeFully(handle, text, disk);
    const stat = fstatSync(handle);
    if (stat.isFile() && stat.size !== Buffer.byteLength(text)) throw new Error("not all of it is on the disk");
  } finally {
    closeSync(handle);
  }
}

function notWritten(file: string, error: unknown): BaselineError {
  return new BaselineError(
    [
      {
        code: "FILE-NOT-WRITTEN",
        message: `The file cannot be written: ${writeFailure(error)}.`,
        fix: "Make room, or name another file, and run it again: what was there before is unchanged.",
        place: { file },
      },
    ],
    1,
  );
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "there is no right to write there (EACCES)",
  EDQUOT: "the disk quota is used up (EDQUOT)",
  EEXIST: "a file is where a folder has to be (EEXIST)",
  EFBIG: "it is larger than files may be here (EFBIG)",
  EISDIR: "a folder is there (EISDIR)",
  ENXIO: "it is a pipe that nobody reads (ENXIO)",
  ENOSPC: "the disk is full (ENOSPC)",
  ENOTDIR: "a part of its path is no folder (ENOTDIR)",
  EROFS: "the disk is read-only (EROFS)",
};

/** Whether the system refuses for a reason that is nobody's mistake in this program: the disk, or rights. */
export function isRefusedBySystem(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall !== undefined && code !== undefined && Object.hasOwn(WORDS, code);
}

/** What a failure to write says, in words. */
export function writeFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS[code ?? ""] ?? message;
}
