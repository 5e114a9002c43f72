import type { KeyMoveInput } from "../../config/key-moves";
import { defined } from "../../kernel/optional";
import { asList } from "../../policy/document";
import type { TargetState } from "../../sections/target-state";
import type {
  AnywhereWorkload,
  OidcWorkload,
  WorkloadIdentityStack,
  WorkloadRole,
} from "../../sections/workload-identity/types";
import type { Destination, PlannedAnywhere, PlannedOidc, PlannedRole } from "./types";

/** The destination of a file, with what the target state has of it. Exactly one is given. */
export function resolveDestination(input: KeyMoveInput, accountId: string, state: TargetState): Destination {
  const { role, oidc, rolesAnywhere, identityCenter, exception } = input.destination;
  if (role) return { kind: "role", roleArn: role.arn, compute: role.compute };
  if (oidc) return oidcDestination(oidc, state);
  if (rolesAnywhere) {
    const planned = plannedAnywhere(rolesAnywhere.workload, state);
    return {
      kind: "rolesAnywhere",
      workload: rolesAnywhere.workload,
      host: rolesAnywhere.host,
      ...defined({ planned }),
    };
  }
  if (identityCenter) {
    const { permissionSet, group, userName } = identityCenter;
    const sets = (state.identityCenter?.shards ?? []).flatMap((shard) => shard.permissionSets);
    const planned = sets.some(
      (set) =>
        set.name === permissionSet &&
        set.assignments.some((one) => one.group === group && one.accounts.some(({ id }) => id === accountId)),
    );
    return { kind: "identityCenter", permissionSet, group, planned, ...defined({ userName }) };
  }
  const arn = `:iam::${accountId}:user/`;
  const found = state.guardrails.exceptions.find(
    (one) =>
      one.name === exception &&
      one.guardrails.includes("deny-long-term-key-use") &&
      one.principals.some((principal) => principal.arn.includes(arn) && principal.arn.endsWith(`/${input.user}`)),
  );
  return {
    kind: "exception",
    name: exception!,
    ...(found ? { planned: { owner: found.owner, expires: found.expires, endsAt: found.endsAt } } : {}),
  };
}

function oidcDestination(
  oidc: NonNullable<KeyMoveInput["destination"]["oidc"]>,
  { workloadIdentity }: TargetState,
): Destination {
  for (const stack of workloadIdentity?.stacks ?? []) {
    const found = stack.oidcRoles.find(({ role }) => role.workload === oidc.workload);
    if (!found) continue;
    const planned: PlannedOidc = {
      ...plannedRole(stack, found.role),
      provider: found.provider,
      issuerUrl: found.issuerUrl,
      ...defined({ audience: audienceOf(found) }),
    };
    const system = oidc.system ?? (found.kind === "custom" ? undefined : found.kind);
    return {
      kind: "oidc",
      workload: oidc.workload,
      planned,
      subjects: oidc.subject === undefined ? found.subjects : [oidc.subject],
      ...defined({ system }),
    };
  }
  return {
    kind: "oidc",
    workload: oidc.workload,
    subjects: oidc.subject === undefined ? [] : [oidc.subject],
    ...defined({ system: oidc.system }),
  };
}

/** An audience that the role's trust policy takes, whoever makes the provider: this baseline, its pipeline, or somebody else. */
function audienceOf({ role }: OidcWorkload): string | undefined {
  for (const { Condition } of role.trust.Statement)
    for (const [key, values] of Object.entries(Condition?.["StringEquals"] ?? {})) {
      const [first] = key.endsWith(":aud") ? asList(values) : [];
      if (typeof first === "string" && first !== "") return first;
    }
  return undefined;
}

function plannedAnywhere(workload: string, { workloadIdentity }: TargetState): PlannedAnywhere | undefined {
  for (const stack of workloadIdentity?.stacks ?? []) {
    const found = stack.rolesAnywhere.find(({ role }) => role.workload === workload);
    if (found)
      return {
        ...plannedRole(stack, found.role),
        trustAnchor: found.trustAnchor,
        subject: found.subject,
        ...defined({ commonName: commonNameOf(found) }),
      };
  }
  return undefined;
}

function plannedRole(stack: WorkloadIdentityStack, role: WorkloadRole): PlannedRole {
  return {
    roleArn: `arn:aws:iam::${stack.accountId}:role${role.path}${role.name}`,
    roleName: role.name,
    accountId: stack.accountId,
    region: stack.region,
  };
}

/** The common name that the trust policy compares: what the session's source identity is. */
function commonNameOf({ role }: AnywhereWorkload): string | undefined {
  for (const statement of role.trust.Statement) {
    const values = asList(statement.Condition?.["StringEquals"]?.["aws:PrincipalTag/x509Subject/CN"]);
    const [only] = values;
    if (values.length === 1 && typeof only === "string") return only;
  }
  return undefined;
}
