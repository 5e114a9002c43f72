import { judge } from "../../bench/targets";

const synth = (accounts: number, milliseconds: readonly number[], peakMegabytes: number) => ({
  accounts,
  milliseconds,
  peakMegabytes,
  stacks: 1,
  outputMegabytes: 1,
});
const plan = (accounts: number, breakGlass: number, guardrails: number) => ({
  accounts,
  calls: { "bench-break-glass": breakGlass, "bench-guardrails": guardrails, "bench-credential-hygiene": accounts },
});

test("the median and the peak of 10,000 accounts count", () => {
  expect(judge([synth(1000, [90_000], 5000), synth(10_000, [4000, 9000, 30_000], 800)], [])).toEqual([
    { met: true, text: "synth of 10,000 accounts: 9.0 s (under 10 s), 800 MB (under 1000 MB)" },
  ]);
  expect(judge([synth(10_000, [10_000], 800)], [])[0]?.met).toBe(false);
  expect(judge([synth(10_000, [9000], 1000)], [])[0]?.met).toBe(false);
});

test("plans of guardrails cost the same at every size, those of break glass a call more for each hundred accounts; others may grow", () => {
  expect(judge([], [plan(10, 44, 7), plan(1000, 53, 7)])).toEqual([
    {
      met: true,
      text: "API calls of an empty plan of break-glass: 44 at 10 accounts, 53 at 1000 accounts (at most 1 more for each 100 accounts)",
    },
    { met: true, text: "API calls of an empty plan of guardrails: 7 at 10 accounts, 7 at 1000 accounts (constant)" },
  ]);
  const met = (...plans: Parameters<typeof judge>[1]): readonly boolean[] =>
    judge([], plans).map((target) => target.met);
  expect(met(plan(10, 44, 7), plan(1000, 54, 8))).toEqual([false, false]);
  expect(met(plan(10, 44, 7), plan(100, 44, 7), plan(101, 45, 7), plan(10_000, 143, 7))).toEqual([true, true]);
  expect(met(plan(10, 44, 7), plan(100, 45, 7))).toEqual([false, true]);
  expect(met(plan(10, 44, 7), plan(10_000, 144, 7))).toEqual([false, true]);
  expect(met({ accounts: 10, calls: {} }, { accounts: 20, calls: {} })).toEqual([false, false]);
  expect(met(plan(10, 44, 7), { accounts: 20, calls: {} })).toEqual([false, false]);
});

test("every mix and format of the review counts, with its median and its peak", () => {
  const review = (mix: string, milliseconds: readonly number[], peakMegabytes: number) => ({
    mix,
    format: "markdown",
    changes: 10_000,
    plans: 1,
    planMegabytes: 12,
    milliseconds,
    cpuMilliseconds: 1,
    peakMegabytes,
  });
  expect(
    judge(
      [],
      [],
      [
        review("roles", [3000, 4000, 9000], 400),
        review("mixed", [4000, 5000, 6000], 400),
        review("guardrails", [1000], 500),
      ],
    ),
  ).toEqual([
    { met: true, text: "review of 10,000 changes (roles, markdown): 4.0 s (under 5 s), 400 MB (under 500 MB)" },
    { met: false, text: "review of 10,000 changes (mixed, markdown): 5.0 s (under 5 s), 400 MB (under 500 MB)" },
    { met: false, text: "review of 10,000 changes (guardrails, markdown): 1.0 s (under 5 s), 500 MB (under 500 MB)" },
  ]);
});

test("what was not measured is not judged", () => expect(judge([synth(10, [1], 1)], [plan(10, 1, 1)])).toEqual([]));
