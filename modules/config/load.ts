import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { BaselineError, Problem, sortProblems } from "../kernel/errors";
import { organizationTree } from "../organization/tree";
import type { Organization } from "../organization/types";
import { DocumentPath, parseYaml, YamlDocument } from "./document";
import { Environment, ProblemList } from "./environment";
import { suggestion } from "../kernel/nearest";
import { organizationProblems } from "./organization-problems";
import { Baseline, baselineSchema } from "../sections/schema";
import { organizationSchema } from "./schema/organization";
import { schemaProblems } from "./schema-problems";
import { toFillIn } from "./to-fill-in";
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

/** Reads one YAML file against a schema. Problems are collected, not thrown. */
function read<T>(
  projectRoot: string,
  file: string,
  schema: z.ZodType<T>,
  missing: string,
  problems: Problem[],
): { value: T; document: YamlDocument } | undefined {
  const path = join(projectRoot, file);
  if (!existsSync(path)) {
    problems.push({ code: "ENV-NO-FILE", message: `${file} does not exist.`, fix: missing, place: { file } });
    return undefined;
  }
  return parseAgainst(file, readFileSync(path, "utf8"), schema, problems);
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

/** The files that a baseline names, with the path where it names them. */
function namedFiles(baseline: Baseline): readonly { readonly name: string; readonly path: DocumentPath }[] {
  const files: { name: string; path: DocumentPath }[] = [];
  const key = baseline.breakGlass.passwords?.pgpPublicKeyFile;
  if (key) files.push({ name: key, path: ["breakGlass", "passwords", "pgpPublicKeyFile"] });
  baseline.workloadIdentity?.trustAnchors.forEach((anchor, i) => {
    if (anchor.certificateBundleFile)
      files.push({
        name: anchor.certificateBundleFile,
        path: ["workloadIdentity", "trustAnchors", i, "certificateBundleFile"],
      });
  });
  baseline.guardrails.custom.forEach((policy, i) =>
    files.push({ name: policy.file, path: ["guardrails", "custom", i, "file"] }),
  );
  return files;
}

/** Why there is no such environment; nothing when there is one. */
function environmentFolderProblem(projectRoot: string, name: string): Problem | undefined {
  const badName = environmentNameProblem(name);
  if (badName) return badName;
  if (existsSync(join(projectRoot, ENVIRONMENTS, name))) return undefined;
  return {
    code: "ENV-UNKNOWN",
    message: `There is no environment ${name}.`,
    fix: `${suggestion(name, environmentNames(projectRoot), "environment")} ${KEYLESS} init ${name} makes it.`,
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
      { code: "ENV-NONE", message: "There is no environment yet.", fix: `Run ${KEYLESS} init <name>.` },
    ]);
  return names;
}

export interface LoadedEnvironment {
  readonly environment?: Environment;
  readonly problems: readonly Problem[];
}

/**
 * Reads and validates the files of one environment. Never throws for what a person wrote; the problems say everything that is
 * wrong with both files. References between the parts are checked by the modules that resolve them.
 */
export function readEnvironment(projectRoot: string, name: string): LoadedEnvironment {
  const problems: Problem[] = [];
  const folder = `${ENVIRONMENTS}/${name}`;
  const unknown = environmentFolderProblem(projectRoot, name);
  if (unknown) return { problems: [unknown] };
  const baseline = read(
    projectRoot,
    `${folder}/baseline.yaml`,
    baselineSchema,
    `Run ${KEYLESS} init ${name}.`,
    problems,
  );
  const organization = read(
    projectRoot,
    `${folder}/organization.yaml`,
    organizationSchema as z.ZodType<Organization>,
    `Run ${KEYLESS} sync ${name}.`,
    problems,
  );
  if (organization) problems.push(...organizationProblems(organization.document, organization.value));
  const files = new Map<string, string>();
  if (baseline) {
    problems.push(...toFillIn(baseline.document));
    for (const file of namedFiles(baseline.value)) {
      const path = join(projectRoot, folder, file.name);
      if (existsSync(path) && statSync(path).isFile()) files.set(file.name, readFileSync(path, "utf8"));
      else
        problems.push({
          code: "CONFIG-NO-FILE",
          message: `${folder}/${file.name} does not exist.`,
          fix: `Put the file there; names are relative to ${folder}.`,
          place: baseline.document.place(file.path),
        });
    }
  }
  if (!baseline || !organization || problems.some((p) => p.severity !== "warning"))
    return { problems: sortProblems(problems) };
  return {
    problems: sortProblems(problems),
    environment: {
      name,
      baseline: baseline.value,
      organization: organization.value,
      tree: organizationTree(organization.value),
      files,
      place: (path) => baseline.document.place(path),
      factsPlace: (path) => organization.document.place(path),
    },
  };
}

/** Reads one environment or throws everything that is wrong with it, exit code 2. */
export function loadEnvironment(projectRoot: string, name: string): Environment {
  const { environment, problems } = readEnvironment(projectRoot, name);
  if (!environment) throw new BaselineError(problems);
  return environment;
}

/** A list for problems of one environment. */
export function problemList(environment: Environment): ProblemList {
  return new ProblemList((path) => environment.place(path));
}
