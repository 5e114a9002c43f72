import type { ProblemList } from "../../../config/problem-list";
import type { GuardrailsEnvironment } from "../types";
import { attachmentOf } from "../../../organization/targets";
import { findGuardrail } from "../catalogue/guardrails";
import type { GuardrailRollout } from "./modes";
import type { GuardrailContext } from "../types";
import { listed } from "../../../kernel/words";

/**
 * A guardrail whose exempt principals another one keeps safe may be enforced only where that one is, too; otherwise whoever can make a role of
 * an exempt name is exempt.
 */
export function checkRequired(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  rollouts: readonly GuardrailRollout[],
  context: GuardrailContext,
): void {
  const entries = environment.baseline.guardrails.rollout;
  for (const { guardrail: id, accountModes, nodeModes } of rollouts) {
    const guardrail = findGuardrail(id)!;
    for (const required of guardrail.requires?.(context) ?? []) {
      const other = rollouts.find((rollout) => rollout.guardrail === required);
      const nodes = [...nodeModes]
        .filter(([node, mode]) => mode === "enforce" && other?.nodeModes.get(node) !== "enforce")
        .map(([node]) => attachmentOf(environment.tree.nodeById.get(node)!).label);
      const accounts = [...accountModes]
        .filter(([account, mode]) => mode === "enforce" && other?.accountModes.get(account) !== "enforce")
        .map(([account]) => environment.tree.accountById.get(account)!.name);
      const open = [...nodes.sort(), ...accounts.sort()];
      if (open.length === 0) continue;
      const entry = entries.findLastIndex(({ guardrails, mode }) => guardrails.includes(id) && mode === "enforce");
      problems.error(
        "GUARDRAIL-REQUIRES",
        ["guardrails", "rollout", entry, "guardrails", entries[entry]!.guardrails.indexOf(id)],
        `${id} is enforced without ${required} in ${listed(open, 3)}: there anybody with rights in IAM could become one of the principals that ${id} spares.`,
        `Enforce ${required} there, too.`,
      );
    }
  }
}
