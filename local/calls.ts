import type { AwsRequest } from "./aws-message";

export interface Call {
  /** `service:Operation`, with the service's IAM prefix. */
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
  readonly status: number;
  /** ARN of the role that `sts:AssumeRole` asked for. */
  readonly role?: string;
}

/** Counts of API calls by operation since the last reset, and their order when asked for. */
export class CallLog {
  #counts = new Map<string, number>();
  #log: Call[] = [];

  constructor(readonly keepsOrder: boolean) {}

  add(request: AwsRequest, status: number): void {
    const operation = `${request.service || "unsigned"}:${request.operation}`;
    this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + 1);
    if (!this.keepsOrder) return;
    const role = request.input["RoleArn"];
    this.#log.push({
      operation,
      accountId: request.accountId,
      region: request.region,
      status,
      ...(operation === "sts:AssumeRole" && typeof role === "string" ? { role } : {}),
    });
  }

  /** Counts by operation, sorted by name. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  ordered(): readonly Call[] {
    return [...this.#log];
  }

  reset(): void {
    this.#counts = new Map();
    this.#log = [];
  }
}
