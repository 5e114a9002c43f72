import { sectionOf, StackKind } from "../../sections/stack-kinds";
import type { ResourceChange } from "../../terraform/stack-plan";
import type { Area } from "../types";

/** What a change is listed under, and which stacks hold guards whatever a resource looks like: by what a stack says of itself, never by its name. */

const AREAS: Readonly<Partial<Record<ReturnType<typeof sectionOf>, Area>>> = {
  breakGlass: "break-glass",
  guardrails: "guardrails",
  identityCenter: "identity-center",
  workloadIdentity: "workload-identity",
  pipeline: "roles",
  hcp: "hcp-terraform",
  credentialHygiene: "credential-hygiene",
};

/**
 * The area of the stack's section.
 *
 * @param otherwise where the stack does not say what it is: from what the resource is
 */
export function areaOfStack(resource: Pick<ResourceChange, "kinds">, otherwise: Area): Area {
  const [kind] = resource.kinds ?? [];
  return kind === undefined ? otherwise : (AREAS[sectionOf(kind)] ?? otherwise);
}

/** Whether the stack says, on either side, that it is of one of these kinds. */
export function isInStack(resource: Pick<ResourceChange, "kinds">, ...kinds: readonly StackKind[]): boolean {
  return (resource.kinds ?? []).some((kind) => kinds.includes(kind));
}
