import type { NamedPolicy, RequestPrincipal } from "../modules/policy/evaluate";

/** One AWS API call as the front sees it, and the answers it gives: JSON, query (XML) and REST-JSON. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

export type Protocol = "json" | "query" | "rest";

export interface AwsRequest {
  readonly method: string;
  /** Path and query, as received. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly protocol: Protocol;
  /** Signing name, the prefix of IAM actions: `sso` for sso-admin, `access-analyzer`. Empty for an unsigned request. */
  readonly service: string;
  readonly region: string;
  readonly operation: string;
  /** Account of the caller. */
  readonly accountId: string;
  readonly caller: Caller;
  /** Members of the input, whatever the protocol; for REST the body, the query and the labels of the path together. */
  readonly input: JsonObject;
}

/** Who calls, as AWS knows it from the access key. */
export interface Caller {
  readonly accountId: string;
  readonly principal: RequestPrincipal;
  /** `UserId` of `GetCallerIdentity`. */
  readonly userId: string;
  /**
   * `administrator`: the person at this machine, who may do everything in the management account. `key`: a user's access key.
   * `session`: temporary credentials.
   */
  readonly kind: "administrator" | "key" | "session";
  /** Temporary credentials: when they were given out, in milliseconds. */
  readonly issuedAt?: number;
  /** Temporary credentials end then, in milliseconds. */
  readonly expiresAt?: number;
  /** When MFA was given, in milliseconds. `notKnown`: AWS documents nothing certain for such a session. @default - without MFA */
  readonly mfa?: number | "notKnown";
  /** Session policies. @default - none */
  readonly session?: readonly NamedPolicy[];
  readonly tags?: Readonly<Record<string, string>>;
  /** The key is no valid one (any more): the error that every call gets. */
  readonly refused?: (protocol: Protocol) => AwsError;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** An error as AWS would answer it. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = "AwsError";
  }
}

const XML_NAMESPACES: Readonly<Record<string, string>> = {
  cloudformation: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
  iam: "https://iam.amazonaws.com/doc/2010-05-08/",
  sts: "https://sts.amazonaws.com/doc/2011-06-15/",
};

/** Operations of REST that answer 201. */
const CREATING = ["CreateProfile", "CreateSession", "CreateTrustAnchor", "ImportCrl"];

let requestCounter = 0;
function requestId(): string {
  return `00000000-0000-4000-8000-${(++requestCounter).toString(16).padStart(12, "0")}`;
}

export function success(request: AwsRequest, result: JsonObject): AwsResponse {
  const id = requestId();
  if (request.protocol === "query") {
    const { operation } = request;
    const namespace = XML_NAMESPACES[request.service] ?? "";
    const body =
      `<${operation}Response xmlns="${namespace}"><${operation}Result>${toXml(result)}</${operation}Result>` +
      `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></${operation}Response>`;
    return { status: 200, headers: { "content-type": "text/xml", "x-amzn-requestid": id }, body };
  }
  const type = request.protocol === "json" ? "application/x-amz-json-1.1" : "application/json";
  const status = request.protocol === "rest" && CREATING.includes(request.operation) ? 201 : 200;
  return { status, headers: { "content-type": type, "x-amzn-requestid": id }, body: JSON.stringify(result) };
}

export function failure(request: Pick<AwsRequest, "protocol">, error: AwsError): AwsResponse {
  const id = requestId();
  if (request.protocol === "query") {
    const side = error.status >= 500 ? "Receiver" : "Sender";
    const body =
      `<ErrorResponse><Error><Type>${side}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error>` +
      `<RequestId>${id}</RequestId></ErrorResponse>`;
    return { status: error.status, headers: { "content-type": "text/xml", "x-amzn-requestid": id }, body };
  }
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-errortype": error.code,
    "x-amzn-requestid": id,
  };
  return {
    status: error.status,
    headers,
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
  };
}

function toXml(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join("");
  if (typeof value === "object") {
    return Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([key, member]) => `<${key}>${toXml(member)}</${key}>`)
      .join("");
  }
  return escapeXml(String(value));
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r/g, "&#13;");
}

/** `Parameters.member.1.ParameterKey=x` as nested objects and arrays. Numbers and booleans stay text, as the protocol has them. */
export function parseQueryInput(parameters: URLSearchParams): JsonObject {
  const root: JsonObject = {};
  for (const [name, value] of parameters) {
    if (name === "Action" || name === "Version") continue;
    const parts = name.split(".");
    let node: JsonObject = root;
    parts.forEach((part, index) => {
      if (index === parts.length - 1) node[part] = value;
      else node = (node[part] ??= {}) as JsonObject;
    });
  }
  return collapse(root) as JsonObject;
}

function collapse(value: Json | undefined): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value ?? null;
  const keys = Object.keys(value);
  const members = keys.length === 1 && keys[0] === "member" ? value["member"] : undefined;
  if (members !== undefined && typeof members === "object" && members !== null && !Array.isArray(members)) {
    const list = members;
    return Object.keys(list)
      .sort((a, b) => Number(a) - Number(b))
      .map((key) => collapse(list[key]));
  }
  return Object.fromEntries(keys.map((key) => [key, collapse(value[key])]));
}

export function text(value: Json | undefined, fallback = ""): string {
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : fallback;
}

export function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((item) => text(item)) : [];
}

export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value)
    ? value.filter((item): item is JsonObject => typeof item === "object" && item !== null && !Array.isArray(item))
    : [];
}

export function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** One page of a list, and where the next begins. Tokens are positions: the lists of the front do not change under a reader. */
export function page<T>(
  items: readonly T[],
  token: Json | undefined,
  size: number,
): { readonly items: T[]; readonly next: string | undefined } {
  const start = Number(text(token, "0")) || 0;
  const end = start + size;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : undefined };
}
