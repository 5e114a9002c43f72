import { Random } from "./random";
import type { Soak } from "./soak";
import { check, worldOf } from "./worlds";

/** What is decided of a set is what asking every request of it says, in worlds small enough to ask them all. */
export const smallWorlds: Soak = {
  name: "small-worlds",
  checks:
    "random policies over tiny alphabets: what the decision procedure says of a set is what the evaluator says of every request of it",
  minutes: 30,
  run({ seed, timeIsUp, finding, say }) {
    const verdicts: Record<string, number> = {};
    let worlds = 0;
    let requests = 0;
    let missed = 0;
    // No two seeds share a world.
    for (let world = seed * 10_000_000; !timeIsUp(); world++, worlds++) {
      const outcome = check(worldOf(new Random(world)));
      requests += outcome.requests;
      verdicts[outcome.decision.verdict] = (verdicts[outcome.decision.verdict] ?? 0) + 1;
      if (outcome.missed !== undefined) missed++;
      if (outcome.fault !== undefined) finding(`world ${world}: ${outcome.fault}`);
      if (worlds % 5000 === 4999) say(`${worlds + 1} worlds`);
    }
    return { worlds, requests, ...verdicts, "unknown that asking settles": missed };
  },
};
