import { isObject } from "../../kernel/json";
import { uniqueSorted } from "../../kernel/lists";
import { asList } from "../../policy/document";
import { parseDocument } from "../verify/documents";
import { type Going, roleGoes } from "./going";

const lastOf = (arn: string): string => arn.split("/").at(-1) ?? "";

/**
 * Whether all whom a role trusts go, so that nobody can assume it again: a session of it that is open now says nothing of the next one. Plain.
 *
 * An account that is trusted stays, unless conditions name principals of it and each of these goes. A pattern stands for whoever it matches, and
 * somebody of them may stay. Statements without `Allow`, and conditions on anything else than who asks, are not evaluated.
 *
 * @param trust as IAM returns it, URL-encoded or not
 * @returns a sentence without a full stop, of that which goes; nothing where somebody stays
 */
export function trustGoes(trust: string | undefined, going: Going, managementAccountId: string): string | undefined {
  const document = trust === undefined ? undefined : parseDocument(trust);
  if (!document) return "whom it trusts could not be read";
  const goes: string[] = [];
  for (const statement of document.Statement) {
    if (statement.Effect !== "Allow" || !asList(statement.Action).some(assumes)) continue;
    const isGoing = (one: string): boolean => principalGoes(one, going, managementAccountId);
    // All conditions must hold: one that only those fulfil who go is enough.
    const named = namedByConditions(statement.Condition).find((list) => list.every(isGoing));
    const those = named ?? principalsOf(statement.Principal);
    if (!those.every(isGoing)) return undefined;
    goes.push(...those);
  }
  return goes.length === 0 ? "it trusts nobody" : `all whom it trusts go: ${uniqueSorted(goes).join(", ")}`;
}

const assumes = (action: string): boolean => action.includes("*") || /^sts:assumerole/i.test(action);

/** IAM writes the unique id of a principal that was deleted: nobody comes by that. */
const DELETED = /^A(ID|RO)A[A-Z0-9]{12,}$/;

function principalGoes(principal: string, going: Going, managementAccountId: string): boolean {
  if (DELETED.test(principal)) return true;
  if (going.users.includes(principal) || going.oidcProviders.includes(principal)) return true;
  const [, , , accountId = "", resource = ""] = /^arn:([^:]+):(iam|sts)::(\d{12}):(.+)$/.exec(principal) ?? [];
  if (/^federated-user\//.test(resource)) return usersOf(going, accountId).length > 0;
  const session = /^assumed-role\/([^/]+)\//.exec(resource)?.[1];
  if (session !== undefined) return roleGoes(session, accountId, going, managementAccountId) !== undefined;
  if (!resource.startsWith("role/")) return false;
  // The role of a permission set is often named without the digits at its end.
  const set = /^AWSReservedSSO_(.+)_[*?]+$/.exec(lastOf(resource))?.[1];
  if (set !== undefined) return going.permissionSets.some(({ name }) => name === set);
  return roleGoes(resource, accountId, going, managementAccountId) !== undefined;
}

const usersOf = ({ users }: Going, accountId: string): readonly string[] =>
  users.filter((arn) => arn.split(":")[4] === accountId);

function principalsOf(principal: unknown): readonly string[] {
  if (typeof principal === "string") return [principal];
  return isObject(principal) ? Object.values(principal).flatMap(texts) : [];
}

/** Principals that conditions ask for, those of each condition by themselves. */
function namedByConditions(condition: unknown): readonly (readonly string[])[] {
  return Object.entries(isObject(condition) ? condition : {})
    .filter(([operator]) => /^(Arn(Equals|Like)|String(Equals|Like|EqualsIgnoreCase))$/i.test(operator))
    .flatMap(([, asked]) => Object.entries(isObject(asked) ? asked : {}))
    .filter(([key]) => key.toLowerCase() === "aws:principalarn")
    .map(([, value]) => texts(value));
}

const texts = (value: unknown): readonly string[] =>
  asList(value as string | readonly string[]).filter((one) => typeof one === "string");
