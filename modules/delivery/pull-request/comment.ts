import { z } from "zod";
import { BaselineError } from "../../kernel/errors";
import { COMMENT_LIMIT, COMMENT_MARKER } from "../../review/render/markdown";
import { GitHub } from "./github";

/** Who comments with the token of a workflow. */
export const WORKFLOW_AUTHOR = "github-actions[bot]";
/** More comments than this are not looked through: the marker stands among the first ones, or nowhere. */
const MOST_COMMENTS = 3_000;

const comment = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
});

export interface CommentTarget {
  /** `owner/repository` */
  readonly repository: string;
  readonly pullRequest: number;
  /** Whose comment is updated: anybody can write the marker. */
  readonly author: string;
}

export type Posted = "created" | "updated" | "unchanged";

/** Creates the comment, or updates the one that is there. */
export async function postComment(github: GitHub, target: CommentTarget, body: string): Promise<Posted> {
  const issue = `/repos/${target.repository}/issues/${target.pullRequest}/comments`;
  // All of it again on each try: a create whose answer was lost is found.
  return github.retried(async () => {
    const comments = await github.list(issue, comment, MOST_COMMENTS);
    const own = comments.find(
      (one) => one.user?.login === target.author && (one.body ?? "").startsWith(COMMENT_MARKER),
    );
    // GitHub gives line ends back as it likes.
    if (own && (own.body ?? "").replaceAll("\r\n", "\n").trim() === body.trim()) return "unchanged";
    if (own) await github.once("PATCH", `/repos/${target.repository}/issues/comments/${own.id}`, { body });
    else await github.once("POST", issue, { body });
    return own ? "updated" : "created";
  });
}

/**
 * Checks a Markdown file that somebody else has made: the marker first, GitHub's limit, nothing that is no text.
 *
 * @returns why it cannot be posted; nothing when it can
 */
export function unpostable(markdown: string, limit = COMMENT_LIMIT): string | undefined {
  if (!markdown.startsWith(COMMENT_MARKER)) return "it does not begin with the marker of an access review";
  if (markdown.indexOf(COMMENT_MARKER, 1) !== -1) return "it has the marker twice";
  if (markdown.length > limit) return `it has ${markdown.length} characters, more than ${limit}`;

  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd]/.test(markdown)) return "it is no text";
  return undefined;
}

/** `owner/repository` as GitHub allows it, so that it can stand in a path. */
export function requireRepository(text: string | undefined): string {
  if (text !== undefined && /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(text)) return text;
  throw new BaselineError([
    {
      code: "GITHUB-REPOSITORY",
      message: text === undefined ? "No repository is named." : `${JSON.stringify(text)} is no repository.`,
      fix: "Name it as owner/repository, with --repository or in GITHUB_REPOSITORY.",
    },
  ]);
}
