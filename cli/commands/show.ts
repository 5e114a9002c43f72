import { App } from "cdktf";
import type { Command } from "commander";
import { chosenEnvironments } from "../../modules/config/load";
import { loadEnvironment } from "../../modules/sections/load";
import { overview } from "../../modules/sections/overview";
import { targetState } from "../../modules/proofs/environment";
import { addEnvironment } from "../../stacks/environment";
import { renderOverview } from "../overview";
import type { Environment } from "../../modules/sections/environment";
import type { TargetState } from "../../modules/sections/target-state";
import { BaselineError, Problem } from "../../modules/kernel/errors";
import { KEYLESS } from "../../modules/kernel/command";

export function addShow(program: Command, projectRoot: string): void {
  program
    .command("show")
    .description("print the planned organization: stacks, guardrails, break glass; reads files only")
    .argument("[env]", "environment; all when left out")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} show example\n  ${KEYLESS} show prod --json\n\nExit codes: 0 shown, 2 the usage or the input is wrong, 3 a proof does not hold.`,
    )
    .action((env: string | undefined, options: { json?: boolean }) => {
      const names = chosenEnvironments(projectRoot, env);
      // What is wrong is said of all of them, as validate does: the exit code is then the same in any order.
      const problems: Problem[] = [];
      const shown = names.flatMap((name) => {
        try {
          const environment = loadEnvironment(projectRoot, name);
          const state = targetState(environment);
          return [{ ...overview(environment, state), stacks: stacksOf(state) }];
        } catch (error) {
          if (!(error instanceof BaselineError)) throw error;
          problems.push(...error.problems);
          return [];
        }
      });
      if (problems.length > 0) throw new BaselineError(problems);
      process.stdout.write(
        options.json
          ? `${JSON.stringify(shown, null, 2)}\n`
          : `${shown.map((view) => renderOverview(view, view.stacks)).join("\n\n")}\n`,
      );
    });
}

function stacksOf(state: TargetState): { readonly name: string; readonly resources: number }[] {
  return addEnvironment(new App(), state).map((stack) => ({
    name: stack.stackName,
    resources: resourceCount(stack.toTerraform() as { resource?: object }),
  }));
}

/** What `show` prints for one environment. */
export function overviewText(environment: Environment, state: TargetState): string {
  return renderOverview(overview(environment, state), stacksOf(state));
}

function resourceCount(json: { readonly resource?: object }): number {
  return Object.values(json.resource ?? {}).reduce<number>(
    (sum, byName) => sum + Object.keys(byName as object).length,
    0,
  );
}
