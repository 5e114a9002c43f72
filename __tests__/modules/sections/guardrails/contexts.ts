import { exampleState } from "../../../support/environments";
import type { GuardrailContext, OutsideAccount } from "../../../../modules/sections/guardrails/types";

const vendor = (
  name: string,
  accounts: readonly string[],
  roles: readonly string[],
  expires: string,
): OutsideAccount => ({
  name,
  accounts,
  roles,
  owner: "Security",
  reason: "Its product",
  expires,
  endsAt: `${expires}T23:59:59Z`,
});

/** The environments that guardrails must hold in, by what they differ in. All but the first are variations of the example. */
export const CONTEXTS: ReadonlyMap<string, GuardrailContext> = (() => {
  const example = exampleState().guardrails.context;
  const hygiene = example.credentialHygiene!;
  const without = ({ credentialHygiene: _, ...rest }: GuardrailContext): GuardrailContext => rest;
  return new Map<string, GuardrailContext>([
    ["the example: home in the management account, StackSet", example],
    [
      "home in a member account, StackSet",
      { ...example, breakGlass: { ...example.breakGlass, homeAccountId: "333333333333" } },
    ],
    [
      "home in the management account, Terraform, other names",
      {
        ...example,
        breakGlassRollout: "terraform",
        memberRole: "PipelineMember",
        breakGlass: { ...example.breakGlass, roleName: "EmergencyAdmin", userPath: "/emergency/" },
      },
    ],
    [
      "home in a member account, Terraform",
      {
        ...example,
        breakGlassRollout: "terraform",
        breakGlass: { ...example.breakGlass, homeAccountId: "333333333333" },
      },
    ],
    ["without credential hygiene", without(example)],
    [
      "home in a member account, without credential hygiene",
      { ...without(example), breakGlass: { ...example.breakGlass, homeAccountId: "333333333333" } },
    ],
    [
      "credential hygiene without remediation, from the management account",
      {
        ...example,
        credentialHygiene: { managingAccountId: example.managementAccountId, cleanUpRoles: ["KeylessRetirement"] },
      },
    ],
    [
      "web identity from two issuers",
      {
        ...example,
        webIdentity: {
          trusted: [
            { issuer: "gitlab.com", claim: "sub", values: ["project_path:acme/*"] },
            { issuer: "token.actions.githubusercontent.com", claim: "repository", values: ["acme/shop"] },
            { issuer: "token.actions.githubusercontent.com", claim: "sub", values: ["repo:acme/*"] },
          ],
        },
      },
    ],
    [
      "outside accounts, some of them in one role only",
      {
        ...example,
        outsideAccounts: [
          vendor("backup", ["987654321098"], ["vendors/backup"], "2027-03-31"),
          vendor("monitoring", ["123456789012", "234567890123"], [], "2027-06-30"),
          vendor("scanner", ["345678901234"], ["Scanner", "vendors/scan"], "2027-06-30"),
        ],
      },
    ],
    [
      "AWS Control Tower's role as the member role",
      { ...example, memberRole: "AWSControlTowerExecution", landingZoneRole: "AWSControlTowerExecution" },
    ],
    ["AWS Control Tower beside another member role", { ...example, landingZoneRole: "AWSControlTowerExecution" }],
    [
      "credential hygiene from another account",
      { ...example, credentialHygiene: { ...hygiene, managingAccountId: "444444444444" } },
    ],
  ]);
})();
