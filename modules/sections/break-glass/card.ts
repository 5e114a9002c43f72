import { ALARM_HUB_TYPES, ATTACHED_ROLE_TYPES, ROLE_TYPES, section, STACK_SET_TYPES } from "../card";
import { resolveBreakGlass } from "./resolve";
import { breakGlassSection } from "./schema";
import { breakGlassStackSet } from "./stack-set";
import { breakGlassSummary } from "./summary";
import { breakGlassView } from "./view";

/** Emergency access: users, the role in every account, and alarms on their use. */
export const breakGlass = section({
  key: "breakGlass",
  schema: breakGlassSection,
  files: ({ passwords }) =>
    passwords ? [{ name: passwords.pgpPublicKeyFile, path: ["breakGlass", "passwords", "pgpPublicKeyFile"] }] : [],
  announce: ({
    baseline: {
      breakGlass: { roleName },
    },
  }) => ({
    roleNames: [{ name: roleName, owner: "the break-glass role", path: ["breakGlass", "roleName"] }],
  }),
  resolve: (environment, { problems }) => resolveBreakGlass(environment, problems),
  summary: ({ tree, organization }, state) => ({
    breakGlass: breakGlassSummary(state!, tree, organization.managementAccountId),
  }),
  view: ({ breakGlass: summary }, organization) => breakGlassView(summary, organization),
  stacks: [
    {
      kind: "break-glass",
      appliedBy: "person",
      holds: [
        {
          types: ATTACHED_ROLE_TYPES,
          places: ({ managementAccountId, identity }, { region }) =>
            [managementAccountId, identity.homeAccountId].map((accountId) => ({
              stack: "break-glass",
              accountId,
              region,
            })),
        },
        {
          types: STACK_SET_TYPES,
          places: ({ managementAccountId, rollout }, { region }) =>
            rollout === "stackset" ? [{ stack: "break-glass", accountId: managementAccountId, region }] : [],
        },
        {
          types: ["aws_iam_user", "aws_iam_user_policy", ...ROLE_TYPES, ...STACK_SET_TYPES, ...ALARM_HUB_TYPES],
          places: ({ identity: { homeAccountId } }, { region }) => [
            { stack: "break-glass", accountId: homeAccountId, region },
          ],
        },
        {
          types: ["aws_iam_user_login_profile"],
          places: ({ identity: { homeAccountId }, pgpKey }, { region }) =>
            pgpKey === undefined ? [] : [{ stack: "break-glass", accountId: homeAccountId, region }],
        },
      ],
    },
    {
      kind: "account",
      appliedBy: "person",
      holds: [
        {
          types: [...ATTACHED_ROLE_TYPES, ...ROLE_TYPES],
          places: ({ rollout, memberAccountIds }, { region }) =>
            rollout === "terraform"
              ? memberAccountIds.map((accountId) => ({
                  stack: `account-${accountId}`,
                  like: "account-????????????",
                  accountId,
                  region,
                }))
              : [],
        },
      ],
    },
  ],
  stackSets: (state, settings) => (state.rollout === "stackset" ? [breakGlassStackSet(state, settings)] : []),
  area: { name: "break-glass", stake: 1 },
  guards: [
    { of: "emergency access", kinds: ["break-glass", "account"], types: ["aws_iam_role"] },
    { of: "emergency access", kinds: ["break-glass"], types: ["aws_iam_user"] },
  ],
});
