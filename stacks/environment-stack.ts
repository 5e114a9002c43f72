import { CloudBackend, LocalBackend, NamedCloudWorkspace, S3Backend, TerraformStack, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import { BaselineError } from "../modules/kernel/errors";
import { escapedStack } from "./escape";
import { StackSettings, stateKey } from "../modules/config/settings";
import { STACK_MARK, StackKind, stackMark } from "../modules/sections/stack-kinds";

/** 1.10 brought the S3 backend's native lock file. */
export const TERRAFORM_CONSTRAINT = ">= 1.10.0";

/** One Terraform state of an environment, named `<environment>-<name>`: a backend, and no provider yet. */
export class EnvironmentStack extends TerraformStack {
  readonly settings: StackSettings;
  readonly stackName: string;
  readonly kind: StackKind;

  /**
   * @param name without the environment, for example `guardrails`
   * @param kind what review and delivery go by; they read no names
   */
  constructor(scope: Construct, settings: StackSettings, name: string, kind: StackKind) {
    const stackName = `${settings.environment}-${name}`;
    super(scope, stackName);
    this.settings = settings;
    this.stackName = stackName;
    this.kind = kind;
    this.addBackend();
    new TerraformVariable(this, STACK_MARK, {
      type: "object({ environment = string, kind = string, section = string })",
      default: stackMark(kind, settings.environment),
      description: "What this stack is: read by review and delivery, used by no resource. Do not set it.",
    });
    this.addOverride("terraform.required_version", TERRAFORM_CONSTRAINT);
  }

  /** Every string passes one escape: see `escape.ts`. */
  override toTerraform(): unknown {
    return escapedStack(this, () => super.toTerraform() as unknown);
  }

  /** `synth --hcl` breaks policies with variables of AWS (hashicorp/terraform-cdk#3911), and its text would pass no escape. */
  override toHclTerraform(): never {
    throw new BaselineError([
      { code: "SYNTH-HCL", message: "These stacks are synthesized to JSON, not to HCL.", fix: "Leave out --hcl." },
    ]);
  }

  private addBackend(): void {
    const { backend } = this.settings;
    switch (backend.type) {
      case "local":
        // Relative to the folder that Terraform runs in, <output>/stacks/<stack>: beside the output, as cdktf's default, but
        // without this machine's absolute path.
        new LocalBackend(this, { path: `../../../terraform.${this.stackName}.tfstate` });
        return;
      case "s3":
        new S3Backend(this, {
          bucket: backend.bucket,
          key: stateKey(backend, this.stackName),
          region: backend.region,
          encrypt: true,
          ...(backend.kmsKeyArn ? { kmsKeyId: backend.kmsKeyArn } : {}),
        });
        // S3's native lock file: no DynamoDB table. cdktf's bindings do not know it yet.
        this.addOverride("terraform.backend.s3.use_lockfile", true);
        return;
      case "hcp":
        new CloudBackend(this, {
          hostname: backend.hostname,
          organization: backend.organization,
          workspaces: new NamedCloudWorkspace(this.stackName, backend.project),
        });
    }
  }
}
