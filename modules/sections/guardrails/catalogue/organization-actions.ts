/**
 * Every action of AWS Organizations that changes something, and those of AWS Account Management that take an account or its root user away:
 * who of a member account may call it, and what becomes of it. A test compares the list with the service authorization reference.
 */

export interface OrganizationActions {
  /** Id of the guardrail that denies these in member accounts. Absent: none does. */
  readonly deniedBy?: string;
  /** What they do, or why no guardrail denies them. */
  readonly because: string;
  /** Sorted. */
  readonly actions: readonly string[];
}

/** Of AWS Account Management: what takes the account, or who owns its root user. */
export const ACCOUNT_ACTIONS: readonly string[] = [
  "account:AcceptPrimaryEmailUpdate",
  "account:CloseAccount",
  "account:StartPrimaryEmailUpdate",
];

export const ORGANIZATION_ACTIONS: readonly OrganizationActions[] = [
  {
    deniedBy: "deny-leaving-organization",
    because: "takes the account out of the organization, from inside",
    actions: ["account:CloseAccount", "organizations:AcceptHandshake", "organizations:LeaveOrganization"],
  },
  {
    because:
      "A member account declines an invitation to another organization with it, which keeps it here. The other kinds of handshakes are the management account's.",
    actions: ["organizations:DeclineHandshake"],
  },
  {
    because:
      "Policies of the organization: open to the management account, and to member accounts that the organization's delegation policy names. `prove` asks whether such an account can take a guardrail off, and says unknown where the delegation policy was not read.",
    actions: [
      "organizations:AttachPolicy",
      "organizations:CreatePolicy",
      "organizations:DeletePolicy",
      "organizations:DetachPolicy",
      "organizations:DisablePolicyType",
      "organizations:EnablePolicyType",
      "organizations:UpdatePolicy",
    ],
  },
  {
    because:
      "Tags of accounts, OUs and policies: open to the management account, and to member accounts that the delegation policy names. A tag of an account decides where a guardrail is rolled out (targets: tag) when sync has read it, and a review shows that.",
    actions: ["organizations:TagResource", "organizations:UntagResource"],
  },
  {
    because: "AWS refuses it to member accounts: only the management account calls it, and no SCP binds that account.",
    actions: [
      "organizations:CancelHandshake",
      "organizations:CloseAccount",
      "organizations:CreateAccount",
      "organizations:CreateGovCloudAccount",
      "organizations:CreateOrganizationalUnit",
      "organizations:DeleteOrganization",
      "organizations:DeleteOrganizationalUnit",
      "organizations:DeleteResourcePolicy",
      "organizations:DeregisterDelegatedAdministrator",
      "organizations:DisableAWSServiceAccess",
      "organizations:EnableAWSServiceAccess",
      "organizations:EnableAllFeatures",
      "organizations:InviteAccountToOrganization",
      "organizations:InviteOrganizationToTransferResponsibility",
      "organizations:MoveAccount",
      "organizations:PutResourcePolicy",
      "organizations:RegisterDelegatedAdministrator",
      "organizations:RemoveAccountFromOrganization",
      "organizations:TerminateResponsibilityTransfer",
      "organizations:UpdateOrganizationalUnit",
      "organizations:UpdateResponsibilityTransfer",
    ],
  },
  {
    because: "AWS refuses it to an account that is in an organization already (AlreadyInOrganizationException).",
    actions: ["organizations:CreateOrganization"],
  },
  {
    because:
      "The root user's e-mail address: for a member account only the management account and the delegated administrator of Account Management may call it (https://docs.aws.amazon.com/accounts/latest/APIReference/API_StartPrimaryEmailUpdate.html); in its own console the root user changes it, and deny-root-user binds that one.",
    actions: ["account:AcceptPrimaryEmailUpdate", "account:StartPrimaryEmailUpdate"],
  },
];
