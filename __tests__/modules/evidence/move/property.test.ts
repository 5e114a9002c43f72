import fc from "fast-check";
import { identities, LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { defined } from "../../../../modules/kernel/optional";
import { moveStatus } from "../../../../modules/evidence/move/state";
import { CALLS, day, evidenceOf, keyEvents, TEN } from "./world";

/**
 * Random histories of one key and its role: whoever may deactivate the key has seen the role do all of the key's work after the key's last use, and every
 * day of the wanted silence in the logs. The oracle reads the history, not the events.
 */

const LAST = 40;
const SILENT = 14;

const anyDay = fc.integer({ min: 0, max: LAST - 1 });
const often = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** Most parts are as they are to be, most of the time: else nobody would ever get to the end. */
const history = fc.record({
  consumer: fc.constantFrom(...TEN.filter(({ keys }) => keys.length === 1)),
  keyDays: fc.uniqueArray(
    fc.oneof(
      { weight: 15, arbitrary: fc.integer({ min: 0, max: LAST - SILENT - 1 }) },
      { weight: 1, arbitrary: anyDay },
    ),
    { maxLength: 8 },
  ),
  /** Days with calls of the role, and which of the two. */
  roleDays: fc.array(fc.tuple(anyDay, often([...CALLS], fc.subarray([...CALLS]))), { maxLength: 12 }),
  refused: often(false, fc.boolean()),
  lostDays: often<number[]>([], fc.uniqueArray(anyDay, { maxLength: 2 })),
  lostRegion: often<string | undefined>(undefined, fc.constant("us-east-1")),
  /** Uses that IAM alone knows of. */
  iamOnly: often<number | undefined>(undefined, anyDay),
  looked: fc.integer({ min: 0, max: 9 }),
  off: often(false, fc.boolean()),
  stolen: often(false, fc.boolean()),
  strangers: fc.boolean(),
});

test("nobody's key is taken before its role was seen in use", () => {
  let taken = 0;
  fc.assert(
    fc.property(history, (one) => {
      const { consumer, keyDays, roleDays, lostDays } = one;
      const { move } = consumer;
      const account = move.accountId;
      const [key = ""] = consumer.keys;
      const role = roleDays.flatMap(([n, calls]) => (calls.length === 0 ? [] : consumer.role(day(n, 13), calls)));
      const events: readonly LogEvent[] = [
        ...Array.from({ length: LAST }, (_, n) => n).flatMap((n) =>
          ["us-east-1", "eu-central-1"].map((region) =>
            logEvent({
              call: "logs:CreateLogStream",
              time: day(n, 1),
              account,
              region,
              identity: identities.role(account, "x"),
            }),
          ),
        ),
        ...keyDays.flatMap((n) => keyEvents(consumer, key, day(n), one.stolen ? "TruffleHog" : "old-job/1")),
        ...role.map((event) => (one.refused ? { ...event, errorCode: "AccessDenied" } : event)),
        // Somebody else's role, which does the same.
        ...(one.strangers
          ? CALLS.map((call) =>
              logEvent({
                call,
                time: day(39),
                account,
                identity: identities.role(account, "other", "i-0123456789abcdef0"),
              }),
            )
          : []),
      ].filter(
        (event) =>
          !lostDays.some((n) => String(event.eventTime).startsWith(day(n).slice(0, 10))) &&
          event.awsRegion !== one.lostRegion,
      );
      const at = day(LAST, 0);
      const uses = [...keyDays, ...(one.iamOnly === undefined ? [] : [one.iamOnly])];
      const usedOn = uses.length === 0 ? undefined : Math.max(...uses);
      const seen = evidenceOf(consumer, {
        at,
        events,
        iam: {
          keys: { [key]: { ...defined({ usedOn }), ...(one.off ? { off: true as const } : {}) } },
        },
      });
      const inventory = {
        ...seen.inventory!,
        credentials: seen.inventory!.credentials.map((each) => ({ ...each, collectedAt: day(LAST - one.looked, 0) })),
      };
      const { mayDeactivate, done } = moveStatus(move, { ...seen, inventory }, "example");
      if (!mayDeactivate && !done) return;
      const visible = one.refused ? [] : roleDays.filter(([n]) => !lostDays.includes(n));
      const worked = new Set(visible.flatMap(([, calls]) => calls));
      expect([...worked].sort()).toEqual([...CALLS].sort());
      expect(one.stolen && keyDays.some((n) => !lostDays.includes(n))).toBe(false);
      if (!mayDeactivate) {
        expect(one.off).toBe(true);
        return;
      }
      taken++;
      expect(one.off).toBe(false);
      // Noon of the day of the last use, two weeks before midnight.
      if (usedOn !== undefined) {
        expect(LAST - usedOn).toBeGreaterThan(SILENT);
        for (const call of CALLS)
          expect(
            Math.max(...visible.filter(([, calls]) => calls.includes(call)).map(([n]) => n)),
          ).toBeGreaterThanOrEqual(usedOn);
      }
      // Quiet for longer than ever before.
      const used = [...keyDays].sort((a, b) => a - b);
      if (lostDays.length === 0)
        used.forEach((n, i) => {
          if (i > 0) expect(LAST - 1 - usedOn!).toBeGreaterThan(n - used[i - 1]!);
        });
      expect([one.lostRegion, lostDays.filter((n) => n >= LAST - SILENT)]).toEqual([undefined, []]);
      expect(one.looked).toBeLessThanOrEqual(7);
    }),
    { numRuns: 200, seed: 20261127 },
  );
  // It says nothing where nobody ever may.
  expect(taken).toBeGreaterThan(20);
});
