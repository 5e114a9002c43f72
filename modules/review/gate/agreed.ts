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
  /** Rules of each base, oldest first, and then of what is judged: what changed among them has to be agreed to. */
  readonly ruleStates: readonly ReviewRules[];
  /** Where they come from, for whoever reads the review. */
  readonly from: string;
  /** Hashes of the commits that count, oldest first. @default - checkouts or files, not commits */
  readonly commits?: readonly string[];
}

export const APPROVALS_FILE = "approvals.yaml";
export const RULES_FILE = "review.yaml";

/** Nobody has agreed to anything. */
export const NOTHING_AGREED: Agreed = { approvals: NO_APPROVALS, rules: NO_RULES, ruleStates: [], from: "nothing" };

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
  const rules = rulesInCheckout(base, environment);
  return {
    approvals: {
      bases: [approvalsOf(environment, inCheckout(base, environment, APPROVALS_FILE))],
      head: approvalsOf(environment, inCheckout(head, environment, APPROVALS_FILE)),
    },
    rules,
    ruleStates: [rules, rulesInCheckout(head, environment)],
    from: "the base",
  };
}

/**
 * From the history of the checkout that is judged.
 *
 * @param since what the branch has been since the last commit of which everything was applied, that one first: their changes are applied
 *   together with this one's. States of the branch and not all of its commits: what a pull request brings along in one commit and takes out in
 *   the next nobody has agreed to @default - the last commit where files of the environment are edited, else the one before it
 * @throws BaselineError where a commit is not there, or is not one that the next of them comes from
 */
export function agreedInHistory(projectRoot: string, environment: string, since?: readonly string[]): Agreed {
  const head = commitOf(projectRoot, "HEAD");
  const edited = isEdited(projectRoot, `${ENVIRONMENTS}/${environment}`);
  const commits =
    since === undefined
      ? [commitOf(projectRoot, edited ? "HEAD" : "HEAD^1")].filter((commit) => commit !== undefined)
      : inOrder(projectRoot, head, since);
  if (commits.length === 0) return NOTHING_AGREED;
  const states = commits.map((commit) =>
    rulesOf(environment, fileInCommit(projectRoot, commit, path(environment, RULES_FILE))),
  );
  return {
    approvals: {
      bases: commits.map((commit) =>
        approvalsOf(environment, fileInCommit(projectRoot, commit, path(environment, APPROVALS_FILE))),
      ),
      head: approvalsOf(environment, inCheckout(projectRoot, environment, APPROVALS_FILE)),
    },
    rules: states.at(-1)!,
    ruleStates: [...states, rulesInCheckout(projectRoot, environment)],
    from: `commit ${commits.map((commit) => commit.slice(0, 12)).join(", ")}`,
    commits,
  };
}

/** Hashes of commits, each of which the next one comes from, and the checkout from the last of them. */
function inOrder(projectRoot: string, head: string | undefined, names: readonly string[]): readonly string[] {
  const commits = names.map((name) => commitOf(projectRoot, name));
  return commits.map((commit, i) => {
    const next = i + 1 < commits.length ? commits[i + 1] : head;
    if (commit === undefined || next === undefined || !isAncestor(projectRoot, commit, next))
      throw notBefore(names[i]!);
    return commit;
  });
}

function notBefore(name: string): BaselineError {
  return new BaselineError([
    {
      code: "REVIEW-SINCE",
      message: `${JSON.stringify(name.slice(0, 100))} is no commit that this checkout, or the next commit that is named, comes from.`,
      fix: "Name commits before this one, oldest first; in a workflow check out the whole history (fetch-depth: 0).",
    },
  ]);
}
