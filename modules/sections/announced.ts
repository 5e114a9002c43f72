import type { DocumentPath } from "../config/document";
import type { ProblemList } from "../config/problem-list";
import type { SectionEnvironment } from "./section-environment";
import { memberRoles } from "./member-roles";
import { RoleNames } from "./role-names";
import { defined } from "../kernel/optional";

/** What a section says before anything is resolved, because others must know it. */
export interface Announcement {
  /** Names of roles that it makes. */
  readonly roleNames?: readonly {
    readonly name: string;
    /** @default - every account */
    readonly account?: { readonly id: string; readonly name: string };
    /** For people: `the break-glass role`. */
    readonly owner: string;
    readonly path: DocumentPath;
  }[];
  /** ARN of an OIDC provider that it makes: AWS takes one per issuer and account. */
  readonly oidcProviderArn?: string;
  /** Names of the roles in the management account that plan and apply everything. */
  readonly pipelineRoles?: PipelineRoleNames;
}

export interface PipelineRoleNames {
  readonly plan: string;
  readonly apply: string;
}

/** The announcements of all sections together. */
export interface Announced {
  /** Names that are taken; sections that make more roles add theirs. */
  readonly roleNames: RoleNames;
  readonly oidcProviderArns: readonly string[];
  /** Absent: whoever runs Terraform brings credentials of their own. */
  readonly pipelineRoles?: PipelineRoleNames;
}

/** Takes the names of the roles that the providers assume and of those that sections announce, in their order. */
export function gatherAnnouncements(
  environment: SectionEnvironment,
  problems: ProblemList,
  announcements: readonly Announcement[],
): Announced {
  const {
    baseline: { access },
    organization,
  } = environment;
  const roleNames = new RoleNames(problems);
  for (const name of memberRoles(environment).names)
    roleNames.takeEverywhere(
      name,
      `the role that the stacks assume (access.${name === access.memberRole ? "memberRole" : "memberRoles"})`,
      ["access", name === access.memberRole ? "memberRole" : "memberRoles"],
    );
  if (access.managementRole)
    roleNames.take(
      { id: organization.managementAccountId, name: "the management account" },
      access.managementRole,
      "the role that the stacks assume (access.managementRole)",
      ["access", "managementRole"],
    );
  for (const { name, account, owner, path } of announcements.flatMap((one) => one.roleNames ?? [])) {
    if (account) roleNames.take(account, name, owner, path);
    else roleNames.takeEverywhere(name, owner, path);
  }
  const pipelineRoles = announcements.find((one) => one.pipelineRoles)?.pipelineRoles;
  return {
    roleNames,
    oidcProviderArns: announcements.flatMap((one) => one.oidcProviderArn ?? []),
    ...defined({ pipelineRoles }),
  };
}
