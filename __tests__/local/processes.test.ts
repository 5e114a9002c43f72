import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { spawnInGroup, stopGroup } from "../../local/processes";

/** A process that has ended but that nobody has waited for yet (a zombie) is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // The state is the first field behind the name, which is in brackets.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

async function endsWithin(pid: number, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += 50) {
    if (!isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return !isAlive(pid);
}

/** A child that starts another and says its id, as Terraform starts its provider. */
const NESTED = ["-c", "sleep 60 & echo $!; wait"];

async function nestedPid(child: ReturnType<typeof spawnInGroup>): Promise<number> {
  return new Promise((resolve) => child.stdout!.once("data", (data: Buffer) => resolve(Number(data.toString()))));
}

describe("processes", () => {
  jest.setTimeout(30_000);

  test("a child is stopped with what it has started", async () => {
    const child = spawnInGroup("sh", NESTED, { stdio: ["ignore", "pipe", "ignore"] });
    const nested = await nestedPid(child);
    expect(isAlive(nested)).toBe(true);
    await stopGroup(child);
    expect(await endsWithin(nested, 15_000)).toBe(true);
  });

  test("a child that is killed leaves nothing behind", async () => {
    const child = spawnInGroup("sh", NESTED, { stdio: ["ignore", "pipe", "ignore"] });
    const nested = await nestedPid(child);
    process.kill(child.pid!, "SIGKILL");
    expect(await endsWithin(nested, 15_000)).toBe(true);
  });

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "a parent that ends by %s takes its children along",
    async (signal) => {
      const folder = mkdtempSync(join(tmpdir(), "keyless-processes-"));
      try {
        const source = readFileSync(join(__dirname, "..", "..", "local", "processes.ts"), "utf8");
        const { outputText } = transpileModule(source, {
          compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
        });
        writeFileSync(join(folder, "processes.js"), outputText);
        // The parent passes the id on itself: then it has been through spawnInGroup when the signal comes.
        const script = `require("./processes").spawnInGroup("sh", ${JSON.stringify(NESTED)}, { stdio: ["ignore", "pipe", "ignore"] }).stdout.pipe(process.stdout);`;
        writeFileSync(join(folder, "parent.js"), script);
        const parent = spawn(process.execPath, [join(folder, "parent.js")], { stdio: ["ignore", "pipe", "ignore"] });
        const nested = await nestedPid(parent);
        expect(isAlive(nested)).toBe(true);
        parent.kill(signal);
        expect(await endsWithin(nested, 15_000)).toBe(true);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
