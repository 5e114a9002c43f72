import { BACKENDS, CHANGED, type Counts, interruptOnce, sandbox } from "../../soak/interruptions";
import { seededRandom } from "../../soak/soak";
import { ROOT } from "../support/environments";
import { describeReal } from "../support/real";

jest.setTimeout(1_800_000);

/** Of this seed: all five ways, a kill of Terraform on either backend's state, and calls in the middle of what the stacks make. */
const SEED = 239;
const SAMPLE = [
  ["guardrails", 16],
  [CHANGED, 3],
  ["break-glass", 30],
] as const;

/** A sample of `npm run soak -- --only interruptions`, the same six in every run. */
describeReal("six interrupted applies", () => {
  const random = seededRandom(SEED);

  // In this order: the draws of the second follow those of the first.
  test.each(BACKENDS)(
    "on %s: all converge, nothing is there twice, and no guardrail that stays was unattached",
    async (backend) => {
      const numbers: Counts = { interruptions: 0, ended_before: 0, converged: 0, looks_at_coverage: 0 };
      const findings: string[] = [];
      const known = new Map<string, ReadonlyMap<string, number>>();
      const place = await sandbox(ROOT, backend);
      try {
        const context = { random, finding: (text: string) => void findings.push(text), say: () => undefined };
        for (const stack of SAMPLE) await interruptOnce(place, stack, context, numbers, known);
      } finally {
        await place.stop();
      }
      expect(findings).toEqual([]);
      expect(numbers).toMatchObject({ interruptions: 3, ended_before: 0, converged: 3 });
      expect(numbers.looks_at_coverage).toBeGreaterThan(3);
    },
  );
});
