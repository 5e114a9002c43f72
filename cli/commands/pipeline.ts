import type { Command } from "commander";
import { pipelineEnvironments } from "../../modules/delivery/environments";
import { requireRepository } from "../../modules/delivery/pull-request/comment";
import { table } from "../output";
import { KEYLESS } from "../../modules/kernel/command";
import { requireEnvironmentFolder } from "../../modules/config/load";
import { sinceLastApply } from "../../modules/delivery/applied";
import { gitHub } from "../github";

interface Options {
  readonly repository?: string;
  readonly branch?: string;
  readonly json?: boolean;
  readonly applied?: string;
  readonly workflow: string;
}

export function addPipeline(program: Command, projectRoot: string): void {
  program
    .command("pipeline")
    .description(
      "list the environments that a repository's workflow plans and applies, with their roles, as the baselines say",
    )
    .option("--repository <owner/repository>", "the repository on GitHub (default: GITHUB_REPOSITORY)")
    .option("--branch <name>", "whose runs it makes (default: GITHUB_REF_NAME, else main)")
    .option("--json", "print them as JSON")
    .option(
      "--applied <env>",
      "instead: what the branch has been since the last commit of which everything was applied there, oldest first, for --since; asks GitHub with GITHUB_TOKEN",
    )
    .option("--workflow <file>", "with --applied: the workflow that applies", "apply.yml")
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} pipeline --repository acme/baseline\n  ${KEYLESS} pipeline --repository acme/baseline --json\n  ${KEYLESS} pipeline --applied prod\n\nExit codes: 0 fine, 1 GitHub refuses or does not answer, 2 the usage or the input is wrong.`,
    )
    .action(async (options: Options) => {
      const repository = requireRepository(options.repository ?? process.env["GITHUB_REPOSITORY"]);
      const branch = options.branch ?? (process.env["GITHUB_REF_NAME"] || "main");
      if (options.applied !== undefined) {
        requireEnvironmentFolder(projectRoot, options.applied);
        const { commits, why } = await sinceLastApply(gitHub(), {
          projectRoot,
          environment: options.applied,
          repository,
          branch,
          workflow: options.workflow,
        });
        if (why !== undefined) process.stderr.write(`The approvals of the commit before count: ${why}.\n`);
        process.stdout.write(commits.map((commit) => `${commit}\n`).join(""));
        return;
      }
      const found = pipelineEnvironments(projectRoot, repository, branch);
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
