import { glob, wildcards } from "../evaluate/patterns";
import {
  ABSENT,
  accountOfArn,
  ContextValue,
  PolicyRequest,
  PreparedRequest,
  prepareRequest,
  RequestPrincipal,
} from "../evaluate/request";
import type { CompiledStatement } from "../evaluate/statements";
import { FALSE } from "../evaluate/truth";
import { remembered } from "../remembered";
import { actionName, expandAction } from "../vocabulary";
import { Atom, AtomCondition, Part, patternsOf, textsOf } from "./atoms";
import type { Steps } from "./steps";

/** Requests at the edges of what atoms say: those that match an atom, and those that differ from them in one thing. */

export interface WitnessSetting {
  /** Account of the principal and of the resource where the policy names none. */
  readonly accountId: string;
  /** SCPs only: the account whose principals they bind here. @default - the account is not known, or there are several different ones */
  readonly boundAccount?: string;
  /** Resource where the policy leaves it open, for example the ARN of the role whose trust policy is compared. */
  readonly resource?: string;
  /**
   * Identity policies only: others that are not compared may allow whatever a Deny met, so that a Deny that goes is no loss only where others
   * deny the same. @default false: the documents are all there is
   */
  readonly othersMayAllow?: boolean;
  /**
   * Resource policies only: nobody passes whom it does not let through by itself, whatever he may do by policies of his own (endpoints).
   * @default false
   */
  readonly filter?: boolean;
  /** ARNs of principals that there are: a witness names one of them where one fits. @default none */
  readonly principals?: readonly string[];
}

/** Actions that stand for "anything", the most telling first. */
const TELLING_ACTIONS = [
  "iam:CreateAccessKey",
  "iam:CreateUser",
  "iam:PassRole",
  "iam:AttachRolePolicy",
  "sts:AssumeRole",
  "organizations:LeaveOrganization",
  "s3:GetObject",
  "ec2:RunInstances",
  "kms:Decrypt",
  "cloudtrail:StopLogging",
];

/** Texts that a pattern matches: the plainest first. */
function fillings(pattern: string, fillers: readonly string[]): readonly string[] {
  if (!/[*?]|\$\{/.test(pattern)) return [pattern];
  return [
    ...new Set(
      fillers.map((filler) =>
        pattern
          .replace(/\$\{\*\}/g, "\u0000")
          .replace(/\$\{[^}]*\}/g, "example")
          .replace(/\*/g, filler)
          .replace(/\?/g, "x")
          .replace(/\u0000/g, "*"),
      ),
    ),
  ];
}

/** In any case, and with variables as plain texts: enough to choose candidates, which the evaluator judges. */
function matchesLoosely(pattern: string, text: string): boolean {
  return glob(text.toLowerCase(), wildcards(pattern.toLowerCase()));
}

function actions(part: Part, others: readonly Part[]): readonly string[] {
  if ("among" in part) return part.among.slice(0, 12).flatMap((is) => actions({ is }, others).slice(0, 2));
  // What the other side's lists name is where two such lists differ.
  if ("not" in part)
    return [...named(others), ...TELLING_ACTIONS].filter(
      (action) => !part.not.some((pattern) => matchesLoosely(pattern, action)),
    );
  if (!/[*?]/.test(part.is)) return [part.is];
  const telling = TELLING_ACTIONS.filter((action) => matchesLoosely(part.is, action));
  // A wildcard in the service's name would mean every service there is.
  const real = /^[^*?]+:/.test(part.is) ? expandAction(part.is).slice(0, 6).map(actionName) : [];
  const first = [...new Set([...telling, ...real, ...fillings(part.is, ["Example", ""])])]
    .filter((action) => action.includes(":"))
    .slice(0, 12);
  // What others of the policies name is where a wildcard makes a difference: what they allow, or do not deny.
  const theirs = named(others).filter((action) => action.includes(":") && matchesLoosely(part.is, action));
  return [...new Set([...first, ...theirs])].slice(0, 24);
}

/** Texts for the patterns of `Not…` lists and for plain ones. */
function named(parts: readonly Part[]): readonly string[] {
  const patterns = [...new Set(parts.flatMap(textsOf))].filter((pattern) => pattern !== "*");
  return patterns
    .slice(0, 12)
    .flatMap((pattern) => [
      ...(/^[a-z0-9-]+:[^:/]*$/.test(pattern) ? expandAction(pattern).slice(0, 2).map(actionName) : []),
      ...fillings(pattern, ["Example"]),
    ]);
}

function resources(part: Part, others: readonly Part[], setting: WitnessSetting): readonly string[] {
  if ("among" in part) return part.among.slice(0, 12).flatMap((is) => resources({ is }, others, setting).slice(0, 2));
  const open = setting.resource ?? `arn:aws:iam::${setting.accountId}:role/example`;
  if ("not" in part)
    return [
      ...named(others),
      open,
      `arn:aws:iam::${setting.accountId}:user/example`,
      "arn:aws:s3:::example/key",
    ].filter((text) => !part.not.some((pattern) => matchesLoosely(pattern, text)));
  if (part.is === "*") return [open];
  // An account that is left open is ours.
  return fillings(part.is.replace(/^(arn:[^:]*:[^:]*:[^:]*:)\*(:|$)/, `$1${setting.accountId}$2`), [
    "example",
    "",
    "example/example",
  ]);
}

/** What an ARN stands for in a request. */
export function principalOf(arn: string): RequestPrincipal {
  if (/:root$/.test(arn)) return { type: "root", arn };
  if (/:(user|federated-user)\//.test(arn)) return { type: "user", arn };
  return { type: "role", arn };
}

function principalsOfElement(part: Part, setting: WitnessSetting): readonly RequestPrincipal[] {
  if ("among" in part) return part.among.slice(0, 12).flatMap((is) => principalsOfElement({ is }, setting));
  const role = (account: string): RequestPrincipal => ({ type: "role", arn: `arn:aws:iam::${account}:role/Admin` });
  if ("not" in part || part.is === "*")
    return [
      role(setting.accountId),
      role("999999999999"),
      { type: "user", arn: `arn:aws:iam::${setting.accountId}:user/example` },
    ];
  const cut = part.is.indexOf(":");
  const [kind, value] = [part.is.slice(0, cut), part.is.slice(cut + 1)];
  switch (kind) {
    case "Service":
      return [{ type: "service", arn: value }];
    case "Federated":
      return [{ type: /:saml-provider\//.test(value) ? "saml" : "webIdentity", arn: value }];
    case "AWS": {
      const account = accountOfArn(value);
      if (!/:root$/.test(value)) return [principalOf(value)];
      return account
        ? [role(account), { type: "user", arn: `arn:aws:iam::${account}:user/example` }, { type: "root", arn: value }]
        : [];
    }
    default:
      return [];
  }
}

/** Values of a key around what a condition says; those that fulfil it come first, `undefined` stands for an absent key. */
function valuesAround(condition: AtomCondition): readonly (ContextValue | undefined)[] {
  const base = condition.operator.replace(/^For(All|Any)Values?:/, "").replace(/IfExists$/, "");
  const isSet = condition.operator.startsWith("For");
  const found: (ContextValue | undefined)[] = [];
  for (const value of condition.values.slice(0, 12)) {
    if (/^Numeric/.test(base)) {
      const n = Number(value);
      found.push(String(n), String(n - 1), String(n + 1));
    } else if (/^Date/.test(base)) {
      const t = Date.parse(value);
      if (!Number.isNaN(t))
        found.push(...[t, t - 86_400_000, t + 86_400_000].map((x) => new Date(x).toISOString().replace(".000Z", "Z")));
    } else if (/^(Not)?IpAddress$/.test(base))
      found.push(value.split("/")[0], value.includes(":") ? "2001:db8:ffff::1" : "198.51.100.77");
    else if (base === "Bool") found.push("true", "false");
    else if (base === "Null")
      found.push(...(value.toLowerCase() === "true" ? [undefined, "example"] : ["example", undefined]));
    else if (/^Arn/.test(base)) found.push(...fillings(value, ["example", ""]), "arn:aws:iam::999999999999:role/other");
    else if (/Like$/.test(base)) found.push(...fillings(value, ["example", ""]), "other");
    else found.push(value, "other");
  }
  found.push(undefined);
  const unique = [...new Set(found)].filter((value) => typeof value !== "string" || value.length <= LONGEST_TEXT);
  if (!isSet) return unique;
  const texts = unique.filter((v): v is string => typeof v === "string");
  return [
    ...texts.map((v): ContextValue => [v]),
    ...(texts.length > 1 ? [[texts[0]!, texts.at(-1)!]] : []),
    [],
    undefined,
  ];
}

const OPEN_ACCOUNT = /^(arn:[^:]*:[^:]*:[^:]*:)\*:/;

/** Keys that follow from the principal or the resource: never set by hand. */
const DERIVED_KEYS = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:username",
  "aws:resourceaccount",
  "aws:principalisawsservice",
]);

/** Stands for anybody where the principal does not matter. */
const NOBODY: RequestPrincipal = { type: "role", arn: "arn:aws:iam::000000000000:role/nobody" };

/** AWS's APIs take no longer ARN: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
const LONGEST_TEXT = 2_048;
/** Requests around one atom. */
const TRIED = 400;
/** Atoms beside it whose conditions are tried. */
const RELATED = 300;

/**
 * Requests that an atom speaks of, as far as each part by itself can tell; the conditions of related atoms are tried as well. They end
 * where the steps end.
 *
 * @param statement the atom, made ready
 */
export function* requestsAround(
  atom: Atom,
  statement: CompiledStatement,
  relatedAtoms: readonly Atom[],
  setting: WitnessSetting,
  steps: Steps,
): Generator<PolicyRequest> {
  const related = relatedAtoms.slice(0, RELATED);
  const conditions = [...atom.conditions, ...related.flatMap((other) => other.conditions)];
  const keys = new Map<string, (ContextValue | undefined)[]>();
  const principals = new Map<string, RequestPrincipal>();
  const addPrincipal = (principal: RequestPrincipal): void =>
    void (principals.has(principal.arn) || principals.set(principal.arn, principal));
  // Anybody first: a request that needs nobody in particular says more.
  [atom, ...related].flatMap((one) => principalsOfElement(one.principal, setting)).forEach(addPrincipal);
  for (const condition of conditions) {
    // An account that is left open is ours.
    const values = valuesAround({
      ...condition,
      values: condition.values.map((value) => value.replace(OPEN_ACCOUNT, `$1${setting.accountId}:`)),
    });
    if (condition.key === "aws:principalarn")
      values.forEach((value) => typeof value === "string" && addPrincipal(principalOf(value)));
    else if (!DERIVED_KEYS.has(condition.key))
      keys.set(condition.key, [...new Set([...(keys.get(condition.key) ?? []), ...values])]);
  }
  // Last, those that only conditions tell apart: accounts by their id, and roles of any account in each that is named.
  const accounts = [...new Set([...principals.values()].flatMap(({ arn }) => accountOfArn(arn) ?? []))];
  for (const { key, values } of conditions) {
    if (key === "aws:principalaccount")
      values
        .filter((value) => /^\d{12}$/.test(value))
        .forEach((id) => addPrincipal({ type: "role", arn: `arn:aws:iam::${id}:role/Admin` }));
    if (key === "aws:principalarn")
      for (const id of accounts)
        for (const value of values.slice(0, 12))
          if (OPEN_ACCOUNT.test(value))
            fillings(value.replace(OPEN_ACCOUNT, `$1${id}:`), ["example"]).forEach((arn) =>
              addPrincipal(principalOf(arn)),
            );
  }
  const short = (text: string): boolean => text.length <= LONGEST_TEXT;
  // What the atom does not speak of cannot differ because of it.
  const part = (request: Partial<PolicyRequest>): PreparedRequest =>
    prepareRequest({ principal: NOBODY, action: "none:None", resource: "*", unlistedKeys: "unknown", ...request });
  // A variable depends on who asks.
  const variable = textsOf(atom.resource).some((text) => text.includes("${"));
  const actionTexts = [
    ...new Set(
      actions(
        atom.action,
        related.map((other) => other.action),
      ),
    ),
  ].filter((text) => short(text) && statement.action(text.toLowerCase()) !== FALSE);
  const resourceTexts = [
    ...new Set(
      resources(
        atom.resource,
        related.map((other) => other.resource),
        setting,
      ),
    ),
  ].filter((text) => short(text) && (variable || statement.resource(part({ resource: text })) !== FALSE));
  const callers = [...principals.values()].filter((principal) => {
    const request = part({ principal });
    return (
      (statement.principal === undefined || statement.principal.any(request) !== FALSE) &&
      statement.conditions.every(
        (condition) => !DERIVED_KEYS.has(condition.key.toLowerCase()) || condition.test(request) !== FALSE,
      )
    );
  });
  const fitting = [...keys].map(([key, values]) => {
    const own = statement.conditions.filter(
      (condition) => condition.key.toLowerCase() === key && !condition.values.some((value) => value.includes("${")),
    );
    return [
      key,
      values.filter((value) =>
        own.every(
          (condition) =>
            condition.test(part({ context: value === undefined ? { [key]: ABSENT } : { [key]: value } })) !== FALSE,
        ),
      ),
    ] as const;
  });
  if (fitting.some(([, values]) => values.length === 0)) return;
  let count = 0;
  for (const context of contexts(fitting)) {
    for (const principal of callers) {
      for (const action of actionTexts) {
        for (const resource of resourceTexts) {
          if (count++ >= TRIED || !steps.take(1)) return;
          yield { principal, action, resource, context: filledIn(context, principal, setting), unlistedKeys: "absent" };
        }
      }
    }
  }
}

/** Variables that follow from the principal, in values that a condition compares with: without them such a condition would never hold. */
function filledIn(
  context: Readonly<Record<string, ContextValue>>,
  principal: RequestPrincipal,
  setting: WitnessSetting,
): Readonly<Record<string, ContextValue>> {
  if (!Object.values(context).some((value) => typeof value === "string" && value.includes("${"))) return context;
  const variables: Readonly<Record<string, string>> = {
    "${aws:username}": principal.arn.split("/").at(-1) ?? "",
    "${aws:principalaccount}": accountOfArn(principal.arn) ?? setting.accountId,
    "${aws:principalarn}": principal.arn,
  };
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [
      key,
      typeof value === "string"
        ? value.replace(/\$\{[^}]*\}/g, (variable) => variables[variable.toLowerCase()] ?? variable)
        : value,
    ]),
  );
}

/** Combinations of values, those near the first value of every key first: one change, two changes, then the rest. */
function* contexts(
  keys: readonly (readonly [string, readonly (ContextValue | undefined)[]])[],
): Generator<Readonly<Record<string, ContextValue>>> {
  const build = (choice: readonly number[]): Record<string, ContextValue> => {
    const context: Record<string, ContextValue> = {};
    keys.forEach(([key, values], i) => {
      const value = values[choice[i]!];
      if (value !== undefined) context[key] = value;
    });
    return context;
  };
  const base = keys.map(() => 0);
  yield build(base);
  for (let i = 0; i < keys.length; i++) {
    for (let a = 1; a < keys[i]![1].length; a++) yield build(base.map((v, k) => (k === i ? a : v)));
  }
  for (let i = 0; i < keys.length; i++) {
    for (let j = i + 1; j < keys.length; j++) {
      for (let a = 1; a < keys[i]![1].length; a++)
        for (let b = 1; b < keys[j]![1].length; b++) yield build(base.map((v, k) => (k === i ? a : k === j ? b : v)));
    }
  }
}

/** Whether two atoms may speak of the same request: only those are worth a look. */
export function mayMeet(a: Atom, b: Atom): boolean {
  return partsMeet(a.action, b.action) && partsMeet(a.resource, b.resource);
}

function partsMeet(a: Part, b: Part): boolean {
  if ("not" in a) return "not" in b || patternsOf(b).some((one) => meetsRest(one, a.not));
  if ("not" in b) return patternsOf(a).some((one) => meetsRest(one, b.not));
  return patternsOf(a).some((one) => patternsOf(b).some((other) => textsMeet(one, other)));
}

/** Whether some of what a pattern matches may be outside of a list. */
function meetsRest(pattern: string, excluded: readonly string[]): boolean {
  return !excluded.some(
    (one) =>
      one === pattern ||
      one === "*" ||
      (literalHead(one).rest === "*" && literalHead(pattern).head.startsWith(literalHead(one).head)),
  );
}

/** Two patterns may meet without one containing the other; their literal beginnings tell when they cannot. */
function textsMeet(a: string, b: string): boolean {
  const [x, y] = [literalHead(a), literalHead(b)];
  if (x.rest === "" && y.rest === "") return a === b;
  return x.head.startsWith(y.head) || y.head.startsWith(x.head);
}

interface LiteralHead {
  readonly head: string;
  /** From the first wildcard or variable on. */
  readonly rest: string;
}

/** The same few texts are asked about again and again. */
const literalHead = remembered(8_192, (text): LiteralHead => {
  const end = text.search(/[*?]|\$\{/);
  return end < 0 ? { head: text, rest: "" } : { head: text.slice(0, end), rest: text.slice(end) };
});
