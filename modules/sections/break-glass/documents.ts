import { policyDocument } from "../../policy/document";
import type { PolicyDocument, PolicyStatement } from "../../policy/types";

/** The policies of break glass: one source for the resources, the StackSet template, the guardrail and the proofs. */

/** What the documents are made of. */
export interface BreakGlassIdentity {
  readonly organizationId: string;
  /** Account of the users. */
  readonly homeAccountId: string;
  readonly roleName: string;
  /** `/break-glass/` */
  readonly userPath: string;
  readonly userNames: readonly string[];
  readonly mfaMaxAgeMinutes: number;
  /** Networks in CIDR notation; empty: from anywhere. */
  readonly sourceNetworks: readonly string[];
}

/** One IAM role as plain data, from which both Terraform and CloudFormation are written. */
export interface RoleDefinition {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly trust: PolicyDocument;
  readonly managedPolicyArns: readonly string[];
}

export function userArn(identity: Pick<BreakGlassIdentity, "homeAccountId" | "userPath">, userName: string): string {
  return `arn:aws:iam::${identity.homeAccountId}:user${identity.userPath}${userName}`;
}

export function roleArn(identity: BreakGlassIdentity, accountId: string): string {
  return `arn:aws:iam::${accountId}:role/${identity.roleName}`;
}

/**
 * Who may assume the role: the named users, with MFA, recently, under their own name.
 *
 * The principal is the home account, narrowed by `aws:PrincipalArn`, and not the users' ARNs: AWS stores a user ARN in a trust
 * policy as the user's unique id, so that a user who is deleted and made again would be locked out of every account at once.
 * What keeps others from becoming such a user is the guardrail `protect-break-glass`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
 *
 * Every condition fails closed: `aws:MultiFactorAuthPresent` and `aws:MultiFactorAuthAge` are absent from a request without
 * MFA, and neither operator is an IfExists.
 */
export function breakGlassTrust(identity: BreakGlassIdentity): PolicyDocument {
  return policyDocument([
    {
      Sid: "BreakGlassUsersWithMfa",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${identity.homeAccountId}:root` },
      Action: "sts:AssumeRole",
      Condition: {
        ArnEquals: { "aws:PrincipalArn": identity.userNames.map((name) => userArn(identity, name)) },
        Bool: { "aws:MultiFactorAuthPresent": "true" },
        NumericLessThan: { "aws:MultiFactorAuthAge": String(identity.mfaMaxAgeMinutes * 60) },
        // The session carries the user's name, so that every later event names the person. The console's switch-role does so.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
        StringEquals: { "sts:RoleSessionName": "${aws:username}" },
        ...(identity.sourceNetworks.length > 0 ? { IpAddress: { "aws:SourceIp": [...identity.sourceNetworks] } } : {}),
      },
    },
  ]);
}

/** The administrator role, the same in every account. One hour: the shortest session that role chaining and consoles allow for. */
export function breakGlassRole(identity: BreakGlassIdentity): RoleDefinition {
  return {
    name: identity.roleName,
    path: "/",
    description: "Break glass: administrator for the day when Identity Center or the identity provider is down",
    maxSessionSeconds: 3600,
    trust: breakGlassTrust(identity),
    managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  };
}

/** What a user may do before MFA: see itself, choose its password, enrol its own first MFA device. */
const BEFORE_MFA = {
  self: [
    "iam:ChangePassword",
    "iam:EnableMFADevice",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
  ],
  device: ["iam:CreateVirtualMFADevice"],
  anywhere: ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"],
} as const;

/**
 * What a break-glass user may do. Before MFA: enrol its own MFA device and change its password. With MFA: replace its own
 * device, and assume the break-glass role in an account of this organization. Nothing else.
 *
 * That a device can be enrolled without MFA is safe only because these users have no access keys: the console asks for MFA as
 * soon as one device is registered, and without access keys there is no other way in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export function breakGlassUserPolicy(identity: BreakGlassIdentity): PolicyDocument {
  const self = `arn:aws:iam::${identity.homeAccountId}:user${identity.userPath}\${aws:username}`;
  const device = `arn:aws:iam::${identity.homeAccountId}:mfa/\${aws:username}`;
  const devices = [device, `${device}-*`];
  const withMfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
  const withoutMfa = { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } };
  const statements: PolicyStatement[] = [
    { Sid: "SeeAndEnrolItself", Effect: "Allow", Action: [...BEFORE_MFA.self], Resource: self },
    { Sid: "MakeItsDevice", Effect: "Allow", Action: [...BEFORE_MFA.device], Resource: devices },
    { Sid: "ConsoleNeeds", Effect: "Allow", Action: [...BEFORE_MFA.anywhere], Resource: "*" },
    {
      Sid: "ReplaceItsDeviceWithMfa",
      Effect: "Allow",
      Action: "iam:DeactivateMFADevice",
      Resource: self,
      Condition: withMfa,
    },
    {
      Sid: "DeleteItsDeviceWithMfa",
      Effect: "Allow",
      Action: "iam:DeleteVirtualMFADevice",
      Resource: devices,
      Condition: withMfa,
    },
    {
      Sid: "BreakGlassWithMfa",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: `arn:aws:iam::*:role/${identity.roleName}`,
      // IfExists: should AWS not give the key for this call, the way in must stay open; the role's own trust still decides.
      Condition: { ...withMfa, StringEqualsIfExists: { "aws:ResourceOrgID": identity.organizationId } },
    },
    {
      // Holds whatever else is ever attached to the user.
      Sid: "NothingElseWithoutMfa",
      Effect: "Deny",
      NotAction: [...BEFORE_MFA.self, ...BEFORE_MFA.device, ...BEFORE_MFA.anywhere],
      Resource: "*",
      Condition: withoutMfa,
    },
    {
      Sid: "NeverALongTermKey",
      Effect: "Deny",
      Action: [
        "iam:CreateAccessKey",
        "iam:CreateServiceSpecificCredential",
        "iam:UploadSSHPublicKey",
        "iam:UploadSigningCertificate",
        "sts:GetFederationToken",
      ],
      Resource: "*",
    },
  ];
  return policyDocument(statements);
}
