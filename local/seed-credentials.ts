import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccountSummaryCommand,
  IAMClient,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { clientSettings, memberClientSettings, seeded } from "./client-settings";
import { uniqueSorted } from "../modules/kernel/lists";

/** Users and credentials for the local AWS, with the times that AWS would know. Days are days before `now`. */

export interface SeededKey {
  readonly createdDaysAgo: number;
  /** @default - never used */
  readonly lastUsedDaysAgo?: number;
  readonly service?: string;
  readonly region?: string;
  /** @default false */
  readonly inactive?: boolean;
  /** Who calls with it, for CloudTrail's event history. @default - it has no events */
  readonly caller?: { readonly sourceAddress: string; readonly userAgent: string };
}

export interface SeededUser {
  readonly accountId: string;
  readonly name: string;
  /** @default "/" */
  readonly path?: string;
  readonly createdDaysAgo: number;
  readonly owner?: string;
  /** A console password, used so many days ago; `null`: never. @default - none */
  readonly passwordUsedDaysAgo?: number | null;
  /** @default false */
  readonly mfa?: boolean;
  readonly keys?: readonly SeededKey[];
  readonly serviceCredentials?: readonly { readonly service: string; readonly createdDaysAgo: number }[];
}

export interface SeededRoot {
  readonly accountId: string;
  readonly accessKeys: number;
  readonly mfa: boolean;
  readonly keyCreatedDaysAgo: number;
  readonly keyLastUsedDaysAgo?: number;
}

export interface CredentialSeed {
  readonly users: readonly SeededUser[];
  readonly roots: readonly SeededRoot[];
}

/** What was made, for whoever wants to look for it. */
export interface SeededKeyId {
  readonly accountId: string;
  readonly user: string;
  readonly id: string;
  readonly key: SeededKey;
}

/** Makes users and credentials through the AWS SDK; times go along in the seed header. Gives the ids of the access keys. */
export async function seedCredentials(
  endpoint: string,
  managementAccountId: string,
  seed: CredentialSeed,
  now: Date,
): Promise<readonly SeededKeyId[]> {
  const ago = (days: number): string =>
    new Date(now.getTime() - days * 86_400_000).toISOString().replace(/\.\d{3}Z$/, "Z");
  const made: SeededKeyId[] = [];
  const accounts = uniqueSorted([
    ...seed.users.map((user) => user.accountId),
    ...seed.roots.map((root) => root.accountId),
  ]);
  for (const accountId of accounts) {
    const settings =
      accountId === managementAccountId
        ? clientSettings(endpoint, { region: "us-east-1" })
        : await memberClientSettings(endpoint, accountId, "us-east-1");
    const iam = new IAMClient(settings);
    for (const root of seed.roots.filter((one) => one.accountId === accountId)) {
      const times = {
        keyCreatedAt: ago(root.keyCreatedDaysAgo),
        ...(root.keyLastUsedDaysAgo === undefined ? {} : { keyLastUsedAt: ago(root.keyLastUsedDaysAgo) }),
      };
      await iam.send(
        seeded(new GetAccountSummaryCommand({}), {
          accessKeys: root.accessKeys,
          mfa: root.mfa,
          password: true,
          ...times,
        }),
      );
    }
    for (const user of seed.users.filter((one) => one.accountId === accountId))
      made.push(...(await seedUser(iam, user, ago)));
    iam.destroy();
  }
  return made;
}

async function seedUser(
  iam: IAMClient,
  user: SeededUser,
  ago: (days: number) => string,
): Promise<readonly SeededKeyId[]> {
  const { name: UserName, accountId } = user;
  const used = user.passwordUsedDaysAgo;
  const tags = user.owner === undefined ? {} : { Tags: [{ Key: "owner", Value: user.owner }] };
  await iam.send(
    seeded(new CreateUserCommand({ UserName, Path: user.path ?? "/", ...tags }), {
      createdAt: ago(user.createdDaysAgo),
      ...(typeof used === "number" ? { passwordLastUsedAt: ago(used) } : {}),
    }),
  );
  // A password that nobody knows and nothing checks.
  if (used !== undefined)
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: `Local-${UserName.length}-only-0` }));
  if (user.mfa) {
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
    await iam.send(
      new EnableMFADeviceCommand({
        UserName,
        SerialNumber: VirtualMFADevice?.SerialNumber,
        AuthenticationCode1: "000000",
        AuthenticationCode2: "111111",
      }),
    );
  }
  for (const credential of user.serviceCredentials ?? []) {
    await iam.send(
      seeded(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: credential.service }), {
        createdAt: ago(credential.createdDaysAgo),
      }),
    );
  }
  const made: SeededKeyId[] = [];
  for (const key of user.keys ?? []) {
    const { createdDaysAgo, lastUsedDaysAgo, service = "s3", region = "eu-central-1", caller } = key;
    const events = caller ? [1, 2, 3].map((n) => event(ago((lastUsedDaysAgo ?? 0) + n), service, region, caller)) : [];
    const record = {
      createdAt: ago(createdDaysAgo),
      service,
      region,
      events,
      ...(lastUsedDaysAgo === undefined ? {} : { lastUsedAt: ago(lastUsedDaysAgo) }),
    };
    const { AccessKey } = await iam.send(seeded(new CreateAccessKeyCommand({ UserName }), record));
    const id = AccessKey?.AccessKeyId ?? "";
    if (key.inactive) await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: id, Status: "Inactive" }));
    made.push({ accountId, user: UserName, id, key });
  }
  return made;
}

function event(
  at: string,
  service: string,
  region: string,
  caller: NonNullable<SeededKey["caller"]>,
): Readonly<Record<string, string>> {
  return {
    eventTime: at,
    eventSource: `${service}.amazonaws.com`,
    eventName: "GetObject",
    awsRegion: region,
    sourceIPAddress: caller.sourceAddress,
    userAgent: caller.userAgent,
  };
}
