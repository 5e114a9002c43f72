/** Partition of a Region: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export function partitionOf(region: string): string {
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("us-iso"))
    return region.startsWith("us-isob-") ? "aws-iso-b" : region.startsWith("us-isof-") ? "aws-iso-f" : "aws-iso";
  if (region.startsWith("eu-isoe-")) return "aws-iso-e";
  return region.startsWith("cn-") ? "aws-cn" : region.startsWith("eusc-") ? "aws-eusc" : "aws";
}
