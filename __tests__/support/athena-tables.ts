import { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogEvent } from "../../local/cloudtrail-logs";

/** Tables of CloudTrail's records in DuckDB, which answers what Athena's engine (Trino) is asked. */

type Row = Readonly<Record<string, unknown>>;

/** The columns of https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-org.html, in its order, as Glue gives their types. */
export const COLUMNS: readonly { readonly Name: string; readonly Type: string }[] = Object.entries({
  eventversion: "string",
  useridentity:
    "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>",
  eventtime: "string",
  eventsource: "string",
  eventname: "string",
  awsregion: "string",
  sourceipaddress: "string",
  useragent: "string",
  errorcode: "string",
  errormessage: "string",
  requestparameters: "string",
  responseelements: "string",
  additionaleventdata: "string",
  requestid: "string",
  eventid: "string",
  readonly: "string",
  resources: "array<struct<arn:string,accountid:string,type:string>>",
  eventtype: "string",
  apiversion: "string",
  recipientaccountid: "string",
  serviceeventdetails: "string",
  sharedeventid: "string",
  vpcendpointid: "string",
  vpcendpointaccountid: "string",
  eventcategory: "string",
  addendum: "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>",
  sessioncredentialfromconsole: "string",
  edgedevicedetails: "string",
  tlsdetails: "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
}).map(([Name, Type]) => ({ Name, Type }));

/** The table of docs/athena.md: two members of a session more than AWS's has. */
export const OUR_COLUMNS = COLUMNS.map(({ Name, Type }) => ({
  Name,
  Type: Type.replace("sessioncontext:struct<", "sessioncontext:struct<sourceidentity:string,assumedroot:string,"),
}));

/** What DuckDB calls by another name. Everything else of the queries is the same in both. */
const MACROS = [
  "regexp_like(s, p) AS regexp_matches(s, p)",
  "array_join(a, s) AS array_to_string(a, s)",
  "json_format(j) AS CAST(j AS VARCHAR)",
  "cardinality(a) AS len(a)",
];

/** `struct<a:string>` as DuckDB writes it. */
function duckType(type: string): string {
  return type
    .replaceAll("string", "VARCHAR")
    .replaceAll("map<VARCHAR,VARCHAR>", "MAP(VARCHAR, VARCHAR)")
    .replace(/([\w]+):/g, '"$1" ')
    .replaceAll("struct<", "STRUCT(")
    .replace(/array<(.*)>$/, "$1[]")
    .replaceAll(">", ")");
}

const PACKED = ["requestparameters", "responseelements", "additionaleventdata", "serviceeventdetails"];

/** An event as CloudTrail's SerDe makes a row of it: names in lower case, parameters as JSON. */
function rowOf(event: LogEvent): Row {
  const lower = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(lower)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toLowerCase(), lower(inner)]))
        : typeof value === "boolean"
          ? String(value)
          : value;
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => {
      const column = name.toLowerCase();
      return [column, PACKED.includes(column) ? JSON.stringify(value) : lower(value)];
    }),
  );
}

export class Tables {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /** @param tables events by `database.table`; partition columns are those of `partitionsOf` */
  static async of(
    tables: Readonly<Record<string, readonly LogEvent[]>>,
    partitionsOf: (event: LogEvent) => Readonly<Record<string, string>> = () => ({}),
    columns = COLUMNS,
  ): Promise<Tables> {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const folder = mkdtempSync(join(tmpdir(), "keyless-athena-"));
    try {
      for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
      await connection.run(`ATTACH ':memory:' AS "AwsDataCatalog"`);
      for (const [name, events] of Object.entries(tables)) {
        const [database = "", table = ""] = name.split(".");
        const file = join(folder, "rows.ndjson");
        const rows = events.map((event) => ({ ...rowOf(event), ...partitionsOf(event) }));
        writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
        const partitions = Object.keys(events[0] ? partitionsOf(events[0]) : {});
        const types = [
          ...columns.map(({ Name, Type }) => `"${Name}": '${duckType(Type)}'`),
          ...partitions.map((key) => `"${key}": 'VARCHAR'`),
        ];
        await connection.run(`CREATE SCHEMA IF NOT EXISTS "AwsDataCatalog"."${database}"`);
        await connection.run(
          `CREATE TABLE "AwsDataCatalog"."${database}"."${table}" AS SELECT * FROM read_json('${file}', format='newline_delimited', columns={${types.join(", ")}})`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return new Tables(instance, connection);
  }

  /** Rows as Athena gives them: texts, and nothing for NULL. */
  async query(
    sql: string,
  ): Promise<{ readonly names: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }> {
    const result = await this.connection.runAndReadAll(sql);
    return {
      names: result.columnNames(),
      rows: result.getRowsJson().map((row) => row.map((value) => (value === null ? null : String(value as string)))),
    };
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
