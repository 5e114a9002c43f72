import { memberRoles } from "../sections/member-roles";
import { keyPolicy } from "../sections/alarms/documents";
import { ENVIRONMENT_TAG } from "../config/settings";
import type { Holding } from "../sections/card";
import { holdings } from "../sections/holdings";
import {
  besidesBreakGlass,
  BOUNDED_ACTIONS,
  ownMark,
  resourceActions,
  resourceArns,
  ResourcePlace,
} from "../sections/pipeline/resource-actions";
import { breakGlassArns, othersPolicies, ownArns } from "../sections/pipeline/untouchable";
import type { KeySets, TextSet } from "../policy/decide";
import type { PolicySet } from "../policy/evaluate";
import { policiesBetween } from "./across";
import { arnSet, NO_RESOURCE } from "./arns";
import type { Chain } from "./chains";
import { memberStackSets, TemplateResource, templateResources } from "./member-stack-sets";
import { DIRECT, GLOBAL_REGION, regions } from "./no-lock-out";
import { applyRoles, planRole } from "./principals";
import { AccountRows, roleSet } from "./rows";
import { sessionsFrom } from "./sessions";
import type { ChainPlace, PrincipalKind, ProofInput, Question, Row } from "./types";
import { defined } from "../kernel/optional";

/** Services that answer in us-east-1, whatever the stack's region is. */
const GLOBAL = new Set(["iam", "organizations"]);

/**
 * The pipeline can create, read, change and destroy every type of resource that the stacks hold, in the account where it lives, its plan
 * can read them, and StackSets can do the same with what they hold in every member account, with guardrails already in force: so that
 * the first apply and the hundredth both work, in any order.
 */
export function stillManageable(input: ProofInput, chain: Chain, rows: AccountRows, of: ChainOf): readonly Question[] {
  const accountId = chain.account.id;
  const isManagement = accountId === input.environment.organization.managementAccountId;
  const held = heldBy(input).filter((holding) => holding.accountId === accountId);
  const appliers = applyRoles(input);
  // In other accounts the role may have another name.
  const memberRole = memberRoles(input.environment).of(accountId);
  /** Each role what its section holds. */
  const applies = (name: string, policy: string): boolean =>
    appliers.some((one) => one.name === name && one.holds(policy));
  const as = (kind: PrincipalKind, phase: "plan" | "apply"): readonly Question[] =>
    rows.named
      .filter((one) => one.kind === kind && (kind !== "pipeline-member" || one.name === memberRole))
      .flatMap((row) => {
        // Every question of a principal asks the same object, which is made ready once.
        const policies: PolicySet | undefined = row.identity && {
          ...defined({ scps: chain.scps }),
          identity: row.identity,
        };
        // Nobody uses a key whose policy does not let IAM decide.
        const ofKeys: PolicySet | undefined = policies && {
          ...policies,
          resource: {
            name: "policy of the alarms' key",
            document: keyPolicy({ ...input.breakGlass.alarms.hub, accountId }),
          },
        };
        return held
          .filter(
            ({ policy, appliedBy }) =>
              kind !== "pipeline-apply" || (appliedBy === "pipeline" && applies(row.name, policy)),
          )
          .flatMap((holding) => ofHolding(input, chain, holding, row, phase, policies, ofKeys));
      });
  return [
    ...(isManagement ? [] : reaching(input, chain, of)),
    ...as(isManagement ? "pipeline-apply" : "pipeline-member", "apply"),
    ...as("pipeline-plan", "plan"),
    ...rows.named
      .filter((one) => one.kind === "stack-set")
      .flatMap((row) =>
        memberStackSets(input, accountId).flatMap((one) =>
          templateResources(one, accountId).flatMap((resource) => ofTemplate(chain, one.name, resource, row)),
        ),
      ),
  ];
}

/** Where the pipeline, or the runner that it stands for, calls from is nobody's to say: an answer that depends on it is not known. */
export const UNFIXED_OF_MACHINES = [
  "aws:multifactorauthage",
  "aws:multifactorauthpresent",
  "aws:sourceidentity",
  "aws:sourceip",
  "aws:sourcevpc",
  "aws:sourcevpcarn",
  "aws:sourcevpce",
  "aws:useragent",
  "aws:vpcsourceip",
  "aws:viaawsservice",
  "aws:referer",
  "aws:securetransport",
];

/** Where a principal of another account is, with the policies that bind it. */
export type ChainOf = (accountId: string) => { readonly chain: Chain; readonly place: ChainPlace } | undefined;

/** The pipeline gets into the account: its role in the management account assumes the one in the member. */
function reaching(input: ProofInput, chain: Chain, of: ChainOf): readonly Question[] {
  const { organization } = input.environment;
  const management = of(organization.managementAccountId);
  const role = (name: string): string => `arn:aws:iam::${organization.managementAccountId}:role/${name}`;
  const policies: PolicySet = policiesBetween(management?.chain, chain);
  return [
    ...appliersIn(input, chain.account.id).map((name) => ({
      kind: "pipeline-apply" as const,
      name,
      to: memberRoles(input.environment).of(chain.account.id),
    })),
    ...(input.pipeline
      ? [
          {
            kind: "pipeline-plan" as const,
            name: planRole(input),
            to: `${input.pipeline.memberPlan.path.slice(1)}${input.pipeline.memberPlan.name}`,
          },
        ]
      : []),
  ].map(({ kind, name, to }): Question => ({
    proof: "still-manageable",
    expected: "allowed",
    rows: [{ kind, name, sets: [roleSet({ like: [role(name)] })] }],
    actions: ["sts:AssumeRole"],
    resources: { like: [`arn:aws:iam::${chain.account.id}:role/${to}`] },
    on: to,
    resourceAccountId: chain.account.id,
    keys: { ...DIRECT, ...sessionsFrom(chain), "aws:RequestedRegion": { oneOf: regions(input) } },
    when: "in every enabled region",
    unfixed: UNFIXED_OF_MACHINES,
    otherwise: `The pipeline could not get into ${chain.account.name}: nothing there could be changed any more.`,
    key: `sts:AssumeRole of ${kind}`,
    policies,
    ...(management ? { from: management.place } : {}),
  }));
}

/** Roles that apply something in an account; without a pipeline whoever it is that applies. */
function appliersIn(input: ProofInput, accountId: string): readonly string[] {
  const keys = new Set(heldBy(input).flatMap((holding) => (holding.accountId === accountId ? [holding.policy] : [])));
  return applyRoles(input)
    .filter(({ holds }) => !input.pipeline || [...keys].some((key) => holds(key)))
    .map(({ name }) => name);
}

const known = new WeakMap<ProofInput, readonly Holding[]>();

/** Types of resources that the stacks hold, by stack, account and region. */
export function heldBy(input: ProofInput): readonly Holding[] {
  // Its own stack is the one that has to be there before any other is planned.
  const held = known.get(input) ?? holdings(input, input.settings).filter(({ kind }) => kind !== "pipeline");
  known.set(input, held);
  return held;
}

function ofHolding(
  input: ProofInput,
  chain: Chain,
  { stack, accountId, region, types, appliedBy }: Holding,
  row: Row,
  phase: "plan" | "apply",
  policies: PolicySet | undefined,
  ofKeys: PolicySet | undefined,
): readonly Question[] {
  const place = placeOf(input, accountId, region);
  // What a person applies is managed by the role that the providers assume, in whose hands they are.
  const ofPipeline = appliedBy === "pipeline" && phase === "apply";
  const own = (arns: readonly string[]): readonly string[] => (ofPipeline ? besidesBreakGlass(arns) : arns);
  const groups = new Map<string, { readonly question: Question; readonly actions: Set<string> }>();
  const ask = (type: string, action: string, arn: string, keys: KeySets): void => {
    const set = action.startsWith("kms:") ? ofKeys : policies;
    const regional = GLOBAL.has(action.split(":")[0]!) ? GLOBAL_REGION : region;
    const key = `${arn} ${regional} ${set === ofKeys} ${JSON.stringify(keys)}`;
    const known = groups.get(key);
    if (known) {
      known.actions.add(action);
      return;
    }
    groups.set(key, {
      actions: new Set([action]),
      question: {
        proof: "still-manageable",
        expected: "allowed",
        rows: [row],
        actions: [],
        resources:
          arn === "*"
            ? NO_RESOURCE
            : ofPipeline
              ? besidesPipeline(input, arnSet(arn, [region]))
              : arnSet(arn, [region]),
        on: arn === "*" ? "any resource" : arn,
        keys: { ...DIRECT, ...sessionsFrom(chain), "aws:RequestedRegion": { oneOf: [regional] }, ...keys },
        when: `in ${regional}`,
        unfixed: UNFIXED_OF_MACHINES,
        otherwise: `The stack ${input.environment.name}-${stack} could not be ${phase === "plan" ? "planned" : "applied"}: Terraform needs {action} for ${type}.`,
        // A delegated administrator's resources are its own to manage, whatever account their ARNs name.
        resourceAccountId: accountId,
        ...defined({ policies: set }),
      },
    });
  };
  for (const type of types) {
    const { create, read, update, delete: remove, arns: all, unscoped, also } = resourceActions(type);
    // Roles of break glass are in its own stacks alone.
    const arns = own(all).filter((arn) => appliedBy === "person" || !arn.includes("{breakGlassRole}"));
    const withoutResource = new Set(unscoped);
    for (const action of new Set(phase === "plan" ? read : [...create, ...read, ...update, ...remove]))
      if (withoutResource.has(action)) ask(type, action, "*", marked(input, type, action, "", row));
      else
        for (const arn of arns)
          for (const one of resourceArns([arn], place)) ask(type, action, one, marked(input, type, action, arn, row));
    for (const { actions, arns: needs, condition: when } of phase === "plan" ? [] : (also ?? [])) {
      const value = when && (resourceArns([when.value], place)[0] ?? when.value);
      for (const action of actions)
        for (const arn of resourceArns(own(needs), place))
          ask(
            type,
            action,
            arn,
            when ? { [when.key]: /[*?]/.test(value!) ? { like: [value!] } : { oneOf: [value!] } } : {},
          );
    }
  }
  return [...groups.values()].map(({ question, actions }) => ({ ...question, actions: [...actions].sort() }));
}

/** What is this baseline's says so in the request: the environment's tag, and a role that a section makes its boundary. */
function marked(input: ProofInput, type: string, action: string, arn: string, row: Row): KeySets {
  const boundaries = input.pipeline?.sections.find(({ role }) => role.name === row.name)?.boundaries;
  if (boundaries && BOUNDED_ACTIONS.has(action)) return { "iam:PermissionsBoundary": { oneOf: [...boundaries] } };
  const mark = ownMark(resourceActions(type), action, arn);
  if (mark === undefined) return {};
  return {
    [`aws:${mark === "request" ? "Request" : "Resource"}Tag/${ENVIRONMENT_TAG}`]: { oneOf: [input.environment.name] },
  };
}

/** What a person applies, and policies of others, are no pipeline's to manage. */
function besidesPipeline(input: ProofInput, arns: TextSet): TextSet {
  const others = untouchable(input).filter((one) => arns.like.some((like) => sameKind(like, one)));
  return others.length > 0 ? { ...arns, except: [...(arns.except ?? []), ...others] } : arns;
}

/** Service and first part of the resource: an exception of another kind would only be one more to look at. */
function sameKind(a: string, b: string): boolean {
  const [service, resource] = [a, b].map((arn) => arn.split(":")) as [string[], string[]];
  // Topics have no type in front.
  return (
    service[2] === resource[2] && (service[2] === "sns" || service[5]?.split("/")[0] === resource[5]?.split("/")[0])
  );
}

const untouchableOf = new WeakMap<ProofInput, readonly string[]>();

function untouchable(input: ProofInput): readonly string[] {
  const known = untouchableOf.get(input) ?? allUntouchable(input);
  untouchableOf.set(input, known);
  return known;
}

function allUntouchable(input: ProofInput): readonly string[] {
  const { pipeline, environment } = input;
  const section = environment.baseline.pipeline;
  if (!pipeline || !section) return [];
  return [
    ...ownArns(environment, section, pipeline.provider),
    ...breakGlassArns(input),
    ...othersPolicies(environment, heldBy(input)).flat(),
  ];
}

function placeOf(
  { breakGlass, environment: { organization, name } }: ProofInput,
  account: string,
  region: string,
): ResourcePlace {
  const { roleName, userPath } = breakGlass.identity;
  const center = organization.identityCenter;
  return {
    account,
    region,
    environment: name,
    organization: organization.id,
    managementAccount: organization.managementAccountId,
    breakGlassRole: roleName,
    breakGlassUsers: userPath.slice(1),
    ...(center ? { instance: center.instanceArn.split("/").at(-1)!, identityStore: center.identityStoreId } : {}),
  } as ResourcePlace;
}

/** What CloudFormation calls for the types of resources in our templates. */
const TEMPLATE_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "AWS::IAM::Role": [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
  ],
  "AWS::Events::Rule": [
    "events:DeleteRule",
    "events:DescribeRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
  ],
  "AWS::CloudFormation::Stack": [
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStacks",
    "cloudformation:UpdateStack",
  ],
};

function ofTemplate(
  chain: Chain,
  stackSet: string,
  { type, arn, region, passes }: TemplateResource,
  row: Row,
): readonly Question[] {
  const actions = TEMPLATE_ACTIONS[type];
  if (!actions)
    throw new Error(`modules/proofs/still-manageable.ts lacks ${type}: add what CloudFormation calls for it`);
  const ask = (calls: readonly string[], resource: string): Question => {
    const regional = GLOBAL.has(calls[0]!.split(":")[0]!) ? GLOBAL_REGION : region;
    return {
      proof: "still-manageable",
      expected: "allowed",
      rows: [row],
      actions: calls,
      resources: arnSet(resource, [region]),
      on: resource,
      keys: { ...DIRECT, ...sessionsFrom(chain), "aws:RequestedRegion": { oneOf: [regional] } },
      when: `in ${regional}`,
      unfixed: UNFIXED_OF_MACHINES,
      otherwise: `The StackSet ${stackSet} could not be deployed: CloudFormation needs {action}.`,
    };
  };
  return [ask(actions, arn), ...passes.map((role) => ask(["iam:PassRole"], role))];
}
