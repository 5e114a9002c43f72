import { AccountClient, DisableRegionCommand, EnableRegionCommand, ListRegionsCommand } from "@aws-sdk/client-account";
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from "@aws-sdk/client-cloudtrail";
import {
  EnableOrganizationsRootCredentialsManagementCommand,
  EnableOrganizationsRootSessionsCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { CreateGroupCommand, IdentitystoreClient } from "@aws-sdk/client-identitystore";
import {
  AttachPolicyCommand,
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DetachPolicyCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  EnablePolicyTypeCommand,
  ListAWSServiceAccessForOrganizationCommand,
  MoveAccountCommand,
  OrganizationsClient,
  paginateListTargetsForPolicy,
  type PolicyType,
  PutResourcePolicyCommand,
  RegisterDelegatedAdministratorCommand,
  TagResourceCommand,
  UpdatePolicyCommand,
} from "@aws-sdk/client-organizations";
import {
  CreateInstanceCommand,
  CreatePermissionSetCommand,
  ProvisionPermissionSetCommand,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import type { AttachedPolicy, IdentityCenterInstance, Organization, Trail } from "../modules/organization/types";
import { type ClientSettings, clientSettings, seeded } from "./client-settings";

export interface SeedOptions {
  /** Whose what the facts call ours is. @default - "example" */
  readonly environment?: string;
  /** Told after each step, with a line for people. @default - nothing is told */
  readonly onProgress?: (line: string) => void;
}

/** Tag by which `keyless sync` knows what is this baseline's. */
const ours = (environment: string): { readonly Key: string; readonly Value: string } => ({
  Key: "keyless:environment",
  Value: environment,
});
const TRAIL_BUCKET = "organization-trail-logs";

/**
 * Makes the organization that the facts describe, through the AWS SDK against the endpoint: what `keyless sync` reads afterwards is
 * these facts again. Ids come from the facts too: each call that makes something says in a header which id it is to get, which moto
 * heeds (see moto_bootstrap.py) and AWS would ignore.
 */
export async function seedOrganization(
  endpoint: string,
  facts: Organization,
  options: SeedOptions = {},
): Promise<void> {
  const say = options.onProgress ?? ((): void => undefined);
  const { environment = "example" } = options;
  const settings = (region: string): ClientSettings => clientSettings(endpoint, { region });
  const organizations = new OrganizationsClient(settings("us-east-1"));
  try {
    await seedTree(organizations, facts);
    say(`organization ${facts.id}: ${facts.organizationalUnits.length} OUs, ${facts.accounts.length} accounts`);
    await seedPolicies(organizations, facts, environment);
    say(`policies: ${facts.policies.length}`);
    await seedServices(organizations, facts);
    await seedRegions(new AccountClient(settings("us-east-1")), facts);
    await seedRootAccess(new IAMClient(settings("us-east-1")), facts);
    await seedTrails(endpoint, facts.trails);
    if (facts.identityCenter)
      await seedIdentityCenter(endpoint, facts.identityCenter, facts.managementAccountId, environment);
    say(
      `services: ${facts.trustedServices.length} trusted, ${facts.delegatedAdministrators.length} delegated administrators, ${facts.trails.length} trails, Identity Center ${facts.identityCenter ? "on" : "off"}`,
    );
  } finally {
    organizations.destroy();
  }
}

async function seedTree(client: OrganizationsClient, facts: Organization): Promise<void> {
  const management = facts.accounts.find((account) => account.id === facts.managementAccountId);
  await client.send(
    // moto makes a role for the management account before it knows its id: in an account that nobody uses.
    seeded(new CreateOrganizationCommand({ FeatureSet: "ALL" }), {
      organization: facts.id,
      root: facts.rootId,
      account: "000000000000",
      managementName: management?.name,
    }),
  );
  const made = new Set([facts.rootId]);
  let waiting = [...facts.organizationalUnits];
  while (waiting.length > 0) {
    const ready = waiting.filter((ou) => made.has(ou.parentId));
    if (ready.length === 0)
      throw new Error(`These OUs have no parent in the facts: ${waiting.map((ou) => ou.id).join(", ")}`);
    for (const ou of ready) {
      await client.send(
        seeded(new CreateOrganizationalUnitCommand({ Name: ou.name, ParentId: ou.parentId }), {
          organizationalUnit: ou.id,
        }),
      );
      made.add(ou.id);
    }
    waiting = waiting.filter((ou) => !made.has(ou.id));
  }
  for (const account of facts.accounts) {
    const tags = Object.entries(account.tags).map(([Key, Value]) => ({ Key, Value }));
    if (account.id === facts.managementAccountId) {
      if (tags.length > 0) await client.send(new TagResourceCommand({ ResourceId: account.id, Tags: tags }));
    } else {
      await client.send(
        seeded(
          new CreateAccountCommand({ AccountName: account.name, Email: `aws+${account.id}@example.com`, Tags: tags }),
          { account: account.id },
        ),
      );
    }
    if (account.parentId !== facts.rootId) {
      await client.send(
        new MoveAccountCommand({
          AccountId: account.id,
          SourceParentId: facts.rootId,
          DestinationParentId: account.parentId,
        }),
      );
    }
    if (account.status !== "ACTIVE")
      await client.send(seeded(new CloseAccountCommand({ AccountId: account.id }), { status: account.status }));
  }
}

async function seedPolicies(client: OrganizationsClient, facts: Organization, environment: string): Promise<void> {
  for (const type of facts.enabledPolicyTypes)
    await client.send(new EnablePolicyTypeCommand({ RootId: facts.rootId, PolicyType: type as PolicyType }));
  // Those of AWS last: a target must keep one policy while its FullAWSAccess goes.
  const ordered = [...facts.policies].sort((a, b) => Number(a.awsManaged) - Number(b.awsManaged));
  for (const policy of ordered) {
    if (policy.awsManaged) await client.send(new UpdatePolicyCommand({ PolicyId: policy.id, Content: policy.content }));
    else {
      const tags = policy.ours ? { Tags: [ours(environment)] } : {};
      const command = new CreatePolicyCommand({
        Name: policy.name,
        Description: policy.name,
        Type: policy.type,
        Content: policy.content,
        ...tags,
      });
      await client.send(seeded(command, { policy: policy.id }));
    }
    if (facts.enabledPolicyTypes.includes(policy.type)) await seedAttachments(client, policy);
  }
}

async function seedAttachments(client: OrganizationsClient, policy: AttachedPolicy): Promise<void> {
  const attached = new Set<string>();
  for await (const { Targets } of paginateListTargetsForPolicy({ client }, { PolicyId: policy.id }))
    Targets?.forEach((target) => attached.add(target.TargetId ?? ""));
  for (const TargetId of policy.targetIds)
    if (!attached.has(TargetId)) await client.send(new AttachPolicyCommand({ PolicyId: policy.id, TargetId }));
  for (const TargetId of attached)
    if (!policy.targetIds.includes(TargetId))
      await client.send(new DetachPolicyCommand({ PolicyId: policy.id, TargetId }));
}

async function seedServices(client: OrganizationsClient, facts: Organization): Promise<void> {
  const { EnabledServicePrincipals } = await client.send(new ListAWSServiceAccessForOrganizationCommand({}));
  for (const { ServicePrincipal } of EnabledServicePrincipals ?? []) {
    if (ServicePrincipal && !facts.trustedServices.includes(ServicePrincipal))
      await client.send(new DisableAWSServiceAccessCommand({ ServicePrincipal }));
  }
  for (const ServicePrincipal of facts.trustedServices)
    await client.send(new EnableAWSServiceAccessCommand({ ServicePrincipal }));
  for (const { accountId, services } of facts.delegatedAdministrators) {
    for (const ServicePrincipal of services)
      await client.send(new RegisterDelegatedAdministratorCommand({ AccountId: accountId, ServicePrincipal }));
  }
  if (facts.delegationPolicy) await client.send(new PutResourcePolicyCommand({ Content: facts.delegationPolicy }));
}

async function seedRegions(client: AccountClient, facts: Organization): Promise<void> {
  const { Regions } = await client.send(new ListRegionsCommand({ MaxResults: 50 }));
  for (const { RegionName, RegionOptStatus } of Regions ?? []) {
    const enabled = RegionOptStatus === "ENABLED" || RegionOptStatus === "ENABLED_BY_DEFAULT";
    const wanted = facts.enabledRegions.includes(RegionName ?? "");
    if (wanted && !enabled) await client.send(new EnableRegionCommand({ RegionName }));
    if (!wanted && enabled) await client.send(new DisableRegionCommand({ RegionName }));
  }
  client.destroy();
}

async function seedRootAccess(client: IAMClient, facts: Organization): Promise<void> {
  if (facts.rootAccessFeatures.includes("RootCredentialsManagement"))
    await client.send(new EnableOrganizationsRootCredentialsManagementCommand({}));
  if (facts.rootAccessFeatures.includes("RootSessions"))
    await client.send(new EnableOrganizationsRootSessionsCommand({}));
  client.destroy();
}

async function seedTrails(endpoint: string, trails: readonly Trail[]): Promise<void> {
  // A trail needs its bucket. One plain request saves a client for S3.
  if (trails.length > 0) await fetch(`${endpoint}/${TRAIL_BUCKET}`, { method: "PUT" });
  for (const trail of trails) {
    const client = new CloudTrailClient(clientSettings(endpoint, { region: trail.homeRegion }));
    await client.send(
      new CreateTrailCommand({
        Name: trail.name,
        S3BucketName: TRAIL_BUCKET,
        IsOrganizationTrail: trail.organization,
        IsMultiRegionTrail: trail.multiRegion,
      }),
    );
    if (trail.logging) await client.send(new StartLoggingCommand({ Name: trail.name }));
    client.destroy();
  }
}

async function seedIdentityCenter(
  endpoint: string,
  center: IdentityCenterInstance,
  managementAccountId: string,
  environment: string,
): Promise<void> {
  const settings = clientSettings(endpoint, { region: center.region });
  const admin = new SSOAdminClient(settings);
  const store = new IdentitystoreClient(settings);
  const { instanceArn: InstanceArn, identityStoreId: IdentityStoreId } = center;
  // AWS makes an organization's instance in the console only; here CreateInstance stands for that.
  await admin.send(
    seeded(new CreateInstanceCommand({}), { instanceArn: InstanceArn, identityStoreId: IdentityStoreId }),
  );
  for (const group of center.groups) {
    const externalIds = group.synced ? [{ Issuer: "https://scim.aws.com/local", Id: `scim-${group.id}` }] : [];
    await store.send(
      seeded(
        new CreateGroupCommand({ IdentityStoreId, DisplayName: group.displayName, Description: group.displayName }),
        { group: group.id, externalIds },
      ),
    );
  }
  for (const permissionSet of center.permissionSets) {
    const tags = permissionSet.ours ? { Tags: [ours(environment)] } : {};
    await admin.send(
      seeded(new CreatePermissionSetCommand({ InstanceArn, Name: permissionSet.name, ...tags }), {
        permissionSetArn: permissionSet.arn,
      }),
    );
    if (permissionSet.inManagementAccount) {
      await admin.send(
        new ProvisionPermissionSetCommand({
          InstanceArn,
          PermissionSetArn: permissionSet.arn,
          TargetType: "AWS_ACCOUNT",
          TargetId: managementAccountId,
        }),
      );
    }
  }
  admin.destroy();
  store.destroy();
}
