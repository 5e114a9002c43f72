import { existsSync } from "node:fs";
import { join } from "node:path";
import { interruptAndRecover, Outcome, Way } from "../../../local/interruption";
import { Sandbox, sandbox } from "../../../soak/interruptions";
import { ROOT } from "../../support/environments";
import { describeReal } from "../../support/real";

jest.setTimeout(900_000);

/** Rows of docs/interrupted-apply.md, as a person would run them. Many more of them, at random: npm run soak -- --only interruptions. */
describeReal("an interrupted apply, recovered", () => {
  let place: Sandbox;
  afterEach(() => place.stop());

  const interrupted = async (backend: "local" | "s3", way: Way, call: number): Promise<Outcome> => {
    place = await sandbox(ROOT, backend);
    const outcome = await interruptAndRecover({
      cli: join(ROOT, "dist/cli/index.js"),
      project: place.project,
      environment: "example",
      stack: "guardrails",
      env: place.local.env,
      counter: place.counter,
      way,
      call,
    });
    expect(outcome.interrupted).toBe(true);
    return outcome;
  };
  const endsWell = ({ recovered, applied, planned }: Outcome): void => {
    expect([recovered.status, applied.status, planned.status]).toEqual([0, 0, 0]);
    expect(planned.output).toContain("0 stacks applied, 1 without changes");
    expect(existsSync(join(place.project, ".keyless/runs/example-guardrails.json"))).toBe(false);
  };

  test("killed on S3: the dead lock is broken, what is in AWS is taken in, and nothing is left", async () => {
    const outcome = await interrupted("s3", "kill-both", 6);
    expect(outcome.recovered.output).toMatch(
      /is locked by .*: its run is dead \(process \d+ of this machine\), so it was broken\n/,
    );
    expect(outcome.recovered.output).toContain("taken into the state");
    endsWell(outcome);
  });

  test("told to stop: what is marked as damaged is not made twice", async () => {
    endsWell(await interrupted("local", "SIGTERM", 8));
  });
});
