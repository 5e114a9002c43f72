import { currency } from "../../sections/workload-identity/expiry";
import { isNewer, readRevocationList, type RevocationList } from "../../sections/workload-identity/revocation";
import { MAX_REVOCATION_LISTS } from "../../sections/workload-identity/revocation-limits";

/** What has to be done so that AWS refuses what the CAs have revoked. Plain data; nothing is read here. */

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** A list that the baseline names, as it was read now. */
export type WantedList =
  { readonly source: string; readonly list: RevocationList } | { readonly source: string; readonly problem: Reason };

/** A list that AWS has for a trust anchor. */
export interface FoundList {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly data: Buffer;
}

export interface AnchorPlace {
  readonly trustAnchor: string;
  readonly accountId: string;
  readonly account: string;
  readonly region: string;
}

export interface AnchorLists extends AnchorPlace {
  /** PEM of its CAs. */
  readonly bundle: string;
  readonly wanted: readonly WantedList[];
  /** Absent: there is no such trust anchor yet. */
  readonly found?: { readonly arn: string; readonly lists: readonly FoundList[] };
}

export interface CrlStep extends AnchorPlace {
  /** File or address. */
  readonly source: string;
  /**
   * - `import`: AWS has no list of this CA
   * - `update`: AWS has an older one; a disabled one is enabled, too
   * - `enable`: AWS has this one, disabled
   * - `none`: AWS has this one
   * - `refused`: see `reason`; nothing is done
   */
  readonly action: "import" | "update" | "enable" | "none" | "refused";
  readonly list?: RevocationList;
  readonly trustAnchorArn?: string;
  /** The list that AWS has. */
  readonly crlId?: string;
  readonly wasEnabled?: boolean;
  /** Serial numbers that AWS's list has not, and that only AWS's list has. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  readonly reason?: Reason;
}

/** A list that AWS has and the baseline does not name. It is left. */
export interface OtherList extends AnchorPlace {
  readonly crlId: string;
  readonly name: string;
  readonly enabled: boolean;
  /** What it is, or why nobody knows. */
  readonly what: string;
}

export interface CrlPlan {
  readonly steps: readonly CrlStep[];
  readonly others: readonly OtherList[];
}

export function crlPlan(anchors: readonly AnchorLists[], now: Date): CrlPlan {
  const plans = anchors.map((anchor) => planOf(anchor, now));
  return { steps: plans.flatMap(({ steps }) => steps), others: plans.flatMap(({ others }) => others) };
}

function planOf(anchor: AnchorLists, now: Date): CrlPlan {
  const { trustAnchor, accountId, account, region } = anchor;
  const place: AnchorPlace = { trustAnchor, accountId, account, region };
  const read = (anchor.found?.lists ?? []).map((found) => ({
    found,
    result: readRevocationList(found.data, anchor.bundle),
  }));
  const matched = new Set<string>();
  let room = MAX_REVOCATION_LISTS - read.length;
  const steps = anchor.wanted.map((wanted): CrlStep => {
    const base = { ...place, source: wanted.source };
    if ("problem" in wanted) return { ...base, action: "refused", reason: wanted.problem };
    const { list } = wanted;
    const known = { ...base, list };
    const wrongTime = timeProblem(list, now);
    if (!anchor.found)
      return refused(known, {
        code: "CRL-NO-TRUST-ANCHOR",
        message: `There is no trust anchor ${trustAnchor} in ${account}, ${region}.`,
        fix: "Apply the stack with the trust anchor first.",
      });
    // Of two of one CA the newest counts; a person has imported the other.
    const same = read
      .flatMap(({ found, result }) =>
        "list" in result && result.list.signedBy === list.signedBy ? [{ found, list: result.list }] : [],
      )
      .sort((a, b) => (isNewer(a.list, b.list) ? -1 : 1));
    same.slice(0, 1).forEach(({ found }) => matched.add(found.id));
    const [present] = same;
    if (wrongTime) return refused(known, wrongTime);
    const at = { ...known, trustAnchorArn: anchor.found.arn };
    if (present) return refreshed(at, list, present);
    if (room-- > 0) return { ...at, action: "import", added: list.revoked, removed: [] };
    return refused(at, {
      code: "CRL-NO-ROOM",
      message: `The trust anchor ${trustAnchor} has ${MAX_REVOCATION_LISTS} revocation lists already, which is AWS's limit, and none of ${list.issuer}.`,
      fix: "Look at them, and delete the one of a CA that is gone: aws rolesanywhere delete-crl --crl-id <id>, with the pipeline's role or break glass. This command deletes nothing.",
    });
  });
  const others = read
    .filter(({ found }) => !matched.has(found.id))
    .map(({ found: { id, name, enabled }, result }) => ({
      ...place,
      crlId: id,
      name,
      enabled,
      what:
        "list" in result
          ? `a list of ${result.list.issuer}${result.list.number === undefined ? "" : `, number ${result.list.number}`}`
          : `a list that ${result.problem.message}`,
    }));
  return { steps, others };
}

function refused(step: Omit<CrlStep, "action">, reason: Reason): CrlStep {
  return { ...step, action: "refused", reason };
}

function refreshed(
  base: Omit<CrlStep, "action">,
  list: RevocationList,
  present: { readonly found: FoundList; readonly list: RevocationList },
): CrlStep {
  const { id, enabled } = present.found;
  const step = { ...base, crlId: id, wasEnabled: enabled };
  if (present.list.sha256 === list.sha256) return { ...step, action: enabled ? "none" : "enable" };
  if (isNewer(list, present.list))
    return {
      ...step,
      action: "update",
      added: without(list.revoked, present.list.revoked),
      removed: without(present.list.revoked, list.revoked),
    };
  return refused(
    step,
    isNewer(present.list, list)
      ? {
          code: "CRL-BACKWARDS",
          message: `AWS has a newer list of ${list.issuer}: ${order(present.list)}; this is ${order(list)}. What was revoked in between would be good again.`,
          fix: "Get the CA's present list.",
        }
      : {
          code: "CRL-DIFFERENT",
          message: `AWS has another list of ${list.issuer} with the same number and date, ${order(list)}: nobody can say which one counts.`,
          fix: "Have the CA issue a new list, with the next number.",
        },
  );
}

function without(serials: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return serials.filter((serial) => !known.has(serial));
}

function order({ number, thisUpdate }: RevocationList): string {
  return `${number === undefined ? "" : `number ${number} `}of ${thisUpdate.slice(0, 19)}Z`;
}

function timeProblem(list: RevocationList, now: Date): Reason | undefined {
  switch (currency(list, now)) {
    case "current":
      return undefined;
    case "stale":
      return {
        code: "CRL-STALE",
        message: `The list of ${list.issuer} was to be followed by another one on ${list.nextUpdate!.slice(0, 10)}.`,
        fix: "Get the CA's present list. What AWS does with one that is over is documented nowhere.",
      };
    case "early":
      return {
        code: "CRL-NOT-YET-VALID",
        message: `The list of ${list.issuer} is of ${list.thisUpdate.slice(0, 19)}Z, which is still to come.`,
        fix: "Check the CA's clock and this machine's.",
      };
  }
}

/** Steps that change something. */
export function changes({ steps }: Pick<CrlPlan, "steps">): readonly CrlStep[] {
  return steps.filter(({ action }) => action !== "none" && action !== "refused");
}
