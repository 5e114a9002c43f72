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
  const refuse = (message: string, fix: string): never => {
    throw new BaselineError([{ code: "INPUT-FILE", message, fix, place: { file: path } }]);
  };
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile())
      refuse(
        `This is ${status.isDirectory() ? "a folder" : "a pipe or a device"}, not a file.`,
        "Name a plain file; write the output of a command into one first.",
      );
    const chunks: Buffer[] = [];
    // A file may grow while it is read, and some (of /proc) say that they are empty.
    for (let total = 0; total <= largest;) {
      const chunk = Buffer.allocUnsafe(Math.min(Math.max(status.size - total + 1, MEGABYTE / 16), 64 * MEGABYTE));
      const read = status.size > largest ? largest + 1 : readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks, total).toString("utf8");
      total += read;
      chunks.push(chunk.subarray(0, read));
    }
    return refuse(
      `This is larger than ${Math.floor(largest / MEGABYTE)} MB.`,
      "Nothing that belongs here is as large.",
    );
  } finally {
    closeSync(descriptor);
  }
}
