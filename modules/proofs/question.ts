import { BaselineError, Problem } from "../kernel/errors";
import { nearest, suggestion } from "../kernel/nearest";
import { accountSuggestion, findAccount } from "../organization/targets";
import type { Account } from "../organization/types";
import { accountOfArn } from "../policy/evaluate";
import { actionsOf, isService, services } from "../policy/vocabulary/reference";
import type { ProofInput } from "./types";

/** What somebody types in a question, checked: an account, an action, a resource. What is wrong is refused with a code and a way to fix it. */

export function refuse(code: string, message: string, fix: string): never {
  throw new BaselineError([{ code, message, fix } satisfies Problem]);
}

/** An active account by name or id; `management` is the management account. */
export function accountOf({ environment: { tree, organization } }: ProofInput, reference: string): Account {
  const account =
    reference === "management" ? tree.accountById.get(organization.managementAccountId) : findAccount(tree, reference);
  if (account) return account;
  const sharing = tree.ambiguousNames.get(reference);
  if (sharing)
    refuse(
      "ACCOUNT-AMBIGUOUS",
      `${sharing.length} active accounts are named ${reference}: ${sharing.join(", ")}.`,
      `Write the id of the one that is meant: --account ${sharing[0]}.`,
    );
  if (organization.accounts.some(({ id, name }) => id === reference || name === reference))
    refuse("ACCOUNT-INACTIVE", `Account ${reference} is not active (suspended or closing).`, "Name an active account.");
  return refuse("ACCOUNT-UNKNOWN", `There is no account ${reference}.`, accountSuggestion(tree, reference));
}

/** An action in AWS's spelling. */
export function actionOf(text: string): string {
  const [, service = "", name = ""] =
    /^([A-Za-z0-9-]+):([A-Za-z0-9]+)$/.exec(text) ??
    refuse(
      "EXPLAIN-ACTION",
      `${JSON.stringify(text)} is not an action.`,
      "Write service:Operation, for example iam:CreateAccessKey, without wildcards: one question is about one action.",
    );
  const prefix = service.toLowerCase();
  if (!isService(prefix))
    refuse(
      "EXPLAIN-ACTION",
      `AWS has no service with the prefix ${service}.`,
      suggestion(prefix, services(), "service"),
    );
  const known = actionsOf(prefix);
  const found = known.get(name.toLowerCase());
  if (found) return `${prefix}:${found.name}`;
  const names = [...known.values()].map((one) => one.name);
  const near = nearest(name, names);
  return refuse(
    "EXPLAIN-ACTION",
    `${prefix} has no action ${name}.`,
    near
      ? `Did you mean ${prefix}:${near}?`
      : `Its actions: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html`,
  );
}

/** The ARN of a resource of the account; `*` when none is named. */
export function resourceOf(text: string | undefined, account: Account): string {
  if (text === undefined || text === "*") return "*";
  if (!/^arn:[^:]+:[^:]*:[^:]*:[^:]*:.+$/.test(text))
    return refuse(
      "EXPLAIN-RESOURCE",
      `${JSON.stringify(text)} is not an ARN.`,
      "Write arn:aws:<service>:<region>:<account>:<resource>, or leave --resource out for *.",
    );
  const owner = accountOfArn(text);
  if (owner !== undefined && owner !== account.id)
    return refuse(
      "EXPLAIN-RESOURCE",
      `${text} is in account ${owner}, and --account names ${account.id}.`,
      "Name the account of the resource with --account.",
    );
  return text;
}
