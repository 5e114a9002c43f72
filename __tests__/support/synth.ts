import { App, Testing } from "cdktf";
import { addEnvironment } from "../../stacks/environment";
import type { EnvironmentStack } from "../../stacks/environment-stack";
import type { TargetState } from "../../modules/sections/target-state";

/** Terraform JSON of one stack: resource type → name → arguments. */
export interface StackJson {
  readonly terraform: Readonly<Record<string, unknown>>;
  readonly provider: { readonly aws: readonly Readonly<Record<string, unknown>>[] };
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly output?: Readonly<Record<string, unknown>>;
}

/** Synthesizes one stack, validations included, to the parsed JSON. */
export function stackJson(stack: EnvironmentStack): StackJson {
  return JSON.parse(Testing.synth(stack, true)) as StackJson;
}

/** Every stack of a state, by name. */
export function synthesized(state: TargetState): ReadonlyMap<string, StackJson> {
  const app = new App({ outdir: "/nonexistent" });
  return new Map(addEnvironment(app, state).map((stack) => [stack.stackName, stackJson(stack)]));
}

/** Addresses of the resources of a stack, sorted: `aws_iam_role.role_management`. */
export function addresses(json: StackJson): readonly string[] {
  return Object.entries(json.resource ?? {})
    .flatMap(([type, resources]) => Object.keys(resources).map((name) => `${type}.${name}`))
    .sort();
}

/** Resources of one type by name; empty when there is none. */
export function resources(json: StackJson, type: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return json.resource?.[type] ?? {};
}
