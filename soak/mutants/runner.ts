import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { javascriptOf, type Mutant } from "./draw";
import type { Judged } from "./page";
import { applied } from "./sites";

/** Longer than any batch takes on a busy machine; a mutant that never ends is killed as one that fails. */
const TIMEOUT_MS = 60 * 60_000;
/** Suites of one start of jest. */
const BATCH = 12;

/** A copy of the repository in which files may be broken: whoever ends the run at any time leaves the repository as it was. */
export class Copy {
  readonly root = mkdtempSync(join(tmpdir(), "keyless-mutants-"));
  /** Whether a suite passes without a mutant. */
  private readonly sound = new Map<string, boolean>();

  constructor(repository: string) {
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: repository,
      encoding: "utf8",
    });
    for (const file of files.split("\0").filter((name) => name !== "" && existsSync(join(repository, name)))) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(repository, file), join(this.root, file));
    }
    cpSync(join(repository, "dist"), join(this.root, "dist"), { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(this.root, "node_modules"));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /**
   * Runs the suites that import the mutant's file, nearest first, until one fails.
   *
   * @param text the file without the mutant
   */
  judge(mutant: Mutant, text: string, say: (line: string) => void): Judged {
    const { file, line, operator, before, after } = mutant;
    const suites = this.relatedSuites(file);
    this.put(file, applied(text, mutant));
    const judged = { file, line, operator, before, after };
    try {
      for (let i = 0; i < suites.length; i += BATCH) {
        const batch = suites.slice(i, i + BATCH);
        for (const suite of this.failures(batch)) {
          this.put(file, text);
          const sound = this.isSound(suite);
          this.put(file, applied(text, mutant));
          if (sound) return { ...judged, killedBy: suite, suites: i + batch.length };
          say(`${suite} fails without the mutant too: not counted`);
        }
      }
      return { ...judged, suites: suites.length };
    } finally {
      this.put(file, text);
    }
  }

  /** The source for the suites, and its JavaScript for the commands that they start. */
  private put(file: string, text: string): void {
    writeFileSync(join(this.root, file), text);
    writeFileSync(join(this.root, "dist", file.replace(/\.ts$/, ".js")), javascriptOf(text));
  }

  private isSound(suite: string): boolean {
    const known = this.sound.get(suite) ?? this.failures([suite]).length === 0;
    this.sound.set(suite, known);
    return known;
  }

  private relatedSuites(file: string): readonly string[] {
    const { stdout } = this.jest(["--findRelatedTests", file, "--listTests"]);
    const near = (suite: string): number => {
      const mirror = file.replace(/\.ts$/, "").split("/");
      const parts = suite.replace(/^__tests__\//, "").split("/");
      const common = mirror.findIndex((part, i) => parts[i]?.replace(".test.ts", "") !== part);
      return common === -1 ? mirror.length : common;
    };
    const size = (suite: string): number => readFileSync(join(this.root, suite)).length;
    return stdout
      .split("\n")
      .filter((path) => path.endsWith(".test.ts"))
      .map((path) => relative(this.root, path))
      .sort((a, b) => near(b) - near(a) || size(a) - size(b) || (a < b ? -1 : 1));
  }

  /** Suites that fail; all of them where jest did not end. */
  private failures(suites: readonly string[]): readonly string[] {
    const report = join(this.root, ".mutants.json");
    rmSync(report, { force: true });
    this.jest(["--runTestsByPath", ...suites, "--bail=1", "-w", "1", "--json", `--outputFile=${report}`]);
    if (!existsSync(report)) return suites;
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
      readonly testResults: readonly { readonly name: string; readonly status: string }[];
    };
    return testResults
      .filter(({ status }) => status === "failed")
      .map(({ name }) => relative(this.root, name))
      .slice(0, 1);
  }

  private jest(args: readonly string[]): { readonly stdout: string } {
    return spawnSync(
      process.execPath,
      [join(this.root, "node_modules/jest/bin/jest.js"), "--config", "jest.unit.config.js", ...args],
      {
        cwd: this.root,
        encoding: "utf8",
        timeout: TIMEOUT_MS,
        maxBuffer: 1 << 28,
        env: { ...process.env, NO_COLOR: "1" },
      },
    );
  }
}
