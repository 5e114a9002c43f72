import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateAccountCommand, MoveAccountCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { clientSettings, memberClientSettings } from "../../../../local/client-settings";
import { syntheticOrganization } from "../../../../local/organizations/synthetic";
import { type LocalAws, startLocalAws } from "../../../../local/runner";
import type { Organization } from "../../../../modules/organization/types";
import { organizationText } from "../../../../modules/live/sync/file";
import { CliRun, keyless } from "../../../support/cli";
import { EXAMPLE_BASELINE, EXAMPLE_ORGANIZATION, exampleWith, ROOT } from "../../../support/environments";
import { temporaryProject } from "../../../support/project";
import { sortedFacts } from "../../../support/read-organization";
import { describeReal } from "../../../support/real";
import { Warm } from "../../../support/warm";

jest.setTimeout(180_000);

/** For all but the first sync and those of a new environment. */
const warm = new Warm();
afterAll(() => warm.stop());

const EXAMPLE = exampleWith().environment!.organization;

describeReal("keyless sync against the local AWS", () => {
  const project = temporaryProject();
  const folder = join(project.root, "environments/example");
  const file = join(folder, "organization.yaml");
  let local: LocalAws;
  const sync = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<CliRun> =>
    warm.keyless(project.root, ["sync", "example", ...args], { ...local.env, ...env });

  beforeAll(async () => {
    local = await startLocalAws({ facts: EXAMPLE });
  });
  afterAll(async () => {
    await local?.stop();
    project.remove();
  });
  beforeEach(() => {
    writeFileSync(file, EXAMPLE_ORGANIZATION);
    writeFileSync(join(folder, "baseline.yaml"), EXAMPLE_BASELINE);
  });
  afterEach(() => {
    local.faults.clear();
    // Whatever happens, no temporary file is left.
    expect(readdirSync(folder).sort()).toEqual(["baseline.yaml", "certificates", "organization.yaml", "policies"]);
  });

  test("writes the example's facts again, byte for byte", async () => {
    rmSync(file);
    expect(await keyless(project.root, ["sync", "example"], local.env)).toEqual({
      status: 0,
      stderr: "",
      stdout:
        "example  o-exampleorg1: 15 accounts in 7 OUs, 4 policies, 1 trail, Identity Center in eu-central-1 with 5 groups and 1 permission set\nwrote environments/example/organization.yaml. Next: npx keyless validate example\n",
    });
    expect(readFileSync(file, "utf8")).toBe(EXAMPLE_ORGANIZATION);
    expect((await sync()).stdout).toContain("environments/example/organization.yaml is up to date");
    expect((await sync(["--check"])).status).toBe(0);
    // Every call it makes is one that the local AWS knows: none was answered by a fallback.
    expect(local.missing()).toEqual([]);
  });

  test("needs the permissions that docs/sync.md lists, and no other", async () => {
    local.resetCalls();
    expect((await sync()).status).toBe(0);
    const policy = JSON.parse(/```json\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs/sync.md"), "utf8"))![1]!) as {
      Statement: readonly [{ Action: readonly string[] }];
    };
    // Whoever has credentials may ask who they are of.
    expect(Object.keys(local.calls()).filter((action) => action !== "sts:GetCallerIdentity")).toEqual(
      policy.Statement[0].Action,
    );
  });

  test("a broken file is said and replaced", async () => {
    writeFileSync(file, "<<<<<<< HEAD\nid: o-exampleorg1\n");
    const { status, stdout } = await sync();
    expect(status).toBe(0);
    expect(stdout).toContain("warning SYNC-OLD-FACTS environments/example/organization.yaml");
    expect(readFileSync(file, "utf8")).toBe(EXAMPLE_ORGANIZATION);
  });

  test("a baseline that is wrong elsewhere does not hinder it; one without a region does", async () => {
    writeFileSync(join(folder, "baseline.yaml"), "region: eu-central-1\nbreakGlass: not yet\n");
    expect((await sync()).status).toBe(0);
    writeFileSync(join(folder, "baseline.yaml"), "breakGlass: not yet\n");
    expect(await sync()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("error CONFIG-MISSING environments/example/baseline.yaml:1:1 region") as string,
    });
  });

  test("throttling and failures that pass only take longer", async () => {
    rmSync(file);
    local.faults.add({ operation: "organizations:ListTagsForResource", kind: "throttle", times: 4 });
    local.faults.add({ operation: "sso:DescribePermissionSet", kind: "throttle", times: 2 });
    local.faults.add({ operation: "cloudtrail:*", kind: "error", times: 1 });
    const before = local.faults.injected;
    expect((await sync()).status).toBe(0);
    expect(local.faults.injected - before).toBe(7);
    expect(readFileSync(file, "utf8")).toBe(EXAMPLE_ORGANIZATION);
  });

  test("an account that came is told, in terms of the organization", async () => {
    const client = new OrganizationsClient(clientSettings(local.endpoint, { region: "us-east-1" }));
    const { CreateAccountStatus } = await client.send(
      new CreateAccountCommand({
        AccountName: "search-prod",
        Email: "search@example.com",
        Tags: [{ Key: "team", Value: "search" }],
      }),
    );
    const id = CreateAccountStatus!.AccountId!;
    await client.send(
      new MoveAccountCommand({ AccountId: id, SourceParentId: "r-exmp", DestinationParentId: "ou-exmp-wrkprod1" }),
    );
    const told = `  + account search-prod (${id}): in Workloads/Prod; tag team=search\n`;

    const check = await sync(["--check"]);
    expect(check).toMatchObject({ status: 3, stderr: "" });
    expect(check.stdout).toContain(
      `${told}stale: environments/example/organization.yaml was left as it is; npx keyless sync example writes it\n`,
    );
    expect(readFileSync(file, "utf8")).toBe(EXAMPLE_ORGANIZATION);

    const json = await sync(["--check", "--json"]);
    expect(json.status).toBe(3);
    expect(JSON.parse(json.stdout)).toEqual({
      environment: "example",
      file: "environments/example/organization.yaml",
      stale: true,
      written: false,
      organizationId: "o-exampleorg1",
      changes: [
        {
          kind: "added",
          what: "account",
          name: `search-prod (${id})`,
          details: ["in Workloads/Prod", "tag team=search"],
        },
      ],
      warnings: [],
    });

    expect((await sync()).stdout).toContain(`${told}wrote environments/example/organization.yaml`);
    expect((await sync()).stdout).toContain("is up to date");
    expect((await warm.keyless(project.root, ["validate", "example"])).stdout).toContain("example: valid");
    expect(Object.keys(local.calls())).toContain("organizations:ListAccountsForParent");
  });

  describe("what AWS refuses is one message with its fix, and writes nothing", () => {
    test.each<[string, { readonly operation: string; readonly code?: string }, string]>([
      [
        "access denied",
        { operation: "organizations:ListTagsForResource" },
        "error AWS-DENIED\n  AWS refuses organizations:ListTagsForResource (Refused",
      ],
      [
        "an expired token",
        { operation: "sts:GetCallerIdentity", code: "ExpiredToken" },
        "error AWS-EXPIRED\n  The session with AWS has ended",
      ],
      [
        "a token that expires on the way",
        { operation: "sso:ListPermissionSets", code: "ExpiredTokenException" },
        "error AWS-EXPIRED\n  The session with AWS has ended (sso:ListPermissionSets",
      ],
      [
        "credentials that AWS does not know",
        { operation: "sts:GetCallerIdentity", code: "InvalidClientTokenId" },
        "error AWS-BAD-CREDENTIALS",
      ],
      [
        "an account without an organization",
        { operation: "organizations:DescribeOrganization", code: "AWSOrganizationsNotInUseException" },
        "error AWS-NO-ORGANIZATION",
      ],
      [
        "Identity Center in the home region denied",
        { operation: "sso:ListInstances" },
        "error AWS-DENIED\n  AWS refuses sso:ListInstances",
      ],
      [
        "something else",
        { operation: "organizations:ListRoots", code: "ConcurrentModificationException" },
        "error AWS-FAILED\n  AWS failed at organizations:ListRoots (ConcurrentModificationException",
      ],
    ])("%s", async (_, fault, expected) => {
      rmSync(file);
      writeFileSync(file, "id: o-exampleorg1 # as it was\n");
      local.faults.add({ ...fault, kind: "refuse" });
      const { status, stdout, stderr } = await sync();
      expect(stderr).toContain(expected);
      expect(stderr).toMatch(/\n {2}fix: \S/);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(readFileSync(file, "utf8")).toBe("id: o-exampleorg1 # as it was\n");
    });

    test("no credentials", async () => {
      const { stderr, status } = await sync([], { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
      expect(stderr).toContain("error AWS-NO-CREDENTIALS\n  There are no credentials for AWS");
      expect(status).toBe(1);
    });

    test("nobody answers", async () => {
      const { stderr, status } = await sync([], { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
      expect(stderr).toContain(
        "error AWS-UNREACHABLE\n  AWS cannot be reached for sts:GetCallerIdentity (ECONNREFUSED",
      );
      expect(status).toBe(1);
    });

    test("the facts of another organization are not overwritten", async () => {
      writeFileSync(file, EXAMPLE_ORGANIZATION.replace("id: o-exampleorg1", "id: o-someother01"));
      const { stderr, status } = await sync();
      expect(stderr).toContain(
        "error SYNC-OTHER-ORGANIZATION environments/example/organization.yaml\n  environments/example/organization.yaml contains the facts of organization o-someother01; these credentials are of o-exampleorg1.",
      );
      expect(status).toBe(2);
      expect(readFileSync(file, "utf8")).toContain("o-someother01");
    });
  });

  describe("from a member account", () => {
    const memberEnvironment = async (): Promise<NodeJS.ProcessEnv> => {
      const { credentials } = await memberClientSettings(local.endpoint, "333333333302", "eu-central-1");
      return {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      };
    };

    test("it says where to go", async () => {
      const { stderr, status } = await sync([], await memberEnvironment());
      expect(stderr).toContain(
        "error AWS-NOT-MANAGEMENT\n  These credentials are of account 333333333302; the facts of organization o-exampleorg1 are read in its management account 111111111111.",
      );
      expect(status).toBe(1);
    });

    test("it goes through the role that the baseline names", async () => {
      const iam = new IAMClient(clientSettings(local.endpoint, { region: "us-east-1" }));
      await iam.send(
        new CreateRoleCommand({
          RoleName: "Reader",
          AssumeRolePolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Principal: { AWS: "arn:aws:iam::333333333302:root" }, Action: "sts:AssumeRole" },
            ],
          }),
        }),
      );
      iam.destroy();
      writeFileSync(
        join(folder, "baseline.yaml"),
        EXAMPLE_BASELINE.replace("\nguardrails:", "\naccess:\n  managementRole: Reader\n\nguardrails:"),
      );
      rmSync(file);
      expect(await sync([], await memberEnvironment())).toMatchObject({ status: 0, stderr: "" });
      expect(readFileSync(file, "utf8")).toContain("id: o-exampleorg1");
    });

    test("a role that cannot be assumed is said", async () => {
      writeFileSync(
        join(folder, "baseline.yaml"),
        EXAMPLE_BASELINE.replace("\nguardrails:", "\naccess:\n  managementRole: Reader\n\nguardrails:"),
      );
      const env = await memberEnvironment();
      local.faults.add({ operation: "sts:AssumeRole", kind: "refuse", code: "AccessDenied" });
      const { stderr, status } = await sync([], env);
      expect(stderr).toContain("error AWS-DENIED\n  AWS refuses sts:AssumeRole");
      expect(stderr).toContain("fix: Let these credentials assume the role");
      expect(status).toBe(1);
    });
  });
});

describeReal("organizations of other shapes", () => {
  const project = temporaryProject();
  const folder = join(project.root, "environments/example");
  afterAll(() => project.remove());

  /** Seeds the facts, syncs into an empty environment, and gives what was written with the calls that it took. */
  async function synced(
    facts: Organization,
    arrange: (local: LocalAws) => void = () => undefined,
  ): Promise<{ run: CliRun; text: string; calls: Readonly<Record<string, number>> }> {
    const local = await startLocalAws({ facts, region: "eu-central-1" });
    try {
      rmSync(join(folder, "organization.yaml"), { force: true });
      arrange(local);
      const run = await warm.keyless(project.root, ["sync", "example"], local.env);
      expect(local.missing()).toEqual([]);
      return { run, text: readFileSync(join(folder, "organization.yaml"), "utf8"), calls: local.calls() };
    } finally {
      await local.stop();
    }
  }

  test("more than a page of everything", async () => {
    const large = syntheticOrganization(65, { units: 22, groups: 130 });
    const facts: Organization = {
      ...large,
      // 61 accounts in one OU, 22 OUs below the root, 25 policies.
      accounts: large.accounts.map((account) =>
        account.id === large.managementAccountId ? account : { ...account, parentId: "ou-synt-00000002" },
      ),
      policies: [
        ...large.policies,
        ...Array.from({ length: 24 }, (_, i) => ({
          ...large.policies[0]!,
          id: `p-synthetic${String(i).padStart(2, "0")}`,
          name: `synthetic-${i}`,
          awsManaged: false,
          targetIds: i === 0 ? ["ou-synt-00000001"] : [],
        })),
      ],
      identityCenter: {
        ...large.identityCenter!,
        permissionSets: Array.from({ length: 105 }, (_, i) => ({
          name: `Set${String(i).padStart(3, "0")}`,
          arn: `${large.identityCenter!.instanceArn.replace(":instance/", ":permissionSet/")}/ps-${String(i).padStart(16, "0")}`,
          ours: i % 2 === 0,
          inManagementAccount: i % 3 === 0,
        })),
      },
    };
    const { run, text, calls } = await synced(facts);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(text).toBe(organizationText("example", sortedFacts(facts)));
    expect(calls["organizations:ListTargetsForPolicy"]).toBeGreaterThan(25 + 5);
    expect(calls["organizations:ListPolicies"]).toBe(2);
    expect(calls["organizations:ListAccountsForParent"]).toBeGreaterThan(1 + 66 + 2);
    expect(calls["sso:ListPermissionSets"]).toBe(2);
  });

  test("nothing switched on: no Identity Center, no SCPs, no trusted access", async () => {
    const { identityCenter: _, ...rest } = EXAMPLE;
    const facts: Organization = {
      ...rest,
      enabledPolicyTypes: [],
      policies: [],
      trustedServices: [],
      trails: [],
      delegatedAdministrators: [],
    };
    const { run, text } = await synced(facts);
    expect(run.stdout).toContain("15 accounts in 7 OUs, 0 policies, 0 trails, no Identity Center");
    expect(text).toBe(organizationText("example", facts));
    const { status, stdout } = await warm.keyless(project.root, ["validate", "example"]);
    expect(status).toBe(2);
    for (const code of [
      "FACTS-SCP-NOT-ENABLED",
      "FACTS-NO-TRUSTED-ACCESS",
      "FACTS-NO-TRAIL",
      "FACTS-NO-IDENTITY-CENTER",
    ])
      expect(stdout).toContain(`error ${code} `);
  });

  test("Identity Center in another region than home is found", async () => {
    const facts: Organization = { ...EXAMPLE, identityCenter: { ...EXAMPLE.identityCenter!, region: "us-east-1" } };
    const { text } = await synced(facts);
    expect(text).toBe(organizationText("example", facts));
  });

  test("a partition that lacks newer APIs", async () => {
    const { run, text } = await synced(EXAMPLE, (local) => {
      local.faults.add({ operation: "account:ListRegions", kind: "refuse", code: "UnknownOperationException" });
      local.faults.add({ operation: "sso:ListRegions", kind: "refuse", code: "UnknownOperationException" });
      local.faults.add({ operation: "iam:ListOrganizationsFeatures", kind: "refuse", code: "ServiceAccessNotEnabled" });
    });
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("warning SYNC-REGIONS-UNKNOWN");
    expect(text).toBe(organizationText("example", { ...EXAMPLE, enabledRegions: ["eu-central-1"] }));
  });
});

describeReal("a new environment", () => {
  test("keyless init, then sync: valid, with what is still to fill in as warnings; before the sync the fix is named", async () => {
    const project = temporaryProject();
    const local = await startLocalAws({ facts: EXAMPLE });
    try {
      expect(await keyless(project.root, ["init", "prod", "--region", "eu-central-1"])).toMatchObject({
        status: 0,
        stderr: "",
      });
      const before = await keyless(project.root, ["validate", "prod"]);
      expect(before.status).toBe(2);
      expect(before.stdout).toContain(
        "error ENV-NO-FILE environments/prod/organization.yaml\n  environments/prod/organization.yaml does not exist.\n  fix: Run npx keyless sync prod.",
      );

      expect(await keyless(project.root, ["sync", "prod"], local.env)).toMatchObject({ status: 0, stderr: "" });
      // The local AWS is the example's organization, and an organization belongs to one environment.
      const twice = await keyless(project.root, ["validate", "prod"]);
      expect(twice.status).toBe(2);
      expect(twice.stdout + twice.stderr).toContain("example");
      rmSync(join(project.root, "environments/example"), { recursive: true });
      const after = await keyless(project.root, ["validate", "prod"]);
      expect(after).toMatchObject({
        status: 0,
        stderr: expect.stringContaining("is not known: npx keyless sync prod --existing") as unknown,
      });
      expect(after.stdout).toContain("prod: valid, 3 warnings");
      expect(after.stdout).toContain("warning CONFIG-TO-FILL-IN environments/prod/baseline.yaml");
      expect((await keyless(project.root, ["show", "prod"])).status).toBe(0);
    } finally {
      await local.stop();
      project.remove();
    }
  });
});
