import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/environments";
import { keylessHere } from "../support/in-process";

/** What `keyless report` is given is looked at before a page is written. */

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "keyless-report-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const INVENTORY = {
  format: "keyless-inventory/1",
  environment: "example",
  organizationId: "o-exampleorg1",
  generatedAt: "2026-11-26T08:00:00Z",
  days: { maxUnusedDays: 90, inactiveDaysBeforeDelete: 30 },
  masked: false,
  accounts: [],
  credentials: [],
};
const VERIFIED = {
  environment: "example",
  organizationId: "o-exampleorg1",
  from: "2026-11-26T08:00:00Z",
  to: "2026-11-26T08:01:00Z",
  claims: [],
  calls: {},
};

test.each<[string, string, unknown, string]>([
  ["--inventory", "an account that is none", { ...INVENTORY, accounts: [null] }, "INVENTORY-FILE"],
  ["--inventory", "another organization", { ...INVENTORY, organizationId: "o-other00001" }, "REPORT-ENVIRONMENT"],
  ["--verify", "a claim that is none", { ...VERIFIED, claims: [null] }, "REPORT-VERIFY-FILE"],
  ["--verify", "a time that is none", { ...VERIFIED, to: "yesterday" }, "REPORT-VERIFY-FILE"],
  ["--verify", "another organization", { ...VERIFIED, organizationId: "o-other00001" }, "REPORT-ENVIRONMENT"],
  ["--verify", "a device without end", undefined, "INPUT-FILE"],
])("%s with %s is refused, and nothing is written", async (option, _, content, code) => {
  const file = content === undefined ? "/dev/zero" : join(folder, "given.json");
  if (content !== undefined) writeFileSync(file, JSON.stringify(content));
  const before = readdirSync(folder);
  const run = await keylessHere(ROOT, ["report", "example", "--output", join(folder, "x.html"), option, file]);
  expect([run.status, run.stdout]).toEqual([2, ""]);
  expect(run.stderr).toMatch(new RegExp(`^error ${code} `));
  expect(readdirSync(folder)).toEqual(before);
});
