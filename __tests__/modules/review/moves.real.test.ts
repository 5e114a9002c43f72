import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyStack, LocalAws, planStack, startLocalAws, stageStack } from "../../../local/runner";
import { moveBlocks, parseMoves } from "../../../modules/config/moves";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { describeReal } from "../../support/real";

jest.setTimeout(300_000);

/** A role and its attachment go from one state to another one by moves.yaml: Terraform makes and destroys nothing, and the review says so. */
describeReal("moves between stacks, by Terraform", () => {
  let local: LocalAws;
  beforeAll(async () => (local = await startLocalAws()));
  afterAll(() => local.stop());

  test("nothing is made, nothing is destroyed, and nothing changes", async () => {
    const trust = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole" }],
    });
    const resource = {
      aws_iam_role: { r: { name: "app", assume_role_policy: trust } },
      aws_iam_role_policy_attachment: {
        p: { role: "${aws_iam_role.r.name}", policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      },
    };
    const write = (name: string, body: object): string => {
      const folder = join(local.workFolder, "synth", name);
      mkdirSync(folder, { recursive: true });
      const terraform = { required_providers: { aws: { source: "hashicorp/aws" } } };
      writeFileSync(
        join(folder, "cdk.tf.json"),
        JSON.stringify({
          terraform,
          provider: { aws: [{ region: "us-east-1", allowed_account_ids: [local.managementAccountId] }] },
          ...body,
        }),
      );
      return stageStack(folder, local);
    };
    await applyStack(write("a", { resource }), local.env);
    const moves = parseMoves(
      "moves.yaml",
      `version: 1
moves:
  - { from: { stack: a, address: aws_iam_role.r }, to: { stack: b, address: aws_iam_role.r }, id: app }
  - from: { stack: a, address: aws_iam_role_policy_attachment.p }
    to: { stack: b, address: aws_iam_role_policy_attachment.p }
    id: app/arn:aws:iam::aws:policy/AdministratorAccess
`,
    );
    const { removed } = moveBlocks(moves, "a");
    const { import: imports } = moveBlocks(moves, "b");
    const folders = { a: write("a", { removed }), b: write("b", { resource, import: imports }) };
    const plans = await Promise.all(
      Object.entries(folders).map(async ([name, folder]) =>
        parsePlanJson(name, name, JSON.stringify((await planStack(folder, local.env)).planJson)),
      ),
    );
    expect(plans.flatMap((plan) => plan.resources.map(({ stack, actions }) => `${stack} ${actions.join()}`))).toEqual([
      "a forget",
      "a forget",
      "b no-op",
      "b no-op",
    ]);
    const { changes, notes } = reviewPlans(plans);
    expect(changes).toEqual([]);
    expect(notes.map(({ sentence }) => plainText(sentence))).toEqual([
      "aws_iam_role.r of a becomes aws_iam_role.r; the resource stays.",
      "aws_iam_role_policy_attachment.p of a becomes aws_iam_role_policy_attachment.p; the resource stays.",
    ]);
    // Only one half of it is no move.
    expect(reviewPlans(plans.slice(0, 1)).changes.map((change) => change.class)).toEqual(["unknown", "unknown"]);
    for (const folder of [folders.b, folders.a]) await applyStack(folder, local.env);
    const again = await Promise.all(Object.values(folders).map((folder) => planStack(folder, local.env)));
    expect(again.map(({ empty, changes: left }) => [empty, left])).toEqual([
      [true, []],
      [true, []],
    ]);
  });
});
