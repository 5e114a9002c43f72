import type { DocumentPath } from "../../config/document";
import type { ProblemList } from "../../config/problem-list";
import type { GuardrailsEnvironment } from "./types";
import { suggestion } from "../../kernel/nearest";
import { checkTargets } from "../../config/references";
import type { IdentityCenterState } from "../identity-center/types";
import { Attachment, selectTargets } from "../../organization/targets";
import { byKey } from "../../kernel/lists";
import type { OrganizationPolicyType } from "../../organization/types";
import { policySize } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { findGuardrail, GUARDRAILS } from "./catalogue/guardrails";
import { guardrailContext } from "./context/guardrail-context";
import { CustomPolicy, resolveCustomPolicies } from "./custom";
import { protectPrincipals, withExceptions } from "./exceptions/statements";
import { GuardrailException, resolveExceptions } from "./exceptions/resolve";
import type { GuardrailsNeeds } from "./needs";
import { ObservationState, resolveObservation } from "./rollout/observation";
import { guardrailsOfKey, packGuardrails, PackedPolicy, PackingUnit } from "./packing/pack";
import { attachedNames, checkQuotas, quotasOf } from "./packing/quotas";
import { checkRequired } from "./rollout/required";
import { parseEvidence } from "./evidence";
import { checkClaim, EnforcementClaim, GuardrailRollout, Loosening, modeOf, resolveRollouts } from "./rollout/modes";
import type { GuardrailContext } from "./types";
import { checkOutsideAccounts } from "./context/outside-accounts";
import { checkWebIdentity } from "./context/web-identity";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";
import { listed } from "../../kernel/words";

export type { ExceptionPrincipal, GuardrailException } from "./exceptions/resolve";
export { modeOf } from "./rollout/modes";
export type { ClaimViolation, EnforcementClaim, GuardrailMode, GuardrailRollout } from "./rollout/modes";

/** One policy of ours and where it is attached: an SCP, or an RCP where its guardrails are such. */
export interface ServiceControlPolicy {
  /** Stable key of its Terraform address: the guardrail's id, or the short names of several. It says what the policy holds. */
  readonly key: string;
  readonly type: OrganizationPolicyType;
  readonly name: string;
  /** At most 512 characters. */
  readonly description: string;
  readonly document: PolicyDocument;
  /** The document as AWS has it, where it was adopted. @default - it is written canonically */
  readonly asInAws?: string;
  /** Characters of the document as it is sent. */
  readonly characters: number;
  /** Ids of the guardrails whose statements it holds, in the order of the catalogue. */
  readonly guardrails: readonly string[];
  /** By index of the statement: ids of the guardrails that it comes from. */
  readonly origins: readonly (readonly string[])[];
  /** Sorted by kind, then id. */
  readonly attachments: readonly Attachment[];
}

export type RootAccessFeature = "RootCredentialsManagement" | "RootSessions";

/** The guardrails as they are to be. Plain data. */
export interface GuardrailsState {
  readonly context: GuardrailContext;
  /** Sorted by type, then key. */
  readonly policies: readonly ServiceControlPolicy[];
  /** Where each guardrail that the rollout names is in which mode, in the order of the catalogue. */
  readonly rollouts: readonly GuardrailRollout[];
  /** What the environment promises; a claim with violations is for the proofs to refuse. In the order of `guardrails.claims`. */
  readonly claims: readonly EnforcementClaim[];
  /** Sorted by name. Also those that have ended: synth does not look at the clock. */
  readonly exceptions: readonly GuardrailException[];
  /** Absent: nothing is observed here, nor prepared for it. */
  readonly observation?: ObservationState;
  /** Absent: centralized root access is not managed here. */
  readonly rootAccessFeatures?: readonly RootAccessFeature[];
  /** True as long as the facts show none of our SCPs: break glass is to be applied first. */
  readonly firstApply: boolean;
}

/**
 * Resolves the section `guardrails`; checks references, preconditions and quotas.
 *
 * @param unresolved sections that are written and wrong
 */
export function resolveGuardrails(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  needs: GuardrailsNeeds,
  unresolved: ReadonlySet<string> = new Set(),
): GuardrailsState {
  const { baseline, organization, tree } = environment;
  const section = baseline.guardrails;
  const context = guardrailContext(environment, needs);

  const known = (ids: readonly string[], path: (index: number) => DocumentPath): readonly string[] =>
    ids.filter((id, i) => {
      if (findGuardrail(id)) return true;
      problems.error(
        "GUARDRAIL-UNKNOWN",
        path(i),
        `There is no guardrail ${id}.`,
        suggestion(
          id,
          GUARDRAILS.map((g) => g.id),
          "guardrail",
        ),
      );
      return false;
    });
  section.rollout.forEach((entry, i) => {
    checkTargets(environment, problems, entry.targets, ["guardrails", "rollout", i, "targets"]);
    const { cover } = selectTargets(tree, organization.managementAccountId, entry.targets);
    if (cover.length === 0 && !problems.hasErrors) {
      problems.error(
        "GUARDRAIL-BINDS-NOBODY",
        ["guardrails", "rollout", i, "targets"],
        "These targets contain no account that an SCP can bind (the management account is never bound).",
        "Widen the targets, or remove the entry.",
      );
    }
    known(entry.guardrails, (j) => ["guardrails", "rollout", i, "guardrails", j]);
    checkEvidence(environment, problems, entry.evidence, i);
  });
  const { rollouts, loosenings } = resolveRollouts(
    tree,
    organization.managementAccountId,
    section.rollout,
    GUARDRAILS.map((guardrail) => guardrail.id),
  );
  checkLoosenings(environment, problems, loosenings);
  const claims = section.claims.flatMap((claim, index) => {
    checkTargets(environment, problems, claim.enforcedIn, ["guardrails", "claims", index, "enforcedIn"]);
    return known(claim.guardrails, (j) => ["guardrails", "claims", index, "guardrails", j]).map(
      (guardrail): EnforcementClaim => {
        const rollout = rollouts.find((one) => one.guardrail === guardrail);
        return { guardrail, index, ...checkClaim(tree, organization.managementAccountId, rollout, claim.enforcedIn) };
      },
    );
  });
  // Where Identity Center could not be resolved its permission sets are not known: its own problems are enough.
  const permissionSets = unresolved.has("identityCenter") ? undefined : permissionSetNames(needs.identityCenter);
  const exceptions = resolveExceptions(environment, problems, rollouts, permissionSets);

  checkRequired(environment, problems, rollouts, context);
  checkWebIdentity(environment, problems);
  checkOutsideAccounts(
    environment,
    problems,
    rollouts.filter(({ accountModes }) => accountModes.size > 0).map(({ guardrail }) => guardrail),
  );
  const custom = resolveCustomPolicies(environment, problems)
    .filter(({ attachments }) => attachments.length > 0)
    .map(customServiceControlPolicy);
  const observation = resolveObservation(environment, problems, rollouts, context);

  const units = (type: OrganizationPolicyType): readonly PackingUnit[] =>
    rollouts.flatMap(({ guardrail: id, enforced: places }) => {
      const guardrail = findGuardrail(id)!;
      if (places.length === 0 || (guardrail.policyType ?? "SERVICE_CONTROL_POLICY") !== type) return [];
      const written = exceptions.flatMap((exception) => boundPart(exception, id, rollouts) ?? []);
      const statements = guardrail.statements(context);
      return statements.length === 0
        ? []
        : [
            {
              id,
              places,
              statements: [...withExceptions(statements, written), ...protectPrincipals(context, written)],
            },
          ];
    });
  const policies = (["RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"] as const).flatMap((type) => {
    const others = attachedNames(environment, type, false);
    const { policiesPerTarget, policyCharacters } = quotasOf(section.quotas, type);
    const ownFiles = custom.filter((policy) => policy.type === type);
    const packing = packGuardrails({
      units: units(type),
      policiesPerTarget,
      policyCharacters,
      besides: countOf([
        ...[...others].flatMap(([id, names]) => names.map(() => id)),
        ...ownFiles.flatMap(({ attachments }) => attachments.map(({ id }) => id)),
      ]),
      prior: priorPolicies(environment, type),
    });
    const packed = packing.policies.map((policy) => serviceControlPolicy(policy, type));
    const all = [...packed, ...ownFiles].sort(byKey((policy) => policy.key));
    checkQuotas(environment, problems, type, packing, all);
    return all;
  });

  for (const [type, what, code] of [
    ["SERVICE_CONTROL_POLICY", "Service control", "SCP"],
    ["RESOURCE_CONTROL_POLICY", "Resource control", "RCP"],
  ] as const) {
    if (!policies.some((policy) => policy.type === type) || organization.enabledPolicyTypes.includes(type)) continue;
    problems.error(
      `FACTS-${code}-NOT-ENABLED`,
      ["guardrails", "rollout"],
      `${what} policies are not enabled in this organization.`,
      `aws organizations enable-policy-type --root-id ${organization.rootId} --policy-type ${type}, then ${KEYLESS} sync ${environment.name}.`,
    );
  }
  if (section.centralizedRootAccess && !organization.trustedServices.includes("iam.amazonaws.com")) {
    problems.error(
      "FACTS-NO-TRUSTED-ACCESS",
      ["guardrails", "centralizedRootAccess"],
      "IAM has no trusted access to the organization, which centralized root access needs.",
      `aws organizations enable-aws-service-access --service-principal iam.amazonaws.com, then ${KEYLESS} sync ${environment.name}.`,
    );
  }
  return {
    context,
    policies,
    rollouts,
    claims,
    exceptions,
    ...defined({ observation }),
    // What was adopted was there before anything was applied.
    firstApply: !organization.policies.some((policy) => policy.ours && !policy.adopted),
    ...(section.centralizedRootAccess ? { rootAccessFeatures: rootAccessFeatures(section.centralizedRootAccess) } : {}),
  };
}

/** A file that is no verdict is told at once; whether it fits what is enforced is for the review, which knows the day and the base. */
function checkEvidence(
  { files }: GuardrailsEnvironment,
  problems: ProblemList,
  names: readonly string[],
  entry: number,
): void {
  names.forEach((name, i) => {
    // A missing file was reported when the environment was read.
    const evidence = parseEvidence(files.get(name) ?? "");
    if (files.has(name) && "unusable" in evidence)
      problems.error(
        "EVIDENCE-FILE",
        ["guardrails", "rollout", entry, "evidence", i],
        `${name} cannot be used: ${evidence.unusable}.`,
        `Write it again with ${KEYLESS} ready <env> --cloudtrail <logs> --evidence <file>.`,
      );
  });
}

/** Less strict than before needs a reason; stricter never does. */
function checkLoosenings(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  loosenings: readonly Loosening[],
): void {
  const entries = environment.baseline.guardrails.rollout;
  for (const { entry, over, places, guardrails } of loosenings) {
    if (entries[entry]!.reason !== undefined) continue;
    const named = listed(
      places.map((place) => place.label),
      3,
    );
    problems.error(
      "ROLLOUT-LOOSENS",
      ["guardrails", "rollout", entry, "mode"],
      `${guardrails.join(", ")}: this entry says ${entries[entry]!.mode} where rollout[${over}] says ${entries[over]!.mode}: ${named}.`,
      "A later entry may be stricter, not less strict. Say why with reason:, or take these out of the targets of one of the two.",
    );
  }
}

function rootAccessFeatures(section: {
  readonly rootCredentialsManagement: boolean;
  readonly rootSessions: boolean;
}): readonly RootAccessFeature[] {
  const features: RootAccessFeature[] = [];
  if (section.rootCredentialsManagement) features.push("RootCredentialsManagement");
  if (section.rootSessions) features.push("RootSessions");
  return features;
}

/** Name of a policy of ours in AWS: it tells what the policy holds. */
const POLICY_PREFIX = "keyless-";

function serviceControlPolicy(
  { key, guardrails, document, origins, characters, attachments }: PackedPolicy,
  type: OrganizationPolicyType,
): ServiceControlPolicy {
  const denies = findGuardrail(guardrails[0]!)!.denies;
  const description = guardrails.length === 1 ? denies : `Guardrails ${guardrails.join(", ")}`;
  return {
    key,
    type,
    name: `${POLICY_PREFIX}${key}`,
    description: description.slice(0, 512),
    document,
    characters,
    guardrails,
    origins,
    attachments,
  };
}

/** A policy from a file holds no guardrail, and is never packed with others. */
function customServiceControlPolicy({
  key,
  name,
  description,
  document,
  asInAws,
  attachments,
}: CustomPolicy): ServiceControlPolicy {
  return {
    key,
    type: "SERVICE_CONTROL_POLICY",
    name,
    description,
    document,
    ...defined({ asInAws }),
    characters: policySize(document),
    guardrails: [],
    origins: document.Statement.map(() => []),
    attachments,
  };
}

/** How often each id is there. */
function countOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** What our policies held when the facts were taken. */
function priorPolicies(
  environment: GuardrailsEnvironment,
  type: OrganizationPolicyType,
): readonly (readonly string[])[] {
  const known = GUARDRAILS.map((guardrail) => guardrail.id);
  return environment.organization.policies
    .filter((policy) => policy.ours && !policy.adopted && policy.type === type && policy.name.startsWith(POLICY_PREFIX))
    .flatMap((policy) => [guardrailsOfKey(policy.name.slice(POLICY_PREFIX.length), known) ?? []]);
}

/** The part of an exception that a guardrail's statements have to hold: its principals in accounts where the guardrail is enforced. */
function boundPart(
  exception: GuardrailException,
  guardrail: string,
  rollouts: readonly GuardrailRollout[],
): GuardrailException | undefined {
  if (!exception.guardrails.includes(guardrail)) return undefined;
  const principals = exception.principals.filter(
    ({ accountId }) => modeOf({ rollouts }, guardrail, accountId) === "enforce",
  );
  return principals.length === 0 ? undefined : { ...exception, principals };
}

function permissionSetNames(identityCenter: IdentityCenterState | undefined): readonly string[] {
  return (identityCenter?.shards ?? []).flatMap((shard) => shard.permissionSets).map((set) => set.name);
}
