import { CASE_ADMIN, CASE_USER } from "../context/principals";
import type { Guardrail } from "../types";

/** Credentials of IAM users that are not access keys and last just as long. */
export const SERVICE_CREDENTIAL_CREATION = [
  "iam:CreateServiceSpecificCredential",
  "iam:ResetServiceSpecificCredential",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
] as const;

/** The access keys that Lightsail gives for one of its buckets: signed requests to S3, with no IAM user to be seen. */
const LIGHTSAIL = "lightsail:CreateBucketAccessKey";
/**
 * Tokens of License Manager: for a year or longer they are changed into credentials of a role, by whoever holds one.
 * https://docs.aws.amazon.com/license-manager/latest/APIReference/API_CreateToken.html
 */
const LICENSE_TOKEN = "license-manager:CreateToken";

export const denyServiceCredentialCreation: Guardrail = {
  id: "deny-service-credential-creation",
  denies:
    "Nobody creates a service-specific credential (CodeCommit, Keyspaces, Bedrock API keys …), a signing certificate, an SSH key, a Lightsail bucket's access key or a long-lived token of License Manager.",
  why: "They are long-term credentials by another name, and the ones that a ban on access keys drives people to: a Bedrock API key is a password for a model.",
  exemptions: [],
  hazards: [
    "CodeCommit over HTTPS with Git credentials or SSH: move to git-remote-codecommit with a role.",
    "Amazon Keyspaces with service-specific credentials: move to the SigV4 plugin.",
    "Long-term API keys of Bedrock and CloudWatch: move to short-term keys or roles.",
    "Access keys of Lightsail buckets: give Lightsail instances access to the bucket instead, or move the bucket to S3.",
    "Licences of License Manager for software outside AWS: give that software a role through Roles Anywhere.",
  ],
  mapping: { cis: ["1.21"], cis7: ["2.1.2", "2.19"], nist80053: ["AC-2", "IA-5"] },
  statements: () => [
    {
      Sid: "DenyServiceCredentials",
      Effect: "Deny",
      Action: [...SERVICE_CREDENTIAL_CREATION, LIGHTSAIL, LICENSE_TOKEN],
      Resource: "*",
    },
  ],
  observes: () => [
    {
      eventSource: "iam.amazonaws.com",
      eventNames: SERVICE_CREDENTIAL_CREATION.map((action) => action.slice("iam:".length)).sort(),
    },
    { eventSource: "lightsail.amazonaws.com", eventNames: ["CreateBucketAccessKey"] },
    { eventSource: "license-manager.amazonaws.com", eventNames: ["CreateToken"] },
  ],
  cases: () => [
    ...SERVICE_CREDENTIAL_CREATION.map((action) => ({
      name: `an administrator cannot ${action}`,
      action,
      resource: CASE_USER,
      principal: CASE_ADMIN,
      expected: "denied" as const,
    })),
    {
      name: "nor a key for a Lightsail bucket",
      action: LIGHTSAIL,
      resource: "arn:aws:lightsail:eu-central-1:222222222222:Bucket/11112222-3333-4444-5555-666677778888",
      principal: CASE_ADMIN,
      expected: "denied",
    },
    {
      name: "nor a long-lived token of License Manager",
      action: LICENSE_TOKEN,
      resource: "arn:aws:license-manager::222222222222:license:l-0123456789abcdef0123456789abcdef",
      principal: CASE_ADMIN,
      expected: "denied",
    },
    {
      name: "licences can be used with a role",
      action: "license-manager:CheckoutLicense",
      resource: "*",
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "such keys can still be deleted",
      action: "lightsail:DeleteBucketAccessKey",
      resource: "*",
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "not even a user for itself",
      action: "iam:UploadSSHPublicKey",
      resource: CASE_USER,
      principal: CASE_USER,
      expected: "denied",
    },
    {
      name: "they can still be deleted",
      action: "iam:DeleteServiceSpecificCredential",
      resource: CASE_USER,
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "and listed",
      action: "iam:ListServiceSpecificCredentials",
      resource: CASE_USER,
      principal: CASE_ADMIN,
      expected: "untouched",
    },
  ],
};
