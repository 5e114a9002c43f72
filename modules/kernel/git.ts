import { spawnSync } from "node:child_process";

/** What a commit holds, read with the `git` of the machine. Nothing is changed, and nothing of the commit is run. */

/** Bytes: the largest input file that is read. */
const LARGEST = 64 * 1024 * 1024;

function git(folder: string, args: readonly string[]): string | undefined {
  const run = spawnSync("git", ["--no-replace-objects", ...args], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: LARGEST,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return run.status === 0 ? run.stdout : undefined;
}

/**
 * @param name of a commit as git takes it: a hash, a branch, `HEAD^1`
 * @returns its hash; nothing where there is no such commit, no repository, or no git
 */
export function commitOf(folder: string, name: string): string | undefined {
  // A name that begins with a dash would be an option.
  if (name.startsWith("-")) return undefined;
  return git(folder, ["rev-parse", "--quiet", "--verify", `${name}^{commit}`])?.trim();
}

/**
 * @param commit hash
 * @param file relative to the folder, with forward slashes
 * @returns nothing where the commit does not have the file
 */
export function fileInCommit(folder: string, commit: string, file: string): string | undefined {
  return git(folder, ["show", `${commit}:./${file}`]);
}

/**
 * Names of the files that a commit has below a path, sorted. Links and submodules are none.
 *
 * @param path relative to the folder, with forward slashes
 */
export function filesInCommit(folder: string, commit: string, path: string): readonly string[] {
  return (git(folder, ["ls-tree", "-r", "-z", commit, "--", path]) ?? "")
    .split("\0")
    .flatMap((line) => {
      const [, mode, file] = /^(\d+) blob [0-9a-f]+\t(.+)$/s.exec(line) ?? [];
      return file !== undefined && mode?.startsWith("100") ? [file] : [];
    })
    .sort();
}

/** Whether files below a path differ from the last commit, or are not in it. */
export function isEdited(folder: string, path: string): boolean {
  return (git(folder, ["status", "--porcelain", "--untracked-files=all", "--", path]) ?? "") !== "";
}

/** Whether one commit comes before the other, or is it. */
export function isAncestor(folder: string, commit: string, of: string): boolean {
  return git(folder, ["merge-base", "--is-ancestor", commit, of]) !== undefined;
}

/** Name that commits of this machine's user have; nothing where none is set. */
export function userName(folder: string): string | undefined {
  return git(folder, ["config", "user.name"])?.trim() || undefined;
}

/** Day of the last commit that changed a file, `YYYY-MM-DD`; nothing where the file is edited since, not committed, or there is no git. */
export function dayOfLastChange(folder: string, path: string): string | undefined {
  if (isEdited(folder, path)) return undefined;
  return git(folder, ["log", "-1", "--format=%cs", "--", path])?.trim() || undefined;
}
