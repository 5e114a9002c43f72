import type { AttachedPolicy, Organization } from "../../../../modules/organization/types";
import type { PolicyStatement } from "../../../../modules/policy/types";
import { MANDATORY_STATEMENTS } from "../../../../modules/sections/landing-zone/control-tower-shapes";

/** An organization that AWS Control Tower governs, as `keyless sync` would show it. */

export const scpOf = (
  name: string,
  statements: readonly object[],
  targetIds: readonly string[],
  more: Partial<AttachedPolicy> = {},
): AttachedPolicy => ({
  id: `p-${name.toLowerCase().replace(/\W/g, "").slice(-10).padStart(10, "0")}`,
  name,
  type: "SERVICE_CONTROL_POLICY",
  awsManaged: false,
  ours: false,
  content: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
  targetIds: [...targetIds].sort(),
  ...more,
});

const newest = (sid: string, index = -1): PolicyStatement =>
  MANDATORY_STATEMENTS.filter(({ Sid }) => Sid === sid).at(index)!;

/** What is attached to every OU, in the versions of landing zone 3.x. */
export const FOR_ALL_OUS: readonly PolicyStatement[] = [
  newest("GRLOGGROUPPOLICY", 0),
  newest("GRCONFIGAGGREGATIONAUTHORIZATIONPOLICY"),
  newest("GRCLOUDTRAILENABLED"),
  newest("GRCLOUDWATCHEVENTPOLICY"),
  newest("GRCONFIGRULETAGSPOLICY", 0),
  newest("GRCONFIGENABLED"),
  newest("GRCONFIGRULEPOLICY"),
  newest("GRIAMROLEPOLICY"),
  newest("GRLAMBDAFUNCTIONPOLICY"),
  newest("GRSNSTOPICPOLICY", 0),
  newest("GRSNSSUBSCRIPTIONPOLICY"),
];
const OF_THE_ARCHIVE = MANDATORY_STATEMENTS.filter(({ Sid = "" }) => /^GR(CT)?AUDITBUCKET/.test(Sid));

export const WORKLOADS = "ou-exmp-workload";
export const SECURITY = "ou-exmp-security";

export const withControlTower = (facts: Organization): Organization => ({
  ...facts,
  trustedServices: [...facts.trustedServices, "controltower.amazonaws.com"].sort(),
  policies: [
    ...facts.policies,
    scpOf("aws-guardrails-AbCdEf", FOR_ALL_OUS, [WORKLOADS, SECURITY]),
    scpOf("aws-guardrails-GhIjKl", OF_THE_ARCHIVE, [SECURITY]),
  ],
});
