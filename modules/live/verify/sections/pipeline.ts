import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient } from "@aws-sdk/client-iam";
import { unless } from "../../../aws/failure";
import { inAccount, memberPlanTemplate } from "../../../sections/pipeline/member-plan";
import { MEMBER_PLAN_STACK_SET } from "../../../sections/pipeline/names";
import { PipelineRole, PolicyPart, rolesOf } from "../../../sections/pipeline/types";
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
    ...rolesOf(pipeline).flatMap((role) => roleChecks(planned, management, role)),
    ...pipeline.boundaries.map((part) => policyCheck(planned, management, part, "boundary with these permissions")),
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
  planned: Planned,
  accountId: string,
  { role, policies, shared = [] }: PipelineRole,
): readonly Check[] {
  const { place, documents } = planned;
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
            attached: [
              ...role.managedPolicies.map((policy) => policy.arn),
              ...[...policies, ...shared].map(({ name }) => policyArn(accountId, name)),
            ],
          },
          documents,
        ),
    },
    ...policies.map((part) => policyCheck(planned, accountId, part, "policy of the pipeline with these permissions")),
  ];
}

function policyArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:policy/${name}`;
}

function policyCheck(
  { place, documents }: Planned,
  accountId: string,
  { name, document }: PolicyPart,
  promise: string,
): Check {
  return {
    section: SECTION,
    kind: "policy",
    name,
    promise,
    place: place(accountId),
    look: async (reader) => {
      const client = reader.client(IAMClient);
      const PolicyArn = policyArn(accountId, name);
      const policy = await unless(
        isNoSuchEntity,
        async () => (await client.send(new GetPolicyCommand({ PolicyArn }))).Policy,
        () => undefined,
      );
      if (!policy) return missing("the policy does not exist");
      const { PolicyVersion } = await client.send(
        new GetPolicyVersionCommand({ PolicyArn, VersionId: policy.DefaultVersionId ?? "v1" }),
      );
      return differing(documents.differences("the document", "identity", document, PolicyVersion?.Document, accountId));
    },
  };
}
