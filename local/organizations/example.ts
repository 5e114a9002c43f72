import { parse } from "yaml";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Organization } from "../../modules/organization/types";

/** The facts of the embedded example, the one source of what the local AWS is seeded with. */
export function exampleOrganization(projectRoot: string): Organization {
  return parse(readFileSync(join(projectRoot, "environments", "example", "organization.yaml"), "utf8")) as Organization;
}
