import { OrganizationsClient } from "@aws-sdk/client-organizations";
import type { AttachedPolicy } from "../../../organization/types";
import { readEnabledRegions } from "../../sync/services";
import { readPolicies } from "../../sync/policies";
import { readPlaces, readRoot } from "../../sync/tree";
import { differing, Finding, listDifferences } from "../claim";
import { parseDocument } from "../documents";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";

const SECTION = "organization";

/**
 * What the proofs stand on: where accounts are, what else is attached to them, what is enabled. All of it can be changed without anything
 * of the baseline being touched, and then what was proven from the facts no longer speaks of this organization.
 */
export function factsChecks(planned: Planned): readonly Check[] {
  const { place, environment } = planned;
  const { organization } = environment;
  const client = (reader: Reader): OrganizationsClient => reader.client(OrganizationsClient);
  const root = (reader: Reader) => reader.once("root", () => readRoot(client(reader)));
  const check = (kind: string, name: string, promise: string, look: Check["look"]): Check => ({
    section: SECTION,
    kind,
    name,
    promise,
    place: place(organization.managementAccountId),
    look,
  });
  return [
    check(
      "policy-types",
      organization.rootId,
      "the policy types of the facts are enabled, and no others",
      async (reader) =>
        differing(
          listDifferences(
            "the root",
            organization.enabledPolicyTypes.filter(isOurType),
            (await root(reader)).enabledPolicyTypes.filter(isOurType),
          ),
        ),
    ),
    check("places", organization.id, "every account and OU is where the facts show it", async (reader) =>
      placesFinding(await readPlaces(client(reader), organization.rootId), planned),
    ),
    check(
      "foreign-policies",
      "policies not managed by keyless",
      "the SCPs and RCPs of the facts, with their content and attachments, and no others",
      async (reader) =>
        policiesFinding(
          await readPolicies(
            client(reader),
            environment.name,
            (await root(reader)).enabledPolicyTypes,
            () => undefined,
          ),
          planned,
        ),
    ),
    check("enabled-regions", "Regions", "no Region is enabled that the facts do not show", async (reader) => {
      const regions = await readEnabledRegions({ region: planned.state.settings.region, ...reader.session() });
      // Nothing is known then, and nothing that is not known counts as seen.
      if (!regions)
        return { verdict: "not-readable", details: ["AWS has no call here that lists the enabled Regions"] };
      return differing(
        regions
          .filter((region) => !organization.enabledRegions.includes(region))
          .map(
            (region) => `${region} is enabled in the management account, and nothing there is watched: keyless sync`,
          ),
      );
    }),
  ];
}

const isOurType = (type: string): boolean => type === "SERVICE_CONTROL_POLICY" || type === "RESOURCE_CONTROL_POLICY";

function placesFinding(found: Awaited<ReturnType<typeof readPlaces>>, { environment }: Planned): Finding {
  const { organization, tree } = environment;
  const label = (id: string): string => (id === organization.rootId ? "the root" : (tree.nodeById.get(id)?.path ?? id));
  const moved = (
    what: string,
    before: readonly { readonly id: string; readonly name: string; readonly parentId: string }[],
    after: readonly { readonly id: string; readonly name: string; readonly parentId: string }[],
  ): readonly string[] => {
    const known = new Map(before.map((one) => [one.id, one]));
    return after.flatMap(({ id, name, parentId }) => {
      const was = known.get(id);
      return was && was.parentId !== parentId
        ? [`${what} ${name} (${id}) is in ${label(parentId)}; in the facts it is in ${label(was.parentId)}`]
        : [];
    });
  };
  const units = new Set(organization.organizationalUnits.map((ou) => ou.id));
  const now = new Set(found.organizationalUnits.map((ou) => ou.id));
  return differing(
    [
      ...moved("account", organization.accounts, found.accounts),
      ...moved("OU", organization.organizationalUnits, found.organizationalUnits),
      ...found.organizationalUnits
        .filter((ou) => !units.has(ou.id))
        .map((ou) => `OU ${ou.name} (${ou.id}) is not in the facts`),
      ...organization.organizationalUnits
        .filter((ou) => !now.has(ou.id))
        .map((ou) => `OU ${ou.name} (${ou.id}) of the facts does not exist any more`),
    ].sort(),
  );
}

function policiesFinding(found: readonly AttachedPolicy[], { environment, documents, state }: Planned): Finding {
  const { organization, tree } = environment;
  const nodes = new Set([
    organization.rootId,
    ...organization.organizationalUnits.map((ou) => ou.id),
    ...organization.accounts.map((account) => account.id),
  ]);
  const label = (id: string): string =>
    tree.accountById.get(id)?.name ?? (id === organization.rootId ? "the root" : (tree.nodeById.get(id)?.path ?? id));
  const foreign = (policies: readonly AttachedPolicy[]): ReadonlyMap<string, AttachedPolicy> =>
    new Map(policies.filter((policy) => !policy.ours).map((policy) => [policy.id, policy]));
  // What is adopted is the guardrails' to verify, whatever its tags.
  const adopted = new Set(organization.policies.filter((policy) => policy.adopted).map(({ id }) => id));
  const before = foreign(organization.policies);
  const after = foreign(found.filter(({ id }) => !adopted.has(id)));
  const details: string[] = [];
  for (const [id, policy] of after) {
    const was = before.get(id);
    const name = `${policy.name} (${id})`;
    const targets = policy.targetIds.filter((target) => nodes.has(target));
    if (!was) {
      if (targets.length > 0)
        details.push(`${name} is attached to ${targets.map(label).join(", ")}, and the facts do not show it`);
      continue;
    }
    const planned = parseDocument(was.content);
    if (was.content !== policy.content)
      details.push(
        ...(planned
          ? documents.differences(
              `${name}:`,
              policy.type === "SERVICE_CONTROL_POLICY" ? "scp" : "rcp",
              planned,
              policy.content,
              state.settings.managementAccountId,
            )
          : [`${name} has another content than in the facts`]),
      );
    details.push(
      ...targets
        .filter((target) => !was.targetIds.includes(target))
        .map((target) => `${name} is attached to ${label(target)}; in the facts it is not`),
      ...was.targetIds
        .filter((target) => nodes.has(target) && !policy.targetIds.includes(target))
        .map((target) => `${name} is not attached to ${label(target)} any more`),
    );
  }
  for (const [id, policy] of before)
    if (!after.has(id)) details.push(`${policy.name} (${id}) of the facts does not exist any more`);
  return differing(details.sort());
}
