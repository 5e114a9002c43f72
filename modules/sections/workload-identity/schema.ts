import { z } from "zod";
import { MAX_REVOCATION_LISTS } from "./revocation-limits";
import { accountReference, permissions, region, relativeFile, stableName } from "../../config/schema/common";

const oidcKind = z.enum(["github", "gitlab", "hcp-terraform", "custom"]);

/** https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateProfile.html: 900 to 43,200 seconds. */
const profileSessionMinutes = z.int().min(15).max(720).default(60).describe("Longest session, in minutes.");

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html: a role's longest session is one hour at least. */
const roleSessionMinutes = z
  .int()
  .min(60)
  .max(720)
  .default(60)
  .describe("Longest session, in minutes; IAM's smallest limit is 60.");

export const issuerUrl = z.url({ protocol: /^https$/, error: "an https:// address" });

/** Where the CA publishes its list: nobody's password in it, and nothing that is changed on the way. */
const distributionPoint = z
  .url({ protocol: /^https$/, error: "an https:// address" })
  .regex(/^https:\/\/[^@#?]+$/, "an https:// address without user, query or fragment");

const revocationList = z.strictObject({
  file: relativeFile.optional().describe("The CA's revocation list (CRL), PEM or DER. Either this or url."),
  url: distributionPoint
    .optional()
    .describe("Where the CA publishes it; `keyless crl` gets it there, and nothing else does. Either this or file."),
});

export const trustAnchor = z.strictObject({
  name: stableName("Name of the trust anchor."),
  account: accountReference,
  region: region.optional().describe("Default: the environment's region."),
  certificateBundleFile: relativeFile
    .optional()
    .describe(
      "PEM file with one CA certificate, or two while one replaces the other. Certificates only, never a key. Either this or privateCaArn.",
    ),
  privateCaArn: z
    .string()
    .regex(/^arn:aws[\w-]*:acm-pca:[a-z0-9-]+:\d{12}:certificate-authority\/[\w-]+$/, "the ARN of an AWS Private CA")
    .optional()
    .describe("ARN of an AWS Private CA. Either this or certificateBundleFile."),
  revocationLists: z
    .array(revocationList)
    .min(1)
    .max(MAX_REVOCATION_LISTS)
    .optional()
    .describe(
      "Revocation lists of the CAs of certificateBundleFile, one for each; `keyless crl` imports them. Default: none, and no certificate is revoked.",
    ),
});

export const anywhereWorkload = z.strictObject({
  name: stableName("Name of the workload; its role and profile carry it."),
  trustAnchor: z.string().min(1).describe("Name of a trust anchor above; the role lives in its account."),
  subject: z
    .strictObject({
      commonName: z.string().min(1).optional().describe("Common name (CN). Default: not compared."),
      organizationalUnit: z
        .string()
        .min(1)
        .optional()
        .describe("Organizational unit (OU) of the subject. Default: not compared."),
      organization: z.string().min(1).optional().describe("Organization (O) of the subject. Default: not compared."),
      dnsName: z
        .string()
        .min(1)
        .optional()
        .describe("First DNS name among the subject alternative names (SAN). Default: not compared."),
      uri: z
        .string()
        .min(1)
        .optional()
        .describe("First URI among the subject alternative names (SAN), such as a SPIFFE id. Default: not compared."),
      email: z
        .string()
        .optional()
        .describe("Refused: AWS makes no session tag of e-mail addresses, so that no trust policy can compare them."),
    })
    .describe("The certificate's subject, compared exactly. At least commonName, organizationalUnit, dnsName or uri."),
  issuerCommonName: z
    .string()
    .min(1)
    .optional()
    .describe("Common name of the certificate's issuer, where one trust anchor has several issuing CAs."),
  sessionMinutes: profileSessionMinutes,
  ...permissions,
});

export const oidcProvider = z.strictObject({
  name: stableName("Name of the provider."),
  kind: oidcKind.describe("github, gitlab and hcp-terraform know their issuer and audience; custom needs both."),
  account: accountReference,
  issuerUrl: issuerUrl
    .optional()
    .describe(
      "Issuer, exactly as the token's claim `iss`. Default by kind; needed for custom and for self-managed servers.",
    ),
  audiences: z
    .array(z.string().min(1).max(255))
    .min(1)
    .max(100)
    .optional()
    .describe("Audiences (claim `aud`), compared exactly. Default by kind; needed for custom."),
  existing: z
    .boolean()
    .default(false)
    .describe(
      "true: somebody else manages it. It is used and never changed; it must be there, with these audiences among its own.",
    ),
});

export const oidcWorkload = z.strictObject({
  name: stableName("Name of the workload; its role carries it."),
  provider: z.string().min(1).describe("Name of an OIDC provider above; the role lives in its account."),
  subjects: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      "Subjects of the token (claim `sub`), for example repo:acme/shop:environment:production. `*` only where the part before it names the owner and the project.",
    ),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe("The one audience of the provider that this workload's tokens have. Default: any of the provider's."),
  sessionMinutes: roleSessionMinutes,
  ...permissions,
});

export const workloadIdentitySection = z
  .strictObject({
    trustAnchors: z.array(trustAnchor).default([]).describe("IAM Roles Anywhere trust anchors."),
    rolesAnywhere: z.array(anywhereWorkload).default([]).describe("Workloads outside AWS that have a certificate."),
    oidcProviders: z.array(oidcProvider).default([]).describe("OIDC providers in the accounts that trust them."),
    oidcRoles: z.array(oidcWorkload).default([]).describe("Workloads that have an OIDC token, for example CI."),
  })
  .describe("Machines: IAM Roles Anywhere and OIDC.");
