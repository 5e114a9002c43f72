import { createServer, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
}

export interface FakePull {
  readonly number: number;
  readonly head: {
    readonly sha: string;
    readonly ref: string;
    readonly label: string;
    readonly repo: { readonly full_name: string } | null;
  };
  readonly files: readonly { readonly filename: string; readonly previous_filename?: string }[];
}

/** A run of the workflow that applies. Newest first, as GitHub lists them. */
export interface FakeRun {
  readonly id: number;
  readonly head_sha: string;
  readonly head_branch: string;
  readonly event: string;
  readonly head_repository: { readonly full_name: string };
  readonly jobs: readonly { readonly name: string; readonly conclusion: string | null }[];
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Answers in the place of the API's own, once; `after` lets the API do what was asked and then loses its answer. */
export interface Instead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly after?: boolean;
}

export interface FakeGitHub {
  readonly url: string;
  readonly comments: FakeComment[];
  readonly pulls: FakePull[];
  readonly runs: FakeRun[];
  readonly seen: readonly SeenRequest[];
  /** In order, for requests whose method and path begin so. */
  readonly instead: { readonly request: string; readonly answer: Instead }[];
  stop(): Promise<void>;
}

export const REPOSITORY = "acme/baseline";
export const TOKEN = "ghs_notARealTokenButLongEnoughToBeOne";
/** Whose token it is. */
export const BOT = "github-actions[bot]";

/** Speaks as much of GitHub's REST API as a comment needs, as its documentation says. https://docs.github.com/rest */
export async function startGitHub(): Promise<FakeGitHub> {
  const comments: FakeComment[] = [];
  const pulls: FakePull[] = [];
  const runs: FakeRun[] = [];
  const seen: SeenRequest[] = [];
  const instead: { request: string; answer: Instead }[] = [];
  const json = (response: ServerResponse, status: number, body: unknown): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

  const answer = (request: SeenRequest, response: ServerResponse): void => {
    const url = new URL(request.path, "http://localhost");
    if (request.authorization !== `Bearer ${TOKEN}`) return json(response, 401, { message: "Bad credentials" });
    const page = <T>(items: readonly T[], key?: string): void => {
      const [size, number] = [
        Number(url.searchParams.get("per_page") ?? 30),
        Number(url.searchParams.get("page") ?? 1),
      ];
      const some = items.slice(size * (number - 1), size * number);
      json(response, 200, key === undefined ? some : { total_count: items.length, [key]: some });
    };
    const body = (): string => (JSON.parse(request.body) as { body: string }).body;
    const route = `${request.method} ${url.pathname}`;
    const repo = `/repos/${REPOSITORY}`;
    if (route === `GET ${repo}/pulls`)
      return page(pulls.filter(({ head }) => head.label === url.searchParams.get("head")));
    // https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
    if (route === `GET ${repo}/actions/workflows/apply.yml/runs`)
      return page(
        runs
          .filter((run) => run.head_branch === url.searchParams.get("branch"))
          .map(({ jobs: _, ...run }) => ({ ...run, status: "completed", name: "Apply" })),
        "workflow_runs",
      );
    // https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run
    const run = runs.find(({ id }) => route === `GET ${repo}/actions/runs/${id}/jobs`);
    if (run) return page(run.jobs, "jobs");
    const pull = pulls.find(
      ({ number }) =>
        url.pathname.startsWith(`${repo}/pulls/${number}/`) || url.pathname.startsWith(`${repo}/issues/${number}/`),
    );
    if (pull && route === `GET ${repo}/pulls/${pull.number}/files`) return page(pull.files);
    if (pull && route === `GET ${repo}/issues/${pull.number}/comments`) return page(comments);
    if (pull && route === `POST ${repo}/issues/${pull.number}/comments`) {
      if (body().length > 65_536) return json(response, 422, { message: "Body is too long" });
      comments.push({ id: 1000 + comments.length, body: body(), user: { login: BOT } });
      return json(response, 201, comments.at(-1));
    }
    const known = comments.find(({ id }) => route === `PATCH ${repo}/issues/comments/${id}`);
    if (known) {
      known.body = body();
      return json(response, 200, known);
    }
    json(response, 404, { message: "Not Found" });
  };

  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        authorization: incoming.headers.authorization,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      seen.push(request);
      const next = instead.findIndex((one) => `${request.method} ${request.path}`.startsWith(one.request));
      if (next < 0) return answer(request, response);
      const other = instead.splice(next, 1)[0]!.answer;
      // What is done although nobody hears of it.
      if (other.after) answer(request, { writeHead: () => ({ end: () => undefined }) } as unknown as ServerResponse);
      response.writeHead(other.status, other.headers ?? {}).end(other.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    pulls,
    runs,
    seen,
    instead,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
