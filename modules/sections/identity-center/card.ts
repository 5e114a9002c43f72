import { section, StackPlace } from "../card";
import { IDENTITY_CENTER, IDENTITY_CENTER_MANAGEMENT, SHARD_NAMES_LIKE } from "./names";
import { peopleSummary } from "./people";
import { resolveIdentityCenter } from "./resolve";
import { identityCenterSection } from "./schema";
import type { IdentityCenterState } from "./types";
import { peopleView } from "./view";

const shardPlaces = ({ shards, region }: IdentityCenterState): readonly StackPlace[] =>
  shards.map(({ name, accountId }) => ({
    stack: name,
    accountId,
    region,
    ...(name === IDENTITY_CENTER_MANAGEMENT ? {} : { like: SHARD_NAMES_LIKE }),
  }));

/** People: permission sets and who is assigned them where. */
export const identityCenter = section({
  key: "identityCenter",
  schema: identityCenterSection.optional(),
  resolve: (environment, { problems }) => resolveIdentityCenter(environment, problems),
  summary: (_, state) => ({ people: peopleSummary(state) }),
  view: peopleView,
  stacks: [
    {
      kind: "identity-center",
      appliedBy: "pipeline",
      holds: [
        {
          types: ["aws_identitystore_group", "aws_ssoadmin_instance_access_control_attributes"],
          places: ({ managingAccountId: accountId, region }) => [{ stack: IDENTITY_CENTER, accountId, region }],
        },
      ],
    },
    {
      kind: "permission-sets",
      appliedBy: "pipeline",
      policy: "identity-center",
      holds: [
        {
          types: [
            "aws_ssoadmin_account_assignment",
            "aws_ssoadmin_customer_managed_policy_attachment",
            "aws_ssoadmin_managed_policy_attachment",
            "aws_ssoadmin_permission_set",
            "aws_ssoadmin_permission_set_inline_policy",
            "aws_ssoadmin_permissions_boundary_attachment",
          ],
          places: shardPlaces,
        },
        {
          // A group that the facts do not show yet.
          types: ["aws_identitystore_group"],
          lookedUp: true,
          places: shardPlaces,
        },
      ],
    },
  ],
  area: { name: "identity-center", stake: 4 },
});
