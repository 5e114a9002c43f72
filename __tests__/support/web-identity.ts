import type { Environment } from "../../modules/sections/environment";
import { chainOf } from "../../modules/organization/tree";
import { evaluate } from "../../modules/policy/evaluate";
import type { PolicyDocument } from "../../modules/policy/types";
import type { AttachedDocument } from "../../modules/proofs/types";
import type { TargetState } from "../../modules/sections/target-state";
import { issuerKey } from "../../modules/sections/workload-identity/oidc";

/** What AWS says to a workload of the environment that comes with its own token, and to a stranger whom its role's trust forgot to keep out. */
export interface WebIdentityAnswer {
  readonly workload: string;
  readonly own: string;
  readonly stranger: string;
}

/** Asks for every OIDC workload: its own trust policy under the RCPs of its account, and one that trusts everybody of the same issuer. */
export function webIdentityAnswers(
  { tree }: Environment,
  { workloadIdentity }: TargetState,
  policies: readonly AttachedDocument[],
): readonly WebIdentityAnswer[] {
  return (workloadIdentity?.stacks ?? []).flatMap((stack) => {
    const chain = chainOf(tree, tree.accountById.get(stack.accountId)!);
    const rcps = chain.map((id) =>
      policies.filter(({ type, targetIds }) => type === "RESOURCE_CONTROL_POLICY" && targetIds.includes(id)),
    );
    return stack.oidcRoles.map(({ role, subjects, provider: name }): WebIdentityAnswer => {
      const { arn, url, audiences } = stack.oidcProviders.find((provider) => provider.name === name)!;
      const resource = `arn:aws:iam::${stack.accountId}:role${role.path}${role.name}`;
      const ask = (trust: PolicyDocument, subject: string): string =>
        evaluate(
          {
            principal: { type: "webIdentity", arn },
            action: "sts:AssumeRoleWithWebIdentity",
            resource,
            context: { [`${issuerKey(url)}:sub`]: subject, [`${issuerKey(url)}:aud`]: audiences[0]! },
            unlistedKeys: "absent",
          },
          { rcps, resource: { name: "trust", document: trust } },
        ).decision;
      const everybody: PolicyDocument = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Federated: arn }, Action: "sts:AssumeRoleWithWebIdentity" }],
      };
      return {
        workload: role.workload,
        own: ask(role.trust, subjects[0]!.replaceAll("*", "apply")),
        stranger: ask(everybody, "repo:stranger/fork:ref:refs/heads/main"),
      };
    });
  });
}
