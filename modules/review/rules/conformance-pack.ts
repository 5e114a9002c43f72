import { parseDocument } from "yaml";
import { isObject, Json } from "../../kernel/json";
import { listOf, say, Sentence, words } from "../sentence";
import { deep, type Told } from "./type-rule";
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

/**
 * What a new pack does beside looking: AWS Config runs its runbooks in every account, with the role that it names. Nothing where it only looks.
 *
 * @param template absent: it lies elsewhere, or is not known yet
 */
export function newPack(template: string | undefined): Told | undefined {
  const resources = resourcesOf(template);
  if (!resources) return ["unknown", "is new; what is in its template is not known here"];
  const runs = Object.values(resources).flatMap((one) => {
    if (!isObject(one) || one["Type"] !== "AWS::Config::RemediationConfiguration") return [];
    const properties = isObject(one["Properties"]) ? one["Properties"] : {};
    const role = firstText(deep(properties, "Parameters.AutomationAssumeRole.StaticValue.Values"));
    const runbook = firstText(properties["TargetId"]) ?? "a runbook";
    return [role === undefined ? runbook : `${runbook} as ${role}`];
  });
  return runs.length === 0
    ? undefined
    : ["unknown", say`is new, and has AWS Config run ${listOf(uniqueSorted(runs), 4)} in every account that it is in`];
}

function firstText(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === "string" ? one : undefined;
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
