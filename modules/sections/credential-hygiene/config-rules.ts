/** AWS managed rules of AWS Config, as plain data: https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html */

export interface ManagedRule {
  /** Name in AWS Config. */
  readonly name: string;
  /** Part of Terraform addresses. */
  readonly key: string;
  /** Identifier of the AWS managed rule. */
  readonly identifier: string;
  readonly description: string;
  /** Values are strings: AWS Config takes nothing else. @default - none */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Passwords and access keys that nobody used for so many days. */
export function unusedCredentialsRule(maxUnusedDays: number): ManagedRule {
  return {
    name: "keyless-unused-credentials",
    key: "unused_credentials",
    identifier: "IAM_USER_UNUSED_CREDENTIALS_CHECK",
    description: `IAM users with a password or an active access key that was not used for ${maxUnusedDays} days`,
    parameters: { maxCredentialUsageAge: String(maxUnusedDays) },
  };
}

/**
 * The rules that report and are never remediated, sorted by name.
 *
 * Root MFA does not contradict centralized root access: the rule answers NOT_APPLICABLE where an account's root user has no
 * credentials (https://docs.aws.amazon.com/config/latest/developerguide/root-account-mfa-enabled.html), so it speaks of the
 * management account and of members whose root credentials are still there.
 *
 * MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS is left out: the users it finds are among those that IAM_USER_MFA_ENABLED finds, and every
 * evaluation is charged.
 */
export function reportingRules(maxKeyAgeDays: number): readonly ManagedRule[] {
  return [
    {
      name: "keyless-old-access-keys",
      key: "old_access_keys",
      identifier: "ACCESS_KEYS_ROTATED",
      description: `Active access keys older than ${maxKeyAgeDays} days`,
      parameters: { maxAccessKeyAge: String(maxKeyAgeDays) },
    },
    {
      name: "keyless-root-access-keys",
      key: "root_access_keys",
      identifier: "IAM_ROOT_ACCESS_KEY_CHECK",
      description: "Access keys of the root user",
    },
    {
      name: "keyless-root-without-mfa",
      key: "root_without_mfa",
      identifier: "ROOT_ACCOUNT_MFA_ENABLED",
      description: "Root users with credentials and without MFA",
    },
    {
      name: "keyless-users-without-mfa",
      key: "users_without_mfa",
      identifier: "IAM_USER_MFA_ENABLED",
      description: "IAM users without MFA",
    },
  ];
}

/** The credential report that the rules read is made every four hours at most; once a day is enough for ages in days, and cheap. */
export const EVALUATION_FREQUENCY = "TwentyFour_Hours";

/**
 * Regions where AWS Config cannot record IAM users, because they opened after February 2022: rules on users find nothing there.
 * https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html#select-resources-all
 */
export const REGIONS_WITHOUT_IAM_RECORDING: readonly string[] = [
  "ap-east-2",
  "ap-south-2",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-west-1",
  "eu-central-2",
  "eu-south-2",
  "il-central-1",
  "me-central-1",
  "mx-central-1",
];

/** Accounts that an organization rule or conformance pack can leave out: https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConfigRule.html */
export const MAX_EXCLUDED_ACCOUNTS = 1000;
