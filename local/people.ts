import { memberRoleOf } from "../modules/config/settings";
import {
  ConfigServiceClient,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from "@aws-sdk/client-config-service";
import {
  CreateLoginProfileCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { ConfirmSubscriptionCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { type AlarmHub, topicArn } from "../modules/sections/alarms/documents";
import type { Environment } from "../modules/sections/environment";
import type { TargetState } from "../modules/sections/target-state";
import { clientSettings, type ClientSettings, memberClientSettings } from "./client-settings";

/**
 * What no apply does: people enrol the break-glass users and confirm the subscriptions of alarms, and whoever owns AWS Config has its
 * recorders running. Until then `verify` says so.
 */
export async function doWhatPeopleDo(endpoint: string, environment: Environment, state: TargetState): Promise<void> {
  const settings = (accountId: string, region: string): Promise<ClientSettings> =>
    accountId === environment.organization.managementAccountId
      ? Promise.resolve(clientSettings(endpoint, { region }))
      : memberClientSettings(endpoint, accountId, region, memberRoleOf(state.settings)(accountId));
  const home = new IAMClient(await settings(state.breakGlass.identity.homeAccountId, "us-east-1"));
  for (const { name } of state.breakGlass.users) await enrol(home, name);
  home.destroy();
  const hubs = [
    state.breakGlass.alarms.hub,
    ...(state.credentialHygiene ? [state.credentialHygiene.alarms.hub] : []),
    ...(state.guardrails.observation ? [state.guardrails.observation.hub] : []),
  ];
  for (const hub of hubs) await confirm(new SNSClient(await settings(hub.accountId, hub.region)), hub);
  if (!state.credentialHygiene) return;
  const { region, excludedAccountIds } = state.credentialHygiene;
  for (const { id } of environment.tree.accounts)
    if (!excludedAccountIds.includes(id)) await record(new ConfigServiceClient(await settings(id, region)), id);
}

/** A password, and a device that the console asks for from then on. */
async function enrol(iam: IAMClient, UserName: string): Promise<void> {
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: "A-password-0f-the-local-AWS" }));
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
  await iam.send(
    new EnableMFADeviceCommand({
      UserName,
      SerialNumber: VirtualMFADevice?.SerialNumber ?? "",
      AuthenticationCode1: "000000",
      AuthenticationCode2: "111111",
    }),
  );
}

async function confirm(sns: SNSClient, hub: AlarmHub): Promise<void> {
  const TopicArn = topicArn(hub);
  const all = [
    ...hub.subscribers.emails.map((Endpoint) => ({ Protocol: "email", Endpoint })),
    ...hub.subscribers.httpsEndpoints.map((Endpoint) => ({ Protocol: "https", Endpoint })),
  ];
  for (const one of all) {
    // AWS makes no second subscription of an endpoint; this gives the ARN of the one that Terraform has made.
    const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, ...one, ReturnSubscriptionArn: true }));
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: SubscriptionArn }));
  }
  sns.destroy();
}

async function record(config: ConfigServiceClient, accountId: string): Promise<void> {
  await config.send(
    new PutConfigurationRecorderCommand({
      ConfigurationRecorder: {
        name: "default",
        roleARN: `arn:aws:iam::${accountId}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
        recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
      },
    }),
  );
  await config.send(
    new PutDeliveryChannelCommand({ DeliveryChannel: { name: "default", s3BucketName: `config-of-${accountId}` } }),
  );
  await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: "default" }));
  config.destroy();
}
