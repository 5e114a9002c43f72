import type { z } from "zod";
import { BaselineError } from "../../kernel/errors";
import { isObject } from "../../kernel/json";
import { oneLine } from "../../review/escape";
import { keepsSecrets, parsedUrl } from "../../kernel/url";

/** GitHub's REST API, as much of it as a comment needs. */

export interface GitHubOptions {
  /** `https://api.github.com`, or a GitHub Enterprise Server's. */
  readonly url: string;
  /** Never printed. */
  readonly token: string;
  /** @default - the platform's */
  readonly fetch?: typeof fetch;
  /** Waits between tries. @default - real time */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** GitHub, or the way to it, may be well again in a moment. */
export class GitHubBusy extends Error {
  constructor(
    message: string,
    /** @default - the caller's patience */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

const TRIES = 5;
const LONGEST_WAIT_SECONDS = 60;
/** A page that does not come is not waited for. */
const TIMEOUT_MS = 30_000;

export class GitHub {
  private readonly url: string;

  constructor(private readonly options: GitHubOptions) {
    this.url = options.url.replace(/\/+$/, "");
    const url = parsedUrl(this.url);
    if (!url || !keepsSecrets(url)) throw badUrl(this.url);
  }

  /**
   * All items of a list, page by page, at most `limit`.
   *
   * @param key of the answer that has the list @default - the answer is the list
   */
  async list<T>(path: string, item: z.ZodType<T>, limit: number, key?: string): Promise<readonly T[]> {
    const items: unknown[] = [];
    for (let page = 1; items.length < limit; page++) {
      const answer = await this.retried(() =>
        this.once("GET", `${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`),
      );
      const found = key === undefined ? answer : isObject(answer) ? answer[key] : undefined;
      if (!Array.isArray(found)) throw refused("GET", path, "The answer is no list.");
      items.push(...(found as unknown[]));
      if (found.length < 100) break;
    }
    const read = item.array().safeParse(items.slice(0, limit));
    if (!read.success) throw refused("GET", path, "The answer is not what the API promises.");
    return read.data;
  }

  /** One request, tried once: what writes is only tried again by who knows whether it has been written. */
  async once(method: "GET" | "POST" | "PATCH", path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    try {
      response = await (this.options.fetch ?? fetch)(`${this.url}${path}`, {
        method,
        // A redirect could lead the token elsewhere.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${this.options.token}`,
          "content-type": "application/json",
          "user-agent": "keyless-org-baseline",
          "x-github-api-version": "2022-11-28",
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      // Its own words may hold the request.
      throw new GitHubBusy(`${method} ${path}: no answer from ${this.url}`);
    }
    if (response.ok) {
      try {
        return await response.json();
      } catch {
        throw new GitHubBusy(`${method} ${path}: the answer was cut off`);
      }
    }
    const after = Number(response.headers.get("retry-after") ?? "");
    const limited =
      response.status === 429 ||
      (response.status === 403 && (after > 0 || response.headers.get("x-ratelimit-remaining") === "0"));
    const words = `${response.status} ${await messageOf(response)}`.trim();
    if (response.status >= 500 || limited)
      throw new GitHubBusy(`${method} ${path}: ${words}`, after > 0 ? after : undefined);
    throw refused(method, path, words);
  }

  /** Tries again while GitHub is busy, with growing pauses. */
  async retried<T>(task: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await task();
      } catch (error) {
        if (!(error instanceof GitHubBusy)) throw error;
        if (attempt >= TRIES)
          throw new BaselineError(
            [
              {
                code: "GITHUB-BUSY",
                message: `GitHub did not answer after ${TRIES} tries: ${error.message}.`,
                fix: "Run it again later.",
              },
            ],
            1,
          );
        const seconds = Math.min(LONGEST_WAIT_SECONDS, error.retryAfterSeconds ?? 2 ** (attempt - 1));
        await (this.options.sleep ?? pause)(seconds * 1000);
      }
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function badUrl(url: string): BaselineError {
  return new BaselineError([
    {
      code: "GITHUB-URL",
      message: `${JSON.stringify(url)} is no https address.`,
      fix: "Set GITHUB_API_URL to GitHub's API, for example https://api.github.com.",
    },
  ]);
}

/** GitHub's own message, as one short line. */
async function messageOf(response: Response): Promise<string> {
  try {
    const { message } = (await response.json()) as { readonly message?: unknown };
    return typeof message === "string" ? oneLine(message, 200) : "";
  } catch {
    return "";
  }
}

function refused(method: string, path: string, words: string): BaselineError {
  return new BaselineError(
    [
      {
        code: "GITHUB-REFUSED",
        message: `GitHub refuses ${method} ${path}: ${words}`,
        fix: "The token of a comment needs pull-requests: write in this repository, that of an apply actions: read.",
      },
    ],
    1,
  );
}
