import { asList } from "../policy/document";
import type { KeySets, TextSet } from "../policy/decide";
import type { PolicySet } from "../policy/evaluate";
import type { PolicyStatement } from "../policy/types";
import { MANDATORY_STATEMENTS } from "../sections/landing-zone/control-tower-shapes";
import { arnSet, NO_RESOURCE } from "./arns";
import type { Chain } from "./chains";
import { GLOBAL_REGION } from "./no-lock-out";
import { roleSet } from "./rows";
import { sessionsFrom } from "./sessions";
import { type ChainOf, UNFIXED_OF_MACHINES } from "./still-manageable";
import type { ProofInput, Question, Row } from "./types";

/**
 * AWS Control Tower enrols accounts and registers OUs with the guardrails in force. AWS gives its role AdministratorAccess and lists no
 * actions; what it does in a member account its mandatory controls tell, which leave to that role alone what they deny to all others:
 * https://docs.aws.amazon.com/controltower/latest/controlreference/mandatory-controls.html
 * The rest follows from the StackSets that it deploys when it enrols an account:
 * https://docs.aws.amazon.com/controltower/latest/userguide/enroll-account.html
 *
 * What it does in the management account no SCP binds, and what its service-linked role does neither. Asked in the home Region: which
 * Regions it governs the facts do not say.
 */

/** Roles of the management account by which Control Tower comes in: https://docs.aws.amazon.com/controltower/latest/userguide/access-control-managing-permissions.html */
const MANAGEMENT_ROLES = ["service-role/AWSControlTowerAdmin", "service-role/AWSControlTowerStackSetRole"] as const;

/** What CloudFormation calls to make a role from a template, and to take it away: it is the StackSet that makes Control Tower's role. */
const MAKES_ROLE = [
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
] as const;

const STACK_ACTIONS = [
  "cloudformation:CreateStack",
  "cloudformation:DeleteStack",
  "cloudformation:DescribeStacks",
  "cloudformation:UpdateStack",
] as const;

/** A service-managed StackSet, and the baseline's of the enrolment. */
const STACKS = { role: "StackSet-AWSControlTowerExecutionRole-", baseline: "StackSet-AWSControlTowerBP-" } as const;

interface Needs {
  readonly actions: readonly string[];
  readonly resources: TextSet;
  readonly on: string;
  readonly keys?: KeySets;
  readonly global?: true;
}

/** @param of where the principals of the management account are */
export function landingZone(input: ProofInput, chain: Chain, of: ChainOf): readonly Question[] {
  const role = input.guardrails.context.landingZoneRole;
  const accountId = chain.account.id;
  const { organization, baseline } = input.environment;
  if (role === undefined || !chain.scps) return [];
  const arn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
  const itself: Row = { kind: "landing-zone", name: role, sets: [roleSet({ like: [arn(role)] })] };
  const stackSet: Row = {
    kind: "stack-set",
    name: "the StackSet execution role",
    sets: [roleSet({ like: [arn("stacksets-exec-*")] })],
  };
  const ask = (row: Row, { actions, resources, on, keys, global }: Needs): Question => {
    const region = global ? GLOBAL_REGION : baseline.region;
    return {
      proof: "landing-zone",
      expected: "allowed",
      rows: [row],
      actions,
      resources,
      on,
      keys: { ...sessionsFrom(chain), ...keys, "aws:RequestedRegion": { oneOf: [region] } },
      when: `in ${region}`,
      unfixed: UNFIXED_OF_MACHINES,
      otherwise: `AWS Control Tower could not enrol ${chain.account.name} or register its OU: it needs {action} there.`,
    };
  };
  const stacks = (name: string): Needs => ({
    actions: STACK_ACTIONS,
    resources: arnSet(`arn:aws:cloudformation:${baseline.region}:${accountId}:stack/${name}*/*`, []),
    on: `any stack ${name}*`,
  });
  const management = of(organization.managementAccountId);
  const rcps: PolicySet = chain.rcps ? { rcps: chain.rcps } : {};
  return [
    ask(stackSet, { actions: MAKES_ROLE, resources: { like: [arn(role)] }, on: role, global: true }),
    ask(stackSet, stacks(STACKS.role)),
    ...MANAGEMENT_ROLES.map((name): Question => ({
      ...ask(
        {
          kind: "landing-zone",
          name: name.slice(name.indexOf("/") + 1),
          sets: [roleSet({ like: [`arn:aws:iam::${organization.managementAccountId}:role/${name}`] })],
        },
        { actions: ["sts:AssumeRole"], resources: { like: [arn(role)] }, on: role },
      ),
      resourceAccountId: accountId,
      key: "sts:AssumeRole",
      policies: rcps,
      ...(management ? { from: management.place } : {}),
    })),
    ask(itself, stacks(STACKS.baseline)),
    ...enrolment(accountId).map((needs) => ask(itself, needs)),
    ...ofControls(input, accountId, role).map((needs) => ask(itself, needs)),
  ];
}

/** What the StackSets of the enrolment make that no control protects. */
function enrolment(accountId: string): readonly Needs[] {
  return [
    {
      actions: ["iam:PassRole"],
      resources: arnSet(`arn:aws:iam::${accountId}:role/aws-controltower-*`, []),
      on: "any role aws-controltower-*",
      global: true,
    },
    {
      actions: ["iam:CreateServiceLinkedRole"],
      resources: { like: [`arn:aws:iam::${accountId}:role/aws-service-role/config.amazonaws.com/*`] },
      on: "the service-linked role of AWS Config",
      global: true,
    },
    {
      actions: ["config:PutAggregationAuthorization", "config:StartConfigurationRecorder"],
      resources: NO_RESOURCE,
      on: "any resource",
    },
  ];
}

/** Protects trails in member accounts, which Control Tower makes no more since landing zone 3.0: its trail is the organization's. */
const OF_OLD_TRAILS = "GRCLOUDTRAILENABLED";

/** What the mandatory controls leave to the role: all that they deny to everybody else, but changes of what is this baseline's or CloudFormation's. */
function ofControls(input: ProofInput, accountId: string, role: string): readonly Needs[] {
  const { region } = input.environment.baseline;
  const { roleName } = input.breakGlass.identity;
  const arn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
  // A pattern of a control matches names that have nothing to do with Control Tower; and its own role it does not change to enrol anybody.
  const others = [role, roleName, "keyless/*", "keyless-*", "stacksets-exec-*"].map(arn);
  return MANDATORY_STATEMENTS.filter(({ Sid, Action }) => Action !== undefined && Sid !== OF_OLD_TRAILS).flatMap(
    (statement) =>
      asList(statement.Resource)
        .filter((resource) => !resource.includes(":role/stacksets-exec-"))
        .map((resource): Needs => {
          const global = resource.startsWith("arn:aws:iam:");
          return {
            actions: asList(statement.Action),
            resources: resource === "*" ? NO_RESOURCE : inAccount(resource, accountId, region, global ? others : []),
            on: resource === "*" ? "any resource" : `${resource}${global ? " but those of the baseline" : ""}`,
            keys: tagsOf(statement),
            ...(global ? { global } : {}),
          };
        }),
  );
}

function inAccount(resource: string, accountId: string, region: string, others: readonly string[]): TextSet {
  const [arn = "", partition = "", service = "", place, account, ...name] = resource.split(":");
  const set = arnSet(
    [arn, partition, service, place === "*" ? region : "", account === "*" ? accountId : "", ...name].join(":"),
    [],
  );
  return others.length === 0 ? set : { ...set, except: [...(set.except ?? []), ...others] };
}

/** Of a control that speaks of tagged resources: the tag. */
function tagsOf({ Condition = {} }: PolicyStatement): KeySets {
  return Object.fromEntries(
    Object.values(Condition)
      .flatMap((keys) => Object.entries(keys))
      .filter(([key]) => key.startsWith("aws:ResourceTag/"))
      .map(([key, values]) => [key, { oneOf: [...asList(values)] }]),
  );
}
