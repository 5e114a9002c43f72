import { keyPolicy } from "../sections/alarms/documents";
import { ENVIRONMENT_TAG } from "../config/settings";
import { Holding, holdings } from "../sections/pipeline/holdings";
import { resourceActions, resourceArns, ResourcePlace } from "../sections/pipeline/resource-actions";
import type { PolicyRequest, PolicySet } from "../policy/evaluate";
import type { Chain } from "./chains";
import { sampleOf } from "./glob";
import { memberStackSets, TemplateResource, templateResources } from "./member-stack-sets";
import { DIRECT, GLOBAL_REGION } from "./no-lock-out";
import type { Principal, PrincipalKind, ProofInput, Question } from "./types";

/** Services that answer in us-east-1, whatever the stack's region is. */
const GLOBAL = new Set(["iam", "organizations"]);

/**
 * The pipeline can create, read, change and destroy every type of resource that the stacks hold, in the account where it lives, its plan
 * can read them, and StackSets can do the same with what they hold in every member account, with guardrails already in force: so that
 * the first apply and the hundredth both work, in any order.
 */
export function stillManageable(input: ProofInput, chain: Chain, people: readonly Principal[]): readonly Question[] {
  const accountId = chain.account.id;
  const isManagement = accountId === input.environment.organization.managementAccountId;
  const held = heldBy(input).filter((holding) => holding.accountId === accountId);
  const as = (kind: PrincipalKind, phase: "plan" | "apply"): readonly Question[] =>
    people
      .filter((one) => one.kind === kind)
      .flatMap((principal) => {
        // Every question of a principal asks the same object, which is made ready once.
        const policies: PolicySet | undefined = principal.identity && {
          ...(chain.scps ? { scps: chain.scps } : {}),
          identity: principal.identity,
        };
        // Nobody uses a key whose policy does not let IAM decide.
        const ofKeys: PolicySet | undefined = policies && {
          ...policies,
          resource: {
            name: "policy of the alarms' key",
            document: keyPolicy({ ...input.breakGlass.alarms.hub, accountId }),
          },
        };
        return held.flatMap((holding) => ofHolding(input, holding, principal, phase, policies, ofKeys));
      });
  return [
    ...as(isManagement ? "pipeline-apply" : "pipeline-member", "apply"),
    ...as("pipeline-plan", "plan"),
    ...people
      .filter((one) => one.kind === "stack-set")
      .flatMap((principal) =>
        memberStackSets(input, accountId).flatMap((one) =>
          templateResources(one, accountId).flatMap((resource) => ofTemplate(one.name, resource, principal)),
        ),
      ),
  ];
}

const known = new WeakMap<ProofInput, readonly Holding[]>();

/** Types of resources that the stacks hold, by stack, account and region. */
export function heldBy(input: ProofInput): readonly Holding[] {
  const { settings, breakGlass, guardrails, identityCenter, credentialHygiene, workloadIdentity } = input;
  const held =
    known.get(input) ??
    holdings({
      settings,
      breakGlass,
      guardrails,
      ...(identityCenter ? { identityCenter } : {}),
      ...(credentialHygiene ? { credentialHygiene } : {}),
      ...(workloadIdentity ? { workloadIdentity } : {}),
    });
  known.set(input, held);
  return held;
}

function ofHolding(
  input: ProofInput,
  { stack, accountId, region, types }: Holding,
  principal: Principal,
  phase: "plan" | "apply",
  policies: PolicySet | undefined,
  ofKeys: PolicySet | undefined,
): readonly Question[] {
  const place = placeOf(input, accountId, region);
  const asked = new Set<string>();
  const ask = (
    type: string,
    action: string,
    arn: string,
    context: NonNullable<PolicyRequest["context"]>,
  ): readonly Question[] => {
    const resource = sampleOf(arn, "keyless-example");
    const key = `${action} ${resource} ${JSON.stringify(context)}`;
    if (asked.has(key)) return [];
    asked.add(key);
    const set = action.startsWith("kms:") ? ofKeys : policies;
    return [
      {
        proof: "still-manageable",
        expected: "allowed",
        principal,
        action,
        resource,
        context: {
          ...DIRECT,
          "aws:RequestedRegion": GLOBAL.has(action.split(":")[0]!) ? GLOBAL_REGION : region,
          ...context,
        },
        otherwise: `The stack ${input.environment.name}-${stack} could not be ${phase === "plan" ? "planned" : "applied"}: Terraform needs ${action} for ${type}.`,
        // A delegated administrator's resources are its own to manage, whatever account their ARNs name.
        resourceAccountId: accountId,
        ...(set ? { policies: set } : {}),
      },
    ];
  };
  return types.flatMap((type) => {
    const { create, read, update, delete: remove, arns: all, unscoped, condition, also } = resourceActions(type);
    // Roles of break glass are in its own stacks alone.
    const arns = all.filter(
      (arn) => stack === "break-glass" || stack.startsWith("account-") || !arn.includes("{breakGlassRole}"),
    );
    const tagged: NonNullable<PolicyRequest["context"]> =
      condition === "tagged" ? { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: input.environment.name } : {};
    const withoutResource = new Set(unscoped);
    const own = [...new Set(phase === "plan" ? read : [...create, ...read, ...update, ...remove])].flatMap((action) =>
      withoutResource.has(action)
        ? ask(type, action, "*", tagged)
        : resourceArns(arns, place).flatMap((arn) => ask(type, action, arn, tagged)),
    );
    const needed = (phase === "plan" ? [] : (also ?? [])).flatMap(({ actions, arns: needs, condition: when }) => {
      const value = when && (resourceArns([when.value], place)[0] ?? when.value);
      return actions.flatMap((action) =>
        resourceArns(needs, place).flatMap((arn) => ask(type, action, arn, when ? { [when.key]: value! } : {})),
      );
    });
    return [...own, ...needed];
  });
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
  stackSet: string,
  { type, arn, region, passes }: TemplateResource,
  principal: Principal,
): readonly Question[] {
  const actions = TEMPLATE_ACTIONS[type];
  if (!actions)
    throw new Error(`modules/proofs/still-manageable.ts lacks ${type}: add what CloudFormation calls for it`);
  const ask = (action: string, resource: string): Question => ({
    proof: "still-manageable",
    expected: "allowed",
    principal,
    action,
    resource,
    context: { ...DIRECT, "aws:RequestedRegion": GLOBAL.has(action.split(":")[0]!) ? GLOBAL_REGION : region },
    otherwise: `The StackSet ${stackSet} could not be deployed: CloudFormation needs ${action}.`,
  });
  return [...actions.map((action) => ask(action, arn)), ...passes.map((role) => ask("iam:PassRole", role))];
}
