import type { DocumentPath } from "../config/document";
import type { Place } from "../kernel/errors";
import type { OrganizationTree } from "../organization/tree";
import type { Organization } from "../organization/types";
import type { Baseline } from "./schema";

/** One environment (one AWS organization): intent and facts, parsed and valid, with nothing left to read. */
export interface Environment {
  /** Name of the folder below `environments/`, also the prefix of every stack. */
  readonly name: string;
  readonly baseline: Baseline;
  readonly organization: Organization;
  readonly tree: OrganizationTree;
  /** Contents of the files that the baseline names (certificates, PGP keys), by the name it uses. */
  readonly files: ReadonlyMap<string, string>;
  /** Where a part of `baseline.yaml` stands. */
  place(path: DocumentPath): Place;
  /** Where a part of `organization.yaml` stands. @default - not known */
  readonly factsPlace?: (path: DocumentPath) => Place;
}
