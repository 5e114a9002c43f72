import { App } from "cdktf";
import type { Command } from "commander";
import { chosenEnvironments } from "../../modules/config/load";
import { loadEnvironment } from "../../modules/sections/load";
import { overview } from "../../modules/sections/overview";
import { targetState } from "../../modules/proofs/environment";
import { addEnvironment } from "../../stacks/environment";
import { renderOverview } from "../overview";
import { KEYLESS } from "../../modules/kernel/command";

export function addShow(program: Command, projectRoot: string): void {
  program
    .command("show")
    .description("what an organization would become: stacks, guardrails, break glass")
    .argument("[env]", "environment; all when left out")
    .option("--json", "print it as JSON")
    .addHelpText("after", `\nExamples:\n  ${KEYLESS} show example\n  ${KEYLESS} show prod --json`)
    .action((env: string | undefined, options: { json?: boolean }) => {
      const names = chosenEnvironments(projectRoot, env);
      const shown = names.map((name) => {
        const environment = loadEnvironment(projectRoot, name);
        const state = targetState(environment);
        const stacks = addEnvironment(new App(), state).map((stack) => ({
          name: stack.stackName,
          resources: resourceCount(stack.toTerraform() as { resource?: object }),
        }));
        return { ...overview(environment, state), stacks };
      });
      process.stdout.write(
        options.json
          ? `${JSON.stringify(shown, null, 2)}\n`
          : `${shown.map((view) => renderOverview(view, view.stacks)).join("\n\n")}\n`,
      );
    });
}

function resourceCount(json: { readonly resource?: object }): number {
  return Object.values(json.resource ?? {}).reduce<number>(
    (sum, byName) => sum + Object.keys(byName as object).length,
    0,
  );
}
