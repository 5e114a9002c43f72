import { layersOf } from "../../../modules/report/page/layers";
import type { PageData } from "../../../modules/report/page-data";
import { administratorBy } from "../../../modules/report/administrators";
import type { PolicyDocument, PolicyStatement } from "../../../modules/policy/types";

const aws = (name: string, partition = "aws") => ({ arn: `arn:${partition}:iam::aws:policy/${name}` });
const inline = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: "2012-10-17", Statement });
const all = (rest: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...rest,
});
const by = (...managed: { arn: string }[]) => ({ managedPolicies: managed });

test.each<[string, Parameters<typeof administratorBy>[0], "yes" | "no" | "unknown"]>([
  ["AdministratorAccess", by(aws("AdministratorAccess")), "yes"],
  ["the same in China", by(aws("AdministratorAccess", "aws-cn")), "yes"],
  ["IAMFullAccess", by(aws("ReadOnlyAccess"), aws("IAMFullAccess")), "yes"],
  ["others of AWS's", by(aws("ReadOnlyAccess"), aws("job-function/AdministratorAccess")), "no"],
  ["somebody's own of that name", by({ arn: "arn:aws:iam::111111111111:policy/AdministratorAccess" }), "no"],
  ["an inline * on *", { ...by(), inlinePolicy: inline(all()) }, "yes"],
  [
    "under a condition",
    { ...by(), inlinePolicy: inline(all({ Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })) },
    "yes",
  ],
  ["NotAction", { ...by(), inlinePolicy: inline({ Effect: "Allow", NotAction: "s3:*", Resource: "*" }) }, "yes"],
  [
    "iam:* in two statements",
    { ...by(), inlinePolicy: inline(all({ Action: "iam:[A-O]*" }), all({ Action: "iam:*" })) },
    "yes",
  ],
  ["an inline policy that reads", { ...by(), inlinePolicy: inline(all({ Action: "iam:Get*" })) }, "no"],
  ["an inline policy that denies", { ...by(), inlinePolicy: inline(all({ Effect: "Deny" })) }, "no"],
  [
    "a customer managed policy",
    { ...by(aws("ReadOnlyAccess")), customerManagedPolicies: [{ name: "Ours" }] },
    "unknown",
  ],
  [
    "a customer managed policy beside AWS's",
    { ...by(aws("AdministratorAccess")), customerManagedPolicies: [{}] },
    "yes",
  ],
  ["nothing", by(), "no"],
])("%s", (_, held, answer) => expect(administratorBy(held)).toBe(answer));

test("the map says that it is not known where customer managed policies decide, and counts nobody for it", () => {
  const people = [
    { set: "A", group: "g", administrator: "unknown", accounts: [0, 1] },
    { set: "B", group: "h", administrator: "yes", accounts: [1, 2] },
    { set: "C", group: "i", administrator: "no", accounts: [0, 1, 2, 3] },
  ] as const;
  const data = {
    guardrails: [],
    proofs: [],
    accounts: [{}, {}, {}, {}],
    people,
    breakGlass: {},
  } as unknown as PageData;
  const layer = layersOf(data).find(({ id }) => id === "administrators")!;
  expect([0, 1, 2, 3].map((account) => layer.values[layer.of(account)]!.key)).toEqual(["unknown", "1", "1", "0"]);
});
