import { spawnInGroup, signalGroup } from "./processes";
import { createInterface } from "node:readline";

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
  /** Given when the process has started; `signal` reaches it and its providers. */
  readonly onStart?: (signal: (name: NodeJS.Signals) => void) => void;
}

/** Runs Terraform to its end; never throws for an exit code. */
export function runTerraform(binary: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawnInGroup(binary, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"] });
    options.onStart?.((name) => signalGroup(child, name));
    const stdout: string[] = [];
    let stderr = "";
    createInterface({ input: child.stdout! }).on("line", (line) => {
      stdout.push(line);
      options.onLine?.(line);
    });
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 137, stdout: stdout.join("\n"), stderr }));
  });
}

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
