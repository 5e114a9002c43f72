import type { Place, Problem } from "../kernel/errors";
import type { DocumentPath } from "./document";

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
