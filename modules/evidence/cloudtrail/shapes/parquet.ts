import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompress } from "fzstd";
import type { AsyncBuffer, FileMetaData, RowGroup, SchemaElement } from "hyparquet";
import type { SkipCounter } from "../skipped";
import { isEventTable, isRecordField, Row } from "./canonical";
import { Found, Unwrapper } from "./unwrap";

type Library = typeof import("hyparquet");

/** A row group beyond one of these is named and not read: it is what is in memory at a time. */
export const LARGEST_ROW_GROUP = 512 * 1024 * 1024;
const MOST_ROWS = 1_000_000;

/** Columns of OCSF that an event is made of; the rest is not fetched. */
const OCSF_COLUMNS = new Set([
  "activity_id",
  "actor",
  "api",
  "class_uid",
  "cloud",
  "http_request",
  "metadata",
  "resources",
  "src_endpoint",
  "time",
  "time_dt",
  "unmapped",
]);

/**
 * Reads a Parquet file of Security Lake (OCSF), or a table of CloudTrail's fields. Only the pieces of the file that are needed are asked for,
 * column by column: values of one column, row after row, take a fraction of what the rows would.
 */
export async function readParquet(file: AsyncBuffer, found: Found, skipped: SkipCounter): Promise<void> {
  const problem = (detail: string): void => {
    skipped.add("parquet");
    skipped.detail("parquet", detail);
  };
  /** What whoever takes the events threw: it is not the file's fault. */
  let ours: { readonly error: unknown } | undefined;
  let library: Library;
  try {
    library = await import("hyparquet");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_REQUIRE_ESM") throw error;
    return problem("a Parquet file, which needs Node 20.19 or later, or keyless.cjs");
  }
  try {
    const metadata = await library.parquetMetadataAsync(file);
    const leaves = leavesOf(metadata.schema);
    if (leaves.some(({ path }) => path.includes("__proto__"))) return problem("a Parquet file with a column __proto__");
    const names = new Set(leaves.map(({ path }) => path[0]!));
    if (!isEventTable(names) && !names.has("class_uid")) return problem("a Parquet file that is no table of events");
    if (isEventTable(names)) {
      // Security Lake's objects are whole; what an engine has written was chosen by a query.
      found.selection();
      found.columns(names);
    }
    const wanted = leaves.filter(({ path: [name = ""] }) =>
      names.has("class_uid") ? OCSF_COLUMNS.has(name) : isRecordField(name),
    );
    const unwrapper = new Unwrapper({
      ...found,
      columns: () => undefined,
      ...(isEventTable(names) ? { members: () => undefined } : {}),
      event: (event) => {
        try {
          found.event(event);
        } catch (error) {
          ours = { error };
          throw error;
        }
      },
    });
    let from = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      if (rows > MOST_ROWS || unpackedSize(group, wanted) > LARGEST_ROW_GROUP) skipped.add("tooLarge");
      else {
        const columns: Column[] = [];
        for (const leaf of wanted) columns.push(await columnOf(library, file, metadata, group, leaf, from));
        for (let row = 0; row < rows; row++) unwrapper.value(rowOf(columns, row));
      }
      from += rows;
    }
  } catch (error) {
    if (ours?.error === error) throw error;
    // What the system or a service says goes to whoever reads files; the rest is the file's fault.
    if (isOfSystem(error)) throw error;
    problem(`a Parquet file that could not be read: ${(error as Error).message.slice(0, 200)}`);
  }
}

function isOfSystem(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return (
    (typeof code === "string" && !code.startsWith("Z_") && !code.startsWith("ERR_")) ||
    (typeof error === "object" && error !== null && "$metadata" in error)
  );
}

/** Engines write pages of about 1 MB. What a page becomes is said by the file itself. */
const LARGEST_PAGE = 128 * 1024 * 1024;

function page(length: number): number {
  if (length > LARGEST_PAGE) throw new Error(`a page of ${Math.round(length / 1e6)} MB`);
  return Math.max(length, 1);
}

/** @internal The library's own for Snappy makes room before it looks. */
export function compressors({
  snappyUncompress,
}: Pick<Library, "snappyUncompress">): Readonly<Record<string, (input: Uint8Array, length: number) => Uint8Array>> {
  return {
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: page(length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: page(length) }),
    ZSTD: (input, length) => decompress(input, new Uint8Array(page(length))).subarray(0, length),
    SNAPPY: (input, length) => {
      const output = new Uint8Array(page(length));
      snappyUncompress(input, output);
      return output.subarray(0, length);
    },
  };
}

/** A column that holds values. */
interface Leaf {
  /** In the file: with the levels that lists and maps are made of. */
  readonly path: readonly string[];
  readonly levels: readonly SchemaElement["repetition_type"][];
  /** Members on the way to the value, as a row has them; `list` and `map` where it has several. */
  readonly steps: readonly Step[];
}
type Step = { readonly name: string } | { readonly several: "list" } | { readonly several: "key" | "value" };

function leavesOf(schema: readonly SchemaElement[]): readonly Leaf[] {
  const leaves: Leaf[] = [];
  let at = 1;
  const visit = (above: Leaf, parent: SchemaElement | undefined): void => {
    const element = schema[at++]!;
    const kind = parent?.converted_type ?? parent?.logical_type?.type;
    const isMap = kind === "MAP" || kind === "MAP_KEY_VALUE";
    const here: Leaf = {
      path: [...above.path, element.name],
      levels: [...above.levels, element.repetition_type],
      steps: [...above.steps, ...stepsOf(element, kind === "LIST", isMap)],
    };
    const children = element.num_children ?? 0;
    if (children === 0) leaves.push(here);
    const grouped = (kind === "LIST" || isMap) && element.repetition_type === "REPEATED";
    for (let n = 0; n < children; n++) {
      const child = schema[at]!;
      // Below the repeated level of a list or a map there is its element, its key or its value, whose name says nothing.
      if (grouped) visitElement(here, child, isMap && child.name !== "value" ? "key" : isMap ? "value" : "list");
      else visit(here, element);
    }
  };
  const visitElement = (above: Leaf, child: SchemaElement, several: "list" | "key" | "value"): void => {
    at++;
    const here: Leaf = {
      path: [...above.path, child.name],
      levels: [...above.levels, child.repetition_type],
      steps: [...above.steps, { several }],
    };
    const children = child.num_children ?? 0;
    if (children === 0) leaves.push(here);
    for (let n = 0; n < children; n++) visit(here, child);
  };
  while (at < schema.length) visit({ path: [], levels: [], steps: [] }, undefined);
  return leaves;
}

function stepsOf(element: SchemaElement, ofList: boolean, ofMap: boolean): readonly Step[] {
  if (element.repetition_type !== "REPEATED") return [{ name: element.name }];
  if (ofMap) return [];
  // A repeated group of a list has its element below; a repeated value is the element.
  if (ofList) return (element.num_children ?? 0) > 0 ? [] : [{ several: "list" }];
  return [{ name: element.name }, { several: "list" }];
}

function unpackedSize({ columns }: RowGroup, leaves: readonly Leaf[]): number {
  const wanted = new Set(leaves.map(({ path }) => path.join("\n")));
  return columns.reduce(
    (sum, { meta_data }) =>
      meta_data && wanted.has(meta_data.path_in_schema.join("\n"))
        ? sum + Number(meta_data.total_uncompressed_size)
        : sum,
    0,
  );
}

interface Column {
  readonly leaf: Leaf;
  readonly values: readonly unknown[];
}

/** The values of one column in one row group, one for each row. */
async function columnOf(
  library: Library,
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
  leaf: Leaf,
  from: number,
): Promise<Column> {
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join("\n") === leaf.path.join("\n"));
  const values: unknown[] = Array<unknown>(Number(group.num_rows));
  if (!chunk) return { leaf, values };
  await library.parquetRead({
    file,
    metadata: {
      ...metadata,
      row_groups: metadata.row_groups.map((one) => (one === group ? { ...one, columns: [chunk] } : one)),
    },
    rowStart: from,
    rowEnd: from + Number(group.num_rows),
    compressors: compressors(library),
    onPage: ({ columnData, rowStart }) => {
      for (let n = 0; n < columnData.length; n++)
        values[rowStart - from + n] = unwrapped(columnData[n], leaf.levels, 0);
    },
  });
  return { leaf, values };
}

/** The library wraps a value into a list for each level that may be missing; a list stays one. */
function unwrapped(value: unknown, levels: Leaf["levels"], level: number): unknown {
  if (level === levels.length - 1 && levels[level] !== "REPEATED")
    return typeof value === "bigint" ? Number(value) : value;
  if (value === null || value === undefined) return undefined;
  if (levels[level] === "REQUIRED") return unwrapped(value, levels, level + 1);
  const list = value as readonly unknown[];
  if (levels[level] === "OPTIONAL") return list.length === 0 ? undefined : unwrapped(list[0], levels, level + 1);
  return level === levels.length - 1 ? list : list.map((one) => unwrapped(one, levels, level + 1));
}

function rowOf(columns: readonly Column[], row: number): Row {
  const made = bare();
  for (const { leaf, values } of columns) {
    const value = values[row];
    if (value !== null && value !== undefined) put(made, leaf.steps, value);
  }
  return made;
}

/** Names of columns come from the file: they must not reach what all objects have. */
function bare(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** Puts a value, or the values of a list or a map, where a row has them. Keys of a map come before its values. */
function put(into: Record<string, unknown>, steps: readonly Step[], value: unknown): void {
  let at = into;
  for (let n = 0; n < steps.length; n++) {
    const step = steps[n]!;
    if (!("name" in step)) return;
    const next = steps[n + 1];
    if (next === undefined) {
      at[step.name] = value;
      return;
    }
    if ("name" in next) {
      at = (at[step.name] ??= bare()) as Record<string, unknown>;
      continue;
    }
    const values = Array.isArray(value) ? (value as readonly unknown[]) : [];
    // The keys stand there until the values come.
    if (next.several === "key") at[step.name] = values;
    else if (next.several === "value") {
      const keys = (at[step.name] ?? []) as readonly unknown[];
      at[step.name] = Object.fromEntries(keys.map((key, i) => [String(key), values[i]]));
    } else {
      const below = steps.slice(n + 2);
      const list = (at[step.name] ??= []) as unknown[];
      values.forEach((one, i) => {
        if (below.length === 0) list[i] = one;
        else if (one !== null && one !== undefined) put((list[i] ??= bare()) as Record<string, unknown>, below, one);
      });
    }
    return;
  }
}
