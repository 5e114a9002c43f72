import { TfeProvider } from "@cdktf/provider-tfe/lib/provider";
import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import { HCP_WORKSPACES } from "../modules/sections/hcp/names";
import { addHcpWorkspaces } from "../modules/sections/hcp/resources";
import type { HcpState } from "../modules/sections/hcp/types";
import type { AddStacks } from "./add-stacks";
import { EnvironmentStack } from "./environment-stack";

/** 0.71 is what the bindings were made from. */
export const TFE_PROVIDER_CONSTRAINT = ">= 0.71.0, < 1.0.0";

/**
 * The workspaces that hold the states of all other stacks. Applied by a person before them, with a token of HCP Terraform that only the environment of
 * that run holds (`TFE_TOKEN`, or `terraform login`). Its own state is in a workspace that a person makes by hand. Nothing of it is in AWS.
 */
export class HcpWorkspacesStack extends EnvironmentStack {
  constructor(scope: Construct, settings: StackSettings, state: HcpState) {
    super(scope, settings, HCP_WORKSPACES, "hcp-workspaces");
    new TfeProvider(this, "tfe", { hostname: state.hostname, organization: state.organization });
    this.addOverride("terraform.required_providers.tfe.version", TFE_PROVIDER_CONSTRAINT);
    addHcpWorkspaces(this, settings.environment, state);
  }
}

export const addStacks: AddStacks<"hcp"> = (app, { settings, hcp }) => [new HcpWorkspacesStack(app, settings, hcp)];
