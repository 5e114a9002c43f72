import { DescribeOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { BaselineError } from "../kernel/errors";
import { AwsCredentials, awsClient, AwsSession } from "./session";
import { defined } from "../kernel/optional";

/** A session in the management account of an organization. */
export interface ManagementSession extends AwsSession {
  readonly organizationId: string;
  readonly managementAccountId: string;
}

/**
 * Goes to the management account: through the role that the baseline names, or with the credentials as they are.
 *
 * @throws BaselineError when the credentials are of another account and no role leads on
 */
export async function managementSession(
  session: AwsSession,
  managementRole: string | undefined,
): Promise<ManagementSession> {
  // The first calls find out whether there are credentials and a network at all: no patience yet.
  const first: AwsSession = { ...session, maxAttempts: 3 };
  const { Account: callerAccount = "", Arn: callerArn = "" } = await awsClient(STSClient, first).send(
    new GetCallerIdentityCommand({}),
  );
  const { Organization: described } = await awsClient(OrganizationsClient, first).send(
    new DescribeOrganizationCommand({}),
  );
  const managementAccountId = described?.MasterAccountId ?? "";
  const organization = { organizationId: described?.Id ?? "", managementAccountId };
  if (managementRole !== undefined && !callerArn.includes(`:assumed-role/${managementRole}/`)) {
    const partition = callerArn.split(":")[1] ?? "aws";
    return {
      ...session,
      ...organization,
      credentials: assumedRole(session, `arn:${partition}:iam::${managementAccountId}:role/${managementRole}`),
    };
  }
  if (callerAccount !== managementAccountId) {
    throw new BaselineError(
      [
        {
          code: "AWS-NOT-MANAGEMENT",
          message: `These credentials are of account ${callerAccount}; the facts of organization ${organization.organizationId} are read in its management account ${managementAccountId}.`,
          fix: "Use credentials of the management account (AWS_PROFILE), or name a role to assume there in access.managementRole of baseline.yaml.",
        },
      ],
      1,
    );
  }
  return { ...session, ...organization };
}

/** Credentials of a role, renewed before they end: a large organization takes longer than a chained session lasts. */
export function assumedRole(session: AwsSession, roleArn: string, sessionName = "keyless-sync"): AwsCredentials {
  const sts = awsClient(STSClient, session);
  return async () => {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName }));
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken)
      throw new Error(`sts:AssumeRole gave no credentials for ${roleArn}`);
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      ...defined({ expiration: Expiration }),
    };
  };
}
