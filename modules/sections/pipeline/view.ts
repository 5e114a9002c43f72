import { listed } from "../../kernel/words";
import { NOT_MANAGED, type SectionView } from "../view";
import type { PipelineSummary } from "./summary";

export function pipelineView({ pipeline }: { readonly pipeline?: PipelineSummary }): SectionView {
  const title = "Pipeline";
  if (pipeline === undefined) return { title, parts: NOT_MANAGED };
  const { runsIn, plan, apply, sections, memberPlanRole } = pipeline;
  return {
    title,
    parts: [
      {
        pairs: [
          ["runs in", `${runsIn}, no access key`],
          ["plans", `${someOf(plan.subjects)} as ${plan.role}, reads only; member accounts as ${memberPlanRole}`],
          [
            "applies",
            apply
              ? `${someOf(apply.subjects)} as ${apply.role}, which becomes a role for each section (${listed(
                  sections.map(({ role }) => role),
                  2,
                  1,
                )})`
              : sections.map(({ role, subjects }) => `${someOf(subjects)} as ${role}`).join("; "),
          ],
          ["a person applies", "break glass and the pipeline itself"],
        ],
      },
    ],
  };
}

/** Patterns first: they are what a reader has to know of. */
function someOf(subjects: readonly string[]): string {
  const pattern = /[*?]/;
  const names = [...subjects.filter((name) => pattern.test(name)), ...subjects.filter((name) => !pattern.test(name))];
  return listed(names, 4, 3);
}
