import {
  GetLoginProfileCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  paginateListAccessKeys,
  paginateListAttachedUserPolicies,
  paginateListGroupsForUser,
  paginateListMFADevices,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  paginateListUserPolicies,
  paginateListUsers,
  ListServiceSpecificCredentialsCommand,
} from "@aws-sdk/client-iam";
import { unless } from "../../../aws/failure";
import { regionalForwarderTemplate } from "../../../sections/alarms/template";
import { roleTemplate } from "../../../sections/break-glass/role-template";
import { differing, Finding, listDifferences, missing, seen, valueDifference } from "../claim";
import { forwarderChecks, forwarderRoleCheck, hubChecks } from "../alarms";
import { trailFinding } from "../trails";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";
import { isNoSuchEntity, roleFinding } from "../roles";
import { stackSetChecks } from "../stack-sets";
import { count } from "../../../kernel/words";

const SECTION = "break-glass";

/** The way in: users, the role in every active account, its StackSet, and the alarms. */
export function breakGlassChecks(planned: Planned): readonly Check[] {
  const { state, environment, place, documents } = planned;
  const { breakGlass, settings } = state;
  const { hub, rules, regions } = breakGlass.alarms;
  const management = breakGlass.managementAccountId;
  const home = breakGlass.identity.homeAccountId;
  return [
    ...breakGlass.users.flatMap((user) => userChecks(planned, user.name)),
    {
      section: SECTION,
      kind: "users",
      name: breakGlass.identity.userPath,
      promise: `no other users below ${breakGlass.identity.userPath}`,
      place: place(home),
      look: (reader) => otherUsersFinding(reader, planned),
    },
    ...planned.accountIds.map((accountId): Check => ({
      section: SECTION,
      kind: "role",
      name: breakGlass.role.name,
      promise: "role with the break-glass trust policy, these policies and no others",
      place: place(accountId),
      look: (reader) =>
        roleFinding(
          reader,
          {
            name: breakGlass.role.name,
            path: breakGlass.role.path,
            trust: breakGlass.role.trust,
            attached: breakGlass.role.managedPolicyArns,
            inline: {},
            maxSessionSeconds: breakGlass.role.maxSessionSeconds,
          },
          documents,
        ),
    })),
    ...(breakGlass.rollout === "stackset"
      ? stackSetChecks({
          section: SECTION,
          place: place(management, settings.region),
          name: "keyless-break-glass-role",
          template: roleTemplate(breakGlass.role, environment.name),
          accountIds: breakGlass.memberAccountIds,
          regions: [settings.region],
        })
      : []),
    ...hubChecks(SECTION, hub, place, documents),
    ...stackSetChecks({
      section: SECTION,
      place: place(home, settings.region),
      name: hub.name,
      template: regionalForwarderTemplate(hub, rules, "Forwards break-glass events of one region"),
      selfManaged: true,
      accountIds: [home],
      regions,
    }),
    forwarderRoleCheck(SECTION, hub, place(home), documents, { region: settings.region }),
    ...regions.flatMap((region) => forwarderChecks(SECTION, hub, rules, place(home, region))),
    {
      section: SECTION,
      kind: "trail",
      name: "CloudTrail",
      promise: `a multi-region ${home === management ? "trail" : "organization trail"} that logs management events, without which no alarm comes`,
      place: place(management, settings.region),
      look: (reader) => trailFinding({ region: settings.region, ...reader.session() }, home !== management),
    },
  ];
}

function userChecks({ state, place, documents }: Planned, name: string): readonly Check[] {
  const { identity, userPolicy } = state.breakGlass;
  const check = (kind: string, promise: string, look: Check["look"]): Check => ({
    section: SECTION,
    kind,
    name,
    promise,
    place: place(identity.homeAccountId),
    look,
  });
  return [
    check("user", "user with the break-glass policy, in no group and with no other policy", async (reader) => {
      const client = reader.client(IAMClient);
      const user = await unless(
        isNoSuchEntity,
        async () => (await client.send(new GetUserCommand({ UserName: name }))).User,
        () => undefined,
      );
      if (!user) return missing("the user does not exist");
      const inline: string[] = [];
      for await (const page of paginateListUserPolicies({ client }, { UserName: name }))
        inline.push(...(page.PolicyNames ?? []));
      const attached: string[] = [];
      for await (const page of paginateListAttachedUserPolicies({ client }, { UserName: name }))
        attached.push(...(page.AttachedPolicies ?? []).map((policy) => policy.PolicyArn ?? ""));
      const groups: string[] = [];
      for await (const page of paginateListGroupsForUser({ client }, { UserName: name }))
        groups.push(...(page.Groups ?? []).map((group) => group.GroupName ?? ""));
      const document = inline.includes("break-glass")
        ? (await client.send(new GetUserPolicyCommand({ UserName: name, PolicyName: "break-glass" }))).PolicyDocument
        : undefined;
      return differing([
        ...valueDifference("path", identity.userPath, user.Path),
        ...documents.differences("its policy break-glass", "identity", userPolicy, document, identity.homeAccountId),
        ...listDifferences("the user", ["break-glass"], ["break-glass", ...inline]),
        ...listDifferences("the user", [], attached),
        ...groups.map((group) => `the user is in group ${group}`),
        ...valueDifference("permissions boundary", undefined, user.PermissionsBoundary?.PermissionsBoundaryArn),
      ]);
    }),
    check("user-keys", "no access key and no other long-term credential but a password", (reader) =>
      keysFinding(reader, name),
    ),
    check("user-mfa", "enrolled: a password and an MFA device", async (reader) => {
      const client = reader.client(IAMClient);
      const devices: string[] = [];
      const exists = await unless(
        isNoSuchEntity,
        async () => {
          for await (const page of paginateListMFADevices({ client }, { UserName: name }))
            devices.push(...(page.MFADevices ?? []).map((device) => device.SerialNumber ?? ""));
          return true;
        },
        () => false,
      );
      if (!exists) return missing("the user does not exist");
      const hasPassword = await unless(
        isNoSuchEntity,
        async () => (await client.send(new GetLoginProfileCommand({ UserName: name }))).LoginProfile !== undefined,
        () => false,
      );
      const lacking = [...(hasPassword ? [] : ["no password"]), ...(devices.length > 0 ? [] : ["no MFA device"])];
      return lacking.length > 0
        ? {
            ...missing(`the user has ${lacking.join(" and ")}: nobody can use it for break glass`),
            waitsForPerson: true,
          }
        : seen(count(devices.length, "device"));
    }),
  ];
}

async function keysFinding(reader: Reader, UserName: string): Promise<Finding> {
  const client = reader.client(IAMClient);
  const found: string[] = [];
  const exists = await unless(
    isNoSuchEntity,
    async () => {
      for await (const page of paginateListAccessKeys({ client }, { UserName }))
        found.push(...(page.AccessKeyMetadata ?? []).map((key) => `access key ${key.AccessKeyId} (${key.Status})`));
      for await (const page of paginateListSigningCertificates({ client }, { UserName }))
        found.push(...(page.Certificates ?? []).map((one) => `signing certificate ${one.CertificateId}`));
      for await (const page of paginateListSSHPublicKeys({ client }, { UserName }))
        found.push(...(page.SSHPublicKeys ?? []).map((one) => `SSH key ${one.SSHPublicKeyId}`));
      const { ServiceSpecificCredentials = [] } = await client.send(
        new ListServiceSpecificCredentialsCommand({ UserName }),
      );
      found.push(
        ...ServiceSpecificCredentials.map((one) => `${one.ServiceName} credential ${one.ServiceSpecificCredentialId}`),
      );
      return true;
    },
    () => false,
  );
  return exists ? differing(found.map((one) => `the user has ${one}`)) : missing("the user does not exist");
}

async function otherUsersFinding(reader: Reader, { state }: Planned): Promise<Finding> {
  const client = reader.client(IAMClient);
  const names: string[] = [];
  for await (const page of paginateListUsers({ client }, { PathPrefix: state.breakGlass.identity.userPath }))
    names.push(...(page.Users ?? []).map((user) => user.UserName ?? ""));
  const planned = state.breakGlass.users.map((user) => user.name);
  return differing(names.filter((name) => !planned.includes(name)).map((name) => `user ${name} is not planned`));
}
