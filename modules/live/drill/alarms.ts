import { CloudTrailClient, type Event, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import { AwsFailure } from "../../aws/failure";
import { awsClient, type AwsSession } from "../../aws/session";
import type { AlarmTry } from "./types";

export interface AlarmWatch {
  /** A session in the home account, in the Region whose STS endpoint was called. */
  readonly session: AwsSession;
  readonly roleArns: readonly string[];
  readonly from: Date;
  readonly now: () => Date;
  readonly wait: (seconds: number) => Promise<void>;
  readonly waitSeconds: number;
  /** Told how many of the calls CloudTrail shows. */
  readonly onProgress?: (found: number, of: number) => void;
}

const BETWEEN_LOOKS = 30;

/**
 * Waits until CloudTrail shows every call. EventBridge gets the same events; whether a mail went out no API tells, so a person says that.
 * Usually minutes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
 */
export async function awaitEvents(watch: AlarmWatch): Promise<AlarmTry> {
  const what = "every assumption of the role is in CloudTrail, in the Region that the alarms watch";
  const client = awsClient(CloudTrailClient, watch.session);
  const end = watch.now().getTime() + watch.waitSeconds * 1000;
  try {
    for (;;) {
      const seen = await assumedRoles(client, watch.from);
      const missing = watch.roleArns.filter((arn) => !seen.has(arn));
      watch.onProgress?.(watch.roleArns.length - missing.length, watch.roleArns.length);
      const delaySeconds = Math.round((watch.now().getTime() - watch.from.getTime()) / 1000);
      if (missing.length === 0) return { what, outcome: "passed", details: [], delaySeconds };
      if (watch.now().getTime() >= end)
        return {
          what,
          outcome: "unknown",
          details: [`not after ${delaySeconds} seconds: ${missing.join(", ")}`],
          delaySeconds,
        };
      await watch.wait(Math.min(BETWEEN_LOOKS, Math.max(1, (end - watch.now().getTime()) / 1000)));
    }
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    return { what, outcome: "unknown", details: [`CloudTrail cannot be asked: ${error.code}: ${error.cause.message}`] };
  } finally {
    client.destroy();
  }
}

async function assumedRoles(client: CloudTrailClient, from: Date): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for await (const { Events = [] } of paginateLookupEvents(
    { client },
    { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "AssumeRole" }], StartTime: secondsDown(from) },
  ))
    for (const event of Events) {
      const arn = roleArnOf(event);
      if (arn !== undefined) seen.add(arn);
    }
  return seen;
}

/** CloudTrail's times are whole seconds. */
function secondsDown(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** Of a call that was let in: a refused one has an error code. */
function roleArnOf({ CloudTrailEvent }: Event): string | undefined {
  try {
    const event = JSON.parse(CloudTrailEvent ?? "{}") as {
      readonly errorCode?: string;
      readonly requestParameters?: { readonly roleArn?: string };
    };
    return event.errorCode === undefined ? event.requestParameters?.roleArn : undefined;
  } catch {
    return undefined;
  }
}

/** What a person says of the mail. Nobody else can: that it was sent is not that it arrived. */
export function mailTry(from: Date, receivedAt: Date | undefined, now: Date): AlarmTry {
  const what = "the mail of the alarm arrived";
  if (receivedAt === undefined)
    return { what, outcome: "unknown", details: ["nobody reported when it arrived: on a terminal the drill asks"] };
  if (receivedAt > now)
    return { what, outcome: "failed", details: ["the time is to come: nobody can have seen it arrive"] };
  const delaySeconds = Math.round((receivedAt.getTime() - from.getTime()) / 1000);
  return delaySeconds < 0
    ? { what, outcome: "failed", details: ["it is older than the drill: another alarm's"] }
    : { what, outcome: "passed", details: ["reported by the person who ran the drill"], delaySeconds };
}
