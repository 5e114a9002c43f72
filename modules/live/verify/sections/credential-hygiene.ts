import { AccessAnalyzerClient, paginateListAnalyzers } from "@aws-sdk/client-accessanalyzer";
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  paginateDescribeOrganizationConfigRules,
  paginateDescribeOrganizationConformancePacks,
  paginateGetOrganizationConfigRuleDetailedStatus,
  paginateGetOrganizationConformancePackDetailedStatus,
} from "@aws-sdk/client-config-service";
import { unless } from "../../../aws/failure";
import { canonicalJson } from "../../../kernel/json";
import { accountForwarderTemplate } from "../../../sections/alarms/template";
import {
  ACCESS_ROLES_NAME,
  accessRolesTemplate,
  inventoryRole,
  retirementRole,
} from "../../../sections/credential-hygiene/access-roles";
import type { AccountRole } from "../../../sections/credential-hygiene/account-role";
import type { ManagedRule } from "../../../sections/credential-hygiene/config-rules";
import {
  REMEDIATION_NAME,
  remediationRole,
  remediationRoleTemplate,
} from "../../../sections/credential-hygiene/remediation";
import type { CredentialHygieneState } from "../../../sections/credential-hygiene/types";
import { forwarderChecks, forwarderRoleCheck, hubChecks } from "../alarms";
import { differing, Finding, listDifferences, missing, seen, valueDifference } from "../claim";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";
import { roleFinding } from "../roles";
import { stackSetChecks } from "../stack-sets";
import { defined } from "../../../kernel/optional";

const SECTION = "credential-hygiene";

/** Config rules with their state in every account, recorders, the analyzer, the alarms, and the roles of inventory and retire. */
export function credentialHygieneChecks(planned: Planned): readonly Check[] {
  const state = planned.state.credentialHygiene;
  if (!state) return [];
  const { place, memberIds, accountIds, documents, environment } = planned;
  const managing = place(state.managingAccountId, state.region);
  const recorded = accountIds.filter((id) => !state.excludedAccountIds.includes(id));
  const { hub, rules, regions } = state.alarms;
  const stackSet = {
    section: SECTION,
    place: place(state.managementAccountId, planned.state.settings.region),
    accountIds: memberIds,
  } as const;
  return [
    ...state.rules.flatMap((rule) => ruleChecks(state, rule, managing, recorded)),
    ...recorded.map((accountId): Check => ({
      section: SECTION,
      kind: "recorder",
      name: "AWS Config recorder",
      promise: "records, without which no rule finds anything",
      place: place(accountId, state.region),
      look: (reader) => recorderFinding(reader, state.region),
    })),
    ...(state.analyzer ? [analyzerCheck(state, state.analyzer, managing)] : []),
    ...hubChecks(SECTION, hub, place, documents),
    ...accountIds.flatMap((id) =>
      regions.flatMap((region) => [
        forwarderRoleCheck(SECTION, hub, place(id), documents, {
          region,
          boundary: id === state.managementAccountId ? state.boundary : undefined,
        }),
        ...forwarderChecks(SECTION, hub, rules, place(id, region)),
      ]),
    ),
    ...stackSetChecks({
      ...stackSet,
      name: hub.name,
      template: accountForwarderTemplate(
        hub,
        rules,
        "Forwards API calls that make or revive a long-term credential to the alarm bus",
      ),
      regions,
    }),
    ...stackSetChecks({
      ...stackSet,
      name: ACCESS_ROLES_NAME,
      template: accessRolesTemplate(state.access, environment.name),
      regions: [state.region],
    }),
    ...accountIds.flatMap((id) => [
      accountRoleCheck(planned, id, bounded(state, id, inventoryRole(state.access, id))),
      accountRoleCheck(planned, id, bounded(state, id, retirementRole(state.access, id))),
    ]),
    ...(state.remediation ? remediationChecks(planned, state, state.remediation, managing) : []),
  ];
}

function ruleChecks(
  state: CredentialHygieneState,
  rule: ManagedRule,
  place: Check["place"],
  recorded: readonly string[],
): readonly Check[] {
  const client = (reader: Reader): ConfigServiceClient => reader.client(ConfigServiceClient, state.region);
  const found = (reader: Reader) =>
    reader.once(`organization rules ${state.region}`, async () => {
      const all = [];
      for await (const page of paginateDescribeOrganizationConfigRules({ client: client(reader) }, {}))
        all.push(...(page.OrganizationConfigRules ?? []));
      return all;
    });
  return [
    {
      section: SECTION,
      kind: "config-rule",
      name: rule.name,
      promise: `organization rule ${rule.identifier}`,
      place,
      look: async (reader) => {
        const one = (await found(reader)).find((each) => each.OrganizationConfigRuleName === rule.name);
        if (!one) return missing("there is no organization rule of this name");
        const metadata = one.OrganizationManagedRuleMetadata;
        return differing([
          ...valueDifference("identifier", rule.identifier, metadata?.RuleIdentifier),
          ...(canonicalJson(rule.parameters ?? {}) === canonicalJson(parsed(metadata?.InputParameters))
            ? []
            : ["the parameters are others"]),
          ...listDifferences("excluded accounts", state.excludedAccountIds, one.ExcludedAccounts ?? []),
        ]);
      },
    },
    {
      section: SECTION,
      kind: "config-rule-accounts",
      name: rule.name,
      promise: `deployed to ${recorded.length} accounts`,
      place,
      look: async (reader): Promise<Finding> => {
        const statuses = new Map<string, string>();
        const exists = await unless(
          ({ code }) => code.startsWith("NoSuchOrganizationConfigRule"),
          async () => {
            for await (const page of paginateGetOrganizationConfigRuleDetailedStatus(
              { client: client(reader) },
              { OrganizationConfigRuleName: rule.name },
            ))
              for (const one of page.OrganizationConfigRuleDetailedStatus ?? [])
                statuses.set(
                  one.AccountId ?? "",
                  [one.MemberAccountRuleStatus, one.ErrorMessage].filter(Boolean).join(": "),
                );
            return true;
          },
          () => false,
        );
        if (!exists) return missing("there is no organization rule of this name");
        return differing(notDeployed(recorded, statuses));
      },
    },
  ];
}

/** Accounts in which a rule or a pack of the organization is not, or not yet, deployed, with what AWS says of it. */
function notDeployed(accountIds: readonly string[], statuses: ReadonlyMap<string, string>): readonly string[] {
  return accountIds
    .filter((id) => !/^(CREATE|UPDATE)_SUCCESSFUL/.test(statuses.get(id) ?? ""))
    .map((id) => `${id}: ${statuses.get(id) ?? "not deployed"}`);
}

/** By account. A pack can be there and have failed in accounts, or not have reached them yet. */
async function packStatuses(client: ConfigServiceClient): Promise<ReadonlyMap<string, string>> {
  const statuses = new Map<string, string>();
  for await (const page of paginateGetOrganizationConformancePackDetailedStatus(
    { client },
    { OrganizationConformancePackName: REMEDIATION_NAME },
  ))
    for (const { AccountId, Status, ErrorMessage } of page.OrganizationConformancePackDetailedStatuses ?? [])
      statuses.set(AccountId ?? "", [Status, ErrorMessage].filter(Boolean).join(": "));
  return statuses;
}

function parsed(text: string | undefined): unknown {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return text;
  }
}

async function recorderFinding(reader: Reader, region: string): Promise<Finding> {
  const { ConfigurationRecordersStatus: recorders = [] } = await reader
    .client(ConfigServiceClient, region)
    .send(new DescribeConfigurationRecorderStatusCommand({}));
  if (recorders.length === 0) return missing("there is no recorder");
  return recorders.some((one) => one.recording)
    ? seen()
    : differing([`the recorder ${recorders[0]!.name ?? ""} is stopped`]);
}

function analyzerCheck(
  state: CredentialHygieneState,
  analyzer: NonNullable<CredentialHygieneState["analyzer"]>,
  place: Check["place"],
): Check {
  return {
    section: SECTION,
    kind: "analyzer",
    name: analyzer.name,
    promise: `analyzer for access of the organization that was not used for ${analyzer.maxUnusedDays} days`,
    place,
    look: async (reader) => {
      const client = reader.client(AccessAnalyzerClient, state.region);
      for await (const page of paginateListAnalyzers({ client }, {}))
        for (const one of page.analyzers ?? [])
          if (one.name === analyzer.name)
            return differing([
              ...valueDifference("status", "ACTIVE", one.status),
              ...valueDifference("type", "ORGANIZATION_UNUSED_ACCESS", one.type),
              ...valueDifference(
                "days",
                analyzer.maxUnusedDays,
                one.configuration && "unusedAccess" in one.configuration
                  ? one.configuration.unusedAccess?.unusedAccessAge
                  : undefined,
              ),
            ]);
      return missing("there is no analyzer of this name");
    },
  };
}

/** In the management account a pipeline makes it within a boundary. */
function bounded(
  { managementAccountId, boundary }: CredentialHygieneState,
  accountId: string,
  role: AccountRole,
): AccountRole {
  return accountId === managementAccountId && boundary !== undefined
    ? { ...role, permissionsBoundary: boundary }
    : role;
}

function accountRoleCheck({ place, documents }: Planned, accountId: string, role: AccountRole): Check {
  return {
    section: SECTION,
    kind: "role",
    name: role.name,
    promise: "role with this trust policy, these permissions and no others",
    place: place(accountId),
    look: (reader) =>
      roleFinding(
        reader,
        {
          name: role.name,
          path: role.path,
          trust: role.trust,
          attached: [],
          inline: { [role.policyName]: role.permissions },
          ...defined({ boundary: role.permissionsBoundary }),
        },
        documents,
      ),
  };
}

function remediationChecks(
  planned: Planned,
  state: CredentialHygieneState,
  { scope }: NonNullable<CredentialHygieneState["remediation"]>,
  place: Check["place"],
): readonly Check[] {
  return [
    {
      section: SECTION,
      kind: "conformance-pack",
      name: REMEDIATION_NAME,
      promise: "organization conformance pack, deployed to every account that is not excluded",
      place,
      look: async (reader) => {
        const client = reader.client(ConfigServiceClient, state.region);
        for await (const page of paginateDescribeOrganizationConformancePacks({ client }, {}))
          for (const one of page.OrganizationConformancePacks ?? [])
            if (one.OrganizationConformancePackName === REMEDIATION_NAME)
              return differing([
                ...listDifferences("excluded accounts", state.excludedAccountIds, one.ExcludedAccounts ?? []),
                ...notDeployed(
                  planned.accountIds.filter((id) => !state.excludedAccountIds.includes(id)),
                  await packStatuses(client),
                ),
              ]);
        return missing("there is no conformance pack of this name");
      },
    },
    ...stackSetChecks({
      section: SECTION,
      place: planned.place(state.managementAccountId, planned.state.settings.region),
      name: REMEDIATION_NAME,
      template: remediationRoleTemplate(scope, planned.environment.name),
      accountIds: planned.memberIds,
      regions: [state.region],
    }),
    ...planned.accountIds.map((id) => accountRoleCheck(planned, id, bounded(state, id, remediationRole(scope, id)))),
  ];
}
