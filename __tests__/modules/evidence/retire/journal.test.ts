import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { BaselineError } from "../../../../modules/kernel/errors";
import { JournalEntry, journalFile, JournalWriter, readJournal } from "../../../../modules/evidence/retire/journal";
import { takeLock } from "../../../../modules/evidence/retire/lock";
import { NOW } from "../inventory/fixture";

const folder = mkdtempSync(join(tmpdir(), "keyless-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const entry = (keyId: string): JournalEntry => ({
  at: "2026-11-24T12:00:00Z",
  event: "deactivated",
  accountId: "222222222222",
  user: "a",
  keyId,
});
const problem = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as BaselineError).problems.map((p) => [p.code, p.place?.line]);
  }
};

describe("the journal", () => {
  const file = journalFile(folder, "test");
  const write = (keyId: string): void => {
    const writer = new JournalWriter(file);
    writer.write(entry(keyId));
    writer.close();
  };

  test("is only added to, over several runs", () => {
    expect(readJournal(file)).toEqual([]);
    write("K1");
    write("K2");
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2")]);
  });

  test("outlives a kill in the middle of a line", () => {
    appendFileSync(file, '{"at":"2026-11-24T12');
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2")]);
    write("K3");
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2"), entry("K3")]);
  });

  test("holds nothing but times, names and ids", () =>
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8").split("\n")[0]!) as object).sort()).toEqual([
      "accountId",
      "at",
      "event",
      "keyId",
      "user",
    ]));

  test.each([
    "nonsense",
    "null",
    "[]",
    '{"at":"x","event":"deactivated","accountId":"222222222222","user":"a","keyId":"K"}',
    '{"at":"2026-11-24T12:00:00Z","event":"exploded","accountId":"222222222222","user":"a","keyId":"K"}',
    '{"at":"2026-11-24T12:00:00Z","event":"deleted","accountId":"1","user":"a","keyId":"K"}',
  ])("a line that is none is refused with its place: %s", (line) => {
    const bad = join(folder, "bad.jsonl");
    writeFileSync(bad, `${JSON.stringify(entry("K"))}\n${line}\n`);
    expect(problem(() => readJournal(bad))).toEqual([["RETIRE-JOURNAL", 2]]);
  });
});

describe("the lock", () => {
  const file = join(folder, "lock");
  const holder = (pid: number, host = hostname()): void =>
    writeFileSync(file, JSON.stringify({ pid, host, since: "2026-11-24T12:00:00Z" }));
  afterEach(() => rmSync(file, { force: true }));

  test("lets one run in, and the next when it is done", () => {
    const lock = takeLock(file, NOW);
    expect(problem(() => takeLock(file, NOW))).toEqual([["RETIRE-LOCKED", undefined]]);
    lock.release();
    expect(existsSync(file)).toBe(false);
    takeLock(file, NOW).release();
  });

  test("of a run that is dead is taken over; of one that lives, or of another machine, it is not", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    holder(child.pid!);
    takeLock(file, NOW).release();
    holder(process.ppid);
    expect(problem(() => takeLock(file, NOW))).toEqual([["RETIRE-LOCKED", undefined]]);
    holder(child.pid!, "another-machine");
    expect(problem(() => takeLock(file, NOW))).toEqual([["RETIRE-LOCKED", undefined]]);
    writeFileSync(file, "");
    expect(problem(() => takeLock(file, NOW))).toEqual([["RETIRE-LOCKED", undefined]]);
  });

  test("is released by its holder only", () => {
    const lock = takeLock(file, NOW);
    holder(process.ppid);
    lock.release();
    expect(existsSync(file)).toBe(true);
  });
});
