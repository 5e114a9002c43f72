import { join } from "node:path";
import { ENVIRONMENT_TAG } from "../config/settings";
import { isObject, Json } from "../kernel/json";
import { environmentOf } from "../review/read-inputs";
import { readObject } from "../kernel/json-file";
import { block, texts } from "./stack-plan";

export interface SynthesizedStack {
  readonly name: string;
  /** Folder with `cdk.tf.json`. */
  readonly folder: string;
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
    .flatMap((stack) =>
      isObject(stack) && typeof stack["name"] === "string" && typeof stack["workingDirectory"] === "string"
        ? [
            {
              name: stack["name"],
              folder: join(output, stack["workingDirectory"]),
              dependencies: texts(stack, "dependencies"),
            },
          ]
        : [],
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Those of one environment. A name alone does not tell: `prod-eu-guardrails` may be of `prod` or of `prod-eu`. The tag that every
 * provider sets does; a stack without one goes to the longest name.
 */
export function stacksOf(
  output: string,
  environment: string,
  environments: readonly string[],
): readonly SynthesizedStack[] {
  return (listedStacks(output) ?? []).filter(
    ({ name, folder }) =>
      (taggedWith(readObject(join(folder, "cdk.tf.json"))) ?? environmentOf([name], environments)) === environment,
  );
}

function taggedWith(stack: Json | undefined): string | undefined {
  const providers = isObject(stack?.["provider"]) ? stack["provider"]["aws"] : undefined;
  for (const provider of Array.isArray(providers) ? (providers as unknown[]).filter(isObject) : []) {
    const own = block(block(provider, "default_tags"), "tags")?.[ENVIRONMENT_TAG];
    if (typeof own === "string") return own;
  }
  return undefined;
}
