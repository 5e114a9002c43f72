import type { ProblemList } from "../../config/problem-list";
import { uniqueSorted } from "../../kernel/lists";
import type { Announcement } from "../announced";
import type { Holding } from "../card";
import {
  defaultAudience,
  defaultIssuer,
  issuerKey,
  issuerProblem,
  kindLabel,
  oidcProviderArn,
} from "../workload-identity/oidc";
import type { OidcProviderState } from "../workload-identity/types";
import { memberPlanTrust, PlaceFacts, roleArn } from "./documents";
import { DEFAULT_PROJECT, MEMBER_PLAN_ROLE_PATH, PIPELINE } from "./names";
import { memberPermissions, pipelineRoles } from "./roles";
import type { PipelineEnvironment, PipelineNeeds, PipelineSection, PipelineState } from "./types";
import { defined } from "../../kernel/optional";

export type { PipelineNeeds, PipelineState } from "./types";

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
  if (section.workflow !== undefined && (section.kind !== "github" || section.issuerUrl !== undefined)) {
    problems.error(
      "PIPELINE-WORKFLOW",
      [PIPELINE, "workflow"],
      "AWS passes the claim on that names a workflow's file for GitHub's own issuer only.",
      "Remove it.",
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
  const roles = pipelineRoles({
    environment,
    section,
    problems,
    provider,
    needs: state,
    holdings,
    facts: { ...placeFacts(environment, state), environment: environment.name },
  });
  const inMembers = memberPermissions(problems, section, roles.planned, management, roles.facts);
  return {
    managementAccountId: management,
    rootId: organization.rootId,
    // Workloads of the management account with the same issuer share the provider, not the audience.
    provider: {
      ...provider,
      audiences: uniqueSorted([...provider.audiences, ...(state.workloadIdentity?.audiencesElsewhere ?? [])]),
    },
    plan: roles.plan,
    ...defined({ apply: roles.apply }),
    sections: roles.sections,
    boundaries: roles.boundaries,
    memberPlan: {
      name: section.planRoleName,
      path: MEMBER_PLAN_ROLE_PATH,
      description: "The pipeline's plan reads what the keyless org baseline has made here",
      trust: memberPlanTrust(
        management,
        [roles.plan, ...(roles.apply ? [roles.apply] : []), ...roles.sections].map(({ role }) =>
          roleArn(management, role.name),
        ),
      ),
      policyName: "read",
      permissions: inMembers,
    },
    rollout: state.breakGlass.rollout,
  };
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
