import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BaselineError } from "../../modules/kernel/errors";
import { runToExitCode } from "../../modules/kernel/run";
import { draw } from "./draw";
import { type Equivalent, equivalence, type Judged, type MutantRun, mutantsPage } from "./page";
import { Copy } from "./runner";

const PAGE = "docs/mutants.md";
const RECORD = "soak/mutants/runs.json";
const EQUIVALENT = "soak/mutants/equivalent.json";

const HELP = `npm run mutants -- [--seed N] [--count N] [--only N,N] [--page] [FOLDER …]

Makes small mistakes in the sources, one at a time and in a copy, and runs the unit suites that should notice. Writes ${PAGE}.

  --seed N   which mutants (default 1)
  --count N  how many (default 20)
  --only N,N judges only these of them, from 1, and prints; nothing is written
  --page     writes the page from ${RECORD} and ${EQUIVALENT}; runs nothing
  --help     this text
  FOLDER     default: modules/review modules/sections

Exit codes: 0 at most one mutant survived that is not equivalent, 1 more did, 2 the usage is wrong.
`;

function usage(message: string): BaselineError {
  return new BaselineError([{ code: "USAGE", message, fix: "npm run mutants -- --help" }]);
}

function whole(text: string, name: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw usage(`--${name} ${text} is not a whole number.`);
  return value;
}

function read<T>(file: string): readonly T[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as readonly T[]) : [];
}

function writePage(runs: readonly MutantRun[]): void {
  writeFileSync(PAGE, mutantsPage(runs, read<Equivalent>(EQUIVALENT)));
}

/** Written after each mutant, so that a run that is ended keeps what it judged. */
function record(run: MutantRun): void {
  const runs = [...read<MutantRun>(RECORD).filter(({ seed }) => seed !== run.seed), run];
  writeFileSync(RECORD, `${JSON.stringify(runs, null, 2)}\n`);
  writePage(runs);
}

interface Options {
  readonly seed: number;
  readonly count: number;
  readonly only: readonly number[] | undefined;
  readonly folders: readonly string[];
}

/** What the arguments ask for; undefined when that has been done. */
function options(argv: readonly string[]): Options | undefined {
  const { values, positionals } = ((): ReturnType<typeof parse> => {
    try {
      return parse(argv);
    } catch (error) {
      throw usage((error as Error).message);
    }
  })();
  if (values.help === true) process.stdout.write(HELP);
  if (values.page === true) writePage(read<MutantRun>(RECORD));
  if (values.help === true || values.page === true) return undefined;
  return {
    seed: whole(values.seed ?? "1", "seed"),
    count: whole(values.count ?? "20", "count"),
    only: values.only?.split(",").map((text) => whole(text, "only")),
    folders: positionals.length > 0 ? positionals : ["modules/review", "modules/sections"],
  };
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seed: { type: "string" },
      count: { type: "string" },
      only: { type: "string" },
      page: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });

/** Sources of the folders, without the programs that write generated files. */
function sourcesOf(folders: readonly string[]): ReadonlyMap<string, string> {
  const files = execFileSync("git", ["ls-files", "-z", "--", ...folders], { encoding: "utf8" }).split("\0");
  const wanted = files.filter((file) => file.endsWith(".ts") && !/(^|\/)write-[^/]*$/.test(file));
  if (wanted.length === 0) throw usage(`No TypeScript files in ${folders.join(", ")}.`);
  return new Map(wanted.map((file) => [file, readFileSync(file, "utf8")]));
}

function main(): void {
  const asked = options(process.argv.slice(2));
  if (asked === undefined) return;
  const { seed, count, only, folders } = asked;
  const date = new Date().toISOString().slice(0, 10);
  const sources = sourcesOf(folders);
  const copy = new Copy(process.cwd());
  const judged: Judged[] = [];
  try {
    for (const [i, mutant] of draw(sources, seed, count).entries()) {
      if (only !== undefined && !only.includes(i + 1)) continue;
      process.stdout.write(
        `${i + 1} ${mutant.file}:${mutant.line} ${mutant.operator} ${JSON.stringify(mutant.before)}\n`,
      );
      const result = copy.judge(mutant, sources.get(mutant.file)!, (line) => process.stdout.write(`  ${line}\n`));
      judged.push(result);
      process.stdout.write(`  ${result.killedBy ?? `survived ${result.suites} suites`}\n`);
      if (only === undefined) record({ seed, date, folders, judged });
    }
  } finally {
    copy.remove();
  }
  const known = read<Equivalent>(EQUIVALENT);
  const survived = judged.filter((m) => m.killedBy === undefined && equivalence(m, known) === undefined);
  if (survived.length > 1) process.exitCode = 1;
}

void runToExitCode(() => Promise.resolve(main()));
