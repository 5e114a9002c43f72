import { AccessanalyzerAnalyzer } from "@cdktf/provider-aws/lib/accessanalyzer-analyzer";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { ConfigOrganizationConformancePack } from "@cdktf/provider-aws/lib/config-organization-conformance-pack";
import { ConfigOrganizationManagedRule } from "@cdktf/provider-aws/lib/config-organization-managed-rule";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import {
  AlarmHub,
  busArn,
  forwarderPermissions,
  forwarderRoleNameIn,
  ForwarderRule,
  forwarderRuleName,
  forwarderTrust,
} from "../alarms/documents";
import { terraformPolicy } from "../../policy/document";
import { canonicalJson } from "../../kernel/json";
import type { AccountRole } from "./account-role";
import { EVALUATION_FREQUENCY, ManagedRule } from "./config-rules";
import { REMEDIATION_NAME, remediationPack } from "./remediation";
import type { CredentialHygieneState } from "./types";
import { defined } from "../../kernel/optional";

/** AWS Config deploys to every account before it says that it is done: in a large organization longer than the provider's five minutes. */
const TIMEOUTS = { create: "60m", update: "60m", delete: "60m" };

/** One rule in every account of the organization but the excluded ones: `config_<key>`. */
export function addOrganizationRule(
  stack: Construct,
  provider: AwsProvider,
  rule: ManagedRule,
  excludedAccountIds: readonly string[],
): void {
  new ConfigOrganizationManagedRule(stack, `config_${rule.key}`, {
    provider,
    name: rule.name,
    description: rule.description,
    ruleIdentifier: rule.identifier,
    maximumExecutionFrequency: EVALUATION_FREQUENCY,
    ...(rule.parameters ? { inputParameters: canonicalJson(rule.parameters) } : {}),
    ...(excludedAccountIds.length > 0 ? { excludedAccounts: [...excludedAccountIds] } : {}),
    timeouts: TIMEOUTS,
  });
}

/** One analyzer for unused access in all accounts: `analyzer_unused_access`. Access is global, so one region is enough. */
export function addUnusedAccessAnalyzer(
  stack: Construct,
  provider: AwsProvider,
  analyzer: NonNullable<CredentialHygieneState["analyzer"]>,
): void {
  new AccessanalyzerAnalyzer(stack, "analyzer_unused_access", {
    provider,
    analyzerName: analyzer.name,
    type: "ORGANIZATION_UNUSED_ACCESS",
    configuration: { unusedAccess: { unusedAccessAge: analyzer.maxUnusedDays } },
  });
}

/**
 * The forwarder of one account and region as resources, ids beginning with `forwarder_<region>`: what the StackSet's template is
 * for the accounts that a StackSet reaches.
 */
export function addForwarder(
  stack: Construct,
  provider: AwsProvider,
  hub: AlarmHub,
  rules: readonly ForwarderRule[],
  accountId: string,
  region: string,
  permissionsBoundary?: string,
): void {
  const id = `forwarder_${region}`;
  const role = new IamRole(stack, `${id}_role`, {
    provider,
    name: forwarderRoleNameIn(hub, region),
    path: "/keyless/",
    description: "EventBridge puts events on new long-term credentials on the alarm bus",
    assumeRolePolicy: terraformPolicy(forwarderTrust(hub, accountId)),
    ...defined({ permissionsBoundary }),
  });
  const policy = new IamRolePolicy(stack, `${id}_role_policy`, {
    provider,
    role: role.name,
    name: "put-on-bus",
    policy: terraformPolicy(forwarderPermissions(hub)),
  });
  for (const rule of rules) {
    const resource = new CloudwatchEventRule(stack, `${id}_rule_${rule.id}`, {
      provider,
      name: forwarderRuleName(hub, rule),
      description: rule.description,
      eventPattern: canonicalJson(rule.pattern),
    });
    new CloudwatchEventTarget(stack, `${id}_target_${rule.id}`, {
      provider,
      rule: resource.name,
      targetId: "bus",
      arn: busArn(hub),
      roleArn: role.arn,
      dependsOn: [policy],
    });
  }
}

/** A role that the others get through a StackSet, as resources in one account: `<id>` and `<id>_policy`. */
export function addAccountRole(
  stack: Construct,
  provider: AwsProvider,
  id: string,
  role: AccountRole,
): ITerraformDependable {
  const resource = new IamRole(stack, id, {
    provider,
    name: role.name,
    path: role.path,
    description: role.description,
    assumeRolePolicy: terraformPolicy(role.trust),
    ...defined({ permissionsBoundary: role.permissionsBoundary }),
  });
  return new IamRolePolicy(stack, `${id}_policy`, {
    provider,
    role: resource.name,
    name: role.policyName,
    policy: terraformPolicy(role.permissions),
  });
}

/** The rule with its remediation in every account: `remediation_pack`. After the roles, or the first runs fail. */
export function addRemediationPack(
  stack: Construct,
  provider: AwsProvider,
  remediation: NonNullable<CredentialHygieneState["remediation"]>,
  excludedAccountIds: readonly string[],
  roles: readonly ITerraformDependable[],
): void {
  new ConfigOrganizationConformancePack(stack, "remediation_pack", {
    provider,
    name: REMEDIATION_NAME,
    templateBody: remediationPack(remediation.rule, remediation.scope, remediation.automatic),
    ...(excludedAccountIds.length > 0 ? { excludedAccounts: [...excludedAccountIds] } : {}),
    timeouts: TIMEOUTS,
    dependsOn: [...roles],
  });
}
