import {
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetLoginProfileCommand,
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  paginateListAccessKeys,
  paginateListMFADevices,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  paginateListUsers,
  paginateListUserTags,
  type User,
} from "@aws-sdk/client-iam";
import { mapBounded } from "../../../aws/bounded";
import { byKey } from "../../../kernel/lists";
import { keysIn, parseCredentialReport, ReportRow, ROOT_USER } from "../credential-report";
import { present } from "../present";
import { isoSeconds } from "../time";
import type {
  AccessKeyFacts,
  AccountFacts,
  CollectionProblem,
  KeyStatus,
  LastUse,
  OtherCredentialFacts,
  RootFacts,
  UserFacts,
} from "../types";
import { AnswerNotUnderstood, collectionProblem } from "./problem";
import { defined } from "../../../kernel/optional";

export interface AccountReadOptions {
  readonly client: IAMClient;
  readonly accountId: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** How long to wait before asking again for the credential report. @default 2000 */
  readonly pollMs?: number;
  /** Users at a time. @default 4 */
  readonly concurrency?: number;
}

/** AWS makes a report in seconds; minutes mean that it does not. */
const REPORT_TRIES = 30;
const OWNER_TAGS = ["owner", "Owner", "team", "Team"];

/**
 * Reads one account. What cannot be read becomes a problem and the rest is kept, also when the time is up.
 * Passwords and MFA come from the credential report; users that it does not have yet are asked for one by one.
 */
export async function readAccount(options: AccountReadOptions): Promise<AccountFacts> {
  const { accountId, signal } = options;
  const reader = new AccountReader(options);
  try {
    // The SDK waits between tries without looking at the signal: the race keeps the account to its time.
    await Promise.race([reader.read(), whenAborted(signal)]);
  } catch (error) {
    reader.problems.push(collectionProblem("iam", error));
  }
  const { report, root } = reader;
  const problems = [...reader.problems];
  const nothing = !reader.listed && root === undefined && report === undefined;
  return present({
    accountId,
    status: nothing ? ("failed" as const) : problems.length > 0 ? ("partial" as const) : ("complete" as const),
    // AWS's time, where this machine's differs: days are counted from it, and keys are deleted by them.
    collectedAt: isoSeconds(new Date(options.now().getTime() + (options.client.config.systemClockOffset ?? 0))),
    problems,
    reportGeneratedAt: report?.generatedAt,
    root,
    users: [...reader.found].sort(byKey((user) => user.name)),
  });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

class AccountReader {
  readonly problems: CollectionProblem[] = [];
  readonly found: UserFacts[] = [];
  listed = false;
  report: Awaited<ReturnType<AccountReader["credentialReport"]>> | undefined;
  root: RootFacts | undefined;
  /** Parts that were denied once: asking for every user again would change nothing. */
  readonly #denied = new Set<string>();

  constructor(private readonly options: AccountReadOptions) {}

  async read(): Promise<void> {
    this.report = await this.part("iam:GetCredentialReport", () => this.credentialReport());
    const rows = this.report?.rows ?? [];
    this.root = await this.part("iam:GetAccountSummary", () => this.rootFacts(rows));
    const rowOf = new Map(rows.map((row) => [row.arn, row]));
    const users = await this.part("iam:ListUsers", () => this.users());
    if (!users) return;
    this.listed = true;
    await mapBounded(users, this.options.concurrency ?? 4, async (user) => {
      const facts = await this.user(user, rowOf.get(user.Arn ?? ""));
      if (facts) this.found.push(facts);
    });
  }

  /** Runs one part; what it throws becomes a problem, once for each part and code. Ends at once when the account's time is up. */
  async part<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
    if (this.#denied.has(what)) return undefined;
    this.options.signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      this.options.signal.throwIfAborted();
      // A user that was deleted in between has nothing any more.
      if (isGone(error)) return undefined;
      const problem = collectionProblem(what, error);
      if (problem.code === "INVENTORY-ACCESS-DENIED") this.#denied.add(what);
      if (!this.problems.some((other) => other.what === what && other.code === problem.code))
        this.problems.push(problem);
      return undefined;
    }
  }

  async credentialReport(): Promise<{ readonly generatedAt: string; readonly rows: readonly ReportRow[] }> {
    const { client, signal, pollMs = 2000 } = this.options;
    for (let tries = 0; tries < REPORT_TRIES; tries++) {
      const { State } = await client.send(new GenerateCredentialReportCommand({}), { abortSignal: signal });
      if (State === "COMPLETE") {
        const { Content, GeneratedTime } = await client.send(new GetCredentialReportCommand({}), {
          abortSignal: signal,
        });
        if (!Content || !GeneratedTime) throw new AnswerNotUnderstood("iam:GetCredentialReport gave no report");
        return {
          generatedAt: time(GeneratedTime, "GeneratedTime"),
          rows: parseCredentialReport(Buffer.from(Content).toString("utf8")),
        };
      }
      if (State !== "STARTED" && State !== "INPROGRESS")
        throw new AnswerNotUnderstood(`iam:GenerateCredentialReport answered state ${String(State).slice(0, 40)}`);
      await pause(pollMs, signal);
    }
    throw new AnswerNotUnderstood("the credential report is not ready after a minute");
  }

  async rootFacts(rows: readonly ReportRow[]): Promise<RootFacts> {
    const { client, signal } = this.options;
    const { SummaryMap: summary } = await client.send(new GetAccountSummaryCommand({}), { abortSignal: signal });
    if (!summary || summary["AccountMFAEnabled"] === undefined)
      throw new AnswerNotUnderstood("iam:GetAccountSummary gave no summary");
    const row = rows.find((one) => one.user === ROOT_USER);
    const inReport: RootFacts["accessKeys"] = row ? keysIn(row.keys) : [];
    // The summary is never late; the report may be by hours.
    const unknown: RootFacts["accessKeys"] =
      (summary["AccountAccessKeysPresent"] ?? 0) > 0 && inReport.length === 0 ? [{ slot: 1, status: "Active" }] : [];
    return present({
      accessKeys: [...((summary["AccountAccessKeysPresent"] ?? 0) > 0 ? inReport : []), ...unknown],
      mfa: summary["AccountMFAEnabled"] > 0,
      password: summary["AccountPasswordPresent"] === undefined ? undefined : summary["AccountPasswordPresent"] > 0,
      passwordLastUsedAt: row?.passwordLastUsedAt,
    });
  }

  async users(): Promise<readonly User[]> {
    const users: User[] = [];
    for await (const page of paginateListUsers(
      { client: this.options.client, pageSize: 1000 },
      {},
      { abortSignal: this.options.signal },
    ))
      users.push(...list(page.Users, "iam:ListUsers"));
    return users;
  }

  async user(user: User, row: ReportRow | undefined): Promise<UserFacts | undefined> {
    return this.part("iam:ListUsers", async () => {
      const name = text(user.UserName, "UserName");
      const createdAt = time(user.CreateDate, "CreateDate");
      const accessKeys = (await this.part("iam:ListAccessKeys", () => this.accessKeys(name))) ?? [];
      const signIn = row ? reportSignIn(row) : await this.signIn(name, user);
      const owner = await this.part("iam:ListUserTags", () => this.owner(name));
      return present({
        name,
        arn: text(user.Arn, "Arn"),
        path: user.Path ?? "/",
        createdAt,
        owner,
        password: signIn.password,
        mfa: signIn.mfa,
        accessKeys,
        serviceCredentials:
          (await this.part("iam:ListServiceSpecificCredentials", () => this.serviceCredentials(name))) ?? [],
        certificates: (await this.part("iam:ListSigningCertificates", () => this.certificates(name))) ?? [],
        sshKeys: (await this.part("iam:ListSSHPublicKeys", () => this.sshKeys(name))) ?? [],
      });
    });
  }

  async accessKeys(UserName: string): Promise<readonly AccessKeyFacts[]> {
    const { client, signal } = this.options;
    const keys: AccessKeyFacts[] = [];
    for await (const page of paginateListAccessKeys({ client }, { UserName }, { abortSignal: signal })) {
      for (const key of list(page.AccessKeyMetadata, "iam:ListAccessKeys")) {
        const id = text(key.AccessKeyId, "AccessKeyId");
        const lastUse = await this.part("iam:GetAccessKeyLastUsed", () => lastUseOf(client, id, signal));
        // Without its last use a key would look never used.
        keys.push(
          present({
            id,
            status: status(key.Status),
            createdAt: time(key.CreateDate, "CreateDate"),
            lastUse: lastUse ?? undefined,
            useUnknown: lastUse === undefined ? (true as const) : undefined,
          }),
        );
      }
    }
    return keys.sort(byKey((key) => key.id));
  }

  /** For users that the credential report does not have yet. */
  async signIn(UserName: string, user: User): Promise<SignIn> {
    const { client, signal } = this.options;
    const password = await this.part("iam:GetLoginProfile", async () => {
      try {
        const { LoginProfile } = await client.send(new GetLoginProfileCommand({ UserName }), { abortSignal: signal });
        return present({
          createdAt: time(LoginProfile?.CreateDate, "CreateDate"),
          lastUsedAt: user.PasswordLastUsed ? time(user.PasswordLastUsed, "PasswordLastUsed") : undefined,
        });
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    });
    const mfa = await this.part("iam:ListMFADevices", async () => {
      for await (const page of paginateListMFADevices({ client }, { UserName }, { abortSignal: signal }))
        if (list(page.MFADevices, "iam:ListMFADevices").length > 0) return true;
      return false;
    });
    return present({ password, mfa: mfa ?? false });
  }

  async owner(UserName: string): Promise<string | undefined> {
    for await (const page of paginateListUserTags(
      { client: this.options.client },
      { UserName },
      { abortSignal: this.options.signal },
    )) {
      for (const key of OWNER_TAGS) {
        const found = list(page.Tags, "iam:ListUserTags").find((tag) => tag.Key === key)?.Value;
        if (found) return found;
      }
    }
    return undefined;
  }

  async serviceCredentials(UserName: string): Promise<readonly OtherCredentialFacts[]> {
    const { client, signal } = this.options;
    const found: OtherCredentialFacts[] = [];
    let Marker: string | undefined;
    do {
      const page = await client.send(new ListServiceSpecificCredentialsCommand({ UserName, ...defined({ Marker }) }), {
        abortSignal: signal,
      });
      for (const one of page.ServiceSpecificCredentials ?? []) {
        found.push(
          present({
            id: text(one.ServiceSpecificCredentialId, "ServiceSpecificCredentialId"),
            status: status(one.Status),
            createdAt: time(one.CreateDate, "CreateDate"),
            service: one.ServiceName,
            expiresAt: one.ExpirationDate ? time(one.ExpirationDate, "ExpirationDate") : undefined,
          }),
        );
      }
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker !== undefined);
    return found.sort(byKey((one) => one.id));
  }

  async certificates(UserName: string): Promise<readonly OtherCredentialFacts[]> {
    const found: OtherCredentialFacts[] = [];
    for await (const page of paginateListSigningCertificates(
      { client: this.options.client },
      { UserName },
      { abortSignal: this.options.signal },
    )) {
      for (const one of list(page.Certificates, "iam:ListSigningCertificates"))
        found.push({
          id: text(one.CertificateId, "CertificateId"),
          status: status(one.Status),
          createdAt: time(one.UploadDate, "UploadDate"),
        });
    }
    return found.sort(byKey((one) => one.id));
  }

  async sshKeys(UserName: string): Promise<readonly OtherCredentialFacts[]> {
    const found: OtherCredentialFacts[] = [];
    for await (const page of paginateListSSHPublicKeys(
      { client: this.options.client },
      { UserName },
      { abortSignal: this.options.signal },
    )) {
      for (const one of page.SSHPublicKeys ?? [])
        found.push({
          id: text(one.SSHPublicKeyId, "SSHPublicKeyId"),
          status: status(one.Status),
          createdAt: time(one.UploadDate, "UploadDate"),
        });
    }
    return found.sort(byKey((one) => one.id));
  }
}

type SignIn = Pick<UserFacts, "password" | "mfa">;

function reportSignIn(row: ReportRow): SignIn {
  const createdAt = row.passwordChangedAt ?? row.createdAt;
  return present({
    mfa: row.mfa,
    password:
      row.passwordEnabled && createdAt !== undefined
        ? present({ createdAt, lastUsedAt: row.passwordLastUsedAt })
        : undefined,
  });
}

/** When IAM saw a key used last; `null`: never. */
export async function lastUseOf(client: IAMClient, AccessKeyId: string, signal: AbortSignal): Promise<LastUse | null> {
  const { AccessKeyLastUsed: used } = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }), {
    abortSignal: signal,
  });
  // A key that was never used has `N/A` for service and region, and no date.
  if (!used || (used.LastUsedDate === undefined && used.ServiceName !== "N/A"))
    throw new AnswerNotUnderstood("iam:GetAccessKeyLastUsed gave neither a date nor N/A");
  return used.LastUsedDate === undefined
    ? null
    : lastUse(time(used.LastUsedDate, "LastUsedDate"), used.ServiceName, used.Region);
}

function lastUse(at: string, service: string | undefined, region: string | undefined): LastUse {
  const known = (value: string | undefined): string | undefined =>
    value === undefined || value === "" || value === "N/A" ? undefined : value;
  return present({ at, service: known(service), region: known(region) });
}

/** IAM says so of a user, key or login profile that is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && (error.name === "NoSuchEntityException" || error.name === "NoSuchEntity");
}

function list<T>(value: readonly T[] | undefined, what: string): readonly T[] {
  if (value === undefined) throw new AnswerNotUnderstood(`${what} gave no list`);
  return value;
}

function text(value: string | undefined, what: string): string {
  if (!value) throw new AnswerNotUnderstood(`an entry without ${what}`);
  return value;
}

function time(value: Date | undefined, what: string): string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new AnswerNotUnderstood(`${what} is no time`);
  return isoSeconds(value);
}

export function status(value: string | undefined): KeyStatus {
  if (value === "Active" || value === "Inactive" || value === "Expired") return value;
  throw new AnswerNotUnderstood("a status that is neither Active nor Inactive");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
