import type { ProblemList } from "../config/problem-list";
import { checkTargets } from "../config/references";
import { uniqueSorted } from "../kernel/lists";
import { selectTargets } from "../organization/targets";
import type { SectionEnvironment } from "./section-environment";

/** The roles by which the pipeline, or whoever runs Terraform, comes into member accounts. */
export interface MemberRoles {
  /** Of accounts whose role is another than `access.memberRole`: by their id. */
  readonly others: Readonly<Record<string, string>>;
  /** Every name, sorted. */
  readonly names: readonly string[];
  readonly of: (accountId: string) => string;
}

const known = new WeakMap<object, MemberRoles>();

/** What `access.memberRoles` says, expanded. An account that two entries name has the first one's: that it is an error is said elsewhere. */
export function memberRoles(environment: Pick<SectionEnvironment, "baseline" | "tree" | "organization">): MemberRoles {
  const before = known.get(environment);
  if (before) return before;
  const { access } = environment.baseline;
  const others: Record<string, string> = {};
  for (const { role, targets } of access.memberRoles)
    for (const { id } of selectTargets(environment.tree, environment.organization.managementAccountId, targets)
      .accounts)
      if (id !== environment.organization.managementAccountId) others[id] ??= role;
  for (const [id, role] of Object.entries(others)) if (role === access.memberRole) delete others[id];
  const found: MemberRoles = {
    others,
    names: uniqueSorted([access.memberRole, ...Object.values(others)]),
    of: (accountId) => others[accountId] ?? access.memberRole,
  };
  known.set(environment, found);
  return found;
}

/** Each account has one role, and every entry is about some account. */
export function checkMemberRoles(environment: SectionEnvironment, problems: ProblemList): void {
  const { managementAccountId } = environment.organization;
  const seen = new Map<string, string>();
  environment.baseline.access.memberRoles.forEach(({ role, targets }, i) => {
    const path = ["access", "memberRoles", i] as const;
    const before = problems.all().length;
    checkTargets(environment, problems, targets, [...path, "targets"]);
    if (problems.all().length > before) return;
    const { accounts } = selectTargets(environment.tree, managementAccountId, targets);
    const members = accounts.filter(({ id }) => id !== managementAccountId);
    if (members.length === 0)
      problems.error(
        "MEMBER-ROLE-NOBODY",
        [...path, "targets"],
        `No member account has the role ${role}: SCPs would spare a name that nobody has, for anybody to take.`,
        "Widen the targets, or take the entry out. The management account's is access.managementRole.",
      );
    const twice = members.find(({ id }) => seen.has(id) && seen.get(id) !== role);
    if (twice)
      problems.error(
        "MEMBER-ROLE-TWICE",
        [...path, "targets"],
        `${twice.name} (${twice.id}) has ${seen.get(twice.id)!} by another entry, and ${role} by this one.`,
        "Let each account have one role: narrow one of the targets with except.",
      );
    for (const { id } of members) seen.set(id, role);
  });
}
