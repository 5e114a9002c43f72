/** One file of logs. */
export interface LogFile {
  /** For people: the path below the source, or `s3://…`. */
  readonly name: string;
  readonly bytes: number;
  readonly place: { readonly path: string } | { readonly bucket: string; readonly key: string };
}
