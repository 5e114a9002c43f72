import {
  DescribePolicyCommand,
  OrganizationsClient,
  paginateListPolicies,
  paginateListTagsForResource,
  paginateListTargetsForPolicy,
} from "@aws-sdk/client-organizations";
import { IAMClient, ListOrganizationsFeaturesCommand } from "@aws-sdk/client-iam";
import { unless } from "../../../aws/failure";
import { ENVIRONMENT_TAG } from "../../../config/settings";
import type { OrganizationPolicyType } from "../../../organization/types";
import { accountForwarderTemplate } from "../../../sections/alarms/template";
import type { ServiceControlPolicy } from "../../../sections/guardrails/resolve";
import { differing, missing, SEEN } from "../claim";
import { forwarderChecks, forwarderRoleCheck, hubChecks } from "../alarms";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";
import { stackSetChecks } from "../stack-sets";
import { unique, uniqueSorted } from "../../../kernel/lists";

const SECTION = "guardrails";
const POLICY_TYPES: readonly OrganizationPolicyType[] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

interface FoundPolicy {
  readonly id: string;
  readonly name: string;
}

/** SCPs and RCPs by meaning, every attachment, nothing of ours besides; root access; what is observed. */
export function guardrailChecks(planned: Planned): readonly Check[] {
  const { state, place } = planned;
  const { guardrails, settings } = state;
  const management = settings.managementAccountId;
  // Also a type of which nothing is planned: what has our tag there is somebody's who wants it to be taken for ours.
  const types = unique([
    ...guardrails.policies.map((policy) => policy.type),
    ...POLICY_TYPES.filter((type) => planned.environment.organization.enabledPolicyTypes.includes(type)),
  ]);
  return [
    ...guardrails.policies.flatMap((policy) => policyChecks(planned, policy)),
    ...types.map((type): Check => ({
      section: SECTION,
      kind: "other-policies",
      name: type === "SERVICE_CONTROL_POLICY" ? "SCPs" : "RCPs",
      promise: `no others with the tag ${ENVIRONMENT_TAG} = ${settings.environment}`,
      place: place(management),
      look: (reader) => otherPoliciesFinding(reader, planned, type),
    })),
    ...(guardrails.rootAccessFeatures ?? []).map((feature): Check => ({
      section: SECTION,
      kind: "root-access",
      name: feature,
      promise: "centralized root access is on",
      place: place(management),
      look: async (reader) => {
        const enabled = await reader.once("root access", () =>
          unless<readonly string[]>(
            ({ code }) => code.startsWith("ServiceAccessNotEnabled"),
            async () =>
              (await reader.client(IAMClient).send(new ListOrganizationsFeaturesCommand({}))).EnabledFeatures ?? [],
            () => [],
          ),
        );
        return enabled.includes(feature) ? SEEN : missing("the feature is off");
      },
    })),
    ...observationChecks(planned),
  ];
}

function policyChecks(planned: Planned, policy: ServiceControlPolicy): readonly Check[] {
  const { state, place, documents } = planned;
  const management = state.settings.managementAccountId;
  const what = policy.type === "SERVICE_CONTROL_POLICY" ? "SCP" : "RCP";
  return [
    {
      section: SECTION,
      kind: "policy",
      name: policy.name,
      promise: `${what} with what was planned${policy.guardrails.length > 0 ? `: ${policy.guardrails.join(", ")}` : ""}`,
      place: place(management),
      look: async (reader) => {
        const found = await policyNamed(reader, policy);
        if (!found) return missing(`there is no ${what} of this name`);
        const { Policy } = await organizations(reader).send(new DescribePolicyCommand({ PolicyId: found.id }));
        return differing([
          ...documents.differences(
            "the document",
            policy.type === "SERVICE_CONTROL_POLICY" ? "scp" : "rcp",
            policy.document,
            Policy?.Content,
            management,
          ),
          ...(isAdopted(planned, found.id) || (await isOurs(reader, found.id, state.settings.environment))
            ? []
            : [`the tag ${ENVIRONMENT_TAG} = ${state.settings.environment} is not on it`]),
        ]);
      },
    },
    ...policy.attachments.map((target): Check => ({
      section: SECTION,
      kind: "attachment",
      name: `${policy.name} on ${target.label}`,
      promise: `${what} is attached to ${target.label} (${target.id})`,
      place: place(management),
      look: async (reader) => {
        const targets = await targetsOf(reader, policy);
        if (!targets) return missing(`there is no ${what} of this name`);
        return targets.includes(target.id) ? SEEN : missing("it is not attached there");
      },
    })),
    {
      section: SECTION,
      kind: "attachments",
      name: policy.name,
      promise: "attached nowhere else",
      place: place(management),
      look: async (reader) => {
        const targets = await targetsOf(reader, policy);
        if (!targets) return missing(`there is no ${what} of this name`);
        const wanted = policy.attachments.map((target) => target.id);
        return differing(
          targets.filter((id) => !wanted.includes(id)).map((id) => `it is attached to ${id}, which is not planned`),
        );
      },
    },
  ];
}

const organizations = (reader: Reader): OrganizationsClient => reader.client(OrganizationsClient);

function policiesOf(reader: Reader, type: OrganizationPolicyType): Promise<readonly FoundPolicy[]> {
  return reader.once(`policies ${type}`, async () => {
    const found: FoundPolicy[] = [];
    for await (const page of paginateListPolicies({ client: organizations(reader) }, { Filter: type }))
      for (const one of page.Policies ?? [])
        if (!one.AwsManaged) found.push({ id: one.Id ?? "", name: one.Name ?? "" });
    return found;
  });
}

async function policyNamed(reader: Reader, policy: ServiceControlPolicy): Promise<FoundPolicy | undefined> {
  return (await policiesOf(reader, policy.type)).find((one) => one.name === policy.name);
}

function targetsOf(reader: Reader, policy: ServiceControlPolicy): Promise<readonly string[] | undefined> {
  return reader.once(`targets ${policy.type} ${policy.name}`, async () => {
    const found = await policyNamed(reader, policy);
    if (!found) return undefined;
    const targets: string[] = [];
    for await (const page of paginateListTargetsForPolicy({ client: organizations(reader) }, { PolicyId: found.id }))
      targets.push(...(page.Targets ?? []).map((target) => target.TargetId ?? ""));
    return targets;
  });
}

/** What is adopted is ours by its id. */
function isAdopted({ environment }: Planned, policyId: string): boolean {
  return environment.organization.policies.some(({ id, adopted }) => id === policyId && adopted === true);
}

function isOurs(reader: Reader, policyId: string, environment: string): Promise<boolean> {
  return reader.once(`tags ${policyId}`, async () => {
    for await (const page of paginateListTagsForResource({ client: organizations(reader) }, { ResourceId: policyId }))
      if ((page.Tags ?? []).some((tag) => tag.Key === ENVIRONMENT_TAG && tag.Value === environment)) return true;
    return false;
  });
}

async function otherPoliciesFinding(
  reader: Reader,
  { state }: Planned,
  type: OrganizationPolicyType,
): Promise<ReturnType<typeof differing>> {
  const planned = state.guardrails.policies.filter((policy) => policy.type === type).map((policy) => policy.name);
  const details: string[] = [];
  for (const found of await policiesOf(reader, type))
    if (!planned.includes(found.name) && (await isOurs(reader, found.id, state.settings.environment)))
      details.push(`${found.name} (${found.id}) is not planned`);
  return differing(details);
}

/** The hub of observed guardrails, the StackSets of their forwarders, and each forwarder's rules. */
function observationChecks({ state, environment, place, documents, memberIds }: Planned): readonly Check[] {
  const observation = state.guardrails.observation;
  if (!observation) return [];
  const { tree } = environment;
  const under = (ids: readonly string[]): readonly string[] =>
    memberIds.filter((id) => {
      for (
        let parent = tree.accountById.get(id)?.parentId;
        parent !== undefined;
        parent = tree.nodeById.get(parent)?.parentId
      )
        if (ids.includes(parent)) return true;
      return false;
    });
  return [
    ...hubChecks(SECTION, observation.hub, place, documents),
    ...observation.observed.flatMap(({ guardrail, hub, rules, regions, organizationalUnitIds, accountIds }) => {
      const template = accountForwarderTemplate(
        hub,
        rules,
        `Forwards what ${guardrail} would deny to the bus of observed guardrails`,
      );
      const common = {
        section: SECTION,
        place: place(state.settings.managementAccountId, state.settings.region),
        template,
        regions,
      } as const;
      const inUnits = organizationalUnitIds.length > 0 ? under(organizationalUnitIds) : [];
      return [
        ...(organizationalUnitIds.length > 0
          ? stackSetChecks({ ...common, name: hub.forwarderRoleName, accountIds: inUnits })
          : []),
        ...(accountIds.length > 0
          ? stackSetChecks({
              ...common,
              name: `${hub.forwarderRoleName}-accounts`,
              autoDeployment: false,
              accountIds,
            })
          : []),
        ...uniqueSorted([...inUnits, ...accountIds]).flatMap((id) =>
          regions.flatMap((region) => [
            forwarderRoleCheck(SECTION, hub, place(id), documents, { region }),
            ...forwarderChecks(SECTION, hub, rules, place(id, region)),
          ]),
        ),
      ];
    }),
  ];
}
