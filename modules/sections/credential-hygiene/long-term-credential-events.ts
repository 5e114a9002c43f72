/**
 * Every API call that makes, revives or stands in for a long-term credential: the one list of them. CloudTrail's event name is
 * the name of the IAM action for all of these.
 *
 * Sources: "Actions, resources, and condition keys for AWS Identity and Access Management" and "… for AWS Identity and Access
 * Management Roles Anywhere", https://docs.aws.amazon.com/service-authorization/latest/reference/
 */

/**
 * - `mints`: a credential that was not there before, or its carrier, the IAM user;
 * - `revives`: a credential that existed and did not work works again;
 * - `federates`: an entry point whose holder gets roles without a credential of AWS's: as good as a key.
 */
export type CredentialEffect = "mints" | "revives" | "federates";

export interface LongTermCredentialEvent {
  /** Prefix of the IAM action; with `.amazonaws.com` the event source. */
  readonly service: "iam" | "rolesanywhere";
  /** Name of the event and of the IAM action. */
  readonly name: string;
  readonly effect: CredentialEffect;
  /** Only this value of the parameter `status`: the same call with the other one deactivates, which is clean-up. @default - any call */
  readonly onlyWithStatus?: "Active";
}

export const LONG_TERM_CREDENTIAL_EVENTS: readonly LongTermCredentialEvent[] = [
  { service: "iam", name: "CreateAccessKey", effect: "mints" },
  { service: "iam", name: "CreateLoginProfile", effect: "mints" },
  { service: "iam", name: "CreateServiceSpecificCredential", effect: "mints" },
  { service: "iam", name: "CreateUser", effect: "mints" },
  { service: "iam", name: "ResetServiceSpecificCredential", effect: "mints" },
  { service: "iam", name: "UpdateLoginProfile", effect: "mints" },
  { service: "iam", name: "UploadSSHPublicKey", effect: "mints" },
  { service: "iam", name: "UploadSigningCertificate", effect: "mints" },

  { service: "iam", name: "UpdateAccessKey", effect: "revives", onlyWithStatus: "Active" },
  { service: "iam", name: "UpdateSSHPublicKey", effect: "revives", onlyWithStatus: "Active" },
  { service: "iam", name: "UpdateServiceSpecificCredential", effect: "revives", onlyWithStatus: "Active" },
  { service: "iam", name: "UpdateSigningCertificate", effect: "revives", onlyWithStatus: "Active" },
  // A revocation list that is gone or thinned out makes revoked certificates good again.
  { service: "rolesanywhere", name: "DeleteCrl", effect: "revives" },
  { service: "rolesanywhere", name: "DisableCrl", effect: "revives" },
  { service: "rolesanywhere", name: "UpdateCrl", effect: "revives" },

  { service: "iam", name: "AddClientIDToOpenIDConnectProvider", effect: "federates" },
  { service: "iam", name: "CreateOpenIDConnectProvider", effect: "federates" },
  { service: "iam", name: "CreateSAMLProvider", effect: "federates" },
  { service: "iam", name: "RemoveClientIDFromOpenIDConnectProvider", effect: "federates" },
  { service: "iam", name: "UpdateOpenIDConnectProviderThumbprint", effect: "federates" },
  { service: "iam", name: "UpdateSAMLProvider", effect: "federates" },
  { service: "rolesanywhere", name: "CreateTrustAnchor", effect: "federates" },
  { service: "rolesanywhere", name: "EnableTrustAnchor", effect: "federates" },
  { service: "rolesanywhere", name: "UpdateTrustAnchor", effect: "federates" },
];

/** The IAM action of an event, as policies name it: `iam:CreateAccessKey`. */
export function credentialAction(event: LongTermCredentialEvent): string {
  return `${event.service}:${event.name}`;
}
