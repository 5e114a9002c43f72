import { exampleWith } from "../../../support/environments";
import { resources, synthesized } from "../../../support/synth";

const GITHUB = "    - name: github\n      kind: github\n      account: shop-prod\n";

test("a provider that somebody else manages is used and not made", () => {
  const made = exampleWith().state!;
  const used = exampleWith({ baseline: [[GITHUB, `${GITHUB}      existing: true\n`]] }).state!;
  const shop = (state: typeof made) => synthesized(state).get("example-workload-identity-444444444403-eu-central-1")!;
  expect(Object.keys(resources(shop(made), "aws_iam_openid_connect_provider"))).toEqual(["oidc_provider_github"]);
  expect(resources(shop(used), "aws_iam_openid_connect_provider")).toEqual({});
  // Whoever trusts it does so as before.
  const trust = (state: typeof made): unknown =>
    resources(shop(state), "aws_iam_role")["role_shop-deploy"]!["assume_role_policy"];
  expect(trust(used)).toEqual(trust(made));
  expect(JSON.stringify(trust(used))).toContain("oidc-provider/token.actions.githubusercontent.com");
  expect(used.workloadIdentity!.existingProviders).toMatchObject([
    { name: "github", accountId: "444444444403", audiences: ["sts.amazonaws.com"] },
  ]);
  expect(made.workloadIdentity!.existingProviders).toEqual([]);
});
