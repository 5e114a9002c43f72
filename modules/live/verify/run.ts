import { memberRoleOf } from "../../config/settings";
import { withAwsProblems } from "../../aws/failure";
import { ManagementSession, managementSession } from "../../aws/management-session";
import type { AwsSession } from "../../aws/session";
import { BaselineError } from "../../kernel/errors";
import type { Environment } from "../../sections/environment";
import type { SectionWithStacks } from "../../sections/sections";
import type { TargetState } from "../../sections/target-state";
import { type Claim, type SectionName, SECTIONS } from "./claim";
import { Check, look } from "./live";
import { plannedOf, type Planned } from "./planned";
import { breakGlassChecks } from "./sections/break-glass";
import { credentialHygieneChecks } from "./sections/credential-hygiene";
import { guardrailChecks } from "./sections/guardrails";
import { identityCenterChecks } from "./sections/identity-center";
import { organizationChecks } from "./sections/organization";
import { pipelineChecks } from "./sections/pipeline";
import { workloadIdentityChecks } from "./sections/workload-identity";
import { defined } from "../../kernel/optional";

export interface VerifyOptions {
  /** Only these sections. @default - all */
  readonly sections?: readonly SectionName[];
  /**
   * Role to read member accounts with: with its path, without the first slash. A read-only one is enough (docs/verify.md).
   * @default - `access.memberRole`
   */
  readonly memberRole?: string;
  /** Accounts at a time. @default 8 */
  readonly concurrency?: number;
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  readonly now: () => Date;
  /** Told of progress. @default - nothing is told */
  readonly onProgress?: (accounts: number, of: number) => void;
}

/** What verify has printed as JSON, as others read it. */
export interface Verification {
  readonly environment: string;
  readonly organizationId: string;
  /** Sections that were asked, in the order of the report; nobody looked at the others. @default - an older file does not say */
  readonly sections?: readonly SectionName[];
  /** First and last look, ISO 8601 in UTC. */
  readonly from: string;
  readonly to: string;
  readonly claims: readonly Claim[];
  /** Calls that AWS answered, by action, sorted. */
  readonly calls: Readonly<Record<string, number>>;
}

/** What verify writes: it always says which sections were asked. */
export interface FreshVerification extends Verification {
  readonly sections: readonly SectionName[];
}

type Kebab<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First>
    ? `${First}${Kebab<Rest>}`
    : `-${Lowercase<First>}${Kebab<Rest>}`
  : "";

/** Sections that make something in AWS: each is verified. HCP Terraform is not AWS, and its workspaces are not looked at. */
type Verified = Kebab<Exclude<SectionWithStacks, "hcp">>;

/** Does not compile while a section of `cards.ts` that has stacks has no checks here. */
const SECTION_CHECKS: Readonly<Record<SectionName | Verified, (planned: Planned) => readonly Check[]>> = {
  organization: organizationChecks,
  "break-glass": breakGlassChecks,
  guardrails: guardrailChecks,
  "identity-center": identityCenterChecks,
  "workload-identity": workloadIdentityChecks,
  "credential-hygiene": credentialHygieneChecks,
  pipeline: pipelineChecks,
};

/** Everything that is to be checked, in the order of the report. Nothing is read. */
export function checksOf(
  environment: Environment,
  state: TargetState,
  sections?: readonly SectionName[],
): readonly Check[] {
  const planned = plannedOf(environment, state);
  return Object.entries(SECTION_CHECKS).flatMap(([name, checks]) =>
    sections === undefined || sections.includes(name as SectionName) ? checks(planned) : [],
  );
}

/**
 * Reads from AWS what is true now and compares it with the target state: no Terraform, no state, nothing is changed.
 *
 * @throws BaselineError exit code 1 where AWS cannot be asked at all, 2 where the credentials are of another organization
 */
export async function verify(
  environment: Environment,
  state: TargetState,
  options: VerifyOptions,
): Promise<FreshVerification> {
  const calls = new Map<string, number>();
  return withAwsProblems(async () => {
    const session: ManagementSession = await managementSession(
      {
        region: state.settings.region,
        ...options.access,
        onCall: (action) => calls.set(action, (calls.get(action) ?? 0) + 1),
      },
      state.settings.managementRole,
    );
    if (session.organizationId !== environment.organization.id)
      throw new BaselineError([
        {
          code: "VERIFY-OTHER-ORGANIZATION",
          message: `Environment ${environment.name} is organization ${environment.organization.id}; these credentials are of ${session.organizationId}.`,
          fix: `Use credentials of ${environment.organization.id} (AWS_PROFILE).`,
        },
      ]);
    const from = isoSeconds(options.now());
    const claims = await look(checksOf(environment, state, options.sections), {
      session,
      memberRole: options.memberRole ?? memberRoleOf(state.settings),
      now: options.now,
      ...defined({ concurrency: options.concurrency, onProgress: options.onProgress }),
    });
    return {
      environment: environment.name,
      organizationId: session.organizationId,
      sections: SECTIONS.filter((name) => options.sections?.includes(name) ?? true),
      from,
      to: isoSeconds(options.now()),
      claims,
      calls: Object.fromEntries([...calls].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  });
}

/** Whether all that was asked is as planned: where nothing was claimed, nothing is known. */
export function isAsPlanned({ claims }: Pick<Verification, "claims">): boolean {
  return claims.length > 0 && failedClaims({ claims }).length === 0;
}

/** Claims that fail: a claim that could not be read fails too, because nothing is known of it. */
export function failedClaims({ claims }: Pick<Verification, "claims">): readonly Claim[] {
  return claims.filter((claim) => claim.verdict !== "seen");
}

function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
