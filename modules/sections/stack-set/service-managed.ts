import { CloudformationStackInstances } from "@cdktf/provider-aws/lib/cloudformation-stack-instances";
import { CloudformationStackSet } from "@cdktf/provider-aws/lib/cloudformation-stack-set";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { CloudFormationTemplate } from "../alarms/template";
import { canonicalJson } from "../../kernel/json";

export interface ServiceManagedStackSetProps {
  /** Provider of the management account. */
  readonly provider: AwsProvider;
  readonly name: string;
  readonly description: string;
  readonly template: CloudFormationTemplate;
  /** Ids of the root or of OUs. */
  readonly targetIds: readonly string[];
  readonly regions: readonly string[];
  /** Member accounts to leave out. @default - none */
  readonly excludedAccountIds?: readonly string[];
  /**
   * The only accounts that are meant below the targets. Then nothing is deployed to accounts that join.
   * @default - all, those that join included
   */
  readonly onlyAccountIds?: readonly string[];
  /** @default false */
  readonly preventDestroy?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A service-managed StackSet with auto-deployment: AWS's own engine covers every account below the targets and each that joins
 * them, in one resource to plan whatever the number of accounts. It never reaches the management account.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
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
  const preferences = {
    failureTolerancePercentage: 10,
    maxConcurrentPercentage: 100,
    regionConcurrencyType: "PARALLEL",
  };
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
    operationPreferences: preferences,
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
    operationPreferences: preferences,
    lifecycle,
  });
}
