import { parseDocument } from "yaml";
import { isObject, Json } from "../../kernel/json";
import { say, Sentence, words } from "../sentence";
import type { ChangeClass } from "../types";
import { uniqueSorted } from "../../kernel/lists";

/** What changes in the template of a conformance pack: YAML or JSON of CloudFormation. */

type Found = readonly (readonly [ChangeClass, Sentence])[];

export function packChanges(before: string | undefined, after: string | undefined, subject: Sentence): Found {
  const [left, right] = [resourcesOf(before), resourcesOf(after)];
  if (!left || !right) return [["unknown", say`${subject} has another template.`]];
  const ids = uniqueSorted([...Object.keys(left), ...Object.keys(right)]);
  const found = ids.flatMap((id): Found => {
    const [old, now] = [left[id], right[id]];
    if (old === undefined) return [["unknown", say`${subject}: ${id} is new.`]];
    if (now === undefined) return [["unknown", say`${subject}: ${id} is gone.`]];
    const [was, is] = [new Map(leaves(old)), new Map(leaves(now))];
    const paths = uniqueSorted([...was.keys(), ...is.keys()]).filter((path) => was.get(path) !== is.get(path));
    return paths.flatMap((path) => leafChange(subject, id, path, was.get(path), is.get(path)));
  });
  return found.length > 0 ? found : [["neutral", say`${subject}: descriptions in its template change.`]];
}

function leafChange(
  subject: Sentence,
  id: string,
  path: string,
  before: string | undefined,
  after: string | undefined,
): Found {
  if (/(^|\.)Description$/.test(path)) return [];
  if (path === "Properties.Automatic")
    return [
      after === "true"
        ? ["strengthens", say`${subject} fixes by itself (${id}).`]
        : ["weakens", say`${subject} no longer fixes by itself (${id}).`],
    ];
  const name = path.split(".").find((part) => /age$|days/i.test(part));
  const [from, to] = [Number(before ?? Number.NaN), Number(after ?? Number.NaN)];
  if (name === undefined || Number.isNaN(from) || Number.isNaN(to))
    return [["unknown", say`${subject}: ${path} of ${id} changes.`]];
  return [
    [
      to > from ? "weakens" : "strengthens",
      say`${subject}: ${name} of ${id} is ${to} ${words("days")} instead of ${from}.`,
    ],
  ];
}

function* leaves(value: unknown, path = ""): Generator<readonly [string, string]> {
  if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) yield* leaves(item, path === "" ? key : `${path}.${key}`);
  else yield [path, String(value)];
}

function resourcesOf(content: string | undefined): Json | undefined {
  if (content === undefined) return undefined;
  try {
    const document = parseDocument(content, { logLevel: "silent" });
    const template: unknown = document.errors.length > 0 ? undefined : document.toJS();
    // Whatever else a template has (parameters, conditions) is not understood.
    return isObject(template) && Object.keys(template).join() === "Resources" && isObject(template["Resources"])
      ? template["Resources"]
      : undefined;
  } catch {
    return undefined;
  }
}
