import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetTableMetadataCommand,
  GetTableMetadataCommandOutput,
  GetWorkGroupCommand,
  QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  WorkGroup,
} from "@aws-sdk/client-athena";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { awsClient, AwsSession } from "../../aws/session";
import { s3Client } from "../cloudtrail/s3";
import type { ObjectPage } from "./bound";
import type { ObjectRange } from "./partitions";

/** Everything that speaks to Athena. Nothing but the query itself changes anything: its answer is written where the workgroup says. */

/** The catalog of Glue: https://docs.aws.amazon.com/athena/latest/ug/understanding-tables-databases-and-the-data-catalog.html */
export const CATALOG = "AwsDataCatalog";
/** What a page of results may have. */
const PAGE = 1000;

export type Cells = readonly (string | null)[];

export interface AthenaApi {
  workGroup(name: string): Promise<WorkGroup>;
  table(database: string, name: string, workGroup: string): Promise<GetTableMetadataCommandOutput>;
  start(sql: string, options: StartOptions): Promise<string>;
  execution(id: string): Promise<QueryExecution>;
  /** Rows of the answer, without the one with the names. */
  rows(id: string): AsyncIterable<readonly Cells[]>;
  stop(id: string): Promise<void>;
  objects(range: ObjectRange, token: string | undefined): Promise<ObjectPage>;
  close(): void;
}

export interface StartOptions {
  readonly database: string;
  readonly workGroup: string;
  /** @default - the workgroup's */
  readonly outputLocation?: string;
}

export function athenaApi(session: AwsSession): AthenaApi {
  const athena = awsClient(AthenaClient, session);
  const s3 = s3Client();
  return {
    workGroup: async (WorkGroup) => (await athena.send(new GetWorkGroupCommand({ WorkGroup }))).WorkGroup!,
    table: (DatabaseName, TableName, WorkGroup) =>
      athena.send(new GetTableMetadataCommand({ CatalogName: CATALOG, DatabaseName, TableName, WorkGroup })),
    start: async (QueryString, { database: Database, workGroup: WorkGroup, outputLocation }) =>
      (
        await athena.send(
          new StartQueryExecutionCommand({
            QueryString,
            QueryExecutionContext: { Catalog: CATALOG, Database },
            WorkGroup,
            // The same call sent again starts no second query.
            ClientRequestToken: randomUUID(),
            ...(outputLocation === undefined ? {} : { ResultConfiguration: { OutputLocation: outputLocation } }),
          }),
        )
      ).QueryExecutionId!,
    execution: async (QueryExecutionId) =>
      (await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution!,
    rows: async function* (QueryExecutionId) {
      let NextToken: string | undefined;
      let first = true;
      do {
        const page = await athena.send(
          new GetQueryResultsCommand({ QueryExecutionId, MaxResults: PAGE, ...(NextToken ? { NextToken } : {}) }),
        );
        const rows = (page.ResultSet?.Rows ?? []).map(({ Data = [] }) =>
          Data.map(({ VarCharValue: value }) => value ?? null),
        );
        // The first row of the first page has the names of the columns.
        yield first ? rows.slice(1) : rows;
        first = false;
        NextToken = page.NextToken;
      } while (NextToken);
    },
    stop: async (QueryExecutionId) => {
      await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    },
    objects: async ({ bucket, prefix, after }, token) => {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(token ? { ContinuationToken: token } : after === undefined ? {} : { StartAfter: after }),
        }),
      );
      return {
        sizes: (page.Contents ?? []).map(({ Size }) => Size ?? 0),
        ...(page.IsTruncated && page.NextContinuationToken ? { next: page.NextContinuationToken } : {}),
      };
    },
    close: () => {
      athena.destroy();
      s3.destroy();
    },
  };
}
