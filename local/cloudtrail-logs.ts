import { defined } from "../modules/kernel/optional";
/**
 * CloudTrail events as AWS writes them, for tests, benchmarks and trying out: every type of principal, service events, calls that
 * failed. Deterministic: event number `n` of a generator is the same every time.
 */

export type LogEvent = Readonly<Record<string, unknown>>;

/** Fields of an event that a caller may set; everything else is made up in the way of AWS. */
export interface EventDraft {
  readonly n?: number;
  readonly time?: string;
  readonly account?: string;
  readonly region?: string;
  /** `iam:CreateAccessKey`: event source and name. */
  readonly call: string;
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly sourceAddress?: string;
  readonly userAgent?: string;
  readonly request?: unknown;
  readonly response?: unknown;
  readonly error?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** An event in CloudTrail's order of members. */
export function logEvent(draft: EventDraft): LogEvent {
  const { n = 0, account = "444444444401", region = "eu-central-1" } = draft;
  const [service = "", name = ""] = draft.call.split(":");
  return {
    eventVersion: "1.10",
    ...defined({ userIdentity: draft.identity }),
    eventTime: draft.time ?? "2026-01-15T12:00:00Z",
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: draft.sourceAddress ?? "198.51.100.7",
    userAgent:
      draft.userAgent ??
      "aws-cli/2.22.1 md/awscrt#0.23.4 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off",
    ...(draft.error === undefined
      ? {}
      : { errorCode: draft.error, errorMessage: `User: arn is not authorized to perform: ${draft.call}` }),
    requestParameters: draft.request === undefined ? null : draft.request,
    responseElements: draft.response === undefined ? null : draft.response,
    requestID: `${hex(n, 8)}-1111-4222-8333-444444444444`,
    eventID: `${hex(n, 8)}-aaaa-4bbb-8ccc-dddddddddddd`,
    readOnly: /^(Get|List|Describe|Head)/.test(name),
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader: `${service}.${region}.amazonaws.com`,
    },
    ...draft.more,
  };
}

/** `userIdentity` of every type, as the CloudTrail user guide shows them. */
export const identities = {
  user: (account: string, name: string, accessKeyId = "AKIAIOSFODNN7EXAMPLE", path = "/") => ({
    type: "IAMUser",
    principalId: `AIDA${name.toUpperCase().padEnd(17, "X").slice(0, 17)}`,
    arn: `arn:aws:iam::${account}:user${path}${name}`,
    accountId: account,
    accessKeyId,
    userName: name,
  }),
  consoleUser: (account: string, name: string) => ({
    ...identities.user(account, name, "ASIAIOSFODNN7EXAMPLE"),
    sessionContext: { attributes: { creationDate: "2026-01-15T11:00:00Z", mfaAuthenticated: "true" } },
  }),
  role: (account: string, role: string, session = "session", path = "/") => ({
    type: "AssumedRole",
    principalId: `AROAIDPPEZS35WEXAMPLE:${session}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
    accountId: account,
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: "AROAIDPPEZS35WEXAMPLE",
        arn: `arn:aws:iam::${account}:role${path}${role}`,
        accountId: account,
        userName: role,
      },
      attributes: { creationDate: "2026-01-15T11:00:00Z", mfaAuthenticated: "false" },
    },
  }),
  root: (account: string, accessKeyId?: string) => ({
    type: "Root",
    principalId: account,
    arn: `arn:aws:iam::${account}:root`,
    accountId: account,
    ...(accessKeyId
      ? { accessKeyId }
      : {
          accessKeyId: "ASIAIOSFODNN7EXAMPLE",
          sessionContext: { attributes: { creationDate: "2026-01-15T11:00:00Z", mfaAuthenticated: "true" } },
        }),
  }),
  assumedRoot: (account: string) => ({
    ...identities.root(account),
    sessionContext: {
      sessionIssuer: {},
      assumedRoot: "true",
      attributes: { creationDate: "2026-01-15T11:00:00Z", mfaAuthenticated: "false" },
    },
  }),
  federated: (account: string, name: string) => ({
    type: "FederatedUser",
    principalId: `${account}:${name}`,
    arn: `arn:aws:sts::${account}:federated-user/${name}`,
    accountId: account,
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    sessionContext: {
      sessionIssuer: {
        type: "IAMUser",
        principalId: "AIDACKCEVSQ6C2EXAMPLE",
        arn: `arn:aws:iam::${account}:user/broker`,
        accountId: account,
        userName: "broker",
      },
      attributes: { creationDate: "2026-01-15T11:00:00Z", mfaAuthenticated: "false" },
    },
  }),
  service: (name: string) => ({ type: "AWSService", invokedBy: name }),
  otherAccount: (account: string) => ({ type: "AWSAccount", principalId: "AIDAQRSTUVWXYZEXAMPLE", accountId: account }),
  identityCenterUser: (account: string) => ({
    type: "IdentityCenterUser",
    accountId: account,
    onBehalfOf: {
      userId: "544894e8-80c1-707f-60e3-3ba6510dfac1",
      identityStoreArn: `arn:aws:identitystore::${account}:identitystore/d-1111222233`,
    },
    credentialId: "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR_Whr1fEXAMPLE",
  }),
  webIdentity: (provider: string, user: string) => ({
    type: "WebIdentityUser",
    principalId: `${provider}:sts.amazonaws.com:${user}`,
    userName: user,
    identityProvider: provider,
  }),
  saml: (name: string) => ({
    type: "SAMLUser",
    principalId: `SampleUkh1i4+ExamplexL/jEvs=:${name}`,
    userName: name,
    identityProvider: "SampleUkh1i4+ExamplexL/jEvs=",
  }),
  unknown: () => ({ type: "Unknown", principalId: "unknown", accountId: "" }),
} as const;

/** A file of events as CloudTrail writes it: one line. */
export function logFile(events: readonly LogEvent[]): string {
  return JSON.stringify({ Records: events });
}

/** Where CloudTrail puts a file of an organization's trail, below the bucket. */
export function logPath(organization: string, account: string, region: string, time: string, serial: string): string {
  const [day = ""] = time.split("T");
  const stamp = time.replace(/[-:]/g, "").slice(0, 13);
  return `AWSLogs/${organization}/${account}/CloudTrail/${region}/${day.replaceAll("-", "/")}/${account}_CloudTrail_${region}_${stamp}Z_${serial}.json.gz`;
}

const AGENTS = [
  "aws-cli/2.22.1 md/awscrt#0.23.4 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#s3.ls",
  "Boto3/1.35.90 md/Botocore#1.35.90 ua/2.0 os/linux#6.1.119 md/arch#x86_64 lang/python#3.11.10 md/pyimpl#CPython exec-env/AWS_Lambda_python3.11 cfg/retry-mode#legacy Botocore/1.35.90",
  "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/5.100.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.5",
  "AWS Internal",
  "config.amazonaws.com",
  "[Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36]",
];

/** Calls as a busy account makes them: mostly reads of roles and services, a little IAM, a few long-term keys. */
export function busyEvent(n: number): LogEvent {
  const account = String(444444444401 + (n % 3));
  const time = new Date(Date.UTC(2026, 0, 1) + Math.floor(n / 4) * 1000).toISOString().replace(".000Z", "Z");
  const role = `app-${n % 40}`;
  const base = {
    n,
    time,
    account,
    userAgent: AGENTS[n % AGENTS.length]!,
    sourceAddress: `10.${n % 7}.${n % 31}.${n % 251}`,
  };
  const role_ = identities.role(account, role, `i-${hex(n % 97, 17)}`);
  switch (n % 20) {
    case 0:
      return logEvent({
        ...base,
        call: "sts:AssumeRole",
        identity: identities.service("ec2.amazonaws.com"),
        sourceAddress: "ec2.amazonaws.com",
        userAgent: "ec2.amazonaws.com",
        request: { roleArn: `arn:aws:iam::${account}:role/${role}`, roleSessionName: `i-${hex(n % 97, 17)}` },
        response: {
          credentials: {
            accessKeyId: "ASIAIOSFODNN7EXAMPLE",
            sessionToken: "IQoJb3JpZ2luX2VjE".padEnd(600, "Qm"),
            expiration: "Jan 15, 2026, 6:12:05 PM",
          },
        },
      });
    case 1:
      return logEvent({
        ...base,
        call: "s3:GetObject",
        identity: identities.user(account, `user-${n % 60}`, `AKIA${hex(n % 60, 16).toUpperCase()}`),
        request: {
          bucketName: "example-data",
          Host: "example-data.s3.eu-central-1.amazonaws.com",
          key: `exports/2026/01/part-${n % 1000}.parquet`,
        },
      });
    case 2:
      return logEvent({
        ...base,
        call: n % 400 === 2 ? "iam:CreateAccessKey" : "iam:GetRole",
        region: "us-east-1",
        identity: role_,
        request: n % 400 === 2 ? { userName: `user-${n % 60}` } : { roleName: role },
      });
    case 3:
    case 4:
      return logEvent({
        ...base,
        call: "ec2:DescribeInstances",
        identity: role_,
        request: {
          instancesSet: {},
          filterSet: {
            items: [{ name: "instance-state-name", valueSet: { items: [{ value: "running" }, { value: "pending" }] } }],
          },
        },
      });
    case 5:
      return logEvent({
        ...base,
        call: "ec2:RunInstances",
        identity: role_,
        request: {
          instancesSet: { items: [{ imageId: "ami-0123456789abcdef0", minCount: 1, maxCount: 1 }] },
          instanceType: "m7g.large",
          blockDeviceMapping: {},
          monitoring: { enabled: false },
          networkInterfaceSet: { items: [{ deviceIndex: 0, subnetId: "subnet-0123456789abcdef0" }] },
        },
        response: {
          instancesSet: {
            items: [
              {
                instanceId: `i-${hex(n, 17)}`,
                imageId: "ami-0123456789abcdef0",
                currentState: { code: 0, name: "pending" },
                privateDnsName: "ip-10-0-0-1.eu-central-1.compute.internal",
                tagSet: { items: [{ key: "Name", value: "worker" }] },
                placement: { availabilityZone: "eu-central-1a", tenancy: "default" },
              },
            ],
          },
        },
      });
    case 6:
      return logEvent({
        ...base,
        call: "logs:CreateLogStream",
        identity: role_,
        request: { logGroupName: `/aws/lambda/${role}`, logStreamName: `2026/01/15/[$LATEST]${hex(n, 32)}` },
      });
    default:
      return logEvent({
        ...base,
        call: [
          "kms:Decrypt",
          "secretsmanager:GetSecretValue",
          "dynamodb:DescribeTable",
          "sqs:ListQueues",
          "config:PutEvaluations",
          "monitoring:DescribeAlarms",
        ][n % 6]!,
        identity: role_,
        request: {
          encryptionContext: { "aws:lambda:FunctionArn": `arn:aws:lambda:eu-central-1:${account}:function:${role}` },
          encryptionAlgorithm: "SYMMETRIC_DEFAULT",
        },
        more: {
          resources: [
            {
              accountId: account,
              type: "AWS::KMS::Key",
              ARN: `arn:aws:kms:eu-central-1:${account}:key/11112222-3333-4444-5555-666677778888`,
            },
          ],
        },
      });
  }
}

function hex(n: number, width: number): string {
  return (Math.imul(n + 1, 2654435761) >>> 0).toString(16).padStart(width, "0").slice(-width);
}
