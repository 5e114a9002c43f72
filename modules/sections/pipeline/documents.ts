import { ENVIRONMENT_TAG, stateKey } from "../../config/settings";
import { policyDocument } from "../../policy/document";
import { canonicalJson } from "../../kernel/json";
import type { ConditionElement, PolicyDocument, PolicyStatement } from "../../policy/types";
import type { Backend } from "../../config/schema/backend";
import type { Holding } from "../card";
import { MEMBER_PLAN_ROLE_PATH } from "./names";
import { defined } from "../../kernel/optional";
import { unique } from "../../kernel/lists";
import {
  besidesBreakGlass,
  BOUNDED_ACTIONS,
  ownMark,
  ResourceActions,
  resourceActions,
  resourceArns,
  ResourcePlace,
} from "./resource-actions";

/** What the pipeline's roles may do, as plain data. */

/** What of a place the holdings do not say. */
export type PlaceFacts = Omit<ResourcePlace, "account" | "region">;

interface Grant {
  readonly actions: Set<string>;
  readonly resources: readonly string[];
  readonly condition?: ConditionElement;
}

/** Grants with the same resources and condition become one statement, and then those with the same actions: regions, above all. */
class Grants {
  private readonly grants = new Map<string, Grant>();

  add(actions: readonly string[], resources: readonly string[], condition?: ConditionElement): void {
    if (actions.length === 0 || resources.length === 0) return;
    const key = canonicalJson([resources, condition]);
    const grant = this.grants.get(key) ?? { actions: new Set(), resources, ...defined({ condition }) };
    actions.forEach((action) => grant.actions.add(action));
    this.grants.set(key, grant);
  }

  /** Sorted by resources, so that the order of the holdings shows nowhere. */
  statements(): readonly PolicyStatement[] {
    const byActions = new Map<
      string,
      { readonly actions: readonly string[]; readonly resources: Set<string>; readonly condition?: ConditionElement }
    >();
    for (const [, { actions, resources, condition }] of [...this.grants].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const sorted = [...actions].sort();
      const key = canonicalJson([sorted, condition]);
      const same = byActions.get(key) ?? {
        actions: sorted,
        resources: new Set<string>(),
        ...defined({ condition }),
      };
      resources.forEach((resource) => same.resources.add(resource));
      byActions.set(key, same);
    }
    return [...byActions.values()].map(({ actions, resources, condition }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: [...resources].sort(),
      ...defined({ Condition: condition }),
    }));
  }
}

export type Phase = "plan" | "apply";

/** What else a policy depends on. */
export interface GrantFacts extends PlaceFacts {
  readonly environment: string;
  /** Boundaries that roles in the account must have. @default - any or none: nobody but the pipeline's plan asks, or a person applies */
  readonly boundaries?: readonly string[];
}

/** Everything that the phase does with what is held, in the accounts that `held` speaks of. */
export function heldStatements(held: readonly Holding[], facts: GrantFacts, phase: Phase): readonly PolicyStatement[] {
  const grants = new Grants();
  for (const { accountId, region, types, appliedBy } of held) {
    const place = { ...facts, account: accountId, region };
    const own = (arns: readonly string[]): readonly string[] =>
      phase === "apply" && appliedBy === "pipeline" ? besidesBreakGlass(arns) : arns;
    for (const type of types) {
      const known = resourceActions(type);
      const actions =
        phase === "plan" ? known.read : [...known.create, ...known.read, ...known.update, ...known.delete];
      const unscoped = new Set(known.unscoped);
      for (const action of actions) {
        if (unscoped.has(action)) grants.add([action], ["*"]);
        else
          for (const arn of own(known.arns))
            grants.add([action], resourceArns([arn], place), conditionOf(known, action, arn, facts));
      }
      if (phase === "plan") continue;
      for (const also of known.also ?? []) {
        const value = also.condition && (resourceArns([also.condition.value], place)[0] ?? also.condition.value);
        grants.add(
          also.actions,
          resourceArns(own(also.arns), place),
          also.condition && { StringEquals: { [also.condition.key]: value! } },
        );
      }
    }
  }
  return grants.statements();
}

function conditionOf(
  known: ResourceActions,
  action: string,
  arn: string,
  { environment, boundaries }: GrantFacts,
): ConditionElement | undefined {
  if (boundaries && BOUNDED_ACTIONS.has(action))
    return { StringEquals: { "iam:PermissionsBoundary": [...boundaries].sort() } };
  const mark = ownMark(known, action, arn);
  if (mark === undefined) return undefined;
  return {
    StringEquals: { [`aws:${mark === "request" ? "Request" : "Resource"}Tag/${ENVIRONMENT_TAG}`]: environment },
  };
}

/**
 * The state and its lock. A plan locks as well, and so writes the lock file, but not the state.
 * https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
 */
export function stateStatements(backend: Backend, stacks: readonly string[], phase: Phase): readonly PolicyStatement[] {
  if (backend.type !== "s3") return [];
  const { bucket, kmsKeyArn } = backend;
  const keys = stacks.map((stack) => stateKey(backend, stack));
  const states = keys.map((key) => `arn:aws:s3:::${bucket}/${key}`);
  return [
    {
      Sid: "ListState",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { "s3:prefix": keys.map((key) => `${key}*`) } },
    },
    {
      Sid: "State",
      Effect: "Allow",
      Action: phase === "plan" ? "s3:GetObject" : ["s3:GetObject", "s3:PutObject"],
      Resource: states,
    },
    {
      Sid: "LockState",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: states.map((state) => `${state}.tflock`),
    },
    ...(kmsKeyArn === undefined ? [] : [keyStatement(kmsKeyArn, backend.region)]),
  ];
}

/** An alias is no resource of a policy: the key is known by it. */
function keyStatement(arn: string, region: string): PolicyStatement {
  const alias = /:(alias\/.+)$/.exec(arn)?.[1];
  const viaS3 = { "kms:ViaService": `s3.${region}.amazonaws.com` };
  return {
    Sid: "StateKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: alias === undefined ? arn : arn.replace(/:alias\/.+$/, ":key/*"),
    Condition: {
      StringEquals: viaS3,
      ...(alias === undefined ? {} : { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } }),
    },
  };
}

/** Accounts that are named one by one at most: an ARN each, in a policy of 6,144 characters. */
const NAMED_ACCOUNTS = 20;

/**
 * Roles in member accounts, of this organization only.
 *
 * @param accounts where. Many are not listed: they come and go, and there may be 10,000. @default - every account
 */
export function assumeStatement(
  roles: readonly string[],
  organizationId: string,
  accounts: readonly string[] = [],
  sid = "MemberAccounts",
): PolicyStatement {
  const ids = accounts.length === 0 || accounts.length > NAMED_ACCOUNTS ? ["*"] : accounts;
  return {
    Sid: sid,
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Resource: ids.flatMap((id) => roles.map((role) => `arn:aws:iam::${id}:role/${role}`)).sort(),
    Condition: { StringEquals: { "aws:ResourceOrgID": organizationId } },
  };
}

/** Reads what the pipeline itself is made of. */
export function selfStatement(arns: readonly string[]): PolicyStatement {
  return {
    Sid: "ReadPipeline",
    Effect: "Allow",
    Action: unique(
      ["aws_iam_openid_connect_provider", "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy_attachment"].flatMap(
        (type) => resourceActions(type).read,
      ),
    ),
    Resource: arns,
  };
}

/** What reads of a resource that nothing else may be done to. */
const READS = [
  "cloudformation:Describe*",
  "cloudformation:List*",
  "events:Describe*",
  "events:List*",
  "iam:Get*",
  "iam:List*",
  "organizations:Describe*",
  "organizations:List*",
  "sns:Get*",
  "sns:List*",
];

/**
 * What a person applies, and what is others': no role of the pipeline changes it. Said as a Deny, so that it holds whatever a pattern in
 * another statement matches.
 */
export function untouchableStatement(arns: readonly string[], sid = "NotThePipelines"): PolicyStatement {
  return { Sid: sid, Effect: "Deny", NotAction: READS, Resource: [...arns].sort() };
}

/**
 * Who may read a member account: the pipeline's roles. The principal is their account and the roles are a condition, because a role in a
 * principal element must exist, and is stored by an id that changes when it is created again.
 */
export function memberPlanTrust(managementAccountId: string, roleArns: readonly string[]): PolicyDocument {
  return policyDocument([
    {
      Sid: "Pipeline",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${managementAccountId}:root` },
      Action: "sts:AssumeRole",
      Condition: { ArnEquals: { "aws:PrincipalArn": roleArns } },
    },
  ]);
}

/** With its path and without the first slash: the value of the Terraform variable. */
export function memberPlanRole(name: string): string {
  return `${MEMBER_PLAN_ROLE_PATH.slice(1)}${name}`;
}

/** ARN of a role without a path. */
export function roleArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}
