import { Columns } from "../../../../modules/evidence/cloudtrail/questions/columns";
import { KEY_USAGE_QUESTION } from "../../../../modules/evidence/cloudtrail/questions/key-usage";
import { Question, queryOf } from "../../../../modules/evidence/cloudtrail/questions/question";
import { allOf, anyOf, identifier, like, literal, oneOf } from "../../../../modules/evidence/cloudtrail/questions/sql";
import { FIELDS_OF_KEYS, READ_KEYS } from "../../../../modules/evidence/impact/context";
import { callsQuestion, placesQuestion } from "../../../../modules/evidence/impact/questions";
import type { ReplayedGuardrail } from "../../../../modules/evidence/impact/replay";
import { replayedGuardrails } from "../../../../modules/evidence/impact/scope";
import { movesQuestion } from "../../../../modules/evidence/move/questions";
import { parseTableName } from "../../../../modules/evidence/athena/table";
import { GUARDRAILS } from "../../../../modules/sections/guardrails/catalogue/guardrails";
import { COLUMNS, OUR_COLUMNS, Tables } from "../../../support/athena-tables";
import { trinoGrammar } from "../../../support/trino-grammar";
import { made } from "../cloudtrail/events";
import { AT } from "../impact/fixture";

/** Every query that is made is one by Trino's grammar, and DuckDB runs it; no value becomes a part of the language. */

jest.setTimeout(120_000);

const columnsOf = (columns: typeof COLUMNS): Columns =>
  new Columns(columns.map(({ Name, Type }) => ({ name: Name, type: Type })));
const HOSTILE = `'; DROP TABLE x; --"\\%_*?`;

/** A guardrail with whatever may be in a statement. */
function odd(statement: object): ReplayedGuardrail {
  return {
    id: HOSTILE,
    type: "SERVICE_CONTROL_POLICY",
    accounts: [HOSTILE],
    exceptions: [],
    statements: [{ Sid: HOSTILE, Effect: "Deny", Resource: "*", Action: "*", ...statement } as never],
  };
}

const everyKey = odd({
  Condition: {
    StringEquals: Object.fromEntries(READ_KEYS.map((key) => [key, HOSTILE])),
    Null: { "aws:TokenIssueTime": "true", [HOSTILE]: "true" },
  },
});
const questions: readonly (readonly [string, Question])[] = [
  ["key usage", KEY_USAGE_QUESTION],
  ["places", placesQuestion(AT)],
  ...GUARDRAILS.map(({ id }): [string, Question] => [
    id,
    callsQuestion(replayedGuardrails(made.environment, made.state, { guardrails: [id], targets: ["all"] })),
  ]),
  ["every condition key", callsQuestion([everyKey])],
  ["one resource", callsQuestion([odd({ Action: "s3:Get*", Resource: HOSTILE, Principal: HOSTILE })])],
  ["no action", callsQuestion([odd({ Action: undefined, NotAction: ["iam:*"] })])],
  ["no guardrail", callsQuestion([])],
  [
    "hostile actions",
    callsQuestion([odd({ Action: [HOSTILE, `${HOSTILE}:${HOSTILE}`, "a:b", "bedrock:CallWithBearerToken"] })]),
  ],
  [
    "moves",
    movesQuestion({ roles: [HOSTILE, `arn:${HOSTILE}`, "permission-set 1 x"], keys: [HOSTILE], accounts: [], at: AT }),
  ],
  [
    "many moves",
    movesQuestion({ roles: Array.from({ length: 501 }, (_, n) => `arn:${n}`), keys: [], accounts: [], at: AT }),
  ],
];

const TABLES: readonly (readonly [string, Columns])[] = [
  ["AWS's table", columnsOf(COLUMNS)],
  ["the table of docs/athena.md", columnsOf(OUR_COLUMNS)],
];

const grammar = trinoGrammar();
let tables: Tables;
beforeAll(async () => {
  tables = await Tables.of({ "security.logs": [], "security.ours": [] }, undefined, OUR_COLUMNS);
});
afterAll(() => tables.close());

test("the grammar notices what is wrong", () => {
  expect(grammar.validate("SELECT count(* FROM x")).not.toEqual([]);
  expect(grammar.validate("SELECT 'it's' FROM x")).not.toEqual([]);
});

describe.each(TABLES)("%s", (_, columns) => {
  test.each(questions)("%s", async (_name, question) => {
    for (const since of [undefined, 1_767_225_600]) {
      const table = {
        path: ["AwsDataCatalog", "security", "logs"],
        columns,
        partitions: `"eventtime" > ${literal(HOSTILE)}`,
      };
      const { sql } = queryOf(question, table, since);
      expect(grammar.validate(sql)).toEqual([]);
      // A query may have so many bytes: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
      expect(Buffer.byteLength(sql)).toBeLessThan(262_144);
      expect((await tables.query(sql)).rows).toEqual([]);
      // What is in quotes is a value; outside of them is nothing of it.
      expect(sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, "")).not.toMatch(/DROP|--|;/);
    }
  });
});

test("a table without a column gives NULL for it", async () => {
  const columns = columnsOf(COLUMNS.filter(({ Name }) => !/vpc|resources|parameters|category|readonly/.test(Name)));
  for (const [, question] of questions) {
    const { sql } = queryOf(question, { path: ["AwsDataCatalog", "security", "logs"], columns }, undefined);
    expect(grammar.validate(sql)).toEqual([]);
    expect(sql).not.toContain("vpcendpointid");
    expect((await tables.query(sql)).rows).toEqual([]);
  }
});

test("every condition key that an event tells is asked for", () => {
  // Those without an entry look at what is asked for anyway: service, action, time, region, address, agent, who called.
  const ALWAYS = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalorgid",
    "aws:requestedregion",
    "aws:sourceip",
    "aws:useragent",
    "aws:viaawsservice",
    "aws:multifactorauthage",
    "aws:assumedroot",
    "iam:passedtoservice",
  ];
  expect([...Object.keys(FIELDS_OF_KEYS), ...ALWAYS].sort()).toEqual([...READ_KEYS].sort());
});

describe("values", () => {
  test.each(["it's", "''", `"`, "\\", "a\nb", "日本", HOSTILE, "%", "$1", ""])(
    "%j comes back as it was",
    async (value) => {
      expect((await tables.query(`SELECT ${literal(value)}`)).rows).toEqual([[value]]);
      expect(grammar.validate(`SELECT ${literal(value)}`)).toEqual([]);
      expect((await tables.query(`SELECT ${oneOf(literal(value), ["x", value])}`)).rows).toEqual([["true"]]);
      if (value === "") return;
      expect((await tables.query(`SELECT 1 AS ${identifier(value)}`)).names).toEqual([value]);
      expect(grammar.validate(`SELECT 1 AS ${identifier(value)}`)).toEqual([]);
    },
  );

  test("a NUL has no place", () => {
    expect(() => literal("a\0b")).toThrow("NUL");
    expect(() => identifier("a\0b")).toThrow("NUL");
  });

  test.each([
    ["CreateUser", "create*", true],
    ["CreateUser", "CREATEUSE?", true],
    ["CreateUser", "CreateUse", false],
    ["a%b", "a%b", true],
    ["axb", "a%b", false],
    ["axb", "a_b", false],
    ["a\\b", "a\\b", true],
    ["it's", "it's", true],
  ])("%s like %s", async (text, pattern, expected) => {
    const condition = like(literal(text), pattern);
    expect(grammar.validate(`SELECT ${condition}`)).toEqual([]);
    expect((await tables.query(`SELECT ${condition}`)).rows).toEqual([[String(expected)]]);
  });

  test("no condition is none", () => {
    expect([anyOf([]), allOf([]), oneOf("x", [])]).toEqual(["false", "true", "false"]);
  });
});

test.each(["a.b", "security.cloudtrail-logs", "A.B_1"])("%s is a table", (text) => {
  expect(`${parseTableName(text).database}.${parseTableName(text).name}`).toBe(text.toLowerCase());
});

test.each([
  "a",
  "a.",
  ".b",
  "a.b.c",
  'a."b"',
  "a.b'",
  "a.b c",
  "a.b;",
  "a.`b`",
  "a.b\n",
  "ä.b",
  `a.${"b".repeat(129)}`,
])("%j is no table", (text) => {
  expect(() => parseTableName(text)).toThrow("is not a database and a table");
});
