import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import {
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolesCommand,
  NoSuchEntityException,
  type Role,
} from "@aws-sdk/client-iam";
import { CreateAccountCommand, MoveAccountCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import {
  applyStack,
  destroyStack,
  killDuringApply,
  type LocalAws,
  planStack,
  stageStack,
  startLocalAws,
  stateAndPlanFiles,
} from "../../local/runner";
import { scanFiles } from "../../local/secrets-scan";
import { describeReal } from "../support/real";
import { everythingStack, ROLE_NAME } from "./everything-stack";

const facts = exampleOrganization(join(__dirname, "..", ".."));
const members = facts.accounts
  .filter((account) => account.status === "ACTIVE" && account.id !== facts.managementAccountId)
  .map((account) => account.id);
const WORKLOAD_ACCOUNT = "444444444401";

interface State {
  readonly resources: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: Readonly<Record<string, unknown>> }[];
  }[];
}

/** How the provider's documentation says that a kind is imported, where that is not the `id` of the state. */
const IMPORT_IDS: Readonly<Record<string, (of: (name: string) => string) => string>> = {
  aws_iam_role_policy_attachment: (of) => `${of("role")}/${of("policy_arn")}`,
  aws_cloudwatch_event_target: (of) => `${of("event_bus_name")}/${of("rule")}/${of("target_id")}`,
  aws_identitystore_group: (of) => `${of("identity_store_id")}/${of("group_id")}`,
};

/**
 * What the provider does not read when it imports, though it is as written: the plan that takes over sends it once more. An instance of an
 * OU is looked for by account, and would be made again: the stacks use `aws_cloudformation_stack_instances`.
 */
const NOT_READ_BACK = [
  "aws_cloudformation_stack_set.roles: call_as",
  "aws_cloudformation_stack_set.rules: call_as, operation_preferences",
  "aws_cloudformation_stack_set_instance.roles: account_id, call_as, deployment_targets, id, organizational_unit_id, retain_stack, stack_id, stack_instance_summaries",
  "aws_config_organization_conformance_pack.pack: template_body",
  "aws_sns_topic_subscription.mail: confirmation_timeout_in_minutes, endpoint_auto_confirms",
];

/** Attributes that a planned change gives another value. */
function differing(planJson: unknown, address: string): string {
  const { resource_changes } = planJson as {
    readonly resource_changes: readonly {
      readonly address: string;
      readonly change: Readonly<Record<"before" | "after", Readonly<Record<string, unknown>> | null>>;
    }[];
  };
  const { before, after } = resource_changes.find((one) => one.address === address)?.change ?? {};
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return keys.filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key])).join(", ");
}

/** The same stack with an import block for each resource that a state holds. */
function withImports(stack: Record<string, unknown>, stateFile: string): { stack: unknown; imports: number } {
  const { resources } = JSON.parse(readFileSync(stateFile, "utf8")) as State;
  const blocks = resources
    .filter(({ mode }) => mode === "managed")
    .flatMap(({ type, name, instances }) =>
      instances.map(({ attributes }) => {
        const of = (attribute: string): string => String(attributes[attribute]);
        return { to: `${type}.${name}`, id: IMPORT_IDS[type]?.(of) ?? of("id") };
      }),
    );
  return { stack: { ...stack, import: blocks }, imports: blocks.length };
}

/** Puts Terraform JSON where a synth would, and stages it. */
function stage(local: LocalAws, name: string, stack: unknown): string {
  const synthesized = join(local.workFolder, "cdktf.out", "stacks", name);
  mkdirSync(synthesized, { recursive: true });
  writeFileSync(join(synthesized, "cdk.tf.json"), JSON.stringify(stack));
  return stageStack(synthesized, local);
}

async function roleIn(local: LocalAws, accountId: string): Promise<Role | undefined> {
  const settings =
    accountId === facts.managementAccountId
      ? clientSettings(local.endpoint, { region: "us-east-1" })
      : await memberClientSettings(local.endpoint, accountId, "us-east-1");
  const iam = new IAMClient(settings);
  try {
    return (await iam.send(new GetRoleCommand({ RoleName: ROLE_NAME }))).Role;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  } finally {
    iam.destroy();
  }
}

async function accountsWithRole(local: LocalAws, accounts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const account of accounts) if (await roleIn(local, account)) found.push(account);
  return found;
}

describeReal("Terraform against the local AWS: every resource the baseline uses", () => {
  let local: LocalAws;
  let folder: string;

  beforeAll(async () => {
    local = await startLocalAws({ facts });
    folder = stage(local, "everything", everythingStack(facts, WORKLOAD_ACCOUNT));
    await applyStack(folder, local.env);
  }, 240_000);
  afterAll(() => local?.stop());

  test("nothing is missing, and the second plan is empty", async () => {
    expect(local.missing()).toEqual([]);
    local.resetCalls();
    const plan = await planStack(folder, local.env);
    expect(plan.changes).toEqual([]);
    expect(plan.empty).toBe(true);
    expect(local.calls()).toMatchObject({ "cloudformation:DescribeStackSet": 2, "organizations:DescribePolicy": 1 });
  }, 120_000);

  test("the staged JSON is the synthesized JSON, byte for byte, and state lands beside it", () => {
    expect(readFileSync(join(folder, "cdk.tf.json"), "utf8")).toBe(
      JSON.stringify(everythingStack(facts, WORKLOAD_ACCOUNT)),
    );
    expect(stateAndPlanFiles(folder)).toContain(join(folder, "state", "everything.tfstate"));
    // Where a synth's local backend keeps its state: nothing is left for the next run.
    expect(join(folder, "../../../terraform.everything.tfstate")).toBe(
      join(local.workFolder, "terraform.everything.tfstate"),
    );
  });

  test("no secret is in state or plan", () => {
    expect(scanFiles(stateAndPlanFiles(folder))).toEqual([]);
  });

  test("every kind of resource can be imported: what is taken over is what was applied", async () => {
    const taken = withImports(everythingStack(facts, WORKLOAD_ACCOUNT), join(folder, "state", "everything.tfstate"));
    const { changes, planJson } = await planStack(stage(local, "taken-over", taken.stack), local.env);
    const planned = planJson as { readonly resource_changes: readonly { readonly change: { importing?: unknown } }[] };
    expect(planned.resource_changes.filter(({ change }) => change.importing).length).toBe(taken.imports);
    expect(changes.map(({ address }) => `${address}: ${differing(planJson, address)}`)).toEqual(NOT_READ_BACK);
    expect(local.missing()).toEqual([]);
  }, 240_000);

  test("the StackSet made the role in every active member account, and nowhere else", async () => {
    expect(
      await accountsWithRole(
        local,
        facts.accounts.filter((account) => account.status === "ACTIVE").map((account) => account.id),
      ),
    ).toEqual(members);
  }, 60_000);

  test("the role is what the template says, in its account", async () => {
    const role = await roleIn(local, "666666666601");
    expect(role).toMatchObject({
      Arn: `arn:aws:iam::666666666601:role/${ROLE_NAME}`,
      MaxSessionDuration: 3600,
      Description: "Break glass of 666666666601",
    });
    expect(JSON.parse(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ""))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: "sts:AssumeRole",
          Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
        },
      ],
    });
    expect(role?.Tags).toEqual(
      expect.arrayContaining([
        { Key: "purpose", Value: "break-glass" },
        { Key: "keyless:environment", Value: "example" },
      ]),
    );
    const iam = new IAMClient(await memberClientSettings(local.endpoint, "666666666601", "us-east-1"));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: ROLE_NAME }));
    expect(AttachedPolicies?.map((policy) => policy.PolicyName)).toEqual(["AdministratorAccess"]);
  });

  test("a self-managed StackSet made its rule in each region of the management account", async () => {
    for (const region of ["us-east-1", "us-east-2"]) {
      const rule = await new EventBridgeClient(clientSettings(local.endpoint, { region })).send(
        new DescribeRuleCommand({ Name: "sign-in" }),
      );
      expect(rule.Arn).toBe(`arn:aws:events:${region}:111111111111:rule/sign-in`);
    }
  });

  test("an account that comes later gets the role by itself, also when it moves", async () => {
    const organizations = new OrganizationsClient(clientSettings(local.endpoint, { region: "us-east-1" }));
    const { CreateAccountStatus } = await organizations.send(
      new CreateAccountCommand({ AccountName: "later", Email: "later@example.com" }),
    );
    const id = CreateAccountStatus?.AccountId ?? "";
    await local.idle();
    expect(await roleIn(local, id)).toBeDefined();
    await organizations.send(
      new MoveAccountCommand({ AccountId: id, SourceParentId: facts.rootId, DestinationParentId: "ou-exmp-sandbox1" }),
    );
    await local.idle();
    expect(await roleIn(local, id)).toBeDefined();
  }, 60_000);

  test("a change of the template reaches every account, and the plan is empty again", async () => {
    stage(local, "everything", everythingStack(facts, WORKLOAD_ACCOUNT, { maxSessionDuration: 7200 }));
    expect(await applyStack(folder, local.env)).toEqual({ added: 0, changed: 1, destroyed: 0 });
    for (const account of members) expect((await roleIn(local, account))?.MaxSessionDuration).toBe(7200);
    expect((await planStack(folder, local.env)).changes).toEqual([]);
  }, 180_000);

  test("destroy takes all of it away", async () => {
    const { destroyed } = await destroyStack(folder, local.env);
    expect(destroyed).toBe(
      Object.values(everythingStack(facts, WORKLOAD_ACCOUNT)["resource"] as Record<string, object>).reduce(
        (sum, kind) => sum + Object.keys(kind).length,
        0,
      ),
    );
    expect(await accountsWithRole(local, members)).toEqual([]);
  }, 240_000);
});

/** Ten roles and a policy: enough calls to be killed in the middle of. */
function manyRoles(provider: object = {}): unknown {
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" }],
  });
  const names = Array.from({ length: 10 }, (_, index) => `role-${index}`);
  return {
    terraform: {
      required_providers: { aws: { source: "aws", version: ">= 5.100.0, < 7.0.0" } },
      backend: { local: { path: "terraform.tfstate" } },
    },
    provider: { aws: [{ region: "eu-central-1", ...provider }] },
    resource: {
      aws_iam_role: Object.fromEntries(names.map((name) => [name, { name, assume_role_policy: trust }])),
      aws_organizations_policy: {
        scp: { name: "keyless", content: policy, depends_on: ["aws_iam_role.role-0", "aws_iam_role.role-1"] },
      },
      aws_organizations_policy_attachment: {
        scp: { policy_id: "${aws_organizations_policy.scp.id}", target_id: facts.rootId },
      },
    },
  };
}

describeReal("Terraform against a local AWS that fails", () => {
  let local: LocalAws;
  beforeEach(async () => {
    local = await startLocalAws({ facts });
  }, 60_000);
  afterEach(() => local?.stop());

  const roles = async (): Promise<readonly string[]> => {
    const { Roles } = await new IAMClient(clientSettings(local.endpoint, { region: "us-east-1" })).send(
      new ListRolesCommand({}),
    );
    return (Roles ?? []).map((role) => role.RoleName ?? "").sort();
  };
  const expected = Array.from({ length: 10 }, (_, index) => `role-${index}`);

  test.each(["SIGKILL", "SIGINT"] as const)(
    "killed by %s in the middle of an apply: the next apply converges and nothing is doubled",
    async (signal) => {
      const folder = stage(local, "roles", manyRoles());
      expect(await killDuringApply(folder, local, "organizations:CreatePolicy", { parallelism: 1, signal })).toEqual({
        killed: true,
      });
      const after = await roles();
      expect(after.length).toBeGreaterThanOrEqual(2);
      expect((await planStack(folder, local.env)).empty).toBe(false);
      await applyStack(folder, local.env);
      expect(await roles()).toEqual(expected);
      expect((await planStack(folder, local.env)).changes).toEqual([]);
    },
    180_000,
  );

  test("throttled and answered 500 for a while: the apply succeeds", async () => {
    const folder = stage(local, "roles", manyRoles());
    local.faults.add({ operation: "iam:CreateRole", kind: "throttle", times: 4 });
    local.faults.add({ operation: "organizations:*", kind: "error", times: 2 });
    await applyStack(folder, local.env);
    expect(local.faults.injected).toBe(6);
    expect(await roles()).toEqual(expected);
  }, 120_000);

  test("throttled for good: the apply fails, with AWS's words", async () => {
    // The provider tries 25 times, whatever AWS_MAX_ATTEMPTS says; only its own argument changes that.
    const folder = stage(local, "roles", manyRoles({ max_retries: 2 }));
    local.faults.add({ operation: "organizations:CreatePolicy", kind: "throttle" });
    await expect(applyStack(folder, local.env)).rejects.toThrow(/organizations_policy.*Rate exceeded/s);
  }, 120_000);
});
