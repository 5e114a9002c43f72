import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { driftOf } from "../../../modules/review/drift";

/** A managed policy that is attached to two roles by resources of the same plan, and what the provider says drifted. */
function driftedWith(attachmentCount: number): readonly string[] {
  const arn = "arn:aws:iam::111111111111:policy/keyless-plan";
  const policy = (count: number) => ({ arn, name: "keyless-plan", policy: "{}", attachment_count: count });
  const change = (actions: readonly string[], before: unknown, after: unknown) => ({
    actions,
    before,
    after,
    after_unknown: {},
    before_sensitive: {},
    after_sensitive: {},
  });
  const attached = (role: string) => ({
    address: `aws_iam_role_policy_attachment.${role}`,
    mode: "managed",
    type: "aws_iam_role_policy_attachment",
    name: role,
    change: change(["no-op"], { role, policy_arn: arn }, { role, policy_arn: arn }),
  });
  const plan = parsePlanJson(
    "p.json",
    "example-pipeline",
    JSON.stringify({
      format_version: "1.2",
      terraform_version: "1.11.4",
      planned_values: {},
      resource_changes: [attached("plan"), attached("apply")],
      resource_drift: [
        {
          address: "aws_iam_policy.plan",
          mode: "managed",
          type: "aws_iam_policy",
          name: "plan",
          change: change(["update"], policy(0), policy(attachmentCount)),
        },
      ],
    }),
  );
  return driftOf(plan).flatMap(({ attributes }) => attributes);
}

test("a managed policy counts its attachments: those of the plan are nobody's drift, one more is", () => {
  expect(driftedWith(2)).toEqual([]);
  expect(driftedWith(3)).toEqual(["attachment_count"]);
});
