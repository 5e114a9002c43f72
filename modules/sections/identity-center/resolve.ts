import type { ProblemList } from "../../config/problem-list";
import { checkDuplicates, resolveAccount } from "../../config/references";
import { byKey } from "../../kernel/lists";
import type { Account, IdentityCenterPermissionSet } from "../../organization/types";
import { resolveAssignments } from "./assignments";
import { ATTRIBUTE_KEY, ATTRIBUTE_SOURCE, checkText, GROUP_TEXT } from "./characters";
import { IDENTITY_CENTER_MANAGEMENT, permissionSetStacks, shardName, shardOf, slug } from "./names";
import { resolvePermissionSets } from "./permission-sets";
import type {
  IdentityCenterEnvironment,
  IdentityCenterSection,
  IdentityCenterState,
  PermissionSetShard,
  PermissionSetState,
} from "./types";
import { KEYLESS } from "../../kernel/command";

export type { AssignmentState, IdentityCenterState, PermissionSetShard, PermissionSetState } from "./types";

export const IDENTITY_CENTER_SERVICE = "sso.amazonaws.com";

/** https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroup.html */
const RESERVED_GROUPS = ["Administrator", "AWSAdministrators"];
/** https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_InstanceAccessControlAttributeConfiguration.html */
const MAX_ATTRIBUTES = 50;

/**
 * Resolves the section `identityCenter`; checks references, preconditions, quotas and what a delegated administrator cannot do.
 * Absent without the section, and where there is nothing to build on: no instance, or nobody to manage it.
 */
export function resolveIdentityCenter(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
): IdentityCenterState | undefined {
  const { baseline, organization } = environment;
  const section = baseline.identityCenter;
  const center = organization.identityCenter;
  if (!section) {
    warnLeftBehind(environment, problems);
    return undefined;
  }
  const managing = resolveAccount(environment, problems, section.managedFrom, ["identityCenter", "managedFrom"]);
  const delegated = managing !== undefined && managing.id !== organization.managementAccountId;
  checkPreconditions(environment, problems, delegated ? managing : undefined);
  checkGroups(environment, problems, section);
  checkAttributes(problems, section);
  const sets = resolvePermissionSets(environment, problems, section, delegated);
  const assignments = resolveAssignments(environment, problems, section, sets, delegated);
  // An assignment of a mistyped permission set leaves the right one unused: one problem is enough.
  const mistyped = [...assignments.keys()].some((name) => !sets.has(name));
  section.permissionSets.forEach(({ name }, i) => {
    if (!assignments.has(name) && !mistyped) {
      problems.warning(
        "IDENTITY-CENTER-UNUSED-SET",
        ["identityCenter", "permissionSets", i, "name"],
        `Nobody is assigned the permission set ${name}.`,
        "Add an assignment, or remove the permission set.",
      );
    }
  });
  if (!center || !managing) return undefined;

  const members = new Map<string, PermissionSetState[]>();
  for (const [name, { state, managedFromManagement }] of sets) {
    const stack = managedFromManagement ? IDENTITY_CENTER_MANAGEMENT : shardName(shardOf(name, section.shards));
    members.set(stack, [...(members.get(stack) ?? []), { ...state, assignments: assignments.get(name) ?? [] }]);
  }
  // A permission set that is to go needs its stack once more: a stack that is not synthesized removes nothing. Which of the two
  // held it the facts do not say, so both come, empty, until the next sync.
  for (const { name } of center.permissionSets.filter((known) => known.ours && !sets.has(known.name))) {
    for (const stack of [shardName(shardOf(name, section.shards)), IDENTITY_CENTER_MANAGEMENT])
      members.set(stack, members.get(stack) ?? []);
  }
  // What leaves a state needs the stack that lets go of it, also where nothing is left in it.
  for (const stack of permissionSetStacks())
    if (environment.moves?.some(({ from, to }) => from?.stack === stack && to?.stack !== stack))
      members.set(stack, members.get(stack) ?? []);
  return {
    instanceArn: center.instanceArn,
    identityStoreId: center.identityStoreId,
    region: center.region,
    managingAccountId: managing.id,
    groups: section.groups
      .map(({ name, description }) => ({ name, key: slug(name), description }))
      .sort(byKey((group) => group.name)),
    accessControlAttributes: Object.entries(section.accessControlAttributes)
      .map(([key, sources]) => ({ key, sources }))
      .sort(byKey((attribute) => attribute.key)),
    shards: [...members]
      .map(([name, permissionSets]): PermissionSetShard => ({
        name,
        accountId: name === IDENTITY_CENTER_MANAGEMENT ? organization.managementAccountId : managing.id,
        permissionSets: permissionSets.sort(byKey((set) => set.name)),
      }))
      .sort(byKey((shard) => shard.name)),
  };
}

function checkPreconditions(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  delegate: Account | undefined,
): void {
  const { organization, name } = environment;
  if (!organization.identityCenter) {
    problems.error(
      "FACTS-NO-IDENTITY-CENTER",
      ["identityCenter"],
      "The organization has no Identity Center instance.",
      // CreateInstance refuses the management account, so that no command does this.
      `Enable it in the management account's console (IAM Identity Center, Enable, "with AWS Organizations"; there is no API for it), see that aws sso-admin list-instances shows it, then ${KEYLESS} sync ${name}; or remove the section identityCenter.`,
    );
  }
  if (!organization.trustedServices.includes(IDENTITY_CENTER_SERVICE)) {
    problems.error(
      "FACTS-NO-TRUSTED-ACCESS",
      ["identityCenter"],
      "Identity Center has no trusted access to the organization, so that it cannot make roles in the accounts.",
      `aws organizations enable-aws-service-access --service-principal ${IDENTITY_CENTER_SERVICE}, then ${KEYLESS} sync ${name}.`,
    );
  }
  if (!delegate) return;
  const delegates = organization.delegatedAdministrators
    .filter((admin) => admin.services.includes(IDENTITY_CENTER_SERVICE))
    .map((admin) => admin.accountId);
  if (delegates.includes(delegate.id)) return;
  const register = `aws organizations register-delegated-administrator --account-id ${delegate.id} --service-principal ${IDENTITY_CENTER_SERVICE}`;
  const other = delegates[0];
  problems.error(
    "FACTS-NO-DELEGATION",
    ["identityCenter", "managedFrom"],
    `${delegate.name} (${delegate.id}) is not the delegated administrator of Identity Center${other === undefined ? "" : `; ${environment.tree.accountById.get(other)?.name ?? other} is, and there can be one only`}.`,
    // Identity Center takes one delegated administrator: https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html
    `${other === undefined ? "" : `aws organizations deregister-delegated-administrator --account-id ${other} --service-principal ${IDENTITY_CENTER_SERVICE}, then `}${register}, then ${KEYLESS} sync ${name}; or managedFrom: management.`,
  );
}

function checkGroups(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  section: IdentityCenterSection,
): void {
  checkDuplicates(
    problems,
    section.groups.map((group) => group.name),
    "group",
    (i) => ["identityCenter", "groups", i, "name"],
  );
  const synced = new Set(
    environment.organization.identityCenter?.groups.filter((group) => group.synced).map((group) => group.displayName),
  );
  section.groups.forEach(({ name, description }, i) => {
    const path = ["identityCenter", "groups", i];
    checkText(problems, GROUP_TEXT, name, [...path, "name"], "the name of a group");
    if (description)
      checkText(problems, GROUP_TEXT, description, [...path, "description"], "the description of a group");
    if (RESERVED_GROUPS.includes(name))
      problems.error(
        "IDENTITY-CENTER-RESERVED-GROUP",
        [...path, "name"],
        `${name} is a name that AWS keeps for itself.`,
        "Take another name.",
      );
    if (synced.has(name)) {
      problems.error(
        "IDENTITY-CENTER-SYNCED-GROUP",
        [...path, "name"],
        `The identity provider synchronizes the group ${name} already: it cannot be made here as well.`,
        "Remove it from identityCenter.groups; assignments may name it all the same.",
      );
    }
  });
}

function checkAttributes(problems: ProblemList, section: IdentityCenterSection): void {
  const path = ["identityCenter", "accessControlAttributes"];
  const attributes = Object.entries(section.accessControlAttributes);
  if (attributes.length > MAX_ATTRIBUTES)
    problems.error(
      "IDENTITY-CENTER-QUOTA-ATTRIBUTES",
      path,
      `${attributes.length} access control attributes; AWS takes ${MAX_ATTRIBUTES}.`,
      "Remove some.",
    );
  for (const [key, sources] of attributes) {
    checkText(problems, ATTRIBUTE_KEY, key, [...path, key], "the name of an access control attribute");
    // The API has a list here, of exactly one.
    if (sources.length > 1)
      problems.error(
        "IDENTITY-CENTER-QUOTA-SOURCES",
        [...path, key],
        `The access control attribute ${key} has ${sources.length} sources; AWS takes one.`,
        "Keep one of them.",
      );
    sources.forEach((source, i) =>
      checkText(problems, ATTRIBUTE_SOURCE, source, [...path, key, i], "the source of an access control attribute"),
    );
  }
}

/** Without the section no stack is synthesized that would remove anything. */
function warnLeftBehind(environment: IdentityCenterEnvironment, problems: ProblemList): void {
  const ours = (environment.organization.identityCenter?.permissionSets ?? [])
    .filter((set: IdentityCenterPermissionSet) => set.ours)
    .map((set) => set.name);
  if (ours.length === 0) return;
  problems.warning(
    "IDENTITY-CENTER-LEFT-BEHIND",
    ["identityCenter"],
    `There is no section identityCenter, but the facts show permission sets of this baseline (${ours.sort().join(", ")}): they and their assignments stay as they are, and nobody manages them.`,
    `To remove them: write the section with empty lists, apply, ${KEYLESS} sync ${environment.name}, then remove the section.`,
  );
}
