import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { asList } from "../../../../modules/policy/document";
import {
  ABSENT,
  CONDITION_OPERATORS,
  evaluate,
  policiesOf,
  prepareRequest,
  Verdict,
} from "../../../../modules/policy/evaluate";
import { compileCondition } from "../../../../modules/policy/evaluate/conditions";
import { Question, question } from "./arbitraries";
import { ask, askValidated, FAULTS, KIND_OF, leftOpen, OracleResult } from "./oracle";
import known from "./known-differences.json";

/**
 * The evaluator against `@cloud-copilot/iam-simulate`. Where they differ, the fault must be one of those listed in
 * known-differences.json: the question is said in another way that by AWS's documentation means the same and that keeps clear of the
 * fault, and then both must agree.
 */

const RUNS = Number(process.env["EVALUATOR_RUNS"] ?? 1500);
const SEED = Number(process.env["EVALUATOR_SEED"] ?? 20260701);

interface Tally {
  readonly verdicts: Map<string, number>;
  readonly faults: Map<string, number>;
  readonly open: Map<string, number>;
  readonly reached: Map<string, number>;
}
const tally = (): Tally => ({ verdicts: new Map(), faults: new Map(), open: new Map(), reached: new Map() });
const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

/** What the questions reach: every operator with its outcome, every layer that decides. */
function reach(reached: Map<string, number>, { request, policies }: Question, verdict: Verdict): void {
  const prepared = prepareRequest(request);
  for (const { layer, effect } of verdict.deciding)
    count(reached, `layer ${layer} ${effect === undefined ? "allows nothing" : `${effect}s`}`);
  for (const { document } of policiesOf(policies)) {
    for (const { Condition } of document.Statement) {
      for (const [operator, keys] of Object.entries(Condition ?? {})) {
        for (const [key, values] of Object.entries(keys)) {
          const result = ["false", "unknown", "true"][
            compileCondition(operator, key, asList(values), document.Version === "2012-10-17").test(prepared)
          ]!;
          const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/.exec(operator)!;
          const presence = prepared.values(key.toLowerCase()) === ABSENT ? "absent" : "present";
          count(reached, `${base} ${result}`);
          if (set) count(reached, `${set} ${presence} ${result}`);
          if (ifExists) count(reached, `IfExists ${presence} ${result}`);
        }
      }
    }
  }
}

const LAYERS = [
  "scp Allows",
  "scp Denys",
  "scp allows nothing",
  "rcp Denys",
  "identity Allows",
  "identity Denys",
  "identity allows nothing",
  "boundary Allows",
  "boundary Denys",
  "boundary allows nothing",
];
const MORE_LAYERS = [
  "session Allows",
  "session Denys",
  "session allows nothing",
  "resource Allows",
  "resource Denys",
  "resource allows nothing",
];
const SETS = [
  "ForAllValues present true",
  "ForAllValues present false",
  "ForAllValues absent true",
  "ForAnyValue present true",
  "ForAnyValue present false",
  "ForAnyValue absent false",
  "IfExists present true",
  "IfExists present false",
  "IfExists absent true",
];

function notReached(reached: Map<string, number>, layers: readonly string[]): readonly string[] {
  const wanted = [
    ...CONDITION_OPERATORS.flatMap((operator) => [`${operator} true`, `${operator} false`]),
    ...SETS,
    ...layers.map((layer) => `layer ${layer}`),
  ];
  return wanted.filter((what) => (reached.get(what) ?? 0) < 3);
}

function agrees(verdict: Verdict, oracle: OracleResult): boolean {
  return verdict.kind === KIND_OF[oracle];
}

/** The questions that go around one fault, and around several at once. */
function* ways(q: Question): Generator<{ readonly ids: readonly string[]; readonly other: Question }> {
  for (const { id, around } of FAULTS) {
    const other = around(q);
    if (other) yield { ids: [id], other };
  }
  let other = q;
  const ids: string[] = [];
  for (const { id, around } of FAULTS) {
    const next = around(other);
    if (!next) continue;
    other = next;
    ids.push(id);
    yield { ids: [...ids], other };
  }
}

type Answer = OracleResult | undefined;

async function compare(
  t: Tally,
  q: Question,
  verdict: Verdict,
  oracle: OracleResult,
  again: (q: Question) => Answer | Promise<Answer>,
): Promise<void> {
  count(t.verdicts, verdict.kind);
  reach(t.reached, q, verdict);
  const open = leftOpen(q);
  if (verdict.decision === "unknown") {
    if (open.length === 0)
      throw new Error(
        `unknown although AWS leaves nothing open; the oracle says ${oracle}: ${JSON.stringify(verdict)}`,
      );
    open.forEach((reason) => count(t.open, reason));
    return;
  }
  if (agrees(verdict, oracle)) return;
  // A deny that is left open may be one for the oracle; denied is denied.
  if (open.length > 0 && verdict.kind === "implicit-deny" && oracle === "ExplicitlyDenied") return;
  for (const { ids, other } of ways(q)) {
    const answer = await again(other);
    if (answer === undefined || !agrees(verdict, answer)) continue;
    ids.forEach((id) => count(t.faults, id));
    return;
  }
  throw new Error(`${verdict.kind}, but the oracle says ${oracle}: ${JSON.stringify(verdict)}`);
}

const quick = tally();
const full = tally();

describe("against the oracle", () => {
  test(`${RUNS} generated questions to SCPs, RCPs, identity policies and boundaries: no difference that is not explained`, async () => {
    await fc.assert(
      fc.asyncProperty(question(false), (q) => compare(quick, q, evaluate(q.request, q.policies), ask(q), ask)),
      { numRuns: RUNS, seed: SEED },
    );
  }, 3_600_000);

  test(`${RUNS} generated questions with resource, trust and session policies, validated: no difference that is not explained`, async () => {
    await fc.assert(
      fc.asyncProperty(question(true), async (q) => {
        const answer = await askValidated(q);
        if ("refused" in answer) throw new Error(answer.refused);
        const ignored = new Set(answer.ignored.map((key) => key.toLowerCase()));
        const context = Object.fromEntries(
          Object.entries(q.request.context ?? {}).filter(([key]) => !ignored.has(key.toLowerCase())),
        );
        const seen: Question = { ...q, request: { ...q.request, context } };
        await compare(full, seen, evaluate(seen.request, seen.policies), answer.result, async (other) => {
          const again = await askValidated(other);
          return "refused" in again ? undefined : again.result;
        });
      }),
      { numRuns: RUNS, seed: SEED },
    );
  }, 3_600_000);

  test("the questions reach every operator, every layer and every outcome", () => {
    expect(notReached(quick.reached, LAYERS)).toEqual([]);
    // This road leaves out keys that the action does not know: no key of type binary, and no list of ARNs.
    expect(notReached(full.reached, [...LAYERS, ...MORE_LAYERS]).filter((what) => !what.startsWith("Binary"))).toEqual(
      [],
    );
    for (const { verdicts } of [quick, full])
      for (const kind of ["explicit-allow", "explicit-deny", "implicit-deny", "unknown"])
        expect([kind, (verdicts.get(kind) ?? 0) > RUNS / 50]).toEqual([kind, true]);
  });

  test("every fault that is listed shows, and no other is used", () => {
    const seen = new Set([...quick.faults.keys(), ...full.faults.keys()]);
    expect(FAULTS.map(({ id }) => id).sort()).toEqual(known.map(({ id }) => id).sort());
    expect(known.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
    for (const { page } of known) expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  });
});

test("docs/evaluator.md lists the faults of the oracle", () => {
  const text = readFileSync(join(__dirname, "../../../../docs/evaluator.md"), "utf8");
  const rows = known.map(({ oracle, aws, page }) => `| ${oracle} | [${aws}](${page}) |`);
  expect(
    text.split("\n").filter((line) => line.includes("](https://docs.aws.amazon.com/") && line.startsWith("|")),
  ).toEqual(rows);
});

// Printed on request only: the figures that docs/evaluator.md gives.
afterAll(() => {
  if (!process.env["EVALUATOR_TALLY"]) return;
  for (const { verdicts, faults, open } of [quick, full])
    process.stderr.write(
      `${JSON.stringify({ verdicts: [...verdicts], faults: [...faults], open: [...open] }, null, 1)}\n`,
    );
});
