import { CloudTrailClient, GetEventSelectorsCommand, type GetEventSelectorsResponse } from "@aws-sdk/client-cloudtrail";
import { awsClient, type AwsSession } from "../../aws/session";
import { readTrails } from "../sync/services";
import { differing, Finding, missing, seen } from "./claim";

/**
 * Whether a trail brings the events that alarms are made of. EventBridge gets only what a trail logs, and `AssumeRole` and console sign-ins
 * are read-only management events: a trail of write events alone raises no alarm.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 *
 * @param ofMember whether the events are those of a member account: only an organization trail logs them, a trail of the management account
 *   alone does not. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html
 */
export async function trailFinding(session: AwsSession, ofMember: boolean): Promise<Finding> {
  const trails = await readTrails(session);
  const logging = trails.filter((trail) => trail.multiRegion && trail.logging && (trail.organization || !ofMember));
  if (logging.length === 0)
    return missing(
      trails.length === 0
        ? "there is no trail"
        : `no ${ofMember ? "organization trail" : "trail"} is multi-region and logs: ${trails.map((trail) => trail.name).join(", ")}`,
    );
  const good: string[] = [];
  for (const { name, homeRegion } of logging) {
    const client = awsClient(CloudTrailClient, session, homeRegion);
    try {
      if (logsManagementEvents(await client.send(new GetEventSelectorsCommand({ TrailName: name })))) good.push(name);
    } finally {
      client.destroy();
    }
  }
  return good.length > 0
    ? seen(good.join(", "))
    : differing([
        `no trail logs all management events, read-only ones included: ${logging.map((trail) => trail.name).join(", ")}`,
      ]);
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html: without selectors it logs them all. */
function logsManagementEvents({
  EventSelectors: selectors = [],
  AdvancedEventSelectors: advanced = [],
}: GetEventSelectorsResponse): boolean {
  if (selectors.length === 0 && advanced.length === 0) return true;
  return (
    selectors.some((one) => one.IncludeManagementEvents !== false && (one.ReadWriteType ?? "All") === "All") ||
    // One that has more fields than the category leaves something out.
    advanced.some(
      ({ FieldSelectors: fields = [] }) =>
        fields.some((field) => field.Field === "eventCategory" && field.Equals?.includes("Management")) &&
        fields.every((field) => field.Field === "eventCategory" || isHarmless(field)),
    )
  );
}

/** What AWS lets people leave out of management events for its price: KMS and the RDS Data API. */
function isHarmless(field: {
  readonly Field?: string | undefined;
  readonly NotEquals?: readonly string[] | undefined;
}): boolean {
  return (
    field.Field === "eventSource" &&
    (field.NotEquals ?? []).length > 0 &&
    field.NotEquals!.every((source) => ["kms.amazonaws.com", "rdsdata.amazonaws.com"].includes(source))
  );
}
