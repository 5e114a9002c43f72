import type { AttachedPolicy, Organization } from "../../modules/organization/types";
import { syntheticOrganization } from "./synthetic";

const deny = (Sid: string, Action: string, NotOwner: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid,
        Effect: "Deny",
        Action: [Action],
        Resource: ["*"],
        Condition: { ArnNotLike: { "aws:PrincipalArn": [`arn:aws:iam::*:role/${NotOwner}`] } },
      },
    ],
  });

/**
 * An organization that has grown: 26 accounts in five OUs, SCPs of AWS Control Tower's shape and some by hand, groups from an identity provider.
 * What facts do not show (permission sets with assignments, roles, providers, users) `seedBrownfield` makes.
 */
export function brownfieldOrganization(): Organization {
  const facts = syntheticOrganization(26);
  const ou = (path: string): string => {
    const [name = "", child] = path.split("/");
    const parent = facts.organizationalUnits.find((one) => one.name === name)!;
    return child === undefined
      ? parent.id
      : facts.organizationalUnits.find((one) => one.name === child && one.parentId === parent.id)!.id;
  };
  const policy = (id: string, name: string, content: string, targetIds: readonly string[]): AttachedPolicy => ({
    id,
    name,
    type: "SERVICE_CONTROL_POLICY",
    awsManaged: false,
    ours: false,
    content,
    targetIds: [...targetIds].sort(),
  });
  const controlTower = (n: number, action: string, path: string): AttachedPolicy =>
    policy(
      `p-ctower0${n}`,
      `aws-guardrails-AbCd0${n}`,
      deny("GRCLOUDTRAILENABLED", action, "AWSControlTowerExecution"),
      [ou(path)],
    );
  return {
    ...facts,
    policies: [
      ...facts.policies,
      controlTower(1, "cloudtrail:StopLogging", "Unit1"),
      controlTower(2, "config:StopConfigurationRecorder", "Unit2"),
      policy("p-byhand01", "Keep the audit trail", deny("KeepTrail", "cloudtrail:DeleteTrail", "AuditAdmin"), [
        facts.rootId,
      ]),
      policy("p-byhand02", "No public buckets", deny("NoPublic", "s3:PutAccountPublicAccessBlock", "StorageAdmin"), [
        ou("Unit3"),
        ou("Unit4/Prod"),
        "200000000000",
      ]),
      // Once at the OU and once more below it: targets mean each place once.
      policy("p-byhand03", "Twice along a chain", deny("Twice", "ec2:DeleteVpc", "NetworkAdmin"), [
        ou("Unit5"),
        ou("Unit5/Prod"),
      ]),
    ].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}
