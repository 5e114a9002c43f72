import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENTS } from "../../config/load";
import { readInput } from "../../config/input-file";
import { BaselineError } from "../../kernel/errors";
import { commitOf, fileInCommit, isAncestor, isEdited } from "../../kernel/git";
import { Approval, ApprovalSides, NO_APPROVALS, parseApprovals } from "./approvals";
import { NO_RULES, parseReviewRules, ReviewRules } from "./review-rules";

/**
 * What somebody has agreed to before the change that is judged: approvals and rules as they are in its base. What the change itself brings
 * along counts after it, never for it.
 */
export interface Agreed {
  readonly approvals: ApprovalSides;
  /** Of the newest base. */
  readonly rules: ReviewRules;
  /** Where they come from, for whoever reads the review. */
  readonly from: string;
}

export const APPROVALS_FILE = "approvals.yaml";
export const RULES_FILE = "review.yaml";

/** Nobody has agreed to anything. */
export const NOTHING_AGREED: Agreed = { approvals: NO_APPROVALS, rules: NO_RULES, from: "nothing" };

const path = (environment: string, file: string): string => `${ENVIRONMENTS}/${environment}/${file}`;

/** A file of an environment in a checkout, which may be somebody else's: bounded, and no link out of it. */
function inCheckout(checkout: string, environment: string, file: string): string | undefined {
  const folder = `${ENVIRONMENTS}/${environment}`;
  if (!existsSync(join(checkout, folder)) || !lstatSync(join(checkout, folder)).isDirectory()) return undefined;
  const input = readInput(checkout, path(environment, file), folder);
  if (input === undefined) return undefined;
  if ("problem" in input) throw new BaselineError([input.problem]);
  return input.text;
}

const approvalsOf = (environment: string, text: string | undefined): readonly Approval[] =>
  text === undefined ? [] : parseApprovals(path(environment, APPROVALS_FILE), text);
const rulesOf = (environment: string, text: string | undefined): ReviewRules =>
  text === undefined ? NO_RULES : parseReviewRules(path(environment, RULES_FILE), text);

/** Rules as a checkout has them: what counts once it is the base. */
export function rulesInCheckout(checkout: string, environment: string): ReviewRules {
  return rulesOf(environment, inCheckout(checkout, environment, RULES_FILE));
}

/**
 * From two checkouts.
 *
 * @throws BaselineError where a file has a mistake, on either side
 */
export function agreedInCheckouts(base: string, head: string, environment: string): Agreed {
  return {
    approvals: {
      bases: [approvalsOf(environment, inCheckout(base, environment, APPROVALS_FILE))],
      head: approvalsOf(environment, inCheckout(head, environment, APPROVALS_FILE)),
    },
    rules: rulesInCheckout(base, environment),
    from: "the base",
  };
}

/**
 * From the history of the checkout that is judged.
 *
 * @param since commits of the branch since what was last applied, oldest first @default - the last commit where files of the environment are
 *   edited, else the one before it
 * @throws BaselineError where a commit is not there, or is not one that the checkout comes from
 */
export function agreedInHistory(projectRoot: string, environment: string, since?: readonly string[]): Agreed {
  const head = commitOf(projectRoot, "HEAD");
  const bases =
    since === undefined
      ? [commitOf(projectRoot, isEdited(projectRoot, `${ENVIRONMENTS}/${environment}`) ? "HEAD" : "HEAD^1")]
      : since.map((name) => {
          const commit = commitOf(projectRoot, name);
          if (head === undefined || commit === undefined || !isAncestor(projectRoot, commit, head))
            throw notBefore(name);
          return commit;
        });
  const commits = bases.filter((commit) => commit !== undefined);
  const newest = commits.at(-1);
  if (newest === undefined) return NOTHING_AGREED;
  return {
    approvals: {
      bases: commits.map((commit) =>
        approvalsOf(environment, fileInCommit(projectRoot, commit, path(environment, APPROVALS_FILE))),
      ),
      head: approvalsOf(environment, inCheckout(projectRoot, environment, APPROVALS_FILE)),
    },
    rules: rulesOf(environment, fileInCommit(projectRoot, newest, path(environment, RULES_FILE))),
    from: `commit ${commits.map((commit) => commit.slice(0, 12)).join(", ")}`,
  };
}

function notBefore(name: string): BaselineError {
  return new BaselineError([
    {
      code: "REVIEW-SINCE",
      message: `${JSON.stringify(name.slice(0, 100))} is no commit that this checkout comes from.`,
      fix: "Name a commit before this one; in a workflow check out the whole history (fetch-depth: 0).",
    },
  ]);
}
