import type { Environment } from "../../../modules/sections/environment";
import { BaselineError } from "../../../modules/kernel/errors";
import { whoCan, WhoCanAnswer, WhoCanQuestion, WhoCanReport } from "../../../modules/proofs/who-can";
import type { ProofInput } from "../../../modules/proofs/types";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { exampleWith, frozenWith, TextEdit } from "../../support/environments";
import { foreignPolicy } from "./fixture";

const inputs = new Map<string, ProofInput>();

function asked(edit: TextEdit, question: Partial<WhoCanQuestion> = {}, from = frozenWith): WhoCanReport {
  const key = `${from.name} ${JSON.stringify(edit)}`;
  let input = inputs.get(key);
  if (!input) {
    const environment = from(edit).environment as Environment;
    input = { environment, ...resolveUnproven(environment).state! };
    inputs.set(key, input);
  }
  return whoCan(input, { account: "shop-prod", action: "iam:CreateAccessKey", ...question });
}

const of = (report: WhoCanReport, kind: WhoCanAnswer["kind"], who = ""): WhoCanAnswer => {
  const found = report.answers.filter((one) => one.kind === kind && one.who.includes(who));
  expect(found).toHaveLength(1);
  return found[0]!;
};
const verdicts = (report: WhoCanReport): Readonly<Record<string, string>> =>
  Object.fromEntries(report.answers.map(({ who, verdict, known }) => [who, `${verdict}, ${known}`]));

const RCPS: readonly [string, string] = ["enabledPolicyTypes:\n", "enabledPolicyTypes:\n  - RESOURCE_CONTROL_POLICY\n"];
const rcp = (name: string, statement: object): TextEdit => {
  const [from, to] = foreignPolicy(name, "ou-exmp-workload", [{ Effect: "Deny", Principal: "*", ...statement }]);
  return { organization: [RCPS, [from, to.replace("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")]] };
};
const scp = (statement: object, target = "ou-exmp-workload"): TextEdit => ({
  organization: [foreignPolicy("foreign", target, [{ Effect: "Deny", ...statement }])],
});
const problem = (code: string, fix: RegExp): object =>
  expect.objectContaining({
    problems: [expect.objectContaining({ code, fix: expect.stringMatching(fix) as string })],
  }) as object;

describe("who may make an access key", () => {
  test("where the guardrail is enforced: nobody, by its statement", () => {
    const report = asked({});
    expect(new Set(report.answers.map(({ verdict }) => verdict))).toEqual(new Set(["nobody"]));
    expect(of(report, "administrator")).toMatchObject({
      known: "proven",
      by: [{ layer: "scp", statement: "DenyAccessKeyCreation", place: "Workloads" }],
    });
    expect(of(report, "outsider")).toMatchObject({ known: "documented" });
    expect(report.set).toBe("iam:CreateAccessKey on any user in shop-prod, with any values of all condition keys");
  });

  test("where it is not: everybody whose own policies do not say otherwise", () => {
    const report = asked({}, { account: "sandbox-1" });
    expect(of(report, "administrator")).toMatchObject({ verdict: "everybody", known: "proven" });
    expect(of(report, "administrator").assumes.join()).toContain("taken to allow everything");
    expect(of(report, "break-glass")).toMatchObject({ verdict: "everybody", assumes: [] });
    expect(of(report, "pipeline-member").verdict).toBe("everybody");
    expect(report.answers[0]!.verdict).toBe("everybody");
    expect(report.answers.at(-1)!.verdict).toBe("nobody");
  });

  test("an exception may until its end, and every other role of the account may not", () => {
    const report = asked({}, { account: "data-prod" }, exampleWith);
    expect(of(report, "exception")).toMatchObject({
      verdict: "everybody",
      arns: { like: ["arn:aws:iam::444444444401:role/backup/backup-product"] },
    });
    expect(of(report, "expired-exception")).toMatchObject({ verdict: "nobody", known: "proven" });
    expect(of(report, "administrator").verdict).toBe("nobody");
    expect(of(report, "administrator").arns.except).toContain("arn:aws:iam::444444444401:role/backup/backup-product");
  });

  test("a foreign SCP that spares a tag leaves some", () => {
    const report = asked(
      scp(
        {
          Action: "iam:CreateAccessKey",
          Resource: "*",
          Condition: { StringNotEquals: { "aws:PrincipalTag/key-admin": "true" } },
        },
        "ou-exmp-sandbox1",
      ),
      { account: "sandbox-1" },
    );
    const answer = of(report, "administrator");
    expect(answer).toMatchObject({
      verdict: "some",
      known: "witness",
      denied: { because: expect.stringContaining("foreign") as string },
    });
    expect(answer.allowed!.principal).toContain(":role/");
    expect(answer.denied!.context).not.toHaveProperty("aws:PrincipalTag/key-admin", "true");
  });

  test("a foreign SCP that names users alone: of one of them another answer than of any", () => {
    const edit = scp({ Action: "iam:*AccessKey*", Resource: "arn:aws:iam::*:user/svc-*" }, "ou-exmp-sandbox1");
    expect(of(asked(edit, { account: "sandbox-1" }), "iam-user").verdict).toBe("some");
    const named = (name: string): WhoCanAnswer =>
      of(asked(edit, { account: "sandbox-1", resource: `arn:aws:iam::666666666601:user/${name}` }), "iam-user");
    expect(named("svc-a")).toMatchObject({ verdict: "nobody", by: [{ policy: "foreign", place: "Sandbox" }] });
    expect(named("alice").verdict).toBe("everybody");
  });

  test("permission sets go by the groups that are assigned them in the account", () => {
    const report = asked({}, {}, exampleWith);
    const people = report.answers.filter(({ kind }) => kind === "permission-set");
    expect(people.map(({ who, people: groups }) => [who.split(" ")[2], groups])).toEqual([
      ["AdministratorAccess", ["Platform"]],
      ["Developer", ["Shop"]],
      ["LegacyReadOnly", undefined],
      ["ReadOnly", ["Engineering"]],
      ["SecurityAudit", ["Security"]],
    ]);
  });

  test("the management account is bound by nothing, and says so", () => {
    const report = asked({}, { account: "management", action: "iam:CreateUser" });
    expect(of(report, "root").verdict).toBe("everybody");
    expect(report.assumes.join()).toContain("neither SCPs nor RCPs bind the management account");
  });
});

describe("other actions", () => {
  test("own policies of what the baseline makes are read", () => {
    const report = asked({}, { account: "data-prod", action: "s3:PutObject" }, exampleWith);
    expect(of(report, "workload", "warehouse-load").verdict).toBe("some");
    expect(of(report, "workload", "warehouse-load").allowed!.resource).toMatch(/^arn:aws:s3:::data-prod-warehouse\//);
    expect(of(report, "inventory")).toMatchObject({
      verdict: "nobody",
      by: [],
      reasons: ["their own policies allow none of these requests"],
    });
  });

  test("an RCP that denies outsiders is a proof; one that does not leaves it unknown", () => {
    const perimeter = (condition: object): WhoCanReport =>
      asked(rcp("perimeter", { Action: "s3:*", Resource: "*", Condition: condition }), { action: "s3:GetObject" });
    const closed = perimeter({ StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorg1" } });
    expect(of(closed, "outsider")).toMatchObject({
      verdict: "nobody",
      known: "proven",
      by: [{ layer: "rcp", policy: "perimeter", place: "Workloads" }],
    });
    expect(of(closed, "other-account").verdict).toBe("unknown");
    expect(of(perimeter({ StringNotEquals: { "aws:SourceVpc": "vpc-1" } }), "outsider").verdict).toBe("unknown");
  });

  test("break glass and nobody else assumes its role, with MFA", () => {
    const report = asked(
      {},
      { action: "sts:AssumeRole", resource: "arn:aws:iam::444444444403:role/SecurityBreakGlass" },
    );
    const users = of(report, "break-glass-user");
    expect(users).toMatchObject({ verdict: "some", allowed: { context: { "aws:multifactorauthpresent": "true" } } });
    expect(report.answers.filter(({ verdict }) => verdict !== "nobody")).toEqual([users]);
  });

  test("of a role whose trust nobody knows it is unknown, unless an SCP denies", () => {
    const question = { action: "sts:AssumeRole", resource: "arn:aws:iam::444444444403:role/Ops" };
    expect(of(asked({}, question), "administrator")).toMatchObject({ verdict: "unknown", known: "unknown" });
    const closed = asked(scp({ Action: "sts:AssumeRole", Resource: "*" }), question);
    expect(of(closed, "administrator").verdict).toBe("nobody");
    expect(of(closed, "other-account").verdict).toBe("unknown");
    expect(of(closed, "break-glass-user").reasons).toEqual(["their own policies allow none of these requests"]);
  });

  test("a token, not a principal, is asked where tokens are what it takes", () => {
    const report = asked(
      {},
      {
        action: "sts:AssumeRoleWithWebIdentity",
        resource: "arn:aws:iam::444444444403:role/keyless/workloads/workload-shop-deploy",
      },
      exampleWith,
    );
    expect(verdicts(report)).toEqual({ "anybody with a token of any issuer": "some, witness" });
  });

  test("what knows no resource is done from inside alone", () => {
    const report = asked({}, { action: "ec2:DescribeInstances" });
    expect(report.answers.some(({ kind }) => kind === "outsider" || kind === "other-account")).toBe(false);
  });

  test("sessions that are revoked are opened again", () => {
    const revoked = asked(
      scp({
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" } },
      }),
      { action: "iam:ListUsers" },
    );
    expect(of(revoked, "administrator").verdict).toBe("everybody");
  });
});

describe("what is asked wrongly", () => {
  test.each([
    ["account", { account: "shopprod" }, "ACCOUNT-UNKNOWN", /Did you mean shop-prod\?/],
    ["action", { action: "iam:CreateAccesKey" }, "EXPLAIN-ACTION", /Did you mean iam:CreateAccessKey\?/],
    ["service", { action: "imm:CreateAccessKey" }, "EXPLAIN-ACTION", /Did you mean \w+\?/],
    ["pattern", { action: "iam:*" }, "EXPLAIN-ACTION", /without wildcards/],
    ["resource", { resource: "user/alice" }, "EXPLAIN-RESOURCE", /arn:aws/],
    ["resource elsewhere", { resource: "arn:aws:iam::444444444401:user/a" }, "EXPLAIN-RESOURCE", /--account/],
  ])("%s", (_, question, code, fix) => {
    expect(() => asked({}, question)).toThrow(BaselineError);
    expect(() => asked({}, question)).toThrow(problem(code, fix) as Error);
  });
});
