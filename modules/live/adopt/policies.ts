import { byKey, uniqueSorted } from "../../kernel/lists";
import { listed } from "../../kernel/words";
import { selectTargets, type TargetExpression, type TargetTerm } from "../../organization/targets";
import type { AttachedPolicy } from "../../organization/types";
import type { Environment } from "../../sections/environment";
import { readCustomPolicy } from "../../sections/guardrails/custom";
import { isControlTowerPolicy, recognize, resemblesControlTower } from "../../sections/landing-zone/control-tower";
import { ownerOf } from "../existing/owner";
import { stableSlug } from "./names";
import type { LeftAlone } from "./sets";

/** An SCP as `guardrails.custom` writes it. */
export interface ProposedPolicy {
  readonly id: string;
  readonly entry: {
    readonly name: string;
    readonly nameInAws: string;
    readonly description: string;
    readonly file: string;
    readonly targets: TargetExpression;
  };
  /** Content of the file. */
  readonly text: string;
  readonly attachments: number;
}

/** SCPs that can be taken over as they are: same document, description and places. */
export function proposePolicies(environment: Environment): {
  readonly policies: readonly ProposedPolicy[];
  readonly left: readonly LeftAlone[];
} {
  const { organization, baseline } = environment;
  const left: LeftAlone[] = [];
  const policies: ProposedPolicy[] = [];
  const taken = new Set(baseline.guardrails.custom.map(({ name }) => name));
  for (const policy of [...organization.policies].sort(byKey(({ name }) => name))) {
    if (policy.awsManaged || policy.ours) continue;
    const found = proposed(environment, policy, taken);
    if (typeof found === "string") left.push({ what: `policy ${policy.name} (${policy.id})`, why: found });
    else {
      taken.add(found.entry.name);
      policies.push(found);
    }
  }
  return { policies, left };
}

/** The proposal, or why there is none. */
function proposed(
  environment: Environment,
  policy: AttachedPolicy,
  taken: ReadonlySet<string>,
): ProposedPolicy | string {
  const details = environment.existing?.policies.find(({ id }) => id === policy.id);
  if (!details) return "its tags and description were not read";
  const owner = ownerOf(details.tags, environment.name);
  if (owner !== undefined) return `it belongs to ${owner}`;
  if (isControlTowerPolicy(policy))
    return "its statements are AWS Control Tower's mandatory controls, and it takes a change of them for drift";
  if (resemblesControlTower(policy))
    return `its statements have identifiers as AWS Control Tower's have, but ${listed(recognize(policy.content).others, 3)} is no mandatory control as AWS documents it: it may be an optional control, in which a change is drift`;
  if (policy.type !== "SERVICE_CONTROL_POLICY") return "custom policies are SCPs, and this is an RCP";
  if (details.description === "") return "it has no description, and a custom policy has one";
  if (policy.name.startsWith("keyless-")) return "its name begins as those of this baseline's own policies do";
  const { problems } = readCustomPolicy(
    policy.name,
    policy.content,
    environment.baseline.guardrails.quotas.policyCharacters,
  );
  const [wrong] = problems.filter(({ severity }) => severity !== "warning");
  if (wrong) return `it cannot be read as a custom policy: ${wrong.message}`;
  const targets = targetsOf(environment, policy.targetIds);
  if (typeof targets === "string") return targets;
  const name = stableSlug(policy.name, taken);
  return {
    id: policy.id,
    entry: { name, nameInAws: policy.name, description: details.description, file: `policies/${name}.json`, targets },
    text: `${JSON.stringify(JSON.parse(policy.content), null, 2)}\n`,
    attachments: policy.targetIds.length,
  };
}

/** Places of an attachment in the target language, proven by their expansion; or why not. */
function targetsOf({ tree, organization }: Environment, ids: readonly string[]): TargetExpression | string {
  if (ids.length === 0) return "it is attached nowhere";
  const terms: TargetTerm[] = [];
  for (const id of ids) {
    const node = tree.nodeById.get(id);
    const account = tree.accountById.get(id);
    if (node) terms.push(node.path === "" ? "all" : { ou: node.path, descendants: true });
    else if (id === organization.managementAccountId)
      return "it is attached to the management account, where no SCP binds anybody";
    else if (account) terms.push({ account: tree.accountByName.get(account.name)?.id === id ? account.name : id });
    else return `it is attached to ${id}, which is no active account`;
  }
  const { cover } = selectTargets(tree, organization.managementAccountId, terms);
  const places = uniqueSorted(cover.map(({ id }) => id));
  return places.join() === uniqueSorted(ids).join()
    ? terms
    : `it is attached to more places than it needs (${listed(
        ids.filter((id) => !places.includes(id)),
        3,
      )} lie below others of them), and targets mean each place once`;
}
