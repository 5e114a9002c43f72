import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENT_TAG } from "../config/settings";
import { isObject, Json } from "./json";
import { environmentOf } from "./read-inputs";

export interface ListedStack {
  readonly name: string;
  /** Folder with `cdk.tf.json`. */
  readonly folder: string;
}

/**
 * The stacks of a synth, by name. cdktf lists them in its manifest; folders of stacks that are no longer synthesized stay beside them.
 *
 * @param output the synth's folder (`cdktf.out`)
 * @returns nothing where there is no manifest
 */
export function listedStacks(output: string): readonly ListedStack[] | undefined {
  const stacks = readJson(join(output, "manifest.json"))?.["stacks"];
  if (!isObject(stacks)) return undefined;
  return Object.values(stacks)
    .flatMap((stack) => (isObject(stack) && typeof stack["name"] === "string" && typeof stack["workingDirectory"] === "string" ? [{ name: stack["name"], folder: join(output, stack["workingDirectory"]) }] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Those of one environment. A name alone does not tell: `prod-eu-guardrails` may be of `prod` or of `prod-eu`. The tag that every
 * provider sets does; a stack without one goes to the longest name.
 */
export function stacksOf(output: string, environment: string, environments: readonly string[]): readonly ListedStack[] {
  return (listedStacks(output) ?? []).filter(({ name, folder }) => (taggedWith(readJson(join(folder, "cdk.tf.json"))) ?? environmentOf([name], environments)) === environment);
}

function taggedWith(stack: Json | undefined): string | undefined {
  const providers = isObject(stack?.["provider"]) ? stack["provider"]["aws"] : undefined;
  for (const provider of Array.isArray(providers) ? (providers as unknown[]) : []) {
    const tags = isObject(provider) ? provider["default_tags"] : undefined;
    const [first] = (Array.isArray(tags) ? tags : [tags]) as unknown[];
    const own = isObject(first) && isObject(first["tags"]) ? first["tags"][ENVIRONMENT_TAG] : undefined;
    if (typeof own === "string") return own;
  }
  return undefined;
}

function readJson(file: string): Json | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
