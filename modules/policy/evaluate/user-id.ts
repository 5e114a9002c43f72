/**
 * `aws:userid` is in every request of an IAM principal, and its form follows from the kind of principal. "Principal key values":
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 *
 * - IAM user: its unique id, `AIDA…`
 * - session of a role, also with a token, an assertion or on EC2: `<unique id of the role>:<name of the session>`, `AROA…:name`
 * - session made with GetFederationToken: `<account>:<name>`
 * - root user: the id of the account. A central root session is logged with the same id (CloudTrail, `sts:AssumeRoot`).
 *
 * Prefixes of unique ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */

/** A part of a value: a text, or what is not known of it. */
export type FormPart =
  | string
  /** Letters and digits of a unique id. */
  | typeof ID
  /** Name of a session: any text without a colon. */
  | typeof NAME;

export const ID: unique symbol = Symbol("unique id");
export const NAME: unique symbol = Symbol("session name");

/** Characters of unique ids. */
export const ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** What names of sessions never have: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const NOT_IN_NAMES = ":*?";

export interface Identified {
  readonly type: string;
  readonly arn: string;
  readonly sessionArn?: string;
  readonly uniqueId?: string;
}

/** `undefined`: AWS documents no form for such a principal. */
export function userIdForm(
  { type, arn, sessionArn, uniqueId }: Identified,
  account: string | undefined,
): readonly FormPart[] | undefined {
  switch (type) {
    case "root":
    case "assumedRoot":
      return account === undefined ? undefined : [account];
    case "user": {
      const federated = federatedUser(arn);
      if (federated !== undefined) return [federated];
      return uniqueId === undefined ? ["AIDA", ID] : [uniqueId];
    }
    case "role": {
      const name: FormPart | undefined =
        sessionArn === undefined ? undefined : /:assumed-role\/[^/]+\/(.+)$/.exec(sessionArn)?.[1];
      const id: readonly FormPart[] = uniqueId === undefined ? ["AROA", ID] : [uniqueId];
      return [...id, ":", name ?? NAME];
    }
    default:
      return undefined;
  }
}

function federatedUser(arn: string): string | undefined {
  const [, account, name] = /^arn:[^:]*:sts::(\d{12}):federated-user\/(.+)$/.exec(arn) ?? [];
  return account === undefined ? undefined : `${account}:${name}`;
}

/** The value, where nothing of it is open. */
export function formText(form: readonly FormPart[]): string | undefined {
  return form.every((part) => typeof part === "string") ? form.join("") : undefined;
}
