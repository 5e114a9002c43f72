/**
 * The fields of a CloudTrail event that anything here looks at, and tables that recognize their names in the bytes of a record.
 * Source: "CloudTrail record contents" and "CloudTrail userIdentity element",
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */

/** Fields by their path in the record; a tree, because names repeat at different depths (`accountId`, `arn`, `userName`). */
interface FieldTree {
  readonly [name: string]: true | FieldTree;
}

export const RECORD_FIELDS = {
  eventTime: true,
  eventSource: true,
  eventName: true,
  awsRegion: true,
  sourceIPAddress: true,
  userAgent: true,
  errorCode: true,
  errorMessage: true,
  eventType: true,
  eventCategory: true,
  managementEvent: true,
  readOnly: true,
  recipientAccountId: true,
  requestParameters: true,
  responseElements: true,
  additionalEventData: true,
  resources: true,
  vpcEndpointId: true,
  userIdentity: {
    type: true,
    arn: true,
    accountId: true,
    accessKeyId: true,
    userName: true,
    principalId: true,
    invokedBy: true,
    identityProvider: true,
    credentialId: true,
    sessionContext: {
      assumedRoot: true,
      sourceIdentity: true,
      sessionIssuer: { type: true, arn: true, accountId: true, userName: true },
      attributes: { mfaAuthenticated: true, creationDate: true },
    },
  },
  // What tells an Insights event and a digest file.
  insightDetails: true,
  digestS3Object: true,
  digestEndTime: true,
  logFiles: true,
  awsAccountId: true,
} as const satisfies FieldTree;

/** Members of answers of AWS and Elastic: what says that there is more than the answer has. */
const ANSWER_FIELDS = {
  NextToken: true,
  nextToken: true,
  nextForwardToken: true,
  statistics: true,
  total: true,
  status: true,
  QueryStatus: true,
  QueryStatistics: true,
  timed_out: true,
  _shards: true,
  preview: true,
} as const satisfies FieldTree;
const ALL_FIELDS = { ...RECORD_FIELDS, ...ANSWER_FIELDS } as const;

type Paths<T, Prefix extends string = ""> = {
  [K in keyof T & string]: T[K] extends true ? `${Prefix}${K}` : Paths<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** A field by its path: `eventName`, `userIdentity.sessionContext.sessionIssuer.arn`. */
export type FieldName = Paths<typeof ALL_FIELDS>;

/** Names of one depth of the tree, found by a hash of length, first and third last byte that has no collisions among them. */
export interface KeyTable {
  readonly names: readonly (Uint8Array | undefined)[];
  /** Number of the field; -1 where the value is an object to look into. */
  readonly fields: Int32Array;
  readonly below: readonly (KeyTable | undefined)[];
  readonly factor: number;
}

const SLOTS = 256;

export function slotOf(length: number, first: number, thirdLast: number, factor: number): number {
  return (length * factor + first * 7 + thirdLast * 31) & (SLOTS - 1);
}

const slotOfName = (name: string, factor: number): number =>
  slotOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 3), factor);

const numbers = new Map<FieldName, number>();

function keyTable(tree: FieldTree, prefix: string): KeyTable {
  const names = Object.keys(tree);
  // The smallest factor that keeps the names apart: found once, when the program starts.
  const factor = [...Array(SLOTS).keys()].find(
    (f) => new Set(names.map((name) => slotOfName(name, f))).size === names.length,
  );
  if (factor === undefined) throw new Error(`no factor keeps the names below ${prefix || "the record"} apart`);
  const table = {
    names: Array<Uint8Array | undefined>(SLOTS),
    fields: new Int32Array(SLOTS).fill(-1),
    below: Array<KeyTable | undefined>(SLOTS),
    factor,
  };
  for (const name of names) {
    const slot = slotOfName(name, factor);
    table.names[slot] = Buffer.from(name);
    const value = tree[name]!;
    if (value === true) {
      table.fields[slot] = numbers.size;
      numbers.set(`${prefix}${name}` as FieldName, numbers.size);
    } else table.below[slot] = keyTable(value, `${prefix}${name}.`);
  }
  return table;
}

/** The names of a record's members. */
export const RECORD_KEYS: KeyTable = keyTable(ALL_FIELDS, "");

export const FIELD_COUNT = numbers.size;

/** Number of a field: its place in the scanner's tables. */
export function fieldNumber(name: FieldName): number {
  return numbers.get(name)!;
}
