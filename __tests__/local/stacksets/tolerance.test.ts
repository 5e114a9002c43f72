import { byTolerance, preferencesOf, type Target } from "../../../local/stacksets/tolerance";

/** A region of accounts, of which some fail. */
function region(name: string, accounts: number): readonly Target[] {
  return Array.from({ length: accounts }, (_, index) => ({ accountId: String(index).padStart(12, "0"), region: name }));
}

async function run(
  preferences: Record<string, string>,
  targets: readonly Target[],
  fails: (target: Target) => boolean,
): Promise<{ readonly failed: boolean; readonly tried: number; readonly cancelled: number }> {
  let tried = 0;
  let cancelled = 0;
  const failed = await byTolerance(
    targets,
    preferencesOf({ OperationPreferences: preferences }),
    (target) => Promise.resolve((tried++, !fails(target))),
    () => cancelled++,
  );
  return { failed, tried, cancelled };
}

const first = (target: Target): boolean => target.accountId === "000000000000";
const firstTwo = (target: Target): boolean => target.accountId < "000000000002";
const SOFT = { ConcurrencyMode: "SOFT_FAILURE_TOLERANCE", MaxConcurrentPercentage: "100" };

// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
describe("tolerance of StackSet operations", () => {
  test("defaults: no failure is tolerated, one account at a time: what follows the first failure is cancelled", async () => {
    expect(await run({}, region("a", 10), first)).toEqual({ failed: true, tried: 1, cancelled: 9 });
  });

  test("failures within the tolerance: the operation has succeeded, and nothing tells of them", async () => {
    const preferences = { FailureTolerancePercentage: "10", MaxConcurrentPercentage: "100" };
    expect(await run(preferences, region("a", 23), firstTwo)).toEqual({ failed: false, tried: 23, cancelled: 0 });
  });

  test("a percentage is rounded down to accounts: 10 % of 19 is one", async () => {
    const preferences = { FailureTolerancePercentage: "10", MaxConcurrentPercentage: "100" };
    expect((await run(preferences, region("a", 19), firstTwo)).failed).toBe(true);
    expect((await run(preferences, region("a", 20), firstTwo)).failed).toBe(false);
  });

  test("strict mode works on at most tolerance + 1 accounts at a time, so that it stops early", async () => {
    const preferences = { FailureToleranceCount: "0", MaxConcurrentPercentage: "100" };
    expect(await run(preferences, region("a", 10), first)).toEqual({ failed: true, tried: 1, cancelled: 9 });
  });

  test("soft mode keeps the concurrency: every account is tried, and the operation fails", async () => {
    const preferences = { ...SOFT, FailureToleranceCount: "0" };
    expect(await run(preferences, region("a", 10), first)).toEqual({ failed: true, tried: 10, cancelled: 0 });
  });

  test("soft mode with a lower concurrency finishes what runs and cancels the rest", async () => {
    const preferences = { ConcurrencyMode: SOFT.ConcurrencyMode, MaxConcurrentCount: "4", FailureToleranceCount: "0" };
    expect(await run(preferences, region("a", 10), first)).toEqual({ failed: true, tried: 4, cancelled: 6 });
  });

  test("tolerance of all: every account is tried, and all failures are a success", async () => {
    expect(await run({ ...SOFT, FailureTolerancePercentage: "100" }, region("a", 10), () => true)).toEqual({
      failed: false,
      tried: 10,
      cancelled: 0,
    });
  });

  test("the tolerance counts by region; a failed region cancels those that follow, in the order that was asked for", async () => {
    const targets = [...region("a", 3), ...region("b", 3)];
    const failsInA = (target: Target): boolean => target.region === "a" && first(target);
    expect(await run({ ...SOFT }, targets, failsInA)).toEqual({ failed: true, tried: 3, cancelled: 3 });
    expect(
      await byTolerance(
        targets,
        preferencesOf({ OperationPreferences: { ...SOFT, RegionOrder: ["b", "a"] } }),
        (target) => Promise.resolve(!failsInA(target)),
        () => fail("nothing follows region a"),
      ),
    ).toBe(true);
    expect(await run({ ...SOFT, RegionConcurrencyType: "PARALLEL" }, targets, failsInA)).toMatchObject({ tried: 6 });
  });

  test("a count and a percentage together are refused", () => {
    expect(() =>
      preferencesOf({ OperationPreferences: { FailureToleranceCount: "1", FailureTolerancePercentage: "1" } }),
    ).toThrow(/not both/);
  });
});
