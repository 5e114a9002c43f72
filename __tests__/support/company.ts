import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder outside of the clone in which the packed package is installed, as a company does it. */

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with none of this process's settings but those of npm. */
export function run(folder: string, command: string, ...args: readonly string[]): Run {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NO_COLOR: "1",
      CI: "true",
      CHECKPOINT_DISABLE: "1",
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => /^npm_config_(registry|cafile|cache)$/i.test(name)),
      ),
    },
  });
  return { status, stdout, stderr };
}

/** Packs a folder whose `dist` is built. @returns path of the tarball */
export function pack(root: string, into: string): string {
  const { stdout, stderr } = run(root, "npm", "pack", "--ignore-scripts", "--pack-destination", into);
  const name = stdout.trim().split("\n").at(-1);
  if (!name?.endsWith(".tgz")) throw new Error(stderr);
  return join(into, name);
}

export function install(folder: string, ...args: readonly string[]): void {
  const { status, stderr } = run(folder, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", ...args);
  if (status !== 0) throw new Error(stderr);
}

/** Commits all that git does not ignore. */
export function commitAll(folder: string): void {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  for (const args of [
    ["add", "--all"],
    [...who, "commit", "--quiet", "-m", "all"],
  ]) {
    const { status, stderr } = run(folder, "git", ...args);
    if (status !== 0) throw new Error(stderr);
  }
}

/** Replaces a text that is there; one that is not would make the test prove nothing. */
export function change(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(file, "utf8");
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  writeFileSync(file, after);
}

/** The synthesized stacks below a folder, by name. */
export function stacksOf(root: string): Readonly<Record<string, string>> {
  const folder = join(root, "cdktf.out", "stacks");
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name, "cdk.tf.json"), "utf8")]),
  );
}

/** An empty folder `company` in a folder of its own, both outside of the clone. */
export function emptyCompany(): { readonly work: string; readonly company: string } {
  const work = mkdtempSync(join(tmpdir(), "keyless-company-"));
  const company = join(work, "company");
  mkdirSync(company);
  return { work, company };
}
