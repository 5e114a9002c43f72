import { rmSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { environmentNames } from "../modules/config/load";
import { extraFiles } from "../modules/config/stack-folder";
import { BaselineError, Problem } from "../modules/kernel/errors";
import { runToExitCode } from "../modules/kernel/run";
import { targetState } from "../modules/proofs/environment";
import { loadEnvironment } from "../modules/sections/load";
import { addEnvironment } from "./environment";

/**
 * Synthesizes every environment below `environments/` into `cdktf.out`, as `cdktf synth` asks for it. A mistake is printed with its place
 * and its fix; the exit code is 2, or 3 where only proofs do not hold.
 *
 * @param projectRoot folder that holds `environments/`
 */
export function synthesize(projectRoot: string): Promise<void> {
  return runToExitCode(() => {
    // All of them are resolved before cdktf makes its output folder. An environment with a mistake stops itself and no other; the exit
    // code says that something is missing from the synth.
    const problems: Problem[] = [];
    const states = environmentNames(projectRoot).flatMap((name) => {
      try {
        return [targetState(loadEnvironment(projectRoot, name))];
      } catch (error) {
        if (!(error instanceof BaselineError)) throw error;
        problems.push(...error.problems);
        return [];
      }
    });
    if (states.length === 0 && problems.length > 0) throw new BaselineError(problems);
    // cdktf's own validations ask for the version of a terraform on the PATH, and a synth needs neither that nor OpenTofu: which release
    // the stacks need stands in them (required_version). What else is wrong has been found before.
    const app = new App({ skipValidation: true });
    for (const state of states) addEnvironment(app, state);
    app.synth();
    // Terraform reads everything beside `cdk.tf.json`; a stack is what was synthesized and nothing else.
    for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
      const folder = join(app.outdir, "stacks", stack.node.id);
      for (const file of extraFiles(folder)) rmSync(join(folder, file));
    }
    if (problems.length > 0) throw new BaselineError(problems);
  });
}
