import {
  type Account,
  DescribeResourcePolicyCommand,
  OrganizationsClient,
  paginateListAccounts,
} from "@aws-sdk/client-organizations";
import { unless } from "../../../aws/failure";
import { asList } from "../../../policy/document";
import { STACKSETS_SERVICE } from "../../../sections/break-glass/resolve";
import { stateOf } from "../../sync/accounts";
import { readDelegatedAdministrators, readTrustedServices } from "../../sync/services";
import { differing, Finding, listDifferences, missing, SEEN, seen } from "../claim";
import { parseDocument } from "../documents";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";
import { factsChecks } from "./facts";

const SECTION = "organization";

/** What the rest stands on: the accounts that there are, who has been given what over the organization. */
export function organizationChecks(planned: Planned): readonly Check[] {
  const { place, environment } = planned;
  const { organization } = environment;
  const at = place(organization.managementAccountId);
  const client = (reader: Reader): OrganizationsClient => reader.client(OrganizationsClient);
  const check = (kind: string, name: string, promise: string, look: Check["look"]): Check => ({
    section: SECTION,
    kind,
    name,
    promise,
    place: at,
    look,
  });
  return [
    check("accounts", organization.id, `${planned.accountIds.length} active accounts, those of the facts`, (reader) =>
      accountsFinding(client(reader), planned),
    ),
    ...factsChecks(planned),
    ...neededServices(planned).map((service) =>
      check("trusted-service", service, "has trusted access to the organization", async (reader) => {
        const found = await reader.once("trusted services", () => readTrustedServices(client(reader)));
        return found.includes(service) ? SEEN : missing("trusted access is off");
      }),
    ),
    check(
      "delegated-administrators",
      "delegated administrators",
      "those of the facts, and no others",
      async (reader) => {
        const text = (
          list: readonly { readonly accountId: string; readonly services: readonly string[] }[],
        ): string[] =>
          list.flatMap(({ accountId, services }) => services.map((service) => `${accountId} for ${service}`));
        return differing(
          listDifferences(
            "the organization",
            text(organization.delegatedAdministrators),
            text(await readDelegatedAdministrators(client(reader))),
          ),
        );
      },
    ),
    check(
      "delegation-policy",
      "delegation policy",
      "no member account may attach, detach or change policies",
      async (reader) => {
        const content = await unless(
          ({ code }) => code.startsWith("ResourcePolicyNotFound"),
          async () => (await client(reader).send(new DescribeResourcePolicyCommand({}))).ResourcePolicy?.Content,
          () => undefined,
        );
        return delegationFinding(content);
      },
    ),
  ];
}

/** An account that joined since the facts were taken is bound by the SCPs above it at once, and by nothing else that is known here. */
async function accountsFinding(client: OrganizationsClient, planned: Planned): Promise<Finding> {
  const listed: Account[] = [];
  for await (const page of paginateListAccounts({ client }, {})) listed.push(...(page.Accounts ?? []));
  const active = listed.filter((account) => stateOf(account) === "ACTIVE");
  const found = active.map((account) => account.Id ?? "");
  return differing([
    ...listed
      .filter((account) => stateOf(account) === undefined)
      .map((account) => `AWS lists account ${account.Name} (${account.Id}) without a state`),
    ...active
      .filter((account) => !planned.accountIds.includes(account.Id ?? ""))
      .map(
        (account) => `account ${account.Name} (${account.Id}) is active, and the facts do not show it: keyless sync`,
      ),
    ...planned.accountIds
      .filter((id) => !found.includes(id))
      .map((id) => `account ${planned.place(id).accountName ?? ""} (${id}) is not active any more: keyless sync`),
  ]);
}

function neededServices({ state }: Planned): readonly string[] {
  const { breakGlass, guardrails, credentialHygiene, pipeline } = state;
  const needs = new Set<string>();
  if (
    breakGlass.rollout === "stackset" ||
    credentialHygiene ||
    pipeline?.rollout === "stackset" ||
    (guardrails.observation?.observed.length ?? 0) > 0
  )
    needs.add(STACKSETS_SERVICE);
  if ((guardrails.rootAccessFeatures?.length ?? 0) > 0) needs.add("iam.amazonaws.com");
  if (state.identityCenter) needs.add("sso.amazonaws.com");
  if (credentialHygiene && credentialHygiene.rules.length > 0) needs.add("config-multiaccountsetup.amazonaws.com");
  if (credentialHygiene?.analyzer) needs.add("access-analyzer.amazonaws.com");
  return [...needs].sort();
}

/** What changes which policies bind an account. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html */
const POLICY_CHANGES = [
  "organizations:attachpolicy",
  "organizations:createpolicy",
  "organizations:deletepolicy",
  "organizations:detachpolicy",
  "organizations:disablepolicytype",
  "organizations:updatepolicy",
];

/** Says which changes of policies a delegation policy allows, whatever its conditions: whoever wrote it can say why. */
export function delegationFinding(content: string | undefined): Finding {
  if (content === undefined) return seen("there is no delegation policy");
  const document = parseDocument(content);
  if (!document) return differing(["the delegation policy cannot be read as a policy document"]);
  const allowed = new Set<string>();
  for (const statement of document.Statement) {
    if (statement.Effect !== "Allow") continue;
    const patterns = asList(statement.Action).map((action) => matcher(action));
    const notPatterns = asList(statement.NotAction).map((action) => matcher(action));
    for (const action of POLICY_CHANGES)
      if (
        patterns.some((matches) => matches(action)) ||
        (statement.NotAction !== undefined && !notPatterns.some((matches) => matches(action)))
      )
        allowed.add(action);
  }
  return allowed.size > 0
    ? differing([...allowed].sort().map((action) => `the delegation policy allows ${action}`))
    : seen("the delegation policy allows reading only");
}

function matcher(pattern: string): (action: string) => boolean {
  const expression = new RegExp(
    `^${pattern
      .toLowerCase()
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, ".*")
      .replace(/\?/g, ".")}$`,
  );
  return (action) => expression.test(action);
}
