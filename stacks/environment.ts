import type { App } from "cdktf";
import { SECTIONS } from "../modules/sections/sections";
import { stateOf } from "../modules/sections/holdings";
import type { TargetState } from "../modules/sections/target-state";
import type { EnvironmentStack } from "./environment-stack";
import { refuseMarkers } from "./escape";

/**
 * What a file of `stacks/` exports for a section: adds the section's stacks to the app and returns them, those first that others depend on.
 *
 * @param state of the environment; the section's part is there
 * @param before the stacks of the sections before it in the list
 */
export type AddStacks<Key extends keyof TargetState> = (
  app: App,
  state: Partial<TargetState> & { readonly [K in Key | "settings"]-?: NonNullable<TargetState[K]> },
  before: readonly EnvironmentStack[],
) => readonly EnvironmentStack[];

/**
 * The file that a card names. Constructs stand above the sections, so a card cannot import it; the name is all that a section says of
 * it, and only who synthesizes loads cdktf. A test holds each name to a file that exports `addStacks`.
 */
function factory(file: string): AddStacks<never> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- which file is data of the card
  return (require(`./${file}`) as { readonly addStacks: AddStacks<never> }).addStacks;
}

/** Adds every stack of one environment to the app, named `<environment>-<stack>`. Returns them in the order of the journey. */
export function addEnvironment(app: App, state: TargetState): readonly EnvironmentStack[] {
  refuseMarkers(state);
  const stacks: EnvironmentStack[] = [];
  for (const { key, stackFile } of SECTIONS)
    if (stackFile !== undefined && stateOf(state, key)) stacks.push(...factory(stackFile)(app, state, stacks));
  return stacks;
}
