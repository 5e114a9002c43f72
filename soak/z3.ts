import { init } from "z3-solver";
import { decide, Decision } from "../modules/policy/decide";
import { Random } from "./random";
import type { Soak } from "./soak";
import { Question, questionOf } from "./z3/draw";
import { formulas } from "./z3/formula";

type Answer = "sat" | "unsat" | "open";

/** What ends the threads of the solver, without which the process does not end. */
interface Threads {
  readonly PThread: { terminateAllThreads(): void };
}

/** Milliseconds of one question; past them Z3 has no opinion. */
const PATIENCE = 1_000;

/** A solver that is asked one question after the other, each in a context of its own: nothing is kept. */
async function solver(): Promise<{ readonly ask: (text: string) => Promise<Answer>; readonly end: () => void }> {
  const loaded = await init();
  const { Z3 } = loaded;
  const { PThread } = loaded.em as Threads;
  return {
    ask: async (text) => {
      const config = Z3.mk_config();
      Z3.set_param_value(config, "timeout", String(PATIENCE));
      const context = Z3.mk_context(config);
      Z3.del_config(config);
      try {
        const one = Z3.mk_solver(context);
        Z3.solver_inc_ref(context, one);
        Z3.solver_from_string(context, one, text);
        // A text that it cannot read leaves a solver without assertions, which is satisfied by anything.
        if (Z3.ast_vector_size(context, Z3.solver_get_assertions(context, one)) === 0)
          throw new Error(`Z3 does not read ${text}`);
        const found: number = await Z3.solver_check(context, one);
        Z3.solver_dec_ref(context, one);
        return found === 1 ? "sat" : found === -1 ? "unsat" : "open";
      } finally {
        Z3.del_context(context);
      }
    },
    end: () => {
      PThread.terminateAllThreads();
    },
  };
}

/** What both answers together come to. */
function verdictOf(allowed: Answer, denied: Answer): Decision["verdict"] | undefined {
  if (allowed === "open" || denied === "open") return undefined;
  if (allowed === "sat") return denied === "sat" ? "mixed" : "all-allowed";
  return denied === "sat" ? "all-denied" : "empty";
}

/** Where an answer of Z3 contradicts what was decided. */
function difference(
  { asked, policies }: Question,
  decision: Decision,
  allowed: Answer,
  denied: Answer,
): string | undefined {
  const z3 = verdictOf(allowed, denied);
  const side = (name: "allowed" | "denied", answer: Answer): boolean =>
    answer === "unsat" && name in decision && decision[name as keyof Decision] !== undefined;
  const differs =
    decision.verdict === "unknown"
      ? // Only what is documented is drawn: nothing but the end of the steps is a reason not to know.
        side("allowed", allowed) || side("denied", denied) || decision.reasons.some(({ code }) => code !== "budget")
      : z3 !== undefined && z3 !== decision.verdict;
  if (!differs) return undefined;
  return `decided ${decision.verdict}, Z3 says ${z3 ?? "nothing"}: ${JSON.stringify({ ...asked, keys: [...asked.keys], policies })}`;
}

/** Two procedures that share no code: sets of texts as automata, and a solver of formulas that are made from the JSON of the policies. */
export const z3: Soak = {
  name: "z3",
  checks:
    "random questions over wide alphabets, and statements as organizations write them: what the decision procedure says of a set is what Z3 says of formulas that are made from the policies by themselves",
  minutes: 30,
  async run({ seed, timeIsUp, finding, say }) {
    const { ask, end } = await solver();
    const counted = { questions: 0, agreed: 0, "left open by Z3": 0, "decided unknown": 0, differences: 0 };
    const verdicts: Record<string, number> = {};
    try {
      for (let number = seed * 10_000_000; !timeIsUp(); number++) {
        const question = questionOf(new Random(number));
        const { allowed, denied } = formulas(question.asked, question.policies);
        const [a, d] = [await ask(allowed), await ask(denied)];
        const decision = decide(question.set, question.policies);
        counted.questions++;
        const text = difference(question, decision, a, d);
        if (text !== undefined) {
          counted.differences++;
          finding(`question ${number}: ${text}`);
        } else if (decision.verdict === "unknown") counted["decided unknown"]++;
        else if (verdictOf(a, d) === undefined) counted["left open by Z3"]++;
        else {
          counted.agreed++;
          verdicts[decision.verdict] = (verdicts[decision.verdict] ?? 0) + 1;
        }
        if (counted.questions % 500 === 0) say(`${counted.questions} questions`);
      }
    } finally {
      end();
    }
    return { ...counted, ...verdicts };
  },
};
