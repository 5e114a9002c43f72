import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { BaselineError } from "../modules/kernel/errors";
import { organizationTree } from "../modules/organization/tree";
import type { Organization } from "../modules/organization/types";
import { asList } from "../modules/policy/document";
import { readPolicyText } from "../modules/policy/read";
import type { PolicyDocument } from "../modules/policy/types";
import { prove } from "../modules/proofs/prove";
import type { ProofInput } from "../modules/proofs/types";
import { loadEnvironment } from "../modules/sections/load";
import { resolveUnproven } from "../modules/sections/target-state";

/** What became of the policy documents of a folder. */
export interface CorpusResult {
  /** JSON files, whatever is in them. */
  readonly files: number;
  /** Files that hold no document which can be an SCP or an RCP, or one that AWS would refuse. */
  readonly left: readonly { readonly file: string; readonly why: string }[];
  readonly serviceControl: number;
  readonly resourceControl: number;
  /** Sets of requests that were decided, over all documents. */
  readonly questions: number;
  /** Cells of the matrices. */
  readonly proven: number;
  readonly accepted: number;
  readonly failed: number;
  readonly unknown: number;
  /** Counterexamples that the document adds, each confirmed by the evaluator. */
  readonly counterexamples: number;
  /** Answers that are not known, by their reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of them: the steps ended. */
  readonly outOfSteps: number;
  /** Sets and evaluator that say different things: faults. */
  readonly disagreements: readonly string[];
  readonly crashes: readonly { readonly file: string; readonly message: string }[];
  readonly milliseconds: number;
}

/** Every policy document below a folder stands in turn in the example's facts, attached to an OU, and everything is proven. */
export function proveCorpus(folder: string, root: string, say: (line: string) => void): CorpusResult {
  const environment = loadEnvironment(root, "example");
  const { tree, organization } = environment;
  const target = tree.root.children.find((node) => node.children.length > 0) ?? tree.root;
  const known = new Set(prove(environmentWith(organization)).counterexamples.map((one) => one.id));
  const left: { file: string; why: string }[] = [];
  const crashes: { file: string; message: string }[] = [];
  const reasons: Record<string, number> = {};
  const disagreements: string[] = [];
  const counted = { serviceControl: 0, resourceControl: 0, questions: 0, counterexamples: 0 };
  const cells: Record<string, number> = {};
  const start = process.hrtime.bigint();
  const files = jsonFiles(folder);
  for (const path of files) {
    const file = relative(folder, path);
    const text = readFileSync(path, "utf8");
    try {
      const { document, problems } = readPolicyText(text);
      const type = document && problems.length === 0 ? typeOf(document) : undefined;
      if (!document || type === undefined) {
        left.push({ file, why: problems[0]?.message ?? "neither an SCP nor an RCP: it allows by principals" });
        continue;
      }
      counted[type === "SERVICE_CONTROL_POLICY" ? "serviceControl" : "resourceControl"]++;
      const policy = {
        id: "p-corpus00",
        name: file,
        type,
        awsManaged: false,
        ours: false,
        content: text,
        targetIds: [target.id],
      } as const;
      const report = prove(environmentWith({ ...organization, policies: [...organization.policies, policy] }));
      count(file, report);
      say(file);
    } catch (error) {
      crashes.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return {
    files: files.length,
    left,
    ...counted,
    proven: cells["proven"] ?? 0,
    accepted: cells["accepted"] ?? 0,
    failed: cells["failed"] ?? 0,
    unknown: cells["unknown"] ?? 0,
    reasons,
    outOfSteps: Object.entries(reasons).reduce((sum, [why, n]) => sum + (/not settled within/.test(why) ? n : 0), 0),
    disagreements,
    crashes,
    milliseconds: Number(process.hrtime.bigint() - start) / 1e6,
  };

  function count(file: string, report: ReturnType<typeof prove>): void {
    counted.questions += report.questions;
    for (const { status } of report.cells) cells[status] = (cells[status] ?? 0) + 1;
    for (const one of report.counterexamples.filter(({ id }) => !known.has(id))) {
      if (one.decision !== "unknown") {
        counted.counterexamples++;
        continue;
      }
      // Values differ from answer to answer.
      const why = (/^Not known: (.*)/.exec(one.because)?.[1] ?? one.because).replace(/(requests of the set): .*/, "$1");
      reasons[why] = (reasons[why] ?? 0) + 1;
      if (/the sets say/.test(why)) disagreements.push(`${file}: ${one.id}: ${why}`);
    }
  }

  function environmentWith(facts: Organization): ProofInput {
    const one = { ...environment, organization: facts, tree: organizationTree(facts) };
    const { state, problems } = resolveUnproven(one);
    if (!state) throw new BaselineError(problems);
    return { environment: one, ...state };
  }
}

/** An RCP names principals and denies; an SCP names none. */
function typeOf({ Statement }: PolicyDocument): "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY" | undefined {
  const statements = asList(Statement);
  const named = statements.filter((one) => one.Principal !== undefined || one.NotPrincipal !== undefined);
  if (named.length === 0) return "SERVICE_CONTROL_POLICY";
  return named.length === statements.length && statements.every((one) => one.Effect === "Deny" && one.Principal === "*")
    ? "RESOURCE_CONTROL_POLICY"
    : undefined;
}

function jsonFiles(folder: string): readonly string[] {
  try {
    if (!statSync(folder).isDirectory()) throw new Error("it is no folder");
  } catch (error) {
    throw new BaselineError([
      {
        code: "BENCH-CORPUS",
        message: `${folder} cannot be read: ${(error as Error).message}.`,
        fix: "npm run bench -- --only corpus <folder with policy documents in JSON>",
      },
    ]);
  }
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && !name.split(/[\\/]/).includes("node_modules"))
    .sort()
    .map((name) => join(folder, name));
}

/** As a table for people. */
export function corpusRows(result: CorpusResult): readonly (readonly [string, string])[] {
  const n = (value: number): string => value.toLocaleString("en-GB");
  return [
    ["JSON files", n(result.files)],
    ["SCPs", n(result.serviceControl)],
    ["RCPs", n(result.resourceControl)],
    ["neither, or refused with a reason", n(result.left.length)],
    ["crashes", n(result.crashes.length)],
    ["sets of requests decided", n(result.questions)],
    ["cells proven", n(result.proven)],
    ["cells with a counterexample", n(result.failed)],
    ["cells unknown", n(result.unknown)],
    ["counterexamples added, confirmed by the evaluator", n(result.counterexamples)],
    ["answers unknown, with a reason", n(Object.values(result.reasons).reduce((sum, one) => sum + one, 0))],
    ["of them: the steps ended", n(result.outOfSteps)],
    ["sets and evaluator disagree", n(result.disagreements.length)],
    ["seconds", (result.milliseconds / 1000).toFixed(1)],
    ...result.left.map(({ file, why }) => [`left out: ${file}`, why] as const),
    ...result.crashes.map(({ file, message }) => [`crash: ${file}`, message] as const),
    ...Object.entries(result.reasons)
      .sort(([, a], [, b]) => b - a)
      .map(([why, times]) => [`unknown, ${times} times`, why] as const),
    ...result.disagreements.map((text) => ["disagreement", text] as const),
  ];
}
