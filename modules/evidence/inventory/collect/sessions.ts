import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { KEYLESS_ROLE_PATH } from "../../../sections/credential-hygiene/names";
import { AnswerNotUnderstood } from "./problem";
import { attempts } from "../../../aws/session";
import { defined } from "../../../kernel/optional";

/** Settings that every client of a run shares. Left out: what the SDK finds by itself (environment, profile, endpoint). */
export interface ClientBase {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials;
  /** Tries of one call; `AWS_MAX_ATTEMPTS` counts more. @default 10, with the SDK's adaptive pace, because IAM's rate is low and shared with everybody in the account */
  readonly maxAttempts?: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How accounts are reached. */
export interface RoleAccess {
  readonly base: ClientBase;
  /** Name of the role, with its path where that is not `/keyless/`: `KeylessInventory`, `/OrganizationAccountAccessRole`. */
  readonly role: string;
  /** Account in which the run's own credentials are used and no role is assumed: where a role of the user's choice is not expected. */
  readonly ownAccountId?: string;
}

const SESSION_NAME = "keyless-inventory";

/** Settings for the SDK's clients. `retryMode: adaptive` slows down where AWS throttles. */
export function clientConfig(base: ClientBase, credentials?: Credentials, region?: string) {
  return {
    region: region ?? base.region,
    maxAttempts: attempts(base.maxAttempts ?? 10),
    retryMode: "adaptive",
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
    ...defined({ endpoint: base.endpoint }),
    ...((credentials ?? base.credentials) ? { credentials: credentials ?? base.credentials! } : {}),
  };
}

/** `arn:aws:iam::111111111111:role/keyless/KeylessInventory`. */
export function roleArn(accountId: string, role: string): string {
  return `arn:aws:iam::${accountId}:role${role.startsWith("/") ? role : `${KEYLESS_ROLE_PATH}${role}`}`;
}

/** Credentials of a role's session in an account; nothing where the run's own are to be used. */
export async function assume(
  access: RoleAccess,
  accountId: string,
  sts: STSClient,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  if (accountId === access.ownAccountId) return undefined;
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn(accountId, access.role),
      RoleSessionName: SESSION_NAME,
      DurationSeconds: 3600,
    }),
    { abortSignal: signal },
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new AnswerNotUnderstood("sts:AssumeRole gave no credentials");
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The account of the run's own credentials. */
export async function callerAccount(base: ClientBase): Promise<string> {
  const sts = new STSClient(clientConfig(base));
  try {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    if (!Account) throw new AnswerNotUnderstood("sts:GetCallerIdentity named no account");
    return Account;
  } finally {
    sts.destroy();
  }
}
