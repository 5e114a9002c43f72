import { isRow, Row } from "./canonical";

/**
 * Events in the Open Cybersecurity Schema Framework, as Amazon Security Lake keeps them. The mapping is AWS's own, read backwards:
 * https://github.com/ocsf/examples/tree/main/mappings/markdown/AWS (1.0.0-rc.2, 1.1.0 and 1.5.0). What it does not map is in `unmapped`, under
 * CloudTrail's names with dots.
 */
export function isOcsf(row: Row): boolean {
  return "class_uid" in row && isRow(row["api"]);
}

export function fromOcsf(row: Row): Row | undefined {
  const product = text(row, "metadata", "product", "name");
  // Security Lake keeps the audit logs of EKS in the same class.
  if (product !== undefined && product !== "CloudTrail") return undefined;
  const user = at(row, "actor", "user");
  const session = at(row, "actor", "session");
  const issuer = text(session, "issuer");
  const names = [text(user, "uid"), text(user, "uuid"), text(user, "uid_alt")];
  const arn = names.find((name) => name?.startsWith("arn:"));
  const principalId = names.find((name) => name !== undefined && !name.startsWith("arn:"));
  const mfa = at(session, "is_mfa") ?? at(session, "mfa");
  const created = at(session, "created_time_dt") ?? at(session, "created_time");
  const activity = Number(row["activity_id"]);
  const category = text(row, "metadata", "product", "feature", "name");
  const unmapped = isRow(row["unmapped"]) ? row["unmapped"] : {};
  return {
    ...unmapped,
    eventTime: row["time_dt"] ?? row["time"],
    eventSource: text(row, "api", "service", "name"),
    eventName: text(row, "api", "operation"),
    awsRegion: text(row, "cloud", "region"),
    sourceIPAddress: text(row, "src_endpoint", "ip") ?? text(row, "src_endpoint", "domain"),
    userAgent: text(row, "http_request", "user_agent"),
    errorCode: text(row, "api", "response", "error"),
    errorMessage: text(row, "api", "response", "message"),
    ...has("eventType", text(row, "metadata", "event_code")),
    ...has("requestParameters", at(row, "api", "request", "data")),
    ...has("responseElements", at(row, "api", "response", "data")),
    ...has("vpcEndpointId", text(row, "src_endpoint", "uid")),
    ...has("recipientAccountId", unmapped["recipientAccountId"] ?? text(row, "cloud", "account", "uid")),
    ...has(
      "eventCategory",
      ["Management", "Data", "Insight", "NetworkActivity"].find((name) => name === category),
    ),
    // 1 create, 2 read, 3 update, 4 delete: from the name of the call, where the event's own field was not kept.
    ...has("readOnly", unmapped["readOnly"] ?? (activity >= 1 && activity <= 4 ? activity === 2 : undefined)),
    ...(Array.isArray(row["resources"]) ? { resources: row["resources"].map(resource) } : {}),
    ...has("userIdentity.type", text(user, "type")),
    ...has("userIdentity.arn", arn),
    ...has("userIdentity.principalId", principalId),
    ...has("userIdentity.userName", text(user, "name")),
    ...has("userIdentity.accountId", text(user, "account", "uid") ?? text(user, "account_uid")),
    ...has("userIdentity.accessKeyId", text(user, "credential_uid")),
    ...has("userIdentity.invokedBy", text(row, "actor", "invoked_by")),
    ...has("userIdentity.identityProvider", text(row, "actor", "idp", "name")),
    ...has("userIdentity.sessionContext.sessionIssuer.arn", issuer),
    ...has("userIdentity.sessionContext.attributes.mfaAuthenticated", mfa),
    ...has("userIdentity.sessionContext.attributes.creationDate", created),
  };
}

function has(name: string, value: unknown): Row {
  return value === undefined || value === null ? {} : { [name]: value };
}

function resource(value: unknown): unknown {
  return {
    ...has("ARN", text(value, "uid")),
    ...has(
      "accountId",
      text(value, "account", "uid") ?? text(value, "account_uid") ?? text(value, "owner", "account", "uid"),
    ),
    ...has("type", text(value, "type")),
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (!isRow(found)) return undefined;
    found = found[name];
  }
  return found ?? undefined;
}

function text(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}
