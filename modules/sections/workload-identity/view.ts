import { count } from "../../kernel/words";
import { NOT_MANAGED, type SectionView } from "../view";
import type { WorkloadIdentitySummary } from "./summary";

export function workloadIdentityView({
  workloadIdentity,
}: {
  readonly workloadIdentity?: WorkloadIdentitySummary;
}): SectionView {
  const title = "Workloads";
  if (workloadIdentity === undefined) return { title, parts: NOT_MANAGED };
  const { workloads, trustAnchors } = workloadIdentity;
  return {
    title,
    parts: [
      {
        columns: ["workload", "account", "comes with", "session", "may"],
        rows: workloads.map(({ name, account, comesWith, sessionMinutes, policies }) => [
          name,
          account,
          comesWith,
          count(sessionMinutes, "minute"),
          policies.join(", ") || "nothing",
        ]),
      },
      trustAnchors.length === 0
        ? undefined
        : {
            pairs: trustAnchors.map(({ name, account, region, source }) => [
              `trust anchor ${name}`,
              `${account}, ${region}: ${source}`,
            ]),
          },
    ],
  };
}
