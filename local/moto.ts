import { createInterface } from "node:readline";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { spawnInGroup, stopGroup } from "./processes";

export interface Moto {
  readonly port: number;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Starts moto; its server ends by itself when this process is gone, because its standard input closes. */
export async function startMoto(python: string): Promise<Moto> {
  const child = spawnInGroup(python, [bootstrapFile()], { stdio: ["pipe", "pipe", "pipe"], env: motoEnvironment() });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-8_000)));
  const port = await new Promise<number>((resolvePort, reject) => {
    const fail = (why: string): void => reject(new Error(`moto did not start: ${why}\n${stderr}`));
    const timeout = setTimeout(() => fail(`no answer in ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`exit code ${String(code)}`));
    createInterface({ input: child.stdout! }).once("line", (line) => {
      clearTimeout(timeout);
      try {
        resolvePort((JSON.parse(line) as { port: number }).port);
      } catch {
        fail(`it printed: ${line}`);
      }
    });
  }).catch(async (error: unknown) => {
    await stopGroup(child);
    throw error;
  });
  return { port, stop: () => stopGroup(child) };
}

/** `tsc` copies no Python: from `dist/local` the file is in the source folder. */
function bootstrapFile(): string {
  const beside = join(__dirname, "moto_bootstrap.py");
  return existsSync(beside) ? beside : join(__dirname, "..", "..", "local", "moto_bootstrap.py");
}

/** No credentials and no certificate bundle of the user's reach moto; none is needed. */
function motoEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_") && !name.startsWith("MOTO_"));
  return { ...Object.fromEntries(kept), PYTHONUNBUFFERED: "1" };
}
