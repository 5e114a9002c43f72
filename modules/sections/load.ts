import type { z } from "zod";
import { type InputText, readInput, readInputBytes } from "../config/input-file";
import { ENVIRONMENTS, environmentFolderProblem, parseAgainst, readYamlFile } from "../config/load";
import { Adopted, checkMoves, Move, MOVES_FILE } from "../config/moves";
import { organizationProblems } from "../config/organization-problems";
import { ProblemList } from "../config/problem-list";
import { EXISTING_FILE, existingSchema } from "../config/schema/existing";
import { organizationSchema } from "../config/schema/organization";
import { toFillIn } from "../config/to-fill-in";
import { KEYLESS } from "../kernel/command";
import { BaselineError, Problem, sortProblems } from "../kernel/errors";
import { defined } from "../kernel/optional";
import type { Existing } from "../organization/existing";
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
function readMoves(projectRoot: string, name: string): ReturnType<typeof checkMoves> {
  const folder = `${ENVIRONMENTS}/${name}`;
  const input = readInput(projectRoot, `${folder}/${MOVES_FILE}`, folder);
  if (input === undefined) return { moves: [], adopted: [], problems: [] };
  return "problem" in input
    ? { moves: [], adopted: [], problems: [input.problem] }
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

/** What is adopted is ours, although AWS's tags do not say so. */
function withAdopted(facts: Organization, adopted: readonly Adopted[]): Organization {
  if (adopted.length === 0) return facts;
  const ids = new Set(adopted.map(({ id }) => id));
  const center = facts.identityCenter;
  const mark = <T extends object>(one: T, id: string): T =>
    ids.has(id) ? { ...one, ours: true, adopted: true as const } : one;
  return {
    ...facts,
    policies: facts.policies.map((policy) => mark(policy, policy.id)),
    ...(center
      ? { identityCenter: { ...center, permissionSets: center.permissionSets.map((set) => mark(set, set.arn)) } }
      : {}),
  };
}

/** What `keyless sync --existing` has read; undefined where nobody has looked. */
function readExistingFile(projectRoot: string, folder: string, problems: Problem[]): Existing | undefined {
  const file = `${folder}/${EXISTING_FILE}`;
  const input = readInput(projectRoot, file, folder);
  if (input === undefined) return undefined;
  if (!("problem" in input)) return parseAgainst<Existing>(file, input.text, existingSchema, problems)?.value;
  problems.push(input.problem);
  return undefined;
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
      const input = readNamed(projectRoot, folder, file);
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
  const existing = readExistingFile(projectRoot, folder, problems);
  if (!baseline || !organization || problems.some((p) => p.severity !== "warning"))
    return { problems: sortProblems(problems) };
  const facts = withAdopted(organization.value, moves.adopted);
  return {
    problems: sortProblems(problems),
    environment: {
      name,
      baseline: baseline.value,
      organization: facts,
      tree: organizationTree(facts),
      files,
      ...(moves.moves.length > 0 ? { moves: moves.moves } : {}),
      ...(moves.adopted.length > 0 ? { adopted: moves.adopted } : {}),
      ...defined({ existing }),
      place: (path) => baseline.document.place(path),
      factsPlace: (path) => organization.document.place(path),
    },
  };
}

function readNamed(projectRoot: string, folder: string, file: NamedFile): InputText | undefined {
  const path = `${folder}/${file.name}`;
  if (!file.bytes) return readInput(projectRoot, path, folder);
  const input = readInputBytes(projectRoot, path, folder);
  return input === undefined || "problem" in input ? input : { text: input.bytes.toString("base64") };
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
