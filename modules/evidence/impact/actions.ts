/**
 * From the name of a CloudTrail event to the IAM actions that AWS asked permission for. Mostly the same words; where not, the table
 * below says so. docs/impact.md says what is not mapped.
 */

/** Event sources whose IAM prefix is another. Source: the service authorization reference, and the user guides of the services. */
const PREFIXES: Readonly<Record<string, string>> = {
  "api.ecr": "ecr",
  "api.sagemaker": "sagemaker",
  email: "ses",
  "models.lex": "lex",
  monitoring: "cloudwatch",
  "mturk-requester": "mechanicalturk",
  "runtime.lex": "lex",
  "runtime.sagemaker": "sagemaker",
  "streams.dynamodb": "dynamodb",
  tagging: "tag",
};

/** Sources whose events are no calls that IAM decides on: signing in happens before there are permissions. */
const NO_PERMISSION = new Set(["signin"]);

/** Types of events that are no calls of a principal. */
export const NO_CALLS = ["AwsServiceEvent", "AwsConsoleSignIn", "AwsVpceEvents"] as const;

/** Names that differ. Of operations that need several permissions all are listed: one refusal fails the call. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
  "s3:CompleteMultipartUpload": ["s3:PutObject"],
  "s3:CopyObject": ["s3:PutObject"],
  "s3:CreateMultipartUpload": ["s3:PutObject"],
  "s3:DeleteBucketCors": ["s3:PutBucketCORS"],
  "s3:DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
  "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
  "s3:DeleteBucketTagging": ["s3:PutBucketTagging"],
  "s3:DeleteObjects": ["s3:DeleteObject"],
  "s3:GetBucketCors": ["s3:GetBucketCORS"],
  "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
  "s3:GetBucketLifecycle": ["s3:GetLifecycleConfiguration"],
  "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
  "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
  "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
  "s3:HeadBucket": ["s3:ListBucket"],
  "s3:HeadObject": ["s3:GetObject"],
  "s3:ListBuckets": ["s3:ListAllMyBuckets"],
  "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
  "s3:ListObjectVersions": ["s3:ListBucketVersions"],
  "s3:ListObjects": ["s3:ListBucket"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
  "s3:ListParts": ["s3:ListMultipartUploadParts"],
  "s3:PutBucketCors": ["s3:PutBucketCORS"],
  "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
  "s3:PutBucketLifecycle": ["s3:PutLifecycleConfiguration"],
  "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
  "s3:PutBucketReplication": ["s3:PutReplicationConfiguration"],
  "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
  "s3:UploadPart": ["s3:PutObject"],
  "s3:UploadPartCopy": ["s3:PutObject"],
  // https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html; versions of the API are cut off below.
  "lambda:Invoke": ["lambda:InvokeFunction"],
  "lambda:InvokeAsync": ["lambda:InvokeFunction"],
  // Names of the console's and of older operations of IAM.
  "iam:CreateMfaDevice": ["iam:CreateVirtualMFADevice"],
  "iam:DeleteSshPublicKey": ["iam:DeleteSSHPublicKey"],
  "iam:UploadSshPublicKey": ["iam:UploadSSHPublicKey"],
  "iam:UpdateSshPublicKey": ["iam:UpdateSSHPublicKey"],
  "bedrock:Converse": ["bedrock:InvokeModel"],
  "bedrock:ConverseStream": ["bedrock:InvokeModelWithResponseStream"],
};

/** `CreateFunction20150331v2`, `UpdateDistribution2020_05_31`: the version of the API that some services put behind the name. */
const API_VERSION = /(?:_?\d{4}_\d{2}_\d{2}|\d{8})(?:v\d+)?$/;

/**
 * Events that may need an action that an IAM pattern means: the source without `.amazonaws.com`, and how the name begins; both are patterns. There may be
 * more of them: `actionsOf` decides.
 */
export function eventsOf(pattern: string): readonly { readonly source: string; readonly name: string }[] {
  const [service = "", action = "*"] = pattern.split(":", 2);
  const named = Object.entries(NAMES)
    .filter(([, actions]) => actions.some((one) => fits(one, pattern)))
    .map(([event]) => event.split(":") as [string, string]);
  return [[service, action] as const, ...named].flatMap(([prefix, name]) =>
    [
      prefix,
      ...Object.entries(PREFIXES)
        .filter(([, to]) => fits(to, prefix))
        .map(([source]) => source),
    ].map((source) => ({ source, name })),
  );
}

function fits(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped.replaceAll("?", ".")}$`, "is").test(text);
}

/** IAM actions of an event; none where IAM does not decide on what happened. */
export function actionsOf(eventSource: string, eventName: string): readonly string[] {
  const source = eventSource.endsWith(".amazonaws.com") ? eventSource.slice(0, -".amazonaws.com".length) : eventSource;
  if (NO_PERMISSION.has(source)) return [];
  const name = `${PREFIXES[source] ?? source}:${eventName.replace(API_VERSION, "")}`;
  return NAMES[name] ?? [name];
}
