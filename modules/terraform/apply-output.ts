/** What Terraform says of a resource while it applies. */
export interface Progress {
  readonly address: string;
  readonly action: string;
  readonly status: "started" | "complete" | "failed";
  readonly elapsedSeconds: number;
}

interface JsonLine {
  readonly type?: string;
  readonly hook?: {
    readonly resource?: { readonly addr?: string };
    readonly action?: string;
    readonly elapsed_seconds?: number;
  };
  readonly diagnostic?: {
    readonly severity?: string;
    readonly summary?: string;
    readonly detail?: string;
    readonly address?: string;
  };
  readonly changes?: {
    readonly add?: number;
    readonly change?: number;
    readonly remove?: number;
    readonly operation?: string;
  };
}

/** Reads `terraform apply -json`: progress as it comes, and the errors and counts at the end. */
export class ApplyOutput {
  readonly errors: string[] = [];
  changes = { added: 0, changed: 0, destroyed: 0 };

  constructor(private readonly onProgress: ((progress: Progress) => void) | undefined) {}

  line(text: string): void {
    let line: JsonLine;
    try {
      line = JSON.parse(text) as JsonLine;
    } catch {
      return;
    }
    const status =
      line.type === "apply_start"
        ? "started"
        : line.type === "apply_complete"
          ? "complete"
          : line.type === "apply_errored"
            ? "failed"
            : undefined;
    if (status)
      this.onProgress?.({
        address: line.hook?.resource?.addr ?? "",
        action: line.hook?.action ?? "",
        status,
        elapsedSeconds: line.hook?.elapsed_seconds ?? 0,
      });
    if (line.diagnostic?.severity === "error") {
      const { address, summary = "", detail = "" } = line.diagnostic;
      this.errors.push([address, summary, detail].filter(Boolean).join(": "));
    }
    if (line.type === "change_summary" && line.changes?.operation !== "plan") {
      this.changes = {
        added: line.changes?.add ?? 0,
        changed: line.changes?.change ?? 0,
        destroyed: line.changes?.remove ?? 0,
      };
    }
  }
}
