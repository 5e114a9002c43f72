import { decide, TextSet } from "../policy/decide";
import { asList, policyDocument } from "../policy/document";
import type { PolicyDocument, PolicyStatement } from "../policy/types";
import { expandAction, actionName } from "../policy/vocabulary";
import { CREDENTIAL_ACTIONS } from "../sections/guardrails/catalogue/credential-actions";
import { ANY_RESOURCE, iamSet } from "./arns";
import type { Chain } from "./chains";
import { exemptPatterns } from "./exempt-principals";
import { AccountRows, everybodyBut } from "./rows";
import type { ProofInput, Question } from "./types";
import { uniqueSorted } from "../kernel/lists";

/** A way to be spared by a Deny statement that does not lie in the principal's ARN. */
export interface SettableSpare {
  /** Condition key as written. */
  readonly key: string;
  /** One value that spares; nothing where the key's presence, or a service's call, does. */
  readonly values: readonly string[];
  readonly statement: PolicyStatement;
  readonly policy: string;
}

const CREDENTIALS: ReadonlySet<string> = new Set(
  CREDENTIAL_ACTIONS.filter(({ deniedBy }) => deniedBy !== undefined).flatMap(({ actions }) => [...actions]),
);

/** Keys whose value somebody sets who is not AWS, the organization or the account's administrator of names. */
const SETTABLE =
  /^(aws:principaltag\/.+|aws:requesttag\/.+|aws:userid|aws:sourceidentity|sts:rolesessionname|aws:viaawsservice|aws:calledvia(first|last)?)$/i;

/** Statements that name an action that makes a credential: what they spare, mints. Those that deny everything are about something else. */
function namesCredentials(statement: PolicyStatement): boolean {
  return asList(statement.Action).some(
    (action) => action !== "*" && expandAction(action).some((known) => CREDENTIALS.has(actionName(known))),
  );
}

/**
 * Ways to be spared by what anybody may set: tags, session names, source identities, a call through a service. A condition is such a way
 * when the statement denies without the key, or with some value of it, and does not with another.
 */
export function settableSpares(
  documents: readonly { readonly name: string; readonly document: PolicyDocument }[],
): readonly SettableSpare[] {
  return documents.flatMap(({ name, document }) =>
    document.Statement.flatMap((statement) =>
      statement.Effect !== "Deny" || !namesCredentials(statement)
        ? []
        : Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
            Object.entries(keys).flatMap(([key, values]) =>
              SETTABLE.test(key) && sparesSome(document.Version, operator, key, asList(values))
                ? [{ key, values: asList(values), statement, policy: name }]
                : [],
            ),
          ),
    ),
  );
}

/** Without the key the condition holds, so that an ordinary request is denied; with some value it does not. */
function sparesSome(
  version: PolicyDocument["Version"],
  operator: string,
  key: string,
  values: readonly string[],
): boolean {
  const lower = key.toLowerCase();
  const set = (keys: "absent" | "anything"): ReturnType<typeof decide> =>
    decide(
      {
        principals: [{ type: "role", arns: { like: ["arn:aws:iam::111111111111:role/anybody"] } }],
        actions: { like: ["iam:CreateAccessKey"] },
        resources: { like: ["arn:aws:iam::111111111111:user/somebody"] },
        keys: { [key]: keys },
      },
      {
        scps: [
          [
            { name: "all", document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]) },
            {
              name: "one",
              document: {
                Version: version,
                Statement: [
                  { Effect: "Deny", Action: "*", Resource: "*", Condition: { [operator]: { [key]: values } } },
                ],
              },
            },
          ],
        ],
      },
    );
  // A request of a person is made by nobody on behalf of another, and every IAM principal has a user id.
  const ordinary = lower === "aws:viaawsservice" || lower === "aws:userid" ? undefined : set("absent").verdict;
  return (ordinary === undefined || ordinary === "all-denied") && set("anything").verdict === "mixed";
}

/** What somebody does to get such a value: the actions, and the keys of the request that carry it. */
function settingOf({ key, values }: SettableSpare):
  | {
      readonly actions: readonly string[];
      readonly keys: NonNullable<Question["keys"]>;
      readonly how: string;
    }
  | undefined {
  const like = (texts: readonly string[]): TextSet => ({
    like: texts.map((text) => text.replace(/\$\{[^}]*\}/g, "*")),
  });
  const [, tag] = /^aws:principaltag\/(.+)$/i.exec(key) ?? [];
  if (tag !== undefined)
    return {
      actions: ["iam:CreateRole", "iam:CreateUser", "iam:TagRole", "iam:TagUser", "sts:TagSession"],
      keys: { [`aws:RequestTag/${tag}`]: like(values), "aws:TagKeys": { oneOf: [tag], several: true } },
      how: `gives itself the tag ${tag}`,
    };
  if (/^(aws:userid|sts:rolesessionname)$/i.test(key)) {
    // `AROAEXAMPLEID:*` names one role, whose id AWS gives: only the part behind the colon is somebody's choice.
    const names = /^aws:userid$/i.test(key)
      ? values
          .filter((value) => /^[*?]/.test(value) && value.includes(":"))
          .map((value) => value.slice(value.indexOf(":") + 1))
      : values;
    return names.length === 0
      ? undefined
      : {
          actions: ["sts:AssumeRole"],
          keys: { "sts:RoleSessionName": like(names) },
          how: `assumes a role under the session name ${names.join(", ")}`,
        };
  }
  if (/^aws:sourceidentity$/i.test(key))
    return {
      actions: ["sts:SetSourceIdentity"],
      keys: { "sts:SourceIdentity": like(values) },
      how: `sets the source identity ${values.join(", ")}`,
    };
  return undefined;
}

/** Nobody is spared by what anybody may set. */
export function settable(_input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  if (!chain.scps) return [];
  const account = chain.account.id;
  const policies = [
    ...new Map([...chain.scps, ...(chain.rcps ?? [])].flat().map((one) => [one.document, one])).values(),
  ];
  const exempt = exemptPatterns(policies.map(({ document }) => document)).map((pattern) =>
    pattern.replace(/^(arn:[^:]*:iam::)[^:]*:/, `$1${account}:`),
  );
  const asks = everybodyBut(rows, account, { patterns: exempt }).filter(
    ({ kind }) => kind === "administrator" || kind === "iam-user",
  );
  return settableSpares(policies).flatMap((spare): readonly Question[] => {
    const name = spare.statement.Sid ?? "a statement";
    const setting = settingOf(spare);
    const common = {
      proof: "exemptions-hold" as const,
      expected: "denied" as const,
      rows: asks,
      key: `spared by ${spare.key} in ${spare.policy}`,
    };
    if (setting)
      return [
        {
          ...common,
          actions: setting.actions,
          resources: {
            like: [...iamSet(account, "role").like, ...iamSet(account, "user").like],
            except: [...iamSet(account, "role").except!, ...iamSet(account, "user").except!],
          },
          on: "any role or user",
          keys: setting.keys,
          when: `with the value that ${name} of ${spare.policy} spares`,
          otherwise: `${name} of ${spare.policy} spares by ${spare.key}, which anybody may set: whoever ${setting.how} can do what it denies.`,
        },
      ];
    if (/^aws:userid$/i.test(spare.key)) return [];
    const actions = asList(spare.statement.Action).flatMap((action) =>
      expandAction(action)
        .map(actionName)
        .filter((one) => CREDENTIALS.has(one)),
    );
    return [
      {
        ...common,
        actions: uniqueSorted(actions),
        resources: ANY_RESOURCE,
        on: "any resource",
        otherwise: `${name} of ${spare.policy} spares by ${spare.key}: ${/tag/i.test(spare.key) ? "whoever writes the tag into the request" : "whoever calls through a service of AWS"} can do what it denies.`,
      },
    ];
  });
}
