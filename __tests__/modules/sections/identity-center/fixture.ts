import { App } from "cdktf";
import type { Environment } from "../../../../modules/sections/environment";
import { parseAgainst } from "../../../../modules/config/load";
import { problemList } from "../../../../modules/sections/load";
import { organizationProblems } from "../../../../modules/config/organization-problems";
import { baselineSchema } from "../../../../modules/sections/schema";
import { organizationSchema } from "../../../../modules/config/schema/organization";
import { stackSettings } from "../../../../modules/sections/stack-settings";
import { formatProblem, Problem, sortProblems } from "../../../../modules/kernel/errors";
import { resolveIdentityCenter } from "../../../../modules/sections/identity-center/resolve";
import type { IdentityCenterState } from "../../../../modules/sections/identity-center/types";
import { organizationTree } from "../../../../modules/organization/tree";
import type { Organization } from "../../../../modules/organization/types";
import { addStacks } from "../../../../stacks/identity-center";
import { edited, EXAMPLE_ORGANIZATION, TextEdit } from "../../../support/environments";
import { StackJson, stackJson } from "../../../support/synth";
import { defined } from "../../../../modules/kernel/optional";

/** A baseline with every kind of thing that Identity Center has, for the example's organization. */
export const BASELINE = `version: 1
region: eu-west-1
backend:
  type: local
breakGlass:
  homeAccount: management
  users:
    - name: break-glass-1
      holder: One
    - name: break-glass-2
      holder: Two
  alarms:
    subscribers:
      emails: [security-alerts@example.com]
identityCenter:
  managedFrom: identity
  shards: 4
  groups:
    - name: Platform
      description: The platform team, which runs this baseline
    - name: Billing
  accessControlAttributes:
    CostCenter: ["\${path:enterprise.costCenter}"]
  permissionSets:
    - name: AdministratorAccess
      description: Everything, for the platform team
      awsManagedPolicies: [AdministratorAccess]
    - name: Developer
      description: Build and run, but not change who may do what
      sessionHours: 8
      relayStateUrl: https://eu-central-1.console.aws.amazon.com/console/home
      awsManagedPolicies: [PowerUserAccess]
      customerManagedPolicies:
        - name: deploy
          path: /teams/
      inlinePolicy:
        Statement:
          - Sid: NoAuditTampering
            Effect: Deny
            Action: ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"]
            Resource: "*"
          - Sid: OwnObjects
            Effect: Allow
            Action: ["s3:GetObject"]
            Resource: "arn:aws:s3:::homes/\${aws:PrincipalTag/CostCenter}/*"
      permissionsBoundary:
        customerManagedPolicy:
          name: developer-boundary
    - name: ReadOnly
      sessionHours: 8
      awsManagedPolicies: [job-function/ViewOnlyAccess, ReadOnlyAccess]
    - name: SecurityAudit
      sessionHours: 4
      awsManagedPolicies: [SecurityAudit]
      permissionsBoundary:
        awsManagedPolicy: ReadOnlyAccess
    - name: ManagementBilling
      managedFrom: management
      sessionHours: 2
      awsManagedPolicies: [job-function/Billing]
  assignments:
    - group: Platform
      permissionSet: AdministratorAccess
      targets:
        include: [all]
        except:
          - account: management
    - group: Engineering
      permissionSet: ReadOnly
      targets:
        - ou: Workloads
    - group: Payments
      permissionSet: Developer
      targets:
        - account: payments-dev
    - group: Data
      permissionSet: Developer
      targets:
        include:
          - ou: Workloads
        except:
          - tag: { key: team, value: shop }
          - tag: { key: team, value: payments }
    - group: Security
      permissionSet: SecurityAudit
      targets:
        include: [all]
        except:
          - account: management
    - group: Billing
      permissionSet: ManagementBilling
      targets:
        - account: management
        - account: log-archive
`;

export interface Outcome {
  readonly environment: Environment;
  readonly state?: IdentityCenterState;
  /** As they are printed, sorted. */
  readonly problems: readonly string[];
}

/** Parses texts as the real thing does; what the schema refuses fails the test. */
export function environmentOf(baselineText: string, organizationText: string): Environment {
  const problems: Problem[] = [];
  const baseline = parseAgainst("baseline.yaml", baselineText, baselineSchema, problems);
  const organization = parseAgainst<Organization>("organization.yaml", organizationText, organizationSchema, problems);
  if (organization) problems.push(...organizationProblems(organization.document, organization.value));
  if (!baseline || !organization || problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  const environment: Environment = {
    name: "prod",
    baseline: baseline.value,
    organization: organization.value,
    tree: organizationTree(organization.value),
    files: new Map(),
    place: (path) => baseline.document.place(path),
  };
  return environment;
}

export function resolved(environment: Environment): Outcome {
  const problems = problemList(environment);
  const state = resolveIdentityCenter(environment, problems);
  return { environment, problems: sortProblems(problems.all()).map(formatProblem), ...defined({ state }) };
}

/** The fixture and the example's organization, with edits. */
export function outcomeWith(edit: TextEdit = {}): Outcome {
  return resolved(environmentOf(edited(BASELINE, edit.baseline), edited(EXAMPLE_ORGANIZATION, edit.organization)));
}

/** A state in which nothing is wrong. */
export function stateOf(outcome: Outcome): IdentityCenterState {
  if (!outcome.state || outcome.problems.some((problem) => problem.startsWith("error")))
    throw new Error(outcome.problems.join("\n"));
  return outcome.state;
}

/** The synthesized stacks by name. */
export function stacksOf(outcome: Outcome): ReadonlyMap<string, StackJson> {
  const stacks = addStacks(
    new App({ outdir: "/nonexistent" }),
    { settings: stackSettings(outcome.environment), identityCenter: stateOf(outcome) },
    [],
  );
  return new Map(stacks.map((stack) => [stack.stackName, stackJson(stack)]));
}

export function stacksWith(edit: TextEdit = {}): ReadonlyMap<string, StackJson> {
  return stacksOf(outcomeWith(edit));
}
