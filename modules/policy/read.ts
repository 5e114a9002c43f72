import { nearest } from "../kernel/nearest";
import { CONDITION_OPERATORS } from "./evaluate/conditions";
import type { ConditionElement, PolicyDocument, PolicyStatement, PrincipalElement } from "./types";

/**
 * Reads policy documents that somebody else wrote, in every form that AWS takes, into the one form that the rest of the program knows:
 * a version, a list of statements, texts as values, operators in AWS's spelling.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

/** What AWS would refuse. */
export interface DocumentProblem {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /** Path in the document as it was written: `["Statement", "Action"]` where there is one statement without a list. */
  readonly path: readonly (string | number)[];
}

export type ReadDocument =
  | { readonly document: PolicyDocument; readonly problems: readonly [] }
  | { readonly document?: undefined; readonly problems: readonly DocumentProblem[] };

export interface ReadOptions {
  /** What a document without `Version` is. @default "2008-10-17", as AWS has it: `${…}` is plain text there */
  readonly version?: PolicyDocument["Version"];
}

type Path = readonly (string | number)[];
type Json = Readonly<Record<string, unknown>>;

const VERSIONS = ["2012-10-17", "2008-10-17"] as const;
const DOCUMENT_ELEMENTS = ["Version", "Id", "Statement"] as const;
const STATEMENT_ELEMENTS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
] as const;
const PRINCIPAL_KINDS = ["AWS", "Service", "Federated", "CanonicalUser"] as const;

/** Reads JSON text. */
export function readPolicyText(text: string, options: ReadOptions = {}): ReadDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      problems: [
        {
          code: "POLICY-JSON",
          message: `The policy is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
          fix: "Write it as JSON.",
          path: [],
        },
      ],
    };
  }
  return readPolicy(value, options);
}

/** Reads a document that is data already. Says everything that is wrong with it. */
export function readPolicy(value: unknown, options: ReadOptions = {}): ReadDocument {
  const problems: DocumentProblem[] = [];
  const document = new Reader(problems, options).document(value);
  return problems.length > 0 || !document ? { problems } : { document, problems: [] };
}

/** The path of a statement as it was written, which has no index where there is no list. */
export function statementPath(value: unknown, index: number): Path {
  return isObject(value) && isObject(value["Statement"]) ? ["Statement"] : ["Statement", index];
}

/** A path of the normal form (`["Statement", 0, "Condition", "Bool"]`) as a path of the document that was written. */
export function writtenPath(value: unknown, path: Path): Path {
  if (path[0] !== "Statement" || typeof path[1] !== "number") return path;
  const [element, operator, ...rest] = path.slice(2);
  const start = statementPath(value, path[1]);
  if (element !== "Condition" || operator === undefined) return [...start, ...path.slice(2)];
  const condition = [...start, element].reduce<unknown>(
    (here, part) => (here as Record<string | number, unknown> | undefined)?.[part],
    value,
  );
  // Two spellings of one operator have different keys.
  const written = Object.entries(isObject(condition) ? condition : {}).find(
    ([name, keys]) =>
      canonicalOperator(name) === operator && (rest[0] === undefined || (isObject(keys) && rest[0] in keys)),
  );
  return [...start, element, written?.[0] ?? operator, ...rest];
}

class Reader {
  constructor(
    private readonly problems: DocumentProblem[],
    private readonly options: ReadOptions,
  ) {}

  document(value: unknown): PolicyDocument | undefined {
    if (!isObject(value)) {
      this.refuse(
        "POLICY-FORM",
        [],
        `A policy is a mapping with Version and Statement; this is ${kindOf(value)}.`,
        FORM,
      );
      return undefined;
    }
    this.elements(value, DOCUMENT_ELEMENTS, [], "a policy");
    const version = value["Version"] ?? this.options.version ?? "2008-10-17";
    if (!VERSIONS.includes(version as PolicyDocument["Version"]))
      this.refuse(
        "POLICY-VERSION",
        ["Version"],
        `${shown(version)} is not a version of the policy language.`,
        'Write "2012-10-17".',
      );
    if (value["Id"] !== undefined && typeof value["Id"] !== "string")
      this.refuse("POLICY-FORM", ["Id"], `Id is a text; this is ${kindOf(value["Id"])}.`, "Write it in quotes.");
    const written = value["Statement"];
    if (written === undefined || written === null) {
      if (!Object.keys(value).some((key) => key.toLowerCase() === "statement"))
        this.refuse("POLICY-FORM", [], "The policy has no Statement.", FORM);
      return undefined;
    }
    const list: readonly unknown[] = Array.isArray(written) ? written : [written];
    const statements = list.map((one, i) => this.statement(one, statementPath(value, i)));
    return {
      Version: version as PolicyDocument["Version"],
      ...(typeof value["Id"] === "string" ? { Id: value["Id"] } : {}),
      Statement: statements.flatMap((one) => one ?? []),
    };
  }

  private statement(value: unknown, path: Path): PolicyStatement | undefined {
    if (!isObject(value)) {
      this.refuse("POLICY-FORM", path, `A statement is a mapping; this is ${kindOf(value)}.`, FORM);
      return undefined;
    }
    const before = this.problems.length;
    this.elements(value, STATEMENT_ELEMENTS, path, "a statement");
    const effect = value["Effect"];
    if (effect !== "Allow" && effect !== "Deny" && !this.misspelt(value, "Effect"))
      this.refuse(
        "POLICY-EFFECT",
        effect === undefined ? path : [...path, "Effect"],
        effect === undefined ? "The statement has no Effect." : `${shown(effect)} is not an effect.`,
        typeof effect === "string" && /^(allow|deny)$/i.test(effect)
          ? `Write ${effect.toLowerCase() === "deny" ? "Deny" : "Allow"}: AWS tells upper from lower case here.`
          : "Write Allow or Deny.",
      );
    const sid = value["Sid"];
    if (sid !== undefined && typeof sid !== "string" && typeof sid !== "number")
      this.refuse("POLICY-FORM", [...path, "Sid"], `Sid is a text; this is ${kindOf(sid)}.`, "Write it in quotes.");
    const texts = Object.fromEntries(
      (["Action", "NotAction", "Resource", "NotResource"] as const).flatMap((element) => {
        if (value[element] === undefined) return [];
        const list = this.texts(value[element], [...path, element]);
        return list === undefined ? [] : [[element, list] as const];
      }),
    );
    for (const element of ["Action", "Resource", "Principal"] as const)
      if (value[element] !== undefined && value[`Not${element}`] !== undefined)
        this.refuse(
          "POLICY-STATEMENT",
          path,
          `A statement has either ${element} or Not${element}; this one has both.`,
          `Remove Not${element} or ${element}.`,
        );
    if (value["Action"] === undefined && value["NotAction"] === undefined)
      if (!this.misspelt(value, "Action") && !this.misspelt(value, "NotAction"))
        this.refuse(
          "POLICY-STATEMENT",
          path,
          "A statement has either Action or NotAction; this one has neither.",
          "Add Action.",
        );
    const principals = Object.fromEntries(
      (["Principal", "NotPrincipal"] as const).flatMap((element) => {
        if (value[element] === undefined) return [];
        const read = this.principal(value[element], [...path, element]);
        return read === undefined ? [] : [[element, read] as const];
      }),
    );
    const condition =
      value["Condition"] === undefined ? undefined : this.condition(value["Condition"], [...path, "Condition"]);
    if (this.problems.length > before) return undefined;
    return {
      ...(sid === undefined || sid === "" ? {} : { Sid: String(sid) }),
      Effect: effect as PolicyStatement["Effect"],
      ...principals,
      ...texts,
      ...(condition && Object.keys(condition).length > 0 ? { Condition: condition } : {}),
    };
  }

  private principal(value: unknown, path: Path): PrincipalElement | undefined {
    if (value === "*") return "*";
    if (!isObject(value)) {
      this.refuse(
        "POLICY-PRINCIPAL",
        path,
        `${shown(value)} is not a principal.`,
        'Write "*", or a mapping such as {"AWS": "arn:aws:iam::111111111111:root"}.',
      );
      return undefined;
    }
    this.elements(value, PRINCIPAL_KINDS, path, "a principal");
    return Object.fromEntries(
      Object.entries(value).flatMap(([kind, list]) => {
        // An account's id is often written as a number.
        const read = this.texts(list, [...path, kind], ["string", "number"]);
        return read === undefined ? [] : [[kind, read] as const];
      }),
    );
  }

  private condition(value: unknown, path: Path): ConditionElement | undefined {
    if (!isObject(value)) {
      this.refuse("POLICY-FORM", path, `Condition is a mapping of operators; this is ${kindOf(value)}.`, CONDITION);
      return undefined;
    }
    const found = new Map<string, Map<string, string | readonly string[]>>();
    for (const [written, keys] of Object.entries(value)) {
      const operator = canonicalOperator(written);
      const at = [...path, written];
      if (operator === undefined) {
        this.refuse("POLICY-UNKNOWN-OPERATOR", at, operatorMessage(written), operatorMend(written));
        continue;
      }
      if (!isObject(keys)) {
        this.refuse(
          "POLICY-FORM",
          at,
          `${written} is a mapping of condition keys; this is ${kindOf(keys)}.`,
          CONDITION,
        );
        continue;
      }
      const known = found.get(operator) ?? new Map<string, string | readonly string[]>();
      found.set(operator, known);
      for (const [key, values] of Object.entries(keys)) {
        const texts = this.texts(values, [...at, key], ["string", "number", "boolean"]);
        if (texts === undefined) continue;
        // Two spellings of one operator, or of one key: both conditions must hold, which one list of values cannot say.
        if ([...known.keys()].some((other) => other.toLowerCase() === key.toLowerCase()))
          this.refuse(
            "POLICY-DUPLICATE-CONDITION",
            [...at, key],
            `${operator} ${key} is in the statement twice, in two spellings.`,
            "Keep one of them.",
          );
        known.set(key, texts);
      }
    }
    return Object.fromEntries(
      [...found].filter(([, keys]) => keys.size > 0).map(([operator, keys]) => [operator, Object.fromEntries(keys)]),
    );
  }

  /** One text or a list of them; numbers and booleans become texts where AWS takes them. */
  private texts(
    value: unknown,
    path: Path,
    takes: readonly string[] = ["string"],
  ): string | readonly string[] | undefined {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const wrong = list.findIndex((one) => !takes.includes(typeof one));
    if (wrong >= 0) {
      this.refuse(
        "POLICY-FORM",
        Array.isArray(value) ? [...path, wrong] : path,
        `${String(path.at(-1))} is a text or a list of texts; this is ${kindOf(list[wrong])}.`,
        "Write texts in quotes.",
      );
      return undefined;
    }
    return Array.isArray(value) ? list.map(String) : String(value);
  }

  private elements(value: Json, known: readonly string[], path: Path, what: string): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const same = known.find((one) => one.toLowerCase() === key.toLowerCase());
      const near = same ?? nearest(key, known);
      this.refuse(
        "POLICY-ELEMENT",
        [...path, key],
        `${JSON.stringify(key)} is not an element of ${what}${same ? ": AWS tells upper from lower case here" : ""}.`,
        `${near ? `Did you mean ${near}? ` : ""}Allowed: ${[...known].sort().join(", ")}.`,
      );
    }
  }

  /** The element is there in another case, which is said already. */
  private misspelt(value: Json, element: string): boolean {
    return Object.keys(value).some((key) => key !== element && key.toLowerCase() === element.toLowerCase());
  }

  private refuse(code: string, path: Path, message: string, fix: string): void {
    this.problems.push({ code, path, message, fix });
  }
}

const FORM = 'Write {"Version": "2012-10-17", "Statement": [{"Effect": …, "Action": …, "Resource": …}]}.';
const CONDITION = 'Write {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}: operator, key, values.';

const BY_LOWER = new Map(CONDITION_OPERATORS.map((name) => [name.toLowerCase(), name]));
const SETS = new Map([
  ["forallvalues", "ForAllValues"],
  ["foranyvalue", "ForAnyValue"],
]);

/**
 * An operator in AWS's spelling; nothing where there is no such operator. Element names are told apart by case, operators are read in any:
 * AWS documents neither a refusal nor a difference, and policies that it takes have both.
 */
export function canonicalOperator(written: string): string | undefined {
  const [, set, base = "", ifExists] = /^(?:([A-Za-z]+):)?([A-Za-z]+?)(IfExists)?$/i.exec(written) ?? [];
  const operator = BY_LOWER.get(base.toLowerCase());
  if (operator === undefined) return undefined;
  const prefix = set === undefined ? "" : SETS.get(set.toLowerCase());
  // Null asks whether the key is there: no set of values, and nothing to do when it is not.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
  if (prefix === undefined || (operator === "Null" && (prefix !== "" || ifExists))) return undefined;
  return `${prefix === "" ? "" : `${prefix}:`}${operator}${ifExists ? "IfExists" : ""}`;
}

function operatorMessage(written: string): string {
  if (/^(ForAnyValue|ForAllValues):$/i.test(written)) return `${written} has no operator behind the colon.`;
  if (/^(.*:)?Null(IfExists)?$/i.test(written))
    return `${written} is no condition operator: Null takes no prefix and no suffix.`;
  return `${written} is not a condition operator.`;
}

function operatorMend(written: string): string {
  if (/^(.*:)?Null(IfExists)?$/i.test(written)) return "Write Null.";
  const [, set, base = "", ifExists = ""] = /^(?:([^:]*):)?(.*?)(IfExists)?$/i.exec(written) ?? [];
  const prefix = set === undefined ? "" : (SETS.get(set.toLowerCase()) ?? nearest(set, [...SETS.values()]) ?? "");
  const near = base === "" ? "StringEquals" : nearestOperator(base);
  return near
    ? `Did you mean ${prefix ? `${prefix}:` : ""}${near}${near === "Null" ? "" : ifExists}?`
    : `Operators: ${CONDITION_OPERATORS.join(", ")}, with IfExists behind, or ForAnyValue: or ForAllValues: before.`;
}

/** Words swapped (`StringNotEqual`, `NotStringEquals`) are nearer than letters say. */
function nearestOperator(base: string): string | undefined {
  const words = (text: string): string =>
    (text.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? [])
      .map((word) => word.toLowerCase().replace(/s$/, ""))
      .sort()
      .join(" ");
  return CONDITION_OPERATORS.find((one) => words(one) === words(base)) ?? nearest(base, CONDITION_OPERATORS);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return `the ${typeof value === "string" ? "text" : typeof value} ${shown(value)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
