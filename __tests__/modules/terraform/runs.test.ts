import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pidNamespace } from "../../../modules/kernel/process";
import { noteOwner, removeDeserted } from "../../../modules/terraform/runs";

/** Private folders of runs that were killed are taken away, and of no others. */

const PREFIX = `keyless-runs-test-${process.pid}-`;
const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const deserted = (owner: object): boolean => {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  noteOwner(folder, []);
  const file = join(folder, "owner.json");
  const noted = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...noted, ...owner }));
  removeDeserted([PREFIX]);
  const gone = !existsSync(folder);
  rmSync(folder, { recursive: true, force: true });
  return gone;
};

test.each<[string, object, boolean]>([
  ["a dead run's", { owner: { pid: dead } }, true],
  ["that of a run that lives", {}, false],
  [
    "that of a run in another container, whose process number means nothing here",
    { owner: { pid: dead }, namespace: "pid:[1]" },
    false,
  ],
])("%s", (_, owner, gone) => expect(deserted(owner)).toBe(gone));

test("this process knows where its number counts", () => {
  if (process.platform === "linux") expect(pidNamespace()).toMatch(/^pid:\[\d+\]$/);
});
