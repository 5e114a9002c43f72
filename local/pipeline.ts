import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { policyJson } from "../modules/policy/document";
import type { PipelineState } from "../modules/sections/pipeline/types";
import { type ClientSettings, clientSettings, settingsWith } from "./client-settings";

/** The pipeline's way into the local AWS: a token of its issuer, then one of its roles. */

/** Credentials of one of the pipeline's roles, as a run of the pipeline gets them: the role's trust policy decides. */
export async function pipelineSession(
  endpoint: string,
  region: string,
  { provider, ...roles }: Pick<PipelineState, "provider" | "plan" | "apply">,
  phase: "plan" | "apply",
): Promise<ClientSettings> {
  const { role, subjects } = roles[phase];
  const now = Math.floor(Date.now() / 1000);
  const claims = {
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

/** A token that nobody has signed: the local AWS has no keys to check one with. */
export function unsignedToken(claims: object): string {
  return `${[{ alg: "none" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
}

/** Variables for the SDKs and Terraform. */
export function environmentOf({ credentials }: ClientSettings): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}

/** Makes the pipeline's provider and roles through the SDK: for what needs them without an apply of all stacks. */
export async function makePipelineRoles(endpoint: string, region: string, pipeline: PipelineState): Promise<void> {
  const iam = new IAMClient(clientSettings(endpoint, { region }));
  const { url: Url, audiences } = pipeline.provider;
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: [...audiences] }));
  for (const { role, policies } of [pipeline.plan, pipeline.apply]) {
    await iam.send(
      new CreateRoleCommand({
        RoleName: role.name,
        Path: role.path,
        MaxSessionDuration: role.maxSessionSeconds,
        AssumeRolePolicyDocument: policyJson(role.trust),
      }),
    );
    for (const { name: PolicyName, document } of policies) {
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: policyJson(document) }));
      await iam.send(new AttachRolePolicyCommand({ RoleName: role.name, PolicyArn: Policy?.Arn }));
    }
  }
  iam.destroy();
}
