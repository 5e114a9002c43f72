import { completeText, plainText } from "../sentence";
import type { AccessChange, ChangeClass } from "../types";
import { Report, verdict } from "./report";

/** For programs: JSON of our own, and SARIF 2.1.0 for code scanning. */

export function renderJson({ review, gate, title }: Report): string {
  const stopping = new Set(gate.stopping.map((change) => change.id));
  const approved = new Map(gate.approved.map(({ change, approval }) => [change.id, approval]));
  const waived = new Map(gate.waived.map(({ change, waiver }) => [change.id, waiver]));
  return `${JSON.stringify(
    {
      format: "keyless-review/1",
      ...(title ? { title } : {}),
      verdict: verdict({ review, gate }),
      gate: {
        failOn: gate.failOn,
        passes: gate.stopping.length === 0,
        stopping: [...stopping],
        refusedApprovals: gate.refused.map(({ approval, state }) => ({ id: approval.id, state })),
        unusedApprovals: gate.unused.map((a) => a.id),
        rules: gate.rules,
      },
      // Where a change is felt the sentence says in full.
      changes: review.changes.map(({ reach: _, ...change }) => ({
        ...change,
        sentence: completeText(change.sentence),
        ...(approved.has(change.id) ? { approval: approved.get(change.id) } : {}),
        ...(waived.has(change.id) ? { waiver: waived.get(change.id) } : {}),
      })),
      notes: review.notes.map((note) => ({ ...note, sentence: plainText(note.sentence) })),
      newStacks: review.newStacks ?? [],
      resources: review.resources,
      stacks: review.stacks,
    },
    null,
    2,
  )}\n`;
}

const LEVELS: Readonly<Record<ChangeClass, "error" | "warning" | "note" | "none">> = {
  "destroys-guard": "error",
  weakens: "error",
  unknown: "warning",
  strengthens: "note",
  neutral: "none",
};

/**
 * GitHub stores no more of a run, refuses more than 25,000, and shows 100 locations of a result. The worst come first here.
 * https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
 */
const MOST_RESULTS = 5_000;
const MOST_LOCATIONS = 100;
/** Characters of a message. */
const LONGEST_MESSAGE = 4_000;

/** What a class means, and what to do about it. */
const RULES: Readonly<Record<ChangeClass, { name: string; short: string; help: string; severity: string }>> = {
  "destroys-guard": {
    name: "DestroysGuard",
    short: "Emergency access, an alarm, detection or a guardrail is taken away.",
    help: "Take the change back, or put something in the guard's place first. If it is meant, approve the change by its id: keyless approve.",
    severity: "9.0",
  },
  weakens: {
    name: "Weakens",
    short: "Something becomes possible that was not.",
    help: "Narrow the change to what is needed. If all of it is meant, approve the change by its id: keyless approve.",
    severity: "8.0",
  },
  unknown: {
    name: "Unknown",
    short: "What it means cannot be decided before it is applied.",
    help: "Read the change itself, before and after. If it is harmless, approve it by its id, or waive its kind in review.yaml.",
    severity: "6.0",
  },
  strengthens: {
    name: "Strengthens",
    short: "Something becomes impossible that was possible, or a guard is added.",
    help: "Nothing has to be done. See to it that nobody needs what becomes impossible.",
    severity: "1.0",
  },
  neutral: {
    name: "Neutral",
    short: "Nothing changes in terms of access.",
    help: "Nothing has to be done.",
    severity: "0.0",
  },
};

/** SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function renderSarif({ review, gate, title }: Report): string {
  const approved = new Map(gate.approved.map(({ change, approval }) => [change.id, approval]));
  const waived = new Map(gate.waived.map(({ change, waiver }) => [change.id, waiver]));
  const told = review.changes.filter((change) => change.class !== "neutral");
  const left = told.length - MOST_RESULTS;
  const ids = Object.keys(RULES) as ChangeClass[];
  const result = (change: AccessChange): unknown => {
    const justification = approved.get(change.id)?.reason ?? waived.get(change.id)?.reason;
    const text = plainText(change.sentence);
    return {
      ruleId: change.class,
      ruleIndex: ids.indexOf(change.class),
      level: LEVELS[change.class],
      message: { text: text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text },
      partialFingerprints: { changeId: change.id },
      locations: locationsOf(change, title),
      ...(justification === undefined
        ? {}
        : { suppressions: [{ kind: "external", status: "accepted", justification }] }),
    };
  };
  const rules = ids.map((id) => ({
    id,
    name: RULES[id].name,
    shortDescription: { text: RULES[id].short },
    fullDescription: { text: RULES[id].short },
    help: { text: RULES[id].help, markdown: RULES[id].help },
    defaultConfiguration: { level: LEVELS[id] },
    properties: { tags: ["security", "access"], "security-severity": RULES[id].severity },
  }));
  return `${JSON.stringify(
    {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "keyless review", rules } },
          invocations: [
            {
              executionSuccessful: true,
              ...(left > 0
                ? {
                    toolExecutionNotifications: [
                      {
                        level: "warning",
                        message: { text: `${left} more changes are left out; the JSON has all of them.` },
                      },
                    ],
                  }
                : {}),
            },
          ],
          results: told.slice(0, MOST_RESULTS).map(result),
        },
      ],
    },
    null,
    2,
  )}\n`;
}

/**
 * A synth is not in the repository, so that what is shown is the baseline it is made from; the resources are logical locations. Every result
 * has one: GitHub takes none without.
 */
function locationsOf({ stacks, addresses }: AccessChange, title: string | undefined): readonly unknown[] {
  const region = { startLine: 1, startColumn: 1 };
  const logicalLocations = addresses
    .slice(0, MOST_LOCATIONS)
    .map((address) => ({ fullyQualifiedName: address, kind: "resource" }));
  const files =
    title !== undefined && /^[\w-]+$/.test(title)
      ? [`environments/${title}/baseline.yaml`]
      : stacks.length > 0
        ? stacks.slice(0, MOST_LOCATIONS).map((stack) => `cdktf.out/stacks/${encodeURIComponent(stack)}/cdk.tf.json`)
        : ["cdktf.json"];
  return files.map((uri) => ({
    physicalLocation: { artifactLocation: { uri }, region },
    ...(logicalLocations.length > 0 ? { logicalLocations } : {}),
  }));
}
