import { ALARM_HUB_TYPES, section, STACK_SET_TYPES } from "../card";
import type { GuardrailsNeeds } from "./needs";
import { resolveGuardrails } from "./resolve";
import { guardrailsSection } from "./schema";
import { allObservationStackSets } from "./stack-sets";
import { guardrailsSummary } from "./summary";
import { guardrailsView } from "./view";
import type { Around } from "../card";
import type { GuardrailsEnvironment } from "./types";

/** What nobody may do any more: service and resource control policies, and what is observed before. */
export const guardrails = section({
  key: "guardrails",
  schema: guardrailsSection.prefault({}),
  needs: ["breakGlass"],
  reads: ["credentialHygiene", "identityCenter", "workloadIdentity"],
  files: ({ custom, rollout }) => [
    ...custom.map(({ file }, i) => ({ name: file, path: ["guardrails", "custom", i, "file"] })),
    ...rollout.flatMap(({ evidence }, i) =>
      evidence.map((file, j) => ({ name: file, path: ["guardrails", "rollout", i, "evidence", j] })),
    ),
  ],
  resolve: (environment: GuardrailsEnvironment, { problems, resolved, unresolved }: Around<GuardrailsNeeds>) =>
    resolveGuardrails(environment, problems, resolved, unresolved),
  summary: (environment, state) => guardrailsSummary(environment, state!),
  view: guardrailsView,
  stacks: [
    {
      kind: "guardrails",
      appliedBy: "pipeline",
      holds: [
        {
          types: ["aws_iam_organizations_features", "aws_organizations_policy", "aws_organizations_policy_attachment"],
          places: (_, { managementAccountId, region }) => [
            { stack: "guardrails", accountId: managementAccountId, region },
          ],
        },
        // Terraform's own bookkeeping.
        { types: ["terraform_data"], places: () => [] },
      ],
    },
    {
      kind: "guardrail-observation",
      appliedBy: "pipeline",
      holds: [
        {
          types: [...ALARM_HUB_TYPES, ...STACK_SET_TYPES],
          places: ({ observation }, { managementAccountId }) =>
            observation
              ? [{ stack: "guardrail-observation", accountId: managementAccountId, region: observation.hub.region }]
              : [],
        },
      ],
    },
  ],
  stackSets: ({ observation }) => allObservationStackSets(observation),
  area: { name: "guardrails", stake: 2 },
  guards: [
    {
      of: "the guardrails",
      kinds: ["guardrails"],
      types: ["aws_organizations_policy", "aws_organizations_policy_attachment"],
    },
  ],
});
