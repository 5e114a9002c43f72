import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BaselineError } from "../modules/kernel/errors";
import { suggestion } from "../modules/kernel/nearest";
import { runToExitCode } from "../modules/kernel/run";
import { SOAKS } from "./list";
import { page } from "./page";
import { runSoak, Soak, SoakResult } from "./soak";

const PAGE = "docs/soak.md";

const HELP = `npm run soak -- [--only NAME,NAME] [--seed N] [--minutes N] [--list]

Runs the long properties and writes seed, date and numbers to ${PAGE}.

  --only NAME,NAME  only these
  --seed N          repeats the run of this seed (default: the seconds since 1970)
  --minutes N       time for each, instead of its own; may be a fraction
  --list            names what there is
  --help            this text

Exit codes: 0 nothing found, 1 a soak found something or could not run, 2 the usage is wrong.
`;

interface Options {
  readonly soaks: readonly Soak[];
  readonly seed: number;
  readonly minutes: number | undefined;
}

function usage(message: string, fix = "npm run soak -- --help"): BaselineError {
  return new BaselineError([{ code: "USAGE", message, fix }]);
}

function numberOf(text: string, option: string, smallest: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < smallest)
    throw usage(`--${option} ${text} is not a number of at least ${smallest}.`);
  return value;
}

/** What the arguments ask for; undefined when they ask for a text that has been printed. */
function options(argv: readonly string[]): Options | undefined {
  const { values } = ((): { values: Record<string, string | boolean | undefined> } => {
    try {
      return parseArgs({
        args: [...argv],
        options: {
          only: { type: "string" },
          seed: { type: "string" },
          minutes: { type: "string" },
          list: { type: "boolean" },
          help: { type: "boolean", short: "h" },
        },
      });
    } catch (error) {
      throw usage((error as Error).message);
    }
  })();
  if (values["help"] === true || values["list"] === true) {
    const list = SOAKS.map(({ name, checks, minutes, needs }) => {
      const tools = needs === undefined ? "" : `; needs ${needs.join(", ")}`;
      return `${name}  ${checks} (${minutes} min${tools})\n`;
    });
    process.stdout.write(values["help"] === true ? HELP : list.join(""));
    return undefined;
  }
  const names = SOAKS.map(({ name }) => name);
  const wanted = typeof values["only"] === "string" ? values["only"].split(",") : names;
  for (const name of wanted)
    if (!names.includes(name)) throw usage(`There is no soak ${name}.`, suggestion(name, names, "soak"));
  const { seed, minutes } = values;
  return {
    soaks: SOAKS.filter(({ name }) => wanted.includes(name)),
    seed: typeof seed === "string" ? Math.floor(numberOf(seed, "seed", 0)) : Math.floor(Date.now() / 1000),
    minutes: typeof minutes === "string" ? numberOf(minutes, "minutes", 0) : undefined,
  };
}

async function main(): Promise<void> {
  const asked = options(process.argv.slice(2));
  if (asked === undefined) return;
  const results: SoakResult[] = [];
  const file = join(process.cwd(), PAGE);
  for (const soak of asked.soaks) {
    process.stdout.write(`${soak.name}: seed ${asked.seed}\n`);
    try {
      const result = await runSoak(soak, asked.seed, asked.minutes ?? soak.minutes, (line) => {
        process.stderr.write(`  ${line}\n`);
      });
      results.push(result);
      process.stdout.write(`${soak.name}: ${JSON.stringify(result.numbers)}, ${result.findings.length} findings\n`);
      // After each: a run of hours that is ended keeps what it has.
      const before = existsSync(file) ? readFileSync(file, "utf8") : "";
      writeFileSync(
        file,
        page(
          before,
          results,
          SOAKS.map(({ name }) => name),
        ),
      );
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(
        `${soak.name} could not run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
  }
  if (results.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

void runToExitCode(main);
