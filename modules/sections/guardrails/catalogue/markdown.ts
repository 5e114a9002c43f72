import { asList, policyJson, policyDocument } from "../../../policy/document";
import type { PolicyStatement } from "../../../policy/types";
import { actionName, expandAction } from "../../../policy/vocabulary";
import { GUARDRAILS } from "./guardrails";
import { CREDENTIAL_ACTIONS } from "./credential-actions";
import { ORGANIZATION_ACTIONS } from "./organization-actions";
import type { Guardrail, GuardrailContext } from "../types";

/** `docs/guardrails.md`: the catalogue for people. Generated; a test holds the file to it. */

/** A large environment's names, so that the statements shown are whole: break glass at home in a member account, hygiene everywhere. */
const SHOWN: GuardrailContext = {
  organizationId: "o-exampleorg1",
  managementAccountId: "111111111111",
  memberRole: "OrganizationAccountAccessRole",
  breakGlassRollout: "stackset",
  breakGlass: {
    organizationId: "o-exampleorg1",
    homeAccountId: "222222222222",
    roleName: "SecurityBreakGlass",
    userPath: "/break-glass/",
    userNames: ["break-glass-1"],
    mfaMaxAgeMinutes: 60,
    sourceNetworks: [],
  },
  credentialHygiene: {
    managingAccountId: "333333333333",
    cleanUpRoles: ["KeylessCredentialRemediation", "KeylessRetirement"],
  },
  webIdentity: { trusted: [{ issuer: "token.actions.githubusercontent.com", claim: "sub", values: ["repo:acme/*"] }] },
  outsideAccounts: [
    {
      name: "vendor",
      accounts: ["987654321098"],
      roles: ["vendors/backup"],
      owner: "Data",
      reason: "Copies snapshots",
      expires: "2027-06-30",
      endsAt: "2027-06-30T23:59:59Z",
    },
  ],
};

const NIST = "NIST SP 800-53 Rev. 5";
const CIS = "CIS AWS Foundations Benchmark v3.0.0";
const CIS7 = "v7.0.0";

export function guardrailsMarkdown(): string {
  return [
    "# Guardrails",
    "",
    "<!-- Generated from modules/sections/guardrails by `npm run docs`. Change the catalogue, not this file. -->",
    "",
    "Each guardrail is one file in `modules/sections/guardrails/`, with its statements and the cases that check its promise. `guardrails.rollout` in `baseline.yaml` sets where it is off, observed or enforced.",
    "Service control policies bind neither the management account nor service-linked roles. Deleting a credential is never denied.",
    "",
    `| guardrail | denies | requires | ${CIS} | ${CIS7} | ${NIST} | characters |`,
    "|---|---|---|---|---|---|---|",
    ...GUARDRAILS.map(row),
    "",
    "Numbers of version 7 are those of Prowler's `prowler/compliance/aws/cis_7.0_aws.json` at commit 0e868f02602c; 2.1.2 asks for authorization guardrails on all accounts. It dropped 1.11 (no access keys during initial setup) and 1.13 (one active access key).",
    "",
    "The characters are those of the guardrail alone, for break glass in a member account and credential hygiene with remediation.",
    "",
    ...GUARDRAILS.flatMap(section),
    "## Actions that make or revive credentials",
    "",
    "Every action of AWS whose name says that it makes, changes or revives a credential. A test compares the list with AWS's service authorization reference: a new action of such a name fails it until somebody has looked.",
    "",
    "| denied by | actions | |",
    "|---|---|---|",
    ...CREDENTIAL_ACTIONS.map(
      ({ deniedBy, because, actions }) =>
        `| ${deniedBy ? link(deniedBy) : "nobody"} | ${actions.map(code).join(", ")} | ${because} |`,
    ),
    "",
    "## Actions that change the organization",
    "",
    "Every action of AWS Organizations that changes something, and those of AWS Account Management that take an account or its root user away, seen from a member account. A test compares the list with AWS's service authorization reference.",
    "",
    "| denied by | actions | |",
    "|---|---|---|",
    ...ORGANIZATION_ACTIONS.map(
      ({ deniedBy, because, actions }) =>
        `| ${deniedBy ? link(deniedBy) : "nobody"} | ${actions.map(code).join(", ")} | ${because} |`,
    ),
    "",
  ].join("\n");
}

const code = (text: string): string => `\`${text}\``;
const link = (id: string): string => `[${id}](#${id})`;
const list = (items: readonly string[]): readonly string[] => items.map((item) => `- ${item}`);
const orNone = (items: readonly string[]): string => (items.length === 0 ? "–" : items.join(", "));

function row(guardrail: Guardrail): string {
  const size = policyJson(policyDocument(guardrail.statements(SHOWN))).length;
  return `| ${link(guardrail.id)} | ${guardrail.denies} | ${orNone((guardrail.requires?.(SHOWN) ?? []).map(link))} | ${orNone(guardrail.mapping.cis)} | ${orNone(guardrail.mapping.cis7)} | ${orNone(guardrail.mapping.nist80053)} | ${size} |`;
}

function section(guardrail: Guardrail): readonly string[] {
  const kind = guardrail.policyType === "RESOURCE_CONTROL_POLICY" ? " A resource control policy." : "";
  return [
    `## ${guardrail.id}`,
    "",
    `${guardrail.denies}${kind}`,
    "",
    `**Why.** ${guardrail.why}`,
    "",
    "**Statements.**",
    "",
    ...list(guardrail.statements(SHOWN).map(summary)),
    "",
    "**Who is exempt by design.**",
    "",
    ...(guardrail.exemptions.length === 0
      ? ["Nobody."]
      : list(
          guardrail.exemptions.map(
            ({ who, why, cannotBeAbusedBecause }) =>
              `${who}. ${why} *It cannot be abused, because:* ${cannotBeAbusedBecause}`,
          ),
        )),
    "",
    "**Hazards.**",
    "",
    ...list(guardrail.hazards),
    "",
  ];
}

/** One statement in a line: its actions, with what a pattern matches today, its resources and its conditions. */
function summary(statement: PolicyStatement): string {
  const actions = asList(statement.Action).map((action) => {
    if (action === "*" || !/[*?]/.test(action)) return code(action);
    return `${code(action)} (${expandAction(action)
      .map(actionName)
      .map((name) => name.slice(name.indexOf(":") + 1))
      .join(", ")})`;
  });
  const resources = statement.NotResource === undefined ? asList(statement.Resource) : asList(statement.NotResource);
  const where =
    statement.NotResource === undefined && resources.length === 1 && resources[0] === "*"
      ? "everything"
      : `${statement.NotResource === undefined ? "" : "everything but "}${resources.map(code).join(", ")}`;
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${operator} ${code(key)} ${asList(values).map(code).join(", ")}`),
  );
  return `${code(statement.Sid ?? "")}: ${actions.join(", ")} on ${where}${conditions.length === 0 ? "" : `; when ${conditions.join(" and ")}`}`;
}
