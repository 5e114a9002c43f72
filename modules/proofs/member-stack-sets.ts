import { chainOf } from "../organization/tree";
import type { ObservedGuardrail } from "../sections/guardrails/rollout/observation";
import { stackSetsReaching } from "../sections/member-stack-sets";
import type { ServiceManagedStackSet } from "../sections/stack-set/types";
import type { ProofInput } from "./types";

/** A StackSet and what it deploys to a member account. */
export type MemberStackSet = Pick<ServiceManagedStackSet, "name" | "regions" | "template">;

/** The StackSets that reach a member account. A test holds the list against the synthesized stacks. */
export function memberStackSets(input: ProofInput, accountId: string): readonly MemberStackSet[] {
  return stackSetsReaching(input, input.settings, input.environment.tree, accountId);
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
