import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompress } from "fzstd";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import type { SkipCounter } from "../skipped";
import { isEventTable, Row } from "./canonical";
import { Found, Unwrapper } from "./unwrap";

/** Rows of a group that are values at the same time. Fewer would cost time: for each part the columns are unpacked from their beginning. */
const ROWS = 10_000;
/** Unpacked size of a row group's columns that is read; writers of such files stay well below. */
export const LARGEST_ROW_GROUP = 512 * 1024 * 1024;
/** Columns that no question here needs, and that are large. */
const NOT_NEEDED = new Set(["observables", "enrichments", "tlsdetails", "requestid"]);

/**
 * Reads a Parquet file of Security Lake (OCSF), or a table of CloudTrail's fields. Only the pieces of the file that are needed are asked for.
 */
export async function readParquet(file: AsyncBuffer, found: Found, skipped: SkipCounter): Promise<void> {
  const problem = (detail: string): void => {
    skipped.add("parquet");
    skipped.detail("parquet", detail);
  };
  let library: typeof import("hyparquet");
  try {
    library = await import("hyparquet");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_REQUIRE_ESM") throw error;
    return problem("a Parquet file, which needs Node 20.19 or later, or keyless.cjs");
  }
  const { parquetMetadataAsync, parquetReadObjects } = library;
  try {
    const metadata = await parquetMetadataAsync(file);
    const names = metadata.schema.filter((_, i) => topLevel(metadata).has(i)).map(({ name }) => name);
    if (!isEventTable(names) && !names.includes("class_uid"))
      return problem("a Parquet file that is no table of events");
    if (isEventTable(names)) found.columns(names);
    const columns = names.filter((name) => !NOT_NEEDED.has(name.toLowerCase()));
    const unwrapper = new Unwrapper({ ...found, columns: () => undefined });
    let from = 0;
    for (const group of metadata.row_groups) {
      const size = group.columns
        .filter(({ meta_data }) => meta_data !== undefined && columns.includes(meta_data.path_in_schema[0]!))
        .reduce((sum, { meta_data }) => sum + Number(meta_data!.total_uncompressed_size), 0);
      const to = from + Number(group.num_rows);
      if (size > LARGEST_ROW_GROUP) skipped.add("tooLarge");
      else {
        // The group's columns are read once and kept for all of its rows.
        const kept = caching(file);
        for (let row = from; row < to; row += ROWS) {
          const rows = await parquetReadObjects({
            file: kept,
            metadata,
            columns,
            rowStart: row,
            rowEnd: Math.min(row + ROWS, to),
            compressors: COMPRESSORS,
          });
          for (const one of rows) unwrapper.value(withoutEmpty(one as Row));
        }
      }
      from = to;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // What the system or a service says goes to whoever reads files; the rest is the file's fault.
    if (code !== undefined && !code.startsWith("Z_") && !code.startsWith("ERR_")) throw error;
    if (typeof error === "object" && error !== null && "$metadata" in error) throw error;
    problem(`a Parquet file that could not be read: ${message.slice(0, 200)}`);
  }
}

const COMPRESSORS = {
  GZIP: (input: Uint8Array, length: number): Uint8Array => gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  BROTLI: (input: Uint8Array, length: number): Uint8Array =>
    brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
  ZSTD: (input: Uint8Array, length: number): Uint8Array => decompress(input, new Uint8Array(length)),
};

/** Places in the schema of the columns, among those of their members. */
function topLevel({ schema }: FileMetaData): ReadonlySet<number> {
  const places = new Set<number>();
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let n = 0; n < children; n++) skip();
  };
  while (at < schema.length) {
    places.add(at);
    skip();
  }
  return places;
}

/** Pieces that were asked for, kept: one row group's. */
function caching(file: AsyncBuffer): AsyncBuffer {
  const pieces = new Map<string, ArrayBuffer | Promise<ArrayBuffer>>();
  return {
    byteLength: file.byteLength,
    slice(start, end) {
      const key = `${start} ${end ?? ""}`;
      const known = pieces.get(key) ?? file.slice(start, end);
      pieces.set(key, known);
      return known;
    },
  };
}

/** Rows have a member for each column; one without a value is like none. Numbers of 64 bits become numbers. */
function withoutEmpty(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );
}
