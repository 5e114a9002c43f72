import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

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
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new Error(`The local AWS gave no credentials for account ${accountId}.`);
  return clientSettings(endpoint, {
    region,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}
