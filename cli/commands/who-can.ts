import type { Command } from "commander";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";
import { whoCan } from "../../modules/proofs/who-can";
import { loadEnvironment } from "../../modules/sections/load";
import { resolveUnproven } from "../../modules/sections/target-state";
import { jsonText } from "../output";
import { renderWhoCan } from "../who-can";

interface Options {
  readonly account: string;
  readonly action: string;
  readonly resource?: string;
  readonly json?: boolean;
}

export function addWhoCan(program: Command, projectRoot: string): void {
  program
    .command("who-can")
    .description(
      "list who may call one action in an account: everybody that is known, and any other role, user or outsider; reads files only",
    )
    .argument("<env>", "environment")
    .requiredOption("--account <account>", "account of the resource: name or id")
    .requiredOption("--action <action>", "for example iam:CreateAccessKey")
    .option("--resource <arn>", "ARN of the resource (default: any of the kinds that the action knows)")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `\nEvery answer is about a set of requests, with any values of all condition keys, and says how it is known: proven for all of them, or with
a request that is allowed and one that is denied, or unknown and why. Policies of principals that the baseline does not define are not
read: they are taken to allow everything. What else is taken for granted is printed below the answers.

Examples:
  ${KEYLESS} who-can example --account shop-prod --action iam:CreateAccessKey
  ${KEYLESS} who-can example --account data-prod --action iam:CreateAccessKey --resource arn:aws:iam::444444444401:user/backup
  ${KEYLESS} who-can prod --account management --action sts:AssumeRole --resource arn:aws:iam::111111111111:role/SecurityBreakGlass --json

Exit codes: 0 answered, 2 the usage or the input is wrong.`,
    )
    .action((env: string, { account, action, resource, json }: Options) => {
      const environment = loadEnvironment(projectRoot, env);
      const { state, problems } = resolveUnproven(environment);
      if (!state) throw new BaselineError(problems.filter((problem) => problem.severity !== "warning"));
      const report = whoCan({ environment, ...state }, { account, action, resource });
      process.stdout.write(json ? jsonText(report) : `${renderWhoCan(report)}\n`);
    });
}
