import type { Command } from "commander";
import { environmentNames, loadEnvironment } from "../../modules/config/load";
import { BaselineError } from "../../modules/errors";
import { targetState } from "../../modules/target-state";
import { overview } from "../../modules/overview";
import { renderOverview } from "../overview";

export function addShow(program: Command, projectRoot: string): void {
  program
    .command("show")
    .description("what an organization would become: stacks, guardrails, people, machines, break glass")
    .argument("[env]", "environment; all when left out")
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExamples:\n  keyless show example\n  keyless show prod --json")
    .action((env: string | undefined, options: { json?: boolean }) => {
      const names = env === undefined ? environmentNames(projectRoot) : [env];
      if (names.length === 0) throw new BaselineError([{ code: "ENV-NONE", message: "There is no environment yet.", mend: "keyless init <name>" }]);
      const overviews = names.map((name) => {
        const environment = loadEnvironment(projectRoot, name);
        return overview(environment, targetState(environment));
      });
      process.stdout.write(options.json ? `${JSON.stringify(overviews, null, 2)}\n` : `${overviews.map(renderOverview).join("\n\n")}\n`);
    });
}
