import { IamOrganizationsFeatures } from "@cdktf/provider-aws/lib/iam-organizations-features";
import { OrganizationsPolicy } from "@cdktf/provider-aws/lib/organizations-policy";
import { OrganizationsPolicyAttachment } from "@cdktf/provider-aws/lib/organizations-policy-attachment";
import { DataResource } from "cdktf";
import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import type { GuardrailsState } from "../modules/sections/guardrails/resolve";
import { terraformPolicy } from "../modules/policy/document";
import { sectionOf } from "../modules/sections/stack-kinds";
import { BaselineStack } from "./baseline-stack";
import type { AddStacks } from "./add-stacks";
import { GuardrailObservationStack } from "./guardrail-observation";

/** Service control policies, their attachments, and centralized root access. Lives in the management account. */
export class GuardrailsStack extends BaselineStack {
  /** @param isImported whether moves.yaml imports the attachment of this id */
  constructor(
    scope: Construct,
    settings: StackSettings,
    state: GuardrailsState,
    isImported: (id: string) => boolean = () => false,
  ) {
    super(scope, { settings, name: "guardrails", kind: "guardrails", accountId: settings.managementAccountId });
    // What a place needs is attached before what it no longer needs is detached, or a guardrail would be absent in between. Terraform
    // gives unrelated resources no order; this one, which comes after all attachments, does: an attachment that goes waits for it (a
    // resource with create_before_destroy is destroyed after its dependents have changed), and it waits for those that come.
    // https://github.com/hashicorp/terraform/blob/main/docs/destroying.md
    const createBeforeDestroy = { createBeforeDestroy: true };
    const attachments = state.policies.flatMap((scp) => {
      const policy = new OrganizationsPolicy(this, `scp_${scp.key}`, {
        name: scp.name,
        description: scp.description,
        type: scp.type,
        content: scp.asInAws ?? terraformPolicy(scp.document),
        lifecycle: createBeforeDestroy,
      });
      return scp.attachments.map(
        (place) =>
          new OrganizationsPolicyAttachment(this, `attach_${scp.key}_${place.id}`, {
            policyId: policy.id,
            targetId: place.id,
            lifecycle: createBeforeDestroy,
          }),
      );
    });
    // Where every attachment is imported nothing comes and nothing goes, and the plan of an adoption has nothing to add.
    if (!attachments.every((one) => isImported(one.friendlyUniqueId)) || attachments.length === 0)
      new DataResource(this, "attached", {
        input: Object.fromEntries(
          state.policies.map((scp) => [scp.key, scp.attachments.map((place) => place.id).sort()]),
        ),
        ...(attachments.length > 0 ? { dependsOn: attachments } : {}),
        lifecycle: createBeforeDestroy,
      });
    if (state.rootAccessFeatures && state.rootAccessFeatures.length > 0) {
      new IamOrganizationsFeatures(this, "root_access", { enabledFeatures: [...state.rootAccessFeatures] });
    }
  }
}

export const addStacks: AddStacks<"guardrails"> = (app, { settings, guardrails, moves = [] }, before) => {
  const imported = new Set(
    moves.filter(({ from, to }) => !from && to?.stack === "guardrails").map(({ to }) => to!.address),
  );
  const stack = new GuardrailsStack(app, settings, guardrails, (id) =>
    imported.has(`aws_organizations_policy_attachment.${id}`),
  );
  // The way back in exists before the doors close. Once the facts show our SCPs this has happened, and each stack can be
  // applied by itself: with a dependency cdktf would ask for the others each time.
  if (guardrails.firstApply)
    before.filter(({ kind }) => sectionOf(kind) === "breakGlass").forEach((one) => stack.addDependency(one));
  const { observation } = guardrails;
  return [stack, ...(observation ? [new GuardrailObservationStack(app, settings, observation)] : [])];
};
