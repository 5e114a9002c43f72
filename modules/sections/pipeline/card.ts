import { Around, ATTACHED_ROLE_TYPES, ROLE_TYPES, section, STACK_SET_TYPES } from "../card";
import { memberPlanStackSet } from "./member-plan";
import { PIPELINE } from "./names";
import { announcePipeline, PipelineNeeds, resolvePipeline } from "./resolve";
import { pipelineSection } from "./schema";
import { PipelineSummary, pipelineSummary } from "./summary";
import type { PipelineEnvironment } from "./types";
import { pipelineView } from "./view";

/** The roles that everything else is planned and applied with: about all other sections. */
export const pipeline = section({
  key: "pipeline",
  schema: pipelineSection.optional(),
  needs: ["breakGlass", "guardrails"],
  reads: ["identityCenter", "workloadIdentity", "credentialHygiene"],
  aboutAll: true,
  announce: announcePipeline,
  resolve: (environment: PipelineEnvironment, { problems, resolved, holdings }: Around<PipelineNeeds>) =>
    resolvePipeline(environment, problems, resolved, holdings),
  summary: (_, state): { readonly pipeline?: PipelineSummary } => (state ? { pipeline: pipelineSummary(state) } : {}),
  view: pipelineView,
  stacks: [
    {
      kind: "pipeline",
      appliedBy: "person",
      holds: [
        {
          types: ["aws_iam_openid_connect_provider", "aws_iam_policy", ...ROLE_TYPES, ...ATTACHED_ROLE_TYPES],
          places: (_, { managementAccountId: accountId, region }) => [{ stack: PIPELINE, accountId, region }],
        },
        {
          types: STACK_SET_TYPES,
          places: ({ rollout }, { managementAccountId: accountId, region }) =>
            rollout === "stackset" ? [{ stack: PIPELINE, accountId, region }] : [],
        },
      ],
    },
  ],
  stackSets: (state, settings) => (state.rollout === "stackset" ? [memberPlanStackSet(state, settings)] : []),
  area: { name: "roles", stake: 3 },
});
