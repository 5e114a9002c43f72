import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient } from "@aws-sdk/client-iam";
import { unless } from "../../../aws/failure";
import { inAccount, memberPlanTemplate } from "../../../sections/pipeline/member-plan";
import { MEMBER_PLAN_STACK_SET } from "../../../sections/pipeline/names";
import type { PipelineRole } from "../../../sections/pipeline/types";
import { differing, missing } from "../claim";
import type { Check } from "../live";
import type { Planned } from "../planned";
import { isNoSuchEntity, roleFinding } from "../roles";
import { stackSetChecks } from "../stack-sets";
import { oidcProviderCheck, plannedRole } from "./workload-identity";
import { uniqueSorted } from "../../../kernel/lists";

const SECTION = "pipeline";

/** The provider and roles that the pipeline plans and applies with, and the role that reads member accounts. */
export function pipelineChecks(planned: Planned): readonly Check[] {
  const { state, place, documents, memberIds, environment } = planned;
  const { pipeline, breakGlass } = state;
  if (!pipeline) return [];
  const management = pipeline.managementAccountId;
  const withPlanRole =
    pipeline.rollout === "stackset" ? memberIds : memberIds.filter((id) => id !== pipeline.managementAccountId);
  const { memberPlan } = pipeline;
  return [
    oidcProviderCheck(SECTION, place(management), pipeline.provider),
    ...[pipeline.plan, pipeline.apply].flatMap((role) => roleChecks(planned, management, role)),
    ...(pipeline.rollout === "stackset"
      ? stackSetChecks({
          section: SECTION,
          place: place(management, state.settings.region),
          name: MEMBER_PLAN_STACK_SET,
          template: memberPlanTemplate(memberPlan, environment.name),
          accountIds: uniqueSorted([...breakGlass.memberAccountIds, ...memberIds]),
          regions: [state.settings.region],
        })
      : []),
    ...withPlanRole.map((accountId): Check => ({
      section: SECTION,
      kind: "role",
      name: memberPlan.name,
      promise: "role that plans read this account with, and nothing more",
      place: place(accountId),
      look: (reader) =>
        roleFinding(
          reader,
          {
            name: memberPlan.name,
            path: memberPlan.path,
            trust: memberPlan.trust,
            attached: [],
            inline: { [memberPlan.policyName]: inAccount(memberPlan.permissions, accountId) },
          },
          documents,
        ),
    })),
  ];
}

function roleChecks(
  { place, documents }: Planned,
  accountId: string,
  { role, policies }: PipelineRole,
): readonly Check[] {
  const arn = (name: string): string => `arn:aws:iam::${accountId}:policy/${name}`;
  return [
    {
      section: SECTION,
      kind: "role",
      name: role.name,
      promise: "role of the pipeline with this trust policy, these policies and no others",
      place: place(accountId),
      look: (reader) =>
        roleFinding(
          reader,
          {
            ...plannedRole(role),
            attached: [...role.managedPolicies.map((policy) => policy.arn), ...policies.map(({ name }) => arn(name))],
          },
          documents,
        ),
    },
    ...policies.map(({ name, document }): Check => ({
      section: SECTION,
      kind: "policy",
      name,
      promise: "policy of the pipeline with these permissions",
      place: place(accountId),
      look: async (reader) => {
        const client = reader.client(IAMClient);
        const policy = await unless(
          isNoSuchEntity,
          async () => (await client.send(new GetPolicyCommand({ PolicyArn: arn(name) }))).Policy,
          () => undefined,
        );
        if (!policy) return missing("the policy does not exist");
        const { PolicyVersion } = await client.send(
          new GetPolicyVersionCommand({ PolicyArn: arn(name), VersionId: policy.DefaultVersionId ?? "v1" }),
        );
        return differing(
          documents.differences("the document", "identity", document, PolicyVersion?.Document, accountId),
        );
      },
    })),
  ];
}
