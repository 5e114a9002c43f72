import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assess } from "../../modules/evidence/inventory/assess";
import { inventoryContext } from "../../modules/evidence/inventory/context";
import { addEvidence, resultsFile, startResults } from "../../modules/evidence/inventory/results";
import type { Inventory } from "../../modules/evidence/inventory/types";
import { journalFile, JournalWriter } from "../../modules/evidence/retire/journal";
import { targetState } from "../../modules/proofs/environment";
import { loadEnvironment } from "../../modules/sections/load";
import { account, ago, key, user } from "../modules/evidence/inventory/fixture";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

/** What `keyless retire` plans, by everything that is known. Nothing here asks AWS. */

const { root, remove } = temporaryProject();
afterAll(remove);
const environment = loadEnvironment(root, "example");
const context = inventoryContext(environment, targetState(environment));
const now = new Date();
const MEMBERS = context.accounts.map(({ id }) => id).filter((id) => id !== context.managementAccountId);
const MEMBER = MEMBERS[0]!;
const heading = {
  format: "keyless-inventory-results/1",
  environment: "example",
  organizationId: context.organizationId,
  startedAt: ago(0, now),
} as const;

/** An inventory in which IAM shows these keys, by days since they were last used. */
function inventory(days: Readonly<Record<string, number>>): Inventory {
  const keys = Object.entries(days).map(([id, n]) => key(id, 900, undefined, { lastUse: { at: ago(n, now) } }));
  return assess(
    [account([user("a", keys, {}, MEMBER)], MEMBER, { collectedAt: ago(0, now) })],
    context,
    undefined,
    now,
  );
}
function written(name: string, value: unknown): string {
  writeFileSync(join(root, name), JSON.stringify(value));
  return join(root, name);
}
async function retire(...args: readonly string[]) {
  const { stdout, status } = await keylessHere(root, ["retire", "example", "--json", ...args]);
  expect(status).toBe(0);
  const plan = JSON.parse(stdout) as Record<
    "steps" | "later" | "left",
    readonly { keyId: string; accountId: string }[]
  >;
  const ids = (list: "steps" | "later" | "left"): readonly string[] => plan[list].map(({ keyId }) => keyId);
  return { plan, steps: ids("steps"), later: ids("later"), left: ids("left") };
}

test("a key that the last run saw active again is left, also where the inventory that is given is older", async () => {
  const facts = (status: "Active" | "Inactive", days: number) =>
    account([user("a", [key("KEY", 900, 300, { status })], {}, MEMBER)], MEMBER, { collectedAt: ago(days, now) });
  const older = written("older.json", assess([facts("Inactive", 40)], context, undefined, now));
  const journal = join(root, "journal.jsonl");
  const writer = new JournalWriter(journal);
  writer.write({ at: ago(95, now), event: "deactivated", accountId: MEMBER, user: "a", keyId: "KEY" });
  writer.close();
  const asked = (): ReturnType<typeof retire> => retire("--inventory", older, "--journal", journal);
  expect(await asked()).toMatchObject({ steps: ["KEY"] });
  startResults(resultsFile(root, "example"), heading, [facts("Active", 5)]);
  expect(await asked()).toMatchObject({ steps: [], left: ["KEY"], plan: { left: [{ reason: "activated-again" }] } });
  rmSync(resultsFile(root, "example"));
});

test("a use counts whichever run has seen it: the inventory, an earlier one, the last run or CloudTrail", async () => {
  const file = written("now.json", inventory({ K1: 300, K2: 300, K3: 300, K4: 300, K5: 3 }));
  expect(await retire("--inventory", file)).toMatchObject({ steps: ["K1", "K2", "K3", "K4"], left: ["K5"] });
  const earlier = written("earlier.json", inventory({ K1: 5, K5: 400 }));
  const masked = written("masked.json", { ...inventory({ K4: 5 }), masked: true });
  const results = resultsFile(root, "example");
  startResults(results, heading, [
    account([user("a", [key("K2", 900, undefined, { lastUse: { at: ago(6, now) } })], {}, MEMBER)], MEMBER),
  ]);
  const usage = { events: 1, sourceAddresses: [], userAgents: [], services: [], lastEvents: [] };
  const seen = { ...usage, accessKeyId: "K3", firstAt: ago(7, now), lastAt: ago(7, now) };
  addEvidence(results, { askedAt: ago(1, now), usage: new Map([["K3", seen]]) });
  expect(await retire("--inventory", file, "--history", earlier, "--history", masked)).toMatchObject({
    steps: ["K4"],
    left: ["K1", "K2", "K3", "K5"],
  });
  // Results of another organization, or damaged ones, are no reason to know less.
  startResults(results, { ...heading, organizationId: "o-another" });
  const refused = await keylessHere(root, ["retire", "example", "--inventory", file]);
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("o-another")]);
  startResults(results, heading);
});

test("what the brakes or a limit leave for the next run is in the JSON, too", async () => {
  const file = written(
    "many.json",
    inventory(Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`M${n}`, 300]))),
  );
  const braked = await retire("--inventory", file);
  expect([braked.steps.length, braked.later.length]).toEqual([10, 2]);
  const limited = await retire("--inventory", file, "--limit", "1");
  expect([limited.steps.length, limited.later.length]).toEqual([1, 11]);
});

test("undo has the same brakes", async () => {
  const journal = new JournalWriter(journalFile(root, "example"));
  for (const accountId of MEMBERS.slice(0, 7))
    for (let n = 0; n < 12; n++)
      for (const event of ["deactivating", "deactivated"] as const)
        journal.write({ at: ago(2, now), event, accountId, user: "a", keyId: `U${accountId}${n}` });
  journal.close();
  const undo = await retire("--undo");
  const most = Math.min(MEMBERS.length, 7);
  expect([undo.steps.length, undo.steps.length + undo.later.length]).toEqual([Math.min(50, most * 10), most * 12]);
  for (const id of MEMBERS) expect(undo.plan.steps.filter(({ accountId }) => accountId === id).length).toBeLessThan(11);
  expect((await retire("--undo", "--limit", "60")).steps).toHaveLength(60);
});
