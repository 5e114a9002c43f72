import { nearest } from "../kernel/nearest";
import { asList } from "./document";
import { glob, wildcards } from "./evaluate/patterns";
import { remembered } from "./remembered";
import type { PolicyDocument, PolicyStatement } from "./types";
import {
  ActionReference,
  actionsOf,
  conditionKeysOf,
  globalKeys,
  isService,
  referenceDate,
  resourceTypesOf,
  services,
} from "./vocabulary/reference";
import { uniqueSorted } from "../kernel/lists";

/**
 * Whether the words of a policy are AWS's: actions, condition keys and resources. AWS takes a misspelt action or key without a word, and the
 * statement then does nothing; so does one whose actions know no resource of the kind it names.
 */

/** A word that AWS does not know, or that cannot have an effect where it stands. */
export interface VocabularyProblem {
  readonly code:
    "POLICY-UNKNOWN-ACTION" | "POLICY-UNKNOWN-KEY" | "POLICY-KEY-NEVER-SENT" | "POLICY-RESOURCE-NEVER-MATCHES";
  readonly message: string;
  readonly fix: string;
  /** Path inside the document: `["Statement", 0, "Action", 2]`. */
  readonly path: readonly (string | number)[];
}

/** An action of the reference, with its service. */
export interface KnownAction {
  readonly service: string;
  readonly reference: ActionReference;
}

/** `iam:CreateAccessKey` */
export function actionName({ service, reference }: KnownAction): string {
  return `${service}:${reference.name}`;
}

/** Every action that a pattern of a policy matches (`iam:*Role`), sorted by name. A pattern for all services (`*`) matches none here. */
export const expandAction = remembered(4_096, (pattern): readonly KnownAction[] => {
  const [service = "", name = ""] = split(pattern.toLowerCase());
  if (!isService(service)) return [];
  const actions = actionsOf(service);
  const fits = wildcards(name);
  const found = /[*?]/.test(name)
    ? [...actions].filter(([key]) => glob(key, fits)).map(([, reference]) => reference)
    : [actions.get(name) ?? []].flat();
  return found
    .map((reference) => ({ service, reference }))
    .sort((a, b) => (a.reference.name < b.reference.name ? -1 : 1));
});

/** All that is wrong with the words of a document, in their order. Elements that are missing or malformed are for others to report. */
export function vocabularyProblems(document: PolicyDocument): readonly VocabularyProblem[] {
  return document.Statement.flatMap((statement, index) =>
    statementProblems(statement).map((problem) => ({ ...problem, path: ["Statement", index, ...problem.path] })),
  );
}

function statementProblems(statement: PolicyStatement): readonly VocabularyProblem[] {
  const found: VocabularyProblem[] = [];
  for (const element of ["Action", "NotAction"] as const) {
    places(statement[element]).forEach(({ value, path }) => {
      const problem = actionProblem(value);
      if (problem) found.push({ code: "POLICY-UNKNOWN-ACTION", ...problem, path: [element, ...path] });
    });
  }
  // With NotAction, or with an action for all services, nearly everything is meant: keys and resources of any service have an effect.
  const patterns = asList(statement.Action);
  const open =
    statement.Action === undefined || patterns.some((pattern) => pattern === "*" || pattern.startsWith("*:"));
  const actions = open ? undefined : patterns.flatMap(expandAction);
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    for (const key of Object.keys(keys)) {
      const problem = keyProblem(key, actions);
      if (problem) found.push({ ...problem, path: ["Condition", operator, key] });
    }
  }
  if (actions && statement.Resource !== undefined) found.push(...resourceProblems(statement, actions));
  return found;
}

/** The values of an element with the path of each: a single value has none of its own. */
function places(
  element: PolicyStatement["Action"],
): readonly { readonly value: string; readonly path: readonly number[] }[] {
  return typeof element === "string"
    ? [{ value: element, path: [] }]
    : (element ?? []).map((value, i) => ({ value, path: [i] }));
}

function split(text: string): readonly [string, string] {
  const colon = text.indexOf(":");
  return colon === -1 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

const asOf = (): string => `as of ${referenceDate()}`;

function actionProblem(action: string): { readonly message: string; readonly fix: string } | undefined {
  const [service, name] = split(action);
  // Anything that is not `service:Name` is a malformed action, which is for the grammar.
  if (service === "*" || name === "") return undefined;
  if (!isService(service.toLowerCase())) {
    const near = nearest(service, services());
    return {
      message: `${action}: AWS has no service ${service} (${asOf()}).`,
      fix: near ? `Did you mean ${near}:${name}?` : "Look the prefix up in the service authorization reference.",
    };
  }
  if (expandAction(action).length > 0) return undefined;
  if (/[*?]/.test(name))
    return {
      message: `${action} matches no action of ${service} (${asOf()}).`,
      fix: "Loosen the pattern, or name the actions.",
    };
  const near = nearest(
    name,
    [...actionsOf(service.toLowerCase()).values()].map((reference) => reference.name),
  );
  return {
    message: `${action}: ${service} has no action ${name} (${asOf()}).`,
    fix: near
      ? `Did you mean ${service.toLowerCase()}:${near}?`
      : "Look the name up in the service authorization reference.",
  };
}

let globals: ReadonlyMap<string, string> | undefined;

/** Global keys in lower case, `aws:resourcetag/` with its slash. */
function globalKey(key: string): string | undefined {
  globals ??= new Map(globalKeys().map((name) => [name.toLowerCase().replace("tag-key", ""), name]));
  const lower = key.toLowerCase();
  return (
    (lower.endsWith("/") ? undefined : globals.get(lower)) ??
    (lower.includes("/") && lower.indexOf("/") < lower.length - 1
      ? globals.get(lower.slice(0, lower.indexOf("/") + 1))
      : undefined)
  );
}

function keyProblem(
  key: string,
  actions: readonly KnownAction[] | undefined,
): Omit<VocabularyProblem, "path"> | undefined {
  const [prefix, rest] = split(key.toLowerCase());
  if (prefix === "aws") {
    if (globalKey(key) !== undefined) return undefined;
    const near = key.endsWith("/") ? `${key}<tag key>` : nearest(key, globalKeys());
    return {
      code: "POLICY-UNKNOWN-KEY",
      message: `AWS has no condition key ${key} (${asOf()}).`,
      fix: near ? `Did you mean ${near}?` : "Look the key up among the global condition context keys.",
    };
  }
  if (!isService(prefix)) {
    // Keys of SAML and of OIDC issuers (`token.actions.githubusercontent.com:sub`): any issuer may have its own.
    if (prefix === "saml" || (prefix.includes(".") && rest !== "")) {
      const federated = actions === undefined || actions.some(({ service }) => service === "sts" || service === "iam");
      return federated
        ? undefined
        : {
            code: "POLICY-KEY-NEVER-SENT",
            message: `The key ${key} is in requests to sts only, and this statement is about none.`,
            fix: "Take the condition out, or name sts:AssumeRoleWithWebIdentity or sts:AssumeRoleWithSAML.",
          };
    }
    const near = nearest(prefix, services());
    return {
      code: "POLICY-UNKNOWN-KEY",
      message: `AWS has no service ${prefix}, so that there is no condition key ${key} (${asOf()}).`,
      fix: near ? `Did you mean ${near}:${rest}?` : "Look the key up in the service authorization reference.",
    };
  }
  const keys = conditionKeysOf(prefix);
  if (![...keys.keys()].some((known) => keyFits(key, known))) {
    const near = nearest(
      key,
      [...keys.values()].map((reference) => reference.key),
    );
    return {
      code: "POLICY-UNKNOWN-KEY",
      message: `${prefix} has no condition key ${key} (${asOf()}).`,
      fix: near ? `Did you mean ${near}?` : "Look the key up in the service authorization reference.",
    };
  }
  if (actions === undefined || actions.length === 0 || actions.some((action) => sends(action, key))) return undefined;
  return {
    code: "POLICY-KEY-NEVER-SENT",
    message: `None of the statement's actions sends the key ${key}.`,
    fix: `${prefix}:… keys belong to some actions only; take the condition out, or name an action that has it.`,
  };
}

/** True when a key is the one of the reference, which may hold a variable: `iam:ResourceTag/${TagKey}`. */
function keyFits(key: string, reference: string): boolean {
  return matches(key.toLowerCase(), reference.toLowerCase().replace(/\$\{[^}]*\}/g, "*"));
}

function sends({ service, reference }: KnownAction, key: string): boolean {
  const types = resourceTypesOf(service);
  return [
    ...reference.conditionKeys,
    ...reference.resourceTypes.flatMap((type) => [
      ...type.conditionKeys,
      ...(types.get(type.name)?.conditionKeys ?? []),
    ]),
  ].some((known) => keyFits(key, known));
}

/** Actions that match none of the resources, and resources that none of the actions knows. */
function resourceProblems(statement: PolicyStatement, actions: readonly KnownAction[]): readonly VocabularyProblem[] {
  const resources = places(statement.Resource);
  if (resources.some(({ value }) => value === "*")) return [];
  const found: VocabularyProblem[] = [];
  const fits = new Map(actions.map((action) => [action, resources.map(({ value }) => acts(action, value))]));
  places(statement.Action).forEach(({ value, path }) => {
    const matched = expandAction(value);
    // A pattern may match actions beside those that are meant; none of them fitting is a mistake.
    if (
      matched.length === 0 ||
      matched.some((action) =>
        [...fits].some(([other, list]) => actionName(other) === actionName(action) && list.some(Boolean)),
      )
    )
      return;
    const types = uniqueSorted(matched.flatMap(({ reference }) => reference.resourceTypes.map((type) => type.name)));
    found.push({
      code: "POLICY-RESOURCE-NEVER-MATCHES",
      message: `${value} never acts on ${resources.map((resource) => resource.value).join(", ")}: it knows ${types.length === 0 ? "no resources" : `resources of the type ${types.join(", ")}`}.`,
      fix:
        types.length === 0
          ? 'Put it into a statement with the resource "*".'
          : "Put it into a statement with such a resource.",
      path: ["Action", ...path],
    });
  });
  resources.forEach(({ value, path }, i) => {
    if (actions.length === 0 || [...fits.values()].some((list) => list[i])) return;
    found.push({
      code: "POLICY-RESOURCE-NEVER-MATCHES",
      message: `None of the statement's actions acts on ${value}.`,
      fix: "Check the resource's type and the form of its ARN.",
      path: ["Resource", ...path],
    });
  });
  return found;
}

/** True when some ARN of a resource type of the action fits the pattern. */
function acts({ service, reference }: KnownAction, resource: string): boolean {
  const types = resourceTypesOf(service);
  // Policy variables may hold anything.
  const pattern = resource.replace(/\$\{[^}]*\}/g, "*");
  return reference.resourceTypes.some(({ name }) => {
    const arn = types.get(name)?.arn;
    return arn === undefined || arnsOverlap(pattern, arn.replace(/\$\{[^}]*\}/g, "*"));
  });
}

/** The first five colons of an ARN part its segments, and no wildcard goes across them. */
function arnsOverlap(a: string, b: string): boolean {
  const [left, right] = [segments(a), segments(b)];
  return left && right ? left.every((segment, i) => overlap(segment, right[i]!)) : overlap(a, b);
}

function segments(arn: string): readonly string[] | undefined {
  const parts = arn.split(":");
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** `*` and `?` as policies have them. */
function matches(text: string, pattern: string): boolean {
  return overlap(text.replace(/[*?]/g, "_"), pattern);
}

/** True when some text fits both patterns. */
export function overlap(a: string, b: string): boolean {
  const rows = a.length + 1;
  const columns = b.length + 1;
  // reach[j]: the first i characters of a and the first j of b can be the same text.
  let reach = new Array<boolean>(columns).fill(false);
  for (let i = 0; i < rows; i++) {
    const next = new Array<boolean>(columns).fill(false);
    for (let j = 0; j < columns; j++) {
      const left = a[i - 1];
      const right = b[j - 1];
      next[j] =
        (i === 0 && j === 0) ||
        (i > 0 && left === "*" && reach[j] === true) ||
        (j > 0 && right === "*" && next[j - 1] === true) ||
        (i > 0 &&
          j > 0 &&
          reach[j - 1] === true &&
          (left === right || left === "?" || right === "?" || left === "*" || right === "*")) ||
        // A star goes on eating the other side's characters.
        (j > 0 && left === "*" && next[j - 1] === true) ||
        (i > 0 && right === "*" && reach[j] === true);
    }
    reach = next;
  }
  return reach[columns - 1] === true;
}
