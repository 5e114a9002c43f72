import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { environmentNames, requireEnvironmentFolder } from "../modules/config/load";
import type { StackSettings } from "../modules/config/settings";
import { extraFiles } from "../modules/config/stack-folder";
import { BaselineError } from "../modules/kernel/errors";
import { commitOf } from "../modules/kernel/git";
import { APPROVALS_FILE, RULES_FILE } from "../modules/review/gate/agreed";
import { chosenStacks, listedStacks, stacksOf, SynthesizedStack } from "../modules/terraform/environment-stacks";
import type { LeftState } from "../modules/terraform/left-states";

/**
 * The synthesized stacks of one environment, and of no other whose name begins like it.
 *
 * @param chosen names of stacks, with or without the environment's in front @default - all of them
 */
export function stacksToDeliver(
  projectRoot: string,
  environment: string,
  chosen: readonly string[] = [],
): readonly SynthesizedStack[] {
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
  const { names, problems } = chosenStacks(
    environment,
    stacks.map(({ name }) => name),
    chosen,
    "DELIVERY-NO-STACK",
  );
  if (problems.length > 0) throw new BaselineError(problems);
  const found = chosen.length === 0 ? stacks : stacks.filter(({ name }) => names.includes(name));
  refuseExtraFiles(found);
  return found;
}

/** Terraform reads every `*.tf` of a folder: what no synth has written, no review of it has seen. */
function refuseExtraFiles(stacks: readonly SynthesizedStack[]): void {
  const problems = stacks.flatMap(({ folder }) =>
    extraFiles(folder).map((name) => ({
      code: "DELIVERY-EXTRA-FILE",
      message: "This file is not synthesized, and Terraform would read it as part of the stack.",
      fix: "Remove it, or run npm run synth, which does; what it is for belongs in the baseline or in a project of its own.",
      place: { file: join(folder, name) },
    })),
  );
  if (problems.length > 0) throw new BaselineError(problems);
}

/** Refuses a synth that is older than what it is made of: what a person would apply by hand is what they have just edited. */
export function requireFreshSynth(projectRoot: string, environment: string): void {
  const folder = requireEnvironmentFolder(projectRoot, environment);
  const made = statSync(join(projectRoot, "cdktf.out/manifest.json")).mtimeMs;
  const newer = readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ![APPROVALS_FILE, RULES_FILE].includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).mtimeMs > made);
  if (newer.length > 0)
    throw new BaselineError([
      {
        code: "DELIVERY-OLD-SYNTH",
        message: `${newer.map((file) => file.slice(projectRoot.length + 1)).join(", ")} changed after the stacks were synthesized.`,
        fix: "Run npm run synth first.",
      },
    ]);
}

/** States of the environment that no stack is synthesized for. */
export async function statesLeft(
  projectRoot: string,
  settings: Pick<StackSettings, "environment" | "backend">,
): Promise<readonly LeftState[]> {
  // The SDK is loaded where it is used: other commands start without it.
  const { leftStates } = await import("../modules/terraform/left-states");
  return leftStates({
    projectRoot,
    settings,
    synthesized: new Set((listedStacks(join(projectRoot, "cdktf.out")) ?? []).map(({ name }) => name)),
    others: environmentNames(projectRoot).filter((name) => name !== settings.environment),
  });
}

/** The commit that is planned or applied: what the workflow says that it is, else the checkout's. */
export function deliveredCommit(projectRoot: string): string | undefined {
  return process.env["GITHUB_SHA"] || commitOf(projectRoot, "HEAD");
}
