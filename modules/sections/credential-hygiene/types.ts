import type { z } from "zod";
import type { AlarmHub, ForwarderRule } from "../alarms/documents";
import type { SectionEnvironment } from "../section-environment";
import type { credentialHygieneSection } from "./schema";
import type { AccessRolesScope } from "./access-roles";
import type { ManagedRule } from "./config-rules";
import type { RemediationScope } from "./remediation";

/** The section `credentialHygiene` of `baseline.yaml`, parsed. */
export type CredentialHygieneSection = z.infer<typeof credentialHygieneSection>;

/** An environment as this section sees it. */
export type CredentialHygieneEnvironment = SectionEnvironment<{
  readonly credentialHygiene?: CredentialHygieneSection | undefined;
}>;

/** Credential hygiene as it is to be. Plain data. */
export interface CredentialHygieneState {
  /** The management account, or the delegated administrator of AWS Config and Access Analyzer. */
  readonly managingAccountId: string;
  readonly managementAccountId: string;
  readonly rootId: string;
  /** Region of the rules, the analyzer and the alarm hub. */
  readonly region: string;
  /** Organization rules, sorted by name. */
  readonly rules: readonly ManagedRule[];
  /** Sorted ids. */
  readonly excludedAccountIds: readonly string[];
  /** Absent: no analyzer. */
  readonly analyzer?: { readonly name: string; readonly maxUnusedDays: number };
  readonly alarms: {
    readonly hub: AlarmHub;
    readonly rules: readonly ForwarderRule[];
    /** Watched regions in every account, sorted. */
    readonly regions: readonly string[];
  };
  /** The roles of `keyless inventory` and `keyless retire`. */
  readonly access: AccessRolesScope;
  /** ARN of the boundary of its roles in the management account. Absent: no pipeline makes them. */
  readonly boundary?: string;
  /** Absent: off. */
  readonly remediation?: {
    readonly automatic: boolean;
    /** The rule that is remediated, deployed in the conformance pack with its remediation. */
    readonly rule: ManagedRule;
    readonly scope: RemediationScope;
  };
}
