import { attachedDocuments } from "../../../../../modules/proofs/attached";
import { exampleWith, TextEdit } from "../../../../support/environments";
import { webIdentityAnswers } from "../../../../support/web-identity";

/** The example's machines that come with a token, under the RCPs as they would be attached. */
const answers = (edit: TextEdit = {}) => {
  const { environment, state, problems } = exampleWith(edit);
  if (!environment || !state) throw new Error(JSON.stringify(problems));
  return webIdentityAnswers(environment, state, attachedDocuments({ environment, ...state }));
};
const ENTRY = "    - guardrails: [restrict-web-identity]\n      targets: [all]\n";

test("workloads of the example come in with their own tokens; a stranger of the same issuer does not, even where a role trusts everybody", () => {
  expect(answers()).toEqual(
    ["network-plan", "warehouse-load", "shop-deploy"].map((workload) => ({
      workload,
      own: "allowed",
      stranger: "denied",
    })),
  );
});

test("without the guardrail such a role is open to the world", () => {
  expect(answers({ baseline: [[ENTRY, ""]] }).map(({ own, stranger }) => [own, stranger])).toEqual([
    ["allowed", "allowed"],
    ["allowed", "allowed"],
    ["allowed", "allowed"],
  ]);
});

test("where it is enforced in one OU, it binds there alone", () => {
  expect(
    answers({ baseline: [[ENTRY, ENTRY.replace("[all]", "[{ ou: Infrastructure }]")]] }).map(
      ({ workload, stranger }) => [workload, stranger],
    ),
  ).toEqual([
    ["network-plan", "denied"],
    ["warehouse-load", "allowed"],
    ["shop-deploy", "allowed"],
  ]);
});

test("what guardrails.webIdentity trusts comes in as well", () => {
  const trusting: TextEdit = {
    baseline: [
      [
        "  rollout:\n",
        '  webIdentity:\n    trusted:\n      - issuer: token.actions.githubusercontent.com\n        values: ["repo:stranger/*"]\n  rollout:\n',
      ],
    ],
  };
  expect(answers(trusting).map(({ workload, stranger }) => [workload, stranger])).toEqual([
    ["network-plan", "denied"],
    ["warehouse-load", "denied"],
    ["shop-deploy", "allowed"],
  ]);
});

describe("an entry lets in by a claim that names an owner", () => {
  const codes = (issuer: string, claim: string, value: string): readonly string[] =>
    exampleWith({
      baseline: [
        [
          "  rollout:\n",
          `  webIdentity:\n    trusted:\n      - issuer: ${issuer}\n        claim: ${claim}\n        values: ["${value}"]\n  rollout:\n`,
        ],
      ],
    }).problems.map(({ code }) => code);
  const GITHUB = "token.actions.githubusercontent.com";

  test.each([
    [GITHUB, "environment", "production"],
    [GITHUB, "ref", "refs/heads/main"],
    [GITHUB, "actor", "somebody"],
    [GITHUB, "aud", "sts.amazonaws.com"],
    [GITHUB, "workflow", "deploy"],
    ["gitlab.com", "repository", "acme/shop"],
    ["oidc.eks.eu-central-1.amazonaws.com/id/ABC", "aud", "sts.amazonaws.com"],
  ])("%s %s does not", (issuer, claim, value) => expect(codes(issuer, claim, value)).toContain("WEB-IDENTITY-CLAIM"));

  test.each([
    [GITHUB, "repository", "acme/shop"],
    [GITHUB, "repository_id", "123456"],
    [GITHUB, "job_workflow_ref", "acme/ci/.github/workflows/deploy.yml@refs/heads/main"],
    [GITHUB, "enterprise_id", "4711"],
    [GITHUB, "sub", "repo:acme/shop:ref:refs/heads/main"],
    ["gitlab.com", "sub", "project_path:acme/shop:ref_type:branch:ref:main"],
    ["cognito-identity.amazonaws.com", "aud", "eu-central-1:pool"],
  ])("%s %s does", (issuer, claim, value) => expect(codes(issuer, claim, value)).not.toContain("WEB-IDENTITY-CLAIM"));
});
