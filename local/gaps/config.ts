import { AwsError, objects, page, text, texts, type AwsRequest, type JsonObject } from "../aws-message";
import type { Gap } from "../gap";
import type { OrganizationReader } from "../organization-reader";

interface OrganizationRule {
  readonly name: string;
  readonly arn: string;
  readonly status: "CREATE_SUCCESSFUL" | "UPDATE_SUCCESSFUL";
  readonly members: JsonObject;
}

const SETUP_PRINCIPAL = "config-multiaccountsetup.amazonaws.com";

/** moto has organization conformance packs; the front adds organization rules, and for both the service's precondition. */
export function configGap(organization: OrganizationReader): Gap {
  const rules = new Map<string, OrganizationRule>();
  /** Rules belong to the account that administers them, in one region. */
  const key = (request: AwsRequest, name: string): string => `${request.accountId}|${request.region}|${name}`;
  const own = (request: AwsRequest): OrganizationRule[] =>
    [...rules].filter(([id]) => id.startsWith(key(request, ""))).map(([, rule]) => rule).sort((a, b) => (a.name < b.name ? -1 : 1));
  const named = (request: AwsRequest): OrganizationRule[] => {
    const names = texts(request.input["OrganizationConfigRuleNames"]);
    if (names.length === 0) return own(request);
    return names.map((name) => required(request, name));
  };
  const required = (request: AwsRequest, name: string): OrganizationRule => {
    const rule = rules.get(key(request, name));
    if (!rule) throw new AwsError("NoSuchOrganizationConfigRuleException", `One or more organization AWS Config rules with name ${name} do not exist.`);
    return rule;
  };
  const guard = async (request: AwsRequest): Promise<void> => {
    if (!request.operation.includes("Organization")) return;
    if (!(await organization.trusts(SETUP_PRINCIPAL))) throw new AwsError("OrganizationAccessDeniedException", `Trusted access for ${SETUP_PRINCIPAL} is not enabled in the organization.`);
    if (request.accountId !== organization.managementAccountId && !(await organization.delegatedServices(request.accountId)).includes(SETUP_PRINCIPAL)) {
      throw new AwsError("OrganizationAccessDeniedException", "The account is neither the management account nor a delegated administrator.");
    }
  };
  const paged = (request: AwsRequest, member: string, items: readonly JsonObject[]): JsonObject => {
    const result = page(items, request.input["NextToken"], Number(text(request.input["Limit"], "100")) || 100);
    return { [member]: result.items, NextToken: result.next };
  };

  return {
    service: "config",
    guard,
    operations: {
      PutOrganizationConfigRule: (request) => {
        const name = text(request.input["OrganizationConfigRuleName"]);
        const id = key(request, name);
        const existing = rules.get(id);
        const suffix = [...rules.keys()].length + 1;
        const arn = existing?.arn ?? `arn:aws:config:${request.region}:${request.accountId}:organization-config-rule/${name}-${suffix.toString(36).padStart(8, "0")}`;
        rules.set(id, { name, arn, status: existing ? "UPDATE_SUCCESSFUL" : "CREATE_SUCCESSFUL", members: request.input });
        return { OrganizationConfigRuleArn: arn };
      },
      DescribeOrganizationConfigRules: (request) =>
        paged(
          request,
          "OrganizationConfigRules",
          named(request).map(({ name, arn, members }) => ({
            OrganizationConfigRuleName: name,
            OrganizationConfigRuleArn: arn,
            OrganizationManagedRuleMetadata: members["OrganizationManagedRuleMetadata"],
            OrganizationCustomRuleMetadata: members["OrganizationCustomRuleMetadata"],
            OrganizationCustomPolicyRuleMetadata: members["OrganizationCustomPolicyRuleMetadata"],
            ExcludedAccounts: members["ExcludedAccounts"] ?? [],
          })),
        ),
      DescribeOrganizationConfigRuleStatuses: (request) =>
        paged(request, "OrganizationConfigRuleStatuses", named(request).map(({ name, status }) => ({ OrganizationConfigRuleName: name, OrganizationRuleStatus: status }))),
      GetOrganizationConfigRuleDetailedStatus: async (request) => {
        const rule = required(request, text(request.input["OrganizationConfigRuleName"]));
        const excluded = texts(rule.members["ExcludedAccounts"]);
        const [root] = objects((await organization.call("ListRoots", {}))["Roots"]);
        const accounts = [organization.managementAccountId, ...(await organization.activeMembersBelow(text(root?.["Id"])))].filter((account) => !excluded.includes(account));
        return paged(
          request,
          "OrganizationConfigRuleDetailedStatus",
          accounts.sort().map((AccountId) => ({ AccountId, ConfigRuleName: `OrgConfigRule-${rule.name}`, MemberAccountRuleStatus: rule.status })),
        );
      },
      DeleteOrganizationConfigRule: (request) => {
        const rule = required(request, text(request.input["OrganizationConfigRuleName"]));
        rules.delete(key(request, rule.name));
        return {};
      },
    },
  };
}
