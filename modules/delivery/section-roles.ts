import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { AwsFailure, withAwsProblems } from "../aws/failure";
import { awsClient, AwsSession } from "../aws/session";
import { KEYLESS } from "../kernel/command";
import { BaselineError } from "../kernel/errors";
import { roleArn } from "../sections/pipeline/documents";
import type { PipelineState } from "../sections/pipeline/types";

/** What a run of GitHub Actions gets a token with: whoever has it may come as the role of the run again. */
const TOKENS_OF_THE_RUN = [
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_URL",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
];
/** What would lead to credentials of the run in spite of those of the section. */
const OTHER_CREDENTIALS = ["AWS_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_SECURITY_TOKEN"];

/** Where a run of a pipeline has its credentials. */
const RUNS = ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"];

export interface SectionRolesOptions {
  readonly environment: string;
  readonly region: string;
  readonly pipeline: PipelineState | undefined;
  /** @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  readonly sessionName: string;
}

/**
 * The environment that Terraform runs in for each stack: with credentials of the role of its section alone, where this run comes as the role that the
 * pipeline applies with. A person who applies has credentials of their own, and keeps them: then there is nothing to give.
 *
 * A role that another role becomes has a session of an hour, whatever the role's own maximum is: for each plan and each apply it is asked for again.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 *
 * @throws BaselineError exit code 1 where AWS cannot be asked who this is
 */
export async function sectionEnvironments({
  environment,
  region,
  pipeline,
  access,
  sessionName,
}: SectionRolesOptions): Promise<((stack: string) => Promise<NodeJS.ProcessEnv>) | undefined> {
  const entry = pipeline?.apply?.role.name;
  // Only what a run brings along says that it is one: nobody else is asked who they are.
  if (!pipeline || entry === undefined || !(access ?? RUNS.some((name) => process.env[name]))) return undefined;
  const sts = awsClient(STSClient, { region, ...access, maxAttempts: 3 });
  const { Arn = "" } = await withAwsProblems(() => sts.send(new GetCallerIdentityCommand({})));
  if (!Arn.includes(`:${pipeline.managementAccountId}:assumed-role/${entry}/`)) return undefined;
  return async (stack) => {
    const own = { ...process.env };
    for (const name of TOKENS_OF_THE_RUN) delete own[name];
    const section = pipeline.sections.find(({ stacks }) => stacks.some((name) => `${environment}-${name}` === stack));
    // What a person applies is planned as the run comes, which reads.
    if (!section) return own;
    const RoleArn = roleArn(pipeline.managementAccountId, section.role.name);
    try {
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: sessionName }));
      const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error(`STS gave no credentials of ${RoleArn}`);
      for (const name of OTHER_CREDENTIALS) delete own[name];
      return {
        ...own,
        AWS_ACCESS_KEY_ID: AccessKeyId,
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: SessionToken,
      };
    } catch (error) {
      if (!(error instanceof AwsFailure)) throw error;
      throw refused(
        stack,
        `${entry} cannot become ${section.role.name}: ${error.cause.message.trim().slice(0, 300)}`,
        `The roles of the sections are in the stack ${environment}-pipeline, which a person applies: ${KEYLESS} apply ${environment} pipeline (docs/workloads.md).`,
      );
    }
  };
}

function refused(stack: string, why: string, fix: string): BaselineError {
  return new BaselineError(
    [{ code: "DELIVERY-SECTION-ROLE", message: `${stack} cannot be applied here: ${why}.`, fix }],
    1,
  );
}
