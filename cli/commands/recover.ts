import type { Command } from "commander";
import { loadEnvironment, movesHere } from "../../modules/sections/load";
import { stackSettings } from "../../modules/sections/stack-settings";
import { recover } from "../../modules/delivery/recover/recover";
import { refuseForeignCode } from "../../modules/delivery/foreign-code";
import { agreedInHistory } from "../../modules/review/gate/agreed";
import { today } from "../review-options";
import { KEYLESS } from "../../modules/kernel/command";
import { terraformBinary } from "../../modules/terraform/terraform";
import { requireFreshSynth, stacksToDeliver } from "../delivery";
import { withoutWorkflowCommands } from "../workflow-log";
import { count } from "../../modules/kernel/words";

export function addRecover(program: Command, projectRoot: string): void {
  program
    .command("recover")
    .description(
      "after an interrupted apply: import into the state what is in AWS and managed by keyless, and break dead locks; changes states, and nothing in AWS",
    )
    .argument("<env>", "environment")
    .argument("[stacks...]", "stacks, with or without the environment's name in front (default: all)")
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} recover prod\n  ${KEYLESS} recover prod guardrails\n\nExit codes: 0 fine, 1 Terraform or AWS failed, or a lock may be somebody's, 2 the usage or the input is wrong, 3 something is left that a person has to decide.`,
    )
    .action((environment: string, chosen: readonly string[]) =>
      withoutWorkflowCommands(async () => {
        const stacks = stacksToDeliver(projectRoot, environment, chosen);
        requireFreshSynth(projectRoot, environment);
        refuseForeignCode(
          stacks,
          agreedInHistory(projectRoot, environment).rules,
          today(),
          movesHere(projectRoot, environment),
        );
        const { imported, untainted, unlocked, left } = await recover({
          projectRoot,
          settings: stackSettings(loadEnvironment(projectRoot, environment)),
          stacks,
          binary: await terraformBinary(),
          say: (line) => process.stdout.write(`${line}\n`),
        });
        const done = [
          `${imported.length} taken into the state`,
          `${untainted.length} no longer marked as damaged`,
          ...(unlocked.length > 0 ? [`${count(unlocked.length, "lock")} broken`] : []),
        ].join(", ");
        process.stdout.write(`${done}. ${KEYLESS} plan ${environment} shows what is left to apply.\n`);
        if (left.length > 0) process.exitCode = 3;
      }),
    );
}
