import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

/**
 * Children in process groups of their own, ended with the group, so that Terraform's provider processes go with it. Whatever ends
 * this process (return, crash, Ctrl-C, SIGTERM) ends the children first.
 */
const groups = new Set<number>();
let handlersInstalled = false;

export function spawnInGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  installHandlers();
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    groups.add(pid);
    child.once("exit", () => groups.delete(pid));
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

function installHandlers(): void {
  if (handlersInstalled) return;
  handlersInstalled = true;
  process.once("exit", () => groups.forEach((pid) => sendToGroup(pid, "SIGKILL")));
  // A handler replaces Node's default of ending at once. Where somebody else handles the signal too, the stopping is theirs to order.
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      groups.forEach((pid) => sendToGroup(pid, "SIGTERM"));
      process.exit(code);
    });
  }
}
