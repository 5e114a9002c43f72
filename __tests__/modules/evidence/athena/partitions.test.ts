import { boundOf } from "../../../../modules/evidence/athena/bound";
import { PartitionPlan, partitionPlan } from "../../../../modules/evidence/athena/partitions";
import { athenaTable } from "../../../../modules/evidence/athena/table";
import { defined } from "../../../../modules/kernel/optional";
import { COLUMNS, Tables } from "../../../support/athena-tables";
import { trinoGrammar } from "../../../support/trino-grammar";

/** Which partitions are read: never fewer than may have events since the time that is asked for. */

jest.setTimeout(120_000);

const SINCE = Date.parse("2026-02-03T12:00:00Z") / 1000;
const grammar = trinoGrammar();
let duck: Tables;
beforeAll(async () => {
  duck = await Tables.of({});
});
afterAll(() => duck.close());

function plan(
  keys: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, string>>,
  since: number | undefined = SINCE,
  accounts: readonly string[] = ["111111111111", "222222222222"],
): PartitionPlan {
  const table = athenaTable(
    { database: "security", name: "logs" },
    {
      TableMetadata: {
        Name: "logs",
        TableType: "EXTERNAL_TABLE",
        Columns: [...COLUMNS],
        PartitionKeys: Object.entries(keys).map(([Name, Type]) => ({ Name, Type })),
        Parameters: { location: "s3://trail/AWSLogs/o-1", ...parameters },
      },
    },
  );
  return partitionPlan(table, { accounts, regions: ["us-east-1"], ...defined({ since }) });
}

const ON = { "projection.enabled": "true" };
const TEMPLATE = "s3://trail/AWSLogs/o-1/${who}/CloudTrail/${where}/";
const DATE = { ...ON, "projection.d.type": "date", "projection.d.format": "yyyy/MM/dd" };
const ENUMS = {
  "projection.who.type": "enum",
  "projection.who.values": "1, 2",
  "projection.where.type": "enum",
  "projection.where.values": "a",
};
const INTEGERS = {
  ...ON,
  ...Object.fromEntries(["y", "m", "t"].map((key) => [`projection.${key}.type`, "integer"])),
  "storage.location.template": `${TEMPLATE}\${y}/\${m}/\${t}`,
};
const DIGITS = { "projection.m.digits": "2", "projection.t.digits": "2" };

/** Days, with whether they are read. */
const DAYS: readonly (readonly [string, boolean])[] = [
  ["2025-12-31", false],
  ["2026-01-31", false],
  ["2026-02-02", false],
  ["2026-02-03", true],
  ["2026-02-10", true],
  ["2026-03-01", true],
  ["2026-10-01", true],
  ["2027-01-01", true],
];
const parts = (day: string, padded: boolean): readonly string[] =>
  day.split("-").map((one) => (padded ? one : String(Number(one))));

async function isRead(condition: string, row: Readonly<Record<string, string>>): Promise<boolean> {
  const columns = Object.entries(row).map(([name, value]) => `${value} AS "${name}"`);
  const sql = `SELECT count(*) FROM (SELECT ${columns.join(", ")}) WHERE ${condition}`;
  expect(grammar.validate(sql)).toEqual([]);
  return (await duck.query(sql)).rows[0]![0] === "1";
}

describe("days", () => {
  test.each<[string, PartitionPlan, (day: string) => Readonly<Record<string, string>>]>([
    ["a date by its type", plan({ d: "string" }, DATE), (day) => ({ d: `'${day.replaceAll("-", "/")}'` })],
    [
      "a date with other signs",
      plan({ d: "string" }, { ...DATE, "projection.d.format": "yyyy-MM-dd" }),
      (day) => ({ d: `'${day}'` }),
    ],
    [
      "year, month, day by their place, as texts",
      plan({ y: "string", m: "string", t: "string" }, { ...INTEGERS, ...DIGITS }),
      (day) => Object.fromEntries(parts(day, true).map((value, n) => ["ymt"[n]!, `'${value}'`])),
    ],
    [
      "year, month, day by their place, as numbers",
      plan({ y: "int", m: "int", t: "int" }, INTEGERS),
      (day) => Object.fromEntries(parts(day, false).map((value, n) => ["ymt"[n]!, value])),
    ],
    [
      "added by hand, with zeros",
      plan({ region: "string", year: "string", month: "string", day: "string" }, {}),
      (day) => Object.fromEntries(parts(day, true).map((value, n) => [["year", "month", "day"][n]!, `'${value}'`])),
    ],
    [
      "added by hand, without zeros",
      plan({ year: "string", month: "string", day: "string" }, {}),
      (day) => Object.fromEntries(parts(day, false).map((value, n) => [["year", "month", "day"][n]!, `'${value}'`])),
    ],
  ])("%s", async (_, { condition, said }, row) => {
    expect(said).toContain("read from 2026-02-03 on");
    for (const [day, read] of DAYS) expect([day, await isRead(condition!, row(day))]).toEqual([day, read]);
  });

  test("months and years alone read what may be in them", async () => {
    const { condition: months } = plan({ d: "string" }, { ...DATE, "projection.d.format": "yyyy/MM" });
    expect([await isRead(months!, { d: "'2026/01'" }), await isRead(months!, { d: "'2026/02'" })]).toEqual([
      false,
      true,
    ]);
    // Values without zeros have not the order of times.
    const { condition: years } = plan({ y: "string", m: "string", t: "string" }, INTEGERS);
    expect(years).toBe(`('2026' <= "y")`);
  });

  test.each<[string, PartitionPlan]>([
    ["a format without the order of times", plan({ d: "string" }, { ...DATE, "projection.d.format": "dd/MM/yyyy" })],
    ["a column of dates", plan({ d: "date" }, DATE)],
    ["names that say nothing", plan({ tag: "string", day: "string" }, {})],
    ["names in a projected table", plan({ year: "string", month: "string", day: "string" }, ON)],
  ])("%s: everything is read, and that is said", (_, { condition, said }) => {
    expect(condition).toBeUndefined();
    expect(said).toContain("all days are read");
  });

  test("no --since, no partitions", () => {
    expect(plan({}, {}).said).toBe("the table has no partitions: every query reads all of it");
  });
});

describe("values that a query has to give", () => {
  const injected = { ...DATE, "projection.who.type": "injected", "storage.location.template": `${TEMPLATE}\${d}` };

  test("accounts by their place", () => {
    const { condition, objects, said } = plan(
      { who: "string", where: "string", d: "string" },
      { ...injected, "projection.where.type": "enum", "projection.where.values": "a" },
    );
    expect(condition).toBe(`("who" IN ('111111111111', '222222222222')) AND ("d" >= '2026/02/03')`);
    expect(said).toContain("of who those of the facts");
    expect(objects).toHaveLength(2);
  });

  test("too many, or of something that is not known", () => {
    const many = Array.from({ length: 1001 }, (_, n) => String(n));
    expect(() => plan({ who: "string", d: "string" }, injected, SINCE, many)).toThrow("takes at most 1000 values");
    expect(() => plan({ what: "string" }, { ...ON, "projection.what.type": "injected" })).toThrow("they are not known");
  });
});

describe("where the objects are", () => {
  test("folders of accounts and regions, from a day on", () => {
    expect(
      plan(
        { who: "string", where: "string", d: "string" },
        { ...DATE, ...ENUMS, "storage.location.template": `${TEMPLATE}\${d}` },
      ).objects,
    ).toEqual(
      ["1", "2"].map((who) => ({
        bucket: "trail",
        prefix: `AWSLogs/o-1/${who}/CloudTrail/a/`,
        after: `AWSLogs/o-1/${who}/CloudTrail/a/2026/02/03`,
      })),
    );
  });

  test("values that are not known: all below", () => {
    expect(plan({ who: "string" }, { ...ON, "storage.location.template": TEMPLATE }).objects).toEqual([
      { bucket: "trail", prefix: "AWSLogs/o-1/" },
    ]);
  });

  test("no partitions: the location as a folder, not as the beginning of a name", () => {
    expect(plan({}, {}).objects).toEqual([{ bucket: "trail", prefix: "AWSLogs/o-1/" }]);
  });

  test("added by hand: unknown", async () => {
    const bound = await boundOf(plan({ year: "string" }, {}), () => Promise.reject(new Error("not asked")));
    expect(bound).toEqual({
      kind: "unknown",
      why: "Athena does not tell where the partitions of a table without projection are",
    });
  });

  test("sizes of all pages; more than are counted is unknown", async () => {
    const pages = (n: number) => (_: unknown, token: string | undefined) => {
      const at = Number(token ?? 0) + 1;
      return Promise.resolve({ sizes: [10, 5], ...(at < n ? { next: String(at) } : {}) });
    };
    expect(await boundOf(plan({}, {}), pages(3))).toEqual({ kind: "known", bytes: 45, objects: 6 });
    expect(await boundOf(plan({}, {}), pages(4000))).toMatchObject({ kind: "unknown", bytes: 45_000 });
  });
});

test.each([
  [{ TableType: "VIRTUAL_VIEW" }, "a view may leave events out"],
  [{ Columns: [{ Name: "time", Type: "string" }] }, "is no table of CloudTrail's records"],
  [
    { Columns: COLUMNS.map((one) => (one.Name === "eventtime" ? { ...one, Type: "timestamp" } : one)) },
    "eventtime is no column of texts",
  ],
])("%j is refused", (more, said) => {
  expect(() =>
    athenaTable(
      { database: "a", name: "b" },
      { TableMetadata: { Name: "b", TableType: "EXTERNAL_TABLE", Columns: [...COLUMNS], ...more } },
    ),
  ).toThrow(said);
});
