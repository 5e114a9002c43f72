import type { AttachedPolicy } from "../organization/types";
import { readPolicyText } from "../policy/read";
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

/** A policy has one document however often it is asked for, and is made ready once. */
const documents = new WeakMap<AttachedPolicy, PolicyDocument>();

/** A policy as the facts have it; that its content is a policy was checked when they were read. */
export function factsDocument(policy: AttachedPolicy): AttachedDocument {
  return {
    name: policy.name,
    type: policy.type,
    ours: policy.ours,
    document: documentOf(policy),
    targetIds: policy.targetIds,
  };
}

function documentOf(policy: AttachedPolicy): PolicyDocument {
  const known = documents.get(policy);
  if (known) return known;
  const { document, problems } = readPolicyText(policy.content);
  if (!document) throw new Error(`policy ${policy.id} of the facts was not checked: ${problems[0]?.message ?? ""}`);
  documents.set(policy, document);
  return document;
}
