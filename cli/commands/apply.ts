import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { applyDelivery } from "../../modules/delivery/apply";
import { parseRecord } from "../../modules/delivery/record";
import { BaselineError } from "../../modules/kernel/errors";
import { terraformBinary } from "../../modules/terraform/terraform";
import { stacksToDeliver } from "../delivery";
import { count } from "../output";
import { Progress } from "../progress";
import { withoutWorkflowCommands } from "../workflow-log";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly reviewed: string;
}

export function addApply(program: Command, projectRoot: string): void {
  program
    .command("apply")
    .description(`apply exactly what ${KEYLESS} plan has reviewed: plans again, and stops when anything differs`)
    .argument("<env>", "environment")
    .requiredOption("--reviewed <file>", `reviewed.json of ${KEYLESS} plan`)
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} plan prod --output reviewed\n  ${KEYLESS} apply prod --reviewed reviewed/reviewed.json\n\nExit codes: 0 applied, 1 Terraform failed, 2 the usage or the input is wrong, 3 something else would be done than was reviewed, and nothing was applied.`,
    )
    .action((environment: string, { reviewed: file }: Options) =>
      withoutWorkflowCommands(async () => {
        const stacks = stacksToDeliver(projectRoot, environment);
        if (!existsSync(file))
          throw new BaselineError([
            {
              code: "DELIVERY-RECORD",
              message: "There is no such file.",
              fix: `Name the reviewed.json of ${KEYLESS} plan --output: it is there only when the gate has let the plans pass.`,
              place: { file },
            },
          ]);
        const reviewed = parseRecord(
          file,
          readFileSync(file, "utf8"),
          environment,
          process.env["GITHUB_SHA"] || undefined,
        );
        const progress = new Progress();
        const say = (line: string): void => {
          progress.done();
          process.stdout.write(`${line}\n`);
        };
        const { applied } = await applyDelivery({
          projectRoot,
          environment,
          stacks,
          reviewed,
          binary: await terraformBinary(),
          say,
          onProgress: (text) => progress.update(text),
        }).finally(() => progress.done());
        say(`${count(applied.length, "stack")} applied`);
        reviewed.byHand.forEach((stack) => say(`${stack}: not applied, a person does that`));
        if (reviewed.deferred.length > 0) say(`Run the workflow again for: ${reviewed.deferred.join(", ")}`);
      }),
    );
}
