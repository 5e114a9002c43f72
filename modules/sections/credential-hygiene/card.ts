import { ALARM_HUB_TYPES, Around, FORWARDER_TYPES, ROLE_TYPES, section, STACK_SET_TYPES } from "../card";
import { CredentialHygieneNeeds, resolveCredentialHygiene } from "./resolve";
import { credentialHygieneSection } from "./schema";
import { credentialHygieneStackSets } from "./stack-sets";
import { CredentialHygieneSummary, credentialHygieneSummary } from "./summary";
import type { CredentialHygieneEnvironment } from "./types";
import { credentialHygieneView } from "./view";

const STACK = "credential-hygiene";

/** Finds unused and old credentials, tells of new ones, and revokes. */
export const credentialHygiene = section({
  key: "credentialHygiene",
  schema: credentialHygieneSection.optional(),
  needs: ["breakGlass"],
  reads: ["workloadIdentity"],
  resolve: (
    environment: CredentialHygieneEnvironment,
    { problems, resolved, announced }: Around<CredentialHygieneNeeds>,
  ) => resolveCredentialHygiene(environment, problems, resolved, announced.pipelineRoles),
  summary: (_, state): { readonly credentialHygiene?: CredentialHygieneSummary } =>
    state ? { credentialHygiene: credentialHygieneSummary(state) } : {},
  view: credentialHygieneView,
  stacks: [
    {
      kind: STACK,
      appliedBy: "pipeline",
      holds: [
        {
          types: ["aws_config_organization_managed_rule", ...ALARM_HUB_TYPES],
          places: ({ managingAccountId: accountId, region }) => [{ stack: STACK, accountId, region }],
        },
        {
          types: ["aws_accessanalyzer_analyzer"],
          places: ({ managingAccountId: accountId, region, analyzer }) =>
            analyzer ? [{ stack: STACK, accountId, region }] : [],
        },
        {
          types: ["aws_config_organization_conformance_pack"],
          places: ({ managingAccountId: accountId, region, remediation }) =>
            remediation ? [{ stack: STACK, accountId, region }] : [],
        },
        {
          types: [...STACK_SET_TYPES, ...ROLE_TYPES],
          places: ({ managementAccountId: accountId, region }) => [{ stack: STACK, accountId, region }],
        },
        {
          types: FORWARDER_TYPES,
          places: ({ managementAccountId: accountId, alarms }) =>
            alarms.regions.map((region) => ({ stack: STACK, accountId, region })),
        },
      ],
    },
  ],
  stackSets: (state, settings) => {
    const { alarms, access, remediation } = credentialHygieneStackSets(state, settings);
    return [alarms, access, ...(remediation ? [remediation] : [])];
  },
  area: { name: "credential-hygiene", stake: 7 },
  guards: [
    {
      of: "the detection of credentials",
      kinds: [STACK],
      types: [
        "aws_accessanalyzer_analyzer",
        "aws_config_organization_conformance_pack",
        "aws_config_organization_managed_rule",
      ],
    },
  ],
});
