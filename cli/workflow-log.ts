import { randomUUID } from "node:crypto";
import { runnerCommand } from "../modules/kernel/terminal";

/**
 * In a workflow of GitHub a line that begins with `::` is a command to the runner. What is printed meanwhile holds other people's names: the runner is
 * told to take nothing for a command. https://docs.github.com/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands
 */
export async function withoutWorkflowCommands<T>(task: () => T | Promise<T>): Promise<T> {
  if (process.env["GITHUB_ACTIONS"] !== "true") return task();
  const token = randomUUID();
  runnerCommand(`::stop-commands::${token}`);
  try {
    return await task();
  } finally {
    process.stdout.write("\n");
    runnerCommand(`::${token}::`);
  }
}
