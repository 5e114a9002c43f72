import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BaselineError, ExitCode, exitCodeOfSynth } from "../kernel/errors";
import { KEYLESS } from "../kernel/command";
import { fileInCommit } from "../kernel/git";
import { ownPackage, PACKAGE } from "./package";

/** What `npm install` takes for the version that was used before, and what to call it. */
export interface Before {
  readonly spec: string;
  readonly version?: string;
}

const NO_BEFORE = `Name it: ${KEYLESS} upgrade --from <version, tarball or folder>.`;

/** The version that the last commit used: its `package-lock.json` says what was installed. */
export function committedVersion(root: string): Before {
  const shown = fileInCommit(root, "HEAD", "package-lock.json");
  if (shown === undefined)
    throw problem("UPGRADE-NO-BASE", "There is no committed package-lock.json to tell the version before.", NO_BEFORE);
  const lock = JSON.parse(shown) as {
    readonly packages?: Readonly<Record<string, { readonly version?: string; readonly resolved?: string }>>;
  };
  const entry = lock.packages?.[`node_modules/${PACKAGE}`];
  if (entry?.version === undefined)
    throw problem("UPGRADE-NO-BASE", `The committed package-lock.json has no ${PACKAGE}.`, NO_BEFORE);
  const local = entry.resolved?.startsWith("file:") ? resolve(root, entry.resolved.slice("file:".length)) : undefined;
  if (local !== undefined && !existsSync(local))
    throw problem("UPGRADE-NO-BASE", `The package of the version before, ${local}, is not there any more.`, NO_BEFORE);
  return { spec: local ?? entry.resolved ?? `${PACKAGE}@${entry.version}`, version: entry.version };
}

/**
 * Installs a version into a folder of its own. Nothing that packages bring is run.
 *
 * @returns folder of the package, and its version
 */
export function installed({ spec }: Before, folder: string): { readonly root: string; readonly version: string } {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const install = spawnSync(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", spec],
    { cwd: folder, encoding: "utf8" },
  );
  const root = join(folder, "node_modules", PACKAGE);
  if (install.status !== 0 || !existsSync(root))
    throw problem("UPGRADE-INSTALL", `npm cannot install ${spec}: ${install.stderr.trim()}`, NO_BEFORE, 1);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  return { root, version };
}

/** Synthesizes the environments of `root` with the code of a package. */
export function synthWith(packageRoot: string, root: string, output: string): string {
  const run = spawnSync(process.execPath, [join(packageRoot, "dist", "main.js")], {
    cwd: root,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], CDKTF_OUTDIR: output },
  });
  if (run.status !== 0) {
    const own = packageRoot === ownPackage().root;
    throw problem(
      "UPGRADE-SYNTH",
      `The stacks cannot be synthesized with the ${own ? "new" : "old"} version:\n${run.stderr.trim()}`,
      own ? "Fix the files as it says." : NO_BEFORE,
      exitCodeOfSynth(run.status),
    );
  }
  return output;
}

function problem(code: string, message: string, fix: string, exitCode: ExitCode = 2): BaselineError {
  return new BaselineError([{ code, message, fix }], exitCode);
}
