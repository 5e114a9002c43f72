import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { environmentNameProblem, ENVIRONMENTS, parseAgainst, projectAbove } from "../config/load";
import { partitionOf } from "../organization/partition";
import { REGIONS } from "../organization/regions";
import { baselineSchema } from "../sections/schema";
import { region } from "../config/schema/common";
import { BaselineError, Problem } from "../kernel/errors";
import { suggestion } from "../kernel/nearest";
import { writeAtomically } from "../kernel/write-file";
import { Backend, baselineTemplate } from "./template";

export interface InitOptions {
  /** Home region of the environment. */
  readonly region: string;
  /** `local`, `s3:bucket[/prefix]` or `hcp:organization[/project]`. */
  readonly backend: string;
}

/** A file that is still to be written; everything about it has been checked. */
export interface NewEnvironment {
  /** Relative to the project's root. */
  readonly file: string;
  readonly write: () => void;
}

/** Makes `environments/<env>/baseline.yaml` to fill in. Never overwrites. Nothing is written before `write`. */
export function newEnvironment(projectRoot: string, name: string, options: InitOptions): NewEnvironment {
  refuseInsideEnvironments(projectRoot);
  const badName = environmentNameProblem(name);
  if (badName) throw new BaselineError([badName]);
  const file = `${ENVIRONMENTS}/${name}/baseline.yaml`;
  const path = join(projectRoot, file);
  if (existsSync(path)) {
    throw new BaselineError([
      {
        code: "INIT-EXISTS",
        message: `${file} is there already; nothing was written.`,
        fix: "Change it by hand, or choose another name.",
        place: { file },
      },
    ]);
  }
  refuseRegion(options.region);
  const text = baselineTemplate({
    environment: name,
    region: options.region,
    backend: parseBackend(options.backend, options.region),
  });
  // What the backend is given on the command line is checked as it would be in the file.
  const problems: Problem[] = [];
  if (!parseAgainst(file, text, baselineSchema, problems)) {
    throw new BaselineError(
      problems.map(({ message, fix, place }) => ({
        code: "USAGE",
        message,
        ...(fix ? { fix } : {}),
        ...(place?.path ? { place: { path: place.path } } : {}),
      })),
    );
  }
  return { file, write: () => writeAtomically(path, text) };
}

/**
 * Below the environments of a project nothing of a project is: the command was run in the wrong folder.
 *
 * @throws BaselineError
 */
export function refuseInsideEnvironments(folder: string): void {
  const above = projectAbove(folder);
  if (above === undefined || relative(join(above, ENVIRONMENTS), folder).startsWith("..")) return;
  throw new BaselineError([
    {
      code: "INIT-IN-ENVIRONMENTS",
      message: "This folder is one of a project's environments, and no project of its own; nothing was written.",
      fix: `The project's folder is ${above}: run it there.`,
    },
  ]);
}

/** A slip of the pen would be found only when AWS is asked. */
function refuseRegion(given: string): void {
  if (!region.safeParse(given).success)
    throw new BaselineError([
      {
        code: "USAGE",
        message: `--region cannot be ${JSON.stringify(given)}.`,
        fix: "Write a region, for example eu-central-1.",
      },
    ]);
  if (partitionOf(given) !== "aws")
    throw new BaselineError([
      {
        code: "PARTITION",
        message: `${given} is of the partition ${partitionOf(given)}, and this baseline is one for organizations of the standard partition.`,
        fix: "Other partitions are not supported.",
      },
    ]);
  if (!REGIONS.includes(given))
    throw new BaselineError([
      {
        code: "REGION-UNKNOWN",
        message: `${given} is no region that this version knows.`,
        fix: `${suggestion(given, REGIONS, "region")} If AWS has opened it since, name another one here and write it into the file.`,
      },
    ]);
}

function parseBackend(text: string, region: string): Backend {
  if (text === "local") return { type: "local" };
  const [, type, name, rest] = /^(s3|hcp):([^/]+)(?:\/(.+))?$/.exec(text) ?? [];
  if (type === "s3" && name) return { type, bucket: name, region, ...(rest ? { prefix: rest } : {}) };
  if (type === "hcp" && name) return { type, organization: name, ...(rest ? { project: rest } : {}) };
  throw new BaselineError([
    {
      code: "USAGE",
      message: `--backend cannot be ${JSON.stringify(text)}.`,
      fix: "Write local, s3:<bucket>, s3:<bucket>/<prefix>, hcp:<organization> or hcp:<organization>/<project>.",
    },
  ]);
}
