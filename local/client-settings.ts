import { AssumeRoleCommand, type Credentials, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: number;
}

/** Any value will do for credentials of the management account; these have not even the shape of a key. */
export const LOCAL_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" } as const;

/** Settings of an SDK client against the local AWS; with an account, in that account, through a role of its. */
export function clientSettings(
  endpoint: string,
  options: {
    readonly region: string;
    readonly credentials?: ClientSettings["credentials"];
    readonly maxAttempts?: number;
  },
): ClientSettings {
  return {
    endpoint,
    region: options.region,
    credentials: options.credentials ?? LOCAL_CREDENTIALS,
    maxAttempts: options.maxAttempts ?? 3,
  };
}

/** Settings for a client that works in a member account. */
export async function memberClientSettings(
  endpoint: string,
  accountId: string,
  region: string,
  roleName = "OrganizationAccountAccessRole",
): Promise<ClientSettings> {
  const sts = new STSClient(clientSettings(endpoint, { region }));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/${roleName}`, RoleSessionName: "local" }),
  );
  sts.destroy();
  return settingsWith(endpoint, region, Credentials);
}

/**
 * Settings for a client that works as a user who has signed in to the console, for which AWS has no API: the header of the seed says who.
 * @param mfaAgeSeconds - how long ago MFA was given. @default - the user has signed in without MFA
 */
export async function consoleSettings(
  endpoint: string,
  userArn: string,
  region: string,
  mfaAgeSeconds?: number,
): Promise<ClientSettings> {
  const sts = new STSClient(clientSettings(endpoint, { region }));
  const mfa = mfaAgeSeconds === undefined ? {} : { mfa: true, mfaAgeSeconds };
  try {
    const { Credentials } = await sts.send(
      seeded(new GetSessionTokenCommand({}), { signIn: { user: userArn, ...mfa } }),
    );
    return settingsWith(endpoint, region, Credentials);
  } finally {
    sts.destroy();
  }
}

/** @throws Error when AWS gave no credentials */
export function settingsWith(endpoint: string, region: string, given: Credentials | undefined): ClientSettings {
  const { AccessKeyId, SecretAccessKey, SessionToken } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error("The local AWS gave no credentials.");
  return clientSettings(endpoint, {
    region,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}

/** Sends a command with what the local AWS is to know of it: ids that the thing made is to get, times, who signs in. */
export function seeded<T extends { readonly middlewareStack: { add(middleware: never, options: never): void } }>(
  command: T,
  seed: Readonly<Record<string, unknown>>,
): T {
  const add = command.middlewareStack.add.bind(command.middlewareStack) as unknown as (
    middleware: (next: (args: BuildArguments) => Promise<unknown>) => (args: BuildArguments) => Promise<unknown>,
    options: { readonly step: "build"; readonly name: string },
  ) => void;
  add(
    (next) => (args) => {
      args.request.headers["x-local-seed"] = JSON.stringify(seed);
      return next(args);
    },
    { step: "build", name: "localSeed" },
  );
  return command;
}

interface BuildArguments {
  readonly request: { readonly headers: Record<string, string> };
}
