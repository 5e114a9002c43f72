import { readinessLines } from "./ready-lines";
import { AT, DATA_PROD, fixture, iam, identities, logEvent, SANDBOX } from "./fixture";
import type { LogEvent } from "../../../../local/cloudtrail-logs";
import { readiness } from "../../../../modules/evidence/impact/ready";
import type { InventoryEvidence } from "../../../../modules/evidence/impact/inventory-file";

const made = fixture();
const OTHER_SANDBOX = "666666666602";
const admin = identities.role(SANDBOX, "Admin");

/** A month in which something happens every day in both sandboxes, in both enabled regions, and something is changed. */
const month: readonly LogEvent[] = Array.from({ length: 31 }, (_, day) =>
  [SANDBOX, OTHER_SANDBOX].flatMap((account) => {
    const time = `2026-01-${String(day + 1).padStart(2, "0")}T12:00:00Z`;
    const audit = identities.role(account, "Audit");
    return [
      iam("ListUsers", audit, { account, time }),
      logEvent({ call: "ec2:CreateTags", identity: audit, account, region: "eu-central-1", time }),
    ];
  }),
).flat();

const inventory = (edit: Partial<InventoryEvidence> = {}): InventoryEvidence => ({
  format: "keyless-inventory/1",
  environment: "example",
  organizationId: "o-exampleorg1",
  generatedAt: "2026-01-31T00:00:00Z",
  accounts: [SANDBOX, OTHER_SANDBOX].map((id) => ({ id, name: id, status: "complete" })),
  credentials: [],
  ...edit,
});

const rows = readinessLines(made);

test("no evidence is not readiness", async () => {
  expect(await rows(undefined, undefined)).toEqual([
    "deny-root-user Sandbox 0 days: NO-LOGS, NO-INVENTORY",
    "deny-access-key-creation Sandbox 0 days: NO-LOGS",
  ]);
  expect(await rows([], inventory())).toEqual([
    "deny-root-user Sandbox 0 days: SILENT-ACCOUNTS [sandbox-1, sandbox-2]",
    "deny-access-key-creation Sandbox 0 days: SILENT-ACCOUNTS [sandbox-1, sandbox-2]",
  ]);
});

test("a month without a call that would be denied is", async () => {
  expect(await rows(month, inventory())).toEqual([
    "deny-root-user Sandbox 31 days: ready",
    "deny-access-key-creation Sandbox 31 days: ready",
  ]);
  expect(await rows(month, inventory(), { days: 32 })).toEqual([
    "deny-root-user Sandbox 31 days: TOO-FEW-DAYS [sandbox-1 eu-central-1: 31 days, sandbox-1 us-east-1: 31 days, sandbox-2 eu-central-1: 31 days, sandbox-2 us-east-1: 31 days]",
    "deny-access-key-creation Sandbox 31 days: TOO-FEW-DAYS [sandbox-1 us-east-1: 31 days, sandbox-2 us-east-1: 31 days]",
  ]);
});

test("who would be denied stands in the way by name; who was refused already does not", async () => {
  const denied = iam("CreateAccessKey", admin, {
    account: SANDBOX,
    time: "2026-01-20T12:00:00Z",
    request: { userName: "ci" },
  });
  const refused = iam("CreateAccessKey", identities.role(OTHER_SANDBOX, "App"), {
    account: OTHER_SANDBOX,
    request: { userName: "ci" },
    error: "AccessDenied",
  });
  const elsewhere = iam("CreateAccessKey", identities.role(DATA_PROD, "Admin"), { request: { userName: "ci" } });
  expect(await rows([...month, denied, refused, elsewhere], inventory(), { guardrails: undefined })).toEqual([
    "deny-root-user Sandbox 31 days: ready",
    `deny-access-key-creation Sandbox 31 days: WOULD-BE-DENIED [arn:aws:iam::${SANDBOX}:role/Admin: iam:CreateAccessKey, 1 time, last 2026-01-20T12:00:00Z] note: Refused already: 1 call; nothing changes for these.`,
  ]);
  expect((await rows([...month, refused], inventory()))[1]).toBe(
    "deny-access-key-creation Sandbox 31 days: ready note: Refused already: 1 call; nothing changes for these.",
  );
});

test("what is not known stands in the way", async () => {
  const nameless = iam(
    "CreateAccessKey",
    { type: "IAMUser", accountId: SANDBOX },
    { account: SANDBOX, time: "2026-01-20T12:00:00Z" },
  );
  expect((await rows([...month, nameless], inventory()))[1]).toBe(
    "deny-access-key-creation Sandbox 31 days: NOT-KNOWN [not known: iam:CreateAccessKey, 1 time, last 2026-01-20T12:00:00Z (the event does not name the user)]",
  );
});

test("logs that are old, of one account only, or of the wrong region", async () => {
  expect(await rows(month, inventory(), { at: "2026-02-10T00:00:00Z" })).toEqual([
    "deny-root-user Sandbox 31 days: LOGS-OLD [sandbox-1 eu-central-1: 9 days old, sandbox-1 us-east-1: 9 days old, sandbox-2 eu-central-1: 9 days old, sandbox-2 us-east-1: 9 days old], INVENTORY-OLD [sandbox-1: 10 days, sandbox-2: 10 days]",
    "deny-access-key-creation Sandbox 31 days: LOGS-OLD [sandbox-1 us-east-1: 9 days old, sandbox-2 us-east-1: 9 days old]",
  ]);
  expect(
    (
      await rows(
        month.filter((event) => event["recipientAccountId"] === SANDBOX),
        inventory(),
      )
    )[1],
  ).toBe("deny-access-key-creation Sandbox 0 days: SILENT-ACCOUNTS [sandbox-2]");
  const regional = month.filter((event) => event["awsRegion"] === "eu-central-1");
  expect(await rows(regional, inventory())).toEqual([
    "deny-root-user Sandbox 0 days: NO-GLOBAL-EVENTS [sandbox-1 us-east-1, sandbox-2 us-east-1]",
    "deny-access-key-creation Sandbox 0 days: SILENT-ACCOUNTS [sandbox-1, sandbox-2]",
  ]);
});

test.each([
  ["of no guardrail any more", undefined, true],
  ["of another guardrail", "guardrails: [deny-access-key-creation]", true],
  ["of this guardrail", "guardrails: [deny-long-term-key-use]", false],
  ["of both", "guardrails: [deny-access-key-creation, deny-long-term-key-use]", false],
])("a key that the inventory calls excepted, with an exception %s", async (_, guardrails, inTheWay) => {
  const exception =
    guardrails === undefined
      ? ""
      : `    - name: legacy-user
      principal: arn:aws:iam::${SANDBOX}:user/apps/legacy
      ${guardrails}
      owner: Web team
      reason: It cannot assume roles.
      expires: "2026-03-20"
`;
  const { environment, state } = fixture((rollout) =>
    rollout
      .replace("[deny-access-key-creation, deny-root-user]", "[deny-access-key-creation, deny-long-term-key-use]")
      .replace("  exceptions:\n", `  exceptions:\n${exception}`),
  );
  const key = {
    id: "AKIAEXAMPLE",
    kind: "access-key",
    accountId: SANDBOX,
    accountName: "sandbox-1",
    user: "legacy",
    status: "Active",
    verdict: { kind: "excepted", reason: "exception legacy-user of Web team, until 2026-03-20" },
  };
  const found = readiness(environment, state, undefined, inventory({ credentials: [key] }), {
    guardrails: ["deny-long-term-key-use"],
    days: 30,
    at: AT,
  });
  const names = found.rows.flatMap(({ obstacles }) => obstacles.filter(({ code }) => code === "CREDENTIAL-IN-USE"));
  expect(names.flatMap((one) => one.names)).toEqual(
    inTheWay
      ? [
          "AKIAEXAMPLE of legacy in sandbox-1: unknown, exception legacy-user of Web team, until 2026-03-20: no valid exception of deny-long-term-key-use names this user",
        ]
      : [],
  );
});

test("the inventory: credentials in use, accounts it did not read, its age", async () => {
  const key = {
    id: "root-key-1",
    kind: "root-access-key",
    accountId: SANDBOX,
    accountName: "sandbox-1",
    user: "<root>",
    status: "Active",
    verdict: { kind: "in-use", reason: "used 3 days ago" },
  };
  expect(
    (
      await rows(
        month,
        inventory({ credentials: [key, { ...key, accountId: DATA_PROD }, { ...key, status: "Inactive" }] }),
      )
    )[0],
  ).toBe(
    "deny-root-user Sandbox 31 days: CREDENTIAL-IN-USE [root-key-1 of <root> in sandbox-1: in-use, used 3 days ago]",
  );
  expect(
    (
      await rows(
        month,
        inventory({
          accounts: [
            { id: SANDBOX, name: "a", status: "complete" },
            { id: OTHER_SANDBOX, name: "b", status: "partial" },
          ],
        }),
      )
    )[0],
  ).toBe("deny-root-user Sandbox 31 days: INVENTORY-INCOMPLETE [sandbox-2]");
  expect((await rows(month, inventory({ credentials: [{ ...key, kind: "access-key" }] })))[1]).toBe(
    "deny-access-key-creation Sandbox 31 days: ready note: Access keys in use: 1. They can no longer be rotated once this is enforced.",
  );
});

test("a guardrail that is named is asked where it is off, and is not ready there", async () => {
  expect(await rows(month, inventory(), { guardrails: ["deny-user-creation"], targets: ["Sandbox"] })).toEqual([
    "deny-user-creation Sandbox 31 days: NOT-OBSERVED [sandbox-1, sandbox-2]",
  ]);
});

test("what is asked about nowhere is no yes", async () => {
  const ask = (options: object) => rows(month, inventory(), options);
  await expect(ask({ targets: ["Workloads"] })).rejects.toThrow(
    /READY-NOTHING-ASKED[^]*deny-root-user: it is off there/,
  );
  await expect(ask({ targets: ["management"] })).rejects.toThrow(/no active member account there/);
  await expect(ask({ guardrails: ["deny-user-creation"], targets: ["management"] })).rejects.toThrow(
    /deny-user-creation: there is no active member account/,
  );
  const enforced = fixture((text) => text.replaceAll("mode: observe", "mode: enforce"));
  expect(
    await readinessLines(enforced)(month, inventory(), { guardrails: ["deny-root-user"], targets: ["Sandbox"] }),
  ).toEqual([]);
});

test("each account's credentials are as old as it was read, whenever the inventory was put together", async () => {
  const readAt = (collectedAt: string) =>
    inventory({
      accounts: [SANDBOX, "666666666602"].map((id, i) => ({
        id,
        name: id,
        status: "complete" as const,
        ...(i === 0 ? { collectedAt } : {}),
      })),
    });
  const first = async (collectedAt: string) => (await rows(month, readAt(collectedAt)))[0];
  expect(await first("2025-07-01T00:00:00Z")).toMatch(/INVENTORY-OLD \[sandbox-1: 21\d days\]/);
  expect(await first("2026-03-01T00:00:00Z")).toContain("INVENTORY-OLD [sandbox-1]");
  expect(await first("2026-01-30T00:00:00Z")).toBe("deny-root-user Sandbox 31 days: ready");
});

test("a resource control policy about tokens is never ready: the replay does not ask about those it binds", async () => {
  const rcp = fixture((text) =>
    text.replace(
      "  exceptions:",
      '  webIdentity:\n    trusted:\n      - issuer: token.actions.githubusercontent.com\n        values: ["repo:acme/*"]\n  exceptions:',
    ),
  );
  expect(
    (await readinessLines(rcp)(month, inventory(), { guardrails: ["restrict-web-identity"], targets: ["Sandbox"] }))[0],
  ).toContain("NOT-OBSERVED [sandbox-1, sandbox-2], NOT-ASKED");
});

test("but one about callers of other accounts is: those are asked about", async () => {
  const [row] = await readinessLines(fixture())(month, inventory(), {
    guardrails: ["restrict-outside-accounts"],
    targets: ["Sandbox"],
  });
  expect(row).toContain("NOT-OBSERVED [sandbox-1, sandbox-2]");
  expect(row).not.toContain("NOT-ASKED");
});

test("guardrails that another one needs come first", async () => {
  const without = fixture((text) =>
    text
      .replace("targets: [all]", "targets: [{ ou: Workloads }]")
      .replace("[deny-access-key-creation, deny-root-user]", "[deny-unmanaged-federation]"),
  );
  expect(await readinessLines(without)(month, inventory())).toEqual([
    "deny-unmanaged-federation Sandbox 31 days: REQUIRED-FIRST [sandbox-1, sandbox-2]",
  ]);
});

test("calls that rely on an exception are named with its end", async () => {
  const observed = fixture((text) =>
    text
      .replace("[deny-access-key-creation, deny-user-creation]", "[deny-user-creation]")
      .replace(
        "[deny-access-key-creation, deny-root-user]\n      mode: observe\n      targets: [{ ou: Sandbox }]",
        "[deny-access-key-creation]\n      mode: observe\n      targets: [{ account: data-prod }]",
      ),
  );
  const events = Array.from({ length: 31 }, (_, day) =>
    iam("CreateAccessKey", identities.role(DATA_PROD, "installer", "s", "/mail/"), {
      time: `2026-01-${String(day + 1).padStart(2, "0")}T12:00:00Z`,
      request: { userName: "m" },
    }),
  );
  expect(await readinessLines(observed)(events, undefined)).toEqual([
    "deny-access-key-creation Workloads/Prod 31 days: ready note: The exception mail-product covers 31 calls; it ends on 2026-02-20, in 20 days.",
  ]);
  expect(AT).toBe("2026-02-01T00:00:00Z");
});
