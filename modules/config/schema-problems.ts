import { z } from "zod";
import type { Problem } from "../kernel/errors";
import type { DocumentPath, YamlDocument } from "./document";
import { formatPath } from "./document";
import { nearest } from "../kernel/nearest";
import { uniqueSorted } from "../kernel/lists";

type Issue = z.core.$ZodIssue;
type JsonSchema = { readonly [key: string]: unknown };

/** The value of a document at a path. */
function valueAt(value: unknown, path: DocumentPath): unknown {
  let current = value;
  for (const part of path) {
    if (current === null || typeof current !== "object") return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}

/** Every part of the JSON Schema that may describe the value at a path: unions are followed into all branches. */
function schemasAt(root: JsonSchema, value: unknown, path: DocumentPath): readonly JsonSchema[] {
  const branches = (schema: JsonSchema, here: unknown): readonly JsonSchema[] => {
    const options = (schema["anyOf"] ?? schema["oneOf"]) as readonly JsonSchema[] | undefined;
    if (!options) return [schema];
    // Where the branches are told apart by a constant, only the one that the value names is meant.
    const named = options.filter((option) => isNamedBy(option, here));
    return (named.length > 0 ? named : options).flatMap((option) => branches(option, here));
  };
  let here = value;
  let current = branches(root, here);
  for (const part of path) {
    here = valueAt(here, [part]);
    current = current.flatMap((schema) => {
      if (typeof part === "number") {
        const items = schema["items"] as JsonSchema | undefined;
        return items ? branches(items, here) : [];
      }
      const properties = schema["properties"] as Record<string, JsonSchema> | undefined;
      const property = properties?.[part] ?? (schema["additionalProperties"] as JsonSchema | boolean | undefined);
      return property && typeof property === "object" ? branches(property, here) : [];
    });
  }
  return current;
}

/** True when a constant property of the schema has the value's own value, for example `type: "s3"`. */
function isNamedBy(schema: JsonSchema, value: unknown): boolean {
  const properties = Object.entries((schema["properties"] as Record<string, JsonSchema> | undefined) ?? {});
  return properties.some(
    ([key, property]) => property["const"] !== undefined && property["const"] === valueAt(value, [key]),
  );
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "nothing (the value is empty)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value);
  return `${typeof value === "string" ? "the text" : typeof value === "number" ? "the number" : "the value"} ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}

const KIND: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

/** Values of one file that are told of one by one; a person fixes no more at once. */
const MOST_ISSUES = 100;

/**
 * Says in words what the schema found, all of it, each with its place. Of a union the branch that fits best is spoken of, so
 * that a typing error in one term does not list every other form a term could have.
 */
export function schemaProblems(
  document: YamlDocument,
  schema: z.ZodType,
  issues: readonly Issue[],
): readonly Problem[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const problems = issues.slice(0, MOST_ISSUES).flatMap((issue) => one(issue, []));
  const more = issues.length - MOST_ISSUES;
  if (more <= 0) return problems;
  const message = `${more} more of this file's values are wrong.`;
  return [...problems, { code: "CONFIG-MANY", message, fix: "Fix those above first.", place: document.place([]) }];

  function one(issue: Issue, above: DocumentPath): readonly Problem[] {
    const path = [...above, ...(issue.path as DocumentPath)];
    const value = valueAt(document.value, path);
    const name = formatPath(path) || "the document";
    const place = document.place(path);
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => {
          const known = uniqueSorted(
            schemasAt(json, document.value, path).flatMap((s) =>
              Object.keys((s["properties"] as object | undefined) ?? {}),
            ),
          );
          const near = nearest(key, known);
          return {
            code: "CONFIG-UNKNOWN-KEY",
            message: `${JSON.stringify(key)} is not a key of ${name}.`,
            fix: `${near ? `Did you mean ${near}? ` : ""}Allowed: ${known.join(", ")}.`,
            place: document.keyPlace(path, key),
          };
        });
      case "invalid_union": {
        const discriminator = (issue as { readonly discriminator?: string }).discriminator;
        if (discriminator !== undefined) {
          const known = allowedConstants(path);
          const near = nearest(String(value), known);
          return [
            {
              code: "CONFIG-VALUE",
              message: `${name} cannot be ${describeValue(value)}.`,
              fix: `${near ? `Did you mean ${near}? ` : ""}Allowed: ${known.join(", ")}.`,
              place,
            },
          ];
        }
        const branches = issue.errors.filter(
          (list) =>
            !list.some(
              (i) =>
                i.path.length === 0 &&
                (i.code === "invalid_type" || i.code === "invalid_value" || i.code === "invalid_format"),
            ),
        );
        const fewest = Math.min(...branches.map((list) => list.length));
        const best = branches.filter((list) => list.length === fewest);
        if (best.length === 1) return best[0]!.flatMap((inner) => one(inner, path));
        return [
          {
            code: "CONFIG-INVALID",
            message: `${name}: ${issue.message}; found ${describeValue(value)}.`,
            fix: "Write one of the forms named.",
            place,
          },
        ];
      }
      case "invalid_type": {
        const kind = KIND[issue.expected] ?? issue.expected;
        if (value === undefined || value === null) {
          return [
            {
              code: "CONFIG-MISSING",
              message: `${name} is missing: ${kind} is needed here.`,
              fix: fixOf(path, `Add ${String(path.at(-1) ?? "it")}.`),
              place,
            },
          ];
        }
        const quotes = issue.expected === "string" && (typeof value === "number" || typeof value === "boolean");
        return [
          {
            code: "CONFIG-TYPE",
            message: `${name} must be ${kind}; found ${describeValue(value)}.`,
            fix: quotes ? "Put it in quotes." : fixOf(path, `Write ${kind}.`),
            place,
          },
        ];
      }
      case "invalid_value": {
        if (value === undefined) {
          return [
            {
              code: "CONFIG-MISSING",
              message: `${name} is missing.`,
              fix: `Allowed: ${issue.values.map(String).join(", ")}.`,
              place,
            },
          ];
        }
        const known = issue.values.map(String);
        const near = typeof value === "string" ? nearest(value, known) : undefined;
        return [
          {
            code: "CONFIG-VALUE",
            message: `${name} cannot be ${describeValue(value)}.`,
            fix: `${near ? `Did you mean ${near}? ` : ""}Allowed: ${known.join(", ")}.`,
            place,
          },
        ];
      }
      case "too_small":
      case "too_big": {
        const small = issue.code === "too_small";
        const bound = String(small ? issue.minimum : issue.maximum);
        const unit = issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
        // A schema that gives a reason says it; zod's own text begins with "Too".
        const reason = /^Too /.test(issue.message)
          ? `${small ? "at least" : "at most"} ${bound}${unit}`
          : issue.message;
        return [
          {
            code: "CONFIG-RANGE",
            message: `${name}: ${reason}; found ${describeValue(value)}.`,
            fix: `Allowed: ${small ? "at least" : "at most"} ${bound}${unit}.`,
            place,
          },
        ];
      }
      case "invalid_format":
        return [
          {
            code: "CONFIG-FORMAT",
            message: `${name}: ${describeValue(value)} does not fit: ${issue.message}.`,
            fix: fixOf(path, `Write ${issue.message}.`),
            place,
          },
        ];
      case "invalid_key":
        return [
          {
            code: "CONFIG-FORMAT",
            message: `${name}: the key does not fit: ${issue.issues.map((i) => i.message).join("; ")}.`,
            place,
          },
        ];
      default:
        return [{ code: "CONFIG-INVALID", message: `${name}: ${issue.message}.`, place }];
    }
  }

  function allowedConstants(path: DocumentPath): readonly string[] {
    return schemasAt(json, document.value, path).flatMap((s) => (s["const"] === undefined ? [] : [String(s["const"])]));
  }

  function fixOf(path: DocumentPath, otherwise: string): string {
    const description = schemasAt(json, document.value, path)
      .map((s) => s["description"])
      .find((d): d is string => typeof d === "string");
    return description ? `What belongs here: ${description}` : otherwise;
  }
}
