import type { IncomingHttpHeaders } from "node:http";
import { type AwsRequest, type Caller, type JsonObject, parseQueryInput } from "./aws-message";
import { type Gap, matchRoute } from "./gap";

interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const SCOPE = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/;

/** Reads service and region from the signature's scope, the operation from wherever the protocol puts it. */
export function parseRequest(
  raw: RawRequest,
  gapOf: (service: string) => Gap | undefined,
  callerOf: (accessKey: string | undefined) => Caller,
): AwsRequest {
  const url = new URL(raw.url, "http://local");
  const [, accessKey, region = "us-east-1", signingName = ""] =
    SCOPE.exec(String(raw.headers.authorization ?? "")) ?? [];
  const caller = callerOf(accessKey);
  const common = {
    method: raw.method,
    url: raw.url,
    path: url.pathname,
    query: url.searchParams,
    headers: raw.headers,
    body: raw.body,
    region,
    accountId: caller.accountId,
    caller,
  };
  const target = raw.headers["x-amz-target"];
  if (typeof target === "string") {
    return {
      ...common,
      protocol: "json",
      service: signingName,
      operation: target.split(".").pop() ?? target,
      input: parseJson(raw.body),
    };
  }
  if (String(raw.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) {
    const form = new URLSearchParams(raw.body.toString());
    const operation = form.get("Action");
    // AssumeRoleWithWebIdentity and AssumeRoleWithSAML are the unsigned calls a baseline may meet.
    if (operation)
      return { ...common, protocol: "query", service: signingName || "sts", operation, input: parseQueryInput(form) };
  }
  const route = matchRoute(gapOf(signingName)?.routes ?? {}, raw.method, url.pathname);
  const isJson = String(raw.headers["content-type"] ?? "").includes("json");
  return {
    ...common,
    protocol: "rest",
    service: signingName,
    operation: route?.operation ?? `${raw.method} ${url.pathname}`,
    input: { ...(isJson ? parseJson(raw.body) : {}), ...Object.fromEntries(url.searchParams), ...route?.labels },
  };
}

function parseJson(body: Buffer): JsonObject {
  try {
    return JSON.parse(body.toString() || "{}") as JsonObject;
  } catch {
    return {};
  }
}
