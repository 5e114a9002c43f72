import type { STSClientConfig } from "@aws-sdk/client-sts";
import { awsFailure } from "./failure";
import { defined } from "../kernel/optional";

export type AwsCredentials = NonNullable<STSClientConfig["credentials"]>;

/** How AWS is called: where, as whom, and how patiently. */
export interface AwsSession {
  readonly region: string;
  /** @default - the SDK's own chain: environment, profile, SSO, web identity, instance */
  readonly credentials?: AwsCredentials;
  /** @default - AWS's own, or AWS_ENDPOINT_URL */
  readonly endpoint?: string;
  /** Tries of one call. Throttled calls slow all calls of the client down. `AWS_MAX_ATTEMPTS` counts more. @default 10 */
  readonly maxAttempts?: number;
  /** Called after every call that has succeeded, with its action. @default - nothing */
  readonly onCall?: (action: string) => void;
}

/** Prefix of a service in IAM, by the SDK's client. */
const IAM_PREFIX: Readonly<Record<string, string>> = {
  AccessAnalyzerClient: "access-analyzer",
  AccountClient: "account",
  CloudTrailClient: "cloudtrail",
  ConfigServiceClient: "config",
  EventBridgeClient: "events",
  IAMClient: "iam",
  IdentitystoreClient: "identitystore",
  OrganizationsClient: "organizations",
  SSOAdminClient: "sso",
  STSClient: "sts",
};

interface ClientConfiguration {
  region: string;
  credentials?: AwsCredentials;
  endpoint?: string;
  retryMode: string;
  maxAttempts: number;
  requestHandler?: { connectionTimeout: number; requestTimeout: number };
}

/** Clients of a version of the SDK that takes a request handler only as an object of its own, and does not know AWS_ENDPOINT_URL. */
const OLD_CLIENTS = ["RolesAnywhereClient"];

/**
 * Tries of one call: what the user has set for all of AWS's tools counts more than what a command would do.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function attempts(preferred: number): number {
  const set = process.env["AWS_MAX_ATTEMPTS"] ?? "";
  return /^[1-9]\d{0,2}$/.test(set) ? Number(set) : preferred;
}

type Next = (args: never) => Promise<unknown>;
interface CallContext {
  readonly clientName?: string;
  readonly commandName?: string;
}
interface Client {
  readonly middlewareStack: { add(middleware: never, options: never): void };
}

/** A client of the SDK whose failures say which call failed. Region and credentials come from the session. */
export function awsClient<T extends Client>(
  Type: new (configuration: ClientConfiguration) => T,
  session: AwsSession,
  region: string = session.region,
): T {
  const endpoint = session.endpoint ?? (OLD_CLIENTS.includes(Type.name) ? process.env["AWS_ENDPOINT_URL"] : undefined);
  const client = new Type({
    region,
    ...defined({ credentials: session.credentials }),
    ...(endpoint ? { endpoint } : {}),
    retryMode: "adaptive",
    maxAttempts: attempts(session.maxAttempts ?? 10),
    ...(OLD_CLIENTS.includes(Type.name)
      ? {}
      : { requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 } }),
  });
  const middleware =
    (next: Next, context: CallContext) =>
    async (args: never): Promise<unknown> => {
      const name = context.clientName ?? "";
      const action = `${IAM_PREFIX[name] ?? name.replace(/Client$/, "").toLowerCase()}:${(context.commandName ?? "").replace(/Command$/, "")}`;
      try {
        const result = await next(args);
        session.onCall?.(action);
        return result;
      } catch (error) {
        throw awsFailure(action, error);
      }
    };
  client.middlewareStack.add(
    middleware as never,
    { step: "initialize", priority: "high", name: "keylessNamedFailures" } as never,
  );
  return client;
}
