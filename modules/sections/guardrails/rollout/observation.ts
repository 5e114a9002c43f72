import type { AlarmHub, EventPattern, ForwarderRule } from "../../alarms/documents";
import { STACKSETS_SERVICE } from "../../break-glass/resolve";
import type { ProblemList } from "../../../config/problem-list";
import type { GuardrailsEnvironment } from "../types";
import { findGuardrail } from "../catalogue/guardrails";
import { shortName } from "../packing/pack";
import type { GuardrailRollout } from "./modes";
import type { GuardrailContext, Observation } from "../types";
import { KEYLESS } from "../../../kernel/command";
import { uniqueSorted } from "../../../kernel/lists";

/** One observed guardrail: what is forwarded, from where. */
export interface ObservedGuardrail {
  readonly guardrail: string;
  /** The hub as this guardrail's forwarders know it: the same bus, a role of its own. */
  readonly hub: AlarmHub;
  readonly rules: readonly ForwarderRule[];
  /** Regions in which the events can appear, sorted. */
  readonly regions: readonly string[];
  /** Ids of the root or of OUs that are observed as a whole, sorted: accounts that join them are, too. */
  readonly organizationalUnitIds: readonly string[];
  /** Ids of single accounts besides, sorted, and of the nodes that hold them. */
  readonly accountIds: readonly string[];
  readonly accountParentIds: readonly string[];
}

/** Guardrails in mode `observe`, as they are to be. Plain data. */
export interface ObservationState {
  /** In the management account, in the home region. */
  readonly hub: AlarmHub;
  /** In the order of the catalogue; empty where nothing is observed just now. */
  readonly observed: readonly ObservedGuardrail[];
}

/** Services whose events appear in one region only. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events */
const GLOBAL_SOURCES = ["account.amazonaws.com", "iam.amazonaws.com", "organizations.amazonaws.com"];
const GLOBAL_REGION = "us-east-1";

const ROLE_PREFIX = "keyless-observe";

/** Resolves what is observed. Absent without the section `guardrails.observation`. */
export function resolveObservation(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  rollouts: readonly GuardrailRollout[],
  context: GuardrailContext,
): ObservationState | undefined {
  const { baseline, organization } = environment;
  const section = baseline.guardrails.observation;
  const wanted = rollouts.filter((rollout) => rollout.observed.length > 0);
  if (!section) {
    for (const { guardrail } of wanted) {
      const entry = baseline.guardrails.rollout.findLastIndex(
        ({ guardrails, mode }) => guardrails.includes(guardrail) && mode === "observe",
      );
      problems.error(
        "OBSERVE-NOBODY-HEARS",
        ["guardrails", "rollout", entry, "mode"],
        `${guardrail} is observed, and no subscriber is named for its alarms.`,
        "Add guardrails.observation.subscribers.emails.",
      );
    }
    return undefined;
  }
  checkPreconditions(environment, problems, wanted.length > 0);
  const hub: AlarmHub = {
    name: "keyless-guardrail-observation",
    accountId: organization.managementAccountId,
    region: baseline.region,
    organizationId: organization.id,
    subscribers: section.subscribers,
    forwarderRoleName: ROLE_PREFIX,
  };
  const observed = wanted.map((rollout) => observedGuardrail(environment, hub, rollout, context));
  return {
    hub: {
      ...hub,
      forwarderRoleNames: observed
        .flatMap(({ hub: { forwarderRoleName }, regions }) => regions.map((region) => `${forwarderRoleName}-${region}`))
        .sort(),
    },
    observed,
  };
}

function observedGuardrail(
  { organization, tree }: GuardrailsEnvironment,
  hub: AlarmHub,
  { guardrail: id, observed }: GuardrailRollout,
  context: GuardrailContext,
): ObservedGuardrail {
  const observations = findGuardrail(id)!.observes(context);
  const everywhere = observations.some(
    ({ eventSource }) => eventSource === undefined || !GLOBAL_SOURCES.includes(eventSource),
  );
  const regions = everywhere ? uniqueSorted([GLOBAL_REGION, ...organization.enabledRegions]) : [GLOBAL_REGION];
  const accounts = observed.filter((place) => place.kind === "account").map((place) => tree.accountById.get(place.id)!);
  return {
    guardrail: id,
    hub: { ...hub, forwarderRoleName: `${ROLE_PREFIX}-${id}`, forwarderRegions: regions },
    rules: observations.map((observation, index) => ({
      id: `${shortName(id)}${index + 1}`,
      description: `Observed: ${findGuardrail(id)!.denies}`.slice(0, 512),
      pattern: observationPattern(observation),
    })),
    regions,
    organizationalUnitIds: observed
      .filter((place) => place.kind !== "account")
      .map((place) => place.id)
      .sort(),
    accountIds: accounts.map((account) => account.id).sort(),
    accountParentIds: uniqueSorted(accounts.map((account) => account.parentId)),
  };
}

/** Calls that succeeded: what would no longer. Those that failed, for whatever reason, would fail as well. */
export function observationPattern({ eventSource, eventNames, detail }: Observation): EventPattern {
  return {
    ...(eventSource === undefined ? {} : { source: [`aws.${eventSource.replace(/\.amazonaws\.com$/, "")}`] }),
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      ...(eventSource === undefined ? {} : { eventSource: [eventSource] }),
      ...(eventNames === undefined ? {} : { eventName: [...eventNames].sort() }),
      errorCode: [{ exists: false }],
      ...detail,
    },
  };
}

function checkPreconditions(
  { organization, baseline, name }: GuardrailsEnvironment,
  problems: ProblemList,
  observes: boolean,
): void {
  const at = ["guardrails", "observation"] as const;
  if (observes && !organization.trustedServices.includes(STACKSETS_SERVICE)) {
    problems.error(
      "FACTS-NO-TRUSTED-ACCESS",
      at,
      "StackSets have no trusted access to the organization, so that nothing can be observed in member accounts.",
      `aws cloudformation activate-organizations-access (in the management account), then ${KEYLESS} sync ${name}.`,
    );
  }
  if (observes && !organization.trails.some((trail) => trail.organization && trail.multiRegion && trail.logging)) {
    problems.error(
      "FACTS-NO-ORGANIZATION-TRAIL",
      at,
      "The facts show no organization trail that logs in every region: EventBridge sees API calls through a trail only, so nothing would ever be observed.",
      `aws cloudtrail create-trail --name organization-trail --s3-bucket-name <bucket> --is-organization-trail --is-multi-region-trail and aws cloudtrail start-logging --name organization-trail, then ${KEYLESS} sync ${name}.`,
    );
  }
  const { emails, httpsEndpoints } = baseline.guardrails.observation!.subscribers;
  if (emails.length + httpsEndpoints.length === 0) {
    problems.warning(
      "OBSERVATION-NOBODY-HEARS",
      [...at, "subscribers"],
      "Nobody is subscribed to what observed guardrails report.",
      "Add observation.subscribers.emails.",
    );
  }
}
