import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { BaselineError } from "./errors";

const MEGABYTE = 1 << 20;

/**
 * Text of a file that somebody has named on the command line: bounded in time and memory, whatever stands there. A pipe that nobody writes to would
 * wait for ever, and a device such as /dev/zero never ends.
 *
 * @param largest bytes. @default 64 MB
 * @throws BaselineError for what is no plain file, or is larger; the system's own error (ENOENT, EACCES) for what cannot be opened
 */
export function readText(path: string, largest = 64 * MEGABYTE): string {
  return readBytes(path, largest).toString("utf8");
}

/** As `readText`, where bytes are asked for. */
export function readBytes(path: string, largest = 64 * MEGABYTE): Buffer {
  const descriptor = openPlainFile(path);
  try {
    const status = fstatSync(descriptor);
    const chunks: Buffer[] = [];
    // A file may grow while it is read, and some (of /proc) say that they are empty.
    for (let total = 0; total <= largest;) {
      const chunk = Buffer.allocUnsafe(Math.min(Math.max(status.size - total + 1, MEGABYTE / 16), 64 * MEGABYTE));
      const read = status.size > largest ? largest + 1 : readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks, total);
      total += read;
      chunks.push(chunk.subarray(0, read));
    }
    throw refused(
      path,
      `This is larger than ${Math.floor(largest / MEGABYTE)} MB.`,
      "Nothing that belongs here is as large.",
    );
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Opens a plain file, for whoever reads it piece by piece and closes it.
 *
 * @throws as `readText`
 */
export function openPlainFile(path: string): number {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const status = fstatSync(descriptor);
  if (status.isFile()) return descriptor;
  closeSync(descriptor);
  throw refused(
    path,
    `This is ${status.isDirectory() ? "a folder" : "a pipe or a device"}, not a file.`,
    "Name a plain file; write the output of a command into one first.",
  );
}

function refused(file: string, message: string, fix: string): BaselineError {
  return new BaselineError([{ code: "INPUT-FILE", message, fix, place: { file } }]);
}
