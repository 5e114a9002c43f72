import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Children in process groups of their own, ended with the group, so that Terraform's provider processes go with it. Whatever ends
 * this process, they end: on return, an exception or a signal through handlers here; on `kill -9`, and inside jest, whose tests see
 * no signals, through a guard process.
 */
const groups = new Set<number>();
let guard: Socket | undefined;

export function spawnInGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  start();
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    groups.add(pid);
    tell(`+${pid}`);
    child.once("exit", () => {
      // Terraform that was killed leaves its providers; they are in its group.
      sendToGroup(pid, "SIGKILL");
      groups.delete(pid);
      tell(`-${pid}`);
    });
  }
  return child;
}

/** Signals the child and everything it started. Quiet when it is already gone. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  sendToGroup(child.pid, signal);
}

/** Asks the child to end, insists after `graceMs`, and resolves when it has ended. */
export async function stopGroup(child: ChildProcess, graceMs = 3_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  signalGroup(child, "SIGTERM");
  const insist = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  await ended;
  clearTimeout(insist);
}

function sendToGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended between the check and the signal.
  }
}

function tell(line: string): void {
  guard?.write(`${line}\n`);
}

/** Keeps the list of living groups, and ends them when its input closes: then the process that wrote the list is gone. */
const GUARD = `
const groups = new Set();
let rest = "";
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\\n");
  rest = lines.pop();
  for (const line of lines) line[0] === "+" ? groups.add(Number(line.slice(1))) : groups.delete(Number(line.slice(1)));
});
process.stdin.on("end", () => {
  for (const pid of groups) try { process.kill(-pid, "SIGKILL"); } catch {}
});
`;

function start(): void {
  if (guard) return;
  const child = spawn(process.execPath, ["-e", GUARD], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: process.env["PATH"] },
  });
  guard = child.stdin as Socket;
  // It must neither keep this process alive nor end it when it has gone first.
  guard.on("error", () => undefined);
  guard.unref();
  child.on("error", () => undefined);
  child.unref();
  process.once("exit", () => groups.forEach((pid) => sendToGroup(pid, "SIGKILL")));
  // A handler replaces Node's default of ending at once. Where somebody else handles the signal too, the stopping is theirs to order.
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      groups.forEach((pid) => sendToGroup(pid, "SIGTERM"));
      process.exit(code);
    });
  }
}
