import type { GetTableMetadataCommandOutput } from "@aws-sdk/client-athena";
import { BaselineError } from "../../kernel/errors";
import { missingFields } from "../cloudtrail/shapes/canonical";
import { Columns } from "../cloudtrail/questions/columns";

/** A table of CloudTrail's records in Athena, as `GetTableMetadata` describes it. */
export interface AthenaTable {
  readonly database: string;
  readonly name: string;
  readonly columns: Columns;
  readonly partitionKeys: readonly { readonly name: string; readonly type: string }[];
  /** Properties of the table and of where it is stored: `location`, `projection.enabled`, `storage.location.template` … */
  readonly parameters: ReadonlyMap<string, string>;
  /** Fields of an event that a conclusion rests on and that the table does not have, in CloudTrail's spelling. */
  readonly missing: readonly string[];
}

/** Names that Glue's console and Athena's DDL allow: https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html */
const NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** Reads what `--athena` says: `database.table`. */
export function parseTableName(text: string): { readonly database: string; readonly name: string } {
  const [database = "", name = "", ...more] = text.split(".");
  if (more.length > 0 || !NAME.test(database) || !NAME.test(name))
    throw new BaselineError([
      {
        code: "ATHENA-TABLE",
        message: `${JSON.stringify(text)} is not a database and a table.`,
        fix: "Write it as database.table, with letters, digits, _ and -: --athena security.cloudtrail_logs.",
      },
    ]);
  return { database: database.toLowerCase(), name: name.toLowerCase() };
}

/** The table, where it is one that can be asked; the error says what it lacks. */
export function athenaTable(
  { database, name }: { readonly database: string; readonly name: string },
  { TableMetadata: found }: Pick<GetTableMetadataCommandOutput, "TableMetadata">,
): AthenaTable {
  const refuse = (message: string, fix: string): never => {
    throw new BaselineError([
      { code: "ATHENA-TABLE", message: `${database}.${name} ${message}.`, fix, place: { file: `${database}.${name}` } },
    ]);
  };
  const made = "Give a table that is made as docs/athena.md says.";
  if (!found) return refuse("is not described by Athena", made);
  if (found.TableType !== undefined && found.TableType !== "EXTERNAL_TABLE")
    refuse(
      `is ${JSON.stringify(found.TableType)}: a view may leave events out, and its partitions are not known`,
      "Give the table below the view.",
    );
  const list = (columns: typeof found.Columns): { name: string; type: string }[] =>
    (columns ?? []).map((one) => ({ name: one.Name ?? "", type: one.Type ?? "" }));
  const columns = new Columns(list(found.Columns));
  const noTexts = ["eventtime", "eventname", "eventsource"].filter((column) => !columns.isText(column));
  if (noTexts.length > 0 || columns.kind("useridentity") !== "struct")
    refuse(
      `is no table of CloudTrail's records: ${[...noTexts.map((one) => `${one} is no column of texts`), ...(columns.kind("useridentity") === "struct" ? [] : ["useridentity is no column of rows"])].join(", ")}`,
      made,
    );
  return {
    database,
    name,
    columns,
    partitionKeys: list(found.PartitionKeys),
    parameters: new Map(Object.entries(found.Parameters ?? {})),
    missing: missingFields(columns.names),
  };
}
