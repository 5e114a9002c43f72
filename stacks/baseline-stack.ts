import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import { ENVIRONMENT_TAG, memberRoleOf, STACK_TAG, StackSettings } from "../modules/config/settings";
import { expression } from "../modules/sections/expression";
import { MEMBER_PLAN_VARIABLE } from "../modules/sections/pipeline/names";
import type { StackKind } from "../modules/sections/stack-kinds";
import { EnvironmentStack } from "./environment-stack";

/** The same JSON runs on both majors of the provider. */
export const AWS_PROVIDER_CONSTRAINT = ">= 5.100.0, < 7.0.0";

export interface BaselineStackProps {
  readonly settings: StackSettings;
  /** Name without the environment, for example `guardrails`. */
  readonly name: string;
  readonly kind: StackKind;
  /** Account the stack lives in. */
  readonly accountId: string;
  /** @default - the environment's home region */
  readonly region?: string;
}

/**
 * One Terraform state: one blast radius, one set of credentials. Brings backend, provider and tags and nothing else.
 *
 * Resources are created directly in the stack, so that their Terraform addresses are the ids they are given.
 */
export class BaselineStack extends EnvironmentStack {
  readonly accountId: string;
  readonly region: string;
  private readonly providers = new Map<string, AwsProvider>();

  constructor(scope: Construct, props: BaselineStackProps) {
    super(scope, props.settings, props.name, props.kind);
    this.accountId = props.accountId;
    this.region = props.region ?? props.settings.region;
    this.provider(this.accountId, this.region);
    this.addOverride("terraform.required_providers.aws.version", AWS_PROVIDER_CONSTRAINT);
  }

  /**
   * The provider for an account and region: the stack's default provider, or an alias made when first asked for. A stack has a
   * handful at most: each alias costs about 115 MB and 4.5 CPU-seconds per plan.
   */
  provider(accountId: string, region: string = this.region): AwsProvider {
    const key = `${accountId}-${region}`;
    const known = this.providers.get(key);
    if (known) return known;
    const isDefault = this.providers.size === 0;
    const role =
      accountId === this.settings.managementAccountId ? this.settings.managementRole : this.memberRole(accountId);
    const provider = new AwsProvider(this, isDefault ? "aws" : `aws_${key}`, {
      ...(isDefault ? {} : { alias: `account_${accountId}_${region}` }),
      region,
      allowedAccountIds: [accountId],
      defaultTags: [
        { tags: { ...this.settings.tags, [ENVIRONMENT_TAG]: this.settings.environment, [STACK_TAG]: this.stackName } },
      ],
      ...(role
        ? {
            assumeRole: [
              { roleArn: `arn:aws:iam::${accountId}:role/${role}`, sessionName: sessionName(this.stackName) },
            ],
          }
        : {}),
    });
    this.providers.set(key, provider);
    return provider;
  }

  /**
   * The role in member accounts. Where there is a pipeline, what comes before an apply can be told to use one that only reads, whose name
   * is the variable's value: a plan role that could assume an administrator would be no plan role. The apply itself always uses the
   * member role, in one run or from a saved plan, because the symbol is asked again: https://developer.hashicorp.com/terraform/language/functions/terraform-applying
   */
  private memberRole(accountId: string): string {
    const { hasPipeline, memberRoles } = this.settings;
    const memberRole = memberRoleOf(this.settings)(accountId);
    if (!hasPipeline) return memberRole;
    if (!this.node.tryFindChild(MEMBER_PLAN_VARIABLE)) {
      new TerraformVariable(this, MEMBER_PLAN_VARIABLE, {
        type: "string",
        // Where accounts have different roles no name is right for all of them.
        default: memberRoles ? "" : memberRole,
        description: "Role, with its path, that reads member accounts before an apply. Default: the role that applies.",
      });
    }
    const applies = JSON.stringify(memberRole);
    const variable = `var.${MEMBER_PLAN_VARIABLE}`;
    return expression(
      memberRoles
        ? `terraform.applying || ${variable} == "" ? ${applies} : ${variable}`
        : `terraform.applying ? ${applies} : ${variable}`,
    );
  }
}

/** Role session names have at most 64 characters. */
function sessionName(stackName: string): string {
  return `keyless-${stackName}`.slice(0, 64);
}
