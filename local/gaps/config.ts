import { parse } from "yaml";
import { AwsError, objects, page, text, texts, type AwsRequest, type JsonObject } from "../aws-message";
import type { Gap, Handler } from "../gap";
import type { OrganizationReader } from "../organization-reader";

/** How rules and conformance packs, which AWS deploys alike, differ in the API. */
interface Kind {
  /** In names of operations and members: `OrganizationConfigRule`. */
  readonly noun: string;
  readonly arnPart: string;
  /** Member of the statuses that holds the status. */
  readonly status: string;
  /** Answer of `GetOrganization…DetailedStatus`: its list, and the name and status in each entry. */
  readonly detail: { readonly list: string; readonly name: string; readonly prefix: string; readonly status: string };
  /** Members that describe it, as they were put. */
  readonly members: readonly string[];
  readonly validate: (input: JsonObject) => void;
}

const RULE: Kind = {
  noun: "OrganizationConfigRule",
  arnPart: "organization-config-rule",
  status: "OrganizationRuleStatus",
  detail: {
    list: "OrganizationConfigRuleDetailedStatus",
    name: "ConfigRuleName",
    prefix: "OrgConfigRule-",
    status: "MemberAccountRuleStatus",
  },
  members: [
    "OrganizationManagedRuleMetadata",
    "OrganizationCustomRuleMetadata",
    "OrganizationCustomPolicyRuleMetadata",
    "ExcludedAccounts",
  ],
  validate: () => undefined,
};
const PACK: Kind = {
  noun: "OrganizationConformancePack",
  arnPart: "organization-conformance-pack",
  status: "Status",
  detail: {
    list: "OrganizationConformancePackDetailedStatuses",
    name: "ConformancePackName",
    prefix: "OrgConformsPack-",
    status: "Status",
  },
  members: ["DeliveryS3Bucket", "DeliveryS3KeyPrefix", "ConformancePackInputParameters", "ExcludedAccounts"],
  validate: (input) => {
    if (!input["TemplateBody"] && !input["TemplateS3Uri"])
      throw new AwsError("ValidationException", "Template body is invalid");
    if (input["TemplateBody"] && !isTemplate(text(input["TemplateBody"])))
      throw new AwsError("OrganizationConformancePackTemplateValidationException", "The template is not valid.");
  },
};
/** Trusted service through which Config deploys to an organization. */
const SETUP_PRINCIPAL = "config-multiaccountsetup.amazonaws.com";
const DEFAULT_LIMIT = 100;

interface Deployed {
  readonly name: string;
  readonly arn: string;
  readonly status: "CREATE_SUCCESSFUL" | "UPDATE_SUCCESSFUL";
  readonly input: JsonObject;
}

/**
 * Rules and conformance packs of an organization. moto has no rules, and takes conformance packs only with a template in S3. Nothing
 * is evaluated in the accounts: compliance is AWS's.
 */
export function configGap(organization: OrganizationReader): Gap {
  const guard = async (request: AwsRequest): Promise<void> => {
    if (!request.operation.includes("Organization")) return;
    if (!(await organization.trusts(SETUP_PRINCIPAL)))
      throw new AwsError(
        "OrganizationAccessDeniedException",
        `Trusted access for ${SETUP_PRINCIPAL} is not enabled in the organization.`,
      );
    if (
      request.accountId !== organization.managementAccountId &&
      !(await organization.delegatedServices(request.accountId)).includes(SETUP_PRINCIPAL)
    ) {
      throw new AwsError(
        "OrganizationAccessDeniedException",
        "The account is neither the management account nor a delegated administrator.",
      );
    }
  };
  return {
    service: "config",
    guard,
    operations: { ...operations(RULE, organization), ...operations(PACK, organization) },
  };
}

function operations(kind: Kind, organization: OrganizationReader): Readonly<Record<string, Handler>> {
  const { noun, detail } = kind;
  /** What is deployed belongs to the account that administers it, in one region. */
  const stored = new Map<string, Deployed>();
  const key = (request: AwsRequest, name: string): string => `${request.accountId}|${request.region}|${name}`;
  const required = (request: AwsRequest, name: string): Deployed => {
    const found = stored.get(key(request, name));
    if (!found) throw new AwsError(`NoSuch${noun}Exception`, `There is no ${noun} ${name}.`);
    return found;
  };
  const asked = (request: AwsRequest): Deployed[] => {
    const names = texts(request.input[`${noun}Names`]);
    if (names.length > 0) return names.map((name) => required(request, name));
    const own = [...stored].filter(([id]) => id.startsWith(key(request, "")));
    return own.map(([, one]) => one).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const paged = (request: AwsRequest, member: string, items: readonly JsonObject[]): JsonObject => {
    const result = page(items, request.input["NextToken"], Number(text(request.input["Limit"])) || DEFAULT_LIMIT);
    return { [member]: result.items, NextToken: result.next };
  };
  const plural = (suffix: string): string => `Describe${noun}${suffix}`;

  return {
    [`Put${noun}`]: (request) => {
      kind.validate(request.input);
      const name = text(request.input[`${noun}Name`]);
      const id = key(request, name);
      const existing = stored.get(id);
      const suffix = (stored.size + 1).toString(36).padStart(8, "0");
      const arn =
        existing?.arn ?? `arn:aws:config:${request.region}:${request.accountId}:${kind.arnPart}/${name}-${suffix}`;
      stored.set(id, { name, arn, status: existing ? "UPDATE_SUCCESSFUL" : "CREATE_SUCCESSFUL", input: request.input });
      return { [`${noun}Arn`]: arn };
    },
    [plural("s")]: (request) =>
      paged(
        request,
        `${noun}s`,
        asked(request).map(({ name, arn, input }) => ({
          [`${noun}Name`]: name,
          [`${noun}Arn`]: arn,
          ...Object.fromEntries(kind.members.map((member) => [member, input[member]])),
          LastUpdateTime: 1_704_067_200,
        })),
      ),
    [plural("Statuses")]: (request) =>
      paged(
        request,
        `${noun}Statuses`,
        asked(request).map(({ name, status }) => ({ [`${noun}Name`]: name, [kind.status]: status })),
      ),
    [`Get${noun}DetailedStatus`]: async (request) => {
      const { name, status, input } = required(request, text(request.input[`${noun}Name`]));
      const excluded = texts(input["ExcludedAccounts"]);
      const [root] = objects((await organization.call("ListRoots", {}))["Roots"]);
      const members = await organization.activeMembersBelow(text(root?.["Id"]));
      const accounts = [organization.managementAccountId, ...members]
        .filter((account) => !excluded.includes(account))
        .sort();
      return paged(
        request,
        detail.list,
        accounts.map((AccountId) => ({ AccountId, [detail.name]: `${detail.prefix}${name}`, [detail.status]: status })),
      );
    },
    [`Delete${noun}`]: (request) => {
      const { name } = required(request, text(request.input[`${noun}Name`]));
      stored.delete(key(request, name));
      return {};
    },
  };
}

function isTemplate(body: string): boolean {
  try {
    const template: unknown = parse(body, { logLevel: "silent" });
    return typeof template === "object" && template !== null && "Resources" in template;
  } catch {
    return false;
  }
}
