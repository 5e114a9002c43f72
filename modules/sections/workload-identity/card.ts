import { ATTACHED_ROLE_TYPES, ROLE_TYPES, section } from "../card";
import { workloadIdentityStackNamesLike } from "./names";
import { resolveWorkloadIdentity } from "./resolve";
import { workloadIdentitySection } from "./schema";
import { WorkloadIdentitySummary, workloadIdentitySummary } from "./summary";
import { workloadIdentityView } from "./view";

/** Machines: IAM Roles Anywhere and OIDC. */
export const workloadIdentity = section({
  key: "workloadIdentity",
  schema: workloadIdentitySection.optional(),
  files: ({ trustAnchors }) =>
    trustAnchors.flatMap(({ certificateBundleFile: name, revocationLists = [] }, i) => {
      const path = ["workloadIdentity", "trustAnchors", i] as const;
      return [
        ...(name ? [{ name, path: [...path, "certificateBundleFile"] }] : []),
        ...revocationLists.flatMap(({ file }, n) =>
          file ? [{ name: file, path: [...path, "revocationLists", n, "file"], bytes: true as const }] : [],
        ),
      ];
    }),
  resolve: (environment, { problems, announced: { roleNames, oidcProviderArns, pipelineRoles } }) =>
    resolveWorkloadIdentity(environment, problems, roleNames, oidcProviderArns, pipelineRoles?.apply),
  summary: (_, state): { readonly workloadIdentity?: WorkloadIdentitySummary } =>
    state ? { workloadIdentity: workloadIdentitySummary(state) } : {},
  view: workloadIdentityView,
  stacks: [
    {
      kind: "workload-identity",
      appliedBy: "pipeline",
      holds: [
        {
          types: [
            "aws_iam_openid_connect_provider",
            ...ROLE_TYPES,
            ...ATTACHED_ROLE_TYPES,
            "aws_rolesanywhere_profile",
            "aws_rolesanywhere_trust_anchor",
          ],
          places: ({ stacks }) =>
            stacks.map(({ name, accountId, region }) => ({
              stack: name,
              like: workloadIdentityStackNamesLike,
              accountId,
              region,
            })),
        },
      ],
    },
  ],
  area: { name: "workload-identity", stake: 5 },
});
