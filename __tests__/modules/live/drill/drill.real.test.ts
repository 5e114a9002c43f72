import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as iam from "@aws-sdk/client-iam";
import { clientSettings, consoleSettings, memberClientSettings } from "../../../../local/client-settings";
import { type LocalAws, startLocalAws } from "../../../../local/runner";
import { drill, type DrillOptions } from "../../../../modules/live/drill/run";
import { drillProblems, keepDrill } from "../../../../modules/live/drill/history";
import { drillHtml, drillMarkdown, drillVerdict } from "../../../../modules/live/drill/report";
import type { DrillRecord, Outcome } from "../../../../modules/live/drill/types";
import { userArn } from "../../../../modules/sections/break-glass/documents";
import { keyless } from "../../../support/cli";
import { exampleWith } from "../../../support/environments";
import { temporaryProject } from "../../../support/project";
import { describeReal } from "../../../support/real";

jest.setTimeout(300_000);

describeReal("a drill of break glass against the local AWS", () => {
  const { environment, state } = exampleWith();
  const { identity, role, users, userPolicy } = state!.breakGlass;
  const DEV = "555555555503";
  const user = users[0]!.name;
  let local: LocalAws;
  const iamIn = async (accountId: string): Promise<iam.IAMClient> =>
    new iam.IAMClient(
      accountId === identity.homeAccountId
        ? clientSettings(local.endpoint, { region: "us-east-1" })
        : await memberClientSettings(local.endpoint, accountId, "us-east-1"),
    );
  const makeRole = async (accountId: string, trust: unknown = role.trust): Promise<void> => {
    const aws = await iamIn(accountId);
    await aws.send(
      new iam.CreateRoleCommand({
        RoleName: role.name,
        AssumeRolePolicyDocument: JSON.stringify(trust),
        MaxSessionDuration: role.maxSessionSeconds,
      }),
    );
    for (const PolicyArn of role.managedPolicyArns)
      await aws.send(new iam.AttachRolePolicyCommand({ RoleName: role.name, PolicyArn }));
  };
  const retrust = async (accountId: string, trust: unknown): Promise<unknown> =>
    (await iamIn(accountId)).send(
      new iam.UpdateAssumeRolePolicyCommand({ RoleName: role.name, PolicyDocument: JSON.stringify(trust) }),
    );

  beforeAll(async () => {
    local = await startLocalAws({ facts: environment!.organization, region: "eu-central-1" });
    const home = await iamIn(identity.homeAccountId);
    for (const { name } of users) {
      await home.send(new iam.CreateUserCommand({ UserName: name, Path: identity.userPath }));
      await home.send(
        new iam.PutUserPolicyCommand({
          UserName: name,
          PolicyName: "break-glass",
          PolicyDocument: JSON.stringify(userPolicy),
        }),
      );
      await home.send(new iam.CreateLoginProfileCommand({ UserName: name, Password: "A-password-0f-the-local-AWS" }));
      const { VirtualMFADevice } = await home.send(
        new iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }),
      );
      await home.send(
        new iam.EnableMFADeviceCommand({
          UserName: name,
          SerialNumber: VirtualMFADevice?.SerialNumber,
          AuthenticationCode1: "000000",
          AuthenticationCode2: "111111",
        }),
      );
    }
    for (const { id } of environment!.tree.accounts) await makeRole(id);
  });
  afterAll(() => local.stop());

  const signIn = async (name = user, mfaAgeSeconds = 20) => {
    const { endpoint, credentials } = await consoleSettings(
      local.endpoint,
      userArn(identity, name),
      "eu-central-1",
      mfaAgeSeconds,
    );
    return { endpoint, credentials };
  };
  const practise = async (options: Partial<DrillOptions> = {}): Promise<DrillRecord> => {
    // A person who looks into the mailbox takes a minute.
    let looked = 0;
    return drill(environment!, state!, {
      now: () => new Date(Date.now() + looked),
      wait: () => Promise.resolve(),
      waitSeconds: 0,
      everyDays: 90,
      access: await signIn(),
      mailReceivedAt: (from) => {
        looked = 60_000;
        return Promise.resolve(new Date(from.getTime() + 41_000));
      },
      ...options,
    });
  };
  const outcomes = (record: DrillRecord): Record<Outcome, number> => {
    const all = [...record.accounts, ...record.refusals, ...record.alarms].map((one) => one.outcome);
    const count = (outcome: Outcome): number => all.filter((one) => one === outcome).length;
    return { passed: count("passed"), failed: count("failed"), unknown: count("unknown") };
  };

  test("all is well: every account, nobody else, the calls in CloudTrail, the mail; the record is kept and known to validate", async () => {
    const record = await practise();
    expect(record.outcome).toBe("passed");
    expect(record.accounts.map((one) => one.accountId)).toEqual(environment!.tree.accounts.map((one) => one.id));
    expect(outcomes(record)).toEqual({ passed: 14 + 2 + 14 * 6 + 3, failed: 0, unknown: 0 });
    expect(record.alarms.map((one) => one.delaySeconds)).toEqual([undefined, expect.any(Number), 41]);
    expect(record.refusals.filter((one) => one.how === "tried").map((one) => one.question)).toEqual([
      "the user under another session name",
      "another principal: the administrator's session in management",
    ]);
    const project = temporaryProject();
    const files = keepDrill(project.root, record);
    expect(files.map((file) => file.replace(/^.*\./, ""))).toEqual(["json", "md", "html"]);
    const due = (now: Date) =>
      drillProblems(project.root, "example", {
        everyDays: 90,
        wasApplied: true,
        organizationId: record.organizationId,
        now,
      }).map(({ code }) => code);
    const days = (n: number): Date => new Date(Date.parse(record.to) + n * 86_400_000 + 1000);
    expect([due(days(0)), due(days(90)), due(days(91))]).toEqual([[], [], ["DRILL-DUE"]]);
    // One that failed since does not count as practice, and neither does one that somebody has touched.
    const later = `${days(2).toISOString().slice(0, 19)}Z`;
    const [first, ...others] = record.accounts;
    keepDrill(project.root, {
      ...record,
      from: later,
      to: later,
      accounts: [{ ...first!, outcome: "failed" }, ...others],
      outcome: "failed",
    });
    expect(due(days(91))).toEqual(["DRILL-DUE"]);
    writeFileSync(join(project.root, "environments/example/drills/by-hand.json"), "{}");
    expect(due(days(3))).toEqual(["DRILL-RECORD"]);
    project.remove();
  });

  test("the role is missing in one account, foreign in another: both are named with what to do, the others are entered", async () => {
    const aws = await iamIn(DEV);
    await aws.send(new iam.DetachRolePolicyCommand({ RoleName: role.name, PolicyArn: role.managedPolicyArns[0] }));
    await aws.send(new iam.DeleteRoleCommand({ RoleName: role.name }));
    const [statement] = role.trust.Statement;
    const { Bool, ...rest } = statement!.Condition as Record<string, unknown>;
    await retrust("444444444403", {
      Version: "2012-10-17",
      Statement: [{ ...statement, Condition: { ...rest, BoolIfExists: Bool } }],
    });
    await retrust("444444444402", {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::444444444402:root" }, Action: "sts:AssumeRole" }],
    });
    const record = await practise();
    await makeRole(DEV);
    await retrust("444444444403", role.trust);
    await retrust("444444444402", role.trust);
    const failed = record.accounts.filter((one) => one.outcome !== "passed");
    expect(failed.map((one) => one.accountName).sort()).toEqual(["payments-prod", "shop-dev"]);
    for (const one of failed)
      expect([one.details[0], one.fix]).toEqual([
        expect.stringContaining("cannot be assumed"),
        expect.stringContaining("keyless verify example"),
      ]);
    // The age of MFA is absent by an access key, so that the rest of the trust still refuses; nothing is claimed of what was not asked.
    expect(record.outcome).toBe("failed");
    expect(drillVerdict(record)).toContain("got into 12 of 14 accounts");
    expect(drillMarkdown(record)).toMatch(/\| FAILED \| shop-dev \(555555555503\)/);
    expect(drillHtml(record)).not.toMatch(/<script|https?:/);
  });

  test("a trust that lets others in is a failure, tried and judged apart", async () => {
    const [statement] = role.trust.Statement;
    const {
      Bool: _b,
      NumericLessThan: _n,
      StringEquals: _s,
      ...rest
    } = statement!.Condition as Record<string, unknown>;
    await retrust(identity.homeAccountId, {
      Version: "2012-10-17",
      Statement: [{ ...statement, Condition: rest }],
    });
    const record = await practise();
    await retrust(identity.homeAccountId, role.trust);
    const let_in = record.refusals.filter((one) => one.outcome === "failed");
    expect(let_in.map((one) => `${one.how}: ${one.question}`).sort()).toEqual([
      "judged on the trust policy as read: anybody whom the planned trust policy does not let in",
      "judged on the trust policy as read: the user by an access key, which carries no MFA at all",
      "judged on the trust policy as read: the user under another session name",
      "judged on the trust policy as read: the user with MFA older than 60 minutes",
      "judged on the trust policy as read: the user without MFA",
      "tried: the user under another session name",
    ]);
    expect(record.outcome).toBe("failed");
  });

  test("an old sign-in gets in nowhere, and then nobody can ask CloudTrail: failed and unknown, never passed", async () => {
    const record = await practise({ access: await signIn(user, 3_700) });
    expect(outcomes(record)).toMatchObject({ failed: 14, unknown: 1 });
  });

  test("no mail, or an older one, is no alarm; nor is a CloudTrail that shows nothing or refuses", async () => {
    expect((await practise({ mailReceivedAt: () => Promise.resolve(undefined) })).outcome).toBe("unknown");
    const old = await practise({ mailReceivedAt: (from) => Promise.resolve(new Date(from.getTime() - 1000)) });
    expect(old.outcome).toBe("failed");
    const clear = local.faults.add({ operation: "cloudtrail:LookupEvents", kind: "refuse" });
    const dark = await practise();
    clear();
    expect([dark.outcome, dark.alarms[1]]).toEqual(["unknown", expect.objectContaining({ outcome: "unknown" })]);
  });

  test("whoever is no break-glass user, or comes with a key, drills nothing", async () => {
    const nobody = { endpoint: local.endpoint, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    await expect(practise({ access: nobody })).rejects.toMatchObject({
      problems: [expect.objectContaining({ code: "DRILL-NOT-A-BREAK-GLASS-USER" })],
      exitCode: 2,
    });
  });

  test("as a command: --dry-run calls nothing, a drill without a mail is exit code 3 and keeps its record", async () => {
    const project = temporaryProject();
    const { credentials } = await signIn();
    const env = {
      AWS_ENDPOINT_URL: local.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
    const dry = await keyless(project.root, ["drill", "example", "--dry-run"], {
      ...env,
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    });
    expect([dry.status, dry.stdout]).toEqual([0, expect.stringContaining("sts:AssumeRole arn:aws:iam::555555555503")]);
    const run = await keyless(project.root, ["drill", "example", "--wait-minutes", "0"], env);
    expect(run.stdout).toContain("got into 14 of 14 accounts");
    expect([run.status, run.stderr]).toEqual([3, ""]);
    const [json] = run.stdout.match(/environments\/example\/drills\/\S+\.json/) ?? [];
    expect(JSON.parse(readFileSync(join(project.root, json!), "utf8"))).toMatchObject({
      outcome: "unknown",
      user: { name: user },
    });
    expect(existsSync(join(project.root, json!.replace(".json", ".html")))).toBe(true);
    project.remove();
  });
});
