import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./environments";

export interface CliRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run has in its environment: nothing of this process's that points to AWS. */
export function environmentOf(projectRoot: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: projectRoot,
    NO_COLOR: "1",
    // What is compared is the product's own output, on every Node; a person sees the SDK's notice about an old one.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    ...env,
  };
}

/** Runs `keyless …` as a process of its own, in a project's folder. Nothing of this process's environment that points to AWS goes with it. */
export function keyless(projectRoot: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliRun> {
  const cli = join(ROOT, "dist/cli/index.js");
  if (!existsSync(cli)) throw new Error("dist/cli/index.js is missing: run npm run build first (npm test does)");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: projectRoot,
      stdio: ["ignore", "pipe", "pipe"],
      env: environmentOf(projectRoot, env),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
