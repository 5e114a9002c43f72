import type { Command } from "commander";
import { BaselineError } from "../../modules/kernel/errors";
import { KEYLESS } from "../../modules/kernel/command";
import { suggestion } from "../../modules/kernel/nearest";
import { SectionName, SECTIONS } from "../../modules/live/verify/claim";
import type { FreshVerification } from "../../modules/live/verify/run";
import { issueMarkdown } from "../../modules/live/verify/summary";
import { targetState } from "../../modules/proofs/environment";
import { loadEnvironment } from "../../modules/sections/load";
import { several, wholeNumber } from "../inventory/options";
import { jsonText } from "../output";
import { Progress } from "../progress";
import { renderVerification } from "../verification";
import { defined } from "../../modules/kernel/optional";

interface Options {
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly all?: boolean;
  readonly only?: readonly string[];
  readonly role?: string;
  readonly concurrency?: string;
}

const HELP = `
Reads only. Credentials come from the SDK's own chain and must be of the management account, or may assume access.managementRole there;
member accounts are read through access.memberRole, or through the role of --role. What is read: docs/verify.md.

Sections: ${SECTIONS.join(", ")}.

Examples:
  ${KEYLESS} verify prod
  ${KEYLESS} verify prod --only break-glass          emergency access only
  ${KEYLESS} verify prod --role security/Audit       with a role that may only read
  ${KEYLESS} verify prod --json > verified.json
  ${KEYLESS} verify prod --markdown                  for an issue

Exit codes: 0 everything is as planned, 1 AWS cannot be asked, 2 the usage or baseline.yaml is wrong, 3 a claim fails, or nothing is planned in
what was asked, or a proof does not hold.`;

export function addVerify(program: Command, projectRoot: string): void {
  program
    .command("verify")
    .description("compare AWS as it is now with what is planned; reads only, needs no Terraform and no state")
    .argument("<env>", "environment")
    .option("--json", "print every claim as JSON")
    .option("--markdown", "print what fails as Markdown, for an issue")
    .option("--all", "list every claim, those that are seen as well")
    .option("--only <section>", "only this section; can be repeated", several)
    .option("--role <name>", "role in member accounts, with its path (default: access.memberRole)")
    .option("--concurrency <n>", "accounts at a time (default: 8)")
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => {
      const sections = options.only?.map(sectionOf);
      const concurrency = wholeNumber(options.concurrency, "--concurrency", 1, 64);
      if (options.role !== undefined && !/^(?:[!-.0-~]+\/)*[\w+=,.@-]{1,64}$/.test(options.role))
        throw new BaselineError([
          {
            code: "USAGE",
            message: `--role ${JSON.stringify(options.role)} is no name of a role.`,
            fix: "Give a name, with its path where it has one: OrganizationAccountAccessRole, security/Audit.",
          },
        ]);
      const environment = loadEnvironment(projectRoot, env);
      const state = targetState(environment);
      // The SDK is loaded where it is used: other commands start without it.
      const { verify, isAsPlanned } = await import("../../modules/live/verify/run");
      const progress = new Progress();
      let verification: FreshVerification;
      try {
        verification = await verify(environment, state, {
          now: () => new Date(),
          onProgress: (done, of) => progress.update(`${done} of ${of} accounts`),
          ...defined({ sections, memberRole: options.role, concurrency }),
        });
      } finally {
        progress.done();
      }
      process.stdout.write(
        options.json
          ? jsonText(verification)
          : options.markdown
            ? issueMarkdown(verification)
            : renderVerification(verification, options.all === true),
      );
      if (!isAsPlanned(verification)) process.exitCode = 3;
    });
}

function sectionOf(name: string): SectionName {
  const found = SECTIONS.find((section) => section === name);
  if (found) return found;
  throw new BaselineError([
    {
      code: "USAGE",
      message: `--only ${JSON.stringify(name)} is no section.`,
      fix: suggestion(name, SECTIONS, "section"),
    },
  ]);
}
