import type { Backend } from "./schema/backend";

/** What every stack of an environment has in common. Plain data. */
export interface StackSettings {
  /** Name of the environment, the prefix of every stack's name. */
  readonly environment: string;
  readonly organizationId: string;
  readonly managementAccountId: string;
  /** Home region. */
  readonly region: string;
  readonly backend: Backend;
  /** Default tags; the stacks add `keyless:environment` and `keyless:stack`. */
  readonly tags: Readonly<Record<string, string>>;
  /** Role assumed in the management account. Absent: the run's own credentials are used. */
  readonly managementRole?: string;
  /** Role assumed in member accounts. */
  readonly memberRole: string;
  /** The same of accounts in which it is another one, by id. @default - it is the same in every account */
  readonly memberRoles?: Readonly<Record<string, string>>;
  /** Plans read member accounts with another role when they are told to. */
  readonly hasPipeline: boolean;
}

/** A role of member accounts, with its path: the same in all of them, or by their id. */
export type RoleOfMembers = string | ((accountId: string) => string);

export const roleIn = (role: RoleOfMembers, accountId: string): string =>
  typeof role === "string" ? role : role(accountId);

/** The role that stacks assume in a member account. */
export const memberRoleOf =
  ({ memberRole, memberRoles = {} }: Pick<StackSettings, "memberRole" | "memberRoles">) =>
  (accountId: string): string =>
    memberRoles[accountId] ?? memberRole;

/** Tag that marks a resource as this baseline's; its value is the environment's name. */
export const ENVIRONMENT_TAG = "keyless:environment";
/** Tag that names the stack which holds the resource. */
export const STACK_TAG = "keyless:stack";

/** Key of a stack's state in S3; the name may be a pattern. */
export function stateKey({ prefix }: Extract<Backend, { readonly type: "s3" }>, stackName: string): string {
  return `${prefix === "" ? "" : `${prefix}/`}${stackName}.tfstate`;
}
