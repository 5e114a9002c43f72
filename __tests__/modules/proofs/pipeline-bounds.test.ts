import { asList } from "../../../modules/policy/document";
import type { PolicyStatement } from "../../../modules/policy/types";
import { reaches } from "../../../modules/proofs/pipeline-bounds";
import { prove } from "../../../modules/proofs/prove";
import type { ProofInput } from "../../../modules/proofs/types";
import type { PipelineState, PolicyPart } from "../../../modules/sections/pipeline/types";
import { exampleWith } from "../../support/environments";

// A workload in the management account, so that both sections that make roles there make one.
const { environment, state, problems } = exampleWith({
  baseline: [
    [
      "    - name: gitlab\n      kind: gitlab\n      account: data-prod\n",
      "    - name: gitlab\n      kind: gitlab\n      account: data-prod\n    - name: own-ci\n      kind: github\n      account: management\n      audiences: [elsewhere]\n",
    ],
    [
      "    - name: warehouse-load\n",
      '    - name: cost-report\n      provider: own-ci\n      subjects: ["repo:example/costs:ref:refs/heads/main"]\n      awsManagedPolicies: [AWSBillingReadOnlyAccess]\n    - name: warehouse-load\n',
    ],
  ],
});
const input: ProofInput = { environment: environment!, ...state! };

const broken = (of: ProofInput): readonly string[] =>
  prove(of, { only: new Set(["pipeline-bounded"]) }).counterexamples.map(({ id }) => id.split("/").at(-1)!);

type Change = (statement: PolicyStatement) => readonly PolicyStatement[];

/** The same environment with other statements in the policies of one section's role. */
function mutated(key: string, change: Change): ProofInput {
  const part = (one: PolicyPart): PolicyPart => ({
    ...one,
    document: { ...one.document, Statement: one.document.Statement.flatMap(change) },
  });
  const pipeline: PipelineState = {
    ...input.pipeline!,
    sections: input.pipeline!.sections.map((section) =>
      section.key === key ? { ...section, policies: section.policies.map(part) } : section,
    ),
  };
  return { ...input, pipeline };
}

const has = (statement: PolicyStatement, action: string): boolean => asList(statement.Action).includes(action);
const anyCondition = ({ Condition: _, ...rest }: PolicyStatement): PolicyStatement => rest as PolicyStatement;
const besides =
  (sid: string): Change =>
  (statement) =>
    statement.Sid === sid ? [] : [statement];
const also =
  (...added: readonly PolicyStatement[]): Change =>
  (statement) =>
    statement.Sid === "NotThePipelines" ? [statement, ...added] : [statement];
const allow = (Action: string, Resource: string): PolicyStatement => ({ Effect: "Allow", Action, Resource });

test("the example's roles are bounded, with roles of two sections in the management account", () => {
  expect(problems.filter(({ severity }) => severity !== "warning")).toEqual([]);
  expect(input.pipeline!.boundaries.map(({ key }) => key)).toEqual(["credential-hygiene", "workload-identity"]);
  expect(broken(input)).toEqual([]);
});

test.each<readonly [string, string, Change, string]>([
  [
    "the condition on the boundary is gone",
    "credential-hygiene",
    (one) => [has(one, "iam:CreateRole") ? anyCondition(one) : one],
    "role without its boundary",
  ],
  [
    "one of its actions escapes the condition: who may become a role",
    "workload-identity",
    (one) =>
      has(one, "iam:CreateRole") ? [one, { ...anyCondition(one), Action: "iam:UpdateAssumeRolePolicy" }] : [one],
    "role without its boundary",
  ],
  [
    "the boundary is another section's",
    "credential-hygiene",
    (one) => [
      has(one, "iam:CreateRole")
        ? {
            ...one,
            Condition: {
              StringEquals: {
                "iam:PermissionsBoundary":
                  "arn:aws:iam::111111111111:policy/KeylessBaselineApply-boundary-workload-identity",
              },
            },
          }
        : one,
    ],
    "role without its boundary",
  ],
  [
    "a boundary can be taken off",
    "credential-hygiene",
    also(allow("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::111111111111:role/keyless/*")),
    "users and policies: role",
  ],
  [
    "the boundary itself can be rewritten",
    "guardrails",
    (one) =>
      one.Sid === "NotThePipelines" ? [allow("iam:CreatePolicyVersion", "arn:aws:iam::111111111111:policy/*")] : [one],
    "users and policies: policy",
  ],
  [
    "a deny-all can be put on the break-glass users",
    "guardrail-observation",
    also(allow("iam:PutUserPolicy", "arn:aws:iam::111111111111:user/*")),
    "users and policies: user",
  ],
  [
    "SecurityBreakGlass can be trusted anew",
    "credential-hygiene",
    (one) =>
      one.Sid === "NotThePipelines"
        ? [allow("iam:UpdateRole", "arn:aws:iam::111111111111:role/SecurityBreakGlass")]
        : [one],
    "what a person applies: iam",
  ],
  [
    "break glass is no longer kept out of reach",
    "credential-hygiene",
    besides("NotThePipelines"),
    "what a person applies: cloudformation",
  ],
  [
    "the break-glass role can be assumed",
    "guardrails",
    also(allow("sts:AssumeRole", "arn:aws:iam::*:role/*")),
    "break glass",
  ],
  [
    "others' policies are in reach without the tag",
    "guardrails",
    (one) => [has(one, "organizations:DeletePolicy") ? anyCondition(one) : one],
    "policies of others by tag",
  ],
  ["others' policies can be tagged as ours", "guardrails", besides("OthersPolicies"), "policies of others by id"],
])("refused: %s", (_, key, change, expected) => expect(broken(mutated(key, change))).toContain(expected));

test("what is left is said, each with a request that the evaluator lets through", () => {
  const found = reaches(input);
  const of = (role: string): string =>
    found
      .filter((one) => one.role === `KeylessBaselineApply${role}`)
      .map(({ what }) => what)
      .join("\n");
  expect(of("-guardrails")).toMatch(/rewrite this baseline's own guardrails/);
  expect(of("-guardrails")).not.toMatch(/StackSet|permission set|make roles/);
  expect(of("-credential-hygiene")).toMatch(/StackSet.*every member account|every member account.*StackSet/);
  expect(of("-identity-center")).toMatch(/an administrator of everything/);
  expect(of("-workload-identity")).toMatch(/OrganizationAccountAccessRole/);
  expect(of("")).toMatch(/become KeylessBaselineApply-guardrails/);
  expect(of("")).not.toMatch(/OIDC|StackSet|rewrite/);
});
