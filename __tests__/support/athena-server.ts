import { createServer, IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { defined } from "../../modules/kernel/optional";
import type { Tables } from "./athena-tables";
import { OUR_COLUMNS } from "./athena-tables";

/**
 * Athena's API (JSON 1.1, https://docs.aws.amazon.com/athena/latest/APIReference/) over DuckDB, and the listing of a bucket. It refuses what AWS refuses: an
 * answer before there is one, a workgroup or table that is not there, a query without a place for its results.
 */

type Input = Readonly<Record<string, unknown>>;
const textOf = (input: Input, name: string): string => String((input[name] as string | undefined) ?? "");

interface Query {
  readonly id: string;
  readonly sql: string;
  readonly token: string;
  state: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  reason?: string;
  looks: number;
  scanned: number;
  names: readonly string[];
  rows: readonly (readonly (string | null)[])[];
}

export interface ServerSettings {
  readonly tables: Tables;
  readonly columns?: typeof OUR_COLUMNS;
  readonly partitionKeys?: readonly { readonly Name: string; readonly Type: string }[];
  readonly parameters?: Readonly<Record<string, string>>;
  /** `BytesScannedCutoffPerQuery`. */
  readonly limit?: number;
  readonly output?: string;
  /** What a query reads. @default 10,000,000 */
  readonly scanned?: number;
  /** Looks at a query until it has ended; never, where it is infinite. @default 2 */
  readonly looks?: number;
  /** Rows of a page, whatever is asked for. @default - as asked */
  readonly page?: number;
  /** Reason by which every query fails, or is cancelled. */
  readonly fails?: string;
  readonly cancelled?: string;
  /** Sizes of the objects of the bucket; a text is the code of the error that the listing gives. */
  readonly objects?: readonly number[] | string;
  /** Calls that are refused, with AccessDeniedException. */
  readonly denied?: readonly string[];
}

export class AthenaServer {
  readonly queries: Query[] = [];
  /** Names of the calls, in order. */
  readonly calls: string[] = [];
  /** Called when a query has been started. */
  onStart: () => void = () => undefined;
  private constructor(
    private readonly server: Server,
    private readonly settings: ServerSettings,
  ) {}

  static async start(settings: ServerSettings): Promise<AthenaServer> {
    const server = createServer();
    const own = new AthenaServer(server, settings);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void own.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return own;
  }

  get environment(): NodeJS.ProcessEnv {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = request.headers["x-amz-target"];
    if (typeof target !== "string") return this.list(request, response);
    const name = target.replace("AmazonAthena.", "");
    this.calls.push(name);
    const send = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    };
    try {
      if (this.settings.denied?.includes(name)) throw new Refusal("AccessDeniedException", "not authorized");
      send(200, await this.call(name, JSON.parse(Buffer.concat(chunks).toString()) as Input));
    } catch (error) {
      if (!(error instanceof Refusal)) return send(500, { __type: "InternalServerException", Message: String(error) });
      send(400, { __type: error.code, Message: error.message, message: error.message });
    }
  }

  private list(request: IncomingMessage, response: ServerResponse): void {
    const { objects = [] } = this.settings;
    const url = new URL(request.url ?? "/", "http://localhost");
    this.calls.push(
      `ListObjectsV2 ${url.searchParams.get("prefix") ?? ""} ${url.searchParams.get("start-after") ?? ""}`.trim(),
    );
    if (typeof objects === "string") {
      response.writeHead(403).end(`<Error><Code>${objects}</Code><Message>no</Message></Error>`);
      return;
    }
    response
      .writeHead(200, { "content-type": "application/xml" })
      .end(
        `<ListBucketResult>${objects.map((size, n) => `<Contents><Key>${n}</Key><Size>${size}</Size></Contents>`).join("")}<IsTruncated>false</IsTruncated></ListBucketResult>`,
      );
  }

  private async call(name: string, input: Input): Promise<object> {
    switch (name) {
      case "GetWorkGroup":
        return this.workGroup(textOf(input, "WorkGroup"));
      case "GetTableMetadata":
        if (input["DatabaseName"] !== "security" || input["TableName"] !== "logs")
          throw new Refusal("MetadataException", `Table ${textOf(input, "TableName")} not found`);
        return {
          TableMetadata: {
            Name: "logs",
            TableType: "EXTERNAL_TABLE",
            Columns: this.settings.columns ?? OUR_COLUMNS,
            PartitionKeys: this.settings.partitionKeys ?? [],
            Parameters: { EXTERNAL: "TRUE", location: "s3://trail/AWSLogs/o-exampleorg1", ...this.settings.parameters },
          },
        };
      case "StartQueryExecution":
        return this.begin(input);
      case "StopQueryExecution": {
        const query = this.find(textOf(input, "QueryExecutionId"));
        query.state = "CANCELLED";
        return {};
      }
      case "GetQueryExecution":
        return { QueryExecution: this.look(this.find(textOf(input, "QueryExecutionId"))) };
      case "GetQueryResults":
        return this.results(this.find(textOf(input, "QueryExecutionId")), input);
    }
    throw new Refusal("UnknownOperationException", name);
  }

  private workGroup(name: string): object {
    if (name !== "primary") throw new Refusal("InvalidRequestException", `WorkGroup ${name} is not found.`);
    const { limit, output } = this.settings;
    return {
      WorkGroup: {
        Name: name,
        State: "ENABLED",
        Configuration: {
          EnforceWorkGroupConfiguration: false,
          ResultConfiguration: output === undefined ? {} : { OutputLocation: output },
          EngineVersion: { EffectiveEngineVersion: "Athena engine version 3" },
          ...defined({ BytesScannedCutoffPerQuery: limit }),
        },
      },
    };
  }

  private async begin(input: Input): Promise<object> {
    const sql = textOf(input, "QueryString");
    const token = textOf(input, "ClientRequestToken");
    const place = (input["ResultConfiguration"] as { OutputLocation?: string } | undefined)?.OutputLocation;
    if (place === undefined && this.settings.output === undefined)
      throw new Refusal(
        "InvalidRequestException",
        "No output location provided. You did not provide an output location for your query results.",
      );
    if (sql.length > 262_144) throw new Refusal("InvalidRequestException", "the query is too long");
    const known = this.queries.find((query) => query.token === token);
    if (known) return { QueryExecutionId: known.id };
    const { names, rows } = await this.settings.tables.query(sql);
    const query: Query = {
      id: `00000000-0000-4000-8000-${String(this.queries.length + 1).padStart(12, "0")}`,
      sql,
      token,
      state: "QUEUED",
      looks: 0,
      scanned: this.settings.scanned ?? 10_000_000,
      names,
      rows,
    };
    this.queries.push(query);
    this.onStart();
    return { QueryExecutionId: query.id };
  }

  private look(query: Query): object {
    const { looks = 2, fails, cancelled, limit } = this.settings;
    query.looks++;
    if (query.state === "QUEUED") query.state = "RUNNING";
    else if (query.state === "RUNNING" && query.looks >= looks) {
      query.state = fails !== undefined ? "FAILED" : cancelled !== undefined ? "CANCELLED" : "SUCCEEDED";
      query.reason = fails ?? cancelled ?? "";
      if (limit !== undefined && query.scanned > limit) {
        query.state = "CANCELLED";
        query.scanned = limit;
        query.reason = "Bytes scanned limit was exceeded";
      }
    }
    return {
      QueryExecutionId: query.id,
      Query: query.sql,
      Status: { State: query.state, ...(query.reason ? { StateChangeReason: query.reason } : {}) },
      Statistics: { DataScannedInBytes: query.scanned },
    };
  }

  private results(query: Query, input: Input): object {
    if (query.state !== "SUCCEEDED")
      throw new Refusal("InvalidRequestException", `Query has not yet finished. Current state: ${query.state}`);
    const most = Math.min(Number(input["MaxResults"] ?? 1000), this.settings.page ?? 1000);
    const from = Number(input["NextToken"] ?? 0);
    // The names are a row of the first page.
    const all = [query.names, ...query.rows];
    const rows = all.slice(from, from + most);
    return {
      UpdateCount: 0,
      ResultSet: {
        Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
        ResultSetMetadata: { ColumnInfo: query.names.map((Name) => ({ Name, Type: "varchar" })) },
      },
      ...(from + most < all.length ? { NextToken: String(from + most) } : {}),
    };
  }

  private find(id: string): Query {
    const found = this.queries.find((query) => query.id === id);
    if (!found) throw new Refusal("InvalidRequestException", `QueryExecution ${id} was not found`);
    return found;
  }
}

class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
