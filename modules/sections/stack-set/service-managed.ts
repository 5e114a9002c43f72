import { createHash } from "node:crypto";
import { CloudformationStackInstances } from "@cdktf/provider-aws/lib/cloudformation-stack-instances";
import { CloudformationStackSet } from "@cdktf/provider-aws/lib/cloudformation-stack-set";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { ITerraformDependable, Postcondition } from "cdktf";
import type { Construct } from "constructs";
import type { CloudFormationTemplate } from "../alarms/template";
import { expression } from "../expression";
import { canonicalJson } from "../../kernel/json";
import type { ServiceManagedStackSet } from "./types";

export interface ServiceManagedStackSetProps extends ServiceManagedStackSet {
  /** Provider of the management account. */
  readonly provider: AwsProvider;
  /** @default false */
  readonly preventDestroy?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A service-managed StackSet with auto-deployment: AWS's own engine covers every account below the targets and each that joins
 * them, in one resource to plan whatever the number of accounts. It never reaches the management account.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
 *
 * No failure ends green (decision record 31): every account is tried, and then the apply fails and names the accounts whose instance is
 * not current; so does each later plan.
 *
 * Resources: `stackset_<id>` and `stackset_<id>_instances`.
 *
 * @returns the instances, for what must come after them
 */
export function addServiceManagedStackSet(
  stack: Construct,
  id: string,
  props: ServiceManagedStackSetProps,
): ITerraformDependable {
  const lifecycle = props.preventDestroy ? { preventDestroy: true } : {};
  const stackSet = new CloudformationStackSet(stack, `stackset_${id}`, {
    provider: props.provider,
    name: props.name,
    description: props.description,
    permissionModel: "SERVICE_MANAGED",
    // Auto-deployment looks at OUs alone: it would reach accounts that are not among the only ones.
    autoDeployment: props.onlyAccountIds ? { enabled: false } : { enabled: true, retainStacksOnAccountRemoval: false },
    managedExecution: { active: true },
    capabilities: ["CAPABILITY_NAMED_IAM"],
    templateBody: canonicalJson(props.template),
    // The provider cannot ask for the soft mode here (hashicorp/terraform-provider-aws#38882), and the strict one would go account
    // by account: what fails shows in the instances below, which are updated and read back after each change of the template.
    operationPreferences: {
      failureTolerancePercentage: 100,
      maxConcurrentPercentage: 100,
      regionConcurrencyType: "PARALLEL",
    },
    timeouts: { update: LONGEST_OPERATION },
    // AWS gives a service-managed StackSet an administration role of its own; the provider would take it away again.
    lifecycle: { ...lifecycle, ignoreChanges: ["administration_role_arn"] },
    ...(props.dependsOn && props.dependsOn.length > 0 ? { dependsOn: [...props.dependsOn] } : {}),
  });
  const filter = props.onlyAccountIds ? ("INTERSECTION" as const) : ("DIFFERENCE" as const);
  const accounts = props.onlyAccountIds ?? props.excludedAccountIds ?? [];
  return new CloudformationStackInstances(stack, `stackset_${id}_instances`, {
    provider: props.provider,
    stackSetName: stackSet.name,
    regions: [...props.regions].sort(),
    deploymentTargets: {
      organizationalUnitIds: [...props.targetIds].sort(),
      ...(accounts.length > 0 ? { accountFilterType: filter, accounts: [...accounts].sort() } : {}),
    },
    // An operation that ends as failed would taint the resource, and a tainted one with prevent_destroy cannot be planned again.
    operationPreferences: {
      concurrencyMode: "SOFT_FAILURE_TOLERANCE",
      failureTolerancePercentage: 100,
      maxConcurrentPercentage: concurrencyFor(props.template),
      regionConcurrencyType: "PARALLEL",
    },
    timeouts: { create: LONGEST_OPERATION, update: LONGEST_OPERATION, delete: LONGEST_OPERATION },
    lifecycle: { ...lifecycle, postcondition: [everyInstanceCurrent(props.name)] },
  });
}

/**
 * More than half of the accounts at a time: which percentage says nothing to CloudFormation, and tells Terraform that the template is
 * another one. A change of an operation preference is a change of this resource in place, which tries the accounts that failed again,
 * and above all reads every instance back; a change of the StackSet alone would leave the instances as they were read before.
 */
function concurrencyFor(template: CloudFormationTemplate): number {
  const digest = createHash("sha256").update(canonicalJson(template)).digest();
  return 51 + (digest.readUInt32BE(0) % 50);
}

/** The provider waits 30 minutes by default, and taints what takes longer: too short for thousands of accounts. */
const LONGEST_OPERATION = "6h";

/**
 * Not failures: an account that is suspended, and one that auto-deployment is about to reach. Terraform has waited for its own
 * operations, so none of them is pending or running when it reads.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceComprehensiveStatus.html
 */
const NOT_FAILED = ["PENDING", "RUNNING", "SKIPPED_SUSPENDED_ACCOUNT"];

const IS_FINE = `one.status == "CURRENT" || try(contains(${JSON.stringify(NOT_FAILED)}, one.detailed_status), false)`;
const SAYS = 'join(" ", compact([one.account_id, one.region, one.detailed_status, one.status_reason]))';

/** The expressions of the postcondition: whether all is well, and what is not. Constant: no name of anybody is in them. */
export const INSTANCE_EXPRESSIONS = {
  areFine: `alltrue([for one in self.stack_instance_summaries : ${IS_FINE}])`,
  failures: `join("; ", [for one in self.stack_instance_summaries : ${SAYS} if !(${IS_FINE})])`,
} as const;

function everyInstanceCurrent(stackSet: string): Postcondition {
  return {
    condition: expression(INSTANCE_EXPRESSIONS.areFine),
    errorMessage:
      `StackSet ${stackSet} has not reached every account: ${expression(INSTANCE_EXPRESSIONS.failures)}. Fix what the reason ` +
      "names in those accounts, then let CloudFormation try them again (create-stack-instances for these accounts), and plan again.",
  };
}
