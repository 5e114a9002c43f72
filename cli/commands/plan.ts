import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { requireEnvironmentFolder } from "../../modules/config/load";
import { planDelivery } from "../../modules/delivery/plan";
import { renderRecord } from "../../modules/delivery/record";
import { gate } from "../../modules/review/gate/gate";
import { terraformBinary } from "../../modules/terraform/terraform";
import { inputsBeside, readApprovals, readFacts } from "../../modules/review/read-inputs";
import { renderMarkdown } from "../../modules/review/render/markdown";
import type { Report } from "../../modules/review/render/report";
import { renderText } from "../../modules/review/render/text";
import { reviewPlans } from "../../modules/review/review";
import { stacksToDeliver } from "../delivery";
import { Progress } from "../progress";
import { GATE_CLASSES, parseClasses, today } from "../review-options";
import { withoutWorkflowCommands } from "../workflow-log";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly output: string;
  readonly failOn: string;
}

export function addPlan(program: Command, projectRoot: string): void {
  program
    .command("plan")
    .description("plan the synthesized stacks of an environment, review the plans, and record what may be applied")
    .argument("<env>", "environment")
    .requiredOption(
      "--output <folder>",
      "folder for review.md and, where the gate lets it pass, reviewed.json: hashes, no plan and no secret",
    )
    .option("--fail-on <classes>", "comma-separated classes that make the exit code 3", GATE_CLASSES.join(","))
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} plan prod --output reviewed\n  ${KEYLESS} apply prod --reviewed reviewed/reviewed.json\n\nExit codes: 0 fine, 1 a plan failed, 2 the usage or the input is wrong, 3 the gate said no.`,
    )
    .action((environment: string, options: Options) =>
      withoutWorkflowCommands(async () => {
        const failOn = parseClasses(options.failOn);
        const stacks = stacksToDeliver(projectRoot, environment);
        const files = inputsBeside(join(projectRoot, requireEnvironmentFolder(projectRoot, environment)));
        // Read before anything is planned: a mistake in them is said at once.
        const approvals = files.approvals === undefined ? [] : readApprovals(files.approvals);
        const facts = files.facts === undefined ? undefined : readFacts(files.facts);
        const progress = new Progress();
        const commit = process.env["GITHUB_SHA"];
        const { plans, reviewed } = await planDelivery({
          projectRoot,
          environment,
          stacks,
          binary: await terraformBinary(),
          onProgress: (text) => progress.update(text),
          ...(commit ? { commit } : {}),
        }).finally(() => progress.done());
        const review = reviewPlans(plans, facts);
        const report: Report = { review, gate: gate(review, failOn, approvals, today()), title: environment };
        mkdirSync(options.output, { recursive: true });
        // What an earlier plan was allowed is not this one's.
        rmSync(join(options.output, "reviewed.json"), { force: true });
        const notes = [
          ...reviewed.byHand.map(
            (stack) => `\`${stack}\` changes the pipeline's own roles: a person applies it, the pipeline does not.`,
          ),
          ...(reviewed.deferred.length > 0
            ? [
                `Not planned, because they depend on what is applied here: ${reviewed.deferred.map((stack) => `\`${stack}\``).join(", ")}. Run the workflow again after the apply.`,
              ]
            : []),
        ];
        writeFileSync(
          join(options.output, "review.md"),
          `${renderMarkdown(report).trimEnd()}\n${notes.map((note) => `\n> ${note}\n`).join("")}`,
        );
        process.stdout.write(renderText(report));
        notes.forEach((note) => process.stdout.write(`${note.replaceAll("`", "")}\n`));
        if (report.gate.stopping.length > 0) {
          process.exitCode = 3;
          return;
        }
        writeFileSync(join(options.output, "reviewed.json"), renderRecord(reviewed));
        process.stdout.write(`To apply: ${reviewed.stacks.map(({ name }) => name).join(", ") || "nothing"}\n`);
      }),
    );
}
