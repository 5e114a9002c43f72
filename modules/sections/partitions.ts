import type { DocumentPath } from "../config/document";
import type { ProblemList } from "../config/problem-list";
import { partitionOf } from "../organization/partition";
import type { Environment } from "./environment";

/** The partition that ARNs, service principals and managed policies of this baseline are written for. */
const PARTITION = "aws";

/**
 * Refuses what belongs to another partition. Policies that name `arn:aws:` match nothing there: every proof would hold, and nothing would be
 * protected. Gives whether something was refused.
 */
export function refuseOtherPartitions({ baseline, organization }: Environment, problems: ProblemList): boolean {
  const before = problems.all().length;
  const own = partitionOf(baseline.region);
  if (own !== PARTITION)
    problems.error(
      "PARTITION",
      ["region"],
      `${baseline.region} is of the partition ${own}. This baseline writes ARNs of the partition ${PARTITION}, which protect nothing there.`,
      "Other partitions are not supported: take an organization of the standard partition.",
    );
  const elsewhere = organization.enabledRegions.filter((region) => partitionOf(region) !== own);
  if (own === PARTITION && elsewhere.length > 0)
    problems.error(
      "PARTITION-MIXED",
      ["region"],
      `The facts enable ${elsewhere.join(", ")}, of another partition than ${baseline.region}: an organization is in one partition.`,
      "Correct enabledRegions in organization.yaml by a sync.",
    );
  arnsElsewhere(baseline, []).forEach(({ path, arn, partition }) =>
    problems.error(
      "PARTITION-MIXED",
      path,
      `${arn} is of the partition ${partition}; ${baseline.region} is of ${own}.`,
      "Name something of the same partition.",
    ),
  );
  return problems.all().length > before;
}

function arnsElsewhere(
  value: unknown,
  path: DocumentPath,
): readonly { readonly path: DocumentPath; readonly arn: string; readonly partition: string }[] {
  if (typeof value === "string") {
    const partition = /^arn:(aws-[a-z-]+):/.exec(value)?.[1];
    return partition === undefined ? [] : [{ path, arn: value, partition }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => arnsElsewhere(item, [...path, index]));
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, member]) => arnsElsewhere(member, [...path, key]))
    : [];
}
