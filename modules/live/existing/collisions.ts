import { ENVIRONMENT_TAG } from "../../config/settings";
import { KEYLESS } from "../../kernel/command";
import type { Problem } from "../../kernel/errors";
import { count, listed } from "../../kernel/words";
import type { Existing, Tags } from "../../organization/existing";
import type { Environment } from "../../sections/environment";
import type { TargetState } from "../../sections/target-state";
import { LOOKS } from "./by-name";
import { ownerOf } from "./owner";
import { comparable, type Wanted, wantedThings } from "./wanted";

/** Something that is there already under a name that the baseline would use. */
interface Met {
  readonly wanted: Wanted;
  /** What AWS calls it. */
  readonly id: string;
  readonly tags: Tags;
  /** For people, after the owner. @default - nothing */
  readonly detail?: string;
}

/** Types that carry no tags: whose they are cannot be read. */
const UNTAGGED = [
  "aws_config_organization_conformance_pack",
  "aws_config_organization_managed_rule",
  "aws_identitystore_group",
];

const OIDC_PROVIDER = "aws_iam_openid_connect_provider";

const NAMED = 5;

/**
 * Every thing of the target state that AWS holds already and that is not this baseline's: an apply would fail at it, or quietly take it over.
 * What `moves.yaml` imports or lists as adopted is none. Where nobody has looked nothing is said: that is not the same as none.
 */
export function collisionProblems(environment: Environment, state: TargetState): readonly Problem[] {
  const { existing } = environment;
  if (!existing) return [];
  const wanted = wantedThings(state, environment.tree);
  const file = `environments/${environment.name}/baseline.yaml`;
  return [
    ...otherOrganization(environment, existing),
    ...metBy(environment, existing, wanted).map((met) => problemOf(environment, existing, met, file)),
    ...notLookedFor(environment, existing, wanted),
  ];
}

function otherOrganization({ name, organization }: Environment, { organizationId }: Existing): readonly Problem[] {
  if (organizationId === organization.id) return [];
  return [
    {
      code: "EXISTING-OTHER-ORGANIZATION",
      message: `existing.yaml was read in organization ${organizationId}; the facts are of ${organization.id}.`,
      fix: `Run ${KEYLESS} sync ${name} --existing.`,
      place: { file: `environments/${name}/existing.yaml` },
    },
  ];
}

function metBy(environment: Environment, existing: Existing, wanted: readonly Wanted[]): readonly Met[] {
  const things = new Map<string, Existing["things"][number]>();
  const key = (one: {
    readonly type: string;
    readonly accountId: string;
    readonly region?: string | undefined;
    readonly name: string;
  }): string => JSON.stringify([one.type, one.accountId, one.region ?? "", comparable(one.type, one.name)]);
  for (const thing of existing.things) things.set(key(thing), thing);
  const taken = new Set(
    [...(environment.adopted ?? []), ...(environment.moves ?? [])].flatMap(({ to }) =>
      to ? [`${to.stack} ${to.address}`] : [],
    ),
  );
  const wasApplied = environment.organization.policies.some((policy) => policy.ours && !policy.adopted);
  return wanted
    .filter((one) => one.address === undefined || !taken.has(`${one.stack} ${one.address}`))
    .filter((one) => !(wasApplied && UNTAGGED.includes(one.type)))
    .flatMap((one): readonly Met[] => {
      const thing = things.get(key(one));
      const met: Met | undefined = thing
        ? { wanted: one, id: thing.name, tags: thing.tags }
        : ofFacts(environment, existing, one);
      return met && !isOurs(environment.name, met) ? [met] : [];
    });
}

/** What the facts and the lists of `existing.yaml` know, without a look by name. */
function ofFacts({ organization }: Environment, existing: Existing, one: Wanted): Met | undefined {
  switch (one.type) {
    case "aws_organizations_policy": {
      const policy = organization.policies.find(({ type, name, ours }) => !ours && `${type}/${name}` === one.name);
      const tags = existing.policies.find(({ id }) => id === policy?.id)?.tags ?? {};
      return policy && { wanted: one, id: policy.id, tags };
    }
    case "aws_identitystore_group": {
      const group = organization.identityCenter?.groups.find(({ displayName }) => displayName === one.name);
      return group && { wanted: one, id: `${organization.identityCenter!.identityStoreId}/${group.id}`, tags: {} };
    }
    case "aws_ssoadmin_permission_set": {
      const set = organization.identityCenter?.permissionSets.find(({ name, ours }) => !ours && name === one.name);
      const tags = existing.permissionSets.find(({ arn }) => arn === set?.arn)?.tags ?? {};
      return set && { wanted: one, id: `${set.arn},${organization.identityCenter!.instanceArn}`, tags };
    }
    case "aws_iam_openid_connect_provider": {
      const found = existing.oidcProviders.find(
        ({ accountId, url }) =>
          accountId === one.accountId && comparable(one.type, url) === comparable(one.type, one.name),
      );
      return (
        found && {
          wanted: one,
          id: found.arn,
          tags: found.tags,
          ...(found.usedBy.length > 0
            ? {
                detail: `${count(found.usedBy.length, "role")} of the account trust it: ${listed(found.usedBy, NAMED)}`,
              }
            : {}),
        }
      );
    }
    default:
      return undefined;
  }
}

function isOurs(environment: string, { tags, wanted: { stackSet } }: Met): boolean {
  if (tags[ENVIRONMENT_TAG] === environment) return true;
  // CloudFormation names the stacks of a StackSet so.
  return stackSet !== undefined && (tags["aws:cloudformation:stack-name"] ?? "").startsWith(`StackSet-${stackSet}-`);
}

function problemOf(
  environment: Environment,
  existing: Existing,
  { wanted, id, tags, detail }: Met,
  file: string,
): Problem {
  const { type, accountId, region, stack, stackSet } = wanted;
  const account = environment.tree.accountById.get(accountId)?.name ?? accountId;
  const owner = ownerOf(tags, environment.name);
  const name = wanted.name.replace(/^(SERVICE|RESOURCE)_CONTROL_POLICY\//, "");
  const maker = stackSet === undefined ? `stack ${environment.name}-${stack}` : `StackSet ${stackSet}`;
  return {
    code: "COLLISION",
    message: `${KIND[type] ?? type} ${name} is in ${account} (${accountId}${region === undefined ? "" : `, ${region}`}) already, and ${maker} would make it. ${
      owner === undefined ? "No tag of it says whose it is" : `It belongs to ${owner}`
    }${detail === undefined ? "" : `; ${detail}`} (read at ${existing.readAt}).`,
    fix: `${choices(environment.name, wanted, id, owner)} Then ${KEYLESS} sync ${environment.name} --existing.`,
    place: { file },
  };
}

const KIND: Readonly<Record<string, string>> = {
  aws_accessanalyzer_analyzer: "analyzer",
  aws_cloudformation_stack_set: "StackSet",
  aws_cloudwatch_event_bus: "event bus",
  aws_cloudwatch_event_rule: "event rule",
  aws_config_organization_conformance_pack: "conformance pack",
  aws_config_organization_managed_rule: "AWS Config rule",
  aws_iam_openid_connect_provider: "OIDC provider",
  aws_iam_policy: "policy",
  aws_iam_role: "role",
  aws_iam_user: "user",
  aws_identitystore_group: "group",
  aws_kms_alias: "key alias",
  aws_organizations_policy: "policy of the organization",
  aws_sns_topic: "topic",
  aws_ssoadmin_permission_set: "permission set",
};

/** Types that `keyless adopt` proposes. */
const PROPOSED = [OIDC_PROVIDER, "aws_organizations_policy", "aws_ssoadmin_permission_set"];

/** Of its provider `keyless adopt` proposes nothing: an entry of `oidcProviders` would be another resource. */
const PIPELINE_STACK = "pipeline";

function choices(
  environment: string,
  { type, stack, address, stackSet }: Wanted,
  id: string,
  owner: string | undefined,
): string {
  // A StackSet takes in no resource that is there.
  if (stackSet !== undefined)
    return "Choose: another name in baseline.yaml; or, when nothing needs it any more, remove it there (a StackSet cannot adopt a resource).";
  const refer =
    type === OIDC_PROVIDER && stack !== PIPELINE_STACK
      ? "write existing: true at the provider, to use it as it is; or "
      : "";
  const adopt =
    owner !== undefined
      ? "leave it to its owner and take another name in baseline.yaml"
      : PROPOSED.includes(type) && stack !== PIPELINE_STACK
        ? `adopt it (${KEYLESS} adopt ${environment})`
        : `adopt it, with an entry of moves.yaml: to: { stack: ${stack}, address: ${JSON.stringify(address)} }, id: ${JSON.stringify(id)}, after a look at what of it would change`;
  return `Choose: ${refer}${adopt}${owner === undefined ? "; or another name in baseline.yaml" : ""}.`;
}

/** Names that the baseline has now and that nobody has looked for. */
function notLookedFor(environment: Environment, existing: Existing, wanted: readonly Wanted[]): readonly Problem[] {
  const looked = new Map(
    existing.looked.map(({ type, accountId, region = "", names }) => [
      `${type} ${accountId} ${region}`,
      new Set(names),
    ]),
  );
  const unknown = wanted.filter(({ type, accountId, region = "", name }) => {
    const names = looked.get(`${type} ${accountId} ${region}`);
    // Of an account that was read all providers are listed.
    return type === OIDC_PROVIDER ? names === undefined : type in LOOKS && names?.has(name) !== true;
  });
  if (unknown.length === 0) return [];
  const shown = unknown.map(({ type, name, accountId }) => `${KIND[type] ?? type} ${name} in ${accountId}`);
  return [
    {
      code: "EXISTING-UNKNOWN",
      message: `Whether AWS has these already is not known, because nobody has looked, or the account could not be read (${existing.readAt}): ${listed(shown, NAMED)}.`,
      fix: `Run ${KEYLESS} sync ${environment.name} --existing.`,
      place: { file: `environments/${environment.name}/existing.yaml` },
      severity: "warning",
    },
  ];
}
