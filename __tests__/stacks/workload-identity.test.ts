import { exampleState, TextEdit } from "../support/environments";
import { addresses, resources, StackJson, synthesized } from "../support/synth";

const stacks = (edit: TextEdit = {}): ReadonlyMap<string, StackJson> =>
  new Map([...synthesized(exampleState(edit))].filter(([name]) => name.startsWith("example-workload-identity-")));
const PAYMENTS = "example-workload-identity-444444444402-eu-central-1";
const ANCHOR =
  "    - name: datacenter\n      account: payments-prod\n      certificateBundleFile: certificates/datacenter-ca.pem\n";
const BATCH = "    - name: billing-batch\n      trustAnchor: datacenter\n";

describe("workload identity of the example", () => {
  test("one stack for each account and region that holds anything", () => {
    expect([...stacks().keys()].sort()).toEqual(
      ["333333333302", "444444444401", "444444444402", "444444444403"].map(
        (id) => `example-workload-identity-${id}-eu-central-1`,
      ),
    );
    for (const json of stacks().values()) expect(json.provider.aws).toHaveLength(1);
  });

  test("the trust anchor stays, whatever a plan says, and holds nothing but the certificate", () => {
    const anchor = resources(stacks().get(PAYMENTS)!, "aws_rolesanywhere_trust_anchor")["trust_anchor_datacenter"]!;
    expect(anchor["lifecycle"]).toEqual({ prevent_destroy: true });
    expect(anchor["enabled"]).toBe(true);
    const { source_data, source_type } = anchor["source"] as {
      source_type: string;
      source_data: { x509_certificate_data: string };
    };
    expect(source_type).toBe("CERTIFICATE_BUNDLE");
    expect(source_data.x509_certificate_data).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n$/,
    );
  });

  test("the role trusts this trust anchor and this subject: the reference is Terraform's, the rest canonical", () => {
    const role = resources(stacks().get(PAYMENTS)!, "aws_iam_role")["role_billing-batch"]!;
    expect(role).toMatchObject({
      name: "workload-billing-batch",
      path: "/keyless/workloads/",
      max_session_duration: 3600,
    });
    expect(role["assume_role_policy"]).toBe(
      '{"Statement":[{"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"],"Condition":{"ArnEquals":{"aws:SourceArn":"${aws_rolesanywhere_trust_anchor.trust_anchor_datacenter.arn}"},' +
        '"StringEquals":{"aws:PrincipalTag/x509Subject/CN":"billing-batch","aws:PrincipalTag/x509Subject/OU":"Payments"}},"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Sid":"CertificateOfWorkload"}],"Version":"2012-10-17"}',
    );
    expect(resources(stacks().get(PAYMENTS)!, "aws_rolesanywhere_profile")["profile_billing-batch"]).toMatchObject({
      name: "billing-batch",
      enabled: true,
      duration_seconds: 1800,
      role_arns: ["${aws_iam_role.role_billing-batch.arn}"],
    });
  });

  test("every part of the subject, and the issuer, is compared", () => {
    const json = stacks({
      baseline: [
        [
          "        organizationalUnit: Payments\n",
          "        organizationalUnit: Payments\n        organization: Example - Söhne\n      issuerCommonName: Issuing CA 2\n",
        ],
      ],
    }).get(PAYMENTS)!;
    const trust = JSON.parse(
      resources(json, "aws_iam_role")["role_billing-batch"]!["assume_role_policy"] as string,
    ) as { Statement: { Condition: { StringEquals: unknown } }[] };
    expect(trust.Statement[0]!.Condition.StringEquals).toEqual({
      "aws:PrincipalTag/x509Issuer/CN": "Issuing CA 2",
      "aws:PrincipalTag/x509Subject/CN": "billing-batch",
      "aws:PrincipalTag/x509Subject/O": "Example - Söhne",
      "aws:PrincipalTag/x509Subject/OU": "Payments",
    });
  });

  test("no policy of a workload holds the stand-in of a trust anchor, or a token of cdktf", () => {
    for (const [name, json] of stacks()) {
      expect([name, /TfToken|trust-anchor\//.exec(JSON.stringify(json))?.[0]]).toEqual([name, undefined]);
    }
  });

  test("variables in an inline policy reach IAM, not Terraform", () => {
    const json = stacks({
      baseline: [
        [
          "arn:aws:s3:::payments-prod-invoices/incoming/*",
          "arn:aws:s3:::payments-prod-invoices/${aws:PrincipalTag/x509Subject/CN}/*",
        ],
      ],
    }).get(PAYMENTS)!;
    expect(resources(json, "aws_iam_role_policy")["role_billing-batch_inline"]!["policy"]).toContain(
      "invoices/$${aws:PrincipalTag/x509Subject/CN}/*",
    );
  });

  test("the certificate's authority may be a Private CA", () => {
    const arn = "arn:aws:acm-pca:eu-central-1:222222222202:certificate-authority/12345678-1234-1234-1234-123456789012";
    const json = stacks({
      baseline: [["certificateBundleFile: certificates/datacenter-ca.pem", `privateCaArn: ${arn}`]],
    }).get(PAYMENTS)!;
    expect(resources(json, "aws_rolesanywhere_trust_anchor")["trust_anchor_datacenter"]!["source"]).toEqual({
      source_type: "AWS_ACM_PCA",
      source_data: { acm_pca_arn: arn },
    });
  });

  test("another region is another stack; names may repeat in other accounts", () => {
    const more = stacks({
      baseline: [
        [
          ANCHOR,
          `${ANCHOR}    - name: plant\n      account: payments-prod\n      region: eu-west-1\n      certificateBundleFile: certificates/datacenter-ca.pem\n`,
        ],
        [
          BATCH,
          `    - name: plant-batch\n      trustAnchor: plant\n      subject: { commonName: plant }\n      sessionMinutes: 720\n      awsManagedPolicies: [job-function/ViewOnlyAccess]\n      permissionsBoundary: arn:aws:iam::aws:policy/ReadOnlyAccess\n${BATCH}`,
        ],
      ],
    });
    const json = more.get("example-workload-identity-444444444402-eu-west-1")!;
    expect(json.provider.aws[0]!["region"]).toBe("eu-west-1");
    expect(addresses(json)).toEqual([
      "aws_iam_role.role_plant-batch",
      "aws_iam_role_policy_attachment.role_plant-batch_ViewOnlyAccess",
      "aws_rolesanywhere_profile.profile_plant-batch",
      "aws_rolesanywhere_trust_anchor.trust_anchor_plant",
    ]);
    expect(resources(json, "aws_iam_role")["role_plant-batch"]).toMatchObject({
      max_session_duration: 43_200,
      permissions_boundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
    });
    expect(resources(json, "aws_iam_role_policy_attachment")["role_plant-batch_ViewOnlyAccess"]!["policy_arn"]).toBe(
      "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    );
  });
});

test("adding a workload, a trust anchor and a provider changes not one byte of what is there", () => {
  const before = stacks();
  const after = stacks({
    baseline: [
      [
        ANCHOR,
        `    - name: branch\n      account: payments-prod\n      certificateBundleFile: certificates/datacenter-ca.pem\n${ANCHOR}`,
      ],
      [
        BATCH,
        `    - name: a-first\n      trustAnchor: branch\n      subject: { commonName: first }\n      awsManagedPolicies: [ReadOnlyAccess]\n${BATCH}`,
      ],
      [
        "    - name: gitlab\n",
        "    - name: a-cluster\n      kind: custom\n      account: data-prod\n      issuerUrl: https://oidc.example.com/id/1\n      audiences: [sts.amazonaws.com]\n    - name: gitlab\n",
      ],
      [
        "    - name: warehouse-load\n",
        '    - name: a-pod\n      provider: a-cluster\n      subjects: ["system:serviceaccount:data:loader"]\n      awsManagedPolicies: [ReadOnlyAccess]\n    - name: warehouse-load\n',
      ],
    ],
  });
  for (const [name, json] of before) {
    for (const [type, named] of Object.entries(json.resource ?? {})) {
      for (const [id, resource] of Object.entries(named))
        expect([name, id, after.get(name)!.resource![type]![id]]).toEqual([name, id, resource]);
    }
  }
  expect([...after.values()].flatMap(addresses).length - [...before.values()].flatMap(addresses).length).toBe(7);
});
