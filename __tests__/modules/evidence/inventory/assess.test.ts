import { assess } from "../../../../modules/evidence/inventory/assess";
import { parseAgainst } from "../../../../modules/config/load";
import { writtenBaseline } from "../../../../modules/sections/schema";
import { workloadIdentitySection } from "../../../../modules/sections/workload-identity/schema";
import { masked, maskId } from "../../../../modules/evidence/inventory/mask";
import { progress, summarize } from "../../../../modules/evidence/inventory/summary";
import type { Credential, KeyUsage, UserFacts } from "../../../../modules/evidence/inventory/types";
import type { Problem } from "../../../../modules/kernel/errors";
import { parse, stringify } from "yaml";
import { EXAMPLE_BASELINE } from "../../../support/environments";
import { account, ago, CONTEXT, HOME, key, MEMBER, NOW, user } from "./fixture";

const one = (of: UserFacts, accountId = MEMBER, usage: readonly KeyUsage[] = []): Credential =>
  assess([account([of], accountId)], CONTEXT, new Map(usage.map((u) => [u.accessKeyId, u])), NOW).credentials[0]!;
const verdict = (of: UserFacts, accountId = MEMBER): string => one(of, accountId).verdict.kind;
const usage = (userAgent: string, sourceAddress = "203.0.113.9", events = 10): KeyUsage => ({
  accessKeyId: "K",
  events,
  firstAt: ago(20),
  lastAt: ago(1),
  sourceAddresses: [{ value: sourceAddress, count: events }],
  userAgents: [{ value: userAgent, count: events }],
  services: [{ value: "s3.amazonaws.com", count: events }],
  lastEvents: [],
});

describe("the verdict on an access key", () => {
  test.each([
    ["never used counts from its creation", user("a", [key("K", 45)]), "never-used"],
    ["a day younger it is new", user("a", [key("K", 44)]), "new"],
    ["unused for exactly the days", user("a", [key("K", 500, 45)]), "unused"],
    ["used a day later than that", user("a", [key("K", 500, 44)]), "in-use"],
    ["inactive", user("a", [key("K", 500, 400, { status: "Inactive" })]), "inactive"],
    ["its last use could not be read", user("a", [key("K", 500, undefined, { useUnknown: true })]), "unknown"],
    ["a name of CI alone", user("github-deploy", [key("K", 500, 3)]), "in-use"],
    ["a name of a person alone", user("jane.doe@example.com", [key("K", 500, 3)]), "in-use"],
    [
      "its user signs in",
      user("ab", [key("K", 500, 3)], { password: { createdAt: ago(500), lastUsedAt: ago(3) } }),
      "person",
    ],
    ["an exception that holds", user("legacy", [key("K", 500, 400)]), "excepted"],
  ])("%s", (_, of, expected) =>
    expect(
      one(of).kind === "access-key"
        ? verdict(of)
        : assess([account([of])], CONTEXT, new Map(), NOW).credentials.find((c) => c.kind === "access-key")!.verdict
            .kind,
    ).toBe(expected),
  );

  test("an exception that has ended excuses nothing", () => {
    expect(
      assess([account([user("legacy", [key("K", 500, 400)])])], CONTEXT, new Map(), new Date("2026-12-31T23:59:59Z"))
        .credentials[0]!.verdict.kind,
    ).toBe("excepted");
    expect(
      assess([account([user("legacy", [key("K", 500, 400)])])], CONTEXT, new Map(), new Date("2027-01-01T00:00:00Z"))
        .credentials[0]!.verdict.kind,
    ).toBe("unused");
  });

  test("break glass by path and by name, in its home account only", () => {
    expect(verdict(user("x", [key("K", 500)], { path: "/break-glass/" }, HOME), HOME)).toBe("break-glass");
    expect(verdict(user("break-glass-1", [key("K", 500)], {}, HOME), HOME)).toBe("break-glass");
    expect(verdict(user("break-glass-1", [key("K", 500)], { path: "/break-glass/" }))).toBe("never-used");
  });

  test("each of two keys has its own", () => {
    expect(
      assess([account([user("a", [key("K1", 500, 2), key("K2", 500, 300)])])], CONTEXT, new Map(), NOW).credentials.map(
        (c) => [c.id, c.verdict.kind],
      ),
    ).toEqual([
      ["K1", "in-use"],
      ["K2", "unused"],
    ]);
  });

  test("CloudTrail knows of a use that IAM does not show yet", () => {
    expect(one(user("a", [key("K", 500, 300)]), MEMBER, [usage("aws-sdk-java/2.25.0 Linux/5.15")])).toMatchObject({
      verdict: { kind: "external-workload" },
      lastUsedAt: ago(1),
    });
  });

  test.each([
    ["Boto3/1.34.0 md/Botocore exec-env/AWS_Lambda_python3.12", "203.0.113.9", "aws-compute", "role"],
    // A network of one's own comes in through an endpoint, too.
    ["aws-sdk-java/2.25.0 Linux/5.15", "10.1.2.3", "in-use", "find-out"],
    ["aws-sdk-java/2.25.0 Linux/6.1.84-99.169.amzn2023.x86_64", "10.1.2.3", "aws-compute", "role"],
    ["aws-sdk-nodejs/3 configure-aws-credentials-for-github-actions", "203.0.113.9", "ci", "oidc"],
    ["aws-cli/2.15 os/macos#23.4.0", "203.0.113.9", "person", "identity-center"],
    ["Mozilla/5.0 (X11)", "203.0.113.9", "person", "identity-center"],
    ["aws-sdk-java/2.25.0 Linux/5.15", "203.0.113.9", "external-workload", "roles-anywhere"],
  ])("used with %s from %s: %s", (agent, address, kind, by) => {
    expect(one(user("a", [key("K", 500, 1)]), MEMBER, [usage(agent, address)])).toMatchObject({
      verdict: { kind },
      replacement: { by },
    });
  });
});

describe("other credentials", () => {
  test("passwords: never used, unused, in use", () => {
    const password = (lastUsed?: number): string =>
      verdict(
        user("a", [], {
          password: { createdAt: ago(300), ...(lastUsed === undefined ? {} : { lastUsedAt: ago(lastUsed) }) },
        }),
      );
    expect([password(), password(45), password(44)]).toEqual(["never-used", "unused", "person"]);
  });

  test("IAM does not say when others were used: their age is all there is", () => {
    expect(
      one(
        user("a", [], {
          serviceCredentials: [
            { id: "ACCA1", status: "Active", createdAt: ago(120), service: "bedrock.amazonaws.com" },
          ],
        }),
      ),
    ).toMatchObject({
      verdict: { kind: "unknown", reason: "IAM does not say when it was used; 120 days old" },
      replacement: { by: "role" },
    });
  });

  test("root's keys are listed without an id", () => {
    const { credentials } = assess(
      [account([], MEMBER, { root: { accessKeys: [{ slot: 1, status: "Active", createdAt: ago(900) }], mfa: false } })],
      CONTEXT,
      new Map(),
      NOW,
    );
    expect(credentials).toMatchObject([
      { kind: "root-access-key", user: "<root_account>", verdict: { kind: "never-used" }, mfa: false },
    ]);
  });
});

describe("snippets are YAML that the baseline takes", () => {
  test.each([
    ["ci", "aws-sdk configure-aws-credentials-for-github-actions"],
    ["ci in GitLab", "aws-sdk gitlab-runner/16"],
    ["external workload", "aws-sdk-java/2 Linux"],
    ["person", "aws-cli/2 os/macos"],
  ])("%s", (_, agent) => {
    for (const name of ["deploy", "Üser: {x}\n- #", "=1+1", "1", "a".repeat(64)]) {
      const { snippet } = one(user(name, [key("K", 500, 1)]), MEMBER, [usage(agent)]).replacement;
      const added = parse(snippet!) as Record<string, Record<string, unknown[]>>;
      const baseline = parse(EXAMPLE_BASELINE) as Record<string, Record<string, unknown>>;
      for (const [section, lists] of Object.entries(added)) {
        baseline[section] ??= {};
        for (const [list, entries] of Object.entries(lists))
          baseline[section][list] = [...((baseline[section][list] as unknown[]) ?? []), ...entries];
      }
      const problems: Problem[] = [];
      parseAgainst(
        "baseline.yaml",
        stringify(baseline),
        writtenBaseline.extend({ workloadIdentity: workloadIdentitySection.optional() }),
        problems,
      );
      expect(problems.filter((p) => p.place?.path?.startsWith(Object.keys(added)[0]!))).toEqual([]);
    }
  });
});

test("accounts that were not read are listed as such", () => {
  const inventory = assess(
    [
      account([], MEMBER, {
        status: "failed",
        problems: [{ code: "INVENTORY-ACCESS-DENIED", what: "sts:AssumeRole", message: "no" }],
      }),
    ],
    CONTEXT,
    new Map(),
    NOW,
  );
  expect(inventory.accounts.map((a) => [a.name, a.status])).toEqual([
    ["management", "not-read"],
    ["shop", "failed"],
  ]);
  expect(summarize(inventory).accounts).toEqual({ total: 2, complete: 0, partial: 0, failed: 1, notRead: 1 });
});

test("figures and progress", () => {
  const at = (facts: UserFacts[], now: Date) => assess([account(facts)], CONTEXT, new Map(), now);
  const before = at([user("a", [key("K1", 500), key("K2", 500, 1)])], new Date("2026-10-01T00:00:00Z"));
  const after = at([user("a", [key("K2", 500, 1)]), user("b", [], { password: { createdAt: ago(2) } })], NOW);
  expect(summarize(after)).toMatchObject({ activeAccessKeys: 1, retirable: 0, passwordsWithoutMfa: 1, users: 2 });
  expect(progress([after, before]).map((p) => [p.at, p.activeAccessKeys, p.unused])).toEqual([
    ["2026-10-01T00:00:00Z", 2, 1],
    ["2026-11-24T12:00:00Z", 1, 0],
  ]);
});

test("masked ids are gone from the whole inventory", () => {
  const id = "AKIAABCDEFGHIJKLMNOP";
  const inventory = masked(
    assess(
      [account([user("a", [key(id, 500, 1)])])],
      CONTEXT,
      new Map([[id, { ...usage("x"), accessKeyId: id }]]),
      NOW,
    ),
  );
  expect(JSON.stringify(inventory)).not.toContain(id);
  expect(inventory.credentials[0]!.id).toBe("AKIA…MNOP");
  expect(maskId("password")).toBe("password");
});
