import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keysInTheWay } from "../../../../modules/evidence/impact/moved";
import { assess } from "../../../../modules/evidence/inventory/assess";
import { quietMoves, readMovesFile } from "../../../../modules/evidence/move/moves-file";
import { execute } from "../../../../modules/evidence/retire/execute";
import { histories, keyOf, sightings } from "../../../../modules/evidence/retire/history";
import { MovedKey, retirePlan } from "../../../../modules/evidence/retire/plan";
import { BaselineError } from "../../../../modules/kernel/errors";
import { FRESH_DAYS } from "../../../../modules/kernel/freshness";
import { writeNew } from "../../../../modules/kernel/write-file";
import { account, ago, CONTEXT, key, MEMBER, NOW, user } from "../inventory/fixture";

/** What `retire` and `ready` make of moves. */

const folder = mkdtempSync(join(tmpdir(), "keyless-moves-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEYS = ["AKIAMOVEDAAAAAAAAAAA", "AKIAINUSEAAAAAAAAAAA", "AKIANOMOVEAAAAAAAAAA"] as const;
const move = (keyId: string, state: string, more: object = {}) => ({
  name: keyId.toLowerCase(),
  accountId: MEMBER,
  user: "app",
  keyIds: [keyId],
  state,
  done: state === "key-silent",
  mayDeactivate: state === "key-silent",
  silentDays: 14,
  ...more,
});
const file = (moves: readonly object[], more: object = {}): string => {
  const path = join(folder, "moves.json");
  const value = {
    format: "keyless-moves/1",
    environment: "test",
    organizationId: "o-exampleorg1",
    at: ago(0),
    moves,
    ...more,
  };
  writeFileSync(path, JSON.stringify(value));
  return path;
};
const read = (path: string) => readMovesFile(path, "test", "o-exampleorg1");
const planOf = (days: number, moves?: ReadonlyMap<string, MovedKey>, off = false) => {
  const users = [
    user(
      "app",
      KEYS.map((id) => key(id, 900, days, off ? { status: "Inactive" } : {})),
    ),
  ];
  const inventory = assess([account(users)], CONTEXT, undefined, NOW);
  const past = sightings(inventory).map((entry) => ({ ...entry, at: ago(off ? 31 : 0) }));
  const known = histories(past);
  return retirePlan({
    inventory,
    histories: known,
    remembered: known,
    protection: CONTEXT.protection,
    days: CONTEXT.days,
    now: NOW,
    ...(moves ? { moves } : {}),
  });
};
const ids = (plan: ReturnType<typeof planOf>): readonly string[] => plan.steps.map(({ keyId }) => keyId);

test("retire takes a key early only where its move is quiet by evidence", () => {
  const moves = quietMoves(read(file([move(KEYS[0], "key-silent"), move(KEYS[1], "role-in-use")])));
  expect(ids(planOf(20))).toEqual([]);
  expect(ids(planOf(20, moves))).toEqual([KEYS[0]]);
  expect(planOf(20, moves).left.find(({ keyId }) => keyId === KEYS[1])?.why).toBe(
    "used or made 20 days ago; its move akiainuseaaaaaaaaaaa is at role-in-use",
  );
  // Not earlier than the move's own days, and the rule for unused keys is as it was.
  expect(ids(planOf(13, moves))).toEqual([]);
  expect(ids(planOf(50, moves))).toEqual([...KEYS].sort());
});

test("retire takes no key early that is active though its move saw it off", () => {
  const off = (seenAt: string | undefined) =>
    planOf(
      20,
      quietMoves(
        read(
          file([move(KEYS[0], "key-inactive", { done: true, keys: [{ id: KEYS[0], status: "Inactive", seenAt }] })]),
        ),
      ),
    );
  const left = (seenAt: string | undefined) => off(seenAt).left.find(({ keyId }) => keyId === KEYS[0]);
  const today = ago(0).slice(0, 10);
  expect([ids(off(ago(2))), left(ago(2))]).toEqual([
    [],
    expect.objectContaining({
      reason: "activated-again",
      why: `its move akiamovedaaaaaaaaaaa saw it inactive on ${ago(2).slice(0, 10)}, and the inventory saw it active on ${today}: somebody has activated it. Ask its owner`,
    }),
  ]);
  // The inventory of the fixture is of now: a later look is one of the next minutes.
  const later = "2026-11-24T12:05:00Z";
  expect([ids(off(later)), left(later)]).toEqual([
    [],
    expect.objectContaining({
      reason: "unknown",
      why: `its move akiamovedaaaaaaaaaaa saw it inactive on ${today}, after the inventory of ${today} saw it active: make a new inventory`,
    }),
  ]);
  expect([ids(off(undefined)), left(undefined)?.reason]).toEqual([[], "activated-again"]);
});

test("the days of a move count for the deletion as well, and for the look before the step", async () => {
  const quiet = quietMoves(read(file([move(KEYS[0], "key-inactive", { done: true })])));
  expect(planOf(40, quiet, true).steps.map(({ keyId, action }) => [keyId, action])).toEqual([[KEYS[0], "delete"]]);
  const [step] = planOf(20, quietMoves(read(file([move(KEYS[0], "key-silent")])))).steps;
  const look = (daysAgo: number) => ({
    status: "Active" as const,
    createdAt: ago(900),
    lastUse: { at: ago(daysAgo) },
  });
  const done = async (daysAgo: number) => {
    const outcomes = await execute({
      steps: [step!],
      days: CONTEXT.days,
      reactivatedAt: () => undefined,
      write: () => undefined,
      now: () => NOW,
      api: {
        look: () => Promise.resolve(look(daysAgo)),
        setStatus: () => Promise.resolve(),
        delete: () => Promise.resolve(),
        isQuarantined: () => Promise.resolve(false),
      },
    });
    return outcomes[0]?.result;
  };
  expect([await done(20), await done(3)]).toEqual(["done", "left"]);
});

test("a file that is none, of another organization, or that contradicts itself, is refused", () => {
  const code = (path: string): string => {
    try {
      read(path);
      return "read";
    } catch (error) {
      return error instanceof BaselineError ? error.problems[0]!.code : String(error);
    }
  };
  expect(code(file([]))).toBe("read");
  expect(code(join(folder, "none.json"))).toBe("MOVES-FILE");
  expect(code(file([], { organizationId: "o-other" }))).toBe("MOVES-FILE");
  expect(code(file([], { environment: "other" }))).toBe("MOVES-FILE");
  expect(code(file([move(KEYS[0], "moved")]))).toBe("MOVES-FILE");
  expect(code(file([move(KEYS[0], "role-in-use", { mayDeactivate: true })]))).toBe("MOVES-FILE");
  for (const state of ["planned", "role-exists", "role-in-use", "stolen"])
    expect(code(file([move(KEYS[0], state, { done: true })]))).toBe("MOVES-FILE");
  for (const state of ["excepted", "key-inactive", "key-deleted", "user-deleted"])
    expect(read(file([move(KEYS[0], state, { done: true })])).moves).toHaveLength(1);
  expect(code(file([move(KEYS[0], "key-silent", { silentDays: 0 })]))).toBe("MOVES-FILE");
  expect(
    quietMoves(read(file([move(KEYS[0], "stolen")]))).get(keyOf({ accountId: MEMBER, keyId: KEYS[0] }))?.isQuiet,
  ).toBe(false);
});

test("ready names the keys that are neither moved nor excepted", () => {
  const inUse = KEYS.map((id) => ({
    kind: "access-key",
    id,
    accountId: MEMBER,
    accountName: "shop",
    user: "app",
    status: "Active",
    verdict: { kind: "ci", reason: "by CI" },
  }));
  const names = (moves: readonly ReturnType<typeof move>[] | undefined, at = ago(0)) =>
    keysInTheWay(inUse, "keys", moves && { at, moves }, ago(0)).map((one) => [one.code, one.names.length]);
  expect(names(undefined)).toEqual([["CREDENTIAL-IN-USE", 3]]);
  const [found] = keysInTheWay(
    inUse,
    "keys",
    { at: ago(0), moves: [move(KEYS[0], "key-silent"), move(KEYS[1], "role-in-use")] },
    ago(0),
  );
  expect(found!.names).toEqual([
    expect.stringMatching(/^AKIAINUSE.*its move .* is at role-in-use$/),
    expect.stringMatching(/^AKIANOMOVE.*it has no move$/),
  ]);
  // A stolen key, an exception for something else, evidence of last month: none of them counts.
  expect(names([move(KEYS[0], "stolen", { done: true })])).toEqual([["CREDENTIAL-IN-USE", 3]]);
  expect(names([move(KEYS[0], "excepted", { done: true })])).toEqual([["CREDENTIAL-IN-USE", 3]]);
  expect(names([move(KEYS[0], "key-silent")], ago(30))).toEqual([
    ["MOVES-OLD", 0],
    ["CREDENTIAL-IN-USE", 3],
  ]);
  expect(names(KEYS.map((id) => move(id, "key-silent")))).toEqual([]);
});

describe("ready: of an inventory and moves the fresher look counts, and its day is said", () => {
  const credential = (status: string, more: object = {}) => ({
    kind: "access-key",
    id: KEYS[0],
    accountId: MEMBER,
    accountName: "shop",
    user: "app",
    status,
    verdict: { kind: status === "Active" ? "ci" : "inactive", reason: "by CI" },
    ...more,
  });
  const names = (
    there: readonly ReturnType<typeof credential>[],
    moved: ReturnType<typeof move>,
    readAt: string | undefined = ago(3),
  ): readonly string[] =>
    keysInTheWay(
      there.filter(({ status }) => status === "Active"),
      "keys",
      { at: ago(1), moves: [moved] },
      ago(0),
      { credentials: there, accounts: [{ id: MEMBER, name: "shop", collectedAt: readAt }] },
    ).flatMap((one) => one.names);
  const of = (status: string, daysAgo: number) => ({ keys: [{ id: KEYS[0], status, seenAt: ago(daysAgo) }] });

  test("a key that was off, and is active again", () => {
    for (const state of ["key-inactive", "key-deleted", "user-deleted"]) {
      const off = (daysAgo: number) => move(KEYS[0], state, { done: true, ...of("Inactive", daysAgo) });
      const fresh = names([credential("Active", { collectedAt: ago(2) })], off(5));
      expect(fresh).toEqual([
        expect.stringContaining(
          `; its move ${KEYS[0].toLowerCase()} of ${ago(1).slice(0, 10)} is at ${state} by a look of ${ago(5).slice(0, 10)}, and the inventory saw it active on ${ago(2).slice(0, 10)}`,
        ),
      ]);
      // Switched off since the inventory was made.
      expect(names([credential("Active", { collectedAt: ago(3) })], off(2))).toEqual([]);
      // An older file does not say of when its look is.
      expect(names([credential("Active", { collectedAt: ago(3) })], move(KEYS[0], state, { done: true }))).toHaveLength(
        1,
      );
      expect(names([credential("Active")], off(2))).toHaveLength(1);
    }
  });

  test("a quiet key that was used since", () => {
    const quiet = move(KEYS[0], "key-silent", of("Active", 1));
    expect(names([credential("Active", { collectedAt: ago(0), lastUsedAt: ago(0) })], quiet)).toEqual([
      expect.stringContaining(`was used on ${ago(0).slice(0, 10)}, less than 14 days ago`),
    ]);
    expect(names([credential("Active", { collectedAt: ago(0), lastUsedAt: ago(15) })], quiet)).toEqual([]);
  });

  test("a key that was off for the inventory, and that the move has seen active since", () => {
    const works = (daysAgo: number) => move(KEYS[0], "role-in-use", of("Active", daysAgo));
    expect(names([credential("Inactive", { collectedAt: ago(3) })], works(1))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${KEYS[0]} of app in shop: .*active on ${ago(1).slice(0, 10)}.*the inventory of ${ago(3).slice(0, 10)}`,
        ),
      ),
    ]);
    expect(names([credential("Inactive", { collectedAt: ago(1) })], works(3))).toEqual([]);
    // Made since the inventory.
    expect(names([], works(1), ago(3))).toEqual([expect.stringContaining("does not have it")]);
    expect(names([], works(3), ago(1))).toEqual([]);
    // Moved and quiet: it is missed by nobody.
    expect(names([], move(KEYS[0], "key-silent", of("Active", 1)), ago(3))).toEqual([]);
  });
});

test("a new file is whole or not there, and never in the place of another", () => {
  const path = join(folder, "new.yaml");
  let left = 2;
  const full = {
    write: (handle: number, bytes: Uint8Array) => writeSync(handle, bytes, 0, Math.min(1, left--)),
    sync: () => undefined,
  };
  expect(() => writeNew(path, "version: 1\n", full)).toThrow(BaselineError);
  expect(existsSync(path)).toBe(false);
  writeNew(path, "version: 1\n");
  expect(() => writeNew(path, "other")).toThrow("something has this name already");
  expect(readFileSync(path, "utf8")).toBe("version: 1\n");
});

test("what is too old is the same for moves, looks and answers, and each says how old it may be", () => {
  const inUse = [
    {
      kind: "access-key",
      id: KEYS[0],
      accountId: MEMBER,
      accountName: "shop",
      user: "app",
      status: "Active",
      verdict: { kind: "ci", reason: "by CI" },
    },
  ];
  const codes = (daysAgo: number) =>
    keysInTheWay(inUse, "keys", { at: ago(daysAgo), moves: [move(KEYS[0], "key-silent")] }, ago(0));
  expect(codes(FRESH_DAYS)).toEqual([]);
  expect(codes(FRESH_DAYS + 1)[0]).toMatchObject({
    code: "MOVES-OLD",
    message: `The moves are ${FRESH_DAYS + 1} days old: ${FRESH_DAYS} days are the most.`,
  });
});
