import type { AttachedPolicy } from "../organization/types";
import type { PolicyDocument } from "../policy/types";
import type { AttachedDocument, ProofInput } from "./types";

/** Every policy of the organization once the baseline is applied: ours as they are to be, others' as the facts show them. */
export function attachedDocuments(input: ProofInput): readonly AttachedDocument[] {
  const ours = input.guardrails.policies.map(({ name, type, document, attachments }): AttachedDocument => ({
    name,
    type,
    ours: true,
    document,
    targetIds: attachments.map((place) => place.id),
  }));
  const foreign = input.environment.organization.policies.filter((policy) => !policy.ours).map(factsDocument);
  return [...foreign, ...ours];
}

/** A policy as the facts have it; that its content is JSON was checked when they were read. */
export function factsDocument(policy: AttachedPolicy): AttachedDocument {
  return {
    name: policy.name,
    type: policy.type,
    ours: policy.ours,
    document: JSON.parse(policy.content) as PolicyDocument,
    targetIds: policy.targetIds,
  };
}
