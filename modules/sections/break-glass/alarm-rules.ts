import type { ForwarderRule } from "../alarms/documents";
import type { BreakGlassIdentity } from "./documents";
import { userArn } from "./documents";

/**
 * What the home account's default buses look out for, in every watched region:
 *
 * - every console sign-in of a break-glass user, failed ones included: the region of a sign-in event depends on the endpoint
 *   and on the browser's cookies (CloudTrail user guide, "AWS Management Console sign-in events");
 * - every assumption of the role by API or command line: CloudTrail writes a cross-account `AssumeRole` into the caller's
 *   account too, in the region of the STS endpoint that was called, and only users of the home account are trusted;
 * - every switch of role in the console (`SwitchRole`), which is a sign-in event of its own.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 */
export function breakGlassAlarmRules(identity: BreakGlassIdentity): readonly ForwarderRule[] {
  const arns = identity.userNames.map((name) => userArn(identity, name)).sort();
  const role = identity.roleName;
  return [
    {
      id: "SignIn",
      description: "Console sign-ins of break-glass users",
      // By name as well: the event of a failed sign-in has no ARN, only the name.
      pattern: {
        "detail-type": ["AWS Console Sign In via CloudTrail"],
        detail: {
          userIdentity: { type: ["IAMUser"] },
          $or: [{ userIdentity: { arn: arns } }, { userIdentity: { userName: [...identity.userNames].sort() } }],
        },
      },
    },
    {
      id: "AssumeRole",
      description: "Assumptions of the break-glass role",
      pattern: {
        source: ["aws.sts"],
        "detail-type": ["AWS API Call via CloudTrail"],
        detail: { eventName: ["AssumeRole"], requestParameters: { roleArn: [{ suffix: `:role/${role}` }] } },
      },
    },
    {
      id: "SwitchRole",
      description: "Console switches to the break-glass role",
      pattern: {
        source: ["aws.signin"],
        detail: {
          eventName: ["SwitchRole"],
          $or: [
            { additionalEventData: { SwitchFrom: arns } },
            { userIdentity: { arn: [{ wildcard: `*:assumed-role/${role}/*` }] } },
          ],
        },
      },
    },
    {
      id: "UserCalls",
      description: "Anything else that a break-glass user does",
      pattern: {
        "detail-type": ["AWS API Call via CloudTrail"],
        detail: {
          userIdentity: { type: ["IAMUser"], arn: arns },
          eventName: [{ "anything-but": ["AssumeRole"] }],
          readOnly: [false],
        },
      },
    },
  ];
}
