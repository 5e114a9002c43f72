import { partitionOf } from "../../../organization/partition";
import type { Finding, Severity, Subject } from "./findings";

/** https://schema.ocsf.io/1.3.0/classes/compliance_finding */
const VERSION = "1.3.0";
const COMPLIANCE_FINDING = 2003;
const CREATE = 1;

const SEVERITY: Readonly<Record<Severity, readonly [id: number, caption: string]>> = {
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"],
};

/**
 * Findings as Compliance Findings of the Open Cybersecurity Schema Framework, with its cloud profile.
 *
 * @param region where the organization is managed from
 * @param product version of this program
 */
export function ocsf(findings: readonly Finding[], region: string, product: string): readonly object[] {
  const partition = partitionOf(region);
  return findings.map((finding) => {
    const [severityId, severity] = SEVERITY[finding.severity];
    const seen = Date.parse(finding.seenAt);
    return {
      category_uid: 2,
      category_name: "Findings",
      class_uid: COMPLIANCE_FINDING,
      class_name: "Compliance Finding",
      activity_id: CREATE,
      activity_name: "Create",
      type_uid: COMPLIANCE_FINDING * 100 + CREATE,
      severity_id: severityId,
      severity,
      status_id: 1,
      status: "New",
      time: seen,
      message: finding.title,
      metadata: {
        version: VERSION,
        product: { name: "keyless org baseline", vendor_name: "keyless", version: product },
        profiles: ["cloud"],
      },
      cloud: { provider: "AWS", account: { uid: finding.accountId, name: finding.accountName }, region },
      finding_info: {
        uid: finding.id,
        title: finding.title,
        desc: finding.description,
        types: [finding.rule],
        created_time: Date.parse(finding.createdAt),
        last_seen_time: seen,
      },
      compliance: {
        standards: ["No long-term credentials (keyless org baseline)"],
        control: finding.rule,
        ...(finding.result === "fails" ? { status_id: 3, status: "Fail" } : { status_id: 2, status: "Warning" }),
        status_detail: finding.description,
      },
      remediation: { desc: finding.remedy },
      resources: [resource(finding.subject, finding, partition)],
      unmapped: finding.details,
    };
  });
}

function resource(subject: Subject, finding: Finding, partition: string): object {
  const { Owner: owner } = finding.details;
  const common = {
    cloud_partition: partition,
    ...(owner === undefined ? {} : { owner: { name: owner } }),
  };
  if (subject.kind === "account")
    return { type: "AWS::Account", uid: finding.accountId, name: finding.accountName, ...common };
  return subject.kind === "user"
    ? { type: "AWS::IAM::User", uid: subject.arn, ...common }
    : { type: "AWS::IAM::AccessKey", uid: subject.keyId, name: subject.userName, ...common };
}
