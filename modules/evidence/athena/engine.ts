import type { WorkGroup } from "@aws-sdk/client-athena";
import { createHash } from "node:crypto";
import { BaselineError } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import type { CloudTrailEvent } from "../cloudtrail/event";
import { AnswerReader } from "../cloudtrail/questions/answer";
import { Query, queryOf, Question } from "../cloudtrail/questions/question";
import type { Engine, EngineReport, QueryRead } from "../cloudtrail/read";
import { SkipCounter } from "../cloudtrail/skipped";
import { AthenaApi, CATALOG } from "./api";
import { Bound, boundOf } from "./bound";
import { PartitionPlan, partitionPlan } from "./partitions";
import { RunOptions, runQuery } from "./run";
import { AthenaTable, athenaTable } from "./table";
import { bytesText } from "./bytes";

export interface AthenaOptions {
  readonly database: string;
  readonly table: string;
  readonly workGroup: string;
  readonly outputLocation?: string;
  /** Of the organization, for partitions whose values a query has to give. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** Says what is about to be read, and returns whether it may be. */
  readonly mayRun: (plan: AthenaPlan) => Promise<boolean>;
  readonly onState?: (name: string, state: string, bytes: number) => void;
  readonly signal?: AbortSignal;
  readonly pause?: NonNullable<RunOptions["pause"]>;
}

/** What is about to be asked, and what it costs at most. */
export interface AthenaPlan {
  readonly table: string;
  readonly workGroup: string;
  readonly queries: readonly string[];
  readonly partitions: string;
  /** Of one query: each of them reads everything. */
  readonly bound: Bound;
  /** Bytes at which the workgroup cancels a query. @default - it has no limit */
  readonly limit?: number;
  readonly outputLocation?: string;
  /** Fields of an event that the table does not have. */
  readonly missing: readonly string[];
}

/** Lets AWS's engine read a table of CloudTrail's records. */
export class AthenaEngine implements Engine {
  constructor(
    private readonly api: AthenaApi,
    private readonly options: AthenaOptions,
  ) {}

  async read(
    questions: readonly Question[],
    since: number | undefined,
    visit: (event: CloudTrailEvent) => void,
  ): Promise<EngineReport> {
    const { api, options } = this;
    const group = await api.workGroup(options.workGroup);
    const limit = usable(group, options);
    const name = `${options.database}.${options.table}`;
    const table = athenaTable(
      { database: options.database, name: options.table },
      await api.table(options.database, options.table, options.workGroup),
    );
    const partitions = partitionPlan(table, { ...options, ...defined({ since }) });
    const queries = questions.map((question) => queryOf(question, tableOf(table, partitions), since));
    const plan: AthenaPlan = {
      table: name,
      workGroup: options.workGroup,
      queries: questions.map((question) => question.name),
      partitions: partitions.said,
      bound: await boundOf(partitions, (range, token) => api.objects(range, token)),
      missing: table.missing,
      ...defined({ limit, outputLocation: outputOf(group, options) }),
    };
    if (!isColumnar(table)) refuseOverLimit(plan);
    if (!(await options.mayRun(plan)))
      throw new BaselineError(
        [
          {
            code: "ATHENA-NOT-ASKED",
            message: "Nothing was asked of Athena.",
            fix: "Answer yes, or give --yes, to run the queries.",
          },
        ],
        3,
      );
    return this.answers(queries, plan, visit);
  }

  private async answers(
    queries: readonly Query[],
    { table, limit, missing }: AthenaPlan,
    visit: (event: CloudTrailEvent) => void,
  ): Promise<EngineReport> {
    const { options } = this;
    const skipped = new SkipCounter();
    const hash = createHash("sha256");
    const read: QueryRead[] = [];
    let whole: AnswerReader | undefined;
    for (const query of queries) {
      const { name } = query.question;
      // Every query counts all events. What is left out is the same in each: it is counted once.
      const reader = new AnswerReader(query, visit, whole ? new SkipCounter() : skipped);
      hash.update(`${query.sql}\n`);
      const ran = await runQuery(
        this.api,
        name,
        query.sql,
        {
          database: options.database,
          workGroup: options.workGroup,
          ...defined({
            limit,
            outputLocation: options.outputLocation,
            signal: options.signal,
            pause: options.pause,
          }),
          onState: (state, bytes) => options.onState?.(name, state, bytes),
        },
        (cells) => {
          hash.update(`${JSON.stringify(cells)}\n`);
          reader.row(cells);
        },
      );
      read.push({ name, table, ...ran });
      whole ??= reader;
    }
    skipped.add("selection", queries.length);
    if (missing.length > 0) {
      skipped.add("columns");
      skipped.problem({ file: `Athena ${table}`, problem: `a table without ${missing.join(", ")}` });
    }
    const doubts = Object.keys(skipped.all()).filter((reason) => reason === "noTime" || reason === "notAnEvent");
    if (doubts.length > 0)
      skipped.problem({
        file: `Athena ${table}`,
        problem: doubts.map((reason) => skipped.words(reason)).join(", "),
      });
    return {
      queries: read,
      events: whole?.events ?? 0,
      eventsBeforeSince: whole?.before ?? 0,
      first: seconds(whole?.first),
      last: seconds(whole?.last),
      skipped: skipped.all(),
      problems: skipped.problems,
      digest: hash.digest("hex"),
    };
  }
}

const seconds = (time: string | undefined): number => (time === undefined ? -1 : Date.parse(time) / 1000);

function tableOf(table: AthenaTable, { condition }: PartitionPlan): Parameters<typeof queryOf>[1] {
  return {
    path: [CATALOG, table.database, table.name],
    columns: table.columns,
    ...defined({ partitions: condition }),
  };
}

/** Of these formats a query reads the columns that it needs, which may be far less than the objects have. */
function isColumnar({ parameters }: AthenaTable): boolean {
  return ["inputformat", "serde.serialization.lib"].some((name) => /parquet|orc/i.test(parameters.get(name) ?? ""));
}

function usage(code: string, message: string, fix: string): BaselineError {
  return new BaselineError([{ code, message, fix }]);
}

/** Refuses a workgroup that cannot answer. Returns the bytes at which it cancels a query, where it has such a limit. */
function usable(group: WorkGroup, options: AthenaOptions): number | undefined {
  const name = JSON.stringify(options.workGroup);
  const { Configuration: settings = {} } = group;
  const engine = settings.EngineVersion?.EffectiveEngineVersion ?? "";
  if (group.State === "DISABLED")
    throw usage("ATHENA-WORKGROUP", `The workgroup ${name} is disabled.`, "Use another one: --workgroup <name>.");
  if (/spark/i.test(engine) || engine === "Athena engine version 2")
    throw usage(
      "ATHENA-WORKGROUP",
      `The workgroup ${name} has ${engine}, which does not understand the queries.`,
      "Use a workgroup with Athena engine version 3: --workgroup <name>.",
    );
  if (outputOf(group, options) === undefined && settings.ManagedQueryResultsConfiguration?.Enabled !== true)
    throw usage(
      "ATHENA-OUTPUT",
      `The workgroup ${name} has no place for the results of queries.`,
      "Say where Athena may write them: --output-location s3://bucket/prefix/.",
    );
  return settings.BytesScannedCutoffPerQuery;
}

/** Where results go. A workgroup that enforces its own settings does not ask: https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html */
function outputOf({ Configuration: settings = {} }: WorkGroup, { outputLocation }: AthenaOptions): string | undefined {
  const own = settings.ResultConfiguration?.OutputLocation;
  return settings.EnforceWorkGroupConfiguration === true ? own : (outputLocation ?? own);
}

/** A query that reads more than it may is cancelled there, and what it has read is charged. */
function refuseOverLimit({ bound, limit, workGroup, table }: AthenaPlan): void {
  const least = bound.kind === "known" ? bound.bytes : undefined;
  if (limit === undefined || least === undefined || least <= limit) return;
  throw usage(
    "ATHENA-LIMIT",
    `Each query over ${table} reads up to ${bytesText(least)}, and the workgroup ${JSON.stringify(workGroup)} cancels a query at ${bytesText(limit)}.`,
    "Read less (--since with a later day, a table with partitions), or use a workgroup with a higher limit (--workgroup).",
  );
}
