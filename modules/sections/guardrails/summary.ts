import type { GuardrailsEnvironment } from "./types";
import { byKey } from "../../kernel/lists";
import { findGuardrail } from "./catalogue/guardrails";
import { attachedNames, quotasOf } from "./packing/quotas";
import type { GuardrailMode, GuardrailsState } from "./resolve";

/** Guardrails as people want to read of them. */
export interface GuardrailsSummary {
  /** Every guardrail that the rollout names, in the order of the catalogue. */
  readonly guardrails: readonly {
    readonly id: string;
    readonly denies: string;
    /** Where it is enforced: `(root)`, OU paths, account names. */
    readonly places: readonly string[];
    readonly observedIn: readonly string[];
    /** Member accounts it binds today. */
    readonly accountsBound: number;
    readonly accountsObserved: number;
    /** Where it is less strict than an earlier entry of the rollout says, and why. */
    readonly loosened: readonly {
      readonly mode: GuardrailMode;
      readonly places: readonly string[];
      readonly reason: string;
    }[];
  }[];
  /** Policies that are made of them. */
  readonly policies: readonly {
    readonly name: string;
    readonly type: "SCP" | "RCP";
    readonly guardrails: readonly string[];
    readonly places: readonly string[];
    readonly characters: number;
    readonly charactersAllowed: number;
  }[];
  /** Places with a policy of ours, and how much of the quota is used there; the fullest first. */
  readonly quotas: readonly {
    readonly place: string;
    readonly type: "SCP" | "RCP";
    readonly ours: number;
    readonly others: number;
    readonly allowed: number;
    readonly characters: number;
  }[];
  /** By end, then name. */
  readonly exceptions: readonly {
    readonly name: string;
    readonly principals: readonly string[];
    readonly guardrails: readonly string[];
    readonly owner: string;
    readonly reason: string;
    readonly expires: string;
  }[];
}

/** What the guardrails become, for people. */
export function guardrailsSummary(environment: GuardrailsEnvironment, state: GuardrailsState): GuardrailsSummary {
  const { quotas } = environment.baseline.guardrails;
  const count = (modes: ReadonlyMap<string, GuardrailMode>, wanted: GuardrailMode): number =>
    [...modes.values()].filter((mode) => mode === wanted).length;
  return {
    guardrails: state.rollouts.map((rollout) => ({
      id: rollout.guardrail,
      denies: findGuardrail(rollout.guardrail)!.denies,
      places: rollout.enforced.map((place) => place.label),
      observedIn: rollout.observed.map((place) => place.label),
      accountsBound: count(rollout.accountModes, "enforce"),
      accountsObserved: count(rollout.accountModes, "observe"),
      loosened: rollout.loosened.map(({ mode, places, reason }) => ({
        mode,
        places: places.map((place) => place.label),
        reason,
      })),
    })),
    policies: state.policies.map((policy) => ({
      name: policy.name,
      type: short(policy.type),
      guardrails: policy.guardrails,
      places: policy.attachments.map((place) => place.label),
      characters: policy.characters,
      charactersAllowed: quotasOf(quotas, policy.type).policyCharacters,
    })),
    quotas: placeQuotas(environment, state),
    exceptions: [
      ...state.exceptions.map(({ name, principals, guardrails, owner, reason, expires }) => ({
        name,
        principals: principals.map(({ arn }) => arn),
        guardrails,
        owner,
        reason,
        expires,
      })),
      ...(state.context.outsideAccounts ?? []).map(({ name, accounts, roles, owner, reason, expires }) => ({
        name,
        principals: accounts.map(
          (account) => `account ${account}${roles.length === 0 ? "" : ` in ${roles.join(", ")}`}`,
        ),
        guardrails: ["restrict-outside-accounts"],
        owner,
        reason,
        expires,
      })),
    ].sort(byKey((exception) => `${exception.expires} ${exception.name}`)),
  };
}

function placeQuotas(environment: GuardrailsEnvironment, state: GuardrailsState): GuardrailsSummary["quotas"] {
  const found = new Map<
    string,
    { place: string; type: "SCP" | "RCP"; ours: number; others: number; allowed: number; characters: number }
  >();
  for (const type of ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const) {
    const others = attachedNames(environment, type, false);
    for (const policy of state.policies.filter((one) => one.type === type)) {
      for (const place of policy.attachments) {
        const key = `${type} ${place.id}`;
        const entry = found.get(key) ?? {
          place: place.label,
          type: short(type),
          ours: 0,
          others: others.get(place.id)?.length ?? 0,
          allowed: quotasOf(environment.baseline.guardrails.quotas, type).policiesPerTarget,
          characters: 0,
        };
        entry.ours += 1;
        entry.characters += policy.characters;
        found.set(key, entry);
      }
    }
  }
  const room = ({ ours, others, allowed }: { ours: number; others: number; allowed: number }): number =>
    allowed - ours - others;
  return [...found.values()].sort(
    (a, b) => room(a) - room(b) || b.characters - a.characters || (a.place < b.place ? -1 : 1),
  );
}

function short(type: GuardrailsState["policies"][number]["type"]): "SCP" | "RCP" {
  return type === "SERVICE_CONTROL_POLICY" ? "SCP" : "RCP";
}
