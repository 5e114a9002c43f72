import type { Environment } from "../sections/environment";
import type { Place, Problem } from "../kernel/errors";
import type { Counterexample, ProofId, ProofReport } from "./types";
import { STACKSET_EXECUTION } from "../sections/guardrails/context/principals";
import { controlTowerPolicies, recognize, resemblesControlTower } from "../sections/landing-zone/control-tower";
import { SHAPES_READ } from "../sections/landing-zone/control-tower-shapes";
import { causeOf } from "./accepting";
import { KEYLESS } from "../kernel/command";
import { unique } from "../kernel/lists";
import { count, listed } from "../kernel/words";

const CODES: Record<ProofId, string> = {
  "no-mint": "PROOF-NO-MINT",
  "no-lock-out": "PROOF-NO-LOCK-OUT",
  "still-manageable": "PROOF-STILL-MANAGEABLE",
  "clean-up": "PROOF-CLEAN-UP",
  "exemptions-hold": "PROOF-EXEMPTIONS-HOLD",
  "landing-zone": "PROOF-LANDING-ZONE",
  "pipeline-bounded": "PROOF-PIPELINE-BOUNDED",
};

/** Names of the guardrails' policies in AWS begin so. */
export const OWN_POLICY = "keyless-";
/** Names of custom policies in AWS begin so, but for those that were there before. */
export const CUSTOM_POLICY = "keyless-custom-";

/** A policy with guardrails of the catalogue. A policy from a file may have kept a name that it had before (nameInAws), which never begins so. */
export const isOfCatalogue = ({ name }: { readonly name: string }, ours: boolean): boolean =>
  ours && name.startsWith(OWN_POLICY) && !name.startsWith(CUSTOM_POLICY);

/** How many names a sentence takes before it says how many more there are. */
const SHOWN = 3;

/**
 * What a report means for a synth: a counterexample is an error, unless somebody has accepted it. Counterexamples of one kind of principal
 * that one statement causes are one problem, because one change fixes them.
 */
export function proofProblems(environment: Environment, report: ProofReport): readonly Problem[] {
  const groups = new Map<string, Counterexample[]>();
  for (const one of report.counterexamples) {
    if (one.accepted) continue;
    // What no policy denies is the same gap wherever it shows.
    const key =
      one.claim !== undefined
        ? [one.proof, one.claim, one.action]
        : one.missing
          ? [one.proof, one.missing.fact]
          : one.decision === "allowed"
            ? [one.proof, one.otherwise, one.sparedBy?.policy]
            : [
                one.proof,
                one.principal.kind,
                // One statement is one change, wherever its policy is attached.
                one.policy === undefined ? `${one.place}|${one.because}` : one.policy,
                one.statement ?? "",
                one.decision,
              ];
    const group = groups.get(key.join("|"));
    if (group) group.push(one);
    else groups.set(key.join("|"), [one]);
  }
  const stale = report.staleAcceptances.map(({ index, what }): Problem => ({
    code: "PROOF-ACCEPTED-STALE",
    message: `The accepted counterexample does not occur any more: ${what}.`,
    fix: "Take it out, so that it is not accepted unseen when it comes back.",
    place: environment.place(["proofs", "accepted", index, "id"]),
    severity: "warning",
  }));
  return [...[...groups.values()].map((group) => problemOf(environment, group)), ...stale];
}

function problemOf(environment: Environment, group: readonly Counterexample[]): Problem {
  const [first, ...more] = group as [Counterexample, ...Counterexample[]];
  const different = (of: (one: Counterexample) => string): readonly string[] =>
    unique(more.map(of)).filter((text) => text !== of(first));
  const same = [
    different((one) => one.action),
    different((one) => one.principal.name),
    different((one) => one.place).map((place) => `in ${place}`),
  ]
    .filter((texts) => texts.length > 0)
    .map((group) => listed(group, SHOWN));
  const others = same.length === 0 ? "" : ` The same for ${same.join("; ")}.`;
  return {
    code: CODES[first.proof],
    message: `${counterexampleText(first)}${others}`,
    fix: fixOf(environment, first, group),
    place: placeOf(environment, first),
    gate: true,
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
  const where = `in ${account.name} (${account.id})${accounts > 1 ? ` and ${count(accounts - 1, "more account")}` : ""}`;
  const actions = alsoActions.length > 0 ? `${action} (also ${listed(alsoActions, SHOWN)})` : action;
  const who = `${principal.name}${alsoFor.length > 0 ? ` (also ${listed(alsoFor, SHOWN)})` : ""}, ${principal.arn}`;
  const says =
    decision === "unknown"
      ? `whether AWS allows it cannot be decided, and it must be ${expected}`
      : `AWS ${decision === "allowed" ? "allows" : "denies"} it, and it must be ${expected}`;
  if (one.claim !== undefined) return `${otherwise} ${because}`;
  const keys = Object.entries(one.context).map(([key, value]) => `${key} ${value}`);
  const having = keys.length > 0 ? ` (${listed(keys, SHOWN)})` : "";
  return `${otherwise} ${decision === "unknown" ? "Not proven" : "Counterexample"}: ${where}, ${who}, asks for ${actions} on ${resource}${having}: ${says}. ${because}`;
}

/** Index in the facts of a policy that is not ours. */
function factsIndex(environment: Environment, name: string | undefined): number {
  return environment.organization.policies.findIndex((policy) => !policy.ours && policy.name === name);
}

/** Index in `guardrails.custom` of the policy that decides. */
function customIndex(environment: Environment, name: string | undefined): number {
  return environment.baseline.guardrails.custom.findIndex(
    (policy) => (policy.nameInAws ?? `${CUSTOM_POLICY}${policy.name}`) === name,
  );
}

function placeOf(environment: Environment, one: Counterexample): Place {
  const custom = customIndex(environment, one.sparedBy?.policy ?? one.policy);
  if (custom >= 0) return environment.place(["guardrails", "custom", custom, "file"]);
  if (one.claim !== undefined) return environment.place(["guardrails", "claims", one.claim]);
  if (one.missing) return factsPlace(environment, one.missing.fact);
  if (one.delegate !== undefined) return factsPlace(environment, "delegatedAdministrators", one.delegate);
  const index = factsIndex(environment, causeOf(one));
  if (index >= 0) return factsPlace(environment, "policies", index);
  return environment.place(["guardrails"]);
}

/** @param index of an entry; of a value by itself there is none */
function factsPlace(environment: Environment, fact: string, index?: number): Place {
  return (
    environment.factsPlace?.(index === undefined ? [fact] : [fact, index]) ?? {
      file: `environments/${environment.name}/organization.yaml`,
      path: index === undefined ? fact : `${fact}[${index}]`,
    }
  );
}

/** The principal in any account: what a policy that is attached to many accounts would name. CloudFormation ends names of its roles itself. */
function anywhere({ principal, account }: Counterexample): string {
  const arn = principal.arn.replace(`::${account.id}:`, "::*:");
  return arn.startsWith(STACKSET_EXECUTION.slice(0, -1)) ? STACKSET_EXECUTION : arn;
}

/** Where the owner of a policy is not who reads this. */
function notHere(environment: Environment, policy: string, ask: string): string {
  // https://docs.aws.amazon.com/controltower/latest/userguide/governance-drift.html
  if (controlTowerPolicies(environment.organization).includes(policy))
    return `${policy} belongs to AWS Control Tower, as its statements show, and must not be edited or detached: write landingZone: control-tower, with which it is accepted (docs/landing-zones.md).`;
  const alike = environment.organization.policies.find((one) => one.name === policy && resemblesControlTower(one));
  if (alike)
    return `${policy} looks like AWS Control Tower's, but ${listed(recognize(alike.content).others, SHOWN)} of it is no mandatory control as AWS documents it (read ${SHAPES_READ}). If it is Control Tower's, do not edit it: accept it, or switch the control off for the OU in AWS Control Tower and run ${KEYLESS} sync ${environment.name}. If not, ask its owner to ${ask}.`;
  if (environment.organization.policies.some(({ name, awsManaged }) => awsManaged && name === policy))
    return `${policy} belongs to AWS and cannot be edited: accept it, or attach another policy.`;
  return `${policy} is not managed here: ask its owner to ${ask}, then run ${KEYLESS} sync ${environment.name}.`;
}

/** Sets of principals have no name that a policy could spare. */
const UNNAMED: ReadonlySet<string> = new Set([
  "administrator",
  "iam-user",
  "root",
  "assumed-root",
  "web-identity",
  "outsider",
]);

/** A principal that `aws:PrincipalArn` can name: no set, and no service. */
function isNamed({ principal }: Counterexample): boolean {
  return !UNNAMED.has(principal.kind) && principal.arn.startsWith("arn:");
}

/** What the reader may do: to change a policy of theirs, to ask the owner of somebody else's, or to take the counterexample on. */
function fixOf(environment: Environment, one: Counterexample, group: readonly Counterexample[]): string {
  const cause = causeOf(one);
  const byCause =
    cause === undefined
      ? ""
      : ` All that ${cause} causes for ${one.principal.kind} is accepted with cause: { policy: ${JSON.stringify(cause)}, principal: ${one.principal.kind} }.`;
  const accept = `Or accept it, with a reason and an owner, under proofs.accepted: by id, ${listed(
    group.map(({ id }) => id),
    SHOWN,
  )}${group.length > SHOWN ? ` (${KEYLESS} prove ${environment.name} lists them)` : ""}.${byCause}`;
  if (one.claim !== undefined) return "Enforce it there (guardrails.rollout), or take the place out of the claim.";
  if (one.missing) return `${one.missing.fix} ${accept}`;
  if (one.delegate !== undefined)
    return `Deny it there to all but who is to do it, for example one permission set (an SCP of your own: guardrails.custom, with targets: [{ account: ${one.account.name} }]), or take the delegation back (aws organizations deregister-delegated-administrator --account-id ${one.account.id} --service-principal <service>) and run ${KEYLESS} sync ${environment.name}. ${accept}`;
  return `${changeOf(environment, one)} ${accept}`;
}

/** The change that ends a counterexample which a policy causes, or that none prevents. */
function changeOf(environment: Environment, one: Counterexample): string {
  const cause = causeOf(one);
  const foreign = factsIndex(environment, cause) >= 0;
  const custom = environment.baseline.guardrails.custom[customIndex(environment, cause)];
  if (one.sparedBy) {
    const change = `let statement ${one.sparedBy.statement} spare nobody that way (name roles that guardrails protect, with ArnNotLike on aws:PrincipalArn)`;
    const guard = "Or let a guardrail deny it there.";
    if (foreign) return `${notHere(environment, one.sparedBy.policy, change)} ${guard}`;
    return `${capital(change)}${custom ? `: ${custom.file}` : ""}. ${guard}`;
  }
  if (one.decision === "unknown") {
    if (!foreign && !custom)
      return `Say in the facts what is missing (${KEYLESS} sync ${environment.name}), or let the policies decide.`;
    const decide = isNamed(one)
      ? `let the statement decide: spare ${anywhere(one)} in it (ArnNotLike on aws:PrincipalArn)`
      : "let the statement decide: compare only keys that are known of every request";
    if (foreign) return notHere(environment, cause!, decide);
    return `${capital(decide)}: ${custom!.file}.`;
  }
  const spare = isNamed(one)
    ? `spare ${anywhere(one)} in it (ArnNotLike on aws:PrincipalArn)`
    : `narrow ${one.statement ? `statement ${one.statement}` : "the statement"}`;
  if (one.decision === "denied" && foreign) return notHere(environment, cause!, spare);
  if (one.decision === "denied" && custom) return `${capital(spare)}: ${custom.file}; or give it other targets.`;
  if (one.decision === "denied")
    return `${capital(spare)} (${one.policy ?? "the policies there"}), or attach it elsewhere.`;
  return `Let a guardrail deny it there, or narrow the pattern that spares it.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
