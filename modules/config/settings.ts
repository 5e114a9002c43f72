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
  /** Plans read member accounts with another role when they are told to. */
  readonly hasPipeline: boolean;
}

/** Tag that marks a resource as this baseline's; its value is the environment's name. */
export const ENVIRONMENT_TAG = "keyless:environment";
/** Tag that names the stack which holds the resource. */
export const STACK_TAG = "keyless:stack";

/** Key of a stack's state in S3; the name may be a pattern. */
export function stateKey({ prefix }: Extract<Backend, { readonly type: "s3" }>, stackName: string): string {
  return `${prefix === "" ? "" : `${prefix}/`}${stackName}.tfstate`;
}
