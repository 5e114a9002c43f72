import type { Organization } from "../organization/types";
import { asList } from "../policy/document";
import type { PolicyStatement } from "../policy/types";
import { say, Sentence, words } from "./sentence";

/** How far a statement of a resource's policy lets people in: what a reviewer asks first. */

/**
 * - `public`: anybody in AWS, or anybody at all
 * - `outside`: another account that is not in the organization, or of which nothing is known
 * - `provider`: whoever a sign-in provider vouches for
 * - `service`: an AWS service, for whichever account uses it
 * - `organization`: another account of the organization
 * - `own`: the account that holds it, or a service that acts for it alone
 */
export type Reach = "public" | "outside" | "provider" | "service" | "organization" | "own";

/** Farthest first. */
const FARTHEST: readonly Reach[] = ["public", "outside", "provider", "service", "organization", "own"];

export interface Home {
  /** Account that holds the resource. @default - not known: accounts that are named count as others */
  readonly accountId?: string;
  readonly organization?: Pick<Organization, "id" | "accounts" | "managementAccountId"> | undefined;
}

/** Condition keys that say whose request it may be, in lower case; the values are accounts, ARNs or organizations. */
const ACCOUNT_KEYS: ReadonlySet<string> = new Set([
  "aws:principalaccount",
  "aws:sourceaccount",
  "aws:sourceowner",
  "kms:calleraccount",
]);
const ARN_KEYS: ReadonlySet<string> = new Set(["aws:principalarn", "aws:sourcearn", "aws:userarn"]);
const ORGANIZATION_KEYS: ReadonlySet<string> = new Set([
  "aws:principalorgid",
  "aws:sourceorgid",
  "aws:principalorgpaths",
  "aws:sourceorgpaths",
]);

/** The farthest that an Allow statement lets anybody in from; nothing for a Deny. */
export function reachOf(statement: PolicyStatement, home: Home): Reach | undefined {
  if (statement.Effect !== "Allow") return undefined;
  const limit = limitOf(statement, home);
  const all = principalsOf(statement).map((principal): Reach => {
    const by = reachOfPrincipal(principal, home);
    // A condition takes away, it never gives.
    return limit !== undefined && FARTHEST.indexOf(limit) > FARTHEST.indexOf(by) ? limit : by;
  });
  return FARTHEST.find((reach) => all.includes(reach));
}

/** The farthest of several statements, with who they let in from there; nothing where none lets anybody in. */
export function farthestOf(
  statements: readonly PolicyStatement[],
  home: Home,
): { readonly reach: Reach; readonly statements: readonly PolicyStatement[] } | undefined {
  const all = statements.flatMap((statement) => {
    const reach = reachOf(statement, home);
    return reach ? [{ reach, statement }] : [];
  });
  const reach = FARTHEST.find((one) => all.some((other) => other.reach === one));
  return reach && { reach, statements: all.filter((one) => one.reach === reach).map(({ statement }) => statement) };
}

/** How far away what an ARN names is: a queue, a bus, a function that gets something sent. */
export function reachOfArn(arn: string, home: Home): Reach | undefined {
  const account = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
  return account === undefined ? undefined : reachOfAccount(account, home);
}

type PrincipalText = readonly [kind: string, value: string];

function principalsOf({ Principal, NotPrincipal }: PolicyStatement): readonly PrincipalText[] {
  if (NotPrincipal !== undefined) return [["AWS", "*"]];
  if (Principal === undefined) return [];
  if (Principal === "*") return [["AWS", "*"]];
  return Object.entries(Principal).flatMap(([kind, values]) =>
    asList(values).map((value): PrincipalText => [kind, value]),
  );
}

function reachOfPrincipal([kind, value]: PrincipalText, home: Home): Reach {
  if (value === "*") return "public";
  if (kind === "Service") return "service";
  if (kind === "Federated") return "provider";
  if (kind !== "AWS") return "outside";
  const account = /^\d{12}$/.exec(value)?.[0] ?? /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(value)?.[1];
  return account === undefined ? "outside" : reachOfAccount(account, home);
}

function reachOfAccount(account: string, { accountId, organization }: Home): Reach {
  if (account === accountId) return "own";
  return organization?.accounts.some(({ id }) => id === account) ? "organization" : "outside";
}

/** What the conditions leave of anybody; nothing where they leave everybody, or say something that is not understood here. */
function limitOf({ Condition }: PolicyStatement, home: Home): Reach | undefined {
  let nearest: Reach | undefined;
  for (const [operator, keys] of Object.entries(Condition ?? {})) {
    // With `IfExists`, and for all of none, requests without the key come through.
    if (!/^(ForAnyValue:)?(String|Arn)(Equals|Like|EqualsIgnoreCase)$/.test(operator)) continue;
    for (const [key, values] of Object.entries(keys)) {
      const reaches = asList(values).map((value) => reachOfValue(key.toLowerCase(), String(value), home));
      if (reaches.includes(undefined)) continue;
      const farthest = FARTHEST.find((reach) => reaches.includes(reach));
      if (farthest && (nearest === undefined || FARTHEST.indexOf(farthest) > FARTHEST.indexOf(nearest)))
        nearest = farthest;
    }
  }
  return nearest;
}

function reachOfValue(key: string, value: string, home: Home): Reach | undefined {
  if (ACCOUNT_KEYS.has(key)) return /^\d{12}$/.test(value) ? reachOfAccount(value, home) : undefined;
  if (ARN_KEYS.has(key)) {
    const account = /^arn:[^:*?]*:[^:]*:[^:]*:(\d{12}):/.exec(value)?.[1];
    return account === undefined ? undefined : reachOfAccount(account, home);
  }
  if (ORGANIZATION_KEYS.has(key)) {
    const id = /^(o-[a-z0-9]+)(\/|$)/.exec(value)?.[1];
    return id === undefined ? undefined : id === home.organization?.id ? "organization" : "outside";
  }
  return undefined;
}

/** ` (public)`, ` (outside of the organization)`; nothing for those near by. */
export function reachText(reach: Reach | undefined, home: Home): Sentence {
  switch (reach) {
    case "public":
      return words(" (public access)");
    case "outside":
      return home.organization
        ? words(" (outside of the organization)")
        : words(" (another account, which no facts place in the organization)");
    case "service":
      return words(" (for whichever account uses the service)");
    default:
      return say``;
  }
}
