import type { StackSettings } from "../../config/settings";
import { accountForwarderTemplate } from "../alarms/template";
import type { ServiceManagedStackSet } from "../stack-set/types";
import { ACCESS_ROLES_NAME, accessRolesTemplate } from "./access-roles";
import { REMEDIATION_NAME, remediationRoleTemplate } from "./remediation";
import type { CredentialHygieneState } from "./types";

/** What credential hygiene deploys to every member account. No cdktf. */
export interface CredentialHygieneStackSets {
  readonly alarms: ServiceManagedStackSet;
  readonly access: ServiceManagedStackSet;
  /** Absent: nothing is remediated. */
  readonly remediation?: ServiceManagedStackSet;
}

export function credentialHygieneStackSets(
  { alarms: { hub, rules, regions }, access, remediation, rootId, region }: CredentialHygieneState,
  { environment }: StackSettings,
): CredentialHygieneStackSets {
  return {
    alarms: {
      name: hub.name,
      description: "Tells of new long-term credentials in every member account, future ones included",
      template: accountForwarderTemplate(
        hub,
        rules,
        "Forwards API calls that make or revive a long-term credential to the alarm bus",
      ),
      targetIds: [rootId],
      regions,
    },
    access: {
      name: ACCESS_ROLES_NAME,
      description: "The roles of keyless inventory and keyless retire in every member account, future ones included",
      template: accessRolesTemplate(access, environment),
      targetIds: [rootId],
      // A role is global: one region is enough.
      regions: [region],
    },
    ...(remediation
      ? {
          remediation: {
            name: REMEDIATION_NAME,
            description: "The role that revokes unused credentials, in every member account, future ones included",
            template: remediationRoleTemplate(remediation.scope, environment),
            targetIds: [rootId],
            // A role is global: one region is enough.
            regions: [region],
          },
        }
      : {}),
  };
}
