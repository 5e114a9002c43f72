import { AwsError, type AwsRequest, type AwsResponse } from "./aws-message";

/** A fault to inject. It ends after `times` calls or `forSeconds`, whichever comes first; without either it lasts until cleared. */
export interface Fault {
  /** `service:Operation` with `*`, for example `sso:*` or `iam:CreateRole`. */
  readonly operation: string;
  /**
   * `throttle` answers as AWS does over its rate; `error` answers 500; `refuse` answers with `code`; `garbage` answers 200 with what no
   * service says; `drop` never lets the call happen and closes the connection.
   */
  readonly kind: "throttle" | "error" | "refuse" | "garbage" | "drop";
  /** AWS's code of a refusal, for example `ExpiredTokenException`. @default "AccessDeniedException" */
  readonly code?: string;
  /** Only calls of this account. @default - every account */
  readonly accountId?: string;
  readonly times?: number;
  readonly forSeconds?: number;
}

interface Active {
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly until: number;
  left: number;
  readonly onHit?: (() => void) | undefined;
}

/** The faults of one local AWS. */
export class Faults {
  #active: Active[] = [];
  #injected = 0;

  /** Adds a fault; the function returned takes it away. */
  add(fault: Fault): () => void {
    return this.#push(fault);
  }

  /**
   * Resolves when a call of this operation arrives. That call and all others after it never happen until `clear()`: what a kill of
   * Terraform at this moment looks like from AWS, without a race between the signal and calls in flight.
   */
  dropFrom(operation: string): Promise<void> {
    return new Promise((resolve) => {
      this.#push({ operation, kind: "drop", times: 1 }, () => {
        this.#push({ operation: "*", kind: "drop" });
        resolve();
      });
    });
  }

  clear(): void {
    this.#active = [];
  }

  /** How many calls got a fault so far. */
  get injected(): number {
    return this.#injected;
  }

  /** The fault for this call, if one applies; counts it down. */
  take(request: AwsRequest): Fault | undefined {
    const now = Date.now();
    this.#active = this.#active.filter((active) => active.left > 0 && active.until > now);
    const hit = this.#active.find(
      ({ pattern, fault }) =>
        pattern.test(`${request.service}:${request.operation}`) &&
        (fault.accountId === undefined || fault.accountId === request.accountId),
    );
    if (!hit) return undefined;
    hit.left -= 1;
    hit.onHit?.();
    this.#injected += 1;
    return hit.fault;
  }

  #push(fault: Fault, onHit?: () => void): () => void {
    const pattern = new RegExp(
      `^${fault.operation
        .split("*")
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*")}$`,
    );
    const until = fault.forSeconds === undefined ? Infinity : Date.now() + fault.forSeconds * 1000;
    const active: Active = { fault, pattern, until, left: fault.times ?? Infinity, onHit };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((other) => other !== active);
    };
  }
}

export function faultError(fault: Fault, request: AwsRequest): AwsError {
  if (fault.kind === "throttle")
    return new AwsError(
      request.protocol === "query" ? "Throttling" : "ThrottlingException",
      "Rate exceeded (injected by the local AWS)",
    );
  if (fault.kind === "refuse")
    return new AwsError(
      fault.code ?? "AccessDeniedException",
      `Refused (injected by the local AWS): ${request.service}:${request.operation}`,
    );
  return new AwsError("InternalFailure", "An injected failure of the local AWS", 500);
}

/** An answer of status 200 that is none. */
export const GARBAGE: AwsResponse = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<html><body>502 Bad Gateway</body></html>",
};
