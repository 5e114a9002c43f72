import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreatePolicyCommand, DeletePolicyCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { clientSettings } from "../../../local/client-settings";
import { Ended, interruptAndRecover, keyless, Outcome, Way } from "../../../local/interruption";
import { Sandbox, sandbox } from "../../../soak/interruptions";
import { ROOT } from "../../support/environments";
import { describeReal } from "../../support/real";

jest.setTimeout(900_000);

/** Rows of docs/interrupted-apply.md, as a person would run them. Many more of them, at random: npm run soak -- --only interruptions. */
describeReal("an interrupted apply, recovered", () => {
  let place: Sandbox;
  afterEach(() => place.stop());

  const interrupted = async (backend: "local" | "s3", way: Way, call: number): Promise<Outcome> => {
    place = await sandbox(ROOT, backend);
    const outcome = await interruptAndRecover({
      cli: join(ROOT, "dist/cli/index.js"),
      project: place.project,
      environment: "example",
      stack: "guardrails",
      env: place.local.env,
      counter: place.counter,
      way,
      call,
    });
    expect(outcome.interrupted).toBe(true);
    return outcome;
  };
  const endsWell = ({ recovered, applied, planned }: Outcome): void => {
    // Terraform's own exit code of a plan: 2 where anything is left.
    expect([recovered?.status, applied.status, planned.status]).toEqual([0, 0, 0]);
    expect(existsSync(join(place.project, ".keyless/runs/example-guardrails.json"))).toBe(false);
  };

  test("killed on S3: the dead lock is broken, what is in AWS is taken in, and nothing is left", async () => {
    const outcome = await interrupted("s3", "kill-both", 6);
    expect(outcome.recovered?.output).toMatch(
      /is locked by .*: its run is dead \(process \d+ of this machine\), so it was broken\n/,
    );
    expect(outcome.recovered?.output).toContain("taken into the state");
    endsWell(outcome);
  });

  test("told to stop: what is marked as damaged is not made twice", async () => {
    endsWell(await interrupted("local", "SIGTERM", 8));
  });

  test("one stack fails: something of its name is not ours; recover leaves it alone, and without it the second run ends", async () => {
    place = await sandbox(ROOT, "local");
    const client = new OrganizationsClient(clientSettings(place.local.endpoint, { region: "us-east-1" }));
    const run = (...args: string[]): Promise<Ended> =>
      keyless(join(ROOT, "dist/cli/index.js"), place.project, place.local.env, args).ended;
    const [Name] = policyNames(place.project);
    const { Policy } = await client.send(
      new CreatePolicyCommand({
        Name: Name!,
        Type: "SERVICE_CONTROL_POLICY",
        Description: "somebody's",
        Content: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Action: "ec2:*", Resource: "*" }],
        }),
      }),
    );
    const failed = await run("apply", "example", "guardrails", "--yes", "--no-verify");
    expect(failed.output).toContain("error DELIVERY-APPLY-FAILED\n  example-guardrails cannot be applied: ");
    expect(failed.output).toContain("npx keyless recover example finds what it left behind");
    expect(failed.output).not.toMatch(/unhandled|\n\s+at /);
    expect(failed.status).toBe(1);
    const recovered = await run("recover", "example", "guardrails");
    expect(recovered.output).toContain("has no tag keyless:environment");
    expect(recovered.status).toBe(3);
    await client.send(new DeletePolicyCommand({ PolicyId: Policy!.PolicySummary!.Id! }));
    client.destroy();
    expect((await run("apply", "example", "guardrails", "--yes", "--no-verify")).status).toBe(0);
    expect((await run("apply", "example", "guardrails", "--yes", "--no-verify")).output).toContain(
      "0 stacks applied, 1 without changes",
    );
  });
});

/** Names of the service control policies that the stack makes. */
function policyNames(project: string): readonly string[] {
  const file = join(project, "cdktf.out/stacks/example-guardrails/cdk.tf.json");
  const { resource } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly resource: { readonly aws_organizations_policy: Readonly<Record<string, { name: string; type: string }>> };
  };
  return Object.values(resource.aws_organizations_policy)
    .filter(({ type }) => type === "SERVICE_CONTROL_POLICY")
    .map(({ name }) => name);
}
