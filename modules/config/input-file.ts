import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import type { Place, Problem } from "../kernel/errors";

/**
 * Reads a file that a person or a pull request has put there: bounded in time and memory, whatever it is.
 *
 * What is refused says why: a folder, a pipe or a device in place of a file, a link that leads out of the environment, bytes that are
 * not UTF-8, control characters.
 */

const MEGABYTE = 1024 * 1024;

/**
 * Bytes. The facts of 10,000 accounts take 4 MB; what people write is smaller. Reading takes two seconds and a hundred megabytes of memory for
 * each megabyte at most.
 */
const LARGEST_FACTS = 16 * MEGABYTE;
const LARGEST = 4 * MEGABYTE;

export type InputText = { readonly text: string } | { readonly problem: Problem };

/**
 * @param file relative to the project's root, with forward slashes
 * @param folder the environment's folder, which links may not leave, relative to the project's root
 * @returns nothing where there is no file
 */
export function readInput(projectRoot: string, file: string, folder: string): InputText | undefined {
  const read = readInputBytes(projectRoot, file, folder);
  return read === undefined || "problem" in read ? read : decoded(file, read.bytes);
}

export type InputBytes = { readonly bytes: Buffer } | { readonly problem: Problem };

/** The same for a file that is no text. */
export function readInputBytes(projectRoot: string, file: string, folder: string): InputBytes | undefined {
  const path = join(projectRoot, file);
  const refused = (message: string, fix: string, place: Place = { file }): InputBytes => ({
    problem: { code: "INPUT-FILE", message, fix, place },
  });
  const asFile = "Put a plain file there.";
  let descriptor: number | undefined;
  try {
    const isLink = lstatSync(path).isSymbolicLink();
    if (isLink && !existsSync(path)) return refused(`${file} is a link that leads nowhere.`, asFile);
    const real = realpathSync(path);
    const home = realpathSync(join(projectRoot, folder));
    if (!real.startsWith(home + sep)) return refused(`${file} is a link that leads out of ${folder}.`, asFile);
    // A pipe that nobody writes to would wait for ever.
    descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile())
      return refused(`${file} is ${status.isDirectory() ? "a folder" : "a pipe or a device"}, not a file.`, asFile);
    const largest = file.endsWith("/organization.yaml") ? LARGEST_FACTS : LARGEST;
    const bytes = readBounded(descriptor, status.size, largest);
    if (bytes === undefined)
      return refused(`${file} is larger than ${largest / MEGABYTE} MB.`, "Nothing that belongs here is as large.");
    return { bytes };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return refused(`${file} cannot be read (${code || message}).`, "Let this user read it.");
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Nothing where there is more than may be. A size is only what the file system says. */
function readBounded(descriptor: number, size: number, largest: number): Buffer | undefined {
  if (size > largest) return undefined;
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.alloc(Math.max(1, Math.min(size + 1, 1 << 20)));
    const read = readSync(descriptor, chunk);
    if (read === 0) return Buffer.concat(chunks, total);
    total += read;
    if (total > largest) return undefined;
    chunks.push(chunk.subarray(0, read));
  }
}

function decoded(file: string, bytes: Buffer): InputText {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const problem = controlProblem(file, text);
    return problem ? { problem } : { text };
  } catch {
    return {
      problem: {
        code: "INPUT-ENCODING",
        message: "The bytes in this line are not UTF-8.",
        fix: "Save the file as UTF-8.",
        place: { file, line: firstBadLine(bytes) },
      },
    };
  }
}

function firstBadLine(bytes: Buffer): number {
  // A line feed is never part of another character, so that lines can be looked at one by one.
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end < 0 ? undefined : end));
    } catch {
      return line;
    }
    if (end < 0) break;
    start = end + 1;
  }
  return line;
}

// Control characters are what is looked for; noncharacters and cdktf's markers stand for something else in a synth
const UNWANTED =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufdd0-\ufdef\ufffe\uffff]|TfToken\[/;

/** The first character that no input may have. */
export function controlProblem(file: string, text: string): Problem | undefined {
  const found = UNWANTED.exec(text);
  if (!found) return undefined;
  const before = text.slice(0, found.index).split("\n");
  const [character] = found;
  return {
    code: "INPUT-CHARACTER",
    message:
      character.length > 1
        ? `The text ${character} has a special meaning in the synthesizer.`
        : `The control character U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} is in this text.`,
    fix: "Take it out.",
    place: { file, line: before.length, column: before.at(-1)!.length + 1 },
  };
}
