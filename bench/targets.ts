import type { PlanCalls } from "./plans";
import type { SynthTiming } from "./synth";

export interface Target {
  readonly met: boolean;
  /** What was measured against what, for people. */
  readonly text: string;
}

const LARGE = 10_000;
const MAX_SECONDS = 10;
const MAX_MEGABYTES = 1_000;
/** Stacks whose plans must not grow with the number of accounts. */
const CONSTANT = ["break-glass", "guardrails"];

/** Judges what was measured; a target that was not measured is not spoken of. */
export function judge(synths: readonly SynthTiming[], plans: readonly PlanCalls[]): readonly Target[] {
  const large = synths.filter((synth) => synth.accounts === LARGE).map(({ milliseconds, peakMegabytes }): Target => {
    const seconds = milliseconds[Math.floor(milliseconds.length / 2)]! / 1000;
    return {
      met: seconds < MAX_SECONDS && peakMegabytes < MAX_MEGABYTES,
      text: `synth of 10,000 accounts: ${seconds.toFixed(1)} s (under ${MAX_SECONDS} s), ${Math.round(peakMegabytes)} MB (under ${MAX_MEGABYTES} MB)`,
    };
  });
  if (plans.length < 2) return large;
  const constant = CONSTANT.map((stack): Target => {
    const calls = plans.map((plan) => Object.entries(plan.calls).find(([name]) => name.endsWith(`-${stack}`))?.[1]);
    return { met: calls[0] !== undefined && new Set(calls).size === 1, text: `API calls of an empty plan of ${stack}: ${plans.map((plan, i) => `${calls[i] ?? "none"} at ${plan.accounts} accounts`).join(", ")}` };
  });
  return [...large, ...constant];
}
