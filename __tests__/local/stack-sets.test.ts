import { join } from "node:path";
import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackInstanceCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  ListStackInstancesCommand,
  ListStackSetOperationResultsCommand,
  ListStackSetsCommand,
  type StackSetOperation,
  type StackSetOperationPreferences,
  UpdateStackInstancesCommand,
  UpdateStackSetCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  ListPoliciesCommand,
  NoSuchEntityException,
} from "@aws-sdk/client-iam";
import {
  CloseAccountCommand,
  CreateAccountCommand,
  DisableAWSServiceAccessCommand,
  MoveAccountCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { type LocalAws, startLocalAws } from "../../local/runner";
import { Evaluator, parseTemplate } from "../../local/stacksets/template";
import { describeReal } from "../support/real";

const facts = exampleOrganization(join(__dirname, "..", ".."));
const PROD = "ou-exmp-wrkprod1";
const PROD_ACCOUNTS = ["444444444401", "444444444402", "444444444403"];

const TRUST = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

function template(role = "probe"): string {
  return JSON.stringify({
    Parameters: { Path: { Type: "String", Default: "/" } },
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: role,
          Path: { Ref: "Path" },
          AssumeRolePolicyDocument: TRUST,
        },
      },
    },
  });
}

jest.setTimeout(120_000);

describeReal("StackSets of the local AWS", () => {
  let local: LocalAws;
  let cloudFormation: CloudFormationClient;
  let organizations: OrganizationsClient;
  beforeEach(async () => {
    local = await startLocalAws({ facts });
    cloudFormation = new CloudFormationClient(clientSettings(local.endpoint, { region: "eu-central-1" }));
    organizations = new OrganizationsClient(clientSettings(local.endpoint, { region: "us-east-1" }));
  }, 60_000);
  afterEach(() => local?.stop());

  const createSet = (name = "set", body = template()): Promise<unknown> =>
    cloudFormation.send(
      new CreateStackSetCommand({
        StackSetName: name,
        TemplateBody: body,
        PermissionModel: "SERVICE_MANAGED",
        AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
        Capabilities: ["CAPABILITY_NAMED_IAM"],
      }),
    );
  const finish = async (
    OperationId: string | undefined,
    StackSetName = "set",
  ): Promise<StackSetOperation | undefined> => {
    await local.idle();
    return (await cloudFormation.send(new DescribeStackSetOperationCommand({ StackSetName, OperationId })))
      .StackSetOperation;
  };
  const deploy = async (
    targets: {
      OrganizationalUnitIds: string[];
      Accounts?: string[];
      AccountFilterType?: "INTERSECTION" | "DIFFERENCE" | "UNION";
    },
    regions = ["eu-central-1"],
    OperationPreferences: StackSetOperationPreferences = {},
  ): Promise<StackSetOperation | undefined> => {
    const { OperationId } = await cloudFormation.send(
      new CreateStackInstancesCommand({
        StackSetName: "set",
        DeploymentTargets: targets,
        Regions: regions,
        OperationPreferences,
      }),
    );
    return finish(OperationId);
  };
  const instances = async (): Promise<readonly string[]> => {
    const { Summaries } = await cloudFormation.send(new ListStackInstancesCommand({ StackSetName: "set" }));
    return (Summaries ?? []).map(
      (one) => `${one.Account} ${one.Region} ${one.OrganizationalUnitId ?? "-"} ${one.Status}`,
    );
  };
  const hasRole = async (accountId: string, RoleName = "probe"): Promise<boolean> => {
    const iam = new IAMClient(
      accountId === facts.managementAccountId
        ? clientSettings(local.endpoint, { region: "us-east-1" })
        : await memberClientSettings(local.endpoint, accountId, "us-east-1"),
    );
    try {
      await iam.send(new GetRoleCommand({ RoleName }));
      return true;
    } catch (error) {
      if (error instanceof NoSuchEntityException) return false;
      throw error;
    }
  };
  const withRole = async (role = "probe"): Promise<readonly string[]> => {
    const found: string[] = [];
    const open = facts.accounts.filter((account) => account.status === "ACTIVE");
    for (const account of open) if (await hasRole(account.id, role)) found.push(account.id);
    return found;
  };

  test("an OU is a target with all accounts below it, also in nested OUs; suspended ones are none", async () => {
    await createSet();
    expect(await deploy({ OrganizationalUnitIds: ["ou-exmp-workload"] })).toMatchObject({
      Status: "SUCCEEDED",
      Action: "CREATE",
    });
    const nested = [...PROD_ACCOUNTS, "555555555501", "555555555502", "555555555503"];
    expect(await instances()).toEqual(nested.map((id) => `${id} eu-central-1 ou-exmp-workload CURRENT`));
    expect(await withRole()).toEqual(nested);
  });

  test.each([
    ["INTERSECTION", ["444444444402"]],
    ["DIFFERENCE", ["444444444401", "444444444403"]],
  ] as const)("accounts narrow an OU by %s", async (AccountFilterType, expected) => {
    await createSet();
    await deploy({ OrganizationalUnitIds: [PROD], Accounts: ["444444444402"], AccountFilterType });
    expect(await withRole()).toEqual(expected);
  });

  test("instances go with their resources, and an empty set can be deleted, a full one not", async () => {
    await createSet();
    await deploy({ OrganizationalUnitIds: [PROD] });
    await expect(cloudFormation.send(new DeleteStackSetCommand({ StackSetName: "set" }))).rejects.toMatchObject({
      name: "StackSetNotEmptyException",
    });
    const { OperationId } = await cloudFormation.send(
      new DeleteStackInstancesCommand({
        StackSetName: "set",
        DeploymentTargets: { OrganizationalUnitIds: [PROD] },
        Regions: ["eu-central-1"],
        RetainStacks: false,
      }),
    );
    expect(await finish(OperationId)).toMatchObject({ Status: "SUCCEEDED", Action: "DELETE" });
    expect(await withRole()).toEqual([]);
    await cloudFormation.send(new DeleteStackSetCommand({ StackSetName: "set" }));
    expect((await cloudFormation.send(new ListStackSetsCommand({}))).Summaries).toEqual([]);
  });

  test("retained stacks leave their resources", async () => {
    await createSet();
    await deploy({ OrganizationalUnitIds: [PROD] });
    await cloudFormation.send(
      new DeleteStackInstancesCommand({
        StackSetName: "set",
        DeploymentTargets: { OrganizationalUnitIds: [PROD] },
        Regions: ["eu-central-1"],
        RetainStacks: true,
      }),
    );
    await local.idle();
    expect(await instances()).toEqual([]);
    expect(await withRole()).toEqual(PROD_ACCOUNTS);
  });

  test("auto-deployment follows accounts that come, move away and are closed", async () => {
    await createSet();
    await deploy({ OrganizationalUnitIds: [PROD] });
    const { CreateAccountStatus } = await organizations.send(
      new CreateAccountCommand({ AccountName: "later", Email: "later@example.com" }),
    );
    const id = CreateAccountStatus?.AccountId ?? "";
    await local.idle();
    expect(await hasRole(id)).toBe(false);
    await organizations.send(
      new MoveAccountCommand({ AccountId: id, SourceParentId: facts.rootId, DestinationParentId: PROD }),
    );
    await local.idle();
    expect(await hasRole(id)).toBe(true);
    await organizations.send(
      new MoveAccountCommand({
        AccountId: "444444444401",
        SourceParentId: PROD,
        DestinationParentId: "ou-exmp-sandbox1",
      }),
    );
    await organizations.send(new CloseAccountCommand({ AccountId: "444444444402" }));
    await local.idle();
    expect(await instances()).toEqual(
      [`444444444403 eu-central-1 ${PROD} CURRENT`, `${id} eu-central-1 ${PROD} CURRENT`].sort(),
    );
    expect(await hasRole("444444444401")).toBe(false);
  });

  test("an update changes what is there; parameters of some instances are their own", async () => {
    await createSet();
    await deploy({ OrganizationalUnitIds: [PROD] });
    const update = await cloudFormation.send(
      new UpdateStackSetCommand({
        StackSetName: "set",
        TemplateBody: template("renamed"),
        Capabilities: ["CAPABILITY_NAMED_IAM"],
        PermissionModel: "SERVICE_MANAGED",
      }),
    );
    expect(await finish(update.OperationId)).toMatchObject({ Status: "SUCCEEDED", Action: "UPDATE" });
    expect(await withRole()).toEqual([]);
    expect(await withRole("renamed")).toEqual(PROD_ACCOUNTS);
    await cloudFormation.send(
      new UpdateStackInstancesCommand({
        StackSetName: "set",
        DeploymentTargets: {
          OrganizationalUnitIds: [PROD],
          Accounts: ["444444444403"],
          AccountFilterType: "INTERSECTION",
        },
        Regions: ["eu-central-1"],
        ParameterOverrides: [{ ParameterKey: "Path", ParameterValue: "/own/" }],
      }),
    );
    await local.idle();
    const arn = async (account: string): Promise<string | undefined> =>
      (
        await new IAMClient(await memberClientSettings(local.endpoint, account, "us-east-1")).send(
          new GetRoleCommand({ RoleName: "renamed" }),
        )
      ).Role?.Arn;
    expect(await arn("444444444403")).toBe("arn:aws:iam::444444444403:role/own/renamed");
    expect(await arn("444444444401")).toBe("arn:aws:iam::444444444401:role/renamed");
    const { StackInstance } = await cloudFormation.send(
      new DescribeStackInstanceCommand({
        StackSetName: "set",
        StackInstanceAccount: "444444444403",
        StackInstanceRegion: "eu-central-1",
      }),
    );
    expect(StackInstance?.ParameterOverrides).toEqual([{ ParameterKey: "Path", ParameterValue: "/own/" }]);
  });

  test("what cannot be made fails the operation, in the account's words, and leaves nothing half made", async () => {
    await new IAMClient(await memberClientSettings(local.endpoint, "444444444402", "us-east-1")).send(
      new CreateRoleCommand({ RoleName: "probe", AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
    );
    const two = JSON.parse(template()) as { Resources: Record<string, unknown> };
    const first = {
      Type: "AWS::IAM::ManagedPolicy",
      Properties: {
        ManagedPolicyName: "first",
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
        },
      },
    };
    await createSet("set", JSON.stringify({ ...two, Resources: { First: first, ...two.Resources } }));
    const operation = await deploy({ OrganizationalUnitIds: [PROD] }, ["eu-central-1"], {
      ConcurrencyMode: "SOFT_FAILURE_TOLERANCE",
      MaxConcurrentPercentage: 100,
    });
    expect(operation).toMatchObject({ Status: "FAILED", StatusReason: expect.stringContaining("probe") as string });
    const { Summaries } = await cloudFormation.send(
      new ListStackSetOperationResultsCommand({ StackSetName: "set", OperationId: operation?.OperationId }),
    );
    expect(Summaries?.map((one) => `${one.Account} ${one.Status}`)).toEqual([
      "444444444401 SUCCEEDED",
      "444444444402 FAILED",
      "444444444403 SUCCEEDED",
    ]);
    expect(await instances()).toContain(`444444444402 eu-central-1 ${PROD} OUTDATED`);
    const policies = async (account: string): Promise<number | undefined> =>
      (
        await new IAMClient(await memberClientSettings(local.endpoint, account, "us-east-1")).send(
          new ListPoliciesCommand({ Scope: "Local" }),
        )
      ).Policies?.length;
    expect([await policies("444444444401"), await policies("444444444402")]).toEqual([1, 0]);
  });

  test("a foreign role of that name in one account: within the tolerance nothing fails, and its instance is not current", async () => {
    await new IAMClient(await memberClientSettings(local.endpoint, "444444444402", "us-east-1")).send(
      new CreateRoleCommand({ RoleName: "probe", AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
    );
    await createSet();
    expect(
      await deploy({ OrganizationalUnitIds: [PROD] }, ["eu-central-1"], { FailureToleranceCount: 1 }),
    ).toMatchObject({ Status: "SUCCEEDED" });
    expect(await instances()).toEqual([
      `444444444401 eu-central-1 ${PROD} CURRENT`,
      `444444444402 eu-central-1 ${PROD} OUTDATED`,
      `444444444403 eu-central-1 ${PROD} CURRENT`,
    ]);
  });

  test("beyond the tolerance the operation stops: what it never came to is cancelled", async () => {
    await new IAMClient(await memberClientSettings(local.endpoint, "444444444401", "us-east-1")).send(
      new CreateRoleCommand({ RoleName: "probe", AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
    );
    await createSet();
    expect(await deploy({ OrganizationalUnitIds: [PROD] })).toMatchObject({ Status: "FAILED" });
    expect(await withRole()).toEqual(["444444444401"]);
    const { Summaries } = await cloudFormation.send(new ListStackInstancesCommand({ StackSetName: "set" }));
    expect(Summaries?.map((one) => one.StackInstanceStatus?.DetailedStatus)).toEqual([
      "FAILED",
      "CANCELLED",
      "CANCELLED",
    ]);
  });

  test("a resource type that the local AWS does not make is named", async () => {
    await createSet("set", JSON.stringify({ Resources: { Bucket: { Type: "AWS::S3::Bucket" } } }));
    expect(await deploy({ OrganizationalUnitIds: [PROD] })).toMatchObject({
      Status: "FAILED",
      StatusReason: expect.stringContaining("AWS::S3::Bucket") as string,
    });
  });

  test("YAML with short forms, several regions, rules with targets that refer to a role", async () => {
    await createSet(
      "set",
      [
        "Resources:",
        "  Rule:",
        "    Type: AWS::Events::Rule",
        "    Properties:",
        "      Name: !Join ['-', [alarm, !Ref AWS::Region]]",
        "      EventPattern: { source: [aws.sts] }",
        "      Targets:",
        "        - Id: bus",
        "          Arn: !Sub 'arn:aws:events:eu-central-1:${AWS::AccountId}:event-bus/alarms'",
        "          RoleArn: !GetAtt Forwarder.Arn",
        "  Forwarder:",
        "    Type: AWS::IAM::Role",
        "    Properties:",
        "      RoleName: !Sub 'forwarder-${AWS::Region}'",
        `      AssumeRolePolicyDocument: ${JSON.stringify(TRUST)}`,
      ].join("\n"),
    );
    expect(await deploy({ OrganizationalUnitIds: [PROD] }, ["eu-central-1", "us-east-1"])).toMatchObject({
      Status: "SUCCEEDED",
    });
    const events = new EventBridgeClient(await memberClientSettings(local.endpoint, "444444444401", "us-east-1"));
    expect((await events.send(new DescribeRuleCommand({ Name: "alarm-us-east-1" }))).EventPattern).toBe(
      '{"source":["aws.sts"]}',
    );
    expect((await events.send(new ListTargetsByRuleCommand({ Rule: "alarm-us-east-1" }))).Targets).toEqual([
      {
        Id: "bus",
        Arn: "arn:aws:events:eu-central-1:444444444401:event-bus/alarms",
        RoleArn: "arn:aws:iam::444444444401:role/forwarder-us-east-1",
      },
    ]);
  });

  test("service-managed sets need trusted access; a delegated administrator works on the organization's sets", async () => {
    await createSet();
    await organizations.send(
      new RegisterDelegatedAdministratorCommand({
        AccountId: "222222222202",
        ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com",
      }),
    );
    const delegated = new CloudFormationClient(
      await memberClientSettings(local.endpoint, "222222222202", "eu-central-1"),
    );
    expect(
      (await delegated.send(new DescribeStackSetCommand({ StackSetName: "set", CallAs: "DELEGATED_ADMIN" }))).StackSet
        ?.PermissionModel,
    ).toBe("SERVICE_MANAGED");
    await expect(delegated.send(new DescribeStackSetCommand({ StackSetName: "set" }))).rejects.toMatchObject({
      name: "StackSetNotFoundException",
    });
    await organizations.send(
      new DisableAWSServiceAccessCommand({ ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com" }),
    );
    await expect(createSet("other")).rejects.toThrow("You must enable organizations access");
  });

  test("a self-managed set reaches the management account, but only through its execution role", async () => {
    const create = async (): Promise<StackSetOperation | undefined> => {
      const { OperationId } = await cloudFormation.send(
        new CreateStackInstancesCommand({
          StackSetName: "set",
          Accounts: [facts.managementAccountId],
          Regions: ["eu-central-1"],
        }),
      );
      return finish(OperationId);
    };
    await cloudFormation.send(
      new CreateStackSetCommand({
        StackSetName: "set",
        TemplateBody: template(),
        ExecutionRoleName: "execution",
        Capabilities: ["CAPABILITY_NAMED_IAM"],
      }),
    );
    expect(await create()).toMatchObject({
      Status: "FAILED",
      StatusReason: expect.stringContaining("should have 'execution' role") as string,
    });
    await new IAMClient(clientSettings(local.endpoint, { region: "us-east-1" })).send(
      new CreateRoleCommand({ RoleName: "execution", AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
    );
    expect(await create()).toMatchObject({ Status: "SUCCEEDED" });
    expect(await withRole()).toEqual([facts.managementAccountId]);
    await expect(
      cloudFormation.send(
        new CreateStackInstancesCommand({
          StackSetName: "set",
          DeploymentTargets: { OrganizationalUnitIds: [PROD] },
          Regions: ["eu-central-1"],
        }),
      ),
    ).rejects.toThrow("can only have accounts");
  });
});

describe("templates", () => {
  const scope = {
    accountId: "444444444401",
    region: "eu-central-1",
    stackName: "stack",
    stackId: "id",
    parameters: { Given: "given" },
  };
  const evaluate = (value: unknown, extra: object = {}): unknown => {
    const parsed = parseTemplate(
      JSON.stringify({
        Parameters: {
          Given: { Type: "String" },
          Default: { Type: "String", Default: "default" },
          List: { Type: "CommaDelimitedList", Default: "a, b" },
        },
        Mappings: { M: { a: { b: "mapped" } } },
        Conditions: { Yes: { "Fn::Equals": [{ Ref: "Given" }, "given"] }, No: { "Fn::Not": [{ Condition: "Yes" }] } },
        Resources: { R: { Type: "X", Properties: { value } } },
        ...extra,
      }),
    );
    return new Evaluator(
      parsed,
      scope,
      new Map([["Other", { physicalId: "physical", attributes: { Arn: "arn" } }]]),
    ).properties({ value: parsed.resources["R"]!.properties["value"] })["value"];
  };

  test.each([
    ["a parameter that is given", { Ref: "Given" }, "given"],
    ["a parameter's default", { Ref: "Default" }, "default"],
    ["a list", { Ref: "List" }, ["a", "b"]],
    ["the account", { Ref: "AWS::AccountId" }, "444444444401"],
    ["another resource", { Ref: "Other" }, "physical"],
    ["its attribute", { "Fn::GetAtt": ["Other", "Arn"] }, "arn"],
    ["a substitution", { "Fn::Sub": "${AWS::Region}/${Given}/${Other.Arn}" }, "eu-central-1/given/arn"],
    ["a literal in a substitution", { "Fn::Sub": "${!aws:username}" }, "${aws:username}"],
    ["a substitution with variables", { "Fn::Sub": ["${a}-${Given}", { a: { Ref: "Default" } }] }, "default-given"],
    ["a join", { "Fn::Join": [",", ["a", { Ref: "Given" }]] }, "a,given"],
    ["a selection of a split", { "Fn::Select": [1, { "Fn::Split": [",", "a,b"] }] }, "b"],
    ["a mapping", { "Fn::FindInMap": ["M", "a", "b"] }, "mapped"],
    [
      "the branch of a condition",
      [{ "Fn::If": ["Yes", "then", "else"] }, { "Fn::If": ["No", "then", "else"] }],
      ["then", "else"],
    ],
    ["nothing", { a: 1, b: { Ref: "AWS::NoValue" } }, { a: 1 }],
  ])("evaluate %s", (_name, value, expected) => {
    expect(evaluate(value)).toEqual(expected);
  });

  test.each([
    ["a function that is not known", { "Fn::ImportValue": "x" }, "Fn::ImportValue"],
    ["a resource that does not exist", { Ref: "Nowhere" }, "[Nowhere]"],
    ["an attribute that does not exist", { "Fn::GetAtt": ["Other", "Size"] }, "attribute Size"],
  ])("refuse %s, by name", (_name, value, message) => {
    expect(() => evaluate(value)).toThrow(message);
  });

  test("refuse to be empty", () => {
    expect(() => parseTemplate("{}")).toThrow("At least one Resources member");
  });
});
