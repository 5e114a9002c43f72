import {
  AT,
  DATA_PROD,
  fixture,
  iam,
  identities,
  line,
  logEvent,
  MANAGEMENT,
  replay,
  SANDBOX,
  SHOP_PROD,
  SUSPENDED,
} from "./fixture";
import type { LogEvent } from "../../../../local/cloudtrail-logs";
import type { ImpactOptions } from "../../../../modules/evidence/impact/report";
import { suggestedExceptions } from "../../../../modules/evidence/impact/suggest";

const made = fixture();
const lines = async (events: readonly LogEvent[], options: Partial<ImpactOptions> = {}): Promise<readonly string[]> =>
  (await replay(made, events, options)).report.calls.map(line).sort();
const admin = identities.role(DATA_PROD, "Admin");

test("who calls what, how often, and what would become of it", async () => {
  const { report } = await replay(made, [
    iam("CreateAccessKey", admin, { time: "2026-01-10T08:00:00Z", request: { userName: "ci" } }),
    iam("CreateAccessKey", admin, {
      time: "2026-01-12T08:00:00Z",
      request: { userName: "ci" },
      sourceAddress: "203.0.113.5",
    }),
    iam("CreateAccessKey", admin, { time: "2026-01-11T08:00:00Z", request: { userName: "x" }, error: "LimitExceeded" }),
    iam("CreateAccessKey", admin, { time: "2026-01-13T08:00:00Z", request: { userName: "x" }, error: "AccessDenied" }),
    iam("ListUsers", admin),
  ]);
  expect(report.calls).toEqual([
    {
      guardrail: "deny-access-key-creation",
      mode: "enforce",
      account: { id: DATA_PROD, name: "data-prod", organizationalUnit: "Workloads/Prod" },
      principal: `arn:aws:iam::${DATA_PROD}:role/Admin`,
      principalType: "role",
      action: "iam:CreateAccessKey",
      decision: "denied",
      because: ["DenyAccessKeyCreation"],
      coveredBy: [],
      calls: 3,
      failed: 1,
      refused: 1,
      first: "2026-01-10T08:00:00Z",
      last: "2026-01-13T08:00:00Z",
      sourceAddresses: {
        top: [
          { value: "198.51.100.7", count: 3, last: "2026-01-13T08:00:00Z" },
          { value: "203.0.113.5", count: 1, last: "2026-01-12T08:00:00Z" },
        ],
        others: 0,
      },
      userAgents: expect.objectContaining({ others: 0 }),
      resources: {
        top: [
          { value: "x", count: 2, last: "2026-01-13T08:00:00Z" },
          { value: "ci", count: 2, last: "2026-01-12T08:00:00Z" },
        ],
        others: 0,
      },
    },
  ]);
  expect(report.guardrails.find((g) => g.id === "deny-access-key-creation")).toEqual({
    id: "deny-access-key-creation",
    denies: expect.any(String),
    accounts: 8,
    observed: 2,
    enforced: 6,
    denied: { principals: 1, calls: 3 },
    covered: { principals: 0, calls: 0 },
    unknown: { principals: 0, calls: 0 },
    allowed: 0,
    refused: 1,
  });
  expect(report.evidence).toMatchObject({
    first: "2026-01-10T08:00:00Z",
    last: "2026-01-15T12:00:00Z",
    days: ["2026-01-10", "2026-01-11", "2026-01-12", "2026-01-13", "2026-01-15"],
    regions: ["us-east-1"],
  });
});

test("every type of principal", async () => {
  const request = { userName: "ci" };
  const key = (identity: object | undefined, account = DATA_PROD): LogEvent =>
    iam("CreateAccessKey", identity as never, { account, request });
  const { report } = await replay(made, [
    key(identities.user(DATA_PROD, "jane", undefined, "/people/")),
    key(identities.consoleUser(DATA_PROD, "john")),
    key(identities.role(DATA_PROD, "app", "s", "/service/")),
    key(identities.root(DATA_PROD, "AKIAIOSFODNN7EXAMPLE")),
    key(identities.assumedRoot(DATA_PROD)),
    key(identities.federated(DATA_PROD, "tool")),
    key(identities.role(DATA_PROD, "AWSServiceRoleForSupport", "s", "/aws-service-role/support.amazonaws.com/")),
    key(identities.service("cloudformation.amazonaws.com")),
    key(identities.otherAccount(SHOP_PROD)),
    key(identities.otherAccount("999999999999")),
    key(identities.identityCenterUser(DATA_PROD)),
    key(identities.webIdentity("token.actions.githubusercontent.com", "repo:a/b")),
    key(identities.saml("jane")),
    key(identities.role(MANAGEMENT, "Admin"), MANAGEMENT),
    key(identities.role(SUSPENDED, "Admin"), SUSPENDED),
    key(identities.unknown()),
    key(undefined),
    key({ type: "AssumedRole", accountId: DATA_PROD, arn: `arn:aws:sts::${DATA_PROD}:assumed-role/app/s` }),
    key({ type: "IAMUser", accountId: DATA_PROD, userName: "nobody-has-an-arn" }),
    key({ type: "IAMUser", accountId: DATA_PROD }),
    key({ type: "SomethingNew", accountId: DATA_PROD, arn: "x" }),
    logEvent({
      call: "iam:CreateAccessKey",
      more: { eventType: "AwsServiceEvent" },
      identity: { accountId: DATA_PROD, invokedBy: "x.amazonaws.com" },
    }),
  ]);
  expect(report.calls.map(line).sort()).toEqual([
    `deny-access-key-creation denied ${DATA_PROD}:role/app iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied ${DATA_PROD}:role/service/app iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied ${DATA_PROD}:root (central root session) iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied ${DATA_PROD}:root iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied ${DATA_PROD}:user/john iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied ${DATA_PROD}:user/nobody-has-an-arn iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied ${DATA_PROD}:user/people/jane iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    `deny-access-key-creation denied sts:${DATA_PROD}:federated-user/tool iam:CreateAccessKey 1/0 (DenyAccessKeyCreation)`,
    "deny-access-key-creation unknown not known iam:CreateAccessKey 1/0 (the event does not name the user)",
    "deny-access-key-creation unknown not known iam:CreateAccessKey 1/0 (the event's type of principal is one that is not known here)",
    "deny-access-key-creation unknown not known iam:CreateAccessKey 2/0 (the event does not say whose call it was)",
  ]);
  expect(report.notBound).toEqual({
    federation: 2,
    inactive: 1,
    managementAccount: 1,
    noPermission: 1,
    notIam: 1,
    outside: 1,
    ownLog: 1,
    service: 1,
    serviceLinkedRole: 1,
  });
});

test("only in accounts where the rollout has the guardrail", async () => {
  const events = [
    iam("CreateUser", identities.role(SANDBOX, "Admin"), { account: SANDBOX, request: { userName: "x" } }),
    iam("CreateUser", admin, { request: { userName: "x" } }),
  ];
  expect(await lines(events)).toEqual([
    `deny-user-creation denied ${DATA_PROD}:role/Admin iam:CreateUser 1/0 (DenyUserCreation)`,
  ]);
  // What if it were there as well?
  expect(await lines(events, { targets: ["Sandbox"] })).toEqual([
    `deny-user-creation denied ${SANDBOX}:role/Admin iam:CreateUser 1/0 (DenyUserCreation)`,
  ]);
  expect(await lines(events, { guardrails: ["deny-leaving-organization"] })).toEqual([]);
  await expect(replay(made, [], { guardrails: ["deny-user-creatoin"] })).rejects.toThrow(/GUARDRAIL-UNKNOWN/);
  await expect(replay(made, [], { targets: ["Workload"] })).rejects.toThrow(/TARGET-UNKNOWN/);
});

test("a guardrail that is nowhere yet is asked everywhere when it is named", async () => {
  const leave = logEvent({
    call: "organizations:LeaveOrganization",
    region: "us-east-1",
    identity: identities.role(SANDBOX, "Admin"),
    account: SANDBOX,
  });
  expect(await lines([leave], { guardrails: ["deny-leaving-organization"] })).toEqual([
    `deny-leaving-organization denied ${SANDBOX}:role/Admin organizations:LeaveOrganization 1/0 (DenyLeaving)`,
  ]);
  expect(await lines([leave])).toEqual([]);
});

test("exceptions cover their principals until they end", async () => {
  const events = ["/mail/installer", "/late", "/mail/other"].map((role) =>
    iam(
      "CreateAccessKey",
      identities.role(DATA_PROD, role.split("/").at(-1)!, "s", role.slice(0, role.lastIndexOf("/") + 1)),
      { request: { userName: "m" } },
    ),
  );
  const line_ = (decision: string, role: string, why: string): string =>
    `deny-access-key-creation ${decision} ${DATA_PROD}:role${role} iam:CreateAccessKey 1/0 ${why}`;
  expect(await lines(events)).toEqual([
    line_("denied", "/late", "(DenyAccessKeyCreation)"),
    line_("denied", "/mail/installer", "[mail-product]"),
    line_("denied", "/mail/other", "(DenyAccessKeyCreation)"),
  ]);
  expect(await lines(events, { at: "2026-01-19T00:00:00Z" })).toContain(line_("denied", "/late", "[ended]"));
  expect(await lines(events, { at: "2026-03-01T00:00:00Z" })).toContain(
    line_("denied", "/mail/installer", "(DenyAccessKeyCreation)"),
  );
});

test("what an event does not tell is not known, and only where it matters", async () => {
  const pipeline = identities.role(DATA_PROD, "OrganizationAccountAccessRole");
  const calls = await lines([
    // The role's path is not in the event; the plain name is the break-glass role's.
    iam("UpdateAssumeRolePolicy", admin, { request: { roleName: "SecurityBreakGlass" } }),
    iam("UpdateAssumeRolePolicy", admin, { request: { roleName: "app" } }),
    // Who changes it is named without a path: it could be one that may.
    iam(
      "UpdateAssumeRolePolicy",
      { type: "AssumedRole", accountId: DATA_PROD, arn: `arn:aws:sts::${DATA_PROD}:assumed-role/SecurityBreakGlass/s` },
      { request: { roleName: "OrganizationAccountAccessRole" } },
    ),
    iam("UpdateAssumeRolePolicy", pipeline, { request: { roleName: "OrganizationAccountAccessRole" } }),
    // No name at all.
    iam("DeleteRole", admin, { request: null }),
  ]);
  expect(calls.filter((text) => text.includes("unknown"))).toEqual([
    // It could be the role of an exception, which nobody else may change.
    `deny-access-key-creation unknown ${DATA_PROD}:role/Admin iam:DeleteRole 1/0 (the event does not say which resource it was about)`,
    `protect-break-glass unknown ${DATA_PROD}:role/Admin iam:DeleteRole 1/0 (the event does not say which resource it was about)`,
    `protect-break-glass unknown ${DATA_PROD}:role/SecurityBreakGlass iam:UpdateAssumeRolePolicy 1/0 (the event does not tell aws:PrincipalArn; the event names the role without its path)`,
  ]);
  expect(
    calls.filter((text) => !text.includes("unknown") && !text.startsWith("deny-access-key-creation allowed")),
  ).toEqual([
    `protect-break-glass allowed ${DATA_PROD}:role/Admin iam:UpdateAssumeRolePolicy 1/0`,
    `protect-break-glass denied ${DATA_PROD}:role/Admin iam:UpdateAssumeRolePolicy 1/0 (ProtectBreakGlassRole)`,
    `protect-break-glass denied ${DATA_PROD}:role/OrganizationAccountAccessRole iam:UpdateAssumeRolePolicy 1/0 (ProtectPipelineRole)`,
  ]);
});

test("a role that is named without its path could be one that the statements name with it", async () => {
  const change = (roleName: string): LogEvent => iam("UpdateAssumeRolePolicy", admin, { request: { roleName } });
  expect(await lines([change("installer"), change("other")], { guardrails: ["deny-access-key-creation"] })).toEqual([
    `deny-access-key-creation allowed ${DATA_PROD}:role/Admin iam:UpdateAssumeRolePolicy 1/0`,
    `deny-access-key-creation unknown ${DATA_PROD}:role/Admin iam:UpdateAssumeRolePolicy 1/0 (the event names the role without its path)`,
  ]);
});

test("the use of long-term keys, whatever the call", async () => {
  const s3 = (identity: object, more: object = {}): LogEvent =>
    logEvent({
      call: "s3:GetObject",
      identity: identity as never,
      time: "2026-01-15T12:00:00Z",
      request: { bucketName: "b", key: "k" },
      ...more,
    });
  const { report } = await replay(
    made,
    [
      s3(identities.user(DATA_PROD, "ci")),
      s3(identities.consoleUser(DATA_PROD, "jane")),
      s3({
        ...identities.consoleUser(DATA_PROD, "john"),
        sessionContext: { attributes: { creationDate: "2026-01-15T11:00:00Z", mfaAuthenticated: "false" } },
      }),
      s3(identities.user(DATA_PROD, "caller"), {
        more: { userIdentity: { ...identities.user(DATA_PROD, "caller"), invokedBy: "athena.amazonaws.com" } },
      }),
      s3(admin),
      s3({
        type: "IAMUser",
        accountId: DATA_PROD,
        arn: `arn:aws:iam::${DATA_PROD}:user/no-key-id`,
        userName: "no-key-id",
      }),
      logEvent({
        call: "signin:ConsoleLogin",
        region: "us-east-1",
        identity: identities.user(DATA_PROD, "jane"),
        more: { eventType: "AwsConsoleSignIn" },
      }),
    ],
    { guardrails: ["deny-long-term-key-use"] },
  );
  expect(report.calls.map(line)).toEqual([
    `deny-long-term-key-use denied ${DATA_PROD}:user/ci s3:GetObject 1/0 (DenyLongTermKeyUse)`,
    `deny-long-term-key-use denied ${DATA_PROD}:user/john s3:GetObject 1/0 (DenySessionsWithoutMfa)`,
    `deny-long-term-key-use unknown ${DATA_PROD}:user/no-key-id s3:GetObject 1/0 (the event does not tell aws:MultiFactorAuthPresent; the event does not tell aws:TokenIssueTime)`,
  ]);
  expect(report.guardrails).toMatchObject([{ id: "deny-long-term-key-use", accounts: 13, allowed: 3 }]);
});

test("root users, and not their central sessions", async () => {
  const as = (identity: object): LogEvent =>
    logEvent({
      call: "s3:DeleteBucketPolicy",
      account: SANDBOX,
      identity: identity as never,
      request: { bucketName: "b" },
    });
  expect(
    await lines([
      as(identities.root(SANDBOX)),
      as(identities.assumedRoot(SANDBOX)),
      as(identities.role(SANDBOX, "root")),
    ]),
  ).toEqual([`deny-root-user denied ${SANDBOX}:root s3:DeleteBucketPolicy 1/0 (DenyRootUser)`]);
});

test("API keys of Bedrock, long-term and short-term", async () => {
  const converse = (identity: object, bearer: boolean): LogEvent =>
    logEvent({
      call: "bedrock:Converse",
      identity: identity as never,
      request: { modelId: "m" },
      more: { additionalEventData: { callWithBearerToken: bearer } },
    });
  expect(
    await lines(
      [
        converse(identities.user(DATA_PROD, "BedrockAPIKey-1"), true),
        converse(admin, true),
        converse(identities.user(DATA_PROD, "signer"), false),
      ],
      { guardrails: ["deny-long-term-bearer-tokens"] },
    ),
  ).toEqual([
    `deny-long-term-bearer-tokens allowed ${DATA_PROD}:role/Admin bedrock:CallWithBearerToken 1/0`,
    `deny-long-term-bearer-tokens denied ${DATA_PROD}:user/BedrockAPIKey-1 bedrock:CallWithBearerToken 1/0 (DenyBearerTokensBedrock)`,
  ]);
});

test("exceptions are suggested for what could have one, and nothing else gets into the YAML", async () => {
  const sso = identities.role(
    DATA_PROD,
    "AWSReservedSSO_Developer_0123456789abcdef",
    "jane",
    "/aws-reserved/sso.amazonaws.com/eu-central-1/",
  );
  const { report } = await replay(made, [
    iam("CreateAccessKey", admin, { request: { userName: "ci" } }),
    iam("CreateUser", admin, { request: { userName: "ci" } }),
    iam("CreateAccessKey", sso, { request: { userName: "ci" } }),
    iam("CreateAccessKey", identities.root(DATA_PROD), { request: {} }),
    iam("DeleteRole", admin, { request: { roleName: "SecurityBreakGlass" } }),
    iam("CreateAccessKey", identities.role(DATA_PROD, "evil: [x]\n- <b>"), { request: { userName: "ci" } }),
    iam("CreateAccessKey", identities.role(DATA_PROD, "refused"), {
      request: { userName: "ci" },
      error: "AccessDenied",
    }),
  ]);
  expect(report.suggestedExceptions).toBe(`guardrails:
  exceptions:
    - name: admin-${DATA_PROD}
      principal: arn:aws:iam::${DATA_PROD}:role/Admin
      guardrails:
        - deny-access-key-creation
        - deny-user-creation
      owner: "TO FILL IN: the team that answers for it"
      reason: "TO FILL IN: why it is needed, and what will replace it"
      expires: 2026-05-02
    - name: developer
      principal:
        permissionSet: Developer
      accounts:
        - account: "${DATA_PROD}"
      guardrails:
        - deny-access-key-creation
      owner: "TO FILL IN: the team that answers for it"
      reason: "TO FILL IN: why it is needed, and what will replace it"
      expires: 2026-05-02
`);
  expect(suggestedExceptions([], made.state.guardrails, AT)).toBeUndefined();
});

test("no more groups are kept than can be", async () => {
  const events = Array.from({ length: 11_000 }, (_, n) =>
    iam("CreateAccessKey", identities.role(DATA_PROD, `role-${n}`), { n, request: { userName: "x" } }),
  );
  const { report } = await replay(made, events);
  expect(report.calls.length).toBeLessThanOrEqual(10_001);
  expect(report.calls[0]).toMatchObject({ principal: "others", calls: 1000, decision: "denied" });
  expect(report.guardrails.find(({ id }) => id === "deny-access-key-creation")!.denied.calls).toBe(11_000);
  expect(report.suggestedExceptions!.split("\n").filter((text) => text.includes("principal: "))).toHaveLength(50);
});

test("who comes in from outside the organization is put to resource control policies, in the account that is called", async () => {
  const from = (account: string, more: Partial<Parameters<typeof logEvent>[0]> = {}): LogEvent => {
    const { more: fields, ...rest } = more;
    return logEvent({
      call: "sts:AssumeRole",
      identity: { type: "AWSAccount", principalId: "AROAEXAMPLE0000000001:vendor", accountId: account } as never,
      time: "2026-01-15T12:00:00Z",
      request: { roleArn: `arn:aws:iam::${DATA_PROD}:role/vendor`, roleSessionName: "v" },
      ...rest,
      more: { recipientAccountId: DATA_PROD, ...fields },
    });
  };
  const events = [
    from("999999999999"),
    from("999999999999", { more: { recipientAccountId: SHOP_PROD } }),
    from("888888888888", { error: "AccessDenied" }),
    // Our own, as the log of the called account has them; and a call that no resource control policy speaks of.
    from(SHOP_PROD),
    from(MANAGEMENT),
    from("999999999999", { call: "s3:GetObject" }),
  ];
  const { report } = await replay(made, events, { guardrails: ["restrict-outside-accounts"] });
  expect(
    report.calls
      .map(({ account, principal, decision, because, calls, refused }) => [
        account.name,
        principal,
        decision,
        because,
        calls,
        refused,
      ])
      .sort(),
  ).toEqual([
    ["data-prod", "account 888888888888, outside the organization", "denied", ["RestrictOutsideAccounts"], 0, 1],
    ["data-prod", "account 999999999999, outside the organization", "denied", ["RestrictOutsideAccounts"], 1, 0],
    ["shop-prod", "account 999999999999, outside the organization", "denied", ["RestrictOutsideAccounts"], 1, 0],
  ]);
  expect((await replay(made, events, { guardrails: ["deny-access-key-creation"] })).report.calls).toEqual([]);
});
