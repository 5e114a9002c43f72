import type { Environment } from "../../../modules/sections/environment";
import type { Problem } from "../../../modules/kernel/errors";
import { prove } from "../../../modules/proofs/prove";
import type { ProofReport } from "../../../modules/proofs/types";
import { resolveUnproven, TargetState } from "../../../modules/sections/target-state";
import { frozenWith, TextEdit } from "../../support/environments";

/** Ids of every guardrail that must not be missing for the proofs to claim all that they can. */
export const ALL =
  "[protect-break-glass, protect-baseline, deny-leaving-organization, deny-access-key-creation, deny-service-credential-creation, deny-console-password-creation, deny-user-creation, deny-credential-reactivation]";

/** Everything is enforced everywhere. */
export const EVERYTHING_ENFORCED: readonly [string, string] = [
  "    - guardrails: [protect-break-glass]\n      targets: [all]",
  `    - guardrails: ${ALL}\n      targets: [all]`,
];

/** A section of the baseline that the frozen environment does not have, before `breakGlass`. */
export const withSection = (text: string): readonly [string, string] => ["\nbreakGlass:\n", `\n${text}\nbreakGlass:\n`];

/** A policy of somebody else's in the facts. */
export function foreignPolicy(
  name: string,
  targetId: string,
  statements: readonly object[],
): readonly [string, string] {
  const content = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return [
    "policies:\n",
    `policies:\n  - id: p-${name.replace(/\W|_/g, "0").padEnd(8, "0")}\n    name: ${name}\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: false\n    content: '${content}'\n    targetIds: [${targetId}]\n`,
  ];
}

export interface Proven {
  readonly environment: Environment;
  readonly state: TargetState;
  readonly report: ProofReport;
  readonly problems: readonly Problem[];
}

/** The frozen environment with edits, proven; what fails in it is a part of the report. */
export function proven(edit: TextEdit = {}): Proven {
  const { environment, problems } = frozenWith(edit);
  const state = environment && resolveUnproven(environment).state;
  if (!environment || !state) throw new Error(JSON.stringify(problems, null, 1));
  return { environment, state, problems, report: prove({ environment, ...state }) };
}

export const ids = (report: ProofReport): readonly string[] => report.counterexamples.map((one) => one.id);
