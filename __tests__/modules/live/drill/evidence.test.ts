import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mailTry } from "../../../../modules/live/drill/alarms";
import { compareAccounts } from "../../../../modules/live/drill/accounts";
import { drillProblems } from "../../../../modules/live/drill/history";
import { drillVerdict } from "../../../../modules/live/drill/report";
import { judgedOnTrust } from "../../../../modules/live/drill/trust";
import type { DrillRecord } from "../../../../modules/live/drill/types";
import { Documents } from "../../../../modules/live/verify/documents";
import type { PolicyStatement } from "../../../../modules/policy/types";
import { exampleState } from "../../../support/environments";
import { temporaryProject } from "../../../support/project";

const { identity, role } = exampleState().breakGlass;
const HOME = identity.homeAccountId;

describe("who else gets in, by the trust policy as read", () => {
  const outcomes = (...more: PolicyStatement[]): readonly string[] =>
    judgedOnTrust(
      identity,
      identity.userNames[0]!,
      HOME,
      { ...role.trust, Statement: [...role.trust.Statement, ...more] },
      "2026-11-26T21:00:00Z",
      { trust: role.trust, documents: new Documents() },
    ).map((one) => `${one.outcome}: ${one.question}`);
  const ANYBODY = "anybody whom the planned trust policy does not let in";

  test("the planned policy lets in nobody of those asked", () => {
    expect(outcomes().filter((one) => !one.startsWith("passed"))).toEqual([]);
    expect(outcomes()).toContain(`passed: ${ANYBODY}`);
  });

  test.each<[string, PolicyStatement]>([
    [
      "another account",
      { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: "sts:AssumeRole" },
    ],
    [
      "a role of the same account",
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${HOME}:role/Developer` }, Action: "sts:AssumeRole" },
    ],
    [
      "an OIDC provider",
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${HOME}:oidc-provider/token.actions.githubusercontent.com` },
        Action: "sts:AssumeRoleWithWebIdentity",
      },
    ],
    ["a service", { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    ["one more action for everybody", { Effect: "Allow", Principal: "*", Action: "sts:AssumeRoleWithSAML" }],
  ])("%s that nobody has asked for by name is a failure", (_, statement) => {
    expect(outcomes(statement)).toContain(`failed: ${ANYBODY}`);
  });

  test("the verdict claims it of those that were asked, and of no others", () => {
    const passed = { outcome: "passed" } as never;
    const record = {
      user: { name: "alice" },
      role: role.name,
      accounts: [passed],
      refusals: [passed],
      alarms: [passed],
    };
    expect(drillVerdict({ ...record, outcome: "passed" } as unknown as DrillRecord)).toContain(
      "nobody else of those asked did",
    );
  });
});

describe("which accounts there are", () => {
  const [A, B] = ["444444444401", "444444444402"];
  const account = (Id: string, State?: string) => ({ Id, Name: `name of ${Id}`, ...(State ? { State } : {}) }) as never;

  test.each([
    ["the same", [account(A, "ACTIVE"), account(B, "ACTIVE")], "passed"],
    [
      "one more, which is closed",
      [account(A, "ACTIVE"), account(B, "ACTIVE"), account("444444444403", "SUSPENDED")],
      "passed",
    ],
    ["one more", [account(A, "ACTIVE"), account(B, "ACTIVE"), account("444444444403", "ACTIVE")], "failed"],
    ["one less", [account(A, "ACTIVE")], "unknown"],
    ["one without a state", [account(A, "ACTIVE"), account(B)], "unknown"],
    ["none", [], "unknown"],
  ])("AWS lists %s: %s", (_, found, outcome) => {
    const compared = compareAccounts("prod", found as never, [A, B]);
    expect(compared.outcome).toBe(outcome);
    expect(compared.details.length > 0).toBe(outcome !== "passed");
  });

  const record = (accountList?: object): DrillRecord =>
    ({
      user: { name: "alice" },
      role: role.name,
      accounts: [{ outcome: "passed" }],
      refusals: [],
      alarms: [],
      outcome: "passed",
      ...(accountList ? { accountList } : {}),
    }) as never;

  test("the verdict says how it is known", () => {
    const listedAt = "2026-11-26T21:00:00Z";
    const verdict = (list?: object): string => drillVerdict(record(list));
    expect(verdict({ outcome: "passed", factsOf: "2026-11-20", listedAt, details: [] })).toContain(
      "all 1 accounts (from facts of 2026-11-20; at 2026-11-26T21:00:00Z AWS listed no other active one)",
    );
    expect(verdict({ outcome: "failed", factsOf: "2026-11-20", listedAt, details: [] })).toContain("AWS listed others");
    expect(verdict({ outcome: "unknown", factsOf: "2026-11-20", listedAt, details: [] })).toContain(
      "AWS listed some of which nobody knows whether they are active",
    );
    expect(verdict()).toContain("facts whose date is not known; AWS was not asked");
    expect(verdict()).toContain("was reported to have arrived");
  });
});

describe("when the mail arrived", () => {
  test("a drill passes only by a time between its first call and now", () => {
    const at = (seconds: number): Date => new Date(Date.parse("2026-11-26T21:00:00Z") + seconds * 1000);
    const outcomes = [-1, 60, 101].map((seconds) => mailTry(at(0), at(seconds), at(100)).outcome);
    expect(outcomes).toEqual(["failed", "passed", "failed"]);
  });
});

describe("which records count", () => {
  const passed = [{ outcome: "passed" }];
  const RECORD = {
    version: 1,
    environment: "example",
    organizationId: identity.organizationId,
    to: "2026-11-26T21:00:00Z",
    accounts: passed,
    refusals: passed,
    alarms: passed,
    outcome: "passed",
  };
  const warned = (record: object): readonly string[] => {
    const project = temporaryProject();
    const folder = join(project.root, "environments/example/drills");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "one.json"), JSON.stringify(record));
    const problems = drillProblems(project.root, "example", {
      everyDays: 90,
      wasApplied: true,
      organizationId: identity.organizationId,
      now: new Date("2026-11-27T00:00:00Z"),
    });
    project.remove();
    return problems.map(({ code, message, place }) => `${code} ${place?.file}: ${message}`);
  };

  test("one of this organization, in the past, that says what its parts say", () => {
    expect(warned(RECORD)).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ["another organization's", { organizationId: "o-0000000000" }, /organization "o-0000000000"/],
    ["of a day to come", { to: "2027-01-01T00:00:00Z" }, /which is to come/],
    ["passed, with an account that failed", { accounts: [...passed, { outcome: "failed" }] }, /say "failed"/],
    ["passed, with a refusal that nobody knows", { refusals: [{ outcome: "unknown" }] }, /say "unknown"/],
    ["passed, with no alarm at all", { alarms: [] }, /say "unknown"/],
    ["without its accounts", { accounts: undefined }, /no record of a drill/],
  ])("%s counts for nothing, and the file is named", (_, change, why) => {
    expect(warned({ ...RECORD, ...change })).toEqual([
      expect.stringMatching(new RegExp(`^DRILL-RECORD environments/example/drills/one\\.json: .*${why.source}`)),
      expect.stringMatching(/^DRILL-NEVER /),
    ]);
  });
});
