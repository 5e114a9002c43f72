import type { Command } from "commander";
import { loadEnvironment } from "../../modules/sections/load";
import { BaselineError } from "../../modules/kernel/errors";
import { ExplainAnswer, explainQuestion } from "../../modules/proofs/explain";
import { resolveUnproven } from "../../modules/sections/target-state";
import { heading, paint, printable } from "../output";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly account: string;
  readonly principal: string;
  readonly action: string;
  readonly resource?: string;
  readonly context: readonly string[];
  readonly mfa?: boolean;
  readonly json?: boolean;
}

export function addExplain(program: Command, projectRoot: string): void {
  program
    .command("explain")
    .description("whether AWS would allow one request, and which statements decide")
    .argument("<env>", "environment")
    .requiredOption("--account <account>", "account of the resource: name or id")
    .requiredOption(
      "--principal <principal>",
      "ARN of a role, user or root, or a kind: administrator, iam-user, root, assumed-root, break-glass …",
    )
    .requiredOption("--action <action>", "for example iam:CreateAccessKey")
    .option("--resource <arn>", "ARN of the resource (default: *)")
    .option(
      "--context <key=value>",
      "condition key of the request; may stand several times",
      (value: string, before: readonly string[]) => [...before, value],
      [] as readonly string[],
    )
    .option("--mfa", "signed in with MFA a minute ago")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `\nOur policies are taken as they are to be, others' as the facts show them. What is not known of the request is said, not guessed.\n\nExamples:\n  ${KEYLESS} explain example --account shop-dev --principal administrator --action iam:CreateAccessKey\n  ${KEYLESS} explain example --account shop-dev --principal arn:aws:iam::111111111111:user/break-glass/break-glass-1 --action sts:AssumeRole --resource arn:aws:iam::555555555503:role/SecurityBreakGlass --mfa\n  ${KEYLESS} explain prod --account 222222222202 --principal root --action s3:DeleteBucketPolicy --context aws:SourceIp=203.0.113.7\n\nExit codes: 0 answered, 2 the usage or the input is wrong.`,
    )
    .action((env: string, options: Options) => {
      const environment = loadEnvironment(projectRoot, env);
      const { state, problems } = resolveUnproven(environment);
      if (!state) throw new BaselineError(problems.filter((problem) => problem.severity !== "warning"));
      const { account, principal, action, resource, context, mfa } = options;
      const answer = explainQuestion(
        { environment, ...state },
        { account, principal, action, resource, context, mfa: mfa ?? false },
      );
      process.stdout.write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : `${renderAnswer(answer)}\n`);
    });
}

function renderAnswer({
  account,
  principal,
  action,
  resource,
  context,
  decision,
  explanation,
  scps,
  looksAt,
}: ExplainAnswer): string {
  const colour = { allowed: paint.green, denied: paint.red, unknown: paint.yellow }[decision];
  const given = Object.entries(context).map(([key, value]) => `${key}=${[value].flat().join(",")}`);
  return [
    `${colour(decision)}  ${heading(action)} on ${printable(resource)} in ${printable(account.name)} (${account.id})`,
    `asked by ${printable(principal.name)}${principal.name === principal.arn ? "" : `, ${printable(principal.arn)}`}${given.length > 0 ? `, with ${printable(given.join(", "))}` : ""}`,
    "",
    printable(explanation),
    ...(scps.length > 0
      ? [
          "",
          heading("SCPs, from the root down"),
          ...scps.map(({ place, policies }) => `  ${printable(place)}: ${printable(policies.join(", "))}`),
        ]
      : []),
    "",
    paint.dim(`Looked at: ${printable(looksAt.join("; "))}.`),
  ].join("\n");
}
