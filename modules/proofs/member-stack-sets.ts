import { accountForwarderTemplate, CloudFormationTemplate } from "../sections/alarms/template";
import { roleTemplate } from "../sections/break-glass/role-template";
import { ACCESS_ROLES_NAME, accessRolesTemplate } from "../sections/credential-hygiene/access-roles";
import { REMEDIATION_NAME, remediationRoleTemplate } from "../sections/credential-hygiene/remediation";
import { MEMBER_PLAN_STACK_SET } from "../sections/pipeline/names";
import type { ObservedGuardrail } from "../sections/guardrails/observation";
import { chainOf } from "../organization/tree";
import type { ProofInput } from "./types";

/** A service-managed StackSet and what it deploys to a member account. */
export interface MemberStackSet {
  readonly name: string;
  readonly regions: readonly string[];
  readonly template: CloudFormationTemplate;
}

/** The StackSets that reach a member account. A test holds the list against the synthesized stacks. */
export function memberStackSets(input: ProofInput, accountId: string): readonly MemberStackSet[] {
  const { breakGlass, credentialHygiene: hygiene, environment } = input;
  const { name, baseline } = environment;
  const found: MemberStackSet[] = [];
  // The home account's role is a resource of the pipeline's.
  if (breakGlass.rollout === "stackset" && accountId !== breakGlass.identity.homeAccountId) {
    found.push({
      name: "keyless-break-glass-role",
      regions: [baseline.region],
      template: roleTemplate(breakGlass.role, name),
    });
  }
  if (hygiene) {
    found.push(
      {
        name: hygiene.alarms.hub.name,
        regions: hygiene.alarms.regions,
        template: accountForwarderTemplate(hygiene.alarms.hub, hygiene.alarms.rules, ""),
      },
      { name: ACCESS_ROLES_NAME, regions: [hygiene.region], template: accessRolesTemplate(hygiene.access, name) },
      ...(hygiene.remediation
        ? [
            {
              name: REMEDIATION_NAME,
              regions: [hygiene.region],
              template: remediationRoleTemplate(hygiene.remediation.scope, name),
            },
          ]
        : []),
    );
  }
  if (input.pipeline?.rollout === "stackset") {
    const { name: role, path } = input.pipeline.memberPlan;
    // The template itself is in a room of constructs; which role it makes is all that matters here.
    found.push({
      name: MEMBER_PLAN_STACK_SET,
      regions: [baseline.region],
      template: {
        AWSTemplateFormatVersion: "2010-09-09",
        Description: "",
        Resources: { PlanRole: { Type: "AWS::IAM::Role", Properties: { RoleName: role, Path: path } } },
      },
    });
  }
  for (const { guardrail, accounts, single } of observedIn(input, accountId)) {
    const { hub, rules, regions } = guardrail;
    const template = accountForwarderTemplate(hub, rules, "");
    if (accounts) found.push({ name: hub.forwarderRoleName, regions, template });
    if (single) found.push({ name: `${hub.forwarderRoleName}-accounts`, regions, template });
  }
  return found;
}

/** Guardrails that are observed in an account: with its OU, or by itself. */
function observedIn(
  { environment: { tree }, guardrails }: ProofInput,
  accountId: string,
): readonly { readonly guardrail: ObservedGuardrail; readonly accounts: boolean; readonly single: boolean }[] {
  const observed = guardrails.observation?.observed ?? [];
  const account = tree.accountById.get(accountId);
  if (observed.length === 0 || !account) return [];
  const chain = new Set(chainOf(tree, account));
  return observed
    .map((guardrail) => ({
      guardrail,
      accounts: guardrail.organizationalUnitIds.some((id) => chain.has(id)),
      single: guardrail.accountIds.includes(accountId),
    }))
    .filter(({ accounts, single }) => accounts || single);
}

/** Names of the guardrails that are observed in an account: StackSets reach it that do not reach others with the same SCPs. */
export function observedGuardrails(input: ProofInput, accountId: string): readonly string[] {
  return observedIn(input, accountId).map(
    ({ guardrail, single }) => `${guardrail.guardrail}${single ? " by itself" : ""}`,
  );
}

/** One resource of a template as it is in an account and region. */
export interface TemplateResource {
  readonly type: string;
  readonly arn: string;
  readonly region: string;
  /** ARNs of roles that it hands to a service. */
  readonly passes: readonly string[];
}

/** What a StackSet deploys: one resource of each type and region stands for the others of its kind, whose names begin alike. */
export function templateResources(
  { name, regions, template }: MemberStackSet,
  accountId: string,
): readonly TemplateResource[] {
  return [...regions].sort().flatMap((region) => {
    const text = (value: unknown): string => {
      const sub =
        typeof value === "string"
          ? value
          : String((value as { readonly "Fn::Sub"?: string } | undefined)?.["Fn::Sub"] ?? "");
      return sub.replaceAll("${AWS::Region}", region).replaceAll("${AWS::AccountId}", accountId);
    };
    const roles: TemplateResource[] = [];
    const rules: TemplateResource[] = [];
    for (const { Type, Properties } of Object.values(template.Resources) as readonly {
      readonly Type: string;
      readonly Properties: Readonly<Record<string, unknown>>;
    }[]) {
      if (Type === "AWS::IAM::Role")
        roles.push({
          type: Type,
          arn: `arn:aws:iam::${accountId}:role${text(Properties["Path"])}${text(Properties["RoleName"])}`,
          region,
          passes: [],
        });
      else if (Type === "AWS::Events::Rule")
        rules.push({
          type: Type,
          arn: `arn:aws:events:${region}:${accountId}:rule/${text(Properties["Name"])}`,
          region,
          passes: [],
        });
      else throw new Error(`modules/proofs/member-stack-sets.ts lacks ${Type}: say what its ARN is`);
    }
    const [rule] = rules;
    return [
      {
        type: "AWS::CloudFormation::Stack",
        arn: `arn:aws:cloudformation:${region}:${accountId}:stack/StackSet-${name}-11112222-3333-4444-5555-666677778888/99990000-1111-2222-3333-444455556666`,
        region,
        passes: [],
      },
      ...roles,
      // A rule's targets get the forwarder's role.
      ...(rule ? [{ ...rule, passes: roles.map((role) => role.arn) }] : []),
    ];
  });
}
