import type { DocumentPath } from "../config/document";
import type { Move } from "../config/moves";
import type { Place } from "../kernel/errors";
import type { OrganizationTree } from "../organization/tree";
import type { Organization } from "../organization/types";
import type { CommonBaseline } from "./common-schema";

/**
 * An environment as one section sees it: the facts, what all sections share of `baseline.yaml`, and its own part. What other sections
 * mean it reads from their resolved state (`Around.resolved`), never from their YAML.
 */
export interface SectionEnvironment<Own = unknown> {
  /** Name of the folder below `environments/`, also the prefix of every stack. */
  readonly name: string;
  readonly baseline: CommonBaseline & Own;
  readonly organization: Organization;
  readonly tree: OrganizationTree;
  /** Contents of the files that the baseline names (certificates, PGP keys), by the name it uses. */
  readonly files: ReadonlyMap<string, string>;
  /** Of `moves.yaml`. @default - there is no such file */
  readonly moves?: readonly Move[];
  /** Where a part of `baseline.yaml` stands. */
  place(path: DocumentPath): Place;
  /** Where a part of `organization.yaml` stands. @default - not known */
  readonly factsPlace?: (path: DocumentPath) => Place;
}
