import { IamOrganizationsFeatures } from "@cdktf/provider-aws/lib/iam-organizations-features";
import { OrganizationsPolicy } from "@cdktf/provider-aws/lib/organizations-policy";
import { OrganizationsPolicyAttachment } from "@cdktf/provider-aws/lib/organizations-policy-attachment";
import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import type { GuardrailsState } from "../modules/guardrails/resolve";
import { terraformPolicy, terraformText } from "../modules/policy/document";
import { BaselineStack } from "./baseline-stack";

/** Service control policies, their attachments, and centralized root access. Lives in the management account. */
export class GuardrailsStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: GuardrailsState) {
    super(scope, { settings, name: "guardrails", accountId: settings.managementAccountId });
    for (const scp of state.policies) {
      const policy = new OrganizationsPolicy(this, `scp_${scp.key}`, {
        name: scp.name,
        description: terraformText(scp.description),
        type: "SERVICE_CONTROL_POLICY",
        content: terraformPolicy(scp.document),
      });
      for (const place of scp.attachments) {
        new OrganizationsPolicyAttachment(this, `attach_${scp.key}_${place.id}`, { policyId: policy.id, targetId: place.id });
      }
    }
    if (state.rootAccessFeatures && state.rootAccessFeatures.length > 0) {
      new IamOrganizationsFeatures(this, "root_access", { enabledFeatures: [...state.rootAccessFeatures] });
    }
  }
}
