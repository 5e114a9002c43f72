import { z3 } from "../../soak/z3";

/** A hundred questions of the soak of that name: none is answered differently, and nearly all are answered by both. */
test("the decision procedure and Z3 say the same", async () => {
  let looks = 0;
  const findings: string[] = [];
  const numbers = await z3.run({
    seed: 4,
    random: () => 0,
    timeIsUp: () => looks++ >= 100,
    finding: (text) => findings.push(text),
    say: () => undefined,
  });
  expect(findings).toEqual([]);
  expect(numbers["questions"]).toBe(100);
  expect(numbers["decided unknown"]).toBe(0);
  // How many are left open depends on the machine.
  expect(numbers["agreed"]! + numbers["left open by Z3"]!).toBe(100);
  expect(numbers["agreed"]).toBeGreaterThan(50);
}, 240_000);
