import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  AttachCustomerManagedPolicyReferenceToPermissionSetCommand,
  AttachManagedPolicyToPermissionSetCommand,
  CreateAccountAssignmentCommand,
  CreatePermissionSetCommand,
  PutInlinePolicyToPermissionSetCommand,
  PutPermissionsBoundaryToPermissionSetCommand,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { mapBounded } from "../modules/aws/bounded";
import { organizationTree } from "../modules/organization/tree";
import type { Account, Organization } from "../modules/organization/types";
import { clientSettings, memberClientSettings } from "./client-settings";

interface Set {
  readonly name: string;
  /** @default PT1H */
  readonly session?: string;
  readonly policies?: readonly string[];
  readonly inline?: object;
  readonly tags?: Readonly<Record<string, string>>;
  readonly bounded?: true;
  /** Group by its number, and where it has the set. */
  readonly assignments: readonly (readonly [number, (account: Account, path: string) => boolean])[];
  /** Assigned to one person besides. */
  readonly user?: true;
}

const everywhere = (): boolean => true;
const members = ({ name }: Account): boolean => name !== "management";
const tier =
  (value: string) =>
  ({ tags }: Account): boolean =>
    tags["tier"] === value;
const below =
  (start: string) =>
  (_: Account, path: string): boolean =>
    path.startsWith(start);

/** Twelve, of which ten can be written in the baseline's words. */
const SETS: readonly Set[] = [
  { name: "AWSAdministratorAccess", policies: ["AdministratorAccess"], assignments: [[0, everywhere]] },
  { name: "AWSPowerUserAccess", policies: ["PowerUserAccess"], assignments: [[1, members]] },
  {
    name: "AWSReadOnlyAccess",
    policies: ["ReadOnlyAccess", "SecurityAudit"],
    assignments: [
      [1, everywhere],
      [2, everywhere],
      [6, everywhere],
      [7, everywhere],
    ],
  },
  {
    name: "Billing",
    policies: ["AWSBillingReadOnlyAccess"],
    session: "PT4H",
    assignments: [[3, ({ name }) => name === "management"]],
  },
  {
    name: "Developer",
    session: "PT8H",
    inline: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["ecs:*", "lambda:*"], Resource: "*" }] },
    assignments: [
      [4, tier("nonprod")],
      [5, below("Unit2")],
    ],
  },
  {
    name: "Operator",
    policies: ["AmazonEC2ReadOnlyAccess"],
    bounded: true,
    tags: { owner: "operations" },
    assignments: [
      [5, tier("prod")],
      [6, (account, path) => tier("prod")(account) && path !== "Unit5/Prod"],
    ],
  },
  {
    name: "Security",
    policies: ["SecurityAudit"],
    assignments: [
      [7, members],
      [8, members],
    ],
  },
  {
    name: "Network",
    policies: ["AmazonVPCFullAccess"],
    assignments: [[8, (account, path) => path !== "Unit1/Prod" && members(account)]],
  },
  {
    name: "Database",
    policies: ["AmazonRDSFullAccess"],
    assignments: [[9, (_, path) => path.endsWith("/Prod")]],
  },
  {
    name: "Support",
    policies: ["AWSSupportAccess"],
    session: "PT2H",
    assignments: [[3, ({ id }) => Number(id) % 3 === 0]],
  },
  // No whole number of hours.
  {
    name: "LegacyOperations",
    policies: ["ReadOnlyAccess"],
    session: "PT90M",
    user: true,
    assignments: [[2, below("Unit3")]],
  },
  // Another tool's.
  {
    name: "StackDeploy",
    policies: ["AWSCloudFormationFullAccess"],
    tags: { "aws:cloudformation:stack-name": "deploy-access" },
    assignments: [[9, below("Unit4")]],
  },
];

/** Issuer of a company's GitLab; of GitHub there is one in another account. */
export const BROWNFIELD_ISSUERS = {
  github: { account: "200000000004", url: "https://token.actions.githubusercontent.com" },
  gitlab: { account: "200000000007", url: "https://gitlab.example.com" },
  terraform: { account: "200000000009", url: "https://app.terraform.io" },
} as const;

/** Makes what the facts of `brownfieldOrganization` do not show, through the AWS APIs. */
export async function seedBrownfield(endpoint: string, facts: Organization): Promise<{ readonly assignments: number }> {
  const assignments = await seedPeople(endpoint, facts);
  await seedMachines(endpoint, facts);
  return { assignments };
}

async function seedPeople(endpoint: string, facts: Organization): Promise<number> {
  const { instanceArn: InstanceArn, region, groups } = facts.identityCenter!;
  const client = new SSOAdminClient(clientSettings(endpoint, { region }));
  const tree = organizationTree(facts);
  let made = 0;
  for (const set of SETS) {
    const { PermissionSet } = await client.send(
      new CreatePermissionSetCommand({
        InstanceArn,
        Name: set.name,
        Description: `${set.name}, made by hand`,
        SessionDuration: set.session ?? "PT1H",
        Tags: Object.entries(set.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    const target = { InstanceArn, PermissionSetArn: PermissionSet!.PermissionSetArn! };
    for (const policy of set.policies ?? [])
      await client.send(
        new AttachManagedPolicyToPermissionSetCommand({
          ...target,
          ManagedPolicyArn: `arn:aws:iam::aws:policy/${policy}`,
        }),
      );
    if (set.inline)
      await client.send(
        // As consoles and people write it: with white space.
        new PutInlinePolicyToPermissionSetCommand({ ...target, InlinePolicy: JSON.stringify(set.inline, null, 4) }),
      );
    if (set.bounded) {
      await client.send(
        new PutPermissionsBoundaryToPermissionSetCommand({
          ...target,
          PermissionsBoundary: { ManagedPolicyArn: "arn:aws:iam::aws:policy/PowerUserAccess" },
        }),
      );
      await client.send(
        new AttachCustomerManagedPolicyReferenceToPermissionSetCommand({
          ...target,
          CustomerManagedPolicyReference: { Name: "OperatorExtras", Path: "/teams/" },
        }),
      );
    }
    const wanted = set.assignments.flatMap(([group, is]) =>
      tree.accounts
        .filter((account) => is(account, tree.nodeById.get(account.parentId)!.path))
        .map(({ id }) => ({ PrincipalType: "GROUP" as const, PrincipalId: groups[group]!.id, TargetId: id })),
    );
    const user = { PrincipalType: "USER" as const, PrincipalId: "11111111-2222-4333-8444-555555555555" };
    const all = [...wanted, ...(set.user ? [{ ...user, TargetId: "200000000002" }] : [])];
    await mapBounded(all, 8, (one) =>
      client.send(new CreateAccountAssignmentCommand({ ...target, ...one, TargetType: "AWS_ACCOUNT" })),
    );
    made += all.length;
  }
  client.destroy();
  return made;
}

/** Roles and users of our names, OIDC providers in use, and AWS Control Tower's role. */
async function seedMachines(endpoint: string, facts: Organization): Promise<void> {
  const in_ = async (account: string): Promise<IAMClient> =>
    new IAMClient(
      account === facts.managementAccountId
        ? clientSettings(endpoint, { region: "us-east-1" })
        : await memberClientSettings(endpoint, account, "us-east-1"),
    );
  const trust = (Principal: object, Action: string): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action }] });
  const ofManagement = trust({ AWS: `arn:aws:iam::${facts.managementAccountId}:root` }, "sts:AssumeRole");
  const role = (RoleName: string, AssumeRolePolicyDocument: string, tags: Readonly<Record<string, string>> = {}) =>
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
  for (const [name, { account, url }] of Object.entries(BROWNFIELD_ISSUERS)) {
    const client = await in_(account);
    const { OpenIDConnectProviderArn: arn = "" } = await client.send(
      new CreateOpenIDConnectProviderCommand({
        Url: url,
        ClientIDList: [name === "github" ? "sts.amazonaws.com" : name === "gitlab" ? url : "aws.workload.identity"],
        ThumbprintList: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
        ...(name === "terraform" ? { Tags: [{ Key: "ManagedBy", Value: "terraform" }] } : {}),
      }),
    );
    for (const n of [1, 2])
      await client.send(role(`${name}-deploy-${n}`, trust({ Federated: arn }, "sts:AssumeRoleWithWebIdentity")));
    client.destroy();
  }
  for (const account of ["200000000001", "200000000003"]) {
    const client = await in_(account);
    await client.send(role("AWSControlTowerExecution", ofManagement));
    // Of the name of our way in, and with no MFA in its trust.
    await client.send(role("SecurityBreakGlass", ofManagement));
    client.destroy();
  }
  const client = await in_(facts.managementAccountId);
  await client.send(new CreateUserCommand({ UserName: "break-glass-1", Path: "/people/" }));
  await client.send(new CreateAccessKeyCommand({ UserName: "break-glass-1" }));
  await client.send(new CreateUserCommand({ UserName: "jenkins" }));
  await client.send(new CreateAccessKeyCommand({ UserName: "jenkins" }));
  client.destroy();
}
