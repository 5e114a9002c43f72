import { join } from "node:path";
import { ENVIRONMENT_TAG } from "../config/settings";
import { isObject, Json } from "../kernel/json";
import type { Problem } from "../kernel/errors";
import { byKey, unique } from "../kernel/lists";
import { nearest, suggestion } from "../kernel/nearest";
import { readObject } from "../kernel/json-file";
import type { StackMark } from "../sections/stack-kinds";
import { readMark } from "./stack-mark";
import { block, texts } from "./stack-plan";
import { defined } from "../kernel/optional";

export interface SynthesizedStack {
  readonly name: string;
  /** Folder with `cdk.tf.json`. */
  readonly folder: string;
  /** What it says it is. @default - not marked: somebody else's, or of an earlier release */
  readonly mark?: StackMark;
  /** Names of the stacks that are applied before it. */
  readonly dependencies: readonly string[];
}

/**
 * The stacks of a synth, by name. cdktf lists them in its manifest; folders of stacks that are no longer synthesized stay beside them.
 *
 * @param output the synth's folder (`cdktf.out`)
 * @returns nothing where there is no manifest
 */
export function listedStacks(output: string): readonly SynthesizedStack[] | undefined {
  const stacks = readObject(join(output, "manifest.json"))?.["stacks"];
  if (!isObject(stacks)) return undefined;
  return Object.values(stacks)
    .flatMap((stack): readonly SynthesizedStack[] => {
      if (!isObject(stack) || typeof stack["name"] !== "string" || typeof stack["workingDirectory"] !== "string")
        return [];
      const folder = join(output, stack["workingDirectory"]);
      const file = join(folder, "cdk.tf.json");
      const mark = readMark(readObject(file)?.["variable"], file);
      return [{ name: stack["name"], folder, ...defined({ mark }), dependencies: texts(stack, "dependencies") }];
    })
    .sort(byKey(({ name }) => name));
}

/** Those of one environment, as they say themselves: a name does not tell, `prod-eu-guardrails` may be of `prod` or of `prod-eu`. */
export function stacksOf(output: string, environment: string): readonly SynthesizedStack[] {
  return (listedStacks(output) ?? []).filter(({ mark }) => mark?.environment === environment);
}

export interface ChosenStacks {
  /** Full names of those that there are, each once. */
  readonly names: readonly string[];
  /** What is wrong with the others. */
  readonly problems: readonly Problem[];
}

/** Stacks as people name them, with or without the environment's name in front. */
export function chosenStacks(
  environment: string,
  known: readonly string[],
  given: readonly string[],
  code: string,
): ChosenStacks {
  const full = (name: string): string => (known.includes(name) ? name : `${environment}-${name}`);
  // Without what all of them begin with: it would make everything look alike.
  const short = (name: string): string =>
    name.startsWith(`${environment}-`) ? name.slice(environment.length + 1) : name;
  const shortNames = known.map(short);
  return {
    names: unique(given.map(full).filter((name) => known.includes(name))),
    problems: given
      .filter((name) => !known.includes(full(name)))
      .map((name) => ({
        code,
        message: `There is no stack ${JSON.stringify(name)} in environment ${environment}.`,
        fix: suggestion(name, shortNames, "stack", nearest(short(name), shortNames)),
      })),
  };
}

/** Values of the tag that the stack's providers put on everything. */
export function environmentTags(stack: Json): readonly string[] {
  const providers = isObject(stack["provider"]) ? stack["provider"]["aws"] : undefined;
  return (Array.isArray(providers) ? (providers as unknown[]).filter(isObject) : []).flatMap((provider) => {
    const tag = block(block(provider, "default_tags"), "tags")?.[ENVIRONMENT_TAG];
    return typeof tag === "string" ? [tag] : [];
  });
}
