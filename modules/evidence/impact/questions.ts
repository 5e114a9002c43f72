import type { Columns } from "../cloudtrail/questions/columns";
import { longTermKey } from "../cloudtrail/questions/key-usage";
import { Question, TIME, timeLiteral } from "../cloudtrail/questions/question";
import { anyOf, like, literal, NULL_TEXT, oneOf, where } from "../cloudtrail/questions/sql";
import { asList } from "../../policy/document";
import type { PolicyStatement } from "../../policy/types";
import { eventsOf } from "./actions";
import { FIELDS_OF_KEYS } from "./context";
import { STARTS, STOPS } from "./coverage";
import { asksForBearer, conditionKeys, NAMES_OF_RESOURCES, ReplayedGuardrail } from "./replay";

/** The questions of `impact` and `ready` to an engine of SQL: the calls that guardrails are asked about, and what there are logs of. */

/** Parameters by which `resourcesOf` finds what a call was about, where a statement does not mean every resource. */
const RESOURCE_PARAMETERS = [
  "path",
  "policyName",
  "openIDConnectProviderArn",
  "sAMLProviderArn",
  "arn",
  "instanceProfileName",
  "url",
  "profileId",
  "crlId",
  "resourceArn",
];

/** The event's source and name, in the words of a table. */
const CALL = {
  eventsource: `"eventsource"`,
  eventname: `"eventname"`,
};

/** Calls by principal, action, outcome, resource, and the context keys that the guardrails' conditions ask for. */
export function callsQuestion(guardrails: readonly ReplayedGuardrail[]): Question {
  const statements = guardrails.flatMap((guardrail) => guardrail.statements);
  const { keys, presence } = conditionKeys(guardrails);
  const wanted = keys.flatMap((key) => (FIELDS_OF_KEYS[key] ?? []).map((field) => ({ field, key })));
  const specific = statements.some((one) => meansSomeResources(one));
  return {
    name: "calls",
    part: "calls",
    times: "latest",
    chosen: (columns) =>
      anyOf([
        ...statements.flatMap(conditionsOf),
        ...(asksForBearer(guardrails)
          ? [`${columns.scalar("additionaleventdata", "callWithBearerToken")} IS NOT NULL`]
          : []),
      ]),
    fields: (columns) => {
      const fields: Record<string, string> = {
        ...CALL,
        ...common(columns),
        eventtype: columns.text("eventtype"),
        "useridentity.arn":
          keys.includes("aws:userid") || hasPrincipals(statements) ? arn(columns) : callerArn(columns),
        "useridentity.principalid": where(
          `${columns.text("useridentity.type")} = 'AWSAccount'`,
          columns.text("useridentity.principalid"),
        ),
        "useridentity.invokedby": columns.text("useridentity.invokedby"),
        "useridentity.sessioncontext.assumedroot": assumedRoot(columns),
        "useridentity.sessioncontext.sessionissuer.arn": columns.text("useridentity.sessioncontext.sessionissuer.arn"),
        recipientaccountid: columns.text("recipientaccountid"),
        "additionaleventdata.callWithBearerToken": columns.scalar("additionaleventdata", "callWithBearerToken"),
      };
      for (const name of [...NAMES_OF_RESOURCES, ...(specific ? RESOURCE_PARAMETERS : [])])
        fields[`requestparameters.${name}`] = columns.scalar("requestparameters", name);
      if (specific) {
        fields["requestparameters.key"] = where(
          `"eventsource" = 's3.amazonaws.com'`,
          columns.scalar("requestparameters", "key"),
        );
        fields["resources"] = columns.onlyResource();
      }
      for (const { field, key } of wanted) fields[field] = valueOf(columns, field, presence.has(key));
      return fields;
    },
  };
}

/** A field that a condition asks for; only whether it is there, where that is all. */
function valueOf(columns: Columns, field: string, presence: boolean): string {
  const [first = "", ...below] = field.split(".");
  if (first === "requestparameters") return columns.scalar(first, below.join("."));
  const text = columns.text(field);
  return presence ? where(`${text} IS NOT NULL`, "'there'") : text;
}

/** Who called, with what, from where, and how it went. */
function common(columns: Columns): Readonly<Record<string, string>> {
  return {
    awsregion: columns.text("awsregion"),
    sourceipaddress: columns.text("sourceipaddress"),
    useragent: columns.text("useragent"),
    errorcode: columns.text("errorcode"),
    "useridentity.type": columns.text("useridentity.type"),
    "useridentity.accountid": columns.text("useridentity.accountid"),
    "useridentity.username": columns.text("useridentity.username"),
    "useridentity.accesskeyid": longTermKey(columns),
  };
}

/** Where a table keeps it, a session of the root user without it is none of central root access. */
function assumedRoot(columns: Columns): string {
  const path = "useridentity.sessioncontext.assumedroot";
  if (columns.kind(path) === undefined) return NULL_TEXT;
  return where(`${columns.text("useridentity.type")} = 'Root'`, `coalesce(${columns.text(path)}, 'false')`);
}

const arn = (columns: Columns): string => columns.text("useridentity.arn");

/** The ARN of a session says nothing that its role's does not, but for the session's name: there are as many as there are sessions. */
function callerArn(columns: Columns): string {
  const issuer = columns.text("useridentity.sessioncontext.sessionissuer.arn");
  const known = [
    oneOf(columns.text("useridentity.type"), ["AssumedRole", "Role"]),
    `${columns.text("useridentity.accountid")} IS NOT NULL`,
    `coalesce(regexp_like(${issuer}, ${literal("^arn:[\\w-]+:iam::\\d{12}:role/")}), false)`,
  ];
  return `CASE WHEN ${known.join(" AND ")} THEN ${NULL_TEXT} ELSE ${arn(columns)} END`;
}

function meansSomeResources({ Resource, NotResource }: PolicyStatement): boolean {
  return NotResource !== undefined || !asList(Resource).every((one) => one === "*");
}

function hasPrincipals(statements: readonly PolicyStatement[]): boolean {
  return statements.some((one) => {
    const { Principal, NotPrincipal } = one as { readonly Principal?: unknown; readonly NotPrincipal?: unknown };
    return NotPrincipal !== undefined || (Principal !== undefined && Principal !== "*");
  });
}

/** Conditions of the events that a statement may speak of. */
function conditionsOf({ Action, NotAction }: PolicyStatement): readonly string[] {
  if (NotAction !== undefined || asList(Action).includes("*")) return ["true"];
  return asList(Action)
    .flatMap(eventsOf)
    .map(
      ({ source, name }) =>
        `(${like(`"eventsource"`, source)} OR ${like(`"eventsource"`, `${source}.amazonaws.com`)}) AND ${like(`"eventname"`, name, "%")}`,
    );
}

/** What there are logs of: days, first and last event of each account and region, and what was done to trails. */
export function placesQuestion(at: string): Question {
  const until = Math.floor(Date.parse(at) / 1000);
  const trail = `"eventsource" = 'cloudtrail.amazonaws.com' AND ${oneOf(`"eventname"`, [...STOPS, ...STARTS])}`;
  return {
    name: "logs by account and region",
    part: "places",
    times: "days",
    // Others are no evidence of a day.
    chosen: (columns) =>
      anyOf([`${columns.text("eventcategory")} = 'Management'`, `lower(${columns.text("managementevent")}) = 'true'`]),
    fields: (columns) => ({
      // A row needs a call; which one matters only where it is about a trail.
      eventsource: `CASE WHEN ${trail} THEN "eventsource" ELSE 'any' END`,
      eventname: `CASE WHEN ${trail} THEN "eventname" ELSE 'any' END`,
      recipientaccountid: columns.text("recipientaccountid"),
      awsregion: columns.text("awsregion"),
      eventcategory: columns.text("eventcategory"),
      managementevent: `lower(${columns.text("managementevent")})`,
      readonly: `lower(${columns.text("readonly")})`,
      errorcode: where(trail, columns.text("errorcode")),
      "requestparameters.name": where(trail, columns.scalar("requestparameters", "name")),
    }),
    apart: () => [`${TIME} > ${timeLiteral(until)}`],
  };
}
