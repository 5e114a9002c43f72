import { EXAMPLE_BASELINE, exampleState, exampleWith, Outcome, TextEdit } from "../../support/environments";
import type { TargetState } from "../../../modules/target-state";

/** The rollout that these tests start from; the example's own may change without them. */
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

/** The example with another section `guardrails`. */
export function withSection(section: Section, edit: TextEdit = {}): TextEdit {
  const start = EXAMPLE_BASELINE.indexOf("\nguardrails:\n");
  const end = EXAMPLE_BASELINE.indexOf("\nbreakGlass:\n");
  const parts = [
    ["rollout", `${section.rollout ?? ROLLOUT}\n${section.more ?? ""}`],
    ["exceptions", section.exceptions],
    ["claims", section.claims],
    ["observation", section.observation],
    ["quotas", section.quotas],
  ] as const;
  const text = parts.map(([key, yaml]) => (yaml === undefined ? "" : `  ${key}:\n${indented(yaml, 4)}\n`)).join("");
  return { ...edit, baseline: [[EXAMPLE_BASELINE.slice(start, end), `\nguardrails:\n${text}`], ...(edit.baseline ?? [])] };
}

export function outcome(section: Section, edit: TextEdit = {}): Outcome {
  return exampleWith(withSection(section, edit));
}

export function stateWith(section: Section, edit: TextEdit = {}): TargetState {
  return exampleState(withSection(section, edit));
}
