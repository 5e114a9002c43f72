import { z } from "zod";
import { commitOf, isAncestor } from "../kernel/git";
import type { GitHub } from "./pull-request/github";

/**
 * Which approvals are still to serve: what the branch has been since the last commit of which everything was applied. That an apply fails, or
 * leaves something to the next run, and another commit lands, takes no approval away; that everything was applied does.
 *
 * GitHub says it: the runs of the workflow that applies, on the branch. Nobody without access to that branch can make such a run, and none
 * says that it is of another commit.
 */

/** Job of apply-environment.yml that runs where nothing was left to apply. */
export const APPLIED_JOB = "Everything is applied";
/** More runs are not looked through: then only the commit before counts. */
const MOST_RUNS = 300;
/** Jobs of a run: a few for each environment. */
const MOST_JOBS = 1_000;

const run = z.object({
  id: z.number().int().positive(),
  head_sha: z.string().regex(/^[0-9a-f]{40}$/),
  head_branch: z.string().nullish(),
  event: z.string(),
  head_repository: z.object({ full_name: z.string() }).nullish(),
});

const job = z.object({ name: z.string(), conclusion: z.string().nullish() });

export interface AppliedOptions {
  readonly projectRoot: string;
  readonly environment: string;
  readonly repository: string;
  readonly branch: string;
  /** File of the workflow that applies, in `.github/workflows/`. */
  readonly workflow: string;
}

export interface Since {
  /** The last commit of which everything was applied, and what the branch has been since, oldest first; without the checkout's own. */
  readonly commits: readonly string[];
  /** Why there are none. @default - there are some */
  readonly why?: string;
}

/**
 * @returns no commits where the rule cannot be followed: then the commit before the checkout's counts and no other, which is on the safe side
 */
export async function sinceLastApply(github: GitHub, options: AppliedOptions): Promise<Since> {
  const { projectRoot, environment, repository, branch, workflow } = options;
  const head = commitOf(projectRoot, "HEAD");
  if (head === undefined) return { commits: [], why: "there is no commit here" };
  const runs = await github.list(
    `/repos/${repository}/actions/workflows/${encodeURIComponent(workflow)}/runs?branch=${encodeURIComponent(branch)}`,
    run,
    MOST_RUNS,
    "workflow_runs",
  );
  // Newest first, as GitHub lists them. A state that the branch has lost, by force, is none of it.
  const states: string[] = [];
  let next = head;
  for (const { id, head_sha: commit, event, head_branch, head_repository } of runs) {
    if (!["push", "workflow_dispatch"].includes(event) || head_branch !== branch) continue;
    if (head_repository?.full_name.toLowerCase() !== repository.toLowerCase()) continue;
    if (commit !== next && !isAncestor(projectRoot, commit, next)) continue;
    if (commit !== head && commit !== states[0]) states.unshift(commit);
    next = commit;
    const jobs = await github.list(
      `/repos/${repository}/actions/runs/${id}/jobs?filter=latest`,
      job,
      MOST_JOBS,
      "jobs",
    );
    if (jobs.some(({ name, conclusion }) => name === `${environment} / ${APPLIED_JOB}` && conclusion === "success"))
      return { commits: commit === head ? [head] : states };
  }
  if (runs.length >= MOST_RUNS)
    return { commits: [], why: `none of the last ${MOST_RUNS} runs has applied everything` };
  // Nothing was ever applied here in full: what the branch was before the first run counts too, for that run's change.
  const before = commitOf(projectRoot, `${next}^1`);
  return runs.length === 0
    ? { commits: [], why: "there is no run yet" }
    : { commits: [...(before === undefined ? [] : [before]), ...states] };
}
