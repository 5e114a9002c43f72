import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyStack } from "../../../modules/terraform/emptied";

const root = mkdtempSync(join(tmpdir(), "keyless-emptied-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = join(root, "cdktf.out/stacks/prod-guardrails");

function emptied(stack: Readonly<Record<string, unknown>>, adopted: readonly string[] = []) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: {}, ...stack }));
  const made = emptyStack({ name: "prod-guardrails", folder, dependencies: [] }, root, adopted);
  const json = JSON.parse(readFileSync(join(made.folder, "cdk.tf.json"), "utf8")) as Record<string, unknown>;
  return { made, json };
}

const POLICY = {
  resource: {
    aws_organizations_policy: {
      theirs: { name: "theirs" },
      ours: { name: "ours", lifecycle: [{ prevent_destroy: true }] },
      quoted: { name: "$${aws_organizations_policy.theirs.id}", lifecycle: { prevent_destroy: false } },
    },
    aws_organizations_policy_attachment: {
      a: { policy_id: "${aws_organizations_policy.theirs.id}", target_id: "r-1" },
      b: { policy_id: "${aws_organizations_policy.ours.id}", target_id: "r-1" },
    },
    terraform_data: { attached: { depends_on: ["aws_organizations_policy_attachment.a"] } },
  },
};

describe("a stack with nothing in it", () => {
  test("keeps providers, variables and backend, and no resource, data source, output or import", () => {
    const kept = { provider: { aws: [{ region: "eu-central-1" }] }, variable: { v: { default: 1 } } };
    const { json } = emptied({
      ...POLICY,
      ...kept,
      terraform: { backend: { s3: { bucket: "b", key: "k" } }, required_version: ">= 1.10.0" },
      data: { aws_caller_identity: { me: {} } },
      output: { o: { value: "x" } },
      import: [{ to: "aws_organizations_policy.ours", id: "p-1" }],
    });
    expect(json).toEqual({
      terraform: { backend: { s3: { bucket: "b", key: "k" } }, required_version: ">= 1.10.0" },
      ...kept,
    });
  });

  test.each([
    [{ backend: { local: { path: "../../../terraform.x.tfstate" } } }, join(root, "terraform.x.tfstate")],
    [{ backend: { local: { path: "/elsewhere/x.tfstate" } } }, "/elsewhere/x.tfstate"],
    [{ backend: { local: {} } }, join(folder, "terraform.tfstate")],
    [{}, join(folder, "terraform.tfstate")],
  ])("its state is the stack's own, from wherever the copy is: %j", (terraform, path) => {
    expect(emptied({ terraform }).json["terraform"]).toMatchObject({ backend: { local: { path } } });
  });

  test("says what is protected, in both forms of a block", () => {
    const { made } = emptied({
      resource: {
        aws_iam_role: { a: { lifecycle: { prevent_destroy: true } }, b: [{ lifecycle: [{ prevent_destroy: true }] }] },
      },
    });
    expect(made.protectedAddresses).toEqual(["aws_iam_role.a", "aws_iam_role.b"]);
    expect(emptied(POLICY).made.protectedAddresses).toEqual(["aws_organizations_policy.ours"]);
  });

  test("lets go of what was adopted and of what is made of it; what only waits for it, or quotes it, goes", () => {
    const { made, json } = emptied(POLICY, ["aws_organizations_policy.theirs"]);
    expect(made.letGo).toEqual(["aws_organizations_policy.theirs", "aws_organizations_policy_attachment.a"]);
    expect(json["removed"]).toEqual(made.letGo.map((from) => ({ from, lifecycle: { destroy: false } })));
  });

  test("an adopted resource whose move to its address is not applied is let go of where the state has it", () => {
    const moved = [
      { from: "aws_organizations_policy.older", to: "aws_organizations_policy.old" },
      { from: "aws_organizations_policy.old", to: "aws_organizations_policy.theirs" },
      { from: "aws_organizations_policy.x", to: "aws_organizations_policy.ours" },
      { from: 'aws_organizations_policy_attachment.many["a"]', to: "aws_organizations_policy_attachment.a" },
    ];
    expect(emptied({ ...POLICY, moved }, ["aws_organizations_policy.theirs"]).made.letGo).toEqual([
      "aws_organizations_policy.old",
      "aws_organizations_policy.older",
      "aws_organizations_policy.theirs",
      "aws_organizations_policy_attachment.a",
      "aws_organizations_policy_attachment.many",
    ]);
  });

  test("a removal that destroys lets nothing go", () => {
    const removed = [{ from: "aws_iam_role.a", lifecycle: [{ destroy: true }] }, { from: "aws_iam_role.b" }];
    expect(emptied({ ...POLICY, removed }).json["removed"]).toBeUndefined();
  });

  test("takes the providers that the stack's lock file names", () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, ".terraform.lock.hcl"), "pinned\n");
    const { made } = emptied(POLICY);
    rmSync(join(folder, ".terraform.lock.hcl"));
    expect(readFileSync(join(made.folder, ".terraform.lock.hcl"), "utf8")).toBe("pinned\n");
  });

  test("lets go of what the stack lets go of itself", () => {
    const removed = [{ from: "aws_iam_role.old", lifecycle: { destroy: false } }];
    expect(emptied({ ...POLICY, removed }).json["removed"]).toEqual(removed);
  });
});
