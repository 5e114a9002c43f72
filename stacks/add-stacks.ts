import type { App } from "cdktf";
import type { TargetState } from "../modules/sections/target-state";
import type { EnvironmentStack } from "./environment-stack";

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
