import { hostname } from "node:os";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { defined } from "../../kernel/optional";
import type { Run } from "../../terraform/runs";
import { isAlive, isBlindToHost, pidNamespace } from "../../kernel/process";
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
 * @param binary Terraform as this project calls it: a wrapper may have any name
 * @returns why it is not certain; nothing when it is
 */
export function doubtAboutLock(lock: StateLock, run: Run | undefined, binary: string): string | undefined {
  if (!run) return "no run of this project on this machine is known to have made it";
  if (run.host !== hostname() || lock.who !== `${run.user}@${run.host}`)
    return `it was made by ${lock.who || "somebody unknown"}, not by a run of this project on this machine`;
  const made = lockTime(lock);
  const started = Date.parse(run.started);
  // Terraform's clock has whole seconds here.
  if (made === undefined || made < started - 1000 || made > started + LOCKED_WITHIN)
    return `it was made at ${lock.created}, and the last run of this project on the stack began at ${run.started}`;
  const here = pidNamespace();
  if (here === undefined) return "which Terraforms run on this machine cannot be seen";
  if (run.namespace !== here)
    return `its run was in ${run.namespace === undefined ? "a place that is not known" : "another container, or outside of this one"}: whether its process ${run.process.pid} lives cannot be seen here`;
  if (isAlive(run.process)) return `its Terraform still runs (process ${run.process.pid}); it ends by itself`;
  if (isBlindToHost()) return "Terraforms outside of this container, which has the machine's own name, cannot be seen";
  const others = otherTerraforms(binary);
  if (others === undefined) return "which Terraforms run on this machine cannot be seen";
  if (others.length > 0)
    return `other Terraforms run on this machine (process ${others.join(", ")}), and one of them may have it`;
  return undefined;
}

/** Programs that are Terraform, or run it: `terraform1.11`, `terraform.exe` in WSL, `opentofu`, `terragrunt`, `tofuenv`. */
const TERRAFORM = /terraform|tofu|terragrunt/i;
/** Providers without their Terraform, language servers of editors: they hold no lock. */
const NO_LOCK = /^(terraform-provider-|terraform-provi$|terraform-ls$|tofu-ls$|terraform-docs$)/;

/** What is known of a process: every name that it has. */
export interface ProcessNames {
  /** As the kernel shows it: 15 characters at most, and a process may change it. */
  readonly comm: string;
  /** File that it runs. @default - it belongs to somebody else */
  readonly exe?: string;
  /** Program and arguments. */
  readonly argv: readonly string[];
}

/**
 * Whether a process may be a Terraform: by the file that it runs, the name it was called by, or what an interpreter runs in its place. A
 * wrapper of any name is known by `binary`.
 */
export function mayBeTerraform({ comm, exe, argv }: ProcessNames, binary: string): boolean {
  // An interpreter's script is its first argument that is no option: `bash ./tf apply`, `node --flag wrapper.js`.
  const script = argv.slice(1).find((one) => !one.startsWith("-"));
  const files = [exe?.replace(/ \(deleted\)$/, ""), argv[0], script].flatMap((one) => (one ? [basename(one)] : []));
  const own = basename(binary);
  const names = [comm, ...files];
  return !names.some((name) => NO_LOCK.test(name)) && names.some((name) => name === own || TERRAFORM.test(name));
}

/** Processes of this machine that may be Terraforms (not their providers), and are not this one; nothing where there is no /proc. */
function otherTerraforms(binary: string): readonly number[] | undefined {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((pid) => {
        const names = namesOf(pid);
        return names !== undefined && mayBeTerraform(names, binary) && isAlive({ pid: Number(pid) });
      })
      .map(Number);
  } catch {
    return undefined;
  }
}

function namesOf(pid: string): ProcessNames | undefined {
  const read = <T>(what: () => T): T | undefined => {
    try {
      return what();
    } catch {
      return undefined;
    }
  };
  const comm = read(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
  if (comm === undefined) return undefined;
  const exe = read(() => readlinkSync(`/proc/${pid}/exe`));
  const argv = read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
  return { comm, argv: argv.split("\0").filter((one) => one !== ""), ...defined({ exe }) };
}
