import { createServer, IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** What the API says of a run. */
export interface FakeRun {
  readonly status?: string;
  readonly planStatus?: string;
  readonly workspace?: string;
  /** What `terraform show -json` wrote. */
  readonly plan?: string;
}

export interface Seen {
  readonly server: "api" | "archive";
  readonly path: string;
  readonly authorization: string | undefined;
}

/** Answers in the place of the API's own, in order; `undefined` lets the API answer. */
export type Instead = ((request: IncomingMessage, response: ServerResponse) => void) | undefined;

/** Answers what the API of a review does not know; says whether it did. */
export type More = (
  server: Seen["server"],
  request: IncomingMessage,
  json: (status: number, body?: unknown) => void,
  response: ServerResponse,
) => boolean;

export interface FakeHcp {
  /** `http://localhost:<port>` or `localhost:<port>`. */
  readonly host: string;
  readonly seen: readonly Seen[];
  readonly runs: Map<string, FakeRun>;
  /** By the beginning of a path. */
  readonly instead: Map<string, Instead[]>;
  reset(): void;
  stop(): Promise<void>;
}

export const TOKEN = "abcdefghijklmn.atlasv1.notARealTokenButLongEnoughToBeOne";

/**
 * Speaks as much of the API of HCP Terraform as a review needs, as its documentation says: runs with what is related to them, the JSON of a plan as a
 * redirect to an archive which is another server, and JSON:API errors. https://developer.hashicorp.com/terraform/cloud-docs/api-docs
 */
export async function startHcp(
  tls?: { readonly key: string; readonly cert: string },
  more: (archive: string) => More = () => () => false,
): Promise<FakeHcp> {
  const seen: Seen[] = [];
  const runs = new Map<string, FakeRun>();
  const instead = new Map<string, Instead[]>();
  const listen = async (
    name: Seen["server"],
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<{ server: Server; origin: string }> => {
    const handler = (request: IncomingMessage, response: ServerResponse): void => {
      seen.push({ server: name, path: request.url ?? "", authorization: request.headers.authorization });
      const queue = [...instead].find(([path]) => request.url?.startsWith(path))?.[1];
      const other = queue?.shift();
      if (other) other(request, response);
      else answer(request, response);
    };
    const server = tls ? createTlsServer(tls, handler) : createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    return {
      server: server,
      origin: `http${tls ? "s" : ""}://localhost:${(server.address() as AddressInfo).port}`,
    };
  };
  const json = (response: ServerResponse, status: number, body?: unknown): void =>
    void response
      .writeHead(status, { "content-type": "application/vnd.api+json" })
      .end(body === undefined ? "" : JSON.stringify(body));
  const also = (server: Seen["server"], request: IncomingMessage, response: ServerResponse): boolean =>
    more(archive.origin)(server, request, (status, body) => json(response, status, body), response);
  const error = (response: ServerResponse, status: number, title: string): void =>
    json(response, status, { errors: [{ status: String(status), title }] });
  const archive: { readonly server: Server; readonly origin: string } = await listen("archive", (request, response) => {
    if (also("archive", request, response)) return;
    const plan = runs.get(`run-${request.url?.split("/").at(-1) ?? ""}`)?.plan;
    if (plan === undefined) error(response, 404, "not found");
    else response.writeHead(200, { "content-type": "application/json" }).end(plan);
  });
  const api = await listen("api", (request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return error(response, 401, "unauthorized");
    if (also("api", request, response)) return;
    const [path, query] = (request.url ?? "").split("?");
    const plan = /^\/api\/v2\/plans\/plan-(\w+)\/json-output$/.exec(path!)?.[1];
    if (plan !== undefined) {
      if (runs.get(`run-${plan}`)?.plan === undefined) return void response.writeHead(204).end();
      return void response.writeHead(307, { location: `${archive.origin}/v1/object/secret-part/${plan}` }).end();
    }
    const id = /^\/api\/v2\/runs\/run-(\w+)$/.exec(path!)?.[1];
    const run = id === undefined ? undefined : runs.get(`run-${id}`);
    if (!run) return error(response, 404, "not found");
    const included = new URLSearchParams(query).get("include")?.split(",") ?? [];
    json(response, 200, {
      data: {
        id: `run-${id}`,
        type: "runs",
        attributes: {
          status: run.status ?? "planned",
          "has-changes": true,
          "plan-only": false,
          actions: { "is-confirmable": true },
        },
        relationships: {
          plan: { data: { id: `plan-${id}`, type: "plans" } },
          workspace: { data: { id: `ws-${id}`, type: "workspaces" } },
        },
      },
      included: [
        ...(included.includes("workspace")
          ? [{ id: `ws-${id}`, type: "workspaces", attributes: { name: run.workspace ?? "example-guardrails" } }]
          : []),
        ...(included.includes("plan")
          ? [{ id: `plan-${id}`, type: "plans", attributes: { status: run.planStatus ?? "finished" } }]
          : []),
      ],
    });
  });
  return {
    host: tls ? api.origin.slice("https://".length) : api.origin,
    seen,
    runs,
    instead,
    reset: () => {
      seen.length = 0;
      runs.clear();
      instead.clear();
    },
    stop: async () => {
      for (const { server } of [api, archive]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
