import type { ProblemList } from "../../config/problem-list";
import { KEYLESS } from "../../kernel/command";
import type { SectionEnvironment } from "../section-environment";
import { isControlTowerPolicy, landingZoneEvidence } from "./control-tower";

const PATH = ["landingZone"] as const;

/** The setting and the facts agree, and nothing of the landing zone's is taken over. */
export function checkLandingZone(environment: SectionEnvironment, problems: ProblemList): void {
  const { baseline, organization, name } = environment;
  const { controlTower, because } = landingZoneEvidence(organization);
  const sync = `${KEYLESS} sync ${name}`;
  if (baseline.landingZone === undefined && controlTower !== "not seen") {
    problems.warning(
      "LANDING-ZONE-NOT-SET",
      PATH,
      controlTower === "seen"
        ? `AWS Control Tower governs this organization, from facts: ${because}. landingZone does not say so: guardrails may stop it from enrolling accounts and registering OUs, and what its SCPs deny is not accepted as its own.`
        : `Whether AWS Control Tower governs this organization is unknown, from facts: ${because}.`,
      "Write landingZone: control-tower (docs/landing-zones.md says what it changes), or landingZone: none where guardrails are not to make room for it.",
    );
  }
  if (baseline.landingZone === "control-tower" && controlTower !== "seen") {
    problems.warning(
      "LANDING-ZONE-NOT-SEEN",
      PATH,
      `${
        controlTower === "unknown"
          ? "Whether AWS Control Tower governs this organization is unknown"
          : "The facts do not show AWS Control Tower"
      }: ${because}. With this setting guardrails spare its role AWSControlTowerExecution.`,
      `Run ${sync}, or take landingZone out where there is no AWS Control Tower.`,
    );
  }
  const imported = new Set((environment.moves ?? []).map((move) => move.id));
  for (const policy of organization.policies.filter(isControlTowerPolicy)) {
    if (!policy.ours && !imported.has(policy.id)) continue;
    problems.error(
      "LANDING-ZONE-POLICY",
      PATH,
      `${policy.name} (${policy.id}) ${imported.has(policy.id) || policy.adopted ? "is taken over by moves.yaml" : "carries this baseline's tag"}, and its statements are all mandatory controls of AWS Control Tower, which takes every change of its policies for drift.`,
      `Take it out of moves.yaml, or the tag off the policy, and leave the policy to AWS Control Tower; then ${sync}.`,
    );
  }
}
