import { LONG_TERM_CREDENTIAL_EVENTS } from "./long-term-credential-events";
import { RETIREMENT_ROLE } from "./names";
import type { CredentialHygieneState } from "./types";

/** Credential hygiene as people want to read of it. */
export interface CredentialHygieneSummary {
  readonly managingAccountId: string;
  readonly region: string;
  /** What is reported, in words, the remediated rule included; sorted by name. */
  readonly rules: readonly { readonly name: string; readonly finds: string }[];
  readonly excludedAccounts: number;
  /** Absent: no analyzer. */
  readonly analyzerUnusedDays?: number;
  readonly alarms: { readonly apiCalls: number; readonly regions: readonly string[]; readonly subscribers: number };
  /** Roles of `keyless inventory` and `keyless retire`, in every account. */
  readonly roles: readonly string[];
  readonly remediation: "off" | "manual" | "automatic";
  /** What a reader would otherwise find out the hard way. */
  readonly notes: readonly string[];
}

/** What credential hygiene becomes, for people. */
export function credentialHygieneSummary(state: CredentialHygieneState): CredentialHygieneSummary {
  const { alarms, analyzer, remediation } = state;
  const { emails, httpsEndpoints } = alarms.hub.subscribers;
  return {
    managingAccountId: state.managingAccountId,
    region: state.region,
    rules: [...state.rules, ...(remediation ? [remediation.rule] : [])]
      .map((rule) => ({ name: rule.name, finds: rule.description }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    excludedAccounts: state.excludedAccountIds.length,
    ...(analyzer ? { analyzerUnusedDays: analyzer.maxUnusedDays } : {}),
    alarms: {
      apiCalls: LONG_TERM_CREDENTIAL_EVENTS.length,
      regions: alarms.regions,
      subscribers: emails.length + httpsEndpoints.length,
    },
    roles: [state.access.inventoryRoleName, RETIREMENT_ROLE],
    remediation: remediation ? (remediation.automatic ? "automatic" : "manual") : "off",
    notes: [
      "Break-glass users are unused by design: they stay reported, and the remediation's role is denied everything on them.",
      `Trust anchors of Roles Anywhere made outside ${alarms.regions.join(", ")} raise no alarm.`,
    ],
  };
}
