import type { LocalAws } from "../local/runner";
import { terraformToEnd } from "../modules/terraform/terraform";

/** What AWS could be made to hold twice: by the type of resource, the call that makes one and the call that takes it away. */
const MADE: Readonly<Record<string, readonly [make: string, unmake: string]>> = {
  aws_organizations_policy: ["organizations:CreatePolicy", "organizations:DeletePolicy"],
  aws_organizations_policy_attachment: ["organizations:AttachPolicy", "organizations:DetachPolicy"],
  aws_iam_role: ["iam:CreateRole", "iam:DeleteRole"],
  aws_iam_user: ["iam:CreateUser", "iam:DeleteUser"],
  aws_kms_key: ["kms:CreateKey", "kms:ScheduleKeyDeletion"],
  aws_cloudformation_stack_set: ["cloudformation:CreateStackSet", "cloudformation:DeleteStackSet"],
  aws_identitystore_group: ["identitystore:CreateGroup", "identitystore:DeleteGroup"],
  aws_ssoadmin_permission_set: ["sso:CreatePermissionSet", "sso:DeletePermissionSet"],
  aws_ssoadmin_account_assignment: ["sso:CreateAccountAssignment", "sso:DeleteAccountAssignment"],
  aws_accessanalyzer_analyzer: ["access-analyzer:CreateAnalyzer", "access-analyzer:DeleteAnalyzer"],
};

interface StateResource {
  readonly mode: string;
  readonly type: string;
  readonly instances: readonly unknown[];
}

/** Numbers of managed resources in a stack's state, by type. */
export async function inState(env: NodeJS.ProcessEnv, folder: string): Promise<ReadonlyMap<string, number>> {
  const { exitCode, stdout, stderr } = await terraformToEnd(
    env["TERRAFORM_BINARY_NAME"] ?? "terraform",
    ["state", "pull"],
    { cwd: folder, env },
  );
  if (exitCode !== 0) throw new Error(stderr);
  const counts = new Map<string, number>();
  const { resources = [] } = JSON.parse(stdout === "" ? "{}" : stdout) as { resources?: readonly StateResource[] };
  for (const { mode, type, instances } of resources)
    if (mode === "managed") counts.set(type, (counts.get(type) ?? 0) + instances.length);
  return counts;
}

/**
 * What AWS was made to hold, by the calls that succeeded, and is in no state: a second one of something, or one that nobody knows of.
 *
 * @param states of all stacks that were applied since the log of calls began
 */
export function doubled(
  { log }: Pick<LocalAws, "log">,
  states: readonly ReadonlyMap<string, number>[],
): readonly string[] {
  const succeeded = new Map<string, number>();
  for (const { operation, status } of log.ordered())
    if (status < 300) succeeded.set(operation, (succeeded.get(operation) ?? 0) + 1);
  return Object.entries(MADE).flatMap(([type, [make, unmake]]) => {
    const made = (succeeded.get(make) ?? 0) - (succeeded.get(unmake) ?? 0);
    const known = states.reduce((sum, state) => sum + (state.get(type) ?? 0), 0);
    return made === known ? [] : [`${type}: AWS was made to hold ${made}, and the states know ${known}`];
  });
}
