import type { Command } from "commander";
import { initRepository } from "../../modules/repository/company";
import { newEnvironment, refuseInsideEnvironments } from "../../modules/repository/init";
import { usage } from "../usage";
import { paint } from "../output";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly repository?: boolean;
  readonly region?: string;
  readonly backend: string;
}

export function addInit(program: Command, projectRoot: string): void {
  program
    .command("init")
    .description(
      "create an environment: a commented baseline.yaml to fill in; with --repository also a company's repository; overwrites nothing",
    )
    .argument("[env]", "name of the new environment, the prefix of its stacks")
    .option("--repository", "make a company's repository of this folder: what a synth, an editor and GitHub need")
    .option("--region <region>", "home region, for example eu-central-1; needed for an environment")
    .option(
      "--backend <backend>",
      "where Terraform keeps its state: local, s3:<bucket>[/<prefix>], hcp:<organization>[/<project>]",
      "local",
    )
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} init --repository\n  ${KEYLESS} init prod --region eu-central-1\n  ${KEYLESS} init prod --region eu-central-1 --backend s3:acme-terraform-state/keyless\n  ${KEYLESS} init prod --region us-east-1 --backend hcp:acme/landing-zone\n\nExit codes: 0 written, 1 a file cannot be written, 2 the usage is wrong or the environment exists already.`,
    )
    .action((env: string | undefined, options: Options) => {
      if (options.repository !== true && env === undefined)
        throw usage(
          "USAGE",
          "There is nothing to make.",
          `Name an environment, ${KEYLESS} init prod --region eu-central-1, or add --repository.`,
        );
      if (env !== undefined && options.region === undefined)
        throw usage("USAGE", "An environment needs --region.", `${KEYLESS} init ${env} --region eu-central-1`);
      // Checked before anything is written, the repository's files included.
      const environment =
        env !== undefined && options.region !== undefined
          ? newEnvironment(projectRoot, env, { region: options.region, backend: options.backend })
          : undefined;
      if (options.repository === true) {
        refuseInsideEnvironments(projectRoot);
        repository(projectRoot, env === undefined);
      }
      if (environment) {
        environment.write();
        process.stdout.write(
          `${paint.green("wrote")} ${environment.file}\nNext, with credentials of the management account: ${KEYLESS} sync ${env}, then ${KEYLESS} validate ${env}\n`,
        );
      }
    });
}

function repository(projectRoot: string, next: boolean): void {
  const { written, kept } = initRepository(projectRoot);
  for (const file of written) process.stdout.write(`${paint.green("wrote")} ${file}\n`);
  for (const file of kept) process.stdout.write(`kept  ${file}\n`);
  const then = next ? `, then ${KEYLESS} init prod --region eu-central-1` : "";
  process.stdout.write(`Next: npm install${then}. Write your team into .github/CODEOWNERS.\n`);
}
