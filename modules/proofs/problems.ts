import { STACKSETS_SERVICE } from "../sections/break-glass/resolve";
import type { Environment } from "../sections/environment";
import type { Place, Problem } from "../kernel/errors";
import type { Counterexample, ProofId, ProofReport } from "./types";
import { KEYLESS } from "../kernel/command";

const CODES: Record<ProofId, string> = {
  "no-mint": "PROOF-NO-MINT",
  "no-lock-out": "PROOF-NO-LOCK-OUT",
  "still-manageable": "PROOF-STILL-MANAGEABLE",
  "clean-up": "PROOF-CLEAN-UP",
  "exemptions-hold": "PROOF-EXEMPTIONS-HOLD",
};

/** Names of custom policies in AWS begin so. */
const CUSTOM_POLICY = "keyless-custom-";

/** How many names a sentence takes before it says how many more there are. */
const SHOWN = 3;

/**
 * What a report means for a synth: a counterexample is an error, unless somebody has accepted it by its id. Counterexamples that one
 * policy causes in one place are one problem, because one change fixes them.
 */
export function proofProblems(environment: Environment, report: ProofReport): readonly Problem[] {
  const groups = new Map<string, Counterexample[]>();
  for (const one of report.counterexamples) {
    if (one.accepted) continue;
    // What no policy denies is the same gap wherever it shows.
    const key =
      one.claim !== undefined
        ? [one.proof, one.claim, one.action]
        : one.decision === "allowed"
          ? [one.proof, one.otherwise]
          : [one.proof, one.place, one.policy ?? one.because];
    const group = groups.get(key.join("|"));
    if (group) group.push(one);
    else groups.set(key.join("|"), [one]);
  }
  const stale = report.staleAcceptances.map((id): Problem => {
    const index = environment.baseline.proofs.accepted.findIndex((one) => one.id === id);
    return {
      code: "PROOF-ACCEPTED-STALE",
      message: `The accepted counterexample ${id} does not occur any more.`,
      fix: "Take it out, so that it is not accepted unseen when it comes back.",
      place: environment.place(["proofs", "accepted", index, "id"]),
      severity: "warning",
    };
  });
  return [...[...groups.values()].map((group) => problemOf(environment, group)), ...stale];
}

function problemOf(environment: Environment, group: readonly Counterexample[]): Problem {
  const [first, ...more] = group as [Counterexample, ...Counterexample[]];
  const different = (of: (one: Counterexample) => string): readonly string[] =>
    [...new Set(more.map(of))].filter((text) => text !== of(first));
  const same = [
    different((one) => one.action),
    different((one) => one.principal.name),
    different((one) => one.place).map((place) => `in ${place}`),
  ]
    .filter((texts) => texts.length > 0)
    .map(listed);
  const others = same.length === 0 ? "" : ` The same for ${same.join("; ")}.`;
  return {
    code: CODES[first.proof],
    message: `${counterexampleText(first)}${others}`,
    fix: fixOf(environment, first, group),
    place: placeOf(environment, first),
  };
}

/** A counterexample in plain words: who, what, where, what AWS says, what decides, what it means. */
export function counterexampleText(one: Counterexample): string {
  const {
    account,
    accounts,
    principal,
    action,
    resource,
    expected,
    decision,
    because,
    otherwise,
    alsoFor,
    alsoActions,
  } = one;
  const where = `in ${account.name} (${account.id})${accounts > 1 ? ` and ${accounts - 1} more account${accounts === 2 ? "" : "s"}` : ""}`;
  const actions = alsoActions.length > 0 ? `${action} (also ${listed(alsoActions)})` : action;
  const who = `${principal.name}${alsoFor.length > 0 ? ` (also ${listed(alsoFor)})` : ""}, ${principal.arn}`;
  const says =
    decision === "unknown"
      ? `whether AWS allows it cannot be decided, and it must be ${expected}`
      : `AWS ${decision === "allowed" ? "allows" : "denies"} it, and it must be ${expected}`;
  if (one.claim !== undefined) return `${otherwise} ${because}`;
  return `${otherwise} Counterexample: ${where}, ${who}, asks for ${actions} on ${resource}: ${says}. ${because}`;
}

function listed(names: readonly string[]): string {
  return names.length <= SHOWN
    ? names.join(", ")
    : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;
}

/** Index in the facts of a policy that is not ours. */
function factsIndex(environment: Environment, name: string | undefined): number {
  return environment.organization.policies.findIndex((policy) => !policy.ours && policy.name === name);
}

/** Index in `guardrails.custom` of the policy that decides. */
function customIndex(environment: Environment, name: string | undefined): number {
  return environment.baseline.guardrails.custom.findIndex((policy) => `${CUSTOM_POLICY}${policy.name}` === name);
}

function placeOf(environment: Environment, one: Counterexample): Place {
  const custom = customIndex(environment, one.policy);
  if (custom >= 0) return environment.place(["guardrails", "custom", custom, "file"]);
  if (one.claim !== undefined) return environment.place(["guardrails", "claims", one.claim]);
  if (one.delegate !== undefined) return factsPlace(environment, "delegatedAdministrators", one.delegate);
  const index = factsIndex(environment, one.policy);
  if (index >= 0 && one.decision !== "allowed") return factsPlace(environment, "policies", index);
  return environment.place(["guardrails"]);
}

function factsPlace(environment: Environment, list: "policies" | "delegatedAdministrators", index: number): Place {
  return (
    environment.factsPlace?.([list, index]) ?? {
      file: `environments/${environment.name}/organization.yaml`,
      path: `${list}[${index}]`,
    }
  );
}

function fixOf(environment: Environment, one: Counterexample, group: readonly Counterexample[]): string {
  const accept = `Or accept it by name, with a reason and an owner, under proofs.accepted: ${listed(group.map(({ id }) => id))}${group.length > SHOWN ? ` (${KEYLESS} prove ${environment.name} lists them)` : ""}.`;
  if (one.claim !== undefined) return "Enforce it there (guardrails.rollout), or take the place out of the claim.";
  if (one.delegate !== undefined)
    return `Deny it there to all but who deploys, for example one permission set (an SCP of your own: guardrails.custom, with targets: [{ account: ${one.account.name} }]), or take the delegation back (aws organizations deregister-delegated-administrator --account-id ${one.account.id} --service-principal ${STACKSETS_SERVICE}) and run ${KEYLESS} sync ${environment.name}. ${accept}`;
  const foreign = factsIndex(environment, one.policy) >= 0;
  if (one.decision === "unknown")
    return `Make the condition decide for ${one.principal.name}, for example by naming its ARN in aws:PrincipalArn. ${accept}`;
  if (one.decision === "denied" && foreign)
    return `${one.policy} is not this baseline's: let its owner spare ${one.principal.arn} in it (ArnNotLike on aws:PrincipalArn), then ${KEYLESS} sync ${environment.name}. ${accept}`;
  const custom = environment.baseline.guardrails.custom[customIndex(environment, one.policy)];
  if (one.decision === "denied" && custom)
    return `Spare ${one.principal.arn} in ${custom.file} (ArnNotLike on aws:PrincipalArn), or give it other targets. ${accept}`;
  if (one.decision === "denied")
    return `Spare ${one.principal.arn} in ${one.policy ?? "the policies there"} (ArnNotLike on aws:PrincipalArn), or attach it elsewhere. ${accept}`;
  return `Let a guardrail deny it there, or narrow the pattern that spares it. ${accept}`;
}
