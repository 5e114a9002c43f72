import { type AwsRequest, type JsonObject, objects, page, text } from "../aws-message";
import type { FrontContext, Gap } from "../gap";
import type { CredentialRecords } from "./iam-credentials";

const PAGE_SIZE = 50;

/**
 * moto has trails; the front adds the event history: calls of access keys as far as the seed tells it, by the key, and who became which role, by
 * the event's name. As with AWS an event is in the caller's account and in the Region whose endpoint was called.
 */
export function cloudTrailGap({ history }: FrontContext, records: CredentialRecords): Gap {
  const byName = (request: AwsRequest, name: string): JsonObject => {
    const from = Number(request.input["StartTime"] ?? 0) * 1000;
    const found = history.filter(
      (event) =>
        event.name === name &&
        event.accountId === request.accountId &&
        event.region === request.region &&
        event.time >= from,
    );
    const { items, next } = page(found, request.input["NextToken"], PAGE_SIZE);
    return {
      Events: items.map((event, index) => ({
        EventId: `event-of-a-role-${index}`,
        EventName: event.name,
        EventSource: event.source,
        EventTime: event.time / 1000,
        CloudTrailEvent: JSON.stringify({
          eventName: event.name,
          eventSource: event.source,
          eventTime: new Date(event.time).toISOString(),
          awsRegion: event.region,
          userIdentity: { arn: event.callerArn },
          requestParameters: event.requestParameters,
        }),
      })),
      NextToken: next,
    };
  };
  return {
    service: "cloudtrail",
    operations: {
      LookupEvents: (request) => {
        const [attribute] = objects(request.input["LookupAttributes"]);
        return text(attribute?.["AttributeKey"]) === "EventName"
          ? byName(request, text(attribute?.["AttributeValue"]))
          : records.lookUp(request);
      },
    },
  };
}
