import { roleIn, type RoleOfMembers } from "../../config/settings";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { mapBounded } from "../../aws/bounded";
import { AwsFailure, awsFailure, isDenied } from "../../aws/failure";
import type { ManagementSession } from "../../aws/management-session";
import { AwsCredentials, awsClient, AwsSession } from "../../aws/session";
import { partitionOf } from "../../organization/partition";
import type { Claim, ClaimSubject, Finding } from "./claim";
import { defined } from "../../kernel/optional";

type Client = { readonly middlewareStack: { add(middleware: never, options: never): void }; destroy(): void };
type ClientType<T> = new (configuration: never) => T;

/** What a check reads with: clients in its account, and answers that several checks of the account share. */
export interface Reader {
  readonly accountId: string;
  client<T extends Client>(Type: ClientType<T>, region?: string): T;
  /** Credentials and endpoint of the account, for readers that make their own clients. */
  session(): Pick<AwsSession, "credentials" | "endpoint" | "maxAttempts" | "onCall">;
  /** Reads once for all checks of the account. A read that fails is not tried again: it fails for the same reason. */
  once<T>(key: string, read: () => Promise<T>): Promise<T>;
  /** Reads in another account, with a session of its own that ends with it. */
  within<T>(accountId: string, read: (reader: Reader) => Promise<T>): Promise<T>;
}

/** One claim and the way to look. Nothing is read before it runs, so that what will be checked is known beforehand. */
export interface Check extends ClaimSubject {
  readonly look: (reader: Reader) => Promise<Finding>;
}

export interface LookOptions {
  readonly session: ManagementSession;
  /** Role in member accounts: with its path, without the first slash. */
  readonly memberRole: RoleOfMembers;
  readonly now: () => Date;
  /** Accounts at a time. @default 8 */
  readonly concurrency?: number;
  /** Told of progress, often. @default - nothing is told */
  readonly onProgress?: (accounts: number, of: number) => void;
}

/** Checks of one account at a time: the services that are asked here allow at least this much. */
const CHECKS_AT_A_TIME = 4;

/**
 * Looks at everything, account by account, and says of each claim what was found and when. What AWS refuses is a finding too: nothing
 * is known then. Claims come in the order of the checks.
 */
export async function look(checks: readonly Check[], options: LookOptions): Promise<readonly Claim[]> {
  const byAccount = new Map<string, number[]>();
  checks.forEach((check, index) => {
    const known = byAccount.get(check.place.accountId);
    if (known) known.push(index);
    else byAccount.set(check.place.accountId, [index]);
  });
  const claims = new Array<Claim>(checks.length);
  let done = 0;
  const sts = awsClient(STSClient, options.session);
  try {
    await mapBounded([...byAccount], options.concurrency ?? 8, async ([accountId, indexes]) => {
      const scope = new AccountScope(options, sts, accountId);
      try {
        await mapBounded(indexes, CHECKS_AT_A_TIME, async (index) => {
          const { look: find, ...subject } = checks[index]!;
          const finding = await found(scope, find);
          claims[index] = { ...subject, ...finding, at: `${options.now().toISOString().slice(0, 19)}Z` };
        });
      } finally {
        scope.close();
      }
      options.onProgress?.(++done, byAccount.size);
    });
  } finally {
    sts.destroy();
  }
  return claims;
}

async function found(scope: AccountScope, find: (reader: Reader) => Promise<Finding>): Promise<Finding> {
  try {
    await scope.open();
    return await find(scope);
  } catch (error) {
    if (error instanceof AwsFailure) return { verdict: "not-readable", details: [why(error)] };
    throw error;
  }
}

/** Names the call that failed and AWS's reason, in one line. */
export function why(failure: AwsFailure): string {
  const said = failure.cause.message.trim().replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 300);
  return isDenied(failure)
    ? `AWS refuses ${failure.action}: ${said}`
    : `${failure.action} failed: ${failure.code}: ${said}`;
}

/** A session and its clients in one account. The role is assumed once: what refuses it refuses everything there. */
class AccountScope implements Reader {
  readonly #clients = new Map<string, Client>();
  readonly #reads = new Map<string, Promise<unknown>>();
  #credentials: AwsCredentials | undefined;
  #opened: Promise<void> | undefined;

  constructor(
    private readonly options: LookOptions,
    private readonly sts: STSClient,
    readonly accountId: string,
  ) {}

  open(): Promise<void> {
    this.#opened ??= this.#assume();
    return this.#opened;
  }

  client<T extends Client>(Type: ClientType<T>, region: string = this.options.session.region): T {
    const key = `${Type.name} ${region}`;
    const known = this.#clients.get(key);
    if (known) return known as T;
    const client = awsClient(Type as never, { region, ...this.session() }, region) as unknown as T;
    this.#clients.set(key, client);
    return client;
  }

  session(): Pick<AwsSession, "credentials" | "endpoint" | "maxAttempts" | "onCall"> {
    const { endpoint, maxAttempts, onCall } = this.options.session;
    return {
      ...defined({ credentials: this.#credentials, endpoint, maxAttempts, onCall }),
    };
  }

  once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#reads.get(key);
    if (known) return known as Promise<T>;
    const reading = read();
    // Whoever asks hears of the failure; a read that fails while its askers wait for another one is no unhandled rejection.
    reading.catch(() => undefined);
    this.#reads.set(key, reading);
    return reading;
  }

  async within<T>(accountId: string, read: (reader: Reader) => Promise<T>): Promise<T> {
    const scope = new AccountScope(this.options, this.sts, accountId);
    try {
      await scope.open();
      return await read(scope);
    } finally {
      scope.close();
    }
  }

  async #assume(): Promise<void> {
    const { session, memberRole } = this.options;
    if (this.accountId === session.managementAccountId) {
      this.#credentials = session.credentials;
      return;
    }
    const { Credentials } = await this.sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:${partitionOf(session.region)}:iam::${this.accountId}:role/${roleIn(memberRole, this.accountId)}`,
        RoleSessionName: "keyless-verify",
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken)
      throw awsFailure("sts:AssumeRole", new Error("AWS gave no credentials"));
    this.#credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }

  close(): void {
    this.#clients.forEach((client) => client.destroy());
  }
}
