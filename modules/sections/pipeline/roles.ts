import { memberRoles } from "../member-roles";
import type { ProblemList } from "../../config/problem-list";
import { byKey, unique, uniqueSorted } from "../../kernel/lists";
import { policyDocument, policySize } from "../../policy/document";
import type { PolicyDocument, PolicyStatement } from "../../policy/types";
import type { Holding } from "../card";
import { KEYLESS_ROLE_PATH, RETIREMENT_ROLE } from "../credential-hygiene/names";
import { MAX_TRUST_CHARACTERS, oidcTrust } from "../workload-identity/documents";
import { defaultIssuer } from "../workload-identity/oidc";
import type { OidcProviderState } from "../workload-identity/types";
import { boundaries } from "./boundary";
import {
  assumeStatement,
  GrantFacts,
  heldStatements,
  memberPlanRole,
  memberPlanTrust,
  Phase,
  roleArn,
  selfStatement,
  stateStatements,
  untouchableStatement,
} from "./documents";
import { boundaryArn } from "../default-roles";
import { PIPELINE, sectionRoleName } from "./names";
import { breakGlassArns, othersPolicies, ownArns } from "./untouchable";
import type {
  PipelineEnvironment,
  PipelineNeeds,
  PipelineRole,
  PipelineSection,
  PipelineState,
  PolicyPart,
  SectionRole,
} from "./types";

/** CloudFormation's name for the account that a template is deployed to. */
const THIS_ACCOUNT = "${AWS::AccountId}";
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a managed policy; all inline policies of a role together. */
const MAX_MANAGED_CHARACTERS = 6144;
const MAX_INLINE_CHARACTERS = 10_240;
const MAX_ROLE_NAME = 64;

/** What the roles are made of. */
interface Given {
  readonly environment: PipelineEnvironment;
  readonly section: PipelineSection;
  readonly problems: ProblemList;
  readonly provider: OidcProviderState;
  readonly needs: PipelineNeeds;
  readonly holdings: readonly Holding[];
  readonly facts: GrantFacts;
}

interface Roles extends Pick<PipelineState, "plan" | "apply" | "sections" | "boundaries"> {
  /** What plans read: what a person applies, too. */
  readonly planned: readonly Holding[];
  readonly facts: GrantFacts;
}

/**
 * The roles of the pipeline in the management account: one that plans everything, and one for each section that a pipeline applies, with what that
 * section needs. A run comes as the role that applies, which reads, and becomes the section's; in HCP Terraform each workspace has a token of its own,
 * and the sections' roles trust those.
 */
export function pipelineRoles(given: Given): Roles {
  const { environment, section, provider, needs, holdings } = given;
  const management = environment.organization.managementAccountId;
  // A pipeline may not change what a person applies; a plan shows it.
  const applied = holdings.filter(({ appliedBy }) => appliedBy === "pipeline");
  const planned = holdings.filter(({ kind }) => kind !== PIPELINE);
  const limits = boundaries(management, section.applyRoleName, needs);
  const keys = [...unique(applied.map(({ policy }) => policy))].sort();
  const chained = section.kind !== "hcp-terraform";
  const subjects = (stacks: readonly Holding[], phase: Phase): readonly string[] =>
    subjectsWithin(section, environment.name, stacks, (all) => tokens(given, provider, all, phase))[phase];
  const plan = planRole(given, planned, subjects(applied, "plan"));
  const sections = keys.map((key) => {
    const held = applied.filter(({ policy }) => policy === key);
    return sectionRole(given, key, held, limits, chained ? [] : subjects(held, "apply"));
  });
  for (const { role } of sections)
    if (role.name.length > MAX_ROLE_NAME)
      given.problems.error(
        "PIPELINE-ROLE-NAME",
        [PIPELINE, "applyRoleName"],
        `The role that applies one section is named ${role.name}, which has ${role.name.length} characters; IAM takes ${MAX_ROLE_NAME}.`,
        "Write a shorter applyRoleName.",
      );
  return {
    plan,
    ...(chained ? { apply: entryRole(given, plan, sections, subjects(applied, "apply")) } : {}),
    sections,
    boundaries: limits,
    planned,
    facts: given.facts,
  };
}

function planRole(given: Given, planned: readonly Holding[], subjects: readonly string[]): PipelineRole {
  const { environment, section, needs, facts, provider } = given;
  const { managementAccountId: management, id: organizationId } = environment.organization;
  const { baseline } = environment;
  const stackSets: Holding = {
    stack: PIPELINE,
    kind: PIPELINE,
    policy: PIPELINE,
    appliedBy: "person",
    accountId: management,
    region: baseline.region,
    types:
      needs.breakGlass.rollout === "stackset"
        ? ["aws_cloudformation_stack_instances", "aws_cloudformation_stack_set"]
        : [],
  };
  const common = policyDocument([
    ...heldStatements([stackSets], facts, "plan"),
    assumeStatement([memberPlanRole(section.planRoleName), ...inventoryRoles(needs)], organizationId),
    selfStatement(ownArns(environment, section, provider)),
    ...stateStatements(baseline.backend, [`${environment.name}-*`], "plan"),
  ]);
  const inManagement = planned.filter(({ accountId }) => accountId === management);
  const name = section.planRoleName;
  return {
    subjects,
    policies: parts(given, name, [
      ...unique(inManagement.map(({ policy }) => policy)).map((key) => ({
        key,
        document: policyDocument(
          heldStatements(
            inManagement.filter(({ policy }) => policy === key),
            facts,
            "plan",
          ),
        ),
      })),
      { key: PIPELINE, document: common },
    ]),
    role: {
      workload: "plan",
      name,
      path: "/",
      description: "Plans the keyless org baseline: reads only",
      maxSessionSeconds: 3600,
      trust: checkedTrust(given, name, tokens(given, provider, subjects, "plan")),
      managedPolicies: [],
    },
  };
}

/** What a run that applies comes as. It changes nothing itself. */
function entryRole(
  given: Given,
  plan: PipelineRole,
  sections: readonly SectionRole[],
  subjects: readonly string[],
): PipelineRole {
  const { environment, section, provider, needs } = given;
  const { managementAccountId: management, id: organizationId } = environment.organization;
  const name = section.applyRoleName;
  const retirement = needs.credentialHygiene ? [`${KEYLESS_ROLE_PATH.slice(1)}${RETIREMENT_ROLE}`] : [];
  return {
    subjects,
    policies: parts(given, name, [
      {
        key: PIPELINE,
        document: policyDocument([
          {
            Sid: "RoleOfTheSection",
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Resource: sections.map(({ role }) => roleArn(management, role.name)),
          },
          ...(retirement.length > 0 ? [assumeStatement(retirement, organizationId, [], "Retirement")] : []),
        ]),
      },
    ]),
    shared: plan.policies,
    role: {
      workload: "apply",
      name,
      path: "/",
      description: "Applies the keyless org baseline, section by section, each with a role of its own",
      maxSessionSeconds: 7200,
      trust: checkedTrust(given, name, tokens(given, provider, subjects, "apply")),
      managedPolicies: [],
    },
  };
}

/** The role of one section: what its stacks hold, their states, the member accounts in which they hold something, and nothing else. */
function sectionRole(
  given: Given,
  key: string,
  held: readonly Holding[],
  limits: readonly PolicyPart[],
  subjects: readonly string[],
): SectionRole {
  const { environment, section, provider, needs, facts } = given;
  const { baseline, organization } = environment;
  const management = organization.managementAccountId;
  const name = sectionRoleName(section.applyRoleName, key);
  const inManagement = held.filter(({ accountId }) => accountId === management);
  const members = [...unique(held.map(({ accountId }) => accountId).filter((id) => id !== management))].sort();
  const mine = [
    ...limits.filter((limit) => limit.key === key).map(() => boundaryArn(management, section.applyRoleName, key)),
    ...(key === "workload-identity" ? boundariesOfWorkloads(needs, management) : []),
  ];
  const allowed = [...unique(mine)].sort();
  const [untouchable, ...more] = othersPolicies(environment, held);
  const common = policyDocument([
    untouchableStatement([...ownArns(environment, section, provider), ...breakGlassArns(needs)]),
    ...(untouchable ? [untouchableStatement(untouchable, "OthersPolicies")] : []),
    ...(members.length > 0
      ? [
          assumeStatement(
            [...uniqueSorted(members.map(memberRoles(environment).of)), memberPlanRole(section.planRoleName)],
            organization.id,
            members,
          ),
        ]
      : []),
    ...stateStatements(
      baseline.backend,
      [...unique(held.map(({ stack, like }) => `${environment.name}-${like ?? stack}`))].sort(),
      "apply",
    ),
  ]);
  const document = policyDocument(heldStatements(inManagement, { ...facts, boundaries: allowed }, "apply"));
  return {
    key,
    stacks: [...unique(held.map(({ stack }) => stack))].sort(),
    boundaries: allowed,
    subjects,
    policies: parts(given, section.applyRoleName, [
      ...(document.Statement.length > 0 ? [{ key, document }] : []),
      { key: `${key}-common`, document: common },
      ...more.map((arns, i) => ({
        key: `${key}-others-${i + 2}`,
        document: policyDocument([untouchableStatement(arns, "OthersPolicies")]),
      })),
    ]),
    role: {
      workload: `apply_${key}`,
      name,
      path: "/",
      description: `Applies ${key} of the keyless org baseline, and nothing else`,
      maxSessionSeconds: 7200,
      trust:
        subjects.length > 0
          ? checkedTrust(given, name, tokens(given, provider, subjects, "apply"))
          : memberPlanTrust(management, [roleArn(management, section.applyRoleName)]),
      managedPolicies: [],
    },
  };
}

/** A workload's own boundary is named in the baseline, and a person applies the policy that lets it be put. */
function boundariesOfWorkloads({ workloadIdentity }: PipelineNeeds, management: string): readonly string[] {
  return (workloadIdentity?.stacks ?? [])
    .filter(({ accountId }) => accountId === management)
    .flatMap(({ rolesAnywhere, oidcRoles }) => [...rolesAnywhere, ...oidcRoles])
    .flatMap(({ role }) => role.permissionsBoundary ?? []);
}

function inventoryRoles({ credentialHygiene }: PipelineNeeds): readonly string[] {
  return credentialHygiene ? [`${KEYLESS_ROLE_PATH.slice(1)}${credentialHygiene.access.inventoryRoleName}`] : [];
}

function parts(
  { problems }: Given,
  prefix: string,
  documents: readonly { readonly key: string; readonly document: PolicyDocument }[],
): readonly PolicyPart[] {
  return [...documents].sort(byKey(({ key }) => key)).map(({ key, document }) => {
    checkSize(problems, `${prefix}-${key}`, document, MAX_MANAGED_CHARACTERS);
    return { key, name: `${prefix}-${key}`, document };
  });
}

/**
 * Trust in tokens. GitHub's subject names a branch or an environment, not both: where it is an environment, the token must be one of the branch,
 * too, and of the workflow's file where the baseline names one. AWS passes these claims on for GitHub's own issuer.
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
function tokens(
  { section }: Pick<Given, "section">,
  provider: OidcProviderState,
  subjects: readonly string[],
  phase: Phase,
): PolicyDocument {
  const { kind, issuerUrl, environment, branch, workflow, project } = section;
  const passedOn = kind === "github" && (issuerUrl === undefined || issuerUrl === defaultIssuer("github"));
  const repository = project.replace(/@\d+/g, "");
  const claims: Readonly<Record<string, string>> =
    passedOn && phase === "apply"
      ? {
          ...(environment === undefined ? {} : { ref: `refs/heads/${branch}` }),
          ...(workflow === undefined ? {} : { job_workflow_ref: `${repository}/${workflow}@refs/heads/${branch}` }),
        }
      : {};
  return oidcTrust(provider.arn, provider.url, provider.audiences, subjects, claims);
}

function checkedTrust({ problems }: Given, name: string, document: PolicyDocument): PolicyDocument {
  const size = policySize(document);
  if (size > MAX_TRUST_CHARACTERS)
    problems.error(
      "PIPELINE-QUOTA-TRUST",
      [PIPELINE, "project"],
      `The trust policy of ${name} has ${size} characters; IAM takes ${MAX_TRUST_CHARACTERS}.`,
      "Use shorter names for the environment, the organization or the project.",
    );
  return document;
}

/** Who plans and who applies: runs of the branch, or of the guarded environment. A plan of a pull request only where that is asked for. */
function subjectsOf(
  section: PipelineSection,
  workspaces: readonly string[],
): Readonly<Record<Phase, readonly string[]>> {
  const { kind, project, branch, planPullRequests } = section;
  switch (kind) {
    case "github": {
      const onBranch = `repo:${project}:ref:refs/heads/${branch}`;
      return {
        plan: [...(planPullRequests ? [`repo:${project}:pull_request`] : []), onBranch],
        apply: [section.environment === undefined ? onBranch : `repo:${project}:environment:${section.environment}`],
      };
    }
    case "gitlab": {
      const ofBranch = (name: string): string => `project_path:${project}:ref_type:branch:ref:${name}`;
      return { plan: [ofBranch(planPullRequests ? "*" : branch)], apply: [ofBranch(branch)] };
    }
    case "hcp-terraform": {
      const [organization, name] = project.split("/");
      const inPhase = (phase: Phase): readonly string[] =>
        workspaces.map(
          (workspace) => `organization:${organization}:project:${name}:workspace:${workspace}:run_phase:${phase}`,
        );
      return { plan: inPhase("plan"), apply: inPhase("apply") };
    }
  }
}

/**
 * Workspaces of HCP Terraform are named like the stacks; each is named, because whoever may make workspaces in the project may give one any name that
 * a pattern lets through. Where that is too long for IAM the stacks of accounts and shards become patterns of their form, which is wider. The
 * workspace of the pipeline itself is never among them.
 */
function subjectsWithin(
  section: PipelineSection,
  environment: string,
  stacks: readonly Pick<Holding, "stack" | "like">[],
  trust: (subjects: readonly string[]) => PolicyDocument,
): Readonly<Record<Phase, readonly string[]>> {
  const named = (names: readonly string[]): Readonly<Record<Phase, readonly string[]>> =>
    subjectsOf(
      section,
      names.map((name) => `${environment}-${name}`),
    );
  const exact = named(unique(stacks.map(({ stack }) => stack)));
  if (policySize(trust(exact.apply)) <= MAX_TRUST_CHARACTERS) return exact;
  // The form of a stack's name is what its section says it is; one that is alone in its form is still named.
  const alike = new Map<string, Set<string>>();
  for (const { stack, like = stack } of stacks) alike.set(like, (alike.get(like) ?? new Set()).add(stack));
  return named([...alike].map(([form, members]) => (members.size > 1 ? form : [...members][0]!)).sort());
}

/** What the plan role of member accounts may do: one policy for all of them. Never empty, which IAM would refuse. */
export function memberPermissions(
  problems: ProblemList,
  section: PipelineSection,
  planned: readonly Holding[],
  managementAccountId: string,
  facts: GrantFacts,
): PolicyDocument {
  const statements: readonly PolicyStatement[] = heldStatements(
    planned
      .filter(({ accountId }) => accountId !== managementAccountId)
      .map((holding) => ({ ...holding, accountId: THIS_ACCOUNT })),
    facts,
    "plan",
  );
  const document = policyDocument([
    ...statements,
    { Sid: "WhoAmI", Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: "*" },
  ]);
  checkSize(problems, `${section.planRoleName} in member accounts`, document, MAX_INLINE_CHARACTERS);
  return document;
}

function checkSize(problems: ProblemList, name: string, document: PolicyDocument, max: number): void {
  const size = policySize(document);
  if (size <= max) return;
  problems.error(
    "PIPELINE-QUOTA-POLICY",
    [PIPELINE],
    `The policy ${name} has ${size} characters; IAM takes ${max}.`,
    "Manage Identity Center or credential hygiene from a member account (managedFrom), or use fewer regions for the alarms.",
  );
}
