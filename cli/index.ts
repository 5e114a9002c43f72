import { Command, CommanderError } from "commander";
import { runToExitCode } from "../modules/kernel/run";
import { IS_BUNDLE, KEYLESS } from "../modules/kernel/command";
import { SUMMARIES } from "./summaries";
import { wrongUsage } from "./usage";
import { ownVersion } from "./version";

/** In the order of the help. Each is loaded when it is needed: what one of them rests on (cdktf, the AWS SDK) costs the others half a second. */
/* eslint-disable @typescript-eslint/no-require-imports -- an import at the top would load them all */
const COMMANDS: Readonly<Record<string, () => (program: Command, projectRoot: string) => void>> = {
  init: () => (require("./commands/init") as typeof import("./commands/init")).addInit,
  sync: () => (require("./commands/sync") as typeof import("./commands/sync")).addSync,
  adopt: () => (require("./commands/adopt") as typeof import("./commands/adopt")).addAdopt,
  validate: () => (require("./commands/validate") as typeof import("./commands/validate")).addValidate,
  show: () => (require("./commands/show") as typeof import("./commands/show")).addShow,
  review: () => (require("./commands/review") as typeof import("./commands/review")).addReview,
  approve: () => (require("./commands/approve") as typeof import("./commands/approve")).addApprove,
  "pull-request": () => (require("./commands/pull-request") as typeof import("./commands/pull-request")).addPullRequest,
  comment: () => (require("./commands/comment") as typeof import("./commands/comment")).addComment,
  pipeline: () => (require("./commands/pipeline") as typeof import("./commands/pipeline")).addPipeline,
  plan: () => (require("./commands/plan") as typeof import("./commands/plan")).addPlan,
  apply: () => (require("./commands/apply") as typeof import("./commands/apply")).addApply,
  recover: () => (require("./commands/recover") as typeof import("./commands/recover")).addRecover,
  reshard: () => (require("./commands/reshard") as typeof import("./commands/reshard")).addReshard,
  prove: () => (require("./commands/prove") as typeof import("./commands/prove")).addProve,
  explain: () => (require("./commands/explain") as typeof import("./commands/explain")).addExplain,
  "who-can": () => (require("./commands/who-can") as typeof import("./commands/who-can")).addWhoCan,
  verify: () => (require("./commands/verify") as typeof import("./commands/verify")).addVerify,
  crl: () => (require("./commands/crl") as typeof import("./commands/crl")).addCrl,
  drill: () => (require("./commands/drill") as typeof import("./commands/drill")).addDrill,
  report: () => (require("./commands/report") as typeof import("./commands/report")).addReport,
  inventory: () => (require("./commands/inventory") as typeof import("./commands/inventory")).addInventory,
  move: () => (require("./commands/move") as typeof import("./commands/move")).addMove,
  retire: () => (require("./commands/retire") as typeof import("./commands/retire")).addRetire,
  impact: () => (require("./commands/impact") as typeof import("./commands/impact")).addImpact,
  ready: () => (require("./commands/ready") as typeof import("./commands/ready")).addReady,
  dismantle: () => (require("./commands/dismantle") as typeof import("./commands/dismantle")).addDismantle,
  upgrade: () => (require("./commands/upgrade") as typeof import("./commands/upgrade")).addUpgrade,
};
/* eslint-enable @typescript-eslint/no-require-imports */

/** They need the synth of this project, or change its files: the bundle has none. */
const NOT_IN_BUNDLE: readonly string[] = [
  "init",
  "adopt",
  "approve",
  "pull-request",
  "plan",
  "apply",
  "recover",
  "reshard",
  "move",
  "dismantle",
  "upgrade",
];

/** Names of the commands, in the order of the help. */
export function commandNames(): readonly string[] {
  return Object.keys(COMMANDS).filter((name) => !IS_BUNDLE || !NOT_IN_BUNDLE.includes(name));
}

/**
 * `keyless <command>`: parses arguments and prints; the work is in modules/.
 *
 * @param only name of a command @default - all of them
 * @param load whether the commands are to be run; for the help their summaries are enough @default - they are
 */
export function createProgram(projectRoot: string, only?: string, load = true): Command {
  const program = new Command(KEYLESS)
    .description("An AWS organization without long-term access keys: facts in, proofs and stacks out.")
    .usage("<command> [options]")
    .version(ownVersion(), "-V, --version", "print the version of this program")
    .helpCommand(true)
    // What it says of wrong usage is thrown too, and printed as every other error is.
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      "after",
      `\n${IS_BUNDLE ? "" : "README.md has the order in which an organization uses them.\n\n"}Exit codes: 0 fine, 1 the run failed, 2 the usage or the input is wrong, 3 a gate refused, or something is not as wanted.`,
    );
  for (const name of only === undefined ? commandNames() : [only]) {
    const summary = SUMMARIES[name];
    if (load || summary === undefined) COMMANDS[name]!()(program, projectRoot);
    else program.command(name).usage(summary[0]).description(summary[1]);
  }
  if (!load)
    program.configureHelp({
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace(/^\[options\] \[command\]$/, "[command]")}`,
    });
  return program;
}

export async function run(given: readonly string[], projectRoot: string): Promise<void> {
  // Commander answers help of a command that there is not with the help of all, and without a word of it.
  const isHelpOfNone = given[0] === "help" && given[1] !== undefined && !commandNames().includes(given[1]);
  const argv = isHelpOfNone ? given.slice(1) : given;
  const [name = "", ...rest] = argv;
  const only = commandNames().includes(name) ? name : undefined;
  // The list of commands needs none of them; `help <command>` does.
  const program = createProgram(projectRoot, only, only !== undefined || (name === "help" && rest.length > 0));
  // Commander ends the process with 1 on wrong usage; ours is 2.
  [program, ...program.commands].forEach((command) => command.exitOverride());
  await runToExitCode(async () => {
    try {
      await program.parseAsync([...argv], { from: "user" });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return;
      // Without a command the help is what is printed.
      if (error.code !== "commander.help") throw wrongUsage(error, only);
      process.exitCode = 2;
    }
  });
}

/**
 * Whoever reads the output may have seen enough of it (`| head`). The work goes on without being read: its exit code is a gate's verdict, and
 * an apply that dies in the middle leaves a mess behind.
 */
function goOnUnread(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") process.exit(1);
  });
}

/** The process: `bin/keyless.js` and `node dist/cli/index.js` start here. */
export function main(): void {
  [process.stdout, process.stderr].forEach(goOnUnread);
  void run(process.argv.slice(2), process.cwd());
}

if (require.main === module) main();
