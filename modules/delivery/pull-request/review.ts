import { join } from "node:path";
import { ENVIRONMENTS, environmentNames } from "../../config/load";
import { gate } from "../../review/gate/gate";
import { inputsBeside, readApprovals, readFacts } from "../../review/read-inputs";
import type { Report } from "../../review/render/report";
import { reviewPlans } from "../../review/review";
import type { StackPlan } from "../../terraform/stack-plan";
import { readSynthPair } from "../../terraform/synth-pair";
import type { ChangeClass } from "../../review/types";
import { changedInEnvironment } from "./trees";

export interface PullRequestOptions {
  /** Checkout of the base: its facts and approvals count, because whoever may change the base has agreed to them. */
  readonly base: string;
  /** Checkout of what the pull request would make of it. Data only. */
  readonly head: string;
  readonly baseSynth: string;
  readonly headSynth: string;
  readonly failOn: readonly ChangeClass[];
  /** Date such as 2026-12-31, in UTC. */
  readonly today: string;
}

export interface EnvironmentReview {
  readonly environment: string;
  readonly report: Report;
  /** Not in the base: no facts, no approvals, everything is new. */
  readonly isNew: boolean;
  /** What of it changes without counting before it is merged. */
  readonly countsLater: readonly ("approvals.yaml" | "organization.yaml")[];
}

/** What is not in the base has nothing that anybody has agreed to. */
const NO_INPUTS = { facts: undefined, approvals: undefined };

/**
 * Reviews every environment by itself, sorted by name. Stacks that say they are of no environment here are reviewed too, without facts or
 * approvals: a synth that somebody else's code has made may hold anything.
 */
export function reviewPullRequest(options: PullRequestOptions): readonly EnvironmentReview[] {
  const { base, head, failOn, today } = options;
  const known = environmentNames(base);
  const environments = [...new Set([...known, ...environmentNames(head)])];
  const groups = new Map<string, StackPlan[]>(environments.map((name) => [name, []]));
  for (const plan of readSynthPair(options.baseSynth, options.headSynth)) {
    const environment = environments.find((name) => name === plan.mark?.environment) ?? "";
    groups.set(environment, [...(groups.get(environment) ?? []), plan]);
  }
  return [...groups]
    .filter(([, plans]) => plans.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([environment, plans]) => {
      const inBase = known.includes(environment);
      const { facts, approvals } = inBase ? inputsBeside(join(base, ENVIRONMENTS, environment)) : NO_INPUTS;
      const review = reviewPlans(plans, facts === undefined ? undefined : readFacts(facts));
      const changed = environment === "" ? [] : changedInEnvironment(base, head, environment);
      return {
        environment,
        report: {
          review,
          gate: gate(review, failOn, approvals === undefined ? [] : readApprovals(approvals), today),
          title: environment === "" ? "stacks of no environment" : environment,
        },
        isNew: !inBase && environment !== "",
        countsLater: inBase
          ? (["approvals.yaml", "organization.yaml"] as const).filter((name) => changed.includes(name))
          : [],
      };
    });
}
