import type { App } from "cdktf";
import { SECTIONS, SectionWithStacks } from "../modules/sections/sections";
import { stateOf } from "../modules/sections/holdings";
import type { TargetState } from "../modules/sections/target-state";
import type { EnvironmentStack } from "./environment-stack";
import { addMoves } from "./moves";
import { refuseMarkers } from "./escape";
import type { AddStacks } from "./add-stacks";
import { STACKS_OF_SECTIONS } from "./of-sections";

/** Adds every stack of one environment to the app, named `<environment>-<stack>`. Returns them in the order of the journey. */
export function addEnvironment(app: App, state: TargetState): readonly EnvironmentStack[] {
  refuseMarkers(state);
  const stacks: EnvironmentStack[] = [];
  for (const { key } of SECTIONS) {
    if (!hasStacks(key) || !stateOf(state, key)) continue;
    // The section's part of the state is there; which part goes to which entry, the table's type says.
    const addStacks = STACKS_OF_SECTIONS[key] as AddStacks<never>;
    stacks.push(...addStacks(app, state, stacks));
  }
  addMoves(stacks, state);
  return stacks;
}

function hasStacks(key: string): key is SectionWithStacks {
  return Object.hasOwn(STACKS_OF_SECTIONS, key);
}
