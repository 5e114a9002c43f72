import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BaselineError } from "../../modules/kernel/errors";
import { explainQuestion } from "../../modules/proofs/explain";
import { keyless } from "../support/cli";
import { keylessHere } from "../support/in-process";
import { exampleWith } from "../support/environments";
import { temporaryProject } from "../support/project";

// Each run of the command line is a process of its own.
jest.setTimeout(60_000);

const project = temporaryProject();
afterAll(() => project.remove());
const file = (name: string): string => join(project.root, "environments/example", name);

/** The example with an SCP of somebody else's that stops break glass in the sandboxes. */
function lockedOut(): { readonly root: string; readonly remove: () => void } {
  const broken = temporaryProject();
  const path = join(broken.root, "environments/example/organization.yaml");
  const content = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "NoEc2", Effect: "Deny", Action: "ec2:StopInstances", Resource: "*" }],
  });
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace(
      "policies:\n",
      `policies:\n  - id: p-exmpnoec2\n    name: no-ec2\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: false\n    content: '${content}'\n    targetIds: [ou-exmp-sandbox1]\n`,
    ),
  );
  return broken;
}

describe("keyless prove", () => {
  test("prints the matrix, exit code 0", async () => {
    const { status, stdout, stderr } = await keyless(project.root, ["prove", "example"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^example {2}[\d,]+ sets of requests in \d+ distinct chains of SCPs, which bind 14 accounts\n/,
    );
    expect(stdout).toMatch(/\nany other role +proven 13 /);
    // Nobody takes "proven" for more than what is enforced there.
    expect(stdout).toMatch(/\nSandbox +2 +4 of 12 +proven 2 /);
    expect(stdout).toMatch(/\ndata-prod +1 +10 of 12 +proven 1 /);
    expect(stdout).toMatch(/\nevery proof holds\n$/);
  });

  test("exit code 3 and the counterexample where a proof does not hold", async () => {
    const broken = lockedOut();
    const text = await keylessHere(broken.root, ["prove", "example"]);
    expect(text.status).toBe(3);
    expect(text.stdout).toContain(
      "failed no-lock-out/Sandbox/break-glass/ec2:StopInstances\n    Break glass could not stop and start instances. Counterexample: in sandbox-1 (666666666601) and 1 more account, SecurityBreakGlass",
    );
    const json = await keylessHere(broken.root, ["prove", "--json"]);
    expect(json.status).toBe(3);
    const [report] = JSON.parse(json.stdout) as [{ counterexamples: { id: string; policy: string }[]; matrix: object }];
    expect(report.counterexamples).toMatchObject([
      { id: "no-lock-out/Sandbox/break-glass/ec2:StopInstances", policy: "no-ec2", decision: "denied" },
    ]);
    expect(report.matrix).toBeDefined();
    broken.remove();
  });

  test("every command that proves has the same exit code for it, and 2 where a file is wrong too", async () => {
    const broken = lockedOut();
    const commands = [
      ["validate"],
      ["show"],
      ["prove"],
      ["impact", "example", "--cloudtrail", "."],
      ["ready", "example"],
      ["drill", "example"],
      ["crl", "example"],
      ["verify", "example"],
      ["inventory", "example"],
    ];
    for (const args of commands) {
      const { status, stdout, stderr } = await keylessHere(broken.root, args);
      expect([args, status]).toEqual([args, 3]);
      if (args[0] !== "prove") expect(stdout + stderr).toContain("error PROOF-NO-LOCK-OUT environments/example/");
    }
    const json = await keylessHere(broken.root, ["validate", "--json"]);
    expect([json.status, JSON.parse(json.stdout)]).toMatchObject([
      3,
      [{ problems: [{ code: "PROOF-NO-LOCK-OUT", gate: true }] }],
    ]);
    // Another environment with a mistake: of that one nobody knows what the proofs would say.
    const second = join(broken.root, "environments/second");
    cpSync(join(broken.root, "environments/example"), second, { recursive: true });
    writeFileSync(join(second, "baseline.yaml"), "version: 9\n");
    for (const command of ["validate", "show", "prove"])
      expect([command, (await keylessHere(broken.root, [command])).status]).toEqual([command, 2]);
    broken.remove();
  });

  test("says of an exception that has ended that it no longer has effect", async () => {
    const ended = temporaryProject();
    const path = join(ended.root, "environments/example/baseline.yaml");
    const text = readFileSync(path, "utf8");
    const entry =
      '    - name: long-gone\n      principal: { role: Backup }\n      accounts: [{ account: shop-dev }]\n      guardrails: [deny-access-key-creation]\n      owner: shop\n      reason: The backup product makes its own keys\n      expires: "2020-01-31"\n';
    writeFileSync(
      path,
      text.includes("\n  exceptions:\n")
        ? text.replace("\n  exceptions:\n", `\n  exceptions:\n${entry}`)
        : text.replace("\n  rollout:\n", `\n  exceptions:\n${entry}  rollout:\n`),
    );
    const { status, stdout } = await keylessHere(ended.root, ["prove", "example"]);
    expect(stdout).toContain(
      "ended long-gone ended on 2020-01-31: it no longer has effect, AWS denies again. Remove it (shop).",
    );
    expect(status).toBe(0);
    ended.remove();
  });

  test("usage and input that are wrong: exit code 2", async () => {
    expect(await keylessHere(project.root, ["prove", "exampel"])).toMatchObject({ status: 2, stdout: "" });
    expect(await keylessHere(project.root, ["prove", "--json", "--markdown"])).toMatchObject({ status: 2 });
    expect((await keylessHere(project.root, ["prove", "--help"])).stdout).toContain("Examples:");
    expect(readFileSync(file("baseline.yaml"), "utf8").length).toBeGreaterThan(0);
  });
});

describe("keyless explain", () => {
  const explain = (...args: readonly string[]) => keyless(project.root, ["explain", "example", ...args]);

  test("names the statement that denies", async () => {
    const { status, stdout } = await explain(
      "--account",
      "shop-dev",
      "--principal",
      "administrator",
      "--action",
      "iam:createaccesskey",
      "--resource",
      "arn:aws:iam::555555555503:user/ci",
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^denied {2}iam:CreateAccessKey on arn:aws:iam::555555555503:user\/ci in shop-dev \(555555555503\)\n/,
    );
    expect(stdout).toMatch(
      /SCP keyless-[\w-]+ \(attached to [^)]+\), statement \d+ \(DenyAccessKeyCreation\), denies it/,
    );
  });

  test("break glass: allowed with MFA, not known without saying, denied when it says there is none", async () => {
    const ask = (...more: readonly string[]) =>
      explain(
        "--account",
        "shop-dev",
        "--principal",
        "arn:aws:iam::111111111111:user/break-glass/break-glass-1",
        "--action",
        "sts:AssumeRole",
        "--resource",
        "arn:aws:iam::555555555503:role/SecurityBreakGlass",
        "--json",
        ...more,
      );
    expect(JSON.parse((await ask("--mfa")).stdout)).toMatchObject({ decision: "allowed" });
    expect(JSON.parse((await ask()).stdout)).toMatchObject({ decision: "unknown" });
    expect(JSON.parse((await ask("--context", "aws:MultiFactorAuthPresent=false")).stdout)).toMatchObject({
      decision: "denied",
    });
  });

  test("a mistake is said without a stack trace, exit code 2", async () => {
    const { status, stdout, stderr } = await explain(
      "--account",
      "shop-de",
      "--principal",
      "root",
      "--action",
      "iam:GetUser",
    );
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("ACCOUNT-UNKNOWN");
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  const { environment, state } = exampleWith();
  test.each([
    [{ account: "shop-de", principal: "root", action: "iam:GetUser" }, "ACCOUNT-UNKNOWN", "Did you mean shop-dev?"],
    [
      { account: "old-website", principal: "root", action: "iam:GetUser" },
      "ACCOUNT-INACTIVE",
      "Name an active account.",
    ],
    [
      { account: "shop-dev", principal: "root", action: "iam:CreateAcessKey" },
      "EXPLAIN-ACTION",
      "Did you mean iam:CreateAccessKey?",
    ],
    [{ account: "shop-dev", principal: "root", action: "iamm:CreateUser" }, "EXPLAIN-ACTION", "Did you mean iam?"],
    [{ account: "shop-dev", principal: "root", action: "iam:*" }, "EXPLAIN-ACTION", "one question is about one action"],
    [
      { account: "shop-dev", principal: "adminstrator", action: "iam:GetUser" },
      "EXPLAIN-PRINCIPAL",
      "Did you mean administrator?",
    ],
    [
      { account: "shop-dev", principal: "arn:aws:sts::555555555503:assumed-role/Admin/me", action: "iam:GetUser" },
      "EXPLAIN-PRINCIPAL",
      "arn:aws:iam::555555555503:role/<path>Admin",
    ],
    [
      { account: "shop-dev", principal: "arn:aws:iam::5555:role/x", action: "iam:GetUser" },
      "EXPLAIN-PRINCIPAL",
      "is not the ARN of a role, user or root user",
    ],
    [
      { account: "shop-dev", principal: "root", action: "iam:GetUser", resource: "user/ci" },
      "EXPLAIN-RESOURCE",
      "is not an ARN",
    ],
    [
      { account: "shop-dev", principal: "root", action: "iam:GetUser", resource: "arn:aws:iam::444444444401:user/ci" },
      "EXPLAIN-RESOURCE",
      "Name the account of the resource",
    ],
    [
      { account: "shop-dev", principal: "root", action: "iam:GetUser", context: ["SourceIp"] },
      "EXPLAIN-CONTEXT",
      "is not key=value",
    ],
  ])("%j is refused in words", (question, code, words) => {
    const ask = (): unknown =>
      explainQuestion({ environment: environment!, ...state! }, { context: [], mfa: false, ...question });
    expect(ask).toThrow(BaselineError);
    expect(ask).toThrow(code);
    expect(ask).toThrow(words);
  });
});

describe("keyless who-can", () => {
  const ask = (...args: readonly string[]) => keylessHere(project.root, ["who-can", "example", ...args]);

  test("says who may, who may not and by which statement, and what it takes for granted", async () => {
    const { status, stdout } = await ask("--account", "data-prod", "--action", "iam:createaccesskey");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^iam:CreateAccessKey in data-prod \(444444444401\)\nAsked about every request: /);
    expect(stdout).toMatch(/\nmay +the exception backup-product until 2027-06-30\n {4}proven: /);
    expect(stdout).toMatch(/\nmay not +any other role/);
    expect(stdout).toMatch(
      /\n {4}proven, all requests are denied: DenyAccessKeyCreation of the SCP \S+ \(attached to Workloads\)\n/,
    );
    expect(stdout).toMatch(
      /\nOf 21 kinds of principals 1 may, 0 may at times, 0 unknown, 20 may not\.\nTaken for granted: /,
    );
  });

  test("as JSON with a version, the same twice", async () => {
    const args = ["--account", "444444444401", "--action", "iam:CreateAccessKey", "--json"];
    const { stdout } = await ask(...args);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, environment: "example", action: "iam:CreateAccessKey" });
    expect((await ask(...args)).stdout).toBe(stdout);
  });

  test("an account that there is not: exit code 2, nothing printed", async () => {
    const { status, stdout, stderr } = await ask("--account", "data-pro", "--action", "iam:CreateAccessKey");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Did you mean data-prod?");
  });
});

describe("keyless explain --requests", () => {
  const ask = (lines: readonly string[], ...more: readonly string[]) => {
    const path = join(project.root, "questions.jsonl");
    writeFileSync(path, lines.join("\n"));
    return keylessHere(project.root, ["explain", "example", "--requests", path, ...more]);
  };
  const good = { account: "shop-dev", principal: "administrator", action: "iam:CreateAccessKey" };
  const answers = (stdout: string): readonly Record<string, unknown>[] =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("answers every line in its order, the same as one question does", async () => {
    const context = { "aws:MultiFactorAuthPresent": true, "aws:TagKeys": ["a", "b"] };
    const { status, stdout } = await ask([
      `\ufeff${JSON.stringify(good)}\r`,
      "",
      JSON.stringify({ ...good, account: "sandbox-1", context, mfa: false }),
    ]);
    expect(status).toBe(0);
    expect(answers(stdout)).toMatchObject([
      { line: 1, decision: "denied", account: { name: "shop-dev" } },
      { line: 3, decision: "allowed", context: { "aws:MultiFactorAuthPresent": "true", "aws:TagKeys": ["a", "b"] } },
    ]);
    const single = await keylessHere(project.root, [
      "explain",
      "example",
      ...Object.entries(good).flatMap(([name, value]) => [`--${name}`, value]),
      "--json",
    ]);
    expect(answers(stdout)[0]).toEqual({ line: 1, ...(JSON.parse(single.stdout) as object) });
  });

  test("what is wrong with a line stands in its place; the others are answered; exit code 2", async () => {
    const lines = [
      JSON.stringify(good),
      "{",
      "[]",
      '"text"',
      JSON.stringify({ ...good, action: undefined }),
      JSON.stringify({ ...good, acount: "x" }),
      JSON.stringify({ ...good, mfa: "yes" }),
      JSON.stringify({ ...good, context: ["aws:SourceIp=203.0.113.7"] }),
      JSON.stringify({ ...good, context: { "aws:SourceIp": null } }),
      JSON.stringify({ ...good, context: { SourceIp: "203.0.113.7" } }),
      JSON.stringify({ ...good, account: "shop-de" }),
      JSON.stringify({ ...good, account: 5 }),
      JSON.stringify(good),
    ];
    const { status, stdout, stderr } = await ask(lines);
    expect([status, stderr]).toEqual([2, ""]);
    const found = answers(stdout);
    expect(found.map(({ line }) => line)).toEqual(lines.map((_, i) => i + 1));
    expect(found.map(({ error, decision }) => decision ?? (error as { code: string }).code)).toEqual([
      "denied",
      ...new Array<string>(8).fill("EXPLAIN-LINE"),
      "EXPLAIN-CONTEXT",
      "ACCOUNT-UNKNOWN",
      "EXPLAIN-LINE",
      "denied",
    ]);
    expect(JSON.stringify(found[5])).toContain("Did you mean account?");
  });

  test.each([
    ["a file that is not there", ["--requests", "/nowhere.jsonl"], "EXPLAIN-REQUESTS"],
    ["a folder", ["--requests", "."], "INPUT-FILE"],
    ["a question beside", ["--requests", "x", "--account", "shop-dev"], "USAGE"],
    ["neither", ["--account", "shop-dev"], "USAGE"],
  ])("%s: exit code 2", async (_, args, code) => {
    const { status, stdout, stderr } = await keylessHere(project.root, ["explain", "example", ...args]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(code);
  });
});
