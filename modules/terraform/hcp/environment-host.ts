import { existsSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENTS, parseAgainst } from "../../config/load";
import { baselineSchema } from "../../sections/schema";
import { BaselineError } from "../../kernel/errors";
import { DEFAULT_HOST } from "./host";
import { uniqueSorted } from "../../kernel/lists";
import { readText } from "../../kernel/read-text";

/**
 * The host that the environments keep their state at. A mistake elsewhere in an environment is no reason not to review: what cannot be read says nothing.
 *
 * @throws BaselineError (2) where they are at several
 */
export function environmentHost(projectRoot: string, environments: readonly string[]): string {
  const hosts = environments.flatMap((name) => {
    const file = join(projectRoot, ENVIRONMENTS, name, "baseline.yaml");
    const backend = existsSync(file)
      ? parseAgainst(file, readText(file), baselineSchema, [])?.value.backend
      : undefined;
    return backend?.type === "hcp" ? [backend.hostname] : [];
  });
  const different = uniqueSorted(hosts);
  if (different.length > 1)
    throw new BaselineError([
      {
        code: "HCP-HOST",
        message: `The environments keep their state at several hosts: ${different.join(", ")}.`,
        fix: "Name one with --hcp-host, or the environment with --env.",
      },
    ]);
  return different[0] ?? DEFAULT_HOST;
}
