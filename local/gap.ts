import type { Callers } from "./access/callers";
import type { AwsRequest, AwsResponse, JsonObject } from "./aws-message";
import type { Upstream } from "./upstream";

/** What a gap may use: moto, and who the management account is. */
export interface FrontContext {
  readonly moto: Upstream;
  readonly managementAccountId: string;
  readonly callers: Callers;
  /** CloudTrail's event history, as far as the front keeps it: who became which role. */
  readonly history: HistoryEvent[];
  /** Runs work that AWS does after it has answered, one after the other, in order. */
  later(work: () => Promise<void>): void;
}

export interface HistoryEvent {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly source: string;
  /** Milliseconds. */
  readonly time: number;
  readonly requestParameters: JsonObject;
  readonly callerArn: string;
}

/** The front does not answer: the request goes to moto. */
export const TO_MOTO = Symbol("to moto");

/** Answers instead of moto, or gives the request on. Throws `AwsError` for an error of AWS. */
export type Handler = (request: AwsRequest) => Promise<JsonObject | typeof TO_MOTO> | JsonObject | typeof TO_MOTO;

/** Sees a successful answer of moto; may replace it. */
export type Observer = (request: AwsRequest, response: AwsResponse) => Promise<AwsResponse | void> | AwsResponse | void;

/** What moto lacks in one service. */
export interface Gap {
  /** Signing name of the service. */
  readonly service: string;
  readonly operations?: Readonly<Record<string, Handler>>;
  /** Called before every operation of the service: preconditions that AWS checks. */
  readonly guard?: (request: AwsRequest) => Promise<void> | void;
  readonly after?: Readonly<Record<string, Observer>>;
  /** Account in which moto is asked. @default - the caller's */
  readonly accountFor?: (request: AwsRequest) => Promise<string> | string;
  /** Operations of a REST service: `METHOD /path/{label}`, most specific first. */
  readonly routes?: Readonly<Record<string, string>>;
}

/** Finds operation and labels of a REST request. */
export function matchRoute(
  routes: Readonly<Record<string, string>>,
  method: string,
  path: string,
): { readonly operation: string; readonly labels: Readonly<Record<string, string>> } | undefined {
  for (const [route, operation] of Object.entries(routes)) {
    const [routeMethod, template = ""] = route.split(" ");
    if (routeMethod !== method) continue;
    const names: string[] = [];
    const pattern = template.replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
      names.push(name);
      return greedy ? "(.+)" : "([^/]+)";
    });
    const match = new RegExp(`^${pattern}/?$`).exec(path);
    if (match)
      return {
        operation,
        labels: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")])),
      };
  }
  return undefined;
}
