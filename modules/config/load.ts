import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { BaselineError, Problem } from "../kernel/errors";
import { parseYaml, YamlDocument } from "./document";
import { readInput } from "./input-file";
import { suggestion } from "../kernel/nearest";
import { schemaProblems } from "./schema-problems";
import { KEYLESS } from "../kernel/command";

export const ENVIRONMENTS = "environments";

/** An environment's name begins every stack's name. */
export const ENVIRONMENT_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Names of the environments of a project: folders below `environments/` with a `baseline.yaml`, sorted. */
export function environmentNames(projectRoot: string): readonly string[] {
  const folder = join(projectRoot, ENVIRONMENTS);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "baseline.yaml")))
    .sort();
}

/**
 * The nearest folder above that has environments. It is only named to whoever runs a command in the wrong folder: which folder a project is
 * decides whose stacks are planned with whose credentials, and somebody else may have written what lies above.
 */
export function projectAbove(folder: string): string | undefined {
  const parent = dirname(folder);
  if (parent === folder) return undefined;
  return hasEnvironments(parent) ? parent : projectAbove(parent);
}

function hasEnvironments(folder: string): boolean {
  try {
    return environmentNames(folder).length > 0;
  } catch {
    // A folder that may not be read is none of this person's projects.
    return false;
  }
}

/** What to do in a folder without environments. */
export function noEnvironmentsFix(projectRoot: string, name = "<name>"): string {
  const above = projectAbove(projectRoot);
  const make = `make an environment: ${KEYLESS} init ${name} --region <region>.`;
  return above === undefined
    ? `Run it in the project's folder, or ${make}`
    : `The project's folder is ${above}: run it there. A command works in the folder in which it is run, and takes no other for the project.`;
}

/** Reads one YAML file against a schema. Problems are collected, not thrown. */
export function readYamlFile<T>(
  projectRoot: string,
  file: string,
  schema: z.ZodType<T>,
  missing: string,
  problems: Problem[],
): { value: T; document: YamlDocument } | undefined {
  const input = readInput(projectRoot, file, file.slice(0, file.lastIndexOf("/")));
  if (input === undefined) {
    problems.push({ code: "ENV-NO-FILE", message: `${file} does not exist.`, fix: missing, place: { file } });
    return undefined;
  }
  if ("problem" in input) {
    problems.push(input.problem);
    return undefined;
  }
  return parseAgainst(file, input.text, schema, problems);
}

/** Parses text against a schema. Problems are collected, not thrown. */
export function parseAgainst<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): { value: T; document: YamlDocument } | undefined {
  const parsed = parseYaml(file, text);
  if ("problems" in parsed) {
    problems.push(...parsed.problems);
    return undefined;
  }
  const result = schema.safeParse(parsed.document.value);
  if (!result.success) {
    problems.push(...schemaProblems(parsed.document, schema, result.error.issues));
    return undefined;
  }
  return { value: result.data, document: parsed.document };
}

/** Why there is no such environment; nothing when there is one. */
export function environmentFolderProblem(projectRoot: string, name: string): Problem | undefined {
  const badName = environmentNameProblem(name);
  if (badName) return badName;
  if (existsSync(join(projectRoot, ENVIRONMENTS, name))) return undefined;
  const known = environmentNames(projectRoot);
  if (known.length === 0)
    return {
      code: "ENV-UNKNOWN",
      message: `There is no environment ${name}: this folder has no environments.`,
      fix: noEnvironmentsFix(projectRoot, name),
    };
  return {
    code: "ENV-UNKNOWN",
    message: `There is no environment ${name}.`,
    fix: `${suggestion(name, known, "environment")} ${KEYLESS} init ${name} makes it.`,
  };
}

/** Why a name cannot be an environment's; nothing when it can. */
export function environmentNameProblem(name: string): Problem | undefined {
  if (ENVIRONMENT_NAME.test(name)) return undefined;
  return {
    code: "ENV-NAME",
    message: `${JSON.stringify(name)} cannot be the name of an environment.`,
    fix: "Use a lower-case letter, then letters, digits and dashes, at most 31 characters.",
  };
}

/** The folder of an environment that has a `baseline.yaml`, relative to the project's root; throws where there is none. */
export function requireEnvironmentFolder(projectRoot: string, name: string): string {
  const unknown = environmentFolderProblem(projectRoot, name);
  if (unknown) throw new BaselineError([unknown]);
  const file = `${ENVIRONMENTS}/${name}/baseline.yaml`;
  if (!existsSync(join(projectRoot, file))) throw new BaselineError([noBaseline(name, file)]);
  return `${ENVIRONMENTS}/${name}`;
}

function noBaseline(name: string, file: string): Problem {
  return {
    code: "ENV-NO-FILE",
    message: `${file} does not exist.`,
    fix: `Run ${KEYLESS} init ${name}.`,
    place: { file },
  };
}

/** Names of the environments that are meant: one, or all; throws when there is none at all. */
export function chosenEnvironments(projectRoot: string, name: string | undefined): readonly string[] {
  const names = name === undefined ? environmentNames(projectRoot) : [name];
  if (names.length === 0)
    throw new BaselineError([
      {
        code: "ENV-NONE",
        message: "This folder has no environments.",
        fix: noEnvironmentsFix(projectRoot),
      },
    ]);
  return names;
}
