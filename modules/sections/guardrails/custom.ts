import { DocumentPath, parseYaml, YamlDocument } from "../../config/document";
import { ProblemList } from "../../config/problem-list";
import type { GuardrailsEnvironment } from "./types";
import { readInlinePolicy } from "../../config/inline-policy";
import { ENVIRONMENTS } from "../../config/load";
import { checkDuplicates, checkTargets } from "../../config/references";
import type { Place, Problem } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import type { AttachedPolicy } from "../../organization/types";
import { Attachment, selectTargets } from "../../organization/targets";
import { policyJson, policySize } from "../../policy/document";
import { writtenPath } from "../../policy/read";
import type { PolicyDocument } from "../../policy/types";
import { vocabularyProblems } from "../../policy/vocabulary";

/** A service control policy that a person wrote into a file. */
export interface CustomPolicy {
  /** `custom-<name>`, so that it cannot be a guardrail's. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly document: PolicyDocument;
  /** As AWS has it, where it was adopted and means the same: the provider takes another way of writing it for a change. */
  readonly asInAws?: string;
  /** The file it comes from, relative to the project's root. */
  readonly file: string;
  /** Sorted by kind, then id. None: its mode is off. */
  readonly attachments: readonly Attachment[];
}

/**
 * Reads the policies of `guardrails.custom`. What is wrong with a file is reported at its own lines: the grammar of an SCP, words
 * that AWS does not know, and its size. AWS takes a misspelt action without a word, and the policy then denies nothing.
 */
export function resolveCustomPolicies(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
): readonly CustomPolicy[] {
  const { baseline, organization, tree, files } = environment;
  const entries = baseline.guardrails.custom;
  checkDuplicates(
    problems,
    entries.map(({ name }) => name),
    "custom policy",
    (i) => ["guardrails", "custom", i, "name"],
  );
  checkNamesInAws(environment, problems);
  return entries.flatMap((entry, i) => {
    const at = ["guardrails", "custom", i] as const;
    checkTargets(environment, problems, entry.targets, [...at, "targets"]);
    const { cover } = selectTargets(tree, organization.managementAccountId, entry.targets);
    if (cover.length === 0 && !problems.hasErrors) {
      problems.error(
        "GUARDRAIL-BINDS-NOBODY",
        [...at, "targets"],
        "These targets contain no account that an SCP can bind (the management account is never bound).",
        "Widen the targets, or remove the entry.",
      );
    }
    const text = files.get(entry.file);
    // A missing file was reported when the environment was read.
    if (text === undefined) return [];
    const file = `${ENVIRONMENTS}/${environment.name}/${entry.file}`;
    const { document, problems: found } = readCustomPolicy(file, text, baseline.guardrails.quotas.policyCharacters);
    problems.add(found);
    if (!document) return [];
    return [
      {
        key: `custom-${entry.name}`,
        name: nameInAws(entry),
        description: entry.description,
        document,
        ...defined({ asInAws: adoptedText(organization.policies, nameInAws(entry), document) }),
        file,
        attachments: entry.mode === "off" ? [] : cover,
      },
    ];
  });
}

function adoptedText(
  policies: readonly AttachedPolicy[],
  nameOfIt: string,
  document: PolicyDocument,
): string | undefined {
  const found = policies.find(
    ({ adopted, name, type }) => adopted === true && name === nameOfIt && type === "SERVICE_CONTROL_POLICY",
  );
  const read = found && readCustomPolicy(found.name, found.content, Number.POSITIVE_INFINITY).document;
  return read && policyJson(read) === policyJson(document) ? found.content : undefined;
}

function nameInAws({
  name,
  nameInAws: given,
}: GuardrailsEnvironment["baseline"]["guardrails"]["custom"][number]): string {
  return given ?? `keyless-custom-${name}`;
}

/** AWS takes a name once, and names that begin with keyless- say what a policy holds. */
function checkNamesInAws({ baseline }: GuardrailsEnvironment, problems: ProblemList): void {
  const seen = new Map<string, string>();
  baseline.guardrails.custom.forEach((entry, i) => {
    const name = nameInAws(entry);
    const path = ["guardrails", "custom", i, entry.nameInAws === undefined ? "name" : "nameInAws"];
    const other = seen.get(name);
    if (other !== undefined && other !== entry.name)
      problems.error(
        "SCP-NAME-TWICE",
        path,
        `${entry.name} and ${other} would both be ${name} in AWS, which takes a name once.`,
        "Give one of them another name.",
      );
    if (entry.nameInAws?.startsWith("keyless-"))
      problems.error(
        "SCP-NAME-RESERVED",
        path,
        `${entry.nameInAws} begins as the names of this baseline's own policies do.`,
        "Leave nameInAws out, or rename the policy in AWS first.",
      );
    seen.set(name, entry.name);
  });
}

/** Parses and checks one file; the document is absent where something is wrong. */
export function readCustomPolicy(
  file: string,
  text: string,
  maxCharacters: number,
): { readonly document?: PolicyDocument; readonly problems: readonly Problem[] } {
  const parsed = parseYaml(file, text);
  if ("problems" in parsed) return { problems: parsed.problems };
  const written = parsed.document;
  const principal = principalProblems(written);
  if (principal.length > 0) return { problems: principal };
  const problems = new ProblemList((path) => placeOf(written, path));
  const document = readInlinePolicy(problems, written.value, []);
  if (document && !problems.hasErrors) {
    for (const { code, path, message, fix } of vocabularyProblems(document))
      problems.error(code, writtenPath(written.value, path), message, fix);
    const size = policySize(document);
    if (size > maxCharacters) {
      problems.error(
        "SCP-QUOTA-SIZE",
        [],
        `The policy has ${size} characters as it is sent; ${maxCharacters} are allowed.`,
        "Divide it into two custom policies, or ask AWS for a higher quota and say so in guardrails.quotas.policyCharacters.",
      );
    }
  }
  return { problems: problems.all(), ...(document && !problems.hasErrors ? { document } : {}) };
}

/** The place of a mapping is that of its key; of anything else that of its value. */
function placeOf(written: YamlDocument, path: DocumentPath): Place {
  const last = path.at(-1);
  const parent = valueAt(written.value, path.slice(0, -1));
  return typeof last === "string" && path.length !== 1 && isMapping(parent) && isMapping(parent[last])
    ? written.keyPlace(path.slice(0, -1), last)
    : written.place(path);
}

function valueAt(value: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>((here, part) => (here as Record<string | number, unknown> | undefined)?.[part], value);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Other kinds of policy name principals; an SCP is about whoever is in the accounts it is attached to. */
function principalProblems(written: YamlDocument): readonly Problem[] {
  const statements = isMapping(written.value) ? written.value["Statement"] : undefined;
  const list: readonly unknown[] = Array.isArray(statements) ? statements : [statements];
  return list.flatMap((statement, i) =>
    (["Principal", "NotPrincipal"] as const)
      .filter((element) => isMapping(statement) && element in statement)
      .map((element) => ({
        code: "SCP-PRINCIPAL",
        message: `A service control policy names no principals; this statement has ${element}.`,
        fix: "Take it out, and say who is meant by a condition on aws:PrincipalArn.",
        place: written.keyPlace(Array.isArray(statements) ? ["Statement", i] : ["Statement"], element),
      })),
  );
}
