/** One file of logs. */
export interface LogFile {
  /** For people: the path below the source, or `s3://…`. */
  readonly name: string;
  readonly bytes: number;
  /** Whether the name is one under which logs are stored. Other files are looked into: names say little. */
  readonly named: boolean;
  readonly place: { readonly path: string } | { readonly bucket: string; readonly key: string };
}
