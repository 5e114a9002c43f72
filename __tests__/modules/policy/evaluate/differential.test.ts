import fc from "fast-check";
import { evaluate, Verdict } from "../../../../modules/policy/evaluate";
import { Question, question } from "./arbitraries";
import { ask, askValidated, FAULTS, KIND_OF, leftOpen, OracleResult } from "./oracle";
import known from "./known-differences.json";

/**
 * The evaluator against `@cloud-copilot/iam-simulate`. Where they differ, the fault must be one of those listed in
 * known-differences.json: the question is said in another way that by AWS's documentation means the same and that keeps clear of the
 * fault, and then both must agree.
 */

const RUNS = Number(process.env["EVALUATOR_RUNS"] ?? 3000);
const SEED = Number(process.env["EVALUATOR_SEED"] ?? 20260701);

interface Tally {
  readonly verdicts: Map<string, number>;
  readonly faults: Map<string, number>;
  readonly open: Map<string, number>;
  readonly reached: Map<string, number>;
}
const tally = (): Tally => ({ verdicts: new Map(), faults: new Map(), open: new Map(), reached: new Map() });
const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

/** Every operator with and without prefix and suffix, every layer and element, each time that it decides something. */
function reach(reached: Map<string, number>, verdict: Verdict): void {
  count(reached, `kind ${verdict.kind}`);
  for (const { layer, effect, conditions } of verdict.deciding) {
    count(reached, `layer ${layer} ${effect ?? "allows nothing"}`);
    for (const { operator, result } of conditions) {
      const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/.exec(operator)!;
      count(reached, `operator ${base} ${result}`);
      if (set) count(reached, `set operator ${set} ${result}`);
      if (ifExists) count(reached, `IfExists ${result}`);
    }
  }
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

async function compare(t: Tally, q: Question, verdict: Verdict, oracle: OracleResult, again: (q: Question) => Answer | Promise<Answer>): Promise<void> {
  count(t.verdicts, verdict.kind);
  reach(t.reached, verdict);
  const open = leftOpen(q);
  if (verdict.decision === "unknown") {
    if (open.length === 0) throw new Error(`unknown although AWS leaves nothing open; the oracle says ${oracle}: ${JSON.stringify(verdict)}`);
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
  });

  test(`${RUNS} generated questions with resource, trust and session policies, validated: no difference that is not explained`, async () => {
    await fc.assert(
      fc.asyncProperty(question(true), async (q) => {
        const answer = await askValidated(q);
        if ("refused" in answer) throw new Error(answer.refused);
        const ignored = new Set(answer.ignored.map((key) => key.toLowerCase()));
        const context = Object.fromEntries(Object.entries(q.request.context ?? {}).filter(([key]) => !ignored.has(key.toLowerCase())));
        const seen: Question = { ...q, request: { ...q.request, context } };
        await compare(full, seen, evaluate(seen.request, seen.policies), answer.result, async (other) => {
          const again = await askValidated(other);
          return "refused" in again ? undefined : again.result;
        });
      }),
      { numRuns: RUNS, seed: SEED },
    );
  }, 300_000);
});
