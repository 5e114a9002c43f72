import { hostname } from "node:os";
import { readdirSync, readFileSync } from "node:fs";
import { isAlive, Run } from "../../terraform/runs";
import { count } from "../../kernel/words";

/** A state's lock, as Terraform describes it when it meets one. */
export interface StateLock {
  readonly id: string;
  readonly path: string;
  readonly operation: string;
  /** `user@host`. */
  readonly who: string;
  /** As Terraform writes it: `2026-11-26 05:30:00.123 +0000 UTC`. */
  readonly created: string;
}

/** Finds the lock in Terraform's words; nothing where the error is another one. */
export function lockIn(words: string): StateLock | undefined {
  if (!/Error acquiring the state lock/.test(words)) return undefined;
  const field = (name: string): string => new RegExp(`^\\s*${name}:\\s*(.*)$`, "m").exec(words)?.[1]?.trim() ?? "";
  const id = field("ID");
  if (id === "") return undefined;
  return { id, path: field("Path"), operation: field("Operation"), who: field("Who"), created: field("Created") };
}

/** Milliseconds since 1970; nothing where the text is none of Terraform's. */
export function lockTime({ created }: StateLock): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? \+0000 UTC/.exec(created);
  const time = match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** `4 minutes`, rounded down. */
export function ageText(milliseconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1000],
  ];
  const [unit, size] = units.find(([, one]) => milliseconds >= one) ?? ["second", 1000];
  const n = Math.max(0, Math.floor(milliseconds / size));
  return count(n, unit);
}

/** How long after the start of a run its lock can have been made: Terraform waits this long for another's. */
const LOCKED_WITHIN = 310_000;

/**
 * Whether the lock is certainly that of a run that is dead: this project's own run on this machine, whose Terraform no longer runs,
 * while no other Terraform runs here that could hold it.
 *
 * @returns why it is not certain; nothing when it is
 */
export function doubtAboutLock(lock: StateLock, run: Run | undefined): string | undefined {
  if (!run) return "no run of this project on this machine is known to have made it";
  if (run.host !== hostname() || lock.who !== `${run.user}@${run.host}`)
    return `it was made by ${lock.who || "somebody unknown"}, not by a run of this project on this machine`;
  const made = lockTime(lock);
  const started = Date.parse(run.started);
  // Terraform's clock has whole seconds here.
  if (made === undefined || made < started - 1000 || made > started + LOCKED_WITHIN)
    return `it was made at ${lock.created}, and the last run of this project on the stack began at ${run.started}`;
  if (isAlive(run.process)) return `its Terraform still runs (process ${run.process.pid}); it ends by itself`;
  const others = otherTerraforms();
  if (others === undefined) return "which Terraforms run on this machine cannot be seen";
  if (others.length > 0)
    return `other Terraforms run on this machine (process ${others.join(", ")}), and one of them may have it`;
  return undefined;
}

/** Processes of this machine that are Terraform or OpenTofu themselves (not their providers); nothing where there is no /proc. */
function otherTerraforms(): readonly number[] | undefined {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return (
            /^(terraform|tofu)$/.test(readFileSync(`/proc/${pid}/comm`, "utf8").trim()) && isAlive({ pid: Number(pid) })
          );
        } catch {
          return false;
        }
      })
      .map(Number);
  } catch {
    return undefined;
  }
}
