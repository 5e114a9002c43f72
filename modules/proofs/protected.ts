import { memberRoleNames } from "../sections/guardrails/context/principals";
import type { TextSet } from "../policy/decide";
import { REMEDIATION_ROLE } from "../sections/credential-hygiene/remediation";
import { KEYLESS_ROLE_PATH } from "../sections/credential-hygiene/names";
import { ANY_RESOURCE, iamSet } from "./arns";
import { BECOME_ROLE } from "./exemptions-hold";
import type { GuardrailPromise } from "./promises";
import type { PrincipalKind, ProofInput } from "./types";
import { uniqueSorted } from "../kernel/lists";

/**
 * What the baseline rests on besides its exempt principals: its roles, alarms, stacks, detection and trails. These lists are written apart
 * from the guardrails', and a test holds them against AWS's service authorization reference.
 */

/** What silences an alarm, changes it, or takes its name. What only adds to one is not among them: subscribers, tags, archives. */
export const SILENCES = [
  "events:DeleteEventBus",
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
  "events:UpdateEventBus",
  "sns:AddPermission",
  "sns:DeleteTopic",
  "sns:PutDataProtectionPolicy",
  "sns:RemovePermission",
  "sns:SetSubscriptionAttributes",
  "sns:SetTopicAttributes",
  "sns:Unsubscribe",
] as const;

/** What makes an alarm's key unusable, or takes the tag away by which guardrails know it. */
export const SPOILS_KEYS = [
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:UntagResource",
] as const;

/** What changes a stack or StackSet, what it deploys, or whether it is. */
export const CHANGES_STACKS = [
  "cloudformation:CancelUpdateStack",
  "cloudformation:ContinueUpdateRollback",
  "cloudformation:CreateChangeSet",
  "cloudformation:CreateStack",
  "cloudformation:CreateStackInstances",
  "cloudformation:CreateStackRefactor",
  "cloudformation:DeleteChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:DeleteStackInstances",
  "cloudformation:DeleteStackSet",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:ExecuteStackRefactor",
  "cloudformation:ImportStacksToStackSet",
  "cloudformation:RollbackStack",
  "cloudformation:SetStackPolicy",
  "cloudformation:StopStackSetOperation",
  "cloudformation:UpdateStack",
  "cloudformation:UpdateStackInstances",
  "cloudformation:UpdateStackSet",
  "cloudformation:UpdateTerminationProtection",
] as const;

/** What stops the recording that rules on credentials read. */
export const STOPS_RECORDING = [
  "config:DeleteConfigurationRecorder",
  "config:DeleteDeliveryChannel",
  "config:StopConfigurationRecorder",
] as const;

/** What makes AWS Config lend a role to a runbook: in one account, and in all of them. */
export const LENDS_ROLES = ["config:PutConformancePack", "config:PutRemediationConfigurations"] as const;
export const LENDS_ROLES_EVERYWHERE = ["config:PutOrganizationConformancePack"] as const;

/** What ends or changes the detection of the whole organization. */
export const ENDS_RULES = ["config:DeleteOrganizationConfigRule", "config:PutOrganizationConfigRule"] as const;
export const ENDS_PACKS = [
  "config:DeleteOrganizationConformancePack",
  "config:PutOrganizationConformancePack",
] as const;
export const ENDS_ANALYZERS = ["access-analyzer:DeleteAnalyzer", "access-analyzer:UpdateAnalyzer"] as const;

/** What stops the organization's trail, or what it records. */
export const STOPS_TRAILS = [
  "cloudtrail:DeleteTrail",
  "cloudtrail:PutEventSelectors",
  "cloudtrail:StopLogging",
  "cloudtrail:UpdateTrail",
] as const;

/** Whoever makes the baseline's roles, rules and stacks. */
const WRITERS: readonly PrincipalKind[] = ["pipeline-member", "stack-set"];

type Of = (account: string) => TextSet | undefined;

const promise = (
  guardrail: string,
  actions: readonly string[],
  on: string,
  of: Of,
  spares: GuardrailPromise["spares"] & {},
  more: Partial<GuardrailPromise> = {},
): GuardrailPromise => ({
  proof: "exemptions-hold",
  guardrail,
  effect: "protects",
  actions: uniqueSorted(actions),
  resources: { of, on },
  spares,
  ...more,
});

const baseline = (
  actions: readonly string[],
  on: string,
  of: Of,
  spares: readonly PrincipalKind[],
  more: Partial<GuardrailPromise> = {},
): GuardrailPromise => promise("protect-baseline", actions, on, of, spares, more);

const role = (name: string) => (account: string) => ({ like: [`arn:aws:iam::${account}:role/${name}`] });

const stackSetRoles = role("stacksets-exec-*");
const stackSets = (account: string): readonly string[] => stackSetRoles(account).like;

/** Of names in every enabled region: a beginning and whatever follows, without characters that the service's names never have. */
function named(
  { environment: { organization } }: ProofInput,
  service: string,
  account: string,
  names: readonly string[],
  never: readonly string[] = [":"],
): TextSet {
  const heads = organization.enabledRegions.flatMap((region) =>
    names.map((name) => `arn:aws:${service}:${region}:${account}:${name}`),
  );
  return {
    like: heads.map((head) => `${head}*`),
    ...(never.length === 0
      ? {}
      : { except: heads.flatMap((head) => never.map((character) => `${head}*${character}*`)) }),
  };
}

/** What the guardrails that protect this baseline promise. */
export function protections(input: ProofInput): readonly GuardrailPromise[] {
  return [...roles(input), ...alarms(input), ...detection(input)];
}

function roles(input: ProofInput): readonly GuardrailPromise[] {
  const { identity, rollout } = input.breakGlass;
  const { landingZoneRole } = input.guardrails.context;
  return [
    promise(
      "protect-break-glass",
      BECOME_ROLE,
      `the role ${identity.roleName}`,
      role(identity.roleName),
      (account) => (rollout === "terraform" || account === identity.homeAccountId ? ["pipeline-member"] : []),
      rollout === "stackset" ? { sparesNames: stackSets } : {},
    ),
    ...memberRoleNames(input.guardrails.context)
      .filter((name) => name !== landingZoneRole)
      .map((name) => promise("protect-break-glass", BECOME_ROLE, "the pipeline's role", role(name), ["break-glass"])),
    ...(landingZoneRole === undefined
      ? []
      : [
          promise(
            "protect-break-glass",
            BECOME_ROLE,
            "the landing zone's role",
            role(landingZoneRole),
            ["break-glass"],
            {
              sparesNames: stackSets,
            },
          ),
        ]),
    promise("protect-break-glass", BECOME_ROLE, "any StackSet execution role", stackSetRoles, []),
    baseline(
      BECOME_ROLE,
      `any role below ${KEYLESS_ROLE_PATH} or whose name begins with keyless-`,
      (account) => ({
        ...iamSet(account, "role"),
        within: ["keyless/", "keyless-"].map((name) => `arn:aws:iam::${account}:role/${name}*`),
      }),
      WRITERS,
    ),
  ];
}

function alarms(input: ProofInput): readonly GuardrailPromise[] {
  const of = (service: string): readonly string[] => SILENCES.filter((action) => action.startsWith(`${service}:`));
  return [
    baseline(
      of("events"),
      "any alarm rule and bus",
      (account) => named(input, "events", account, ["event-bus/keyless-", "rule/keyless-"]),
      WRITERS,
    ),
    baseline(
      of("sns"),
      "any alarm topic",
      (account) => named(input, "sns", account, ["keyless-"], [":", "/"]),
      WRITERS,
    ),
    baseline(
      SPOILS_KEYS,
      "any key with the tag keyless:environment",
      (account) => named(input, "kms", account, ["key/"]),
      ["pipeline-member"],
      { keys: { "aws:ResourceTag/keyless:environment": { like: ["*"] } } },
    ),
    // A StackSet's ARN ends in a colon and its id.
    baseline(
      CHANGES_STACKS,
      "any stack and StackSet of the baseline's",
      (account) => named(input, "cloudformation", account, ["stack/StackSet-keyless-", "stackset/keyless-"], []),
      WRITERS,
    ),
  ];
}

function detection(input: ProofInput): readonly GuardrailPromise[] {
  const { managementAccountId } = input.environment.organization;
  const { credentialHygiene: hygiene, landingZoneRole } = input.guardrails.context;
  const lends = hygiene?.cleanUpRoles.includes(REMEDIATION_ROLE) ?? false;
  const any: Of = () => ANY_RESOURCE;
  return [
    baseline(
      STOPS_TRAILS,
      "any trail of the management account",
      () => named(input, "cloudtrail", managementAccountId, ["trail/"]),
      ["break-glass"],
    ),
    ...(hygiene
      ? [
          baseline(STOPS_RECORDING, "any resource", any, ["break-glass"], {
            sparesNames: (account) => [
              ...stackSets(account),
              ...(landingZoneRole === undefined ? [] : role(landingZoneRole)(account).like),
            ],
          }),
        ]
      : []),
    ...(lends
      ? [
          baseline(LENDS_ROLES, "any resource", any, ["break-glass"], { sparesNames: stackSets }),
          baseline(LENDS_ROLES_EVERYWHERE, "any resource", any, ["pipeline-member", "break-glass"]),
        ]
      : []),
    ...(
      [
        [ENDS_ANALYZERS, "any analyzer of the baseline's", "access-analyzer", "analyzer/keyless-"],
        [ENDS_RULES, "any organization rule of the baseline's", "config", "organization-config-rule/keyless-"],
        [ENDS_PACKS, "any organization pack of the baseline's", "config", "organization-conformance-pack/keyless-"],
      ] as const
    ).map(([actions, on, service, name]) =>
      baseline(
        actions,
        on,
        (account) =>
          account === hygiene?.managingAccountId && account !== managementAccountId
            ? named(input, service, account, [name])
            : undefined,
        ["pipeline-member", "break-glass"],
      ),
    ),
  ];
}
