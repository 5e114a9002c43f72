import { asList } from "../../modules/policy/document";
import type { PolicySet } from "../../modules/policy/evaluate";
import type { PolicyStatement } from "../../modules/policy/types";
import { and, declared, Dimension, is, matches, not, or } from "./texts";

/**
 * A question as a formula: policies from their JSON, by what AWS documents of each element. Only what is documented both ways is drawn, so
 * that two truth values are enough.
 */

/** What a key may have: nothing too, or one value of its kind. */
export type Key =
  | {
      readonly kind: "text";
      readonly absent: boolean | undefined;
      readonly few?: readonly string[];
      readonly like?: readonly string[];
    }
  | { readonly kind: "truth"; readonly absent: boolean | undefined }
  | { readonly kind: "number"; readonly absent: boolean | undefined; readonly from?: number; readonly to?: number }
  | { readonly kind: "address"; readonly absent: boolean | undefined; readonly networks?: readonly string[] };

export interface Asked {
  readonly principals: readonly string[];
  readonly exceptPrincipals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly exceptResources: readonly string[];
  readonly keys: ReadonlyMap<string, Key>;
}

const wild = (texts: readonly string[]): boolean => texts.some((text) => /[*?]/.test(text));

interface Names {
  readonly action: Dimension;
  readonly principal: Dimension;
  readonly resource: Dimension;
  readonly keys: ReadonlyMap<string, { readonly name: string; readonly key: Key }>;
}

/** Whether some request of the set is denied, or allowed, for Z3. */
export function formulas(asked: Asked, policies: PolicySet): { readonly denied: string; readonly allowed: string } {
  const few = (texts: readonly string[]): readonly string[] | undefined => (wild(texts) ? undefined : texts);
  const names: Names = {
    action: { name: "action", few: few(asked.actions.map((text) => text.toLowerCase())) },
    principal: { name: "principal", few: few(asked.principals) },
    resource: { name: "resource", few: few(asked.resources) },
    keys: new Map([...asked.keys].map(([key, of], i) => [key.toLowerCase(), { name: `k${i}`, key: of }])),
  };
  const lines = [names.action, names.principal, names.resource].map(declared);
  const within = (dimension: Dimension, like: readonly string[], except: readonly string[], arn: boolean): void => {
    lines.push(`(assert ${or(like.map((one) => matches(dimension, one, arn)))})`);
    for (const one of except) lines.push(`(assert ${not(matches(dimension, one, arn))})`);
    // Paths and names of IAM have no colon in them.
    if (arn && !dimension.few)
      lines.push(`(assert (not (str.in_re ${dimension.name} (re.++ ${`re.all (str.to_re ":") `.repeat(6)}re.all))))`);
  };
  within(
    names.action,
    asked.actions.map((text) => text.toLowerCase()),
    [],
    false,
  );
  within(names.principal, asked.principals, asked.exceptPrincipals, true);
  within(names.resource, asked.resources, asked.exceptResources, true);
  for (const { name, key } of names.keys.values()) lines.push(declaredKey(name, key));
  const levels = (policies.scps ?? []).map((level) => level.flatMap(({ document }) => asList(document.Statement)));
  const rcps = (policies.rcps ?? []).flat().flatMap(({ document }) => asList(document.Statement));
  const bound = or(RCP_SERVICES.map((service) => matches(names.action, `${service}:*`, false)));
  const denies = [
    ...levels
      .flat()
      .filter(({ Effect }) => Effect === "Deny")
      .map((one) => speaks(one, names)),
    ...rcps.filter(({ Effect }) => Effect === "Deny").map((one) => and([bound, speaks(one, names)])),
  ];
  const allows = levels.map((level) =>
    or(level.filter(({ Effect }) => Effect === "Allow").map((one) => speaks(one, names))),
  );
  // Neither SCPs nor RCPs bind service-linked roles.
  const linked = matches(names.principal, "arn:*:iam::*:role/aws-service-role/*", true);
  lines.push(`(define-fun allowed () Bool ${or([linked, and([not(or(denies)), ...allows])])})`);
  const text = lines.join("\n");
  return { allowed: `${text}\n(assert allowed)`, denied: `${text}\n(assert (not allowed))` };
}

/** Of those that are drawn. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html */
const RCP_SERVICES = ["s3", "sqs"];

function declaredKey(name: string, key: Key): string {
  const there = key.absent === undefined ? "" : `(assert ${key.absent ? not(`${name}_there`) : `${name}_there`})`;
  const begin = `(declare-const ${name}_there Bool)${there}`;
  switch (key.kind) {
    case "text": {
      const dimension: Dimension = { name, few: key.few };
      const like = key.like ? `(assert ${or(key.like.map((one) => matches(dimension, one, false)))})` : "";
      return `${begin}${declared(dimension)}${like}`;
    }
    case "truth":
      return `${begin}(declare-const ${name} Bool)`;
    case "number":
      return `${begin}(declare-const ${name} Real)${key.from === undefined ? "" : `(assert (>= ${name} ${real(key.from)}))`}${key.to === undefined ? "" : `(assert (<= ${name} ${real(key.to)}))`}`;
    case "address":
      // -1 stands for every address of the other family: the policies name none.
      return `${begin}(declare-const ${name} Int)(assert (and (>= ${name} -1) (< ${name} ${2 ** 32})))${
        key.networks ? `(assert ${or(key.networks.map((one) => inNetwork(name, one)))})` : ""
      }`;
  }
}

const real = (value: number): string => (value < 0 ? `(- ${(-value).toFixed(3)})` : value.toFixed(3));

function inNetwork(name: string, network: string): string {
  const [address = "", bits = "32"] = network.split("/");
  const size = 2 ** (32 - Number(bits));
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const from = Math.floor(value / size) * size;
  return `(and (>= ${name} ${from}) (< ${name} ${from + size}))`;
}

function speaks(statement: PolicyStatement, names: Names): string {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const actions = or(asList(Action ?? NotAction).map((one) => matches(names.action, one.toLowerCase(), false)));
  const resources = or(
    asList(Resource ?? NotResource).map((one) => (one === "*" ? "true" : matches(names.resource, one, true))),
  );
  const conditions = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => condition(operator, key, asList(values).map(String), names)),
  );
  return and([
    Action === undefined ? not(actions) : actions,
    Resource === undefined ? not(resources) : resources,
    ...conditions,
  ]);
}

function condition(written: string, key: string, values: readonly string[], names: Names): string {
  const ifExists = written.endsWith("IfExists");
  const operator = ifExists ? written.slice(0, -"IfExists".length) : written;
  const negated = operator.includes("Not");
  const base = operator.replace("Not", "");
  const say = (all: readonly string[]): string => (negated ? not(or(all)) : or(all));
  if (key.toLowerCase() === "aws:principalarn") return say(values.map((one) => ofText(base, names.principal, one)));
  const known = names.keys.get(key.toLowerCase());
  if (!known) throw new Error(`${key} is not declared`);
  const { name, key: of } = known;
  const there = `${name}_there`;
  if (operator === "Null") return or(values.map((one) => (one === "true" ? not(there) : there)));
  const compared = say(values.map((one) => ofKey(base, name, of, one)));
  return negated || ifExists ? `(=> ${there} ${compared})` : and([there, compared]);
}

function ofText(base: string, dimension: Dimension, value: string): string {
  switch (base) {
    case "StringEquals":
      return is(dimension, value, false);
    case "StringEqualsIgnoreCase":
      return is(dimension, value, true);
    case "StringLike":
      return matches(dimension, value, false);
    case "ArnLike":
    case "ArnEquals":
      return matches(dimension, value, true);
    default:
      throw new Error(`${base} compares no texts`);
  }
}

const NUMERIC: Readonly<Record<string, string>> = {
  NumericEquals: "=",
  NumericLessThan: "<",
  NumericLessThanEquals: "<=",
  NumericGreaterThan: ">",
  NumericGreaterThanEquals: ">=",
};

function ofKey(base: string, name: string, key: Key, value: string): string {
  switch (key.kind) {
    case "text":
      return ofText(base, { name, few: key.few }, value);
    case "truth":
      return value.toLowerCase() === "true" ? name : not(name);
    case "number":
      return `(${NUMERIC[base]!} ${name} ${real(Number(value))})`;
    case "address":
      return inNetwork(name, value);
  }
}
