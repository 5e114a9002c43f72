import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Disk, writeAtomically } from "../../../../modules/kernel/write-file";
import { BaselineError } from "../../../../modules/kernel/errors";
import { pidNamespace } from "../../../../modules/kernel/process";
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

  test("reads what it wrote, whatever a name is made of", () => {
    const other = join(folder, "names.jsonl");
    const names = ["a\u2028b", "a\u2029", '","chain":"', "\\", "\n"];
    const writer = new JournalWriter(other);
    names.forEach((user) => writer.write({ ...entry("K1"), user }));
    writer.close();
    expect(readJournal(other).map(({ user }) => user)).toEqual(names);
  });

  test("outlives a kill in the middle of a line", () => {
    appendFileSync(file, '{"at":"2026-11-24T12');
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2")]);
    write("K3");
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2"), entry("K3")]);
  });

  test("never cuts off what another program has written to it meanwhile, and writes nothing behind that", () => {
    const shared = join(folder, "shared.jsonl");
    const writer = new JournalWriter(shared);
    writer.write(entry("K1"));
    const other = new JournalWriter(shared);
    other.write(entry("K2"));
    other.close();
    expect(problem(() => writer.write(entry("K3")))).toEqual([["RETIRE-JOURNAL-WRITE", undefined]]);
    writer.close();
    expect(readJournal(shared)).toEqual([entry("K1"), entry("K2")]);
  });

  test("holds nothing but times, names and ids", () =>
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8").split("\n")[0]!) as object).sort()).toEqual([
      "accountId",
      "at",
      "chain",
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
    rmSync(bad, { force: true });
    const writer = new JournalWriter(bad);
    writer.write(entry("K"));
    writer.close();
    appendFileSync(bad, `${line}\n`);
    expect(problem(() => readJournal(bad))).toEqual([["RETIRE-JOURNAL", 2]]);
  });
});

describe("a journal that somebody has edited", () => {
  const file = join(folder, "edited.jsonl");
  const lines = (): string[] => readFileSync(file, "utf8").split("\n").slice(0, -1);
  beforeEach(() => {
    rmSync(file, { force: true });
    const writer = new JournalWriter(file);
    ["K1", "K2", "K3"].forEach((key) => writer.write(entry(key)));
    writer.close();
  });

  test.each<readonly [string, (all: string[]) => readonly string[], number]>([
    ["a date made older", (all) => all.with(1, all[1]!.replace("2026-11-24", "2026-01-24")), 2],
    ["another key", (all) => all.with(0, all[0]!.replace("K1", "K9")), 1],
    ["a line taken out of the middle", (all) => all.toSpliced(1, 1), 2],
    ["the first line taken out", (all) => all.slice(1), 1],
    ["two lines changed round", (all) => [all[1]!, all[0]!, all[2]!], 1],
    ["a line twice", (all) => [...all, all[2]!], 4],
    ["a line without a chain", (all) => [...all, JSON.stringify(entry("K4"))], 4],
    ["a line with another's chain", (all) => [...all, all[2]!.replace("K3", "K4")], 4],
    ["a field before the others", (all) => all.with(2, all[2]!.replace("{", '{"a":1,')), 3],
    ["every chain taken off", (all) => all.map((line) => line.replace(/,"chain":"\w+"/, "")), 1],
  ])("%s: noticed with its line, by readers and writers", (_, edit, line) => {
    writeFileSync(
      file,
      edit(lines())
        .map((one) => `${one}\n`)
        .join(""),
    );
    expect(problem(() => readJournal(file))).toEqual([["RETIRE-JOURNAL", line]]);
    expect(problem(() => new JournalWriter(file))).toEqual([["RETIRE-JOURNAL", line]]);
  });
});

describe("a disk that takes no more", () => {
  const file = join(folder, "full.jsonl");
  const full = (): never => {
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  };
  const real = (handle: number, bytes: Uint8Array): number => writeSync(handle, bytes);
  beforeEach(() => {
    rmSync(file, { force: true });
    const writer = new JournalWriter(file);
    writer.write(entry("K1"));
    writer.close();
  });

  test.each<readonly [string, Disk]>([
    ["full at once", { write: full, sync: () => undefined }],
    ["takes nothing, without an error", { write: () => 0, sync: () => undefined }],
    [
      "full in the middle of the line",
      {
        write: ((calls) => (handle: number, bytes: Uint8Array) =>
          calls++ === 0 ? real(handle, bytes.subarray(0, 20)) : full())(0),
        sync: () => undefined,
      },
    ],
    [
      "says that it took all and did not",
      { write: (handle, bytes) => (real(handle, bytes.subarray(1)), bytes.length), sync: () => undefined },
    ],
    ["fails when it is to keep it", { write: real, sync: full }],
  ])("%s: an error, and the journal is as before", (_, disk) => {
    const before = readFileSync(file, "utf8");
    const writer = new JournalWriter(file, disk);
    expect(problem(() => writer.write(entry("K2")))).toEqual([["RETIRE-JOURNAL-WRITE", undefined]]);
    writer.close();
    expect(readFileSync(file, "utf8")).toBe(before);
    const again = new JournalWriter(file);
    again.write(entry("K2"));
    again.close();
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2")]);
  });

  test("a short write is carried on with", () => {
    const writer = new JournalWriter(file, {
      write: (handle, bytes) => real(handle, bytes.subarray(0, 7)),
      sync: () => undefined,
    });
    writer.write(entry("K2"));
    writer.close();
    expect(readJournal(file)).toEqual([entry("K1"), entry("K2")]);
  });

  test("a file is written as a whole or not at all: no record of half a plan", () => {
    const record = join(folder, "reviewed.json");
    writeAtomically(record, "old");
    expect(problem(() => writeAtomically(record, "new", { disk: { write: full, sync: () => undefined } }))).toEqual([
      ["FILE-NOT-WRITTEN", undefined],
    ]);
    expect(problem(() => writeAtomically(record, "new", { disk: { write: () => 0, sync: () => undefined } }))).toEqual([
      ["FILE-NOT-WRITTEN", undefined],
    ]);
    expect(readFileSync(record, "utf8")).toBe("old");
    expect(readdirSync(folder).filter((name) => name.startsWith("reviewed"))).toEqual(["reviewed.json"]);
    expect(problem(() => writeAtomically(folder, "new"))).toEqual([["FILE-NOT-WRITTEN", undefined]]);
    writeAtomically("/dev/null", "new");
  });
});

describe("the lock", () => {
  const file = join(folder, "lock");
  const holder = (pid: number, more: object = {}): void =>
    writeFileSync(
      file,
      JSON.stringify({ pid, host: hostname(), since: "2026-11-24T12:00:00Z", namespace: pidNamespace(), ...more }),
    );
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
    // The number is used again, by another process.
    holder(process.ppid, { start: "1" });
    takeLock(file, NOW).release();
    for (const elsewhere of [
      { host: "another-machine" },
      // Another container of this machine; a lock of an older version does not say where its number counts.
      { namespace: "pid:[4026532999]" },
      { namespace: undefined },
    ]) {
      holder(child.pid!, elsewhere);
      expect([elsewhere, problem(() => takeLock(file, NOW))]).toEqual([elsewhere, [["RETIRE-LOCKED", undefined]]]);
    }
    holder(process.ppid, { host: 1 });
    expect(problem(() => takeLock(file, NOW))).toEqual([["RETIRE-LOCKED", undefined]]);
    writeFileSync(file, "somebody");
    expect(problem(() => takeLock(file, NOW))).toEqual([["RETIRE-LOCKED", undefined]]);
  });

  test("that a crash has left empty does not block, and leaves nothing beside it", () => {
    for (const left of ["", "\n", "\0\0\0".replaceAll("\0", " ")]) {
      writeFileSync(file, left);
      const lock = takeLock(file, NOW);
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
      lock.release();
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("lock"))).toEqual([]);
  });

  test("is released by its holder only", () => {
    const lock = takeLock(file, NOW);
    holder(process.ppid);
    lock.release();
    expect(existsSync(file)).toBe(true);
  });
});
