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
    ["gitlab.com", "user_login", "somebody"],
    ["gitlab.com", "ref_protected", "true"],
    ["agent.buildkite.com", "build_branch", "main"],
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
    [GITHUB, "repository_owner_id", "4711"],
    [`${GITHUB}/acme`, "repository", "acme/shop"],
    ["token.actions.acme.ghe.com", "repository_id", "123456"],
    ["gitlab.com", "project_id", "123456"],
    ["agent.acme.buildkite.dev", "organization_id", "0190"],
    ["graph.facebook.com", "app_id", "4711"],
    ["oidc.circleci.com/org/abc", "oidc.circleci.com/project-id", "0190"],
  ])("%s %s does", (issuer, claim, value) => expect(codes(issuer, claim, value)).toEqual([]));

  const fixes = (issuer: string, claim: string): readonly string[] =>
    exampleWith({
      baseline: [
        [
          "  rollout:\n",
          `  webIdentity:\n    trusted:\n      - issuer: ${issuer}\n        claim: ${claim}\n        values: [x]\n  rollout:\n`,
        ],
      ],
    })
      .problems.filter(({ code }) => code === "WEB-IDENTITY-CLAIM-UNKNOWN")
      .map(({ fix }) => (fix ?? "").split("?")[0]!);
  test.each([
    [GITHUB, "repositry", "Did you mean repository"],
    [GITHUB, "repository_owner", "Did you mean repository_owner_id"],
    [GITHUB, "job_workflow_sha", "Did you mean job_workflow_ref"],
    ["gitlab.com", "project_path", "Did you mean project_id"],
    ["gitlab.example.com", "project_id", ""],
    ["app.terraform.io", "terraform_workspace_id", ""],
    ["graph.facebook.com", "sub", "Known: app_id, id."],
    ["oidc.eks.eu-central-1.amazonaws.com/id/ABC", "kubernetes.io", ""],
  ])("AWS passes on no %s %s", (issuer, claim, near) => {
    const said = fixes(issuer, claim);
    expect(said).toHaveLength(1);
    if (near) expect(said[0]).toBe(near);
    else expect(said[0]).not.toMatch(/repository/);
  });
});
