import type { KeySets, PrincipalSet } from "../policy/decide";
import type { PolicySet } from "../policy/evaluate";
import { KEYLESS_ROLE_PATH } from "../sections/credential-hygiene/names";
import { inventoryRole, retirementRole } from "../sections/credential-hygiene/access-roles";
import { remediationRole } from "../sections/credential-hygiene/remediation";
import { policiesBetween } from "./across";
import { iamSet } from "./arns";
import type { Chain } from "./chains";
import { DIRECT, GLOBAL_REGION } from "./no-lock-out";
import { AccountRows, roleSet, userSet } from "./rows";
import { sessionsFrom } from "./sessions";
import { ChainOf, UNFIXED_OF_MACHINES } from "./still-manageable";
import type { PrincipalKind, ProofInput, Question } from "./types";
import { defined } from "../kernel/optional";

/** What the roles that clean up do to a credential. Deactivating is the action that also revives. */
const CLEAN_UP: readonly { readonly kind: PrincipalKind; readonly actions: readonly string[] }[] = [
  {
    kind: "remediation",
    actions: ["iam:DeleteAccessKey", "iam:DeleteLoginProfile", "iam:ListAccessKeys", "iam:UpdateAccessKey"],
  },
  { kind: "retirement", actions: ["iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"] },
];

/** Whoever cleans up gets its role, and can: with the role's own policy, under the guardrails of the account, for any user. */
export function cleanUp(input: ProofInput, chain: Chain, rows: AccountRows, of: ChainOf): readonly Question[] {
  const { identity } = input.breakGlass;
  const account = chain.account.id;
  const users = iamSet(
    account,
    "user",
    account === identity.homeAccountId ? [`arn:aws:iam::${account}:user${identity.userPath}*`] : [],
  );
  const keys: KeySets = { ...DIRECT, ...sessionsFrom(chain), "aws:RequestedRegion": { oneOf: [GLOBAL_REGION] } };
  const otherwise = "Unused credentials stay as they are, although clean-up is switched on.";
  const changing = CLEAN_UP.flatMap(({ kind, actions }) =>
    rows.named
      .filter((one) => one.kind === kind)
      .map((row): Question => ({
        proof: "clean-up",
        expected: "allowed",
        rows: [row],
        actions,
        resources: users,
        on: "any user but those of break glass",
        keys,
        when: `in ${GLOBAL_REGION}`,
        unfixed: UNFIXED_OF_MACHINES,
        otherwise,
        policies: {
          ...policiesBetween(chain, chain),
          ...defined({ identity: row.identity }),
        },
      })),
  );
  return [...assuming(input, chain, of), ...changing];
}

/** Whoever may assume the roles by their trust policies is not shut out by the organization's policies. */
function assuming(input: ProofInput, chain: Chain, of: ChainOf): readonly Question[] {
  const state = input.credentialHygiene;
  if (!state) return [];
  const account = chain.account.id;
  const question = (
    kind: PrincipalKind,
    role: string,
    name: string,
    sets: readonly PrincipalSet[],
    policies: PolicySet,
    keys: KeySets,
    from?: Question["from"],
  ): Question => ({
    proof: "clean-up",
    expected: "allowed",
    rows: [{ kind, name, sets }],
    actions: ["sts:AssumeRole"],
    resources: { like: [`arn:aws:iam::${account}:role/${KEYLESS_ROLE_PATH.slice(1)}${role}`] },
    on: role,
    resourceAccountId: account,
    keys,
    when: "as their trust policies say, directly, in the home region",
    unfixed: UNFIXED_OF_MACHINES,
    otherwise: `${role} cannot be assumed in ${chain.account.name}: nothing is found or cleaned up there.`,
    key: `sts:AssumeRole of ${kind}`,
    policies,
    ...defined({ from }),
  });
  const people = (kind: PrincipalKind, role: string, principals: readonly string[]): readonly Question[] => {
    const byAccount = new Map<string, string[]>();
    for (const arn of principals) {
      const id = arn.split(":")[4] ?? "";
      byAccount.set(id, [...(byAccount.get(id) ?? []), arn]);
    }
    return [...byAccount].flatMap(([id, arns]) => {
      const home = of(id);
      if (!home) return [];
      const sets = (["role", "user"] as const).flatMap((type) => {
        const like = arns.filter((arn) => arn.includes(`:${type}/`));
        return like.length === 0 ? [] : [type === "role" ? roleSet({ like }) : userSet({ like })];
      });
      if (sets.length === 0) return [];
      return [
        question(
          kind,
          role,
          `whoever may assume ${role} (${arns.join(", ")})`,
          sets,
          policiesBetween(home.chain, chain),
          {
            ...DIRECT,
            ...sessionsFrom(home.chain),
            "aws:PrincipalOrgID": { oneOf: [input.environment.organization.id] },
            "aws:RequestedRegion": { oneOf: [input.environment.baseline.region] },
          },
          home.place,
        ),
      ];
    });
  };
  const remediation = state.remediation && remediationRole(state.remediation.scope, account);
  return [
    ...people("inventory", inventoryRole(state.access, account).name, state.access.inventoryPrincipals),
    ...people("retirement", retirementRole(state.access, account).name, state.access.retirementPrincipals),
    ...(remediation && chain.rcps
      ? [
          question(
            "remediation",
            remediation.name,
            "Systems Manager, for the runbook",
            [{ type: "service", arns: { like: ["ssm.amazonaws.com"] } }],
            policiesBetween(undefined, chain),
            {
              "aws:SourceAccount": { oneOf: [account] },
              "aws:SourceOrgID": { oneOf: [input.environment.organization.id] },
              "aws:RequestedRegion": { oneOf: [state.region] },
            },
          ),
        ]
      : []),
  ];
}
