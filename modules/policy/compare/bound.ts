import { accountOfArn } from "../evaluate/request";
import { Atom, AtomCondition, keyOf } from "./atoms";
import { patternContains } from "./patterns";

/**
 * SCPs bind principals of one account alone, whoever else they name: an exemption of another account's role means nothing there. Atoms as
 * they count for the principals of one account; nothing where none of those can be meant.
 *
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
export function inBoundAccount(atom: Atom, accountId: string): Atom | undefined {
  if ("is" in atom.action && "is" in atom.resource && isOutOfReach(atom.action.is, atom.resource.is, accountId))
    return undefined;
  let changed = false;
  const conditions: AtomCondition[] = [];
  for (const condition of atom.conditions) {
    // A principal that an SCP binds always has an ARN; with a set operator or IfExists the condition is left as it is.
    const own =
      condition.key === "aws:principalarn" && /^(Arn|String)(Not)?(Like|Equals)$/.test(condition.operator)
        ? condition.values.filter((value) => !isForeign(value, accountId))
        : condition.values;
    if (own.length === condition.values.length) conditions.push(condition);
    else if (own.length > 0) conditions.push({ ...condition, values: own });
    else if (!condition.operator.includes("Not")) return undefined;
    changed ||= own.length !== condition.values.length;
  }
  return changed ? { ...atom, conditions, key: keyOf({ ...atom, conditions }) } : atom;
}

/**
 * IAM is asked about the caller's own account and no other. The exception is `iam:PassRole`: CodePipeline takes a role of another account
 * for an action. https://github.com/awsdocs/iam-user-guide/pull/228
 *
 * @param action an action or a pattern, in any case
 */
export function isOutOfReach(action: string, resource: string, accountId: string): boolean {
  const lower = action.toLowerCase();
  return lower.startsWith("iam:") && !patternContains(lower, "iam:passrole") && isForeign(resource, accountId);
}

/** A text that names another account, with its twelve digits. */
function isForeign(value: string, accountId: string): boolean {
  const account = accountOfArn(value);
  return account !== undefined && account !== accountId;
}
