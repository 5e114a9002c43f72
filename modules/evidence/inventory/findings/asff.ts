import { partitionOf } from "../../../organization/partition";
import { cut } from "./cut";
import type { Finding, Severity, Subject } from "./findings";

const SEVERITY: Readonly<Record<Severity, string>> = {
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  critical: "CRITICAL",
};

/**
 * Findings for Security Hub, in the AWS Security Finding Format: what `BatchImportFindings` takes, at most 100 a call, by each account for its
 * own findings. Lengths are those of the format.
 *
 * https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
 *
 * @param region where they are imported
 */
export function asff(findings: readonly Finding[], region: string): readonly object[] {
  const partition = partitionOf(region);
  return findings.map((finding) => ({
    SchemaVersion: "2018-10-08",
    Id: cut(finding.id, 512),
    ProductArn: `arn:${partition}:securityhub:${region}:${finding.accountId}:product/${finding.accountId}/default`,
    GeneratorId: `keyless/${finding.rule}`,
    AwsAccountId: finding.accountId,
    Types: ["Software and Configuration Checks/AWS Security Best Practices/Long-term credentials"],
    CreatedAt: finding.createdAt,
    UpdatedAt: finding.seenAt,
    Severity: { Label: SEVERITY[finding.severity] },
    Title: cut(finding.title, 256),
    Description: cut(finding.description, 1024),
    Remediation: { Recommendation: { Text: cut(finding.remedy, 512) } },
    ProductFields: Object.fromEntries(
      Object.entries(finding.details).map(([name, value]) => [`keyless/${name}`, cut(value, 2048)]),
    ),
    Resources: resources(finding.subject, finding, partition, region),
    Compliance: { Status: finding.result === "fails" ? "FAILED" : "WARNING" },
    RecordState: "ACTIVE",
  }));
}

function resources(subject: Subject, finding: Finding, partition: string, region: string): readonly object[] {
  const of = { Partition: partition, Region: region };
  if (subject.kind === "account") return [{ Type: "AwsAccount", Id: `AWS::::Account:${finding.accountId}`, ...of }];
  if (subject.kind === "user") return [{ Type: "AwsIamUser", Id: subject.arn, ...of }];
  return [
    {
      Type: "AwsIamAccessKey",
      Id: `AWS::IAM::AccessKey:${subject.keyId}`,
      ...of,
      Details: {
        AwsIamAccessKey: {
          AccountId: finding.accountId,
          AccessKeyId: subject.keyId,
          PrincipalType: "IAMUser",
          PrincipalName: subject.userName,
          Status: subject.status,
          CreatedAt: finding.createdAt,
        },
      },
    },
    { Type: "AwsIamUser", Id: subject.userArn, ...of },
  ];
}
