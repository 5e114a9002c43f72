import type { PlanCalls } from "./plans";
import type { ReviewTiming } from "./review";
import type { SynthTiming } from "./synth";

export interface Target {
  readonly met: boolean;
  /** What was measured against what, for people. */
  readonly text: string;
}

const LARGE = 10_000;
const MAX_SECONDS = 10;
const MAX_MEGABYTES = 1_000;
const MAX_REVIEW_SECONDS = 5;
const MAX_REVIEW_MEGABYTES = 500;
/** Stacks whose plans must not grow with the number of accounts, or by no more than so many calls for each hundred: docs/decisions/0015. */
const GROWTH: Readonly<Record<string, number>> = { "break-glass": 1, guardrails: 0 };

/** Judges what was measured; a target that was not measured is not spoken of. */
export function judge(
  synths: readonly SynthTiming[],
  plans: readonly PlanCalls[],
  reviews: readonly ReviewTiming[] = [],
): readonly Target[] {
  const large = synths
    .filter((synth) => synth.accounts === LARGE)
    .map(({ milliseconds, peakMegabytes }): Target => {
      const seconds = milliseconds[Math.floor(milliseconds.length / 2)]! / 1000;
      return {
        met: seconds < MAX_SECONDS && peakMegabytes < MAX_MEGABYTES,
        text: `synth of 10,000 accounts: ${seconds.toFixed(1)} s (under ${MAX_SECONDS} s), ${Math.round(peakMegabytes)} MB (under ${MAX_MEGABYTES} MB)`,
      };
    });
  const reviewed = reviews.map(({ mix, format, changes, milliseconds, peakMegabytes }): Target => {
    const seconds = milliseconds[Math.floor(milliseconds.length / 2)]! / 1000;
    return {
      met: seconds < MAX_REVIEW_SECONDS && peakMegabytes < MAX_REVIEW_MEGABYTES,
      text: `review of ${changes.toLocaleString("en-GB")} changes (${mix}, ${format}): ${seconds.toFixed(1)} s (under ${MAX_REVIEW_SECONDS} s), ${Math.round(peakMegabytes)} MB (under ${MAX_REVIEW_MEGABYTES} MB)`,
    };
  });
  if (plans.length < 2) return [...large, ...reviewed];
  const constant = Object.entries(GROWTH).map(([stack, growth]): Target => {
    const calls = plans.map((plan) => Object.entries(plan.calls).find(([name]) => name.endsWith(`-${stack}`))?.[1]);
    const [first] = calls;
    const most = plans.map((plan) => (first ?? 0) + growth * (hundreds(plan.accounts) - hundreds(plans[0]!.accounts)));
    return {
      // With the fewest accounts first; fewer calls at more accounts are none the worse.
      met: first !== undefined && calls.every((n, i) => n !== undefined && n <= most[i]!),
      text: `API calls of an empty plan of ${stack}: ${plans.map((plan, i) => `${calls[i] ?? "none"} at ${plan.accounts} accounts`).join(", ")} (${growth === 0 ? "constant" : `at most ${growth} more for each 100 accounts`})`,
    };
  });
  return [...large, ...constant, ...reviewed];
}

/** Pages of a hundred, of which the last may not be full. */
function hundreds(accounts: number): number {
  return Math.ceil(accounts / 100);
}
