import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  CreateAccountAssignmentCommand,
  CreatePermissionSetCommand,
  ListAccountAssignmentsCommand,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { clientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { type LocalAws, startLocalAws } from "../../local/runner";
import { describeReal } from "../support/real";
import { document, REFUSALS, refusalsTable, type World } from "./refusals";

const ROOT = join(__dirname, "..", "..");
const facts = exampleOrganization(ROOT);

/** What the documentation in an SDK's types says, as plain text: it is AWS's API reference. */
function apiReference(sdk: string): string {
  const folder = join(ROOT, "node_modules/@aws-sdk", `client-${sdk}`, "dist-types");
  const files = ["commands", "models"].flatMap((part) =>
    readdirSync(join(folder, part)).map((name) => readFileSync(join(folder, part, name), "utf8")),
  );
  return files
    .join("\n")
    .replace(/\n\s*\*/g, " ")
    .replace(/<[^>]+>/g, "")
    .replace(/\s+/g, " ");
}

describe("the sources of what is refused", () => {
  const read = new Map<string, string>();
  const quoted = REFUSALS.filter(({ sdk }) => sdk !== undefined);

  test("every sentence that is said to be in an SDK's copy of the API reference is there", () => {
    const missing = quoted.filter(({ sdk, quote }) => {
      const text = read.get(sdk!) ?? apiReference(sdk!);
      read.set(sdk!, text);
      return !text.includes(quote);
    });
    expect(missing.map(({ asked, quote }) => `${asked}: ${quote}`)).toEqual([]);
    expect(quoted.length).toBeGreaterThan(35);
  });

  test("docs/local-aws.md has a line for each refusal, and no other", () => {
    const page = readFileSync(join(ROOT, "docs/local-aws.md"), "utf8");
    const cells = (text: string): readonly string[] =>
      text
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .map((line) => line.replace(/\s+/g, " "))
        .filter((line) => !/^[\s|-]+$/.test(line));
    const section = page.slice(page.indexOf("## What it refuses"), page.indexOf("## Where it is kinder"));
    expect(cells(section)).toEqual(cells(refusalsTable()));
    expect(new Set(REFUSALS.map(({ asked }) => asked)).size).toBe(REFUSALS.length);
  });
});

describeReal("what the local AWS refuses, as AWS does", () => {
  let local: LocalAws;
  let world: World;
  beforeAll(async () => {
    local = await startLocalAws({ facts, region: "eu-central-1" });
    const settings = clientSettings(local.endpoint, { region: facts.identityCenter!.region });
    world = {
      iam: new IAMClient(settings),
      organizations: new OrganizationsClient(settings),
      sso: new SSOAdminClient(settings),
      cloudFormation: new CloudFormationClient(settings),
      events: new EventBridgeClient(settings),
      rootId: facts.rootId,
      managementAccountId: facts.managementAccountId,
      member: "444444444401",
      instanceArn: facts.identityCenter!.instanceArn,
      groupId: facts.identityCenter!.groups[0]!.id,
    };
  }, 60_000);
  afterAll(() => local?.stop());

  test.each(REFUSALS.map((row, index) => [row.asked, row, `row-${index}`] as const))("%s", async (_, row, name) => {
    const refused = expect(row.ask(world, name)).rejects;
    await refused.toMatchObject({
      name: row.error,
      ...(row.message ? { message: expect.stringMatching(row.message) as string } : {}),
    });
    await local.idle();
  });

  test("a principal in a trust policy is its unique id: who is made again under the name is somebody else", async () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
    const { iam, managementAccountId } = world;
    const user = { UserName: "made-again" };
    await iam.send(new CreateUserCommand(user));
    const Principal = { AWS: `arn:aws:iam::${managementAccountId}:user/made-again` };
    const role = { RoleName: "trusts-made-again" };
    await iam.send(
      new CreateRoleCommand({
        ...role,
        AssumeRolePolicyDocument: document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" }),
      }),
    );
    const trust = async (): Promise<string> =>
      decodeURIComponent((await iam.send(new GetRoleCommand(role))).Role?.AssumeRolePolicyDocument ?? "");
    expect(await trust()).toContain(Principal.AWS);
    await iam.send(new DeleteUserCommand(user));
    await iam.send(new CreateUserCommand(user));
    expect(await trust()).toMatch(/"AWS":"AIDA[A-Z0-9]+"/);
  });

  test("an assignment that is there already is no second one", async () => {
    const { sso, instanceArn: InstanceArn, member, groupId } = world;
    const made = await sso.send(new CreatePermissionSetCommand({ InstanceArn, Name: "twice" }));
    const target = { InstanceArn, PermissionSetArn: made.PermissionSet?.PermissionSetArn };
    const assignment = {
      ...target,
      TargetId: member,
      TargetType: "AWS_ACCOUNT",
      PrincipalType: "GROUP",
      PrincipalId: groupId,
    } as const;
    await sso.send(new CreateAccountAssignmentCommand(assignment));
    await sso.send(new CreateAccountAssignmentCommand(assignment));
    const { AccountAssignments } = await sso.send(new ListAccountAssignmentsCommand({ ...target, AccountId: member }));
    expect(AccountAssignments).toHaveLength(1);
  });
});
