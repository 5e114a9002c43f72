import { existsSync } from "node:fs";
import { join } from "node:path";
import { environmentNames, requireEnvironmentFolder } from "../modules/config/load";
import { SynthesizedStack, synthesizedStacks } from "../modules/delivery/stack-order";
import { BaselineError } from "../modules/errors";
import { stacksOf } from "../modules/plan-review/environment-stacks";

/** The synthesized stacks of one environment, and of no other whose name begins like it. */
export function stacksToDeliver(projectRoot: string, environment: string): readonly SynthesizedStack[] {
  requireEnvironmentFolder(projectRoot, environment);
  const output = join(projectRoot, "cdktf.out");
  const own = new Set(stacksOf(output, environment, environmentNames(projectRoot)).map(({ name }) => name));
  const stacks = existsSync(join(output, "manifest.json")) ? synthesizedStacks(output, environment).filter(({ name }) => own.has(name)) : [];
  if (stacks.length === 0) throw new BaselineError([{ code: "DELIVERY-NO-STACK", message: `Environment ${environment} has no synthesized stack.`, mend: "Run npm run synth first." }]);
  return stacks;
}
