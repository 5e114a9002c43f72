import { plainText } from "../sentence";
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
      changes: review.changes.map((change) => ({
        ...change,
        sentence: plainText(change.sentence),
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

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function renderSarif({ review, gate }: Report): string {
  const approved = new Map(gate.approved.map(({ change, approval }) => [change.id, approval]));
  const waived = new Map(gate.waived.map(({ change, waiver }) => [change.id, waiver]));
  const result = (change: AccessChange): unknown => {
    const justification = approved.get(change.id)?.reason ?? waived.get(change.id)?.reason;
    return {
      ruleId: change.class,
      level: LEVELS[change.class],
      message: { text: plainText(change.sentence) },
      partialFingerprints: { changeId: change.id },
      locations: change.stacks.map((stack) => ({
        physicalLocation: { artifactLocation: { uri: `cdktf.out/stacks/${encodeURIComponent(stack)}/cdk.tf.json` } },
        logicalLocations: change.addresses
          .slice(0, 20)
          .map((address) => ({ fullyQualifiedName: address, kind: "resource" })),
      })),
      ...(justification === undefined
        ? {}
        : { suppressions: [{ kind: "external", status: "accepted", justification }] }),
    };
  };
  const rules = (Object.keys(LEVELS) as ChangeClass[]).map((id) => ({
    id,
    defaultConfiguration: { level: LEVELS[id] },
  }));
  return `${JSON.stringify(
    {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: {
              name: "keyless review",
              informationUri: "https://developer.hashicorp.com/terraform/internals/json-format",
              rules,
            },
          },
          results: review.changes.filter((change) => change.class !== "neutral").map(result),
        },
      ],
    },
    null,
    2,
  )}\n`;
}
