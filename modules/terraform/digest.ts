import { createHash } from "node:crypto";
import { BaselineError } from "../kernel/errors";
import { canonicalJson, isObject, Json } from "../kernel/json";

/**
 * What a plan would do, as a hash: two plans with the same digest do the same. So that an apply can plan again and know that it is what was
 * reviewed, and no plan file, which may hold secrets, has to be kept anywhere in between.
 */
export interface PlanDigest {
  readonly digest: string;
  /** Digest of each change, by address: says where two plans differ. Sorted. */
  readonly changes: Readonly<Record<string, string>>;
}

/**
 * What differs from one plan to the next and is not done: the time, and what Terraform found there. Everything else counts, known here or
 * not: what a later Terraform puts into a plan must not slip through.
 */
const NOT_DONE = new Set([
  "timestamp",
  "planned_values",
  "prior_state",
  "resource_drift",
  "relevant_attributes",
  "checks",
  "applyable",
  "resource_changes",
  "output_changes",
]);

/** In place of a secret: a hash of a short one could be guessed, and the digests are seen by whoever sees the run. */
const SECRET = "(sensitive)";

/**
 * @param content JSON of `terraform show -json`, already read as a plan once
 * @param lock the providers that were chosen: the text of `.terraform.lock.hcl`
 */
export function planDigest(content: string, lock: string): PlanDigest {
  const plan: unknown = JSON.parse(content);
  if (!isObject(plan))
    throw new BaselineError(
      [
        {
          code: "DELIVERY-PLAN",
          message: "Terraform's plan is no JSON object.",
          fix: "Use Terraform 1.10 or later, or OpenTofu.",
        },
      ],
      1,
    );
  const resources = list(plan["resource_changes"]).filter((change) => !idle(change));
  const changes = new Map<string, string>();
  for (const change of resources) {
    const address = typeof change["address"] === "string" ? change["address"] : "";
    // An object that was to be replaced and is still there has the address of its successor.
    const name = typeof change["deposed"] === "string" ? `${address} (deposed ${change["deposed"]})` : address;
    changes.set(name, hash(masked(change)));
  }
  if (changes.size !== resources.length)
    throw new BaselineError(
      [
        {
          code: "DELIVERY-PLAN",
          message: "Terraform's plan has two changes of one address.",
          fix: "Report it: with this plan nobody can say what is to be applied.",
        },
      ],
      1,
    );
  for (const [name, change] of Object.entries(isObject(plan["output_changes"]) ? plan["output_changes"] : {})) {
    if (isObject(change) && !isNothing(change["actions"])) changes.set(`output.${name}`, hash(masked({ change })));
  }
  const rest = Object.fromEntries(Object.entries(plan).filter(([key]) => !NOT_DONE.has(key)));
  const sorted = Object.fromEntries([...changes].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { digest: hash([sorted, rest, lock]), changes: sorted };
}

function hash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}

function idle(change: Json): boolean {
  const inner = change["change"];
  // An import or a move changes the state, though nothing in AWS.
  return (
    isObject(inner) &&
    isNothing(inner["actions"]) &&
    inner["importing"] === undefined &&
    change["previous_address"] === undefined
  );
}

function isNothing(actions: unknown): boolean {
  return Array.isArray(actions) && actions.length === 1 && (actions[0] === "no-op" || actions[0] === "read");
}

function masked(resource: Json): Json {
  const change = resource["change"];
  if (!isObject(change)) return resource;
  return {
    ...resource,
    change: {
      ...change,
      before: mask(change["before"], change["before_sensitive"]),
      after: mask(change["after"], change["after_sensitive"]),
    },
  };
}

function mask(value: unknown, marks: unknown): unknown {
  if (marks === true) return SECRET;
  if (Array.isArray(value)) return Array.isArray(marks) ? value.map((item: unknown, i) => mask(item, marks[i])) : value;
  if (isObject(value))
    return isObject(marks)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, marks[key])]))
      : value;
  return value;
}
