import { isRow, Row } from "./canonical";

/**
 * Events as Elastic's integration for CloudTrail indexes them, in the Elastic Common Schema:
 * https://github.com/elastic/integrations/tree/main/packages/aws/data_stream/cloudtrail. It keeps neither `assumedRoot` nor `sourceIdentity`.
 */
export function isEcs(row: Row): boolean {
  return isRow(at(row, "aws", "cloudtrail")) && at(row, "event", "provider") !== undefined;
}

export function fromEcs(row: Row): Row {
  const trail = at(row, "aws", "cloudtrail");
  const identity = at(trail, "user_identity");
  const session = at(identity, "session_context");
  const issuer = at(session, "session_issuer");
  const account = at(row, "cloud", "account", "id");
  // `user.name` is the user's, or that of the role of a session.
  const name =
    at(issuer, "arn") === undefined ? "userIdentity.userName" : "userIdentity.sessionContext.sessionIssuer.userName";
  return defined({
    eventTime: row["@timestamp"],
    eventSource: at(row, "event", "provider"),
    eventName: at(row, "event", "action"),
    awsRegion: at(row, "cloud", "region"),
    sourceIPAddress: at(row, "source", "address") ?? at(row, "source", "ip"),
    userAgent: at(row, "user_agent", "original"),
    errorCode: at(trail, "error_code"),
    errorMessage: at(trail, "error_message"),
    eventType: at(trail, "event_type"),
    eventCategory: at(trail, "event_category"),
    managementEvent: at(trail, "management_event"),
    readOnly: at(trail, "read_only"),
    recipientAccountId: at(trail, "recipient_account_id"),
    vpcEndpointId: at(trail, "vpc_endpoint_id"),
    resources: at(trail, "resources"),
    requestParameters: at(trail, "flattened", "request_parameters") ?? at(trail, "request_parameters"),
    responseElements: at(trail, "flattened", "response_elements") ?? at(trail, "response_elements"),
    additionalEventData: at(trail, "flattened", "additional_eventdata") ?? at(trail, "additional_eventdata"),
    "userIdentity.type": at(identity, "type"),
    "userIdentity.arn": at(identity, "arn"),
    "userIdentity.accessKeyId": at(identity, "access_key_id"),
    "userIdentity.invokedBy": at(identity, "invoked_by"),
    "userIdentity.accountId": account,
    "userIdentity.principalId": at(row, "user", "id"),
    [name]: at(row, "user", "name"),
    "userIdentity.sessionContext.attributes.mfaAuthenticated": at(session, "mfa_authenticated"),
    "userIdentity.sessionContext.attributes.creationDate": at(session, "creation_date"),
    "userIdentity.sessionContext.sessionIssuer.type": at(issuer, "type"),
    "userIdentity.sessionContext.sessionIssuer.arn": at(issuer, "arn"),
    "userIdentity.sessionContext.sessionIssuer.accountId": at(issuer, "account_id"),
  });
}

function defined(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined && value !== null));
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (!isRow(found)) return undefined;
    found = found[name];
  }
  return found ?? undefined;
}
