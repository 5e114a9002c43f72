import type { Place, Problem } from "../kernel/errors";
import type { OrganizationTree } from "../organization/tree";
import type { Organization } from "../organization/types";
import type { DocumentPath } from "./document";
import type { Baseline } from "../sections/schema";

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

/** Collects problems with their place, so that one run tells all of them. */
export class ProblemList {
  private readonly list: Problem[] = [];

  constructor(private readonly place: (path: DocumentPath) => Place) {}

  /** Adds an error at a path of `baseline.yaml`. */
  error(code: string, path: DocumentPath, message: string, fix: string): void {
    this.list.push({ code, message, fix, place: this.place(path) });
  }

  /** Adds a warning at a path of `baseline.yaml`: shown, does not stop anything. */
  warning(code: string, path: DocumentPath, message: string, fix: string): void {
    this.list.push({ code, message, fix, place: this.place(path), severity: "warning" });
  }

  add(problems: readonly Problem[]): void {
    this.list.push(...problems);
  }

  all(): readonly Problem[] {
    return this.list;
  }

  get hasErrors(): boolean {
    return this.list.some((p) => p.severity !== "warning");
  }
}
