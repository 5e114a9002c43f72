import type { QueryExecution, WorkGroup } from "@aws-sdk/client-athena";
import type { AthenaApi } from "../../../../modules/evidence/athena/api";
import { AthenaEngine, AthenaOptions } from "../../../../modules/evidence/athena/engine";
import { COLUMNS, Tables } from "../../../support/athena-tables";

/** The AWS API as an object, over DuckDB: what the server of `support/athena-server.ts` does over HTTP. */
export interface FakeAthena {
  readonly api: AthenaApi;
  /** Queries in the order in which they came. */
  readonly asked: string[];
}

export interface Fake {
  readonly tables: Tables;
  readonly columns?: typeof COLUMNS;
  readonly partitionKeys?: readonly { readonly Name: string; readonly Type: string }[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tableType?: string;
  readonly workGroup?: WorkGroup;
  readonly execution?: (sql: string) => QueryExecution | undefined;
  readonly sizes?: readonly number[];
}

export function fakeAthena(fake: Fake): FakeAthena {
  const asked: string[] = [];
  const api: AthenaApi = {
    workGroup: (Name) =>
      Promise.resolve(
        fake.workGroup ?? { Name, Configuration: { ResultConfiguration: { OutputLocation: "s3://results/" } } },
      ),
    table: () =>
      Promise.resolve({
        $metadata: {},
        TableMetadata: {
          Name: "logs",
          TableType: fake.tableType ?? "EXTERNAL_TABLE",
          Columns: [...(fake.columns ?? COLUMNS)],
          PartitionKeys: [...(fake.partitionKeys ?? [])],
          Parameters: { location: "s3://trail/AWSLogs/", ...fake.parameters },
        },
      }),
    start: (sql) => Promise.resolve(String(asked.push(sql) - 1)),
    execution: (id) =>
      Promise.resolve(
        fake.execution?.(asked[Number(id)]!) ?? {
          Status: { State: "SUCCEEDED" },
          Statistics: { DataScannedInBytes: 10_000_000 },
        },
      ),
    rows: async function* (id) {
      const { rows } = await fake.tables.query(asked[Number(id)]!);
      for (let n = 0; n < rows.length; n += 1000) yield rows.slice(n, n + 1000);
    },
    stop: () => Promise.resolve(),
    objects: () => Promise.resolve({ sizes: fake.sizes ?? [1000] }),
    close: () => undefined,
  };
  return { api, asked };
}

export function engineOf({ api }: FakeAthena, options: Partial<AthenaOptions> = {}): AthenaEngine {
  return new AthenaEngine(api, {
    database: "security",
    table: "logs",
    workGroup: "primary",
    accounts: [],
    regions: [],
    mayRun: () => Promise.resolve(true),
    pause: { first: 1, most: 1 },
    ...options,
  });
}
