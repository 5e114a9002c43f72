import type { Account, Organization } from "../../organization/types";
import { asList } from "../../policy/document";
import type { Guardrail, GuardrailContext } from "../../sections/guardrails/types";
import { listDays } from "../cloudtrail/days";
import { timeText } from "../cloudtrail/event";
import { Coverage, placeSeen } from "./coverage";
import { uniqueSorted } from "../../kernel/lists";

/** Logs of one account in one region in which a guardrail's actions can happen. */
export interface PlaceEvidence {
  readonly accountId: string;
  readonly region: string;
  /** Whether it is the region of IAM and other global services. */
  readonly global: boolean;
  /** Days with events, or with digests that say there were none; days since 1970, sorted. */
  readonly days: readonly number[];
  readonly events: number;
  readonly digests: number;
  /** `2026-01-31T12:34:56Z`. @default - nothing is there */
  readonly first?: string;
  readonly last?: string;
  /** Seconds since 1970; -1 where nothing is there. */
  readonly lastSeconds: number;
}

/** Where the events of IAM and of other global services are. */
const GLOBAL_REGION = "us-east-1";
/**
 * Services whose API has one endpoint, with its events in that region: "Global service events" of the CloudTrail user guide, and the
 * endpoints of AWS Organizations. Whatever is not named here counts as regional, which asks for more evidence.
 */
const GLOBAL_SERVICES: ReadonlySet<string> = new Set(["account", "cloudfront", "iam", "organizations", "route53"]);

/** Regions in which calls of a guardrail's actions are logged: the global one always, every enabled one for regional services. */
export function regionsAsked(
  guardrail: Guardrail,
  context: GuardrailContext,
  { enabledRegions }: Organization,
): readonly string[] {
  const regional = guardrail
    .statements(context)
    .some(
      ({ Action, NotAction }) =>
        NotAction !== undefined ||
        asList(Action).some((action) => !GLOBAL_SERVICES.has(action.split(":", 1)[0]!.toLowerCase())),
    );
  return uniqueSorted([GLOBAL_REGION, ...(regional ? enabledRegions : [])]);
}

/** What the logs hold of each account and region that the guardrail is about. */
export function placesOf(
  coverage: Coverage,
  guardrail: Guardrail,
  context: GuardrailContext,
  facts: Organization,
  accounts: readonly Account[],
): readonly PlaceEvidence[] {
  const regions = regionsAsked(guardrail, context, facts);
  return accounts.flatMap(({ id }) =>
    regions.map((region): PlaceEvidence => {
      const place = placeSeen(coverage, id, region);
      return {
        accountId: id,
        region,
        global: region === GLOBAL_REGION,
        days: place ? listDays(place.days) : [],
        events: place?.events ?? 0,
        digests: place?.digests ?? 0,
        ...(place ? { first: timeText(Math.floor(place.first)), last: timeText(Math.floor(place.last)) } : {}),
        lastSeconds: place?.last ?? -1,
      };
    }),
  );
}

/** Days of the place that has the fewest. */
export function fewestDays(evidence: readonly PlaceEvidence[]): number {
  return evidence.reduce((n, { days }) => Math.min(n, days.length), evidence[0]?.days.length ?? 0);
}
