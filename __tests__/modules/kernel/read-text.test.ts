import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInventory } from "../../../modules/evidence/impact/inventory-file";
import { BaselineError } from "../../../modules/kernel/errors";
import { readText } from "../../../modules/kernel/read-text";
import { readPlanFiles } from "../../../modules/terraform/plan-files";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "keyless-read-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const problem = (read: () => unknown): string => {
  try {
    read();
    return "read";
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    return error.message;
  }
};
const pipe = (): string => {
  const path = join(folder, "pipe");
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  return path;
};

test("a plain file is read, also one that says that it is empty", () => {
  const file = join(folder, "file");
  writeFileSync(file, "ä".repeat(100_000));
  expect(readText(file)).toBe("ä".repeat(100_000));
  expect(readText("/proc/self/status")).toContain("Name:");
  writeFileSync(file, "");
  expect(readText(file)).toBe("");
});

test("a folder, a pipe without a writer and a device that never ends are refused at once", () => {
  expect(problem(() => readText(folder))).toContain("This is a folder, not a file.");
  for (const path of [pipe(), "/dev/zero"])
    expect(problem(() => readText(path))).toContain(
      `error INPUT-FILE ${path}\n  This is a pipe or a device, not a file.`,
    );
});

test("what is too large is refused before it is read, and what grows while it is", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  truncateSync(file, 1e12);
  expect(problem(() => readText(file))).toContain("This is larger than 64 MB.");
  writeFileSync(file, "x".repeat(200_000));
  expect(problem(() => readText(file, 199_999))).toContain("This is larger than 0 MB.");
  expect(readText(file, 200_000)).toHaveLength(200_000);
});

test("what cannot be opened keeps the system's own error", () => {
  expect(() => readText(join(folder, "missing"))).toThrow(/ENOENT/);
});

test("plans and inventories go through it", () => {
  const path = pipe();
  expect(problem(() => readPlanFiles([path]))).toContain("a pipe or a device");
  expect(problem(() => readInventory(path, "o-x"))).toContain("a pipe or a device");
  expect(problem(() => readInventory("/dev/zero", "o-x"))).toContain("a pipe or a device");
});
