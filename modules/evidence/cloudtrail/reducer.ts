import type { CloudTrailEvent } from "./event";

/**
 * Makes a summary of events. Files are read in portions, each portion gives one partial summary, and partial summaries are merged in the
 * order of the files: the result does not depend on how many threads read.
 */
export interface Reducer<Partial> {
  /** The event is valid until this returns. */
  visit(event: CloudTrailEvent): void;
  /**
   * A digest file of a trail's log file validation: it shows that the trail delivered in that hour, events or none. Valid until this
   * returns. @default - digests are counted and otherwise passed over
   */
  visitDigest?(digest: CloudTrailEvent): void;
  /** The summary of what was visited since the last call: plain data that can be sent between threads. */
  take(): Partial;
}

/** Which reducer to make, told so that another thread can make it. */
export interface ReducerSpec<Options> {
  /** Path of a module that exports `createReducer(options)`; `__filename` there. */
  readonly module: string;
  /** Plain data. */
  readonly options: Options;
}

/** A module that a `ReducerSpec` names. */
export interface ReducerModule<Options, Partial> {
  createReducer(options: Options): Reducer<Partial>;
}

export function makeReducer<Options, Partial>(spec: ReducerSpec<Options>): Reducer<Partial> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the module is named by a value, and both threads find it the same way
  return (require(spec.module) as ReducerModule<Options, Partial>).createReducer(spec.options);
}
