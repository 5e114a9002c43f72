import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaselineError } from "../../../../modules/kernel/errors";
import { assess } from "../../../../modules/evidence/inventory/assess";
import {
  addResult,
  readInventoryFile,
  readResults,
  resultsFile,
  startResults,
} from "../../../../modules/evidence/inventory/results";
import { readInventory } from "../../../../modules/evidence/impact/inventory-file";
import { account, ago, CONTEXT, key, MEMBER, NOW, user } from "./fixture";

const folder = mkdtempSync(join(tmpdir(), "keyless-results-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const heading = {
  format: "keyless-inventory-results/1",
  environment: "test",
  organizationId: "o-exampleorg1",
  startedAt: "2026-11-24T12:00:00Z",
} as const;
const codes = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as BaselineError).problems.map((p) => [p.code, p.place?.line]);
  }
};

describe("results", () => {
  const file = resultsFile(folder, "test");

  test("come back as they were written; of two lines for an account the last counts", () => {
    startResults(file, heading);
    addResult(file, account([], "222222222222", { status: "failed" }));
    addResult(file, account([user("a", [key("K", 10)])]));
    expect(readResults(file, "test")!.accounts).toEqual(
      new Map([["222222222222", account([user("a", [key("K", 10)])])]]),
    );
  });

  test("a line that a kill has cut off is left out, and the next run begins with what is whole", () => {
    appendFileSync(file, '{"accountId":"3333');
    const results = readResults(file, "test")!;
    expect([...results.accounts.keys()]).toEqual(["222222222222"]);
    startResults(file, results.heading, [...results.accounts.values()]);
    addResult(file, account([], "333333333333"));
    expect([...readResults(file, "test")!.accounts.keys()]).toEqual(["222222222222", "333333333333"]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(4);
  });

  test("what is no result is refused with its line", () => {
    writeFileSync(file, `${JSON.stringify(heading)}\nnot json\n`);
    expect(codes(() => readResults(file, "test"))).toEqual([["INVENTORY-RESULTS", 2]]);
    writeFileSync(file, "{}\n");
    expect(codes(() => readResults(file, "test"))).toEqual([["INVENTORY-RESULTS", 1]]);
    startResults(file, { ...heading, environment: "prod" });
    expect(codes(() => readResults(file, "test"))).toEqual([["INVENTORY-RESULTS", 1]]);
  });

  test("a line that says something of CloudTrail that cannot be read is refused: a use must not be forgotten silently", () => {
    const usage = {
      accessKeyId: "K",
      events: 1,
      firstAt: NOW.toISOString(),
      lastAt: NOW.toISOString(),
      sourceAddresses: [],
      userAgents: [],
      services: [],
      lastEvents: [],
    };
    const said = { askedAt: NOW.toISOString(), usage: [usage] };
    const written = (line: unknown): void =>
      writeFileSync(file, [heading, account([]), line].map((one) => `${JSON.stringify(one)}\n`).join(""));
    written({ cloudTrail: said });
    expect(readResults(file, "test")!.cloudTrail!.usage.size).toBe(1);
    for (const cloudTrail of [
      null,
      { ...said, askedAt: "x" },
      { ...said, askedAt: undefined },
      { ...said, usage: {} },
      { ...said, usage: [usage, null] },
      { ...said, usage: [usage, { accessKeyId: "L" }] },
      { ...said, usage: [{ ...usage, lastAt: "never" }] },
      { ...said, usage: [{ ...usage, userAgents: undefined }] },
      { ...said, usage: [{ ...usage, lastEvents: [null] }] },
      { ...said, usage: [{ ...usage, lastEvents: [{ at: "soon", service: "s3", name: "ListBuckets" }] }] },
    ]) {
      written({ cloudTrail });
      expect(codes(() => readResults(file, "test"))).toEqual([["INVENTORY-RESULTS", 3]]);
    }
    // Nor is any other line left out: an earlier one of the same account would count in its place.
    const [made] = account([user("a", [])]).users;
    for (const line of [
      null,
      5,
      { ...account([]), users: null },
      { ...account([]), collectedAt: "soon" },
      { ...account([]), collectedAt: undefined },
      { ...account([]), users: [null] },
      { ...account([]), users: [{ ...made, certificates: undefined }] },
      { ...account([]), users: [{ ...made, accessKeys: {} }] },
      { ...account([]), users: [{ ...made, arn: 5 }] },
    ]) {
      written(line);
      expect(codes(() => readResults(file, "test"))).toEqual([["INVENTORY-RESULTS", 3]]);
    }
  });

  describe("a date that is none is refused with its line: it would become days that are no number", () => {
    const other = { id: "o", status: "Active" as const, createdAt: ago(9) };
    const full = account(
      [
        user("a", [key("K", 900, 10)], {
          password: { createdAt: ago(100), lastUsedAt: ago(3) },
          serviceCredentials: [{ ...other, expiresAt: ago(-9) }],
          certificates: [other],
          sshKeys: [other],
        }),
      ],
      undefined,
      {
        reportGeneratedAt: ago(0),
        root: {
          accessKeys: [{ slot: 1, status: "Active", createdAt: ago(9), lastUse: { at: ago(5) } }],
          mfa: true,
          passwordLastUsedAt: ago(4),
        },
      },
    );
    const places: readonly (readonly (string | number)[])[] = [
      ["collectedAt"],
      ["reportGeneratedAt"],
      ["users", 0, "createdAt"],
      ["users", 0, "password", "createdAt"],
      ["users", 0, "password", "lastUsedAt"],
      ["users", 0, "accessKeys", 0, "createdAt"],
      ["users", 0, "accessKeys", 0, "lastUse", "at"],
      ["users", 0, "serviceCredentials", 0, "createdAt"],
      ["users", 0, "serviceCredentials", 0, "expiresAt"],
      ["users", 0, "certificates", 0, "createdAt"],
      ["users", 0, "sshKeys", 0, "createdAt"],
      ["root", "accessKeys", 0, "createdAt"],
      ["root", "accessKeys", 0, "lastUse", "at"],
      ["root", "passwordLastUsedAt"],
    ];
    type Tree = Record<string | number, unknown>;
    const changed = (place: readonly (string | number)[], value: unknown): unknown => {
      const copy = JSON.parse(JSON.stringify(full)) as Tree;
      const holder = place.slice(0, -1).reduce<Tree>((at, name) => at[name] as Tree, copy);
      holder[place.at(-1)!] = value;
      return copy;
    };
    const file = join(folder, "dates.jsonl");
    const read = (line: unknown) => {
      writeFileSync(file, `${JSON.stringify(heading)}\n${JSON.stringify(line)}\n`);
      return readResults(file, "test");
    };

    test("as they are written they are read", () => expect(read(full)?.accounts.get(MEMBER)).toEqual(full));

    test.each(places.map((place) => [place.join("."), place] as const))("%s", (_, place) => {
      for (const value of ["soon", "", "2026-13-01T00:00:00Z", "5", 1790000000000, null, {}])
        expect(codes(() => read(changed(place, value)))).toEqual([["INVENTORY-RESULTS", 2]]);
    });

    test.each(
      places.filter((place) => place.length > 1).map((place) => [place.slice(0, -1).join("."), place] as const),
    )("%s that is none", (_, place) => {
      const holder = place.slice(0, -1);
      for (const value of ["x", 5, null])
        expect(codes(() => read(changed(holder, value)))).toEqual([["INVENTORY-RESULTS", 2]]);
    });

    test("of a status that is none nobody knows whether it works", () => {
      for (const place of [
        ["users", 0, "accessKeys", 0, "status"],
        ["users", 0, "certificates", 0, "status"],
        ["root", "accessKeys", 0, "status"],
      ])
        expect(codes(() => read(changed(place, "on")))).toEqual([["INVENTORY-RESULTS", 2]]);
    });
  });

  test("none is none", () => expect(readResults(join(folder, "none"), "test")).toBeUndefined());
});

test("an inventory file is checked before it is believed", () => {
  const file = join(folder, "inventory.json");
  const inventory = assess([account([user("a", [key("K", 10)])])], CONTEXT, new Map(), NOW);
  writeFileSync(file, JSON.stringify(inventory));
  expect(readInventoryFile(file)).toEqual(inventory);
  for (const text of [
    "",
    "[]",
    "null",
    "{}",
    JSON.stringify({ ...inventory, credentials: [null] }),
    JSON.stringify({ ...inventory, generatedAt: "soon" }),
    ...["createdAt", "expiresAt", "lastUsedAt", "collectedAt"].map((name) =>
      JSON.stringify({ ...inventory, credentials: inventory.credentials.map((one) => ({ ...one, [name]: "soon" })) }),
    ),
    JSON.stringify({ ...inventory, accounts: inventory.accounts.map((one) => ({ ...one, collectedAt: "soon" })) }),
  ]) {
    writeFileSync(file, text);
    expect(codes(() => readInventoryFile(file))).toEqual([["INVENTORY-FILE", undefined]]);
  }
  expect(codes(() => readInventoryFile(join(folder, "none.json")))).toEqual([["INVENTORY-FILE", undefined]]);
});

test("an inventory of a large organization is larger than what people write", () => {
  const file = join(folder, "large.json");
  const inventory = assess([account([user("a", [key("K", 10)])])], CONTEXT, new Map(), NOW);
  writeFileSync(file, `${JSON.stringify(inventory)}${" ".repeat(65 * 1024 * 1024)}`);
  expect(readInventoryFile(file).credentials).toHaveLength(1);
  expect(readInventory(file, inventory.organizationId).credentials).toHaveLength(1);
  rmSync(file);
});
