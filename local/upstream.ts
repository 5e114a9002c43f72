import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { AwsResponse, Json, JsonObject } from "./aws-message";
import { AwsError } from "./aws-message";

/** An answer that means: moto lacks this operation. */
export const MISSING_HEADER = "x-local-missing";

/** Sends requests to moto: those of the callers unchanged, and calls that the front makes on behalf of AWS itself. */
export class Upstream {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(readonly port: number) {}

  /** @param accountId - account in which moto works; moto would derive it from the access key, which it does not always know */
  send(
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    body: Buffer | string,
    accountId: string,
  ): Promise<AwsResponse> {
    const outgoing: IncomingHttpHeaders = {
      ...headers,
      "x-moto-account-id": accountId,
      "content-length": String(Buffer.byteLength(body)),
    };
    delete outgoing["transfer-encoding"];
    delete outgoing.connection;
    delete outgoing.expect;
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: "127.0.0.1", port: this.port, method, path, headers: outgoing, agent: this.#agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const kept: Record<string, string> = {};
            for (const [name, value] of Object.entries(response.headers)) {
              if (
                value !== undefined &&
                !["connection", "transfer-encoding", "content-length", "keep-alive"].includes(name)
              )
                kept[name] = Array.isArray(value) ? value.join(", ") : value;
            }
            resolve({ status: response.statusCode ?? 502, headers: kept, body: Buffer.concat(chunks) });
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** A call of a JSON service (`target` is the whole X-Amz-Target) in an account; throws what AWS would answer. */
  async json(place: Place, service: string, target: string, input: JsonObject, seed?: JsonObject): Promise<JsonObject> {
    const headers = {
      ...signed(place, service),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
      ...seedHeader(seed),
    };
    const response = await this.send("POST", "/", headers, JSON.stringify(input), place.accountId);
    const parsed = JSON.parse(response.body.toString() || "{}") as JsonObject;
    if (response.status >= 300)
      throw new AwsError(
        errorCode(response.headers, parsed),
        String(parsed["message"] ?? parsed["Message"] ?? "moto failed"),
        response.status,
      );
    return parsed;
  }

  /** A call of a query service in an account; gives the XML. Members of lists are written `Name.member.1`. */
  async query(
    place: Place,
    service: string,
    version: string,
    action: string,
    input: Readonly<Record<string, string | undefined>>,
  ): Promise<string> {
    const form = new URLSearchParams({ Action: action, Version: version });
    for (const [name, value] of Object.entries(input)) if (value !== undefined) form.set(name, value);
    const headers = { ...signed(place, service), "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const response = await this.send("POST", "/", headers, form.toString(), place.accountId);
    const xml = response.body.toString();
    if (response.status >= 300)
      throw new AwsError(
        xmlValue(xml, "Code") ?? "InternalFailure",
        xmlValue(xml, "Message") ?? xml.slice(0, 300),
        response.status,
      );
    return xml;
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** First value of an XML element. Enough for ids; the front reads no lists from XML. */
export function xmlValue(xml: string, element: string): string | undefined {
  const value = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  return value
    ?.replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&amp;/g, "&");
}

function errorCode(
  headers: Readonly<Record<string, string>>,
  body: { readonly [key: string]: Json | undefined },
): string {
  const raw = headers["x-amzn-errortype"] ?? String(body["__type"] ?? "InternalFailure");
  return raw.split("#").pop() ?? raw;
}

function seedHeader(seed: JsonObject | undefined): Record<string, string> {
  return seed ? { "x-local-seed": JSON.stringify(seed) } : {};
}

/** moto reads service and region from the scope of a signature that nobody checks. */
function signed(place: Place, service: string): Record<string, string> {
  return {
    host: `${service}.${place.region}.amazonaws.com`,
    authorization: `AWS4-HMAC-SHA256 Credential=local/20200101/${place.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}
