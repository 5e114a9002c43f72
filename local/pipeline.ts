import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { policyJson } from "../modules/policy/document";
import type { PolicyDocument } from "../modules/policy/types";
import { PipelineState, policiesOf, rolesOf } from "../modules/sections/pipeline/types";
import { type ClientSettings, clientSettings, settingsWith } from "./client-settings";
import { defined } from "../modules/kernel/optional";

/** The pipeline's way into the local AWS: a token of its issuer, then one of its roles. */

/** Credentials of one of the pipeline's roles, as a run of the pipeline gets them: the role's trust policy decides. */
export async function pipelineSession(
  endpoint: string,
  region: string,
  { provider, ...roles }: Pick<PipelineState, "provider" | "plan" | "apply">,
  phase: "plan" | "apply",
): Promise<ClientSettings> {
  const one = roles[phase];
  if (!one)
    throw new Error("the pipeline has no role that runs apply with: its sections' roles trust the runs themselves");
  const { role, subjects } = one;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...asked(role.trust),
    iss: provider.url,
    aud: provider.audiences[0],
    // A subject that is a pattern stands for whatever matches it.
    sub: subjects[0]?.replaceAll("*", phase),
    exp: now + 300,
  };
  const sts = new STSClient(clientSettings(endpoint, { region }));
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: `${provider.arn.split(":oidc-provider")[0]}:role${role.path}${role.name}`,
        RoleSessionName: `pipeline-${phase}`,
        WebIdentityToken: unsignedToken(claims),
      }),
    );
    return settingsWith(endpoint, region, Credentials);
  } finally {
    sts.destroy();
  }
}

/** Claims that a trust policy asks for, with the first value that it takes: the branch, the workflow's file. */
function asked({ Statement }: PolicyDocument): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(Statement[0]?.Condition?.["StringEquals"] ?? {}).map(([key, value]) => [
      key.slice(key.lastIndexOf(":") + 1),
      Array.isArray(value) ? (value as readonly unknown[])[0] : value,
    ]),
  );
}

/** A token that nobody has signed: the local AWS has no keys to check one with. */
export function unsignedToken(claims: object): string {
  return `${[{ alg: "none" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
}

/** Variables for the SDKs and Terraform. */
export function environmentOf({ credentials }: ClientSettings): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...defined({ AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}

/** Makes the pipeline's provider and roles through the SDK: for what needs them without an apply of all stacks. */
export async function makePipelineRoles(endpoint: string, region: string, pipeline: PipelineState): Promise<void> {
  const iam = new IAMClient(clientSettings(endpoint, { region }));
  const { url: Url, audiences } = pipeline.provider;
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: [...audiences] }));
  const arns = new Map<string, string | undefined>();
  for (const one of rolesOf(pipeline)) {
    const { role } = one;
    await iam.send(
      new CreateRoleCommand({
        RoleName: role.name,
        Path: role.path,
        MaxSessionDuration: role.maxSessionSeconds,
        AssumeRolePolicyDocument: policyJson(role.trust),
      }),
    );
    for (const { name: PolicyName, document } of policiesOf(one)) {
      if (!arns.has(PolicyName)) {
        const { Policy } = await iam.send(
          new CreatePolicyCommand({ PolicyName, PolicyDocument: policyJson(document) }),
        );
        arns.set(PolicyName, Policy?.Arn);
      }
      await iam.send(new AttachRolePolicyCommand({ RoleName: role.name, PolicyArn: arns.get(PolicyName) }));
    }
  }
  iam.destroy();
}
