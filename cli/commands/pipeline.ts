import type { Command } from "commander";
import { pipelineEnvironments } from "../../modules/delivery/environments";
import { requireRepository } from "../../modules/delivery/pull-request/comment";
import { table } from "../output";
import { KEYLESS } from "../../modules/kernel/command";

export function addPipeline(program: Command, projectRoot: string): void {
  program
    .command("pipeline")
    .description(
      "the environments that a repository's workflow plans and applies, with their roles, as the baselines say",
    )
    .option("--repository <owner/repository>", "default: GITHUB_REPOSITORY")
    .option("--branch <name>", "whose runs it makes (default: GITHUB_REF_NAME, else main)")
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} pipeline --repository acme/baseline\n  ${KEYLESS} pipeline --repository acme/baseline --json\n\nExit codes: 0 fine, 2 the usage or the input is wrong.`,
    )
    .action((options: { repository?: string; branch?: string; json?: boolean }) => {
      const found = pipelineEnvironments(
        projectRoot,
        requireRepository(options.repository ?? process.env["GITHUB_REPOSITORY"]),
        options.branch ?? (process.env["GITHUB_REF_NAME"] || "main"),
      );
      if (options.json) {
        process.stdout.write(`${JSON.stringify(found)}\n`);
        return;
      }
      if (found.environments.length > 0) {
        const rows = found.environments.map(({ name, region, githubEnvironment, planRoleArn, applyRoleArn }) => [
          name,
          region,
          githubEnvironment,
          planRoleArn,
          applyRoleArn,
        ]);
        process.stdout.write(
          `${table(["environment", "region", "GitHub environment", "plans as", "applies as"], rows)}\n`,
        );
      }
      found.leftOut.forEach(({ name, reason }) => process.stdout.write(`${name} is left out: ${reason}.\n`));
    });
}
