import type { z } from "zod";
import type { ProblemList } from "../../../config/problem-list";
import type { GuardrailsEnvironment } from "../types";
import type { guardrailsSection } from "../schema";
import type { Attachment } from "../../../organization/targets";
import { byKey } from "../../../kernel/lists";
import type { OrganizationPolicyType } from "../../../organization/types";
import type { Packing } from "./pack";
import { KEYLESS } from "../../../kernel/command";
import { moreLine } from "../../../kernel/words";

type Quotas = z.infer<typeof guardrailsSection>["quotas"];

/** The quotas that count for a type of policy. */
export function quotasOf(
  quotas: Quotas,
  type: OrganizationPolicyType,
): { readonly policiesPerTarget: number; readonly policyCharacters: number } {
  if (type === "SERVICE_CONTROL_POLICY") return quotas;
  return { policiesPerTarget: quotas.resourcePoliciesPerTarget, policyCharacters: quotas.resourcePolicyCharacters };
}

/** A policy of ours with its places, packed or not. */
export interface PlacedPolicy {
  readonly name: string;
  readonly characters: number;
  readonly attachments: readonly Attachment[];
}

/** Names of policies of a type by the id of the place they are attached to, as the facts have them. */
export function attachedNames(
  environment: GuardrailsEnvironment,
  type: OrganizationPolicyType,
  ours: boolean,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const policy of environment.organization.policies) {
    if (policy.ours !== ours || policy.type !== type) continue;
    for (const target of policy.targetIds) {
      const names = found.get(target);
      if (names) names.push(policy.name);
      else found.set(target, [policy.name]);
    }
  }
  return found;
}

/**
 * AWS refuses what exceeds its quotas half-way through an apply; here it is refused before, with what takes how much.
 *
 * @param policies - all of ours of the type
 */
export function checkQuotas(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  type: OrganizationPolicyType,
  packing: Packing,
  policies: readonly PlacedPolicy[],
): void {
  const isScp = type === "SERVICE_CONTROL_POLICY";
  const code = isScp ? "SCP" : "RCP";
  const { policiesPerTarget, policyCharacters } = quotasOf(environment.baseline.guardrails.quotas, type);
  const quota = (name: "policiesPerTarget" | "policyCharacters"): string =>
    isScp
      ? name
      : { policiesPerTarget: "resourcePoliciesPerTarget", policyCharacters: "resourcePolicyCharacters" }[name];
  const others = attachedNames(environment, type, false);
  const now = attachedNames(environment, type, true);
  if (packing.tooLarge.length > 0) {
    problems.error(
      `${code}-QUOTA-SIZE`,
      ["guardrails", "quotas", quota("policyCharacters")],
      `${packing.tooLarge.map(({ id, characters }) => `${id} has ${characters} characters`).join(", ")}; ${policyCharacters} are allowed in one ${code}, and a guardrail is never divided.${tables(packing, policies, others)}`,
      `Shorten names it lists and end exceptions from it, or ask AWS for a higher quota and say so in guardrails.quotas.${quota("policyCharacters")}.`,
    );
  }
  const placed = new Map<string, { readonly place: Attachment; readonly names: string[] }>();
  for (const { name, attachments } of policies) {
    for (const place of attachments) {
      const entry = placed.get(place.id) ?? { place, names: [] };
      entry.names.push(name);
      placed.set(place.id, entry);
    }
  }
  let explained = false;
  for (const { place, names: ours } of [...placed.values()].sort(byKey(({ place: { id } }) => id))) {
    const foreign = [...(others.get(place.id) ?? [])].sort();
    const total = ours.length + foreign.length;
    const label = `${place.label} (${place.id})`;
    const detach = `aws organizations detach-policy --target-id ${place.id} --policy-id …`;
    if (total > policiesPerTarget) {
      problems.error(
        `${code}-QUOTA-ATTACHMENTS`,
        ["guardrails", "rollout"],
        `${label} would have ${total} ${code}s attached; ${policiesPerTarget} are allowed. Ours: ${ours.join(", ")}. Others: ${foreign.join(", ") || "none"}.${explained ? "" : tables(packing, policies, others)}`,
        `Attach some of the other policies further up, or merge them (${detach}), then ${KEYLESS} sync ${environment.name}; or raise guardrails.quotas.${quota("policiesPerTarget")} if AWS has granted more.`,
      );
      explained = true;
      continue;
    }
    // What is new is attached before what it replaces is detached, so that no statement is absent in between.
    const before = now.get(place.id) ?? [];
    const coming = ours.filter((name) => !before.includes(name));
    const leaving = before.filter((name) => !ours.includes(name));
    const most = total + leaving.length;
    if (coming.length > 0 && most > policiesPerTarget) {
      problems.error(
        `${code}-QUOTA-CHANGE`,
        ["guardrails", "rollout"],
        `${label} would have ${most} ${code}s attached for a moment; ${policiesPerTarget} are allowed. New ones (${coming.join(", ")}) are attached before those they replace (${leaving.join(", ")}) are detached, so that no guardrail is absent in between.`,
        `${KEYLESS} sync ${environment.name}, if these were applied since; otherwise make room for ${most - policiesPerTarget} (${detach}, not managed by keyless: ${foreign.join(", ") || "none"}).`,
      );
    }
  }
}

/** What takes how much: characters by guardrail, and policies and characters by place. Lines below a message. */
function tables(
  packing: Packing,
  policies: readonly PlacedPolicy[],
  others: ReadonlyMap<string, readonly string[]>,
): string {
  const places = new Map<string, { readonly label: string; count: number; characters: number }>();
  for (const policy of policies) {
    for (const place of policy.attachments) {
      const entry = places.get(place.id) ?? { label: place.label, count: 0, characters: 0 };
      entry.count += 1;
      entry.characters += policy.characters;
      places.set(place.id, entry);
    }
  }
  return [
    "",
    ...table(
      ["guardrail", "characters"],
      [...packing.characters].map(([id, characters]) => [id, String(characters)]),
    ),
    ...table(
      ["place", "our SCPs", "others", "our characters"],
      [...places]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, 20)
        .map(([id, { label, count, characters }]) => [
          label,
          String(count),
          String(others.get(id)?.length ?? 0),
          String(characters),
        ]),
    ),
    ...moreLine(places.size - 20, "… ", " places"),
  ].join("\n    ");
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
