import {
  DescribePolicyCommand,
  OrganizationsClient,
  paginateListPolicies,
  paginateListTargetsForPolicy,
  PolicySummary,
} from "@aws-sdk/client-organizations";
import { mapBounded } from "../../aws/bounded";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { byKey } from "../../kernel/lists";
import type { AttachedPolicy, OrganizationPolicyType } from "../../organization/types";
import { CONCURRENCY, readTags } from "./tree";

const POLICY_TYPES: readonly OrganizationPolicyType[] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/**
 * Reads SCPs and RCPs with content and attachments. A type that is not enabled binds nothing, and AWS has no attachments of it. Ours are those
 * with this environment's name in the tag: another value is another environment's, or anybody's, and such a policy binds as a foreign one does.
 */
export async function readPolicies(
  client: OrganizationsClient,
  environment: string,
  enabledPolicyTypes: readonly string[],
  say: (step: string) => void,
): Promise<readonly AttachedPolicy[]> {
  const found: { readonly type: OrganizationPolicyType; readonly summary: PolicySummary }[] = [];
  for (const type of POLICY_TYPES.filter((one) => enabledPolicyTypes.includes(one))) {
    for await (const { Policies = [] } of paginateListPolicies({ client }, { Filter: type }))
      for (const summary of Policies) found.push({ type, summary });
  }
  let done = 0;
  const policies = await mapBounded(found, CONCURRENCY, async ({ type, summary }): Promise<AttachedPolicy> => {
    const { Id: id = "", Name: name = "", AwsManaged: awsManaged = false } = summary;
    const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId: id }));
    const targetIds: string[] = [];
    for await (const { Targets = [] } of paginateListTargetsForPolicy({ client }, { PolicyId: id }))
      targetIds.push(...Targets.map((target) => target.TargetId ?? ""));
    // AWS's own policies carry no tags.
    const ours = !awsManaged && (await readTags(client, id)).get(ENVIRONMENT_TAG) === environment;
    say(`policies: ${++done} of ${found.length}`);
    return { id, name, type, awsManaged, ours, content: Policy?.Content ?? "", targetIds: targetIds.sort() };
  });
  return [...policies].sort(byKey((policy) => policy.id));
}
