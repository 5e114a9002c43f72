import { STACKSETS_SERVICE } from "../sections/break-glass/resolve";
import { STACKSET_EXECUTION } from "../sections/guardrails/principals";
import type { Chain } from "./chains";
import { exemptPatterns } from "./exemptions";
import { globsMeet } from "./glob";
import type { AttachedDocument, Principal, ProofInput, Question } from "./types";

/**
 * What makes CloudFormation work in other accounts with a template of the caller's. A StackSet alone, without instances, deploys
 * nothing. A test holds the list against the service reference.
 */
export const DEPLOYS = [
  "cloudformation:CreateStackInstances",
  "cloudformation:UpdateStackInstances",
  "cloudformation:UpdateStackSet",
] as const;

/** The end of the ids. */
const DEPLOY = "deploy StackSets";

/**
 * Nobody of a member account that is delegated administrator of StackSets drives the roles that CloudFormation has in every account,
 * where a document of ours spares these roles: a StackSet that such an account makes works as stacksets-exec-* in all others.
 * An administrator stands for whoever is not named; whom an SCP names there (a pipeline) is trusted with it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
 */
export function stackSetDelegates(
  input: ProofInput,
  chain: Chain,
  people: readonly Principal[],
  policies: readonly AttachedDocument[],
): readonly Question[] {
  const { organization, baseline } = input.environment;
  const delegate = organization.delegatedAdministrators.findIndex(
    ({ accountId, services }) => accountId === chain.account.id && services.includes(STACKSETS_SERVICE),
  );
  if (delegate < 0 || !chain.scps) return [];
  const sparing = policies.filter(
    ({ ours, targetIds, document }) =>
      ours &&
      targetIds.length > 0 &&
      exemptPatterns([document]).some((pattern) => globsMeet(pattern, STACKSET_EXECUTION)),
  );
  if (sparing.length === 0) return [];
  const { id, name } = chain.account;
  // Such StackSets are the management account's, the call is the delegate's: AWS does not say which of the two the ARN names.
  const stackSets = [id, organization.managementAccountId].map(
    (account) =>
      `arn:aws:cloudformation:${baseline.region}:${account}:stackset/anything:11112222-3333-4444-5555-666677778888`,
  );
  return people
    .filter((one) => one.kind === "administrator")
    .flatMap((principal) =>
      DEPLOYS.flatMap((action) =>
        stackSets.map((resource): Question => ({
          proof: "exemptions-hold",
          expected: "denied",
          principal,
          action,
          resource,
          resourceAccountId: id,
          context: { "aws:RequestedRegion": baseline.region },
          otherwise: `${name} is delegated administrator of StackSets: whoever deploys one there works as ${STACKSET_EXECUTION}, which guardrails spare, in every member account.`,
          key: DEPLOY,
          delegate,
        })),
      ),
    );
}
