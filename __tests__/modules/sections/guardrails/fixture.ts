import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem } from "../../../../modules/kernel/errors";
import { frozenWith, Outcome, ROOT, TextEdit } from "../../../support/environments";
import { resolveUnproven, TargetState } from "../../../../modules/sections/target-state";

const BASELINE = readFileSync(join(ROOT, "__tests__/cases/environment/baseline.yaml"), "utf8");

/** The rollout that these tests start from. */
export const ROLLOUT = `
- guardrails: [protect-break-glass]
  targets: [all]
- guardrails: [deny-access-key-creation]
  targets:
    include: [all]
    except:
      - ou: Sandbox
- guardrails: [deny-user-creation]
  targets:
    - ou: Workloads
    - ou: Security
`;

/** Parts of the section `guardrails`, as YAML without indentation. */
export interface Section {
  /** Instead of the entries above. */
  readonly rollout?: string;
  /** Behind the entries above. */
  readonly more?: string;
  readonly exceptions?: string;
  readonly claims?: string;
  readonly observation?: string;
  readonly quotas?: string;
}

const indented = (text: string, spaces: number): string => text.trim().replace(/^(?=.)/gm, " ".repeat(spaces));

/** The frozen example with another section `guardrails`. */
export function withSection(section: Section, edit: TextEdit = {}): TextEdit {
  const start = BASELINE.indexOf("\nguardrails:\n");
  const end = BASELINE.indexOf("\nbreakGlass:\n");
  const parts = [
    ["rollout", `${section.rollout ?? ROLLOUT}\n${section.more ?? ""}`],
    ["exceptions", section.exceptions],
    ["claims", section.claims],
    ["observation", section.observation],
    ["quotas", section.quotas],
  ] as const;
  const text = parts.map(([key, yaml]) => (yaml === undefined ? "" : `  ${key}:\n${indented(yaml, 4)}\n`)).join("");
  return { ...edit, baseline: [[BASELINE.slice(start, end), `\nguardrails:\n${text}`], ...(edit.baseline ?? [])] };
}

export function outcome(section: Section, edit: TextEdit = {}): Outcome {
  return frozenWith(withSection(section, edit));
}

export function stateWith(section: Section, edit: TextEdit = {}): TargetState {
  const { state, problems } = outcome(section, edit);
  if (!state) throw new Error(problems.map(formatProblem).join("\n"));
  return state;
}

/** The state before it is proven: for what the proofs would refuse. */
export function unprovenWith(section: Section, edit: TextEdit = {}): TargetState {
  const { environment } = outcome(section, edit);
  return resolveUnproven(environment!).state!;
}
