/** How bytes are packed, by how they begin: names lie, because some tools unpack what they download and keep the name. */
export type Packing = "gzip" | "zstd" | "parquet" | "utf-16le" | "utf-16be";

/** Forms that are recognised and not read, with what to do. */
const OTHER: readonly (readonly [beginning: readonly number[], problem: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive: unpack it first"],
  [[0x42, 0x5a, 0x68], "packed with bzip2: unpack it first"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "packed with xz: unpack it first"],
  [[0x04, 0x22, 0x4d, 0x18], "packed with lz4: unpack it first"],
  [[0xff, 0x06, 0x00, 0x00, 0x73, 0x4e], "packed with snappy: unpack it first"],
  [[0x37, 0x7a, 0xbc, 0xaf], "a 7-zip archive: unpack it first"],
  [[0x4f, 0x62, 0x6a, 0x01], "an Avro file: write the table as JSON or Parquet"],
  [[0x4f, 0x52, 0x43], "an ORC file: write the table as JSON or Parquet"],
];

export function packingOf(bytes: Uint8Array): Packing | undefined {
  if (begins(bytes, [0x1f, 0x8b])) return "gzip";
  if (begins(bytes, [0x28, 0xb5, 0x2f, 0xfd])) return "zstd";
  if (begins(bytes, [0x50, 0x41, 0x52, 0x31])) return "parquet";
  // With the mark that PowerShell and Excel write, or without, where the first character is of ASCII.
  if (begins(bytes, [0xff, 0xfe]) || (bytes[1] === 0 && (bytes[0] ?? 0) >= 0x09 && bytes[3] === 0)) return "utf-16le";
  if (begins(bytes, [0xfe, 0xff]) || (bytes[0] === 0 && (bytes[1] ?? 0) >= 0x09 && bytes[2] === 0 && bytes[3] !== 0))
    return "utf-16be";
  return undefined;
}

/** What a file in a form that is not read here is; nothing where the form is not known. */
export function otherForm(bytes: Uint8Array): string | undefined {
  return OTHER.find(([beginning]) => begins(bytes, beginning))?.[1];
}

function begins(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, i) => bytes[i] === byte);
}
