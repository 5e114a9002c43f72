import { CASE_ADMIN, CASE_USER } from "./principals";
import type { Guardrail } from "./types";

/** Credentials of IAM users that are not access keys and last just as long. */
export const SERVICE_CREDENTIAL_CREATION = ["iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential", "iam:UploadSSHPublicKey", "iam:UploadSigningCertificate"] as const;

export const denyServiceCredentialCreation: Guardrail = {
  id: "deny-service-credential-creation",
  denies: "Nobody creates a service-specific credential (CodeCommit, Keyspaces, Bedrock API keys …), a signing certificate or an SSH key.",
  why: "They are long-term credentials by another name, and the ones that a ban on access keys drives people to: a Bedrock API key is a password for a model.",
  exemptions: [],
  hazards: ["CodeCommit over HTTPS with Git credentials or SSH: move to git-remote-codecommit with a role.", "Amazon Keyspaces with service-specific credentials: move to the SigV4 plugin.", "Long-term Bedrock API keys: move to short-term keys or roles."],
  mapping: { cis: ["1.21"], nist80053: ["AC-2", "IA-5"] },
  statements: () => [{ Sid: "DenyServiceCredentials", Effect: "Deny", Action: [...SERVICE_CREDENTIAL_CREATION], Resource: "*" }],
  observes: () => [{ eventSource: "iam.amazonaws.com", eventNames: SERVICE_CREDENTIAL_CREATION.map((action) => action.slice("iam:".length)) }],
  cases: () => [
    ...SERVICE_CREDENTIAL_CREATION.map((action) => ({ name: `an administrator cannot ${action}`, action, resource: CASE_USER, principal: CASE_ADMIN, expected: "denied" as const })),
    { name: "not even a user for itself", action: "iam:UploadSSHPublicKey", resource: CASE_USER, principal: CASE_USER, expected: "denied" },
    { name: "they can still be deleted", action: "iam:DeleteServiceSpecificCredential", resource: CASE_USER, principal: CASE_ADMIN, expected: "untouched" },
    { name: "and listed", action: "iam:ListServiceSpecificCredentials", resource: CASE_USER, principal: CASE_ADMIN, expected: "untouched" },
  ],
};
