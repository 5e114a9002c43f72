import type { Command } from "commander";
import { chosenEnvironments } from "../../modules/config/load";
import { loadEnvironment } from "../../modules/sections/load";
import { BaselineError } from "../../modules/kernel/errors";
import type { GuardrailException } from "../../modules/sections/guardrails/resolve";
import { proofMarkdown } from "../../modules/proofs/markdown";
import { matrix } from "../../modules/proofs/matrix";
import { prove } from "../../modules/proofs/prove";
import type { ProofReport } from "../../modules/proofs/types";
import { resolveUnproven } from "../../modules/sections/target-state";
import { renderProofs } from "../proofs";
import { KEYLESS } from "../../modules/kernel/command";

export function addProve(program: Command, projectRoot: string): void {
  program
    .command("prove")
    .description(
      "prove the guardrails' promises, and that they lock nobody out, or print the counterexamples; reads files only",
    )
    .argument("[env]", "environment; all when left out")
    .option("--json", "print the whole report as JSON")
    .option("--markdown", "print it as Markdown")
    .addHelpText(
      "after",
      `\ndocs/proofs.md explains what each proof shows and what it does not. Synth runs the same proofs.\n\nExamples:\n  ${KEYLESS} prove example\n  ${KEYLESS} prove prod --json\n\nExit codes: 0 every proof holds or its counterexample is accepted, 2 the usage or the input is wrong, 3 a proof does not hold.`,
    )
    .action((env: string | undefined, options: { json?: boolean; markdown?: boolean }) => {
      if (options.json && options.markdown)
        throw new BaselineError([
          { code: "USAGE", message: "--json and --markdown exclude each other.", fix: "Leave one of them out." },
        ]);
      const names = chosenEnvironments(projectRoot, env);
      const proven = names.map((name) => {
        const environment = loadEnvironment(projectRoot, name);
        const { state, problems } = resolveUnproven(environment);
        if (!state) throw new BaselineError(problems.filter((problem) => problem.severity !== "warning"));
        return { report: prove({ environment, ...state }), expired: endedBy(state.guardrails.exceptions, new Date()) };
      });
      if (options.json)
        process.stdout.write(
          `${JSON.stringify(
            proven.map(({ report, expired }) => ({
              ...report,
              matrix: matrix(report),
              endedExceptions: expired.map((one) => one.name),
            })),
            null,
            2,
          )}\n`,
        );
      else
        process.stdout.write(
          `${proven.map(({ report, expired }) => (options.markdown ? proofMarkdown(report) : renderProofs(report, expired))).join("\n\n")}${options.markdown ? "" : "\n"}`,
        );
      if (proven.some(({ report }) => fails(report))) process.exitCode = 3;
    });
}

function fails(report: ProofReport): boolean {
  return report.counterexamples.some((one) => !one.accepted);
}

/** Exceptions that AWS does not honour any more. The clock is the command's, never the synth's. */
function endedBy(exceptions: readonly GuardrailException[], now: Date): readonly GuardrailException[] {
  return exceptions.filter((one) => Date.parse(one.endsAt) < now.getTime());
}
