import { BaselineError } from "../../kernel/errors";
import { HcpHost, redirectTarget } from "./host";

/**
 * Reads the API of HCP Terraform and of Terraform Enterprise: https://developer.hashicorp.com/terraform/cloud-docs/api-docs. Nothing is written.
 *
 * The token goes to the host that it is for, in a header, and to nobody else: redirects are followed by hand, without it. No message holds
 * what a server has said, which may be anything.
 */
export interface HcpClientOptions {
  readonly host: HcpHost;
  readonly token: string;
  /** @default - waits */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** Longest body of what is not a plan. @default 5 MB */
  readonly maxAnswerBytes?: number;
  /** Longest time for an answer, and for a plan, in milliseconds. @default 30 seconds and 5 minutes */
  readonly timeouts?: { readonly answer: number; readonly plan: number };
}

export interface HcpAnswer {
  readonly status: number;
  /** Empty for all but 2xx. */
  readonly body: string;
}

/** Tries of one question; the pauses between them are 0.5, 1, 2 and 4 seconds, or what the server asks for. */
const TRIES = 5;
const LONGEST_PAUSE_SECONDS = 60;
const TIMEOUTS = { answer: 30_000, plan: 300_000 };
/** What is over when asked again, at times; a name that nobody knows and a certificate that nobody vouches for are not. */
const PASSING = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 3;
const TOO_LONG = "it took too long";

/** Something that may be over when asked again. */
class Passing extends Error {
  constructor(
    readonly code: string,
    readonly words: string,
    readonly fix: string,
    /** What the server asks for. */
    readonly pauseSeconds?: number,
  ) {
    super(words);
  }
}

export class HcpClient {
  private readonly sleep: (milliseconds: number) => Promise<void>;

  constructor(private readonly options: HcpClientOptions) {
    this.sleep = options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  }

  get hostName(): string {
    return this.options.host.name;
  }

  /** One JSON document of the API. Redirects are refused: the API has none here. */
  async get(path: string): Promise<HcpAnswer> {
    return this.patiently(() => this.ask(path, this.options.maxAnswerBytes ?? 5_000_000, 0));
  }

  /** A document that the API may keep elsewhere. The address it gives is good for a minute: what fails on the way begins again with the API. */
  async download(path: string, maxBytes: number): Promise<HcpAnswer> {
    return this.patiently(() => this.ask(path, maxBytes, MOST_REDIRECTS));
  }

  private async patiently(work: () => Promise<HcpAnswer>): Promise<HcpAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Passing)) throw error;
        const pause = error.pauseSeconds ?? 2 ** (attempt - 2);
        if (attempt === TRIES || pause > LONGEST_PAUSE_SECONDS) throw problem(error.code, error.words, error.fix);
        await this.sleep(pause * 1000);
      }
    }
  }

  private async ask(path: string, maxBytes: number, redirects: number): Promise<HcpAnswer> {
    const { host, token } = this.options;
    let url = new URL(path, host.origin);
    const timeouts = this.options.timeouts ?? TIMEOUTS;
    const signal = AbortSignal.timeout(redirects > 0 ? timeouts.plan : timeouts.answer);
    for (let hop = 0; ; hop++) {
      const headers: Record<string, string> =
        hop === 0
          ? { authorization: `Bearer ${token}`, accept: "application/vnd.api+json, application/json" }
          : { accept: "application/json" };
      const response = await this.send(url, headers, signal);
      if (REDIRECTS.has(response.status)) {
        await response.body?.cancel();
        const to = redirectTarget(url, response.headers.get("location"));
        if (!to || hop >= redirects)
          throw problem(
            "HCP-REDIRECT",
            to
              ? `${host.name} sends from one address to the next, too often.`
              : `${host.name} sends to an address that is not https.`,
            "Check the name of the host; a proxy in between may answer in its place.",
          );
        url = to;
        continue;
      }
      passing(response, host.name);
      if (response.status < 200 || response.status > 299) {
        await response.body?.cancel();
        return { status: response.status, body: "" };
      }
      return { status: response.status, body: await this.body(response, maxBytes) };
    }
  }

  private async send(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, { headers, redirect: "manual", signal });
    } catch (error) {
      const why = reason(error);
      const words = `${this.options.host.name} cannot be reached (${why}).`;
      const fix = /CERT|SIGNATURE|PURPOSE|TLS|SSL/.test(why)
        ? "Check the name of the host; where its certificate is of a CA of your own, name that in NODE_EXTRA_CA_CERTS."
        : "Check the name of the host, the network and the proxy.";
      if (!PASSING.has(why) && why !== TOO_LONG) throw problem("HCP-UNREACHABLE", words, fix);
      throw new Passing("HCP-UNREACHABLE", words, fix);
    }
  }

  /** Reads no further than the limit, whatever the server says of its length. */
  private async body(response: Response, maxBytes: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        bytes += part.length;
        if (bytes > maxBytes) break;
        parts.push(part);
      }
    } catch (error) {
      const why = reason(error);
      const words = `An answer of ${this.options.host.name} ended too early (${why}).`;
      const fix = "Run it again; if it goes on, look at what is in between: a proxy, or the network.";
      // What was too slow once has taken minutes already.
      if (why === TOO_LONG) throw problem("HCP-CUT-OFF", words, fix);
      throw new Passing("HCP-CUT-OFF", words, fix);
    }
    if (bytes > maxBytes)
      throw problem(
        "HCP-TOO-LARGE",
        `An answer of ${this.options.host.name} is larger than ${Math.round(maxBytes / 1_000_000)} MB.`,
        "Review the plan where it was made, from a file.",
      );
    return Buffer.concat(parts).toString("utf8");
  }
}

function problem(code: string, message: string, fix: string): BaselineError {
  return new BaselineError([{ code, message, fix }], 1);
}

/** @throws Passing for an answer that may be another one later */
function passing(response: Response, host: string): void {
  if (response.status === 429) {
    throw new Passing(
      "HCP-THROTTLED",
      `${host} goes on throttling, although it was asked again, more and more slowly.`,
      "Run it again later, when less else is asking.",
      secondsToWait(response.headers),
    );
  }
  if (response.status >= 500)
    throw new Passing(
      "HCP-FAILED",
      `${host} goes on failing (HTTP ${response.status}).`,
      "Run it again later.",
      secondsToWait(response.headers),
    );
}

/** `Retry-After` in seconds or as a date, or `X-RateLimit-Reset` in seconds: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting */
function secondsToWait(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? headers.get("x-ratelimit-reset");
  if (text === null) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** Node's code, for example `ECONNREFUSED`; its words may hold an address, and addresses of plans are secret. */
function reason(error: unknown): string {
  for (
    let at: unknown = error;
    typeof at === "object" && at !== null;
    at = (at as { readonly cause?: unknown }).cause
  ) {
    const { code, name } = at as { readonly code?: unknown; readonly name?: unknown };
    if (name === "TimeoutError") return TOO_LONG;
    if (typeof code === "string" && /^\w+$/.test(code)) return code;
  }
  return "the connection broke";
}
