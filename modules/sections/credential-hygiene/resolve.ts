import type { AlarmHub } from "../alarms/documents";
import type { ProblemList } from "../../config/problem-list";
import { checkDuplicates, resolveAccount } from "../../config/references";
import type { PipelineRoleNames } from "../announced";
import type { BreakGlassState } from "../break-glass/resolve";
import { boundaryArn, DEFAULT_ROLES } from "../default-roles";
import type { WorkloadIdentityState } from "../workload-identity/types";
import type { AccessRolesScope } from "./access-roles";
import { credentialAlarmRules, IAM_EVENT_REGION } from "./alarm-rules";
import { MAX_EXCLUDED_ACCOUNTS, reportingRules, unusedCredentialsRule } from "./config-rules";
import { checkPreconditions } from "./preconditions";
import type { CredentialHygieneEnvironment, CredentialHygieneSection, CredentialHygieneState } from "./types";
import { uniqueSorted } from "../../kernel/lists";

export type { CredentialHygieneEnvironment, CredentialHygieneState } from "./types";

const SECTION = "credentialHygiene";

/** What other sections resolve to and this one depends on. */
export interface CredentialHygieneNeeds {
  /** Its users may change their own credentials; the home account is resolved there. */
  readonly breakGlass: BreakGlassState;
  /** Regions with its trust anchors are watched. */
  readonly workloadIdentity?: WorkloadIdentityState;
}

/** Key of the pipeline's role that applies it. */
const SECTION_ROLES = "credential-hygiene";

/**
 * Resolves the section `credentialHygiene`; checks references and preconditions. Absent without the section, and where there is
 * nobody to manage it.
 *
 * @param pipelineRoles who may assume the roles of `keyless inventory` and `keyless retire`. @default - the names of a pipeline that names none
 */
export function resolveCredentialHygiene(
  environment: CredentialHygieneEnvironment,
  problems: ProblemList,
  needs: CredentialHygieneNeeds,
  pipelineRoles?: PipelineRoleNames,
): CredentialHygieneState | undefined {
  const { baseline, organization } = environment;
  const section = baseline.credentialHygiene;
  if (!section) return undefined;

  const managing = resolveAccount(environment, problems, section.managedFrom, [SECTION, "managedFrom"]);
  checkDuplicates(problems, section.excludedAccounts, "excluded account", (i) => [SECTION, "excludedAccounts", i]);
  const excluded = section.excludedAccounts.map(
    (reference, i) => resolveAccount(environment, problems, reference, [SECTION, "excludedAccounts", i])?.id,
  );
  if (excluded.length > MAX_EXCLUDED_ACCOUNTS) {
    problems.error(
      "CREDENTIAL-HYGIENE-QUOTA-EXCLUDED",
      [SECTION, "excludedAccounts"],
      `${excluded.length} excluded accounts; an organization rule of AWS Config takes ${MAX_EXCLUDED_ACCOUNTS}.`,
      "Turn the recorder of AWS Config on in some of them, and take these out.",
    );
  }
  const region = section.region ?? baseline.region;
  checkPreconditions(environment, problems, section, region, managing);
  checkPrincipals(environment, problems, section);
  if (!managing) return undefined;

  const { homeAccountId, userPath } = needs.breakGlass.identity;
  const breakGlassUsers = `arn:aws:iam::${homeAccountId}:user${userPath}*`;
  const rules = reportingRules(section.maxKeyAgeDays);
  const unused = unusedCredentialsRule(section.maxUnusedDays);
  const remediated = section.remediation !== "off";
  const regions = watchedRegions(environment, region, needs.workloadIdentity);
  const hub: AlarmHub = {
    name: "keyless-credential-alarms",
    accountId: managing.id,
    region,
    organizationId: organization.id,
    subscribers: section.alarms.subscribers,
    forwarderRoleName: "keyless-credential-forwarder",
    forwarderRegions: regions,
  };
  return {
    managingAccountId: managing.id,
    managementAccountId: organization.managementAccountId,
    rootId: organization.rootId,
    region,
    rules: [...rules, ...(remediated ? [] : [unused])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    excludedAccountIds: uniqueSorted(excluded.filter((id) => id !== undefined)),
    ...(section.analyzer ? { analyzer: { name: "keyless-unused-access", maxUnusedDays: section.maxUnusedDays } } : {}),
    alarms: { hub, rules: credentialAlarmRules(), regions },
    access: accessRoles(environment, section, breakGlassUsers, pipelineRoles ?? DEFAULT_ROLES),
    ...(pipelineRoles
      ? { boundary: boundaryArn(organization.managementAccountId, pipelineRoles.apply, SECTION_ROLES) }
      : {}),
    ...(remediated
      ? {
          remediation: {
            automatic: section.remediation === "automatic",
            rule: unused,
            scope: { region, maxUnusedDays: section.maxUnusedDays, breakGlassUsers },
          },
        }
      : {}),
  };
}

/** Who may assume the roles: the pipeline's roles in the management account, those that only plan for reading alone, and whom the baseline names. */
function accessRoles(
  { organization }: CredentialHygieneEnvironment,
  section: CredentialHygieneSection,
  breakGlassUsers: string,
  pipelineRoles: PipelineRoleNames,
): AccessRolesScope {
  const role = (name: string): string => `arn:aws:iam::${organization.managementAccountId}:role/${name}`;
  const plan = role(pipelineRoles.plan);
  const apply = role(pipelineRoles.apply);
  return {
    organizationId: organization.id,
    inventoryRoleName: section.inventory.roleName,
    inventoryPrincipals: uniqueSorted([plan, apply, ...section.inventory.principals]),
    retirementPrincipals: uniqueSorted([apply, ...section.retirement.principals]),
    breakGlassUsers,
  };
}

/** The trust policies ask for the organization, so that a principal elsewhere could never use the role. */
function checkPrincipals(
  { tree }: CredentialHygieneEnvironment,
  problems: ProblemList,
  section: CredentialHygieneSection,
): void {
  for (const part of ["inventory", "retirement"] as const) {
    checkDuplicates(problems, section[part].principals, "principal", (i) => [SECTION, part, "principals", i]);
    section[part].principals.forEach((arn, i) => {
      const account = arn.split(":")[4] ?? "";
      if (tree.accountById.has(account)) return;
      problems.error(
        "CREDENTIAL-HYGIENE-PRINCIPAL",
        [SECTION, part, "principals", i],
        `${arn} is in ${account}, which is no active account of this organization.`,
        "Name a role or user of an active account; others cannot assume a role of credential hygiene.",
      );
    });
  }
}

/**
 * Where forwarders stand, in every account: IAM's one region, the region of this stack, the home region, and every region with a
 * trust anchor of ours, because a team works where the baseline does. A trust anchor made elsewhere is not seen.
 */
function watchedRegions(
  { baseline }: CredentialHygieneEnvironment,
  region: string,
  workloads: WorkloadIdentityState | undefined,
): readonly string[] {
  const anchors = (workloads?.stacks ?? [])
    .filter((stack) => stack.trustAnchors.length > 0)
    .map((stack) => stack.region);
  return uniqueSorted([IAM_EVENT_REGION, region, baseline.region, ...anchors]);
}
