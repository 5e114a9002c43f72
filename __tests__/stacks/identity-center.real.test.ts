import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyStack, LocalAws, planStack, stageStack, startLocalAws } from "../../local/runner";
import type { Environment } from "../../modules/sections/environment";
import type { Organization } from "../../modules/organization/types";
import { EXAMPLE_ORGANIZATION } from "../support/environments";
import { readOrganization } from "../support/read-organization";
import { describeReal } from "../support/real";
import { organizationTree } from "../../modules/organization/tree";
import { BASELINE as FIXTURE, environmentOf, resolved, stacksOf } from "../modules/sections/identity-center/fixture";

jest.setTimeout(600_000);

/** moto does not find AWS managed policies with a path. */
const BASELINE = FIXTURE.replace("job-function/ViewOnlyAccess, ", "").replace(
  "job-function/Billing",
  "AWSBillingReadOnlyAccess",
);

describeReal("Identity Center against the local AWS, with the real Terraform and provider", () => {
  const environment = environmentOf(BASELINE, EXAMPLE_ORGANIZATION);
  let local: LocalAws;
  let facts: Organization;

  /** Stages every stack of the baseline for the facts as they are; the groups' stack first. */
  const stage = (text: string = BASELINE): readonly { readonly name: string; readonly folder: string }[] => {
    const current: Environment = {
      ...environmentOf(text, EXAMPLE_ORGANIZATION),
      organization: facts,
      tree: organizationTree(facts),
    };
    return [...stacksOf(resolved(current))].map(([name, json]) => {
      const folder = join(local.workFolder, "cdktf.out", "stacks", name);
      mkdirSync(folder, { recursive: true });
      // As synthesized but for the place of the state, which is to lie in the folder of the test.
      writeFileSync(
        join(folder, "cdk.tf.json"),
        JSON.stringify({
          ...json,
          terraform: { ...json.terraform, backend: { local: { path: "terraform.tfstate" } } },
        }),
      );
      return { name, folder: stageStack(folder, local) };
    });
  };
  const folderOf = (name: string, text?: string): string => stage(text).find((stack) => stack.name === name)!.folder;
  const planned = async (name: string, text?: string): Promise<readonly string[]> =>
    (await planStack(folderOf(name, text), local.env)).changes.map(
      (change) => `${change.actions.join("+")} ${change.address}`,
    );

  beforeAll(async () => {
    facts = environment.organization;
    local = await startLocalAws({ facts });
    // One shard of each kind: that the second plan of all is empty is the example's run to show.
    for (const name of ["prod-identity-center", "prod-identity-center-00", "prod-identity-center-management"])
      await applyStack(folderOf(name), local.env);
  });
  afterAll(() => local?.stop());

  test("the look-up gives way to the literal id without a change, and what is ours is known as ours", async () => {
    const read = await readOrganization(local.endpoint, local.region);
    facts = { ...facts, identityCenter: read.identityCenter };
    expect(read.identityCenter!.groups.find((group) => group.displayName === "Platform")).toMatchObject({
      synced: false,
    });
    expect(
      read
        .identityCenter!.permissionSets.filter((set) => set.ours)
        .map((set) => [set.name, set.inManagementAccount])
        .sort(),
    ).toEqual([
      ["AdministratorAccess", false],
      ["Developer", false],
      ["ManagementBilling", true],
    ]);
    expect(local.missing()).toEqual([]);
    expect(await planned("prod-identity-center-00")).toEqual([]);
  });

  test("a changed assignment plans its own instances and nothing else", async () => {
    expect(
      [
        ...(await planned(
          "prod-identity-center-00",
          BASELINE.replace("        - account: payments-dev\n", "        - account: payments-prod\n"),
        )),
      ].sort(),
    ).toEqual([
      'create aws_ssoadmin_account_assignment.assignment_Developer_Payments["444444444402"]',
      'delete aws_ssoadmin_account_assignment.assignment_Developer_Payments["555555555502"]',
    ]);
  });

  test("a shard whose last permission set goes is still there to remove it", async () => {
    const gone = BASELINE.replace(/ {4}- name: ManagementBilling\n[^]*?(?= {2}assignments:)/, "").replace(
      / {4}- group: Billing\n[^]*$/,
      "",
    );
    expect((await applyStack(folderOf("prod-identity-center-management", gone), local.env)).destroyed).toBe(4);
    const { identityCenter } = await readOrganization(local.endpoint, local.region);
    facts = { ...facts, identityCenter };
    expect(identityCenter!.permissionSets.map((set) => set.name)).not.toContain("ManagementBilling");
    expect(stage(gone).map((stack) => stack.name)).not.toContain("prod-identity-center-management");
  });
});
