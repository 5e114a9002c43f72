import type { BreakGlassState } from "../break-glass/resolve";
import type { DocumentPath } from "../config/document";
import type { Environment, ProblemList } from "../config/environment";
import { suggestion } from "../config/nearest";
import { checkTargets } from "../config/references";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import { Attachment, selectTargets } from "../organization/targets";
import { policyDocument, policySize } from "../policy/document";
import type { PolicyDocument } from "../policy/types";
import { findGuardrail, GUARDRAILS } from "./catalogue";
import { guardrailContext } from "./context";
import { GuardrailException, resolveExceptions } from "./exceptions";
import { checkClaim, EnforcementClaim, GuardrailRollout, Loosening, resolveRollouts } from "./rollout";
import type { GuardrailContext } from "./types";

export type { ExceptionPrincipal, GuardrailException } from "./exceptions";
export { modeOf } from "./rollout";
export type { ClaimViolation, EnforcementClaim, GuardrailMode, GuardrailRollout } from "./rollout";

/** One SCP of ours and where it is attached. */
export interface ServiceControlPolicy {
  /** Stable key of its Terraform address: the guardrail's id. */
  readonly key: string;
  readonly name: string;
  /** At most 512 characters. */
  readonly description: string;
  readonly document: PolicyDocument;
  /** Ids of the guardrails whose statements it holds. */
  readonly guardrails: readonly string[];
  /** Sorted by kind, then id. */
  readonly attachments: readonly Attachment[];
}

export type RootAccessFeature = "RootCredentialsManagement" | "RootSessions";

/** The guardrails as they are to be. Plain data. */
export interface GuardrailsState {
  readonly context: GuardrailContext;
  readonly policies: readonly ServiceControlPolicy[];
  /** Where each guardrail that the rollout names is in which mode, in the order of the catalogue. */
  readonly rollouts: readonly GuardrailRollout[];
  /** What the environment promises; a claim with violations is for the proofs to refuse. In the order of `guardrails.claims`. */
  readonly claims: readonly EnforcementClaim[];
  /** Sorted by name. Also those that have ended: synth does not look at the clock. */
  readonly exceptions: readonly GuardrailException[];
  /** Absent: centralized root access is not managed here. */
  readonly rootAccessFeatures?: readonly RootAccessFeature[];
  /** True as long as the facts show none of our SCPs: break glass is to be applied first. */
  readonly firstApply: boolean;
}

/** Resolves the section `guardrails`; checks references, preconditions and quotas. */
export function resolveGuardrails(environment: Environment, problems: ProblemList, breakGlass: BreakGlassState, credentialHygiene: CredentialHygieneState | undefined): GuardrailsState {
  const { baseline, organization, tree } = environment;
  const section = baseline.guardrails;
  const context = guardrailContext(environment, breakGlass, credentialHygiene);

  const known = (ids: readonly string[], path: (index: number) => DocumentPath): readonly string[] =>
    ids.filter((id, i) => {
      if (findGuardrail(id)) return true;
      problems.error("GUARDRAIL-UNKNOWN", path(i), `There is no guardrail ${id}.`, suggestion(id, GUARDRAILS.map((g) => g.id), "guardrail"));
      return false;
    });
  section.rollout.forEach((entry, i) => {
    checkTargets(environment, problems, entry.targets, ["guardrails", "rollout", i, "targets"]);
    const { cover } = selectTargets(tree, organization.managementAccountId, entry.targets);
    if (cover.length === 0 && !problems.hasErrors) {
      problems.error("GUARDRAIL-BINDS-NOBODY", ["guardrails", "rollout", i, "targets"], "These targets hold no account that an SCP can bind (the management account is never bound).", "Widen the targets, or remove the entry.");
    }
    known(entry.guardrails, (j) => ["guardrails", "rollout", i, "guardrails", j]);
  });
  const { rollouts, loosenings } = resolveRollouts(tree, organization.managementAccountId, section.rollout, GUARDRAILS.map((guardrail) => guardrail.id));
  checkLoosenings(environment, problems, loosenings);
  const claims = section.claims.flatMap((claim, index) => {
    checkTargets(environment, problems, claim.enforcedIn, ["guardrails", "claims", index, "enforcedIn"]);
    return known(claim.guardrails, (j) => ["guardrails", "claims", index, "guardrails", j]).map((guardrail): EnforcementClaim => {
      const rollout = rollouts.find((one) => one.guardrail === guardrail);
      return { guardrail, index, ...checkClaim(tree, organization.managementAccountId, rollout, claim.enforcedIn) };
    });
  });
  const exceptions = resolveExceptions(environment, problems, rollouts);

  const policies = rollouts
    .filter((rollout) => rollout.enforced.length > 0)
    .map(({ guardrail: id, enforced }): ServiceControlPolicy => {
      const guardrail = findGuardrail(id)!;
      return {
        key: id,
        name: `keyless-${id}`,
        description: guardrail.denies,
        document: policyDocument(guardrail.statements(context)),
        guardrails: [id],
        attachments: enforced,
      };
    });

  if (policies.length > 0 && !organization.enabledPolicyTypes.includes("SERVICE_CONTROL_POLICY")) {
    problems.error(
      "FACTS-SCP-NOT-ENABLED",
      ["guardrails", "rollout"],
      "Service control policies are not enabled in this organization.",
      `aws organizations enable-policy-type --root-id ${organization.rootId} --policy-type SERVICE_CONTROL_POLICY, then keyless sync ${environment.name}.`,
    );
  }
  if (section.centralizedRootAccess && !organization.trustedServices.includes("iam.amazonaws.com")) {
    problems.error(
      "FACTS-NO-TRUSTED-ACCESS",
      ["guardrails", "centralizedRootAccess"],
      "IAM has no trusted access to the organization, which centralized root access needs.",
      `aws organizations enable-aws-service-access --service-principal iam.amazonaws.com, then keyless sync ${environment.name}.`,
    );
  }
  checkQuotas(environment, problems, policies);
  return {
    context,
    policies,
    rollouts,
    claims,
    exceptions,
    firstApply: !organization.policies.some((policy) => policy.ours),
    ...(section.centralizedRootAccess ? { rootAccessFeatures: rootAccessFeatures(section.centralizedRootAccess) } : {}),
  };
}

/** Less strict than before needs a reason; stricter never does. */
function checkLoosenings(environment: Environment, problems: ProblemList, loosenings: readonly Loosening[]): void {
  const entries = environment.baseline.guardrails.rollout;
  for (const { entry, over, places, guardrails } of loosenings) {
    if (entries[entry]!.reason !== undefined) continue;
    const named = places.slice(0, 3).map((place) => place.label).join(", ");
    problems.error(
      "ROLLOUT-LOOSENS",
      ["guardrails", "rollout", entry, "mode"],
      `${guardrails.join(", ")}: this entry says ${entries[entry]!.mode} where rollout[${over}] says ${entries[over]!.mode}: ${named}${places.length > 3 ? ` and ${places.length - 3} more` : ""}.`,
      "A later entry may be stricter, not less strict. Say why with reason:, or take these out of the targets of one of the two.",
    );
  }
}

function rootAccessFeatures(section: { readonly rootCredentialsManagement: boolean; readonly rootSessions: boolean }): readonly RootAccessFeature[] {
  const features: RootAccessFeature[] = [];
  if (section.rootCredentialsManagement) features.push("RootCredentialsManagement");
  if (section.rootSessions) features.push("RootSessions");
  return features;
}

/** AWS refuses what exceeds its quotas half-way through an apply; here it is refused before. */
function checkQuotas(environment: Environment, problems: ProblemList, policies: readonly ServiceControlPolicy[]): void {
  const { quotas } = environment.baseline.guardrails;
  for (const policy of policies) {
    const size = policySize(policy.document);
    if (size > quotas.policyCharacters) {
      problems.error(
        "SCP-QUOTA-SIZE",
        ["guardrails", "quotas", "policyCharacters"],
        `The SCP ${policy.name} has ${size} characters; ${quotas.policyCharacters} are allowed.`,
        "Shorten names it lists, or ask AWS for a higher quota and say so in guardrails.quotas.policyCharacters.",
      );
    }
  }
  const foreign = new Map<string, string[]>();
  for (const policy of environment.organization.policies) {
    if (policy.ours || policy.type !== "SERVICE_CONTROL_POLICY") continue;
    for (const target of policy.targetIds) foreign.set(target, [...(foreign.get(target) ?? []), policy.name]);
  }
  const ours = new Map<string, { label: string; names: string[] }>();
  for (const policy of policies) {
    for (const place of policy.attachments) {
      const entry = ours.get(place.id) ?? { label: place.label, names: [] };
      entry.names.push(policy.name);
      ours.set(place.id, entry);
    }
  }
  for (const [id, { label, names }] of [...ours].sort(([a], [b]) => compare(a, b))) {
    const others = foreign.get(id) ?? [];
    const total = names.length + others.length;
    if (total > quotas.policiesPerTarget) {
      problems.error(
        "SCP-QUOTA-ATTACHMENTS",
        ["guardrails", "rollout"],
        `${label} (${id}) would have ${total} SCPs attached; ${quotas.policiesPerTarget} are allowed. Ours: ${names.join(", ")}. Others: ${[...others].sort().join(", ") || "none"}.`,
        `Attach some of the others' further up or merge them (aws organizations detach-policy --target-id ${id} --policy-id …), then keyless sync ${environment.name}; or raise guardrails.quotas.policiesPerTarget if AWS has granted more.`,
      );
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
