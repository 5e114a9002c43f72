import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENTS } from "../../config/load";
import { BaselineError } from "../../kernel/errors";
import { unique } from "../../kernel/lists";

/** Two checkouts, looked at as data: nothing of them is run. */

/** What is no code: the environments are data that the code reads, the rest is for people. */
const NOT_CODE = new Set([ENVIRONMENTS, "docs", "README.md"]);
/** What a build has made in the base. A pull request that brings it along brings code: what is built already is not built again. */
const MADE = new Set(["node_modules", "dist", "cdktf.out", ".keyless"]);

/**
 * Files that differ between two checkouts and are code: all but the environments and the docs. Sorted, with `/`.
 *
 * Links are compared by where they lead to, not followed.
 */
export function changedCode(base: string, head: string): readonly string[] {
  const code = (name: string): boolean => name !== ".git" && !NOT_CODE.has(name);
  const before = list(base, (name) => code(name) && !MADE.has(name));
  const after = list(head, code);
  return differing(base, before, head, after);
}

/** Files of one environment that differ, relative to its folder. */
export function changedInEnvironment(base: string, head: string, environment: string): readonly string[] {
  const [before, after] = [join(base, ENVIRONMENTS, environment), join(head, ENVIRONMENTS, environment)];
  return differing(before, list(before), after, list(after));
}

function differing(base: string, before: readonly string[], head: string, after: readonly string[]): readonly string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return unique([...before, ...after])
    .filter((file) => !old.has(file) || !now.has(file) || !same(join(base, file), join(head, file)))
    .sort();
}

function list(root: string, wanted: (name: string) => boolean = () => true, under = ""): readonly string[] {
  const folder = join(root, under);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (under === "" && !wanted(entry.name)) return [];
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    return entry.isDirectory() ? list(root, wanted, path) : [path];
  });
}

function same(one: string, other: string): boolean {
  const [a, b] = [lstatSync(one), lstatSync(other)];
  if (a.isSymbolicLink() || b.isSymbolicLink())
    return a.isSymbolicLink() && b.isSymbolicLink() && readlinkSync(one) === readlinkSync(other);
  return a.isFile() && b.isFile() && a.size === b.size && readFileSync(one).equals(readFileSync(other));
}

/**
 * Copies the environments of a checkout that nobody has agreed to yet. Links would make a file of this machine a part of the review.
 *
 * @throws BaselineError for anything but folders and plain files
 */
export function copyEnvironments(checkout: string, folder: string): void {
  const from = join(checkout, ENVIRONMENTS);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(from)) return;
  if (lstatSync(from).isSymbolicLink()) throw link(ENVIRONMENTS);
  for (const file of list(from)) {
    if (!lstatSync(join(from, file)).isFile()) throw link(`${ENVIRONMENTS}/${file}`);
  }
  cpSync(from, join(folder, ENVIRONMENTS), { recursive: true });
}

function link(file: string): BaselineError {
  return new BaselineError([
    {
      code: "PULL-REQUEST-LINK",
      message: "This is a link, which could lead anywhere on the machine that reviews it.",
      fix: "Put the file itself there.",
      place: { file },
    },
  ]);
}
