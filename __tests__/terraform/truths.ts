import { LOCAL_CREDENTIALS } from "../../local/client-settings";
import type { LocalAws } from "../../local/runner";
import { type Claim, SECTIONS, type SectionName } from "../../modules/live/verify/claim";
import { failedClaims, type Verification, verify } from "../../modules/live/verify/run";
import type { Environment } from "../../modules/sections/environment";
import type { TargetState } from "../../modules/sections/target-state";
import { type Lie, liesAbout } from "./lies";

/** An applied environment in the local AWS, in which everything is as planned. */
export interface Applied {
  readonly local: LocalAws;
  readonly environment: Environment;
  readonly state: TargetState;
}

export function seenNow({ local, environment, state }: Applied, section?: SectionName): Promise<Verification> {
  return verify(environment, state, {
    now: () => new Date(),
    access: { endpoint: local.endpoint, credentials: LOCAL_CREDENTIALS },
    ...(section ? { sections: [section] } : {}),
  });
}

/** Plants each lie, looks, and takes it away: what verify did not say as it should, one line each; and how many there were. */
export async function notFound(
  applied: Applied,
): Promise<{ readonly lies: number; readonly wrong: readonly string[] }> {
  const wrong: string[] = [];
  const lies = liesAbout(applied.local, applied.environment, applied.state);
  for (const lie of lies) {
    const undo = await lie.plant();
    const said = saidOf(lie, failedClaims(await seenNow(applied, lie.section)));
    if (said !== undefined) wrong.push(`${lie.name}: ${said}`);
    await undo();
  }
  return { lies: lies.length, wrong };
}

function saidOf(lie: Lie, failed: readonly Claim[]): string | undefined {
  const kinds = [...new Set(failed.map((claim) => claim.kind))].sort().join();
  const words = failed.flatMap((claim) => claim.details).join("; ");
  const places = new Set(failed.map((claim) => claim.place.accountId));
  return kinds === lie.kinds.join() && lie.says.test(words) && places.size <= 1
    ? undefined
    : `${kinds || "nothing"} in ${[...places].join()}: ${words}`;
}

/**
 * Refuses each operation that verify calls, one after the other. Claims that rest on it must be not readable: never seen, and never
 * missing, because nothing is known of them.
 *
 * @param choose which operations: all of them take minutes
 */
export async function mistakenWhereRefused(
  applied: Applied,
  choose: (operations: readonly string[]) => readonly string[],
): Promise<{ readonly refused: readonly string[]; readonly wrong: readonly string[] }> {
  const { local } = applied;
  /** The section with the fewest claims that calls it. */
  const sectionOf = new Map<string, { section: SectionName; claims: number }>();
  for (const section of SECTIONS) {
    const { calls, claims } = await seenNow(applied, section);
    for (const operation of Object.keys(calls))
      if (claims.length < (sectionOf.get(operation)?.claims ?? Infinity))
        sectionOf.set(operation, { section, claims: claims.length });
  }
  // Without these nobody knows whose credentials these are: verify ends with exit code 1 and claims nothing.
  for (const first of ["sts:GetCallerIdentity", "organizations:DescribeOrganization"]) sectionOf.delete(first);
  const wrong: string[] = [];
  const refused = choose([...sectionOf.keys()].sort());
  for (const operation of refused) {
    const clear = local.faults.add({ operation, kind: "refuse" });
    const failed = failedClaims(await seenNow(applied, sectionOf.get(operation)!.section));
    clear();
    const others = failed.filter((claim) => claim.verdict !== "not-readable");
    if (failed.length === 0) wrong.push(`${operation}: everything is seen all the same`);
    wrong.push(...others.map((claim) => `${operation}: ${claim.kind} ${claim.name} is ${claim.verdict}`));
    if (!failed.every((claim) => claim.verdict !== "not-readable" || claim.details.join().includes(operation)))
      wrong.push(`${operation}: a claim does not name it`);
  }
  return { refused, wrong };
}
