import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import {
  addAnywhereWorkload,
  addOidcProvider,
  addTrustAnchor,
  addWorkloadRole,
} from "../modules/sections/workload-identity/resources";
import type { WorkloadIdentityStack as StackState } from "../modules/sections/workload-identity/types";
import { BaselineStack } from "./baseline-stack";
import type { AddStacks } from "./add-stacks";

/** Trust anchors, OIDC providers and the roles of workloads of one account and region. Lives in that account. */
export class WorkloadIdentityStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: StackState) {
    super(scope, {
      settings,
      name: state.name,
      kind: "workload-identity",
      accountId: state.accountId,
      region: state.region,
    });
    const provider = this.provider(state.accountId, state.region);
    const anchors = new Map(
      state.trustAnchors.map((anchor) => [
        anchor.name,
        { arn: anchor.arn, resource: addTrustAnchor(this, provider, anchor) },
      ]),
    );
    for (const workload of state.rolesAnywhere)
      addAnywhereWorkload(this, provider, workload, anchors.get(workload.trustAnchor)!);
    const providers = new Map(
      state.oidcProviders.map((oidc) => [
        oidc.name,
        addOidcProvider(this, `oidc_provider_${oidc.name}`, provider, oidc),
      ]),
    );
    // The provider's ARN is known beforehand and written out; the order is for people, who should not find a role that trusts nothing.
    for (const { provider: name, role } of state.oidcRoles)
      addWorkloadRole(
        this,
        provider,
        role,
        {},
        [providers.get(name)].filter((one) => one !== undefined),
      );
  }
}

/** One stack for each account and region that holds anything. */
export const addStacks: AddStacks<"workloadIdentity"> = (app, { settings, workloadIdentity }) =>
  workloadIdentity.stacks.map((stack) => new WorkloadIdentityStack(app, settings, stack));
