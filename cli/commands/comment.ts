import { existsSync, lstatSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { BaselineError } from "../../modules/kernel/errors";
import { readText } from "../../modules/kernel/read-text";
import { COMMENT_LIMIT } from "../../modules/review/render/markdown";
import {
  postComment,
  requireRepository,
  unpostable,
  WORKFLOW_AUTHOR,
} from "../../modules/delivery/pull-request/comment";
import { gitHub } from "../github";
import {
  changesWorkflows,
  parseWorkflowRun,
  pullRequestOf,
  runComment,
} from "../../modules/delivery/pull-request/workflow-run";
import { usage } from "../usage";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly file: string;
  readonly pullRequest?: string;
  readonly workflowRun?: string;
  readonly repository?: string;
  readonly author: string;
}

export function addComment(program: Command): void {
  program
    .command("comment")
    .description("post a review to a pull request on GitHub: one comment, updated in place")
    .requiredOption("--file <file>", `Markdown that ${KEYLESS} pull-request, or ${KEYLESS} review, has written`)
    .option("--pull-request <number>", "the pull request")
    .option(
      "--workflow-run <event>",
      "instead: the event of a workflow_run; finds its pull request, and takes the file for untrusted",
    )
    .option("--repository <owner/repository>", "the repository on GitHub (default: GITHUB_REPOSITORY)")
    .option("--author <login>", "whose comment is updated: the owner of the token", WORKFLOW_AUTHOR)
    .addHelpText(
      "after",
      `\nThe token is read from GITHUB_TOKEN, GitHub's address from GITHUB_API_URL.\n\nExamples:\n  ${KEYLESS} comment --file comment.md --pull-request 12 --repository acme/baseline\n  ${KEYLESS} comment --file comment.md --workflow-run "$GITHUB_EVENT_PATH"\n\nExit codes: 0 fine, 1 GitHub refuses or does not answer, 2 the usage or the input is wrong.`,
    )
    .action(async (options: Options) => {
      if ((options.pullRequest === undefined) === (options.workflowRun === undefined))
        throw usage(
          "COMMENT-TARGET",
          "The place of the comment is missing, or given twice.",
          "Name --pull-request or --workflow-run.",
        );
      const repository = requireRepository(options.repository ?? process.env["GITHUB_REPOSITORY"]);
      const github = gitHub();
      const markdown = readMarkdown(options.file);
      const target = { repository, author: options.author };
      if (options.pullRequest !== undefined) {
        if (!/^[1-9]\d{0,9}$/.test(options.pullRequest))
          throw usage(
            "COMMENT-TARGET",
            `${JSON.stringify(options.pullRequest)} is no pull request's number.`,
            "Name the number, for example 12.",
          );
        if (markdown === undefined)
          throw new BaselineError([
            {
              code: "COMMENT-FILE",
              message: "There is no such file.",
              fix: `Name a file that ${KEYLESS} pull-request has written.`,
              place: { file: options.file },
            },
          ]);
        const wrong = unpostable(markdown);
        if (wrong !== undefined)
          throw new BaselineError([
            {
              code: "COMMENT-FILE",
              message: `This cannot be posted: ${wrong}.`,
              fix: `Name a file that ${KEYLESS} pull-request or ${KEYLESS} review --format markdown has written.`,
              place: { file: options.file },
            },
          ]);
        return say(
          options.pullRequest,
          await postComment(github, { ...target, pullRequest: Number(options.pullRequest) }, markdown),
        );
      }
      const file = options.workflowRun!;
      if (!existsSync(file))
        throw new BaselineError([
          {
            code: "WORKFLOW-RUN-EVENT",
            message: "There is no such file.",
            fix: "Name the file that GITHUB_EVENT_PATH names.",
            place: { file },
          },
        ]);
      const run = parseWorkflowRun(file, readText(file));
      const pullRequest = await pullRequestOf(github, repository, run);
      if (pullRequest === undefined) {
        process.stdout.write(
          "No open pull request is at this commit: it is closed or has moved on, and nothing is posted.\n",
        );
        return;
      }
      const body = runComment({
        markdown,
        changesWorkflows: await changesWorkflows(github, repository, pullRequest),
        conclusion: run.conclusion ?? "unknown",
        runUrl: `${process.env["GITHUB_SERVER_URL"] ?? "https://github.com"}/${repository}/actions/runs/${run.id}`,
      });
      say(String(pullRequest), await postComment(github, { ...target, pullRequest }, body));
    });
}

function say(pullRequest: string, what: string): void {
  process.stdout.write(`#${pullRequest}: comment ${what}\n`);
}

/** Nothing where there is no such file; a link is none, because it could lead to what is secret here. What is far too large is not even read. */
function readMarkdown(file: string): string | undefined {
  if (!existsSync(file) || !lstatSync(file).isFile()) return undefined;
  return lstatSync(file).size > 4 * COMMENT_LIMIT ? "" : readFileSync(file, "utf8");
}
