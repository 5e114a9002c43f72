import { join } from "node:path";
import { requireEnvironmentFolder } from "../modules/config/load";
import { BaselineError } from "../modules/kernel/errors";
import { stacksOf, SynthesizedStack } from "../modules/terraform/environment-stacks";

/** The synthesized stacks of one environment, and of no other whose name begins like it. */
export function stacksToDeliver(projectRoot: string, environment: string): readonly SynthesizedStack[] {
  requireEnvironmentFolder(projectRoot, environment);
  const stacks = stacksOf(join(projectRoot, "cdktf.out"), environment);
  if (stacks.length === 0)
    throw new BaselineError([
      {
        code: "DELIVERY-NO-STACK",
        message: `Environment ${environment} has no synthesized stack.`,
        fix: "Run npm run synth first.",
      },
    ]);
  return stacks;
}
