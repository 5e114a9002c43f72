import type { Command } from "commander";
import { initEnvironment } from "../../modules/repository/init";
import { paint } from "../output";
import { KEYLESS } from "../../modules/kernel/command";

export function addInit(program: Command, projectRoot: string): void {
  program
    .command("init")
    .description("make a new environment: a commented baseline.yaml to fill in; overwrites nothing")
    .argument("<env>", "name of the new environment, the prefix of its stacks")
    .requiredOption("--region <region>", "home region, for example eu-central-1")
    .option(
      "--backend <backend>",
      "where Terraform keeps its state: local, s3:<bucket>[/<prefix>], hcp:<organization>[/<project>]",
      "local",
    )
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} init prod --region eu-central-1\n  ${KEYLESS} init prod --region eu-central-1 --backend s3:acme-terraform-state/keyless\n  ${KEYLESS} init prod --region us-east-1 --backend hcp:acme/landing-zone\n\nExit codes: 0 written, 2 the usage is wrong or the environment is there already.`,
    )
    .action((env: string, options: { region: string; backend: string }) => {
      const file = initEnvironment(projectRoot, env, options);
      process.stdout.write(
        `${paint.green("wrote")} ${file}\nNext, with credentials of the management account: ${KEYLESS} sync ${env}, then ${KEYLESS} validate ${env}\n`,
      );
    });
}
