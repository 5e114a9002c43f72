import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { clientSettings, memberClientSettings } from "../../../../local/client-settings";
import { doWhatPeopleDo } from "../../../../local/people";
import { journalFile, readJournal } from "../../../../modules/delivery/dismantle/journal";
import { targetState } from "../../../../modules/proofs/environment";
import { doubled } from "../../../../soak/doubled";
import { type Sandbox, sandbox } from "../../../../soak/interruptions";
import { ROOT } from "../../../support/environments";
import { describeReal } from "../../../support/real";
import { comeAsOutsider, cli, killedAt, leftIn, callsOf, environmentOf } from "./run";

jest.setTimeout(1_800_000);

describeReal("the example, applied and dismantled", () => {
  let place: Sandbox;
  afterAll(() => place.stop());

  test("all of it is applied, and people have enrolled", async () => {
    place = await sandbox(ROOT, "local");
    expect(await leftIn(place)).toEqual([]);
    place.local.resetCalls();
    const applied = await cli(place, "apply", "example", "--yes", "--no-verify");
    expect(applied.output).toContain("stacks applied, 0 without changes");
    expect(applied.status).toBe(0);
    await place.local.idle();
    await doWhatPeopleDo(place.local.endpoint, environmentOf(place), targetState(environmentOf(place)));
    expect((await leftIn(place)).length).toBeGreaterThan(50);
  });

  test("--dry-run prints the order, and all that is in the way: somebody else's role that trusts a provider, a policy by hand", async () => {
    const account = "444444444403";
    const member = new IAMClient(await memberClientSettings(place.local.endpoint, account, "eu-central-1"));
    const provider = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
    const trust = { Effect: "Allow", Principal: { Federated: provider }, Action: "sts:AssumeRoleWithWebIdentity" };
    await member.send(
      new CreateRoleCommand({
        RoleName: "somebodys-deploy",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }),
    );
    const management = new IAMClient(clientSettings(place.local.endpoint, { region: "eu-central-1" }));
    const extra = { RoleName: "SecurityBreakGlass", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
    await management.send(new AttachRolePolicyCommand(extra));
    const before = callsOf(place, /:(Delete|Detach|Disable)/).length;

    const { status, output } = await cli(place, "dismantle", "example", "--dry-run");
    expect(
      [...output.matchAll(/^ *(\d+)\. example-(\S+): \d+ deletion/gm)].map(([, n, name]) => `${n} ${name}`),
    ).toEqual([
      "1 guardrails",
      "2 guardrail-observation",
      "3 credential-hygiene",
      "4 workload-identity-333333333302-eu-central-1",
      "4 workload-identity-444444444401-eu-central-1",
      "4 workload-identity-444444444402-eu-central-1",
      "4 workload-identity-444444444403-eu-central-1",
      "5 identity-center-00",
      "5 identity-center-03",
      "5 identity-center-management",
      "6 identity-center",
      "7 pipeline",
      "8 break-glass",
    ]);
    expect(output).toContain("Another sign-in path than emergency access was seen in");
    expect(output).toContain("At last: the break-glass role in ");
    expect(output).toContain("aws_iam_user.user_break-glass-1");
    expect([...output.matchAll(/^error (\S+)/gm)].map(([, code]) => code)).toEqual([
      "DISMANTLE-LOCKS-OUT",
      "DISMANTLE-LOCKS-OUT",
      "DISMANTLE-NOT-AS-PLANNED",
    ]);
    expect(output).toContain("/local, and come in by the permission set AdministratorAccess, which goes");
    expect(output).toContain(`${provider} goes, and roles that stay trust it: somebodys-deploy`);
    expect(output).toContain("role SecurityBreakGlass in ");
    expect(status).toBe(3);
    expect(callsOf(place, /:(Delete|Detach|Disable)/)).toHaveLength(before);
    expect(readJournal(journalFile(place.project, "example"))).toEqual([]);

    await member.send(new DeleteRoleCommand({ RoleName: "somebodys-deploy" }));
    await management.send(new DetachRolePolicyCommand(extra));
    member.destroy();
    management.destroy();
    await comeAsOutsider(place);
  });

  test("another name than the environment's, or nobody to ask: nothing is even planned", async () => {
    for (const args of [["--yes", "exmaple"], []]) {
      const { status, output } = await cli(place, "dismantle", "example", ...args);
      expect([status, output]).toEqual([2, expect.stringMatching(/DISMANTLE-(CONFIRM|NOBODY-TO-ASK)/)]);
    }
  });

  test("killed with its Terraform in the middle, and run again: everything is gone, in the right order", async () => {
    const from = place.local.log.ordered().length;
    await killedAt(place, "sso:DeleteAccountAssignment", ["dismantle", "example", "--yes", "example"]);
    // The way in is there while anything else is.
    expect(callsOf(place, /^iam:DeleteUser$/)).toEqual([]);
    const again = await cli(place, "dismantle", "example", "--yes", "example");
    expect(again.output).toMatch(/break-glass role, which its StackSet had left: deleted in \d+ member accounts\n/);
    expect(again.output).toMatch(/read back from AWS at .*: of \d+ names that this environment makes none is left\n/);
    expect(again.status).toBe(0);

    expect(await leftIn(place)).toEqual([]);
    // Roles that StackSets make come by no call of Terraform's; by their names none is left, above.
    expect(doubled(place.local, []).filter((line) => !line.startsWith("aws_iam_role:"))).toEqual([]);
    for (const file of readdirSync(place.project).filter((name) => name.endsWith(".tfstate")))
      expect([file, JSON.parse(readFileSync(join(place.project, file), "utf8"))]).toMatchObject([
        file,
        { resources: [] },
      ]);
    const [detached, roles, users] = [/^organizations:DetachPolicy$/, /^iam:DeleteRole$/, /^iam:DeleteUser$/].map(
      (pattern) => callsOf(place, pattern).filter((index) => index >= from),
    );
    expect(Math.max(...detached!)).toBeLessThan(Math.min(...roles!));
    expect(Math.min(...users!)).toBeGreaterThan(
      Math.max(...callsOf(place, /^(sso|identitystore|config|rolesanywhere):Delete/)),
    );
  });
});
