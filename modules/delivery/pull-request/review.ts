import { join } from "node:path";
import { readInput } from "../../config/input-file";
import { ENVIRONMENTS, environmentNames } from "../../config/load";
import { agreedInCheckouts, APPROVALS_FILE, NOTHING_AGREED, RULES_FILE } from "../../review/gate/agreed";
import { approvalsBeside, newApprovals, rulesChangesSince } from "../../review/gate/file-changes";
import { enforcementChanges } from "./enforcement";
import { judge } from "../../review/gate/gate";
import { movesHere } from "../../sections/load";
import { factsBeside, readIntent } from "../../review/read-inputs";
import type { Intent } from "../../review/rules/lock-out";
import type { Report } from "../../review/render/report";
import { reviewPlans, withChanges } from "../../review/review";
import type { StackPlan } from "../../terraform/stack-plan";
import { readSynthPair } from "../../terraform/synth-pair";
import { ChangeClass, classesOf } from "../../review/types";
import { changedInEnvironment } from "./trees";
import { unique } from "../../kernel/lists";

export interface PullRequestOptions {
  /** Checkout of the base: its facts and approvals count, because whoever may change the base has agreed to them. */
  readonly base: string;
  /** Checkout of what the pull request would make of it. Data only. */
  readonly head: string;
  readonly baseSynth: string;
  readonly headSynth: string;
  /** Classes that stop besides those of the base's review.yaml: nobody makes the gate less strict in passing. @default - none */
  readonly failOn: readonly ChangeClass[] | undefined;
  /** Something else than environments and docs changes. */
  readonly codeChanges: boolean;
  /** Date such as 2026-12-31, in UTC. */
  readonly today: string;
}

export interface EnvironmentReview {
  readonly environment: string;
  readonly report: Report;
  /** Not in the base: no facts, everything is new. */
  readonly isNew: boolean;
  /** What of it changes without counting before it is merged. */
  readonly countsLater: readonly string[];
}

/** Who must get in is what the base says. */
function intentOf(base: string, environment: string, inBase: boolean): Intent | undefined {
  if (inBase) return readIntent(base, environment);
  return environment === "" ? undefined : { notAsked: "the environment is not in the base" };
}

/** Files that count as they are in the base. */
const COUNT_LATER = [APPROVALS_FILE, RULES_FILE, "organization.yaml"];

/**
 * Reviews every environment by itself, sorted by name. Stacks that say they are of no environment here are reviewed too, without facts or
 * approvals: a synth that somebody else's code has made may hold anything.
 */
export function reviewPullRequest(options: PullRequestOptions): readonly EnvironmentReview[] {
  const { base, head, failOn, today } = options;
  const known = environmentNames(base);
  const environments = unique([...known, ...environmentNames(head)]);
  const groups = new Map<string, StackPlan[]>(environments.map((name) => [name, []]));
  for (const plan of readSynthPair(options.baseSynth, options.headSynth)) {
    const environment = environments.find((name) => name === plan.mark?.environment) ?? "";
    groups.set(environment, [...(groups.get(environment) ?? []), plan]);
  }
  const changed = new Map(environments.map((name) => [name, changedInEnvironment(base, head, name)]));
  const onlyApprovals = !options.codeChanges && [...changed.values()].flat().every((file) => file === APPROVALS_FILE);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([environment, plans]): readonly EnvironmentReview[] => {
      const files = changed.get(environment) ?? [];
      if (plans.length === 0 && !COUNT_LATER.some((name) => files.includes(name))) return [];
      const inBase = known.includes(environment);
      const facts = inBase ? factsBeside(join(base, ENVIRONMENTS, environment)) : undefined;
      // Approvals of an environment that is still to come are there before it.
      const agreed = environment === "" ? NOTHING_AGREED : agreedInCheckouts(base, head, environment);
      const added = newApprovals(agreed.approvals.bases[0] ?? [], agreed.approvals.head);
      const intent = intentOf(base, environment, inBase);
      const review = withChanges(
        reviewPlans(
          plans,
          facts,
          undefined,
          agreed.rules,
          intent,
          environment === "" ? [] : movesHere(head, environment),
        ),
        [
          ...(inBase && environmentNames(head).includes(environment)
            ? enforcementChanges(environment, intent, readIntent(head, environment), today, (file) =>
                agreedFile(base, environment, file),
              )
            : []),
          ...rulesChangesSince(environment, agreed.ruleStates),
          ...(added.length > 0 && !onlyApprovals ? [approvalsBeside(environment, added)] : []),
        ],
      );
      return [
        {
          environment,
          report: {
            ...judge(review, classesOf(agreed.rules.failOn, failOn), agreed.approvals, today, agreed.rules),
            title: environment === "" ? "stacks of no environment" : environment,
          },
          isNew: !inBase && environment !== "",
          countsLater: COUNT_LATER.filter((name) => files.includes(name)),
        },
      ];
    });
}

/** A file of an environment's folder as the base has it. */
function agreedFile(base: string, environment: string, file: string): string | undefined {
  const folder = `${ENVIRONMENTS}/${environment}`;
  const input = readInput(base, `${folder}/${file}`, folder);
  return input && "text" in input ? input.text : undefined;
}
