import type { ProblemList } from "../../config/problem-list";
import type { PipelineEnvironment } from "./types";
import { KEYLESS_ROLE_PATH, RETIREMENT_ROLE } from "../credential-hygiene/names";
import { byKey, unique, uniqueSorted } from "../../kernel/lists";
import { policyDocument, policySize } from "../../policy/document";
import type { PolicyDocument, PolicyStatement } from "../../policy/types";
import { MAX_TRUST_CHARACTERS, oidcTrust } from "../workload-identity/documents";
import {
  defaultAudience,
  defaultIssuer,
  issuerKey,
  issuerProblem,
  kindLabel,
  oidcProviderArn,
} from "../workload-identity/oidc";
import type { OidcProviderState, WorkloadIdentityState } from "../workload-identity/types";
import type { Announcement } from "../announced";
import type { BreakGlassState } from "../break-glass/resolve";
import type { Holding } from "../card";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import type { GuardrailsState } from "../guardrails/resolve";
import type { IdentityCenterState } from "../identity-center/types";
import {
  assumeStatement,
  heldStatements,
  memberPlanRole,
  memberPlanTrust,
  noSelfChangeStatement,
  Phase,
  PlaceFacts,
  roleArn,
  selfStatement,
  stateStatements,
} from "./documents";
import { DEFAULT_PROJECT, MEMBER_PLAN_ROLE_PATH, PIPELINE } from "./names";
import type { PipelineRole, PipelineSection, PipelineState } from "./types";

export type { PipelineState } from "./types";

/** CloudFormation's name for the account that a template is deployed to. */
const THIS_ACCOUNT = "${AWS::AccountId}";
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a managed policy; all inline policies of a role together. */
const MAX_MANAGED_CHARACTERS = 6144;
const MAX_INLINE_CHARACTERS = 10_240;

/** What the pipeline's permissions depend on. */
export interface PipelineNeeds {
  readonly breakGlass: BreakGlassState;
  readonly guardrails: GuardrailsState;
  readonly identityCenter?: IdentityCenterState;
  readonly workloadIdentity?: WorkloadIdentityState;
  readonly credentialHygiene?: CredentialHygieneState;
}

function providerOf(environment: PipelineEnvironment, section: PipelineSection): OidcProviderState {
  const url = section.issuerUrl ?? defaultIssuer(section.kind)!;
  return {
    name: PIPELINE,
    kind: section.kind,
    url,
    arn: oidcProviderArn(environment.organization.managementAccountId, url),
    audiences: [defaultAudience(section.kind, url)!],
  };
}

/**
 * Checks the section `pipeline` and says what others must know: the names of its roles, and the provider that it has in the management
 * account, which workloads there share.
 */
export function announcePipeline(environment: PipelineEnvironment, problems: ProblemList): Announcement {
  const { baseline, organization } = environment;
  const section = baseline.pipeline;
  if (!section) return {};
  const url = section.issuerUrl ?? defaultIssuer(section.kind)!;
  const wrong = issuerProblem(url);
  if (wrong)
    problems.error(
      "OIDC-ISSUER",
      [PIPELINE, "issuerUrl"],
      `The issuer ${url} ${wrong}.`,
      "Write https://, the host and perhaps a path, exactly as in the token's claim iss.",
    );
  checkProject(environment, problems, section, url);
  if (section.environment !== undefined && section.kind !== "github") {
    problems.error(
      "PIPELINE-ENVIRONMENT",
      [PIPELINE, "environment"],
      `Environments are GitHub's; the pipeline's kind is ${section.kind}.`,
      "Remove it: branch says whose runs may apply.",
    );
  }
  if (section.planPullRequests && section.kind === "hcp-terraform") {
    problems.error(
      "PIPELINE-PULL-REQUESTS",
      [PIPELINE, "planPullRequests"],
      "In HCP Terraform the phase of a run decides, wherever the run comes from.",
      "Remove it.",
    );
  }
  if (baseline.access.managementRole !== undefined) {
    problems.error(
      "PIPELINE-MANAGEMENT-ROLE",
      ["access", "managementRole"],
      "The pipeline's roles are in the management account already; with managementRole its plan would assume another role, which may do more.",
      "Remove access.managementRole, or the section pipeline.",
    );
  }
  const management = { id: organization.managementAccountId, name: "the management account" };
  return {
    roleNames: [
      // The plan role has a namesake in every member account.
      { name: section.planRoleName, owner: "the pipeline's plan role", path: [PIPELINE, "planRoleName"] },
      {
        name: section.applyRoleName,
        account: management,
        owner: "the pipeline's apply role",
        path: [PIPELINE, "applyRoleName"],
      },
    ],
    oidcProviderArn: providerOf(environment, section).arn,
    pipelineRoles: { plan: section.planRoleName, apply: section.applyRoleName },
  };
}

/** Names of two parts where two are meant; in HCP Terraform those of the backend. */
function checkProject(
  { baseline: { backend } }: PipelineEnvironment,
  problems: ProblemList,
  section: PipelineSection,
  issuerUrl: string,
): void {
  const { kind, project } = section;
  const parts = project.split("/");
  const label = kindLabel(kind);
  if (kind !== "gitlab" && parts.length !== 2) {
    problems.error(
      "PIPELINE-PROJECT",
      [PIPELINE, "project"],
      `${label} has projects of two parts; ${project} has ${parts.length}.`,
      kind === "github" ? "Write owner/repository." : "Write organization/project.",
    );
  }
  if (/@/.test(project) && !(kind === "github" && /^[\w.-]+@\d+\/[\w.-]+@\d+$/.test(project))) {
    problems.error(
      "PIPELINE-PROJECT",
      [PIPELINE, "project"],
      `${project} has an @ which is not that of GitHub's immutable subjects.`,
      "Write owner@<owner id>/repository@<repository id>, or leave the ids out of both.",
    );
  }
  if (/ /.test(project) && kind !== "hcp-terraform")
    problems.error(
      "PIPELINE-PROJECT",
      [PIPELINE, "project"],
      `${label} has no spaces in names.`,
      "Write the path, as in the address of the project.",
    );
  if (kind === "hcp-terraform" && backend.type === "hcp") {
    const expected = `${backend.organization}/${backend.project ?? DEFAULT_PROJECT}`;
    const issuer = `https://${backend.hostname}`;
    if (issuerKey(issuerUrl) !== issuerKey(issuer))
      problems.error(
        "PIPELINE-ISSUER",
        [PIPELINE, section.issuerUrl === undefined ? "kind" : "issuerUrl"],
        `The backend's workspaces are at ${backend.hostname}, whose runs have tokens of ${issuer}; the roles would trust ${issuerUrl}.`,
        `Write issuerUrl: ${issuer}.`,
      );
    if (project !== expected)
      problems.error(
        "PIPELINE-PROJECT",
        [PIPELINE, "project"],
        `The backend's workspaces are in ${expected}, the pipeline's runs in ${project}: none of them could ever plan.`,
        `Write project: ${expected}.`,
      );
  }
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

/** The pipeline with all that its roles may do: as much as the stacks hold. */
export function resolvePipeline(
  environment: PipelineEnvironment,
  problems: ProblemList,
  state: PipelineNeeds,
  holdings: readonly Holding[],
): PipelineState | undefined {
  const { organization, baseline } = environment;
  const section = baseline.pipeline;
  if (!section) return undefined;
  const provider = providerOf(environment, section);
  const management = organization.managementAccountId;
  const facts = { ...placeFacts(environment, state), environment: environment.name };
  const arns = [provider.arn, roleArn(management, section.applyRoleName), roleArn(management, section.planRoleName)];
  // A pipeline may not change what a person applies.
  const held = holdings.filter(({ appliedBy }) => appliedBy === "pipeline");
  const trust = (subjects: readonly string[]): PolicyDocument =>
    oidcTrust(provider.arn, provider.url, provider.audiences, subjects);
  const subjects = subjectsWithin(section, environment.name, held, trust);
  const stackSets: Holding = {
    stack: PIPELINE,
    kind: PIPELINE,
    policy: PIPELINE,
    appliedBy: "person",
    accountId: management,
    region: baseline.region,
    types:
      state.breakGlass.rollout === "stackset"
        ? ["aws_cloudformation_stack_instances", "aws_cloudformation_stack_set"]
        : [],
  };
  const hygiene = state.credentialHygiene;
  const memberRoles = (phase: Phase): readonly string[] => [
    memberPlanRole(section.planRoleName),
    ...(hygiene ? [`${KEYLESS_ROLE_PATH.slice(1)}${hygiene.access.inventoryRoleName}`] : []),
    ...(phase === "apply"
      ? [baseline.access.memberRole, ...(hygiene ? [`${KEYLESS_ROLE_PATH.slice(1)}${RETIREMENT_ROLE}`] : [])]
      : []),
  ];
  const inManagement = held.filter((holding) => holding.accountId === management);
  const policies = (phase: Phase, name: string): PipelineRole["policies"] => {
    const own = [
      ...arns,
      ...["apply", "plan"].map(
        (other) =>
          `arn:aws:iam::${management}:policy/${other === "apply" ? section.applyRoleName : section.planRoleName}-*`,
      ),
    ];
    const common = policyDocument([
      ...heldStatements([stackSets], facts, phase),
      assumeStatement(memberRoles(phase), organization.id),
      selfStatement(own),
      ...(phase === "apply" ? [noSelfChangeStatement(own)] : []),
      ...stateStatements(baseline.backend, environment.name, phase),
    ]);
    const kinds = unique(inManagement.map(({ policy }) => policy)).map((key) => ({
      key,
      document: policyDocument(
        heldStatements(
          inManagement.filter(({ policy }) => policy === key),
          facts,
          phase,
        ),
      ),
    }));
    return [...kinds, { key: PIPELINE, document: common }].sort(byKey(({ key }) => key)).map(({ key, document }) => {
      checkSize(problems, `${name}-${key}`, document, MAX_MANAGED_CHARACTERS);
      return { key, name: `${name}-${key}`, document };
    });
  };
  const role = (phase: Phase, name: string): PipelineRole => {
    const document = trust(subjects[phase]);
    const size = policySize(document);
    if (size > MAX_TRUST_CHARACTERS) {
      problems.error(
        "PIPELINE-QUOTA-TRUST",
        [PIPELINE, "project"],
        `The trust policy of ${name} has ${size} characters; IAM takes ${MAX_TRUST_CHARACTERS}.`,
        "Use shorter names for the environment, the organization or the project.",
      );
    }
    return {
      subjects: subjects[phase],
      policies: policies(phase, name),
      role: {
        workload: phase,
        name,
        path: "/",
        description:
          phase === "plan" ? "Plans the keyless org baseline: reads only" : "Applies the keyless org baseline",
        maxSessionSeconds: phase === "plan" ? 3600 : 7200,
        trust: document,
        managedPolicies: [],
      },
    };
  };
  const inMembers = policyDocument(
    memberStatements(
      held.filter((holding) => holding.accountId !== management),
      facts,
    ),
  );
  checkSize(problems, `${section.planRoleName} in member accounts`, inMembers, MAX_INLINE_CHARACTERS);
  return {
    managementAccountId: management,
    rootId: organization.rootId,
    // Workloads of the management account with the same issuer share the provider, not the audience.
    provider: {
      ...provider,
      audiences: uniqueSorted([...provider.audiences, ...(state.workloadIdentity?.audiencesElsewhere ?? [])]),
    },
    plan: role("plan", section.planRoleName),
    apply: role("apply", section.applyRoleName),
    memberPlan: {
      name: section.planRoleName,
      path: MEMBER_PLAN_ROLE_PATH,
      description: "The pipeline's plan reads what the keyless org baseline has made here",
      trust: memberPlanTrust(management, arns.slice(1)),
      policyName: "read",
      permissions: inMembers,
    },
    rollout: state.breakGlass.rollout,
  };
}

/** One policy for all member accounts: what any of them holds, in the account that the role is in. Never empty, which IAM would refuse. */
function memberStatements(
  held: readonly Holding[],
  facts: PlaceFacts & { readonly environment: string },
): readonly PolicyStatement[] {
  const statements = heldStatements(
    held.map((holding) => ({ ...holding, accountId: THIS_ACCOUNT })),
    facts,
    "plan",
  );
  return [...statements, { Sid: "WhoAmI", Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: "*" }];
}

function placeFacts({ organization }: PipelineEnvironment, { breakGlass }: PipelineNeeds): PlaceFacts {
  const center = organization.identityCenter;
  return {
    organization: organization.id,
    managementAccount: organization.managementAccountId,
    breakGlassRole: `${breakGlass.role.path.slice(1)}${breakGlass.role.name}`,
    breakGlassUsers: breakGlass.identity.userPath.slice(1),
    ...(center ? { instance: center.instanceArn.split("/").at(-1)!, identityStore: center.identityStoreId } : {}),
  };
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
