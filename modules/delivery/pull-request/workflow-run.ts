import { z } from "zod";
import { BaselineError } from "../../kernel/errors";
import { COMMENT_LIMIT, COMMENT_MARKER } from "../../review/render/markdown";
import { unpostable } from "./comment";
import type { GitHub } from "./github";

/**
 * A workflow of the default branch that runs after a pull request's own. What that one has left behind is untrusted: a pull request may have
 * changed the workflow. So the pull request is found by what GitHub says of the run, and nothing that it has made is run.
 */

const event = z.object({
  workflow_run: z.object({
    id: z.number().int().positive(),
    event: z.string(),
    conclusion: z.string().nullish(),
    head_sha: z.string().regex(/^[0-9a-f]{40}$/),
    head_branch: z.string().min(1),
    head_repository: z.object({ full_name: z.string(), owner: z.object({ login: z.string() }) }).nullish(),
    pull_requests: z.array(z.object({ number: z.number().int() })).nullish(),
  }),
});

export type WorkflowRun = z.infer<typeof event>["workflow_run"];

const pull = z.object({
  number: z.number().int().positive(),
  head: z.object({ sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() }),
});

const changedFile = z.object({ filename: z.string(), previous_filename: z.string().nullish() });

/** GitHub lists no more. */
const MOST_FILES = 3_000;

export function parseWorkflowRun(file: string, content: string): WorkflowRun {
  try {
    return event.parse(JSON.parse(content)).workflow_run;
  } catch {
    throw new BaselineError([
      {
        code: "WORKFLOW-RUN-EVENT",
        message: "This is no event of a workflow_run.",
        fix: "Name the file that GITHUB_EVENT_PATH names in a workflow that runs on workflow_run.",
        place: { file },
      },
    ]);
  }
}

/**
 * The open pull request whose newest commit the run has looked at.
 *
 * @returns nothing when it is closed or has moved on: its next run comments
 */
export async function pullRequestOf(github: GitHub, repository: string, run: WorkflowRun): Promise<number | undefined> {
  if (run.event !== "pull_request")
    throw new BaselineError([
      {
        code: "WORKFLOW-RUN-EVENT",
        message: `The run was started by ${JSON.stringify(run.event)}, not by a pull request.`,
        fix: "Let the workflow run for pull requests only: if: github.event.workflow_run.event == 'pull_request'.",
      },
    ]);
  if (!run.head_repository) return undefined;
  const { full_name: fork, owner } = run.head_repository;
  const query = `state=open&head=${encodeURIComponent(`${owner.login}:${run.head_branch}`)}`;
  const found = (await github.list(`/repos/${repository}/pulls?${query}`, pull, MOST_FILES))
    .filter(({ head }) => head.sha === run.head_sha && head.repo?.full_name === fork)
    .map(({ number }) => number);
  // One branch may be offered to several: GitHub says which are meant, for branches of this repository.
  const meant =
    found.length > 1 ? found.filter((number) => run.pull_requests?.some((one) => one.number === number)) : found;
  if (meant.length > 1 || (found.length > 1 && meant.length === 0))
    throw new BaselineError([
      {
        code: "PULL-REQUEST-MANY",
        message: `The same branch is in pull requests ${found.map((number) => `#${number}`).join(", ")}; it is not known which one the run is for.`,
        fix: "Close all but one.",
      },
    ]);
  return meant[0];
}

/** Does the pull request change the workflows that judge it, or may it? GitHub names no more than 3,000 files. */
export async function changesWorkflows(github: GitHub, repository: string, pullRequest: number): Promise<boolean> {
  const files = await github.list(`/repos/${repository}/pulls/${pullRequest}/files`, changedFile, MOST_FILES);
  return (
    files.length >= MOST_FILES ||
    files.some(({ filename, previous_filename: before }) =>
      [filename, before].some((name) => name?.toLowerCase().startsWith(".github/")),
    )
  );
}

export interface RunComment {
  /** What the run has left; absent: nothing. */
  readonly markdown: string | undefined;
  readonly changesWorkflows: boolean;
  readonly conclusion: string;
  readonly runUrl: string;
}

/** The comment, with what the run itself could have hidden: how it ended, and that it was judged by workflows of its own. */
export function runComment({ markdown, changesWorkflows: own, conclusion, runUrl }: RunComment): string {
  const end = `<sub>Check: ${/^[a-z_]+$/.test(conclusion) ? conclusion : "unknown"} · [run](${runUrl})</sub>\n`;
  const alone = (words: string): string => [COMMENT_MARKER, "## Access review", words, end].join("\n\n");
  if (own)
    return alone(
      "> [!CAUTION]\n> This pull request changes `.github/`, and so may change the workflow that reviews it. What its run says proves nothing and is not shown here. A code owner has to read the change, and the run.",
    );
  if (markdown === undefined) return alone("**There is no review: the run ended before it came to one.**");
  const wrong = unpostable(markdown, COMMENT_LIMIT - end.length - 2);
  return wrong === undefined
    ? `${markdown.trimEnd()}\n\n${end}`
    : alone(`**There is no review: what the run has left cannot be shown, because ${wrong}.**`);
}
