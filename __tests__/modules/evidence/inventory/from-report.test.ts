import { readInventoryFile } from "../../../../modules/evidence/inventory/results";
import { assess } from "../../../../modules/evidence/inventory/assess";
import { factsOfReport } from "../../../../modules/evidence/inventory/from-report";
import { inventoryContext } from "../../../../modules/evidence/inventory/context";
import { BaselineError } from "../../../../modules/kernel/errors";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keylessHere } from "../../../support/in-process";
import { exampleWith, ROOT as PROJECT } from "../../../support/environments";

const HEADING =
  "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
const NONE = "N/A,N/A,N/A,N/A";
const ROOT = `<root_account>,arn:aws:iam::444444444401:root,2020-01-01T00:00:00+00:00,not_supported,2026-03-01T00:00:00+00:00,not_supported,not_supported,true,false,${NONE},false,${NONE},false,N/A,false,N/A`;
const IMPORTER = `importer,arn:aws:iam::444444444401:user/batch/importer,2021-05-01T10:00:00+00:00,false,N/A,N/A,N/A,false,true,2021-05-01T10:01:00+00:00,2026-08-30T08:00:00+00:00,eu-central-1,s3,false,2024-01-01T00:00:00+00:00,N/A,N/A,N/A,true,2022-02-02T00:00:00+00:00,false,N/A`;
const JANE = `jane,arn:aws:iam::444444444401:user/jane,2022-05-01T10:00:00+00:00,true,2026-08-31T09:00:00+00:00,2022-05-01T10:00:00+00:00,N/A,false,false,${NONE},true,2026-01-05T00:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A`;
const CSV = [HEADING, ROOT, IMPORTER, JANE].join("\n");
const asJson = (generatedTime: unknown, content = Buffer.from(CSV).toString("base64")): string =>
  JSON.stringify({ Content: content, ReportFormat: "text/csv", GeneratedTime: generatedTime });

const NOW = new Date("2026-11-27T00:00:00Z");

function refusal(text: string): string {
  try {
    factsOfReport("r.csv", text, NOW);
  } catch (error) {
    if (error instanceof BaselineError) return error.problems.map(({ code, message }) => `${code}: ${message}`).join();
    throw error;
  }
  throw new Error("it was taken");
}

// Environments are proven here.
jest.setTimeout(60_000);

describe("one account from its credential report", () => {
  test("users, keys, passwords, certificates and root's, each once", () => {
    const facts = factsOfReport("r.csv", CSV, NOW);
    expect(facts).toMatchObject({
      accountId: "444444444401",
      status: "partial",
      reportOnly: true,
      collectedAt: "2026-08-31T09:00:00Z",
      root: { mfa: true, accessKeys: [], passwordLastUsedAt: "2026-03-01T00:00:00Z" },
    });
    expect(facts.users.map(({ name, path, mfa }) => [name, path, mfa])).toEqual([
      ["importer", "/batch/", false],
      ["jane", "/", false],
    ]);
    const [importer, jane] = facts.users;
    expect(importer!.accessKeys).toEqual([
      {
        id: "access-key-1",
        status: "Active",
        createdAt: "2021-05-01T10:01:00Z",
        lastUse: { at: "2026-08-30T08:00:00Z", service: "s3", region: "eu-central-1" },
      },
      { id: "access-key-2", status: "Inactive", createdAt: "2024-01-01T00:00:00Z" },
    ]);
    expect(importer!.certificates).toEqual([
      { id: "certificate-1", status: "Active", createdAt: "2022-02-02T00:00:00Z" },
    ]);
    expect(importer!.password).toBeUndefined();
    expect(jane!.password).toEqual({ createdAt: "2022-05-01T10:00:00Z", lastUsedAt: "2026-08-31T09:00:00Z" });
  });

  test("the CLI's answer says when it was made", () => {
    expect(factsOfReport("r.json", asJson("2026-09-02T01:02:03+02:00"), NOW).collectedAt).toBe("2026-09-01T23:02:03Z");
    // Seconds, as the first AWS CLI prints them.
    expect(factsOfReport("r.json", asJson(1788310923.5), NOW).collectedAt).toBe("2026-09-02T01:02:03Z");
    expect(factsOfReport("r.json", `\uFEFF${asJson("2026-09-02T00:00:00Z")}`, NOW).users).toHaveLength(2);
  });

  test("days count to the time of the report and not to now: nothing is unused for longer than it shows", () => {
    const { environment, state } = exampleWith();
    const context = inventoryContext(environment!, state!);
    const inventory = assess([factsOfReport("r.csv", CSV, NOW)], context, undefined, new Date("2027-12-01T00:00:00Z"));
    expect(inventory.reportsOnly).toBe(true);
    const verdicts = inventory.credentials.map(({ user, id, verdict, idleDays }) => [user, id, verdict.kind, idleDays]);
    expect(verdicts).toContainEqual(["importer", "access-key-1", "in-use", 1]);
    expect(verdicts).toContainEqual(["jane", "access-key-2", "never-used", 238]);
    expect(verdicts).toContainEqual(["jane", "password", "person", 0]);
    expect(inventory.accounts.filter(({ status }) => status === "not-read").length).toBe(context.accounts.length - 1);
  });

  test.each<readonly [string, string, RegExp]>([
    ["nothing", "", /it is empty/],
    ["another CSV", "a,b\n1,2", /no column user, arn/],
    ["a row that is cut off", `${HEADING}\njane,arn:aws:iam::4`, /row 2 has 2 columns/],
    ["a damaged time", CSV.replace("2026-08-30T08:00:00+00:00", "yesterday"), /no time in access_key_1_last_used_date/],
    ["rows of two accounts", `${CSV}\n${JANE.replace("444444444401", "444444444402")}`, /several accounts/],
    ["no account", CSV.replace(/::444444444401:/g, "::x:"), /names no account/],
    ["a user twice", `${CSV}\n${JANE}`, /two rows of jane/],
    ["no time", [HEADING, ROOT.replace(/20\d\d-[^,]*/g, "N/A")].join("\n"), /no time at all/],
    ["JSON that is none", "{", /JSON and is none/],
    ["JSON without a report", "{}", /no Content/],
    ["base64 that is none", asJson("2026-09-02T00:00:00Z", "%%%"), /no Content in base64/],
    ["JSON without a time", asJson(undefined), /no GeneratedTime/],
    ["JSON from a time to come", asJson("2099-01-01T00:00:00Z"), /still to come/],
    ["a CSV with a time to come", CSV.replace("2026-08-30T08:00:00", "2030-08-30T08:00:00"), /still to come/],
    ["JSON with a time that is none", asJson("soon"), /no GeneratedTime/],
    ["another report in base64", asJson("2026-09-02T00:00:00Z", Buffer.from("a,b").toString("base64")), /no column/],
  ])("%s is refused", (_, text, why) => {
    expect(refusal(text)).toMatch(/^INVENTORY-REPORT: r\.csv is no credential report/);
    expect(refusal(text)).toMatch(why);
  });
});

describe("keyless inventory --credential-report", () => {
  const folder = mkdtempSync(join(tmpdir(), "reports-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("prints without AWS, says what is not known, and retire refuses it", async () => {
    const report = file("shop.csv", CSV);
    const text = await keylessHere(PROJECT, ["inventory", "example", "--credential-report", report]);
    expect(text).toMatchObject({ status: 0, stderr: "" });
    expect(text.stdout).toContain("1 of 14 accounts read");
    expect(text.stdout).toContain("INVENTORY-REPORT-ONLY");
    expect(text.stdout).toContain("From credential reports alone");
    expect(text.stdout).not.toMatch(/--resume|keyless retire/);
    const json = await keylessHere(PROJECT, ["inventory", "example", "--json", "--credential-report", report]);
    const saved = file("inventory.json", json.stdout);
    expect(readInventoryFile(saved).reportsOnly).toBe(true);
    const retire = await keylessHere(PROJECT, ["retire", "example", "--inventory", saved]);
    expect(retire.status).toBe(2);
    expect(retire.stderr).toContain("made of credential reports");
  });

  test.each<readonly [string, () => readonly string[], RegExp]>([
    [
      "two of one account",
      () => ["--credential-report", file("a.csv", CSV), "--credential-report", file("b.csv", CSV)],
      /both of account/,
    ],
    [
      "an account that nobody knows",
      () => ["--credential-report", file("c.csv", CSV.replace(/444444444401/g, "999999999999"))],
      /not among the accounts/,
    ],
    [
      "one that is not asked for",
      () => ["--account", "shop-dev", "--credential-report", file("d.csv", CSV)],
      /not among the accounts/,
    ],
    ["a file that is not there", () => ["--credential-report", join(folder, "none.csv")], /no such file/],
    ["beside what asks AWS", () => ["--credential-report", file("e.csv", CSV), "--lookup-events"], /--lookup-events/],
  ])("%s is refused", async (_, args, why) => {
    const { status, stderr } = await keylessHere(PROJECT, ["inventory", "example", ...args()]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(why)]);
  });
});
