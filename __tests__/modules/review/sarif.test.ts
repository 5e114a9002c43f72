import Ajv from "ajv";
import { judge } from "../../../modules/review/gate/gate";
import { NO_APPROVALS } from "../../../modules/review/gate/approvals";
import { renderSarif } from "../../../modules/review/render/machine";
import { say } from "../../../modules/review/sentence";
import type { AccessChange, Review } from "../../../modules/review/types";
import { defined } from "../../../modules/kernel/optional";

/**
 * What of SARIF 2.1.0 is written here, by the standard's sections 3.13 to 3.54, with GitHub's limits. An object of SARIF takes no other keys
 * than its own, so none are allowed here either. The whole schema is too large to be kept beside it.
 */
const object = (properties: object, required: readonly string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const text = { type: "string", minLength: 1 };
const message = object({ text, markdown: text }, ["text"]);
const level = { enum: ["none", "note", "warning", "error"] };
const SCHEMA = object(
  {
    $schema: { type: "string", format: "uri" },
    version: { const: "2.1.0" },
    runs: {
      type: "array",
      maxItems: 20,
      items: object(
        {
          tool: object(
            {
              driver: object(
                {
                  name: text,
                  rules: {
                    type: "array",
                    uniqueItems: true,
                    items: object(
                      {
                        id: text,
                        name: text,
                        shortDescription: message,
                        fullDescription: message,
                        help: message,
                        defaultConfiguration: object({ level }, ["level"]),
                        properties: {
                          type: "object",
                          properties: {
                            tags: { type: "array", items: text, uniqueItems: true, maxItems: 10 },
                            "security-severity": { type: "string", pattern: "^(10|\\d)\\.\\d$" },
                          },
                        },
                      },
                      ["id", "help", "shortDescription"],
                    ),
                  },
                },
                ["name"],
              ),
            },
            ["driver"],
          ),
          invocations: {
            type: "array",
            items: object(
              {
                executionSuccessful: { type: "boolean" },
                toolExecutionNotifications: { type: "array", items: object({ level, message }, ["message"]) },
              },
              ["executionSuccessful"],
            ),
          },
          results: {
            type: "array",
            maxItems: 5_000,
            items: object(
              {
                ruleId: text,
                ruleIndex: { type: "integer", minimum: 0 },
                level,
                message,
                partialFingerprints: { type: "object", additionalProperties: { type: "string" } },
                locations: {
                  type: "array",
                  minItems: 1,
                  maxItems: 100,
                  items: object(
                    {
                      physicalLocation: object(
                        {
                          artifactLocation: object({ uri: { type: "string", pattern: "^[\\w./%-]+$" } }, ["uri"]),
                          region: object(
                            {
                              startLine: { type: "integer", minimum: 1 },
                              startColumn: { type: "integer", minimum: 1 },
                            },
                            ["startLine"],
                          ),
                        },
                        ["artifactLocation", "region"],
                      ),
                      logicalLocations: {
                        type: "array",
                        maxItems: 100,
                        items: object({ fullyQualifiedName: text, kind: text }, []),
                      },
                    },
                    ["physicalLocation"],
                  ),
                },
                suppressions: {
                  type: "array",
                  items: object(
                    { kind: { enum: ["inSource", "external"] }, status: { const: "accepted" }, justification: text },
                    ["kind"],
                  ),
                },
              },
              ["message", "ruleId", "locations"],
            ),
          },
        },
        ["tool", "results"],
      ),
    },
  },
  ["version", "runs"],
);
const valid = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(SCHEMA);

const change = (i: number, more: Partial<AccessChange> = {}): AccessChange => ({
  id: `roles-${String(i).padStart(32, "0")}`,
  class: "weakens",
  area: "other",
  sentence: say`Role ${`r${i}`} may now use ${"x".repeat(10_000)}.`,
  stacks: ["prod-roles"],
  addresses: Array.from({ length: 300 }, (_, k) => `aws_iam_role.r${k}["a b"]`),
  witnesses: [],
  diff: [],
  ...more,
});
const review = (changes: readonly AccessChange[]): Review => ({
  changes,
  notes: [],
  resources: [],
  stacks: ["prod-roles"],
});
interface Sarif {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly object[];
    }[];
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly { readonly toolExecutionNotifications?: readonly object[] }[];
  }[];
}
function sarif(changes: readonly AccessChange[], title?: string, approved?: string): Sarif {
  const approval = { id: approved ?? "", reason: "agreed in the review", approver: "Ada", expires: "2026-12-31" };
  const judged = judge(
    review(changes),
    ["weakens"],
    approved === undefined ? NO_APPROVALS : { bases: [[approval]], head: [] },
    "2026-11-26",
  );
  const parsed = JSON.parse(renderSarif({ ...judged, ...defined({ title }) })) as Sarif;
  valid(parsed);
  expect(valid.errors ?? []).toEqual([]);
  return parsed;
}

test.each<[string, readonly AccessChange[], string | undefined]>([
  ["nothing", [], undefined],
  ["an environment", [change(1)], "prod"],
  ["plans of no environment", [change(1)], undefined],
  ["a title that is no folder", [change(1, { stacks: ["a b/é"] })], "stacks of no environment"],
  ["a change of a file of the gate, which has no stack", [change(1, { stacks: [], addresses: [] })], undefined],
  ["many stacks", [change(1, { stacks: Array.from({ length: 500 }, (_, i) => `s${i}`) })], undefined],
  [
    "each class",
    (["destroys-guard", "weakens", "unknown", "strengthens", "neutral"] as const).map((cls, i) =>
      change(i, { class: cls }),
    ),
    "prod",
  ],
])("%s is valid", (_, changes, title) => {
  const { results, tool } = sarif(changes, title).runs[0]!;
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
});

test("an approved change is suppressed, with its reason", () => {
  const { id } = change(1);
  expect(JSON.stringify(sarif([change(1)], "prod", id))).toContain('"justification":"agreed in the review"');
});

test("more than GitHub stores are left out, the worst are kept, and it is said", () => {
  const many = Array.from({ length: 6_000 }, (_, i) =>
    change(i, { addresses: [], class: i < 10 ? "destroys-guard" : "weakens" }),
  );
  const { results, invocations } = sarif(many, "prod").runs[0]!;
  expect(results).toHaveLength(5_000);
  expect(results.slice(0, 10).every(({ ruleId }) => ruleId === "destroys-guard")).toBe(true);
  expect(JSON.stringify(invocations)).toContain("1000 more changes are left out");
});
