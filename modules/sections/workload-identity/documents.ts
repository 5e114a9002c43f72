import { policyDocument } from "../../policy/document";
import type { ConditionElement, PolicyDocument, PolicyStatement } from "../../policy/types";
import { issuerHost, WILDCARD } from "./oidc";

/** Trust policies of workloads, as plain data. */

/** IAM's quota for a role's trust policy, unless it was raised: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_TRUST_CHARACTERS = 2048;

/** The certificate's subject, alternative names and issuer, compared exactly. */
export interface CertificateIdentity {
  readonly commonName?: string | undefined;
  readonly organizationalUnit?: string | undefined;
  readonly organization?: string | undefined;
  readonly issuerCommonName?: string | undefined;
  /** The first DNS name of the subject alternative name. */
  readonly dnsName?: string | undefined;
  /** The first URI of the subject alternative name, such as a SPIFFE id. */
  readonly uri?: string | undefined;
}

/**
 * Attribute of the certificate → session tag that Roles Anywhere sets for a profile with the default mapping: all of subject and issuer, and of the
 * alternative names the first DNS name, the first URI and the directory name. E-mail addresses become no tag, and no mapping makes one.
 * https://docs.aws.amazon.com/rolesanywhere/latest/userguide/attribute-mapping.html
 */
const CERTIFICATE_TAGS: Readonly<Record<keyof CertificateIdentity, string>> = {
  commonName: "aws:PrincipalTag/x509Subject/CN",
  organizationalUnit: "aws:PrincipalTag/x509Subject/OU",
  organization: "aws:PrincipalTag/x509Subject/O",
  issuerCommonName: "aws:PrincipalTag/x509Issuer/CN",
  dnsName: "aws:PrincipalTag/x509SAN/DNS",
  uri: "aws:PrincipalTag/x509SAN/URI",
};

/**
 * Roles Anywhere may assume the role for a certificate of this trust anchor with this subject. Without the trust anchor any other
 * one of the account would do, whoever made it; without the subject every certificate of the CA.
 */
export function anywhereTrust(trustAnchorArn: string, identity: CertificateIdentity): PolicyDocument {
  const tags = (Object.keys(CERTIFICATE_TAGS) as (keyof CertificateIdentity)[]).flatMap((part) =>
    identity[part] === undefined ? [] : [[CERTIFICATE_TAGS[part], identity[part]] as const],
  );
  return policyDocument([
    {
      Sid: "CertificateOfWorkload",
      Effect: "Allow",
      Principal: { Service: "rolesanywhere.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
      Condition: { ArnEquals: { "aws:SourceArn": trustAnchorArn }, StringEquals: Object.fromEntries(tags) },
    },
  ]);
}

/**
 * Holders of a token of the provider may assume the role with one of the audiences and one of the subjects. Subjects with a wildcard are
 * a statement of their own: operators in one condition are joined by "and".
 *
 * @param claims further claims of the token that must have this value. @default - none
 */
export function oidcTrust(
  providerArn: string,
  issuerUrl: string,
  audiences: readonly string[],
  subjects: readonly string[],
  claims: Readonly<Record<string, string>> = {},
): PolicyDocument {
  const host = issuerHost(issuerUrl);
  const statement = (
    Sid: string,
    operator: "StringEquals" | "StringLike",
    values: readonly string[],
  ): readonly PolicyStatement[] => {
    if (values.length === 0) return [];
    const audience = {
      [`${host}:aud`]: audiences,
      ...Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${host}:${claim}`, value])),
    };
    const subject = { [`${host}:sub`]: values };
    const condition: ConditionElement =
      operator === "StringEquals"
        ? { StringEquals: { ...audience, ...subject } }
        : { StringEquals: audience, StringLike: subject };
    return [
      {
        Sid,
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: condition,
      },
    ];
  };
  return policyDocument([
    ...statement(
      "TokenOfSubject",
      "StringEquals",
      subjects.filter((subject) => !WILDCARD.test(subject)),
    ),
    ...statement(
      "TokenOfSubjectPattern",
      "StringLike",
      subjects.filter((subject) => WILDCARD.test(subject)),
    ),
  ]);
}
