import { isMap, isScalar, isSeq, parseDocument, Scalar } from "yaml";
import { formatPath } from "../../modules/config/document";
import { parseAgainst } from "../../modules/config/load";
import { organizationProblems } from "../../modules/config/organization-problems";
import { organizationSchema } from "../../modules/config/schema/organization";
import { formatProblem, Problem } from "../../modules/kernel/errors";
import { organizationTree } from "../../modules/organization/tree";
import type { Organization } from "../../modules/organization/types";
import { Baseline, baselineSchema } from "../../modules/sections/schema";
import { INSTANCE_EXPRESSIONS } from "../../modules/sections/stack-set/service-managed";
import { resolveUnproven, TargetState } from "../../modules/sections/target-state";
import { addresses, synthesized } from "./synth";

/** Texts of an environment with something hostile in each of them, and what of it is alive in a synth. */

/** What a text is when Terraform has read it: templates that are alive, as they stand in it. */
function alive(text: string): readonly string[] {
  return text.replaceAll(/\$\$\{|%%\{/g, "").match(/[$%]\{[^}]*\}?/g) ?? [];
}

function* texts(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (value !== null && typeof value === "object")
    for (const [key, member] of Object.entries(value)) {
      yield key;
      yield* texts(member);
    }
}

/** Templates that are alive in a synth and stand for nothing that the stacks mean: not for a thing of the same stack, the key of a loop, the instances of a StackSet or the role of a plan. */
export function strangers(state: TargetState): readonly string[] {
  const role = JSON.stringify(state.settings.memberRole);
  return [...synthesized(state)].flatMap(([name, json]) => {
    const things = new Set([
      ...addresses(json),
      ...Object.entries(json.data ?? {}).flatMap(([type, all]) => Object.keys(all).map((id) => `data.${type}.${id}`)),
    ]);
    // Without the comments for cdktf, which Terraform does not read.
    return [...texts({ ...json, "//": undefined })].flatMap(alive).flatMap((template) => {
      const address = /^\$\{((?:data\.)?\w+\.[\w-]+)\.\w+\}$/.exec(template)?.[1];
      const meant =
        (address !== undefined && things.has(address)) ||
        template === "${each.key}" ||
        Object.values(INSTANCE_EXPRESSIONS).some((own) => template === `\${${own}}`) ||
        template === `\${terraform.applying ? ${role} : var.member_plan_role}`;
      return meant ? [] : [`${name}: ${template}`];
    });
  });
}

/** What is put into every text: each would show something of the runner, or stand for another resource. */
export const PAYLOADS = [
  '${file("/proc/self/environ")}',
  "%{ if true }x%{ endif }",
  "${aws_iam_role.injected.name}",
  "$${1}",
];

export interface Texts {
  readonly baseline: string;
  readonly organization: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Mappings whose keys people choose. */
const FREE_KEYS = /(^|\.)(tags|accessControlAttributes|Condition|Condition\.\w+)$/;

/** Every text of a YAML file that a person chooses, with its place as problems name it. `change` says what it becomes. */
function eachText(text: string, change: (value: string, path: string) => string): string {
  const document = parseDocument(text);
  const scalar = (node: unknown, path: string): void => {
    if (isScalar(node) && typeof node.value === "string") node.value = change(node.value, path);
  };
  const walk = (node: unknown, path: readonly (string | number)[]): void => {
    scalar(node, formatPath(path));
    if (isSeq(node)) node.items.forEach((item, i) => walk(item, [...path, i]));
    if (isMap(node))
      for (const { key, value } of node.items) {
        const name = String((key as Scalar).value);
        walk(value, [...path, name]);
        if (FREE_KEYS.test(formatPath(path))) scalar(key, formatPath([...path, name]));
      }
  };
  walk(document.contents, []);
  return document.toString({ lineWidth: 0 });
}

function yamlTexts(text: string): readonly { readonly path: string; readonly value: string }[] {
  const found: { path: string; value: string }[] = [];
  eachText(text, (value, path) => (found.push({ path, value }), value));
  return found;
}

const replaced = (text: string, change: ReadonlyMap<string, string>): string =>
  eachText(text, (value) => change.get(value) ?? value);

function outcome({ baseline, organization, files }: Texts): {
  readonly state?: TargetState;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const intent = parseAgainst<Baseline>("baseline.yaml", baseline, baselineSchema, problems);
  const facts = parseAgainst<Organization>("organization.yaml", organization, organizationSchema, problems);
  if (facts) problems.push(...organizationProblems(facts.document, facts.value));
  if (!intent || !facts || problems.length > 0) return { problems };
  return resolveUnproven({
    name: "example",
    baseline: intent.value,
    organization: facts.value,
    tree: organizationTree(facts.value),
    files: new Map(Object.entries(files)),
    place: (path) => intent.document.place(path),
    factsPlace: (path) => facts.document.place(path),
  });
}

/**
 * Puts a payload behind every text of an environment, the same text the same way wherever it stands, so that names still fit together.
 * What is refused is taken back, until the rest is valid.
 */
export function injected(
  given: Texts,
  payload: string,
): { readonly state: TargetState; readonly accepted: readonly string[]; readonly texts: Texts } {
  const yamlFiles = Object.entries(given.files).filter(([name]) => name.endsWith(".yaml"));
  const places = [
    ["baseline.yaml", given.baseline] as const,
    ["organization.yaml", given.organization] as const,
    ...yamlFiles,
  ].map(([file, text]) => ({ file, texts: yamlTexts(text) }));
  // What AWS names and the baseline only compares: with another name there is no such service, and nothing could be resolved or proven.
  const named =
    /^(guardrails\.custom\[\d+\]\.file$|trustedServices|delegatedAdministrators|enabledPolicyTypes|rootAccessFeatures|delegationPolicy)/;
  const active = new Set(
    places.flatMap(({ texts }) => texts.filter(({ path }) => !named.test(path)).map(({ value }) => value)),
  );
  const takeBack = ({ place }: Problem): boolean => {
    const all = places.find(({ file }) => place?.file?.endsWith(file))?.texts ?? [];
    const path = (place?.path ?? "")
      .replaceAll(JSON.stringify(payload).slice(1, -1), "")
      .replace(/\["([A-Za-z_][\w-]*)"\]/g, ".$1")
      .replace(/^\./, "");
    const at = all.filter((one) => one.path === path);
    const below = at.length > 0 ? at : all.filter((one) => one.path.startsWith(path));
    return below.map(({ value }) => active.delete(value)).includes(true);
  };
  for (;;) {
    const change = new Map([...active].map((value) => [value, `${value}${payload}`]));
    const texts = {
      baseline: replaced(given.baseline, change),
      organization: replaced(given.organization, change),
      files: { ...given.files, ...Object.fromEntries(yamlFiles.map(([name, text]) => [name, replaced(text, change)])) },
    };
    const { state, problems } = outcome(texts);
    if (state) return { state, accepted: [...active].sort(), texts };
    if (!problems.map(takeBack).includes(true)) throw new Error(problems.map(formatProblem).join("\n"));
  }
}
