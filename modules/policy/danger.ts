import { remembered } from "./remembered";
import { expandAction, KnownAction } from "./vocabulary";

/** Which of many actions a reviewer has to see first. Levels of access are those of AWS's service authorization reference. */

/** Services whose actions decide who may act at all. */
const IDENTITY = new Set(["iam", "sts", "organizations", "sso", "sso-directory", "identitystore", "rolesanywhere"]);

/** Actions that hand out what somebody else may do, though AWS calls them no management of permissions. */
const HANDS_OUT = new Set([
  "iam:passrole",
  "sts:assumerole",
  "sts:assumerolewithsaml",
  "sts:assumerolewithwebidentity",
  "sts:assumeroot",
  "sts:getfederationtoken",
  "kms:creategrant",
  "secretsmanager:getsecretvalue",
  "lambda:updatefunctioncode",
  "cloudformation:createstackset",
  "cloudformation:updatestackset",
]);

/**
 * The lower the more dangerous: 0 everything · 1 changes of identities and credentials, and what hands out somebody else's access · 2 management of
 * permissions · 3 not known to AWS's reference · 4 writing · 5 tags · 6 reading · 7 listing. A pattern counts as the worst that it matches.
 */
export const dangerOf = remembered(4_096, (pattern): number => {
  if (/^\*+(:\*+)?$/.test(pattern)) return 0;
  const known = expandAction(pattern);
  return known.length === 0 ? 3 : known.reduce((worst, one) => Math.min(worst, rank(one)), 7);
});

function rank({ service, reference: { name, accessLevel } }: KnownAction): number {
  if (HANDS_OUT.has(`${service}:${name}`.toLowerCase())) return 1;
  const writes = /write|permissions/i.test(accessLevel);
  if (IDENTITY.has(service) && writes) return 1;
  if (/permissions/i.test(accessLevel)) return 2;
  if (writes) return 4;
  if (/tag/i.test(accessLevel)) return 5;
  return /read/i.test(accessLevel) ? 6 : 7;
}

/** The most dangerous first; equal ones stay in their order. */
export function mostDangerousFirst(actions: readonly string[]): readonly string[] {
  return actions
    .map((action, i) => ({ action, i, danger: dangerOf(action.toLowerCase()) }))
    .sort((a, b) => a.danger - b.danger || a.i - b.i)
    .map(({ action }) => action);
}
