import type { Environment } from "../sections/environment";
import { controlTowerPolicies } from "../sections/landing-zone/control-tower";
import { SHAPES_READ } from "../sections/landing-zone/control-tower-shapes";
import type { Counterexample } from "./types";

/** One entry of `proofs.accepted`: one counterexample by its id, or all that one policy causes. */
export interface Acceptance {
  readonly id?: string | undefined;
  readonly cause?: AcceptedCause | undefined;
  readonly reason: string;
  readonly owner: string;
}

export interface AcceptedCause {
  /** Name of the policy that decides, exactly. */
  readonly policy: string;
  /** @default - every kind */
  readonly principal?: string | undefined;
  /** @default - every proof */
  readonly proof?: string | undefined;
}

/** The first entry that takes a counterexample on. */
export function accepted(list: readonly Acceptance[], one: Counterexample): Acceptance | undefined {
  return list.find((entry) =>
    entry.id !== undefined ? entry.id === one.id : entry.cause !== undefined && causes(entry.cause, one),
  );
}

/**
 * A policy that denies what must be allowed, leaves open what it seems to deny, or spares by what somebody may set or become. What no
 * policy decides has no such cause.
 */
function causes({ policy, principal, proof }: AcceptedCause, one: Counterexample): boolean {
  return (
    causeOf(one) === policy &&
    (principal === undefined || one.principal.kind === principal) &&
    (proof === undefined || one.proof === proof)
  );
}

/**
 * What the SCPs of a landing zone cause, one entry for each: they are not to be edited, and known by their content, which AWS documents. Only
 * where the baseline says that the landing zone is there.
 */
export function landingZoneAcceptances({
  baseline: { landingZone },
  organization,
}: Pick<Environment, "baseline" | "organization">): readonly Acceptance[] {
  if (landingZone !== "control-tower") return [];
  return controlTowerPolicies(organization).map((policy) => ({
    cause: { policy },
    reason: `Mandatory controls of AWS Control Tower, known by their statements as AWS documents them (read ${SHAPES_READ}); editing or detaching them is drift`,
    owner: "AWS Control Tower",
  }));
}

/** Name of the policy that causes a counterexample: that denies, or spares. */
export function causeOf({ sparedBy, policy, decision }: Counterexample): string | undefined {
  return sparedBy ? sparedBy.policy : decision === "allowed" ? undefined : policy;
}

/** Entries that take nothing on: the counterexample is gone, and is not to be accepted unseen when it comes back. */
export function staleAcceptances(
  list: readonly Acceptance[],
  counterexamples: readonly Counterexample[],
): readonly { readonly index: number; readonly what: string }[] {
  return list.flatMap((entry, index) =>
    counterexamples.some((one) => accepted([entry], one)) ? [] : [{ index, what: describeAcceptance(entry) }],
  );
}

/** The counterexample, or the cause, in words. */
export function describeAcceptance({ id, cause }: Acceptance): string {
  if (id !== undefined || !cause) return id ?? "";
  return [
    `what the policy ${cause.policy} causes`,
    ...(cause.principal ? [`for ${cause.principal}`] : []),
    ...(cause.proof ? [`in ${cause.proof}`] : []),
  ].join(" ");
}
