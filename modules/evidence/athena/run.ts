import type { QueryExecution } from "@aws-sdk/client-athena";
import { setTimeout as sleep } from "node:timers/promises";
import { BaselineError, Problem } from "../../kernel/errors";
import type { AthenaApi, Cells, StartOptions } from "./api";
import { bytesText } from "./bytes";

/** How a query is run. */
export interface RunOptions extends StartOptions {
  /** Stops the query that runs. */
  readonly signal?: AbortSignal;
  /** Bytes at which the workgroup cancels a query, for the message. @default - it has no limit */
  readonly limit?: number;
  /** Milliseconds between two looks, at first and at most. */
  readonly pause?: { readonly first: number; readonly most: number };
  readonly onState?: (state: string, bytes: number) => void;
}

export interface Ran {
  readonly id: string;
  readonly bytes: number;
  readonly rows: number;
}

const PAUSE = { first: 250, most: 5000 };
/** Rows that are read at most. An answer of more is one that nobody reads to the end, and fills memory. */
export const MOST_ROWS = 2_000_000;

/**
 * Runs one query: starts it, looks at it until it has ended, and shows its rows. A query that runs when the signal comes is stopped, because it goes on
 * reading, and costing, without the program.
 */
export async function runQuery(
  api: AthenaApi,
  name: string,
  sql: string,
  options: RunOptions,
  row: (cells: Cells) => void,
): Promise<Ran> {
  const { signal } = options;
  if (signal?.aborted) throw stopped(name, undefined);
  const id = await api.start(sql, options);
  const { first, most } = options.pause ?? PAUSE;
  let pause = first;
  for (;;) {
    if (signal?.aborted) await stop(api, name, id);
    const execution = await api.execution(id);
    const { State: state = "QUEUED" } = execution.Status ?? {};
    options.onState?.(state, scanned(execution));
    if (state === "SUCCEEDED") return { id, bytes: scanned(execution), rows: await rowsOf(api, name, id, signal, row) };
    if (state === "FAILED" || state === "CANCELLED") throw ended(name, id, state, execution, options);
    await sleep(pause, undefined, signal ? { signal } : {}).catch(() => undefined);
    pause = Math.min(most, pause * 1.5);
  }
}

const scanned = (execution: QueryExecution): number => execution.Statistics?.DataScannedInBytes ?? 0;

async function rowsOf(
  api: AthenaApi,
  name: string,
  id: string,
  signal: AbortSignal | undefined,
  row: (cells: Cells) => void,
): Promise<number> {
  let rows = 0;
  for await (const page of api.rows(id)) {
    if (signal?.aborted) throw stopped(name, id);
    rows += page.length;
    if (rows > MOST_ROWS)
      throw failure({
        code: "ATHENA-ROWS",
        message: `The answer to the query for ${name} (${id}) has more than ${MOST_ROWS} rows.`,
        fix: "Ask for less: --since with a later day, --guardrail for one guardrail.",
      });
    page.forEach(row);
  }
  return rows;
}

async function stop(api: AthenaApi, name: string, id: string): Promise<never> {
  try {
    await api.stop(id);
  } catch (error) {
    throw failure({
      code: "ATHENA-NOT-STOPPED",
      message: `The query for ${name} (${id}) could not be stopped: ${(error as Error).message}`,
      fix: `It may go on, and AWS charges for what it reads: aws athena stop-query-execution --query-execution-id ${id}`,
    });
  }
  throw stopped(name, id);
}

function stopped(name: string, id: string | undefined): BaselineError {
  return failure({
    code: "ATHENA-STOPPED",
    message: `The query for ${name}${id === undefined ? "" : ` (${id})`} was stopped. There is no answer.`,
    fix: "AWS charges for what it had read until then. Run the command again to ask again.",
  });
}

/**
 * Athena cancels a query at the workgroup's limit, with this reason: https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html.
 * The words are those that engine version 3 gives; some report the state FAILED with the same words.
 */
const OVER_LIMIT = /bytes scanned limit was exceeded/i;

function ended(
  name: string,
  id: string,
  state: "FAILED" | "CANCELLED",
  execution: QueryExecution,
  { limit, workGroup }: RunOptions,
): BaselineError {
  const { StateChangeReason: reason = "Athena gives no reason", AthenaError: error } = execution.Status ?? {};
  const read = `${bytesText(scanned(execution))} read`;
  if (OVER_LIMIT.test(reason))
    return failure({
      code: "ATHENA-LIMIT",
      message: `The workgroup ${JSON.stringify(workGroup)} has cancelled the query for ${name} (${id}): ${reason}${limit === undefined ? "" : `, which is ${bytesText(limit)} for one query`}; ${read}. There is no answer.`,
      fix: "Read less (--since with a later day, a table with partitions), or use a workgroup with a higher limit (--workgroup).",
    });
  if (state === "CANCELLED")
    return failure({
      code: "ATHENA-CANCELLED",
      message: `The query for ${name} (${id}) was cancelled: ${reason}; ${read}. There is no answer.`,
      fix: "Somebody or something has stopped it: run the command again.",
    });
  return failure({
    code: "ATHENA-FAILED",
    message: `Athena could not answer the query for ${name} (${id}): ${reason}; ${read}.`,
    fix: error?.Retryable
      ? "AWS says that it may work when it is tried again."
      : "docs/athena.md has the permissions and the table that are needed; the query is in Athena's history under its id.",
  });
}

function failure(problem: Problem): BaselineError {
  return new BaselineError([problem], 1);
}
