import { stringify } from "yaml";
import { TO_FILL_IN } from "../config/to-fill-in";
import { DEFAULT_PROJECT } from "../sections/pipeline/names";
import { KEYLESS } from "../kernel/command";

export type Backend =
  | { readonly type: "local" }
  | { readonly type: "s3"; readonly bucket: string; readonly region: string; readonly prefix?: string }
  | { readonly type: "hcp"; readonly organization: string; readonly project?: string };

export interface TemplateValues {
  readonly environment: string;
  readonly region: string;
  readonly backend: Backend;
}

/**
 * A `baseline.yaml` that is valid for any organization: it protects the way back in and denies nothing else yet. What the
 * organization will want next stands in comments; a line begins with `#` and no space where it is YAML.
 */
export function baselineTemplate({ environment, region, backend }: TemplateValues): string {
  return `# yaml-language-server: $schema=../../docs/schema/baseline.schema.json
# The planned state of the organization ${environment}. Every key, with its default, is in the schema above: an editor
# with YAML support completes and explains them. environments/example/baseline.yaml shows all of them in use.
#
#   ${KEYLESS} sync ${environment}        reads the facts (accounts, OUs, policies …) into organization.yaml
#   ${KEYLESS} validate ${environment}    reports all mistakes, and what is still to fill in
#   ${KEYLESS} show ${environment}        shows the planned state
version: 1
region: ${scalar(region)}

# Where Terraform keeps its state: local (to try things out), s3 (with its own lock file) or hcp (HCP Terraform, one workspace per stack).
backend:
${indented(backend)}

# Tags on every resource that can carry tags.
tags:
  repository: keyless-org-baseline

# How the stacks reach the accounts. managementRole: a role to assume in the management account, where the credentials of a run are not its
# own. memberRole: the role that exists in every member account.
access:
#  managementRole: KeylessBaselineApply
  memberRole: OrganizationAccountAccessRole

breakGlass:
  # Where the users live: management, or a member account that is used for nothing else.
  homeAccount: management
  users:
    - name: break-glass-1
      holder: ${scalar(`${TO_FILL_IN}: where the credentials are kept - for example a safe`)}
    - name: break-glass-2
      holder: ${scalar(`${TO_FILL_IN}: somebody else and somewhere else`)}
  mfaMaxAgeMinutes: 60
  alarms:
    subscribers:
      # Mailboxes that hear of every use of break glass, for example [security-alerts@example.com].
      emails: []

guardrails:
  rollout:
    # Emergency access is protected everywhere, from the first day.
    - guardrails: [protect-break-glass]
      targets: [all]
    # Next, place by place: no new access keys, then no new users. Targets: all, an OU by its path, an account by its name, a tag.
#    - guardrails: [deny-access-key-creation]
#      targets:
#        include: [all]
#        except: [{ ou: Sandbox }]
#  centralizedRootAccess:
#    rootCredentialsManagement: true
#    rootSessions: true

# People. Needs an Identity Center instance. managedFrom: management, or the account that is its delegated administrator.
#identityCenter:
#  managedFrom: management
#  # Stacks of permission sets; one is right below 50 accounts. keyless reshard changes the number later.
#  shards: 1
#  permissionSets:
#    - name: ReadOnly
#      description: Look, do not touch
#      sessionHours: 8
#      awsManagedPolicies: [ReadOnlyAccess]
#  assignments:
#    - group: Engineering
#      permissionSet: ReadOnly
#      targets: [{ ou: Workloads }]

# Finding long-term credentials that are unused or old. Needs AWS Config recorders and an organization trail.
#credentialHygiene:
#  managedFrom: management
#  maxUnusedDays: 45
#  remediation: "off"
#  alarms:
#    subscribers:
#      emails: [security-alerts@example.com]
${backend.type === "hcp" ? runsAtHcp(backend) : ""}`;
}

function runsAtHcp({ organization, project = DEFAULT_PROJECT }: Extract<Backend, { readonly type: "hcp" }>): string {
  return `
# Runs at HCP Terraform, with roles instead of keys; one workspace for each stack. docs/hcp-terraform.md has it step by step.
#pipeline:
#  kind: hcp-terraform
#  project: ${scalar(`${organization}/${project}`)}
#hcp:
#  notify: []
`;
}

/** A text as YAML writes it, in quotes where it needs them. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

function indented(value: object): string {
  return stringify(value, { lineWidth: 0 })
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
