import { accountOfArn, ContextValue, PolicyRequest, RequestPrincipal } from "../evaluate/request";
import { glob, wildcards } from "../evaluate/patterns";
import { actionName, expandAction } from "../vocabulary";
import { Atom, AtomCondition, Part } from "./atoms";

/** Requests at the edges of what atoms say: those that match an atom, and those that differ from them in one thing. */

export interface WitnessSetting {
  /** Account of the principal and of the resource where the policy names none. */
  readonly accountId: string;
  /** Resource where the policy leaves it open, for example the ARN of the role whose trust policy is compared. */
  readonly resource?: string;
}

/** Actions that stand for "anything", the most telling first. */
const TELLING_ACTIONS = ["iam:CreateAccessKey", "iam:CreateUser", "iam:PassRole", "iam:AttachRolePolicy", "sts:AssumeRole", "organizations:LeaveOrganization", "s3:GetObject", "ec2:RunInstances", "kms:Decrypt", "cloudtrail:StopLogging"];

/** Texts that a pattern matches: the plainest first. */
function fillings(pattern: string, fillers: readonly string[]): readonly string[] {
  if (!/[*?]|\$\{/.test(pattern)) return [pattern];
  return [...new Set(fillers.map((filler) => pattern.replace(/\$\{\*\}/g, "\u0000").replace(/\$\{[^}]*\}/g, "example").replace(/\*/g, filler).replace(/\?/g, "x").replace(/\u0000/g, "*")))];
}

/** In any case, and with variables as plain texts: enough to choose candidates, which the evaluator judges. */
function matchesLoosely(pattern: string, text: string): boolean {
  return glob(text.toLowerCase(), wildcards(pattern.toLowerCase()));
}

function actions(part: Part, others: readonly Part[]): readonly string[] {
  // What the other side's lists name is where two such lists differ.
  if ("not" in part) return [...named(others), ...TELLING_ACTIONS].filter((action) => !part.not.some((pattern) => matchesLoosely(pattern, action)));
  if (!/[*?]/.test(part.is)) return [part.is];
  const telling = TELLING_ACTIONS.filter((action) => matchesLoosely(part.is, action));
  // A wildcard in the service's name would mean every service there is.
  const real = /^[^*?]+:/.test(part.is) ? expandAction(part.is).slice(0, 6).map(actionName) : [];
  return [...new Set([...telling, ...real, ...fillings(part.is, ["Example", ""])])].filter((action) => action.includes(":")).slice(0, 12);
}

/** Texts for the patterns of `Not…` lists and for plain ones. */
function named(parts: readonly Part[]): readonly string[] {
  const patterns = [...new Set(parts.flatMap((part) => ("not" in part ? part.not : [part.is])))].filter((pattern) => pattern !== "*");
  return patterns.slice(0, 12).flatMap((pattern) => [...(/^[a-z0-9-]+:[^:/]*$/.test(pattern) ? expandAction(pattern).slice(0, 2).map(actionName) : []), ...fillings(pattern, ["Example"])]);
}

function resources(part: Part, others: readonly Part[], setting: WitnessSetting): readonly string[] {
  const open = setting.resource ?? `arn:aws:iam::${setting.accountId}:role/example`;
  if ("not" in part) return [...named(others), open, `arn:aws:iam::${setting.accountId}:user/example`, "arn:aws:s3:::example/key"].filter((text) => !part.not.some((pattern) => matchesLoosely(pattern, text)));
  if (part.is === "*") return [open];
  // An account that is left open is ours.
  return fillings(part.is.replace(/^(arn:[^:]*:[^:]*:[^:]*:)\*(:|$)/, `$1${setting.accountId}$2`), ["example", "", "example/example"]);
}

/** What an ARN stands for in a request. */
export function principalOf(arn: string): RequestPrincipal {
  if (/:root$/.test(arn)) return { type: "root", arn };
  if (/:(user|federated-user)\//.test(arn)) return { type: "user", arn };
  return { type: "role", arn };
}

function principalsOfElement(part: Part, setting: WitnessSetting): readonly RequestPrincipal[] {
  const role = (account: string): RequestPrincipal => ({ type: "role", arn: `arn:aws:iam::${account}:role/Admin` });
  if ("not" in part || part.is === "*") return [role(setting.accountId), role("999999999999"), { type: "user", arn: `arn:aws:iam::${setting.accountId}:user/example` }];
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
      return account ? [role(account), { type: "user", arn: `arn:aws:iam::${account}:user/example` }, { type: "root", arn: value }] : [];
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
      if (!Number.isNaN(t)) found.push(...[t, t - 86_400_000, t + 86_400_000].map((x) => new Date(x).toISOString().replace(".000Z", "Z")));
    } else if (/^(Not)?IpAddress$/.test(base)) found.push(value.split("/")[0]!, value.includes(":") ? "2001:db8:ffff::1" : "198.51.100.77");
    else if (base === "Bool") found.push("true", "false");
    else if (base === "Null") found.push(...(value.toLowerCase() === "true" ? [undefined, "example"] : ["example", undefined]));
    else if (/^Arn/.test(base)) found.push(...fillings(value, ["example", ""]), "arn:aws:iam::999999999999:role/other");
    else if (/Like$/.test(base)) found.push(...fillings(value, ["example", ""]), "other");
    else found.push(value, "other");
  }
  found.push(undefined);
  const unique = [...new Set(found)];
  if (!isSet) return unique;
  const texts = unique.filter((v): v is string => typeof v === "string");
  return [...texts.map((v): ContextValue => [v]), ...(texts.length > 1 ? [[texts[0]!, texts.at(-1)!]] : []), [], undefined];
}

/** Keys that follow from the principal or the resource: never set by hand. */
const DERIVED_KEYS = new Set(["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username", "aws:resourceaccount", "aws:principalisawsservice"]);

/**
 * Requests that an atom matches, and their neighbours; `others` are the atoms on the other side, whose conditions are tried as well. At
 * most `limit`.
 */
export function* requestsAround(atom: Atom, others: readonly Atom[], setting: WitnessSetting, limit = 1500): Generator<PolicyRequest> {
  const related = others.filter((other) => overlap(atom, other));
  const conditions = [...atom.conditions, ...related.flatMap((other) => other.conditions)];
  const keys = new Map<string, (ContextValue | undefined)[]>();
  const principals = new Map<string, RequestPrincipal>();
  const addPrincipal = (principal: RequestPrincipal): void => void (principals.has(principal.arn) || principals.set(principal.arn, principal));
  // Anybody first: a request that needs nobody in particular says more.
  [atom, ...related].flatMap((one) => principalsOfElement(one.principal, setting)).forEach(addPrincipal);
  for (const condition of conditions) {
    // An account that is left open is ours.
    const values = valuesAround({ ...condition, values: condition.values.map((value) => value.replace(/^(arn:[^:]*:[^:]*:[^:]*:)\*:/, `$1${setting.accountId}:`)) });
    if (condition.key === "aws:principalarn") values.forEach((value) => typeof value === "string" && addPrincipal(principalOf(value)));
    else if (!DERIVED_KEYS.has(condition.key)) keys.set(condition.key, [...new Set([...(keys.get(condition.key) ?? []), ...values])]);
  }
  const actionTexts = [...new Set(actions(atom.action, related.map((other) => other.action)))];
  const resourceTexts = [...new Set(resources(atom.resource, related.map((other) => other.resource), setting))];
  let count = 0;
  for (const context of contexts([...keys])) {
    for (const principal of principals.values()) {
      for (const action of actionTexts) {
        for (const resource of resourceTexts) {
          if (count++ >= limit) return;
          yield { principal, action, resource, context: filledIn(context, principal, setting), unlistedKeys: "absent" };
        }
      }
    }
  }
}

/** Variables that follow from the principal, in values that a condition compares with: without them such a condition would never hold. */
function filledIn(context: Readonly<Record<string, ContextValue>>, principal: RequestPrincipal, setting: WitnessSetting): Readonly<Record<string, ContextValue>> {
  if (!Object.values(context).some((value) => typeof value === "string" && value.includes("${"))) return context;
  const variables: Readonly<Record<string, string>> = {
    "${aws:username}": principal.arn.split("/").at(-1) ?? "",
    "${aws:principalaccount}": accountOfArn(principal.arn) ?? setting.accountId,
    "${aws:principalarn}": principal.arn,
  };
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key, typeof value === "string" ? value.replace(/\$\{[^}]*\}/g, (variable) => variables[variable.toLowerCase()] ?? variable) : value]));
}

/** Combinations of values, those near the first value of every key first: one change, two changes, then the rest. */
function* contexts(keys: readonly (readonly [string, readonly (ContextValue | undefined)[]])[]): Generator<Readonly<Record<string, ContextValue>>> {
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
      for (let a = 1; a < keys[i]![1].length; a++) for (let b = 1; b < keys[j]![1].length; b++) yield build(base.map((v, k) => (k === i ? a : k === j ? b : v)));
    }
  }
}

/** Whether two atoms may meet: only those are worth a look. */
function overlap(a: Atom, b: Atom): boolean {
  return partsMeet(a.action, b.action) && partsMeet(a.resource, b.resource);
}

function partsMeet(a: Part, b: Part): boolean {
  if ("not" in a || "not" in b) return true;
  const plain = (text: string): boolean => !/[*?]|\$\{/.test(text);
  if (plain(a.is) && plain(b.is)) return a.is === b.is;
  // Two patterns may meet without one containing the other; their literal beginnings tell when they cannot.
  const head = (text: string): string => /^[^*?$]*/.exec(text)![0];
  const [x, y] = [head(a.is), head(b.is)];
  return x.startsWith(y) || y.startsWith(x);
}
