import "../modules/aws/quiet";
import { Command, CommanderError } from "commander";
import { addApply } from "./commands/apply";
import { addComment } from "./commands/comment";
import { addExplain } from "./commands/explain";
import { addImpact } from "./commands/impact";
import { addInit } from "./commands/init";
import { addInventory } from "./commands/inventory";
import { addRetire } from "./commands/retire";
import { addReview } from "./commands/review";
import { addPipeline } from "./commands/pipeline";
import { addPlan } from "./commands/plan";
import { addPullRequest } from "./commands/pull-request";
import { addProve } from "./commands/prove";
import { addReady } from "./commands/ready";
import { addShow } from "./commands/show";
import { addSync } from "./commands/sync";
import { addValidate } from "./commands/validate";
import { runToExitCode } from "../modules/run";

/** `keyless <command>`: parses arguments and prints; the work is in modules/. */
export function createProgram(projectRoot: string): Command {
  const program = new Command("keyless")
    .description("An AWS organization without long-term access keys: facts in, proofs and stacks out.")
    .usage("<command> [options]")
    .helpCommand(true)
    .showHelpAfterError("(keyless --help shows the commands)")
    .addHelpText("after", "\nRun as: npm run --silent keyless -- <command>\nExit codes: 0 fine, 1 the run failed, 2 the usage or the input is wrong, 3 a gate said no.");
  addInit(program, projectRoot);
  addSync(program, projectRoot);
  addValidate(program, projectRoot);
  addShow(program, projectRoot);
  addReview(program, projectRoot);
  addPullRequest(program, projectRoot);
  addComment(program);
  addPipeline(program, projectRoot);
  addPlan(program, projectRoot);
  addApply(program, projectRoot);
  addProve(program, projectRoot);
  addExplain(program, projectRoot);
  addInventory(program, projectRoot);
  addRetire(program, projectRoot);
  addImpact(program, projectRoot);
  addReady(program, projectRoot);
  return program;
}

export async function run(argv: readonly string[], projectRoot: string): Promise<void> {
  const program = createProgram(projectRoot);
  // Commander ends the process with 1 on wrong usage; ours is 2.
  [program, ...program.commands].forEach((command) => command.exitOverride());
  await runToExitCode(async () => {
    try {
      await program.parseAsync([...argv], { from: "user" });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode !== 0) process.exitCode = 2;
    }
  });
}

if (require.main === module) void run(process.argv.slice(2), process.cwd());
