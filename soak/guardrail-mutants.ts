import { join } from "node:path";
import { readFileSync } from "node:fs";
import { forget } from "../modules/proofs/remembering";
import { GUARDRAILS } from "../modules/sections/guardrails/catalogue/guardrails";
import { Equivalent, equivalentTo } from "./guardrail-mutants/equivalent";
import { noticedBy, Site, sites } from "./guardrail-mutants/judge";
import { worlds } from "./guardrail-mutants/worlds";
import type { Soak } from "./soak";

/** Built or not, the repository is where `environments/` is. */
const ROOT = process.cwd();

/** What was proven of mutants is asked once: more of them than this are not remembered. */
const REMEMBERED = 50;

/** A proof notices every change of a guardrail, or the change is listed as one that changes nothing. */
export const guardrailMutants: Soak = {
  name: "guardrail-mutants",
  checks:
    "every guardrail with one statement, condition, action or resource taken away, narrowed, widened or left out in part: a proof over sets notices it, or the change is listed as equivalent",
  minutes: 120,
  run({ random, timeIsUp, finding, say }) {
    const listed = JSON.parse(
      readFileSync(join(ROOT, "soak/guardrail-mutants/equivalent.json"), "utf8"),
    ) as readonly Equivalent[];
    const all = shuffled([...sites(worlds(ROOT)).values()], random);
    const numbers = { mutants: 0, noticed: 0, equivalent: 0, survived: 0 };
    for (const one of all) {
      if (timeIsUp()) break;
      const { id } = one[0]!;
      numbers.mutants++;
      if (numbers.mutants % REMEMBERED === 0) forget();
      if (numbers.mutants % 100 === 0) say(`${numbers.mutants} of ${all.length}`);
      if (one.some((site: Site) => noticedBy(site) !== undefined)) {
        numbers.noticed++;
        if (equivalentTo(id, listed) !== undefined) finding(`${id} is noticed, and listed as equivalent`);
      } else if (equivalentTo(id, listed) !== undefined) numbers.equivalent++;
      else {
        numbers.survived++;
        finding(`no proof notices ${id}`);
      }
    }
    forget();
    return { guardrails: GUARDRAILS.length, "mutants in all": all.length, ...numbers };
  },
};

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const found = [...list];
  for (let i = found.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [found[i], found[other]] = [found[other]!, found[i]!];
  }
  return found;
}
