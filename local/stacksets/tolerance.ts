import { AwsError, object, text, texts, type JsonObject } from "../aws-message";

/**
 * How an operation goes on when accounts fail.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
 */
export interface OperationPreferences {
  /** "The number of accounts per Region this operation can fail in before CloudFormation stops the operation in that Region." */
  readonly tolerance: Amount;
  readonly concurrency: Amount;
  /** Strict lowers the concurrency "to ensure the number of failed accounts never exceeds" the tolerance + 1. */
  readonly mode: "STRICT_FAILURE_TOLERANCE" | "SOFT_FAILURE_TOLERANCE";
  readonly regions: "SEQUENTIAL" | "PARALLEL";
  readonly regionOrder: readonly string[];
}

type Amount = { readonly count: number } | { readonly percentage: number };

/** "StackSetOperationPreferences don't apply to AutoDeployment": every account is tried. What AWS tolerates there is not documented. */
export const AUTO_DEPLOYMENT: OperationPreferences = {
  tolerance: { percentage: 100 },
  concurrency: { percentage: 100 },
  mode: "SOFT_FAILURE_TOLERANCE",
  regions: "SEQUENTIAL",
  regionOrder: [],
};

/** Reads the preferences of a call. Defaults as AWS documents them: no failure is tolerated, one account at a time. */
export function preferencesOf(input: JsonObject): OperationPreferences {
  const given = object(input["OperationPreferences"]);
  return {
    tolerance: amount(given, "FailureToleranceCount", "FailureTolerancePercentage", 0),
    concurrency: amount(given, "MaxConcurrentCount", "MaxConcurrentPercentage", 1),
    mode:
      text(given["ConcurrencyMode"]) === "SOFT_FAILURE_TOLERANCE"
        ? "SOFT_FAILURE_TOLERANCE"
        : "STRICT_FAILURE_TOLERANCE",
    regions: text(given["RegionConcurrencyType"]) === "PARALLEL" ? "PARALLEL" : "SEQUENTIAL",
    regionOrder: texts(given["RegionOrder"]),
  };
}

function amount(given: JsonObject, count: string, percentage: string, fallback: number): Amount {
  if (given[count] !== undefined && given[percentage] !== undefined)
    throw new AwsError("ValidationError", `You must specify either ${count} or ${percentage}, but not both`);
  if (given[percentage] !== undefined) return { percentage: Number(text(given[percentage])) };
  return { count: given[count] === undefined ? fallback : Number(text(given[count])) };
}

/** "When calculating the number of accounts based on the specified percentage, CloudFormation rounds down to the next whole number." */
function accountsOf(value: Amount, accounts: number): number {
  return "count" in value ? value.count : Math.floor((value.percentage * accounts) / 100);
}

export interface Target {
  readonly accountId: string;
  readonly region: string;
}

/**
 * Works on targets by AWS's rule of tolerance: "If the number of failed stacks within a Region exceeds the failure tolerance, the
 * status of the operation in the Region is set to FAILED. This in turn sets the status of the operation as a whole to FAILED, and
 * CloudFormation cancels the operation in any remaining Regions."
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperation.html
 *
 * What runs at the same time is finished although others fail. The local AWS works on one account after the other; a batch is
 * what AWS would have started together.
 *
 * @param attempt tells whether the account succeeded
 * @returns whether the operation failed
 */
export async function byTolerance<T extends Target>(
  targets: readonly T[],
  preferences: OperationPreferences,
  attempt: (target: T) => Promise<boolean>,
  cancel: (target: T) => void,
): Promise<boolean> {
  const place = (region: string): number => {
    const index = preferences.regionOrder.indexOf(region);
    return index < 0 ? preferences.regionOrder.length : index;
  };
  const regions = [...new Set(targets.map((target) => target.region))].sort((a, b) => place(a) - place(b));
  let hasFailed = false;
  for (const region of regions) {
    const own = targets.filter((target) => target.region === region);
    if (hasFailed && preferences.regions === "SEQUENTIAL") {
      own.forEach(cancel);
      continue;
    }
    if (await regionFails(own, preferences, attempt, cancel)) hasFailed = true;
  }
  return hasFailed;
}

async function regionFails<T extends Target>(
  targets: readonly T[],
  { tolerance, concurrency, mode }: OperationPreferences,
  attempt: (target: T) => Promise<boolean>,
  cancel: (target: T) => void,
): Promise<boolean> {
  const tolerated = accountsOf(tolerance, targets.length);
  // "It rounds up to one" where the percentage gives less than one account.
  const most = Math.max(1, accountsOf(concurrency, targets.length));
  let failures = 0;
  let next = 0;
  while (next < targets.length) {
    if (failures > tolerated) {
      targets.slice(next).forEach(cancel);
      return true;
    }
    const size = mode === "SOFT_FAILURE_TOLERANCE" ? most : Math.max(1, Math.min(most, tolerated + 1 - failures));
    for (const target of targets.slice(next, next + size)) if (!(await attempt(target))) failures++;
    next += size;
  }
  return failures > tolerated;
}
