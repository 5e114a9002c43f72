import { CASE_ADMIN, CASE_ROOT } from "../context/principals";
import type { Guardrail } from "../types";

export const denyLeavingOrganization: Guardrail = {
  id: "deny-leaving-organization",
  denies: "No member account leaves the organization by itself.",
  why: "An account that leaves is bound by no guardrail any more, and break glass no longer reaches it.",
  exemptions: [],
  hazards: [
    "Selling or splitting off an account needs the management account to remove it (organizations:RemoveAccountFromOrganization).",
  ],
  mapping: { cis: [], cis7: ["2.1.2"], nist80053: ["AC-3", "CM-5"] },
  statements: () => [{ Sid: "DenyLeaving", Effect: "Deny", Action: "organizations:LeaveOrganization", Resource: "*" }],
  observes: () => [{ eventSource: "organizations.amazonaws.com", eventNames: ["LeaveOrganization"] }],
  cases: () => [
    {
      name: "an administrator cannot leave",
      action: "organizations:LeaveOrganization",
      resource: "*",
      principal: CASE_ADMIN,
      expected: "denied",
    },
    {
      name: "nor can the root user",
      action: "organizations:LeaveOrganization",
      resource: "*",
      principal: CASE_ROOT,
      expected: "denied",
    },
    {
      name: "everybody can see the organization",
      action: "organizations:DescribeOrganization",
      resource: "*",
      principal: CASE_ADMIN,
      expected: "untouched",
    },
  ],
};
