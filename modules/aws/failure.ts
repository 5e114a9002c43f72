import { BaselineError, Problem } from "../kernel/errors";

/** A call to AWS that failed, and which one it was. */
export class AwsFailure extends Error {
  constructor(
    /** As IAM names it, for example `organizations:ListRoots`. */
    readonly action: string,
    /** AWS's own code, for example `AccessDeniedException`, or Node's, for example `ENOTFOUND`. */
    readonly code: string,
    override readonly cause: Error,
  ) {
    super(`${action}: ${code}: ${cause.message}`);
    this.name = "AwsFailure";
  }
}

interface ErrorLike {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly Code?: string;
}

/** Finds the code of an error of the SDK or of Node. */
export function awsFailure(action: string, error: unknown): AwsFailure {
  if (error instanceof AwsFailure) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const { name, code, Code } = cause as ErrorLike;
  const known = code ?? (name && name !== "Error" ? name : undefined) ?? Code ?? "Error";
  return new AwsFailure(action, known, cause);
}

/** The service, the operation or the region does not exist here: another partition, or an API too new for it. */
export function isMissingApi({ code }: AwsFailure): boolean {
  return /^(UnknownOperation|UnknownOperationException|InvalidAction|NotImplemented|ENOTFOUND|EndpointError|UnsupportedAPIEndpointException)$/.test(
    code,
  );
}

export function isDenied({ code }: AwsFailure): boolean {
  return /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AccessDeniedForDependencyException)$/.test(code);
}

/** Gives a fallback where a call fails in a way that the caller foresees. */
export async function unless<T>(
  expected: (failure: AwsFailure) => boolean,
  call: () => Promise<T>,
  fallback: (failure: AwsFailure) => T,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AwsFailure && expected(error)) return fallback(error);
    throw error;
  }
}

const SIGN_IN = "Sign in and run it again, for example with aws sso login; AWS_PROFILE names the profile to use.";

/** What a failed call means to a person, and how to fix it. */
export function awsProblem(failure: AwsFailure): Problem {
  const { action, code, cause } = failure;
  const said = cause.message.trim().replace(/\.$/, "");
  if (
    /Expired|^TokenProviderError$|^TokenRefreshRequired$/.test(code) ||
    (code === "CredentialsProviderError" && /expired/i.test(said))
  ) {
    return { code: "AWS-EXPIRED", message: `The session with AWS has ended (${action}: ${said}).`, fix: SIGN_IN };
  }
  if (code === "CredentialsProviderError" || /could not load credentials/i.test(said)) {
    const profile = process.env["AWS_PROFILE"];
    if (profile)
      return {
        code: "AWS-PROFILE",
        message: `The profile ${JSON.stringify(profile)} (AWS_PROFILE) is not configured, or gives no credentials (${said}).`,
        fix: "aws configure list-profiles shows those that are; aws sso login --profile <name> signs in.",
      };
    return { code: "AWS-NO-CREDENTIALS", message: `There are no credentials for AWS (${said}).`, fix: SIGN_IN };
  }
  if (
    /^(InvalidClientTokenId|UnrecognizedClient(Exception)?|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure|IncompleteSignature|InvalidAccessKeyId)$/.test(
      code,
    )
  ) {
    return {
      code: "AWS-BAD-CREDENTIALS",
      message: `AWS does not accept the credentials (${action}: ${said}).`,
      fix: SIGN_IN,
    };
  }
  if (isDenied(failure)) {
    return {
      code: "AWS-DENIED",
      message: `AWS refuses ${action} (${said}).`,
      fix:
        action === "sts:AssumeRole"
          ? "Let these credentials assume the role, and let the role trust them."
          : `Allow ${action} to the principal that runs this, or run it as another one (AWS_PROFILE).`,
    };
  }
  if (code === "AWSOrganizationsNotInUseException" || /^OrganizationNotFound/.test(code)) {
    return {
      code: "AWS-NO-ORGANIZATION",
      message: "The account of these credentials is not in an organization.",
      fix: "Use credentials of the organization's management account (AWS_PROFILE).",
    };
  }
  if (/Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceededException$/.test(code)) {
    return {
      code: "AWS-THROTTLED",
      message: `AWS goes on throttling ${action} (${said}), although it was asked again, more and more slowly.`,
      fix: "Run it again later, when less else is asking.",
    };
  }
  if (
    /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError|EndpointError|NetworkingError)$/.test(
      code,
    ) ||
    /certificate/i.test(said)
  ) {
    return {
      code: "AWS-UNREACHABLE",
      message: `AWS cannot be reached for ${action} (${code}: ${said}).`,
      fix: "Check the network, the proxy, the region, and AWS_ENDPOINT_URL if it is set.",
    };
  }
  return {
    code: "AWS-FAILED",
    message: `AWS failed at ${action} (${code}: ${said}).`,
    fix: "Run it again; if it goes on, the message above is AWS's own.",
  };
}

/** Runs work that calls AWS; what AWS refuses becomes one problem in words, exit code 1. */
export async function withAwsProblems<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AwsFailure) throw new BaselineError([awsProblem(error)], 1);
    throw error;
  }
}
