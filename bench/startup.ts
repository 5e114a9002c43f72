import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { table } from "../cli/output";
import { defined } from "../modules/kernel/optional";
import { ChildRun, measured } from "./child";

interface Startup {
  readonly what: string;
  /** Least of the runs: what other programs on the machine take comes on top. */
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly megabytes: number;
  /** CPU time, as the target is about this program and not about its neighbours. */
  readonly targetMilliseconds?: number;
}

const MAIN = "bin/keyless.js";

/** How long the command line takes until it has answered: from the clone, and as the one file of `npm run bundle`. Never a test: a busy machine is slow. */
export async function benchStartup(root: string, runs: number, json: boolean): Promise<void> {
  const bundle = join(root, "build", "keyless.cjs");
  const built = spawnSync(process.execPath, [join(root, "bundle", "build.js")], { encoding: "utf8" });
  if (built.status !== 0 || !existsSync(bundle)) throw new Error(`the bundle cannot be built: ${built.stderr}`);
  const folder = mkdtempSync(join(tmpdir(), "keyless-startup-"));
  try {
    cpSync(join(root, "environments"), join(folder, "environments"), { recursive: true });
    const time = async (
      what: string,
      file: string,
      args: readonly string[],
      targetMilliseconds?: number,
    ): Promise<Startup> => {
      const all: ChildRun[] = [];
      for (let run = 0; run < runs; run++) all.push(await measured(file, args, folder));
      const least = (of: (one: ChildRun) => number): number => Math.min(...all.map(of));
      return {
        what,
        milliseconds: least((one) => one.milliseconds),
        cpuMilliseconds: least((one) => one.cpuMilliseconds),
        megabytes: least((one) => one.megabytes),
        ...defined({ targetMilliseconds }),
      };
    };
    const cli = join(root, MAIN);
    const rows = [
      await time("keyless --help", cli, ["--help"], 150),
      await time("keyless validate example", cli, ["validate", "example"], 400),
      await time("keyless show example", cli, ["show", "example"]),
      await time("node keyless.cjs --help", bundle, ["--help"], 300),
      await time("node keyless.cjs review --help", bundle, ["review", "--help"], 300),
      await time("node keyless.cjs validate example", bundle, ["validate", "example"]),
    ];
    if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    else
      process.stdout.write(
        `${table(
          ["start-up", "ms", "CPU ms", "MB", "target (CPU ms)"],
          rows.map((row) => [
            row.what,
            row.milliseconds.toFixed(0),
            row.cpuMilliseconds.toFixed(0),
            row.megabytes.toFixed(0),
            row.targetMilliseconds === undefined
              ? ""
              : `${row.targetMilliseconds}${row.cpuMilliseconds > row.targetMilliseconds ? ", missed" : ""}`,
          ]),
        )}\n`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
