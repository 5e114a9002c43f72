import { AwsError, text, type AwsRequest, type AwsResponse } from "../aws-message";
import type { Gap } from "../gap";
import { xmlValue } from "../upstream";

/**
 * Protocols whose owner has to confirm. A queue or a function of the topic's own account confirms itself.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html
 */
const TO_CONFIRM = ["email", "email-json", "http", "https"];

/**
 * moto takes every subscription for confirmed. With AWS no message comes before the owner has followed the link of the mail, and the lists
 * show `PendingConfirmation` in place of the ARN. The token of that link is, here, the subscription's ARN.
 */
export function snsGap(): Gap {
  const known = new Set<string>();
  const pending = new Set<string>();
  const listed = (_request: AwsRequest, response: AwsResponse): AwsResponse => ({
    ...response,
    body: response.body
      .toString()
      .replace(/<SubscriptionArn>([^<]*)<\/SubscriptionArn>/g, (whole, arn: string) =>
        pending.has(arn) ? "<SubscriptionArn>PendingConfirmation</SubscriptionArn>" : whole,
      ),
  });
  return {
    service: "sns",
    operations: {
      ConfirmSubscription: ({ input }) => {
        const arn = text(input["Token"]);
        if (!arn.startsWith(`${text(input["TopicArn"])}:`))
          throw new AwsError("InvalidParameter", "Invalid parameter: Invalid token");
        pending.delete(arn);
        return { SubscriptionArn: arn };
      },
    },
    after: {
      Subscribe: ({ input }, response) => {
        const arn = xmlValue(response.body.toString(), "SubscriptionArn") ?? "";
        // AWS makes no second subscription of an endpoint: one that is confirmed stays so.
        if (!known.has(arn) && TO_CONFIRM.includes(text(input["Protocol"]))) pending.add(arn);
        known.add(arn);
      },
      Unsubscribe: ({ input }) => {
        known.delete(text(input["SubscriptionArn"]));
        pending.delete(text(input["SubscriptionArn"]));
      },
      ListSubscriptions: listed,
      ListSubscriptionsByTopic: listed,
      GetSubscriptionAttributes: ({ input }, response) =>
        pending.has(text(input["SubscriptionArn"]))
          ? {
              ...response,
              body: response.body
                .toString()
                .replace(/(<key>PendingConfirmation<\/key>\s*<value>)[^<]*/, (_, before: string) => `${before}true`),
            }
          : undefined,
    },
  };
}
