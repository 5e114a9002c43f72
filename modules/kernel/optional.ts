/** Properties that may be `undefined`, as properties that may be absent. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * The properties that have a value: `{ name, ...defined({ reason }) }` has no key `reason` where there is none, which
 * `exactOptionalPropertyTypes` asks for and canonical JSON shows. Empty texts, zero and `null` are values.
 */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
