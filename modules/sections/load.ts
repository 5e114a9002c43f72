import type { z } from "zod";
import { readInput } from "../config/input-file";
import { ENVIRONMENTS, environmentFolderProblem, readYamlFile } from "../config/load";
import { checkMoves, Move, MOVES_FILE } from "../config/moves";
import { organizationProblems } from "../config/organization-problems";
import { ProblemList } from "../config/problem-list";
import { organizationSchema } from "../config/schema/organization";
import { toFillIn } from "../config/to-fill-in";
import { KEYLESS } from "../kernel/command";
import { BaselineError, Problem, sortProblems } from "../kernel/errors";
import { organizationTree } from "../organization/tree";
import type { Organization } from "../organization/types";
import type { Environment } from "./environment";
import type { NamedFile } from "./card";
import { Baseline, baselineSchema } from "./schema";
import { SectionKey, SECTIONS } from "./sections";

/** The files that a baseline names, with the path where it names them. */
function namedFiles(baseline: Baseline): readonly NamedFile[] {
  return SECTIONS.flatMap((card) => {
    const section: object | undefined = baseline[card.key as SectionKey];
    return section === undefined ? [] : (card.files?.(section) ?? []);
  });
}

/** Moves of an environment in a checkout; none where there is no file. */
function readMoves(
  projectRoot: string,
  name: string,
): { readonly moves: readonly Move[]; readonly problems: readonly Problem[] } {
  const folder = `${ENVIRONMENTS}/${name}`;
  const input = readInput(projectRoot, `${folder}/${MOVES_FILE}`, folder);
  if (input === undefined) return { moves: [], problems: [] };
  return "problem" in input
    ? { moves: [], problems: [input.problem] }
    : checkMoves(`${folder}/${MOVES_FILE}`, input.text);
}

/**
 * Moves of an environment in a checkout.
 *
 * @throws BaselineError where the file has a mistake
 */
export function movesHere(projectRoot: string, name: string): readonly Move[] {
  const { moves, problems } = readMoves(projectRoot, name);
  if (problems.length > 0) throw new BaselineError(problems);
  return moves;
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
  const baseline = readYamlFile(
    projectRoot,
    `${folder}/baseline.yaml`,
    baselineSchema,
    `Run ${KEYLESS} init ${name}.`,
    problems,
  );
  const organization = readYamlFile(
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
      const input = readInput(projectRoot, `${folder}/${file.name}`, folder);
      if (input === undefined)
        problems.push({
          code: "CONFIG-NO-FILE",
          message: `${folder}/${file.name} does not exist.`,
          fix: `Put the file there; names are relative to ${folder}.`,
          place: baseline.document.place(file.path),
        });
      else if ("problem" in input) problems.push(input.problem);
      else files.set(file.name, input.text);
    }
  }
  const moves = readMoves(projectRoot, name);
  problems.push(...moves.problems);
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
      ...(moves.moves.length > 0 ? { moves: moves.moves } : {}),
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
