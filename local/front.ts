import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsError, type AwsRequest, type AwsResponse, failure, success } from "./aws-message";
import { CallLog } from "./calls";
import { faultError, Faults, GARBAGE } from "./faults";
import { type FrontContext, type Gap, TO_MOTO } from "./gap";
import { allGaps } from "./gaps";
import { parseRequest } from "./parse-request";
import { Callers } from "./access/callers";
import { MISSING_HEADER, Upstream } from "./upstream";

export interface FrontOptions {
  readonly motoPort: number;
  /** Account of credentials that no `AssumeRole` has given out. */
  readonly managementAccountId: string;
  /** @default - a free port */
  readonly port?: number;
  /** Keep every call in order, beside the counts. @default false */
  readonly keepLog?: boolean;
  /** Stands around every call: for tests that look at the account between two calls. @default - nothing */
  readonly around?: Around;
}

/** Is given a request and what answers it. */
export type Around = (request: AwsRequest, answer: () => Promise<AwsResponse>) => Promise<AwsResponse>;

/** The endpoint that callers use: moto behind it, the gaps filled, calls counted, faults injected. */
export interface Front {
  readonly endpoint: string;
  readonly calls: CallLog;
  readonly faults: Faults;
  /** Operations that neither moto nor the front knows, sorted: gaps still to fill. */
  missing(): readonly string[];
  /** Resolves when AWS has done what it does after answering (StackSet operations, auto-deployment). */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const moto = new Upstream(options.motoPort);
  const calls = new CallLog(options.keepLog ?? false);
  const faults = new Faults();
  const missing = new Set<string>();
  const callers = new Callers(options.managementAccountId);
  let background: Promise<void> = Promise.resolve();
  const context: FrontContext = {
    moto,
    managementAccountId: options.managementAccountId,
    callers,
    history: [],
    later: (work) => {
      background = background.then(work).catch((error: unknown) => {
        process.stderr.write(`local AWS, background work: ${String(error)}\n`);
      });
    },
  };
  const gaps = new Map<string, Gap>(allGaps(context).map((gap) => [gap.service, gap]));

  const answer = async (request: AwsRequest): Promise<AwsResponse> => {
    if (request.caller.refused) throw request.caller.refused(request.protocol);
    const gap = gaps.get(request.service);
    await gap?.guard?.(request);
    const result = await gap?.operations?.[request.operation]?.(request);
    if (result !== undefined && result !== TO_MOTO) return success(request, result);

    const account = (await gap?.accountFor?.(request)) ?? request.accountId;
    const response = await moto.send(request.method, request.url, request.headers, request.body, account);
    if (response.headers[MISSING_HEADER] !== undefined) {
      missing.add(`${request.service}:${request.operation}`);
      // 501 is not retried by any SDK: a gap is an error at once, not minutes of retries.
      throw new AwsError(
        "LocalAwsNotImplemented",
        `${request.service}:${request.operation}: ${response.body.toString().slice(0, 500)}`,
        501,
      );
    }
    if (response.status >= 300) return response;
    return (await gap?.after?.[request.operation]?.(request, response)) ?? response;
  };

  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing);
  });
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const raw = {
      method: incoming.method ?? "GET",
      url: incoming.url ?? "/",
      headers: incoming.headers,
      body: Buffer.concat(chunks),
    };
    const request = parseRequest(
      raw,
      (service) => gaps.get(service),
      (key) => callers.of(key),
    );
    const fault = faults.take(request);
    if (fault?.kind === "drop") {
      incoming.socket.destroy();
      return;
    }
    let response: AwsResponse;
    try {
      const work = async (): Promise<AwsResponse> =>
        fault?.kind === "garbage" ? GARBAGE : fault ? failure(request, faultError(fault, request)) : answer(request);
      response = await (options.around ? options.around(request, work) : work());
    } catch (error) {
      response = failure(
        request,
        error instanceof AwsError
          ? error
          : new AwsError("LocalAwsFailure", String((error as Error).stack ?? error), 501),
      );
    }
    calls.add(request, response.status);
    outgoing.writeHead(response.status, { ...response.headers, "content-length": Buffer.byteLength(response.body) });
    outgoing.end(response.body);
  };

  server.keepAliveTimeout = 60_000;
  await listen(server, options.port ?? 0);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faults,
    missing: () => [...missing].sort(),
    idle: async () => {
      let seen: Promise<void>;
      do {
        seen = background;
        await seen;
      } while (seen !== background);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      moto.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
