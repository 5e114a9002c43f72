import type { StackSettings } from "../config/settings";
import type { Environment } from "./environment";
import { memberRoles } from "./member-roles";

/** What every stack of an environment has in common. */
export function stackSettings(environment: Environment): StackSettings {
  const { baseline, organization } = environment;
  const { others } = memberRoles(environment);
  return {
    environment: environment.name,
    organizationId: organization.id,
    managementAccountId: organization.managementAccountId,
    region: baseline.region,
    backend: baseline.backend,
    tags: baseline.tags,
    memberRole: baseline.access.memberRole,
    ...(Object.keys(others).length > 0 ? { memberRoles: others } : {}),
    hasPipeline: baseline.pipeline !== undefined,
    ...(baseline.access.managementRole ? { managementRole: baseline.access.managementRole } : {}),
  };
}
