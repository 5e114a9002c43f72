import type { LogEvent } from "../../../../local/cloudtrail-logs";
import type { InventoryEvidence } from "../../../../modules/evidence/impact/inventory-file";
import { readiness, ReadyOptions } from "../../../../modules/evidence/impact/ready";
import { AT, Fixture, replay } from "./fixture";
import { defined } from "../../../../modules/kernel/optional";

type Edit = { readonly [K in keyof ReadyOptions]?: ReadyOptions[K] | undefined };

/** Asks for readiness with the events of some logs; each row in one line. Without events: as if no logs had been given. */
export function readinessLines(
  made: Fixture,
): (
  events: readonly LogEvent[] | undefined,
  inventory: InventoryEvidence | undefined,
  edit?: Edit,
) => Promise<readonly string[]> {
  return async (events, inventory, { at = AT, days = 30, guardrails, targets } = {}) => {
    const scope = { ...defined({ guardrails, targets }) };
    const impact = events && (await replay(made, events, { at, ...scope }));
    const result = readiness(made.environment, made.state, impact, inventory, { at, days, ...scope });
    expect(result.ready).toBe(result.rows.every((row) => row.obstacles.length === 0));
    return result.rows.map(
      ({ guardrail, organizationalUnit, days: seen, ready, obstacles, notes }) =>
        `${guardrail} ${organizationalUnit} ${seen} days: ${ready ? "ready" : obstacles.map(({ code, names }) => `${code}${names.length > 0 ? ` [${names.join(", ")}]` : ""}`).join(", ")}${notes.map((note) => ` note: ${note}`).join("")}`,
    );
  };
}
