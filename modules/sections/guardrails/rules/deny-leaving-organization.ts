import { CASE_ADMIN, CASE_ROOT, CASE_SSO_ADMIN } from "../context/principals";
import type { Guardrail, GuardrailCase } from "../types";

/**
 * What takes a member account out of the organization from inside. Since an account may accept another organization's invitation while it is
 * a member, that is leaving, too: AWS logs AccountDepartedOrganization for it.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html
 * An account closes itself on its own page of the console:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html
 */
const LEAVING = ["account:CloseAccount", "organizations:AcceptHandshake", "organizations:LeaveOrganization"] as const;

const HANDSHAKE = "arn:aws:organizations::888888888888:handshake/o-strangers00/invite/h-0123456789abcdef";

export const denyLeavingOrganization: Guardrail = {
  id: "deny-leaving-organization",
  denies: "No member account leaves the organization, moves to another one, or closes itself.",
  why: "An account that leaves is bound by no guardrail any more, and break glass no longer reaches it. Accepting an invitation is leaving, in one call.",
  exemptions: [],
  hazards: [
    "Selling or splitting off an account needs the management account to remove it (organizations:RemoveAccountFromOrganization).",
    "Moving an account to another organization by its invitation needs this detached from that account first.",
    "Closing an account is for the management account (organizations:CloseAccount), which no SCP binds.",
    "It does not cover an account that is not a member yet: whoever is invited here accepts before any SCP binds. Nor what AWS Support does for the owner of the root user's e-mail address.",
    "What member accounts may do to the organization by its delegation policy or as delegated administrators is another matter: `prove` asks who can take a guardrail off.",
  ],
  mapping: { cis: [], cis7: ["2.1.2"], nist80053: ["AC-3", "CM-5"] },
  statements: () => [{ Sid: "DenyLeaving", Effect: "Deny", Action: [...LEAVING], Resource: "*" }],
  observes: () => [
    { eventSource: "organizations.amazonaws.com", eventNames: ["AcceptHandshake", "LeaveOrganization"] },
    { eventSource: "account.amazonaws.com", eventNames: ["CloseAccount"] },
  ],
  cases: () => {
    const ask = (
      name: string,
      action: string,
      principal: string,
      expected: GuardrailCase["expected"] = "denied",
      resource = "*",
    ): GuardrailCase => ({ name, action, resource, principal, expected });
    return [
      ask("an administrator cannot leave", "organizations:LeaveOrganization", CASE_ADMIN),
      ask("nor can the root user", "organizations:LeaveOrganization", CASE_ROOT),
      ask("nor by another organization's invitation", "organizations:AcceptHandshake", CASE_ADMIN, "denied", HANDSHAKE),
      ask("which the root user cannot accept either", "organizations:AcceptHandshake", CASE_ROOT, "denied", HANDSHAKE),
      ask("an administrator cannot close the account", "account:CloseAccount", CASE_SSO_ADMIN),
      ask("nor can the root user", "account:CloseAccount", CASE_ROOT),
      ask("everybody can see the organization", "organizations:DescribeOrganization", CASE_ADMIN, "untouched"),
      ask("and decline an invitation", "organizations:DeclineHandshake", CASE_ADMIN, "untouched", HANDSHAKE),
      ask("and name whom to call", "account:PutAlternateContact", CASE_ADMIN, "untouched"),
    ];
  },
};
