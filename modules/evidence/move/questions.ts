import { keyUsageFields, longTermKey } from "../cloudtrail/questions/key-usage";
import { Question, TIME, timeLiteral } from "../cloudtrail/questions/question";
import { anyOf, oneOf, where } from "../cloudtrail/questions/sql";
import type { MoveUseOptions } from "./use";

/** Beyond this many all sessions of roles are asked for: a query may have 262,144 bytes. */
const MOST_ROLES = 500;
const CHANGES = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"];

/** Calls of keys and of the roles that take their place, who became these roles, and what was done to keys. */
export function movesQuestion({ roles, at }: MoveUseOptions): Question {
  const arns = roles.filter((role) => role.startsWith("arn:"));
  const byKey = (column: string): string => `${column} LIKE 'AKIA%'`;
  const change = `"eventsource" = 'iam.amazonaws.com' AND ${oneOf(`"eventname"`, CHANGES)}`;
  return {
    name: "moves",
    part: "calls",
    times: "latest",
    chosen: (columns) => {
      const issuer = columns.text("useridentity.sessioncontext.sessionissuer.arn");
      return anyOf([
        byKey(columns.text("useridentity.accesskeyid")),
        // Roles of permission sets have names that AWS makes up.
        arns.length > MOST_ROLES
          ? `${issuer} IS NOT NULL`
          : anyOf([
              oneOf(issuer, arns),
              ...(arns.length < roles.length ? [`${issuer} LIKE '%/AWSReservedSSO\\_%' ESCAPE '\\'`] : []),
            ]),
        oneOf(`"eventname"`, ["AssumeRoleWithWebIdentity"]),
        `"eventsource" = 'rolesanywhere.amazonaws.com' AND "eventname" = 'CreateSession'`,
        change,
      ]);
    },
    fields: (columns) => ({
      ...keyUsageFields(columns),
      "useridentity.accesskeyid": longTermKey(columns),
      "useridentity.sessioncontext.sessionissuer.arn": columns.text("useridentity.sessioncontext.sessionissuer.arn"),
      "useridentity.sessioncontext.sourceidentity": columns.text("useridentity.sessioncontext.sourceidentity"),
      "requestparameters.roleArn": columns.scalar("requestparameters", "roleArn"),
      "requestparameters.status": where(change, columns.scalar("requestparameters", "status")),
      "requestparameters.accessKeyId": where(change, columns.scalar("requestparameters", "accessKeyId")),
      "responseelements.accessKey.accessKeyId": where(
        change,
        columns.scalar("responseelements", "accessKey.accessKeyId"),
      ),
    }),
    // What came later is no evidence; of a key each day counts, and of what was done to keys each time.
    apart: (columns) => [
      `${TIME} > ${timeLiteral(Math.floor(Date.parse(at) / 1000))}`,
      where(byKey(columns.text("useridentity.accesskeyid")), `substr("eventtime", 1, 10)`),
      where(change, `"eventtime"`),
    ],
  };
}
