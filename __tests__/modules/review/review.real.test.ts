import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand, UpdateRoleCommand } from "@aws-sdk/client-iam";
import {
  AttachPolicyCommand,
  DescribePolicyCommand,
  DetachPolicyCommand,
  ListPoliciesCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
} from "@aws-sdk/client-organizations";
import { App } from "cdktf";
import { applyStack, LocalAws, planStack, startLocalAws } from "../../../local/runner";
import { inOrder, synthesizedStacks } from "../../../modules/delivery/stack-order";
import { loadEnvironment } from "../../../modules/sections/load";
import type { PolicyDocument } from "../../../modules/policy/types";
import { targetState } from "../../../modules/proofs/environment";
import { addEnvironment } from "../../../stacks/environment";
import { keyless } from "../../support/cli";
import { edited, ROOT } from "../../support/environments";
import { temporaryProject } from "../../support/project";
import { describeReal } from "../../support/real";
import { makeCertificate } from "../sections/workload-identity/certificate-maker";

jest.setTimeout(600_000);

/** Those that the edits touch, and one of each kind. */
const STACKS = [
  "break-glass",
  "credential-hygiene",
  "guardrails",
  "identity-center",
  "identity-center-00",
  "pipeline",
  "workload-identity-444444444402-eu-central-1",
  "workload-identity-444444444403-eu-central-1",
];

const FROZEN = join(ROOT, "__tests__/cases");
const BASE = readFileSync(join(FROZEN, "real-plans/baseline.yaml"), "utf8");

/** What somebody asks for in a pull request: a little of everything. */
const EDITS: readonly (readonly [string, string])[] = [
  [
    "  exceptions:\n",
    '  exceptions:\n    - name: importer\n      principal: arn:aws:iam::444444444402:role/importer\n      guardrails: [deny-access-key-creation]\n      owner: Payments team\n      reason: The importer still makes a key for each partner\n      expires: "2027-03-31"\n',
  ],
  [
    "    - guardrails: [deny-credential-reactivation, deny-unmanaged-federation, deny-root-user]\n",
    "    - guardrails: [deny-root-user]\n      targets:\n        - ou: Workloads\n    - guardrails: [deny-credential-reactivation, deny-unmanaged-federation]\n",
  ],
  [
    "      file: policies/keep-audit-trail.yaml\n      targets: [all]",
    "      file: policies/keep-audit-trail.yaml\n      targets:\n        - ou: Workloads",
  ],
  [
    "    - name: break-glass-2\n",
    "    - name: break-glass-3\n      holder: Safe in Oslo - two people of the network team\n    - name: break-glass-2\n",
  ],
  ["  mfaMaxAgeMinutes: 60\n", "  mfaMaxAgeMinutes: 240\n"],
  [
    "      sessionHours: 4\n      awsManagedPolicies: [SecurityAudit]",
    "      sessionHours: 4\n      awsManagedPolicies: [PowerUserAccess]",
  ],
  [
    "      description: Look, do not touch\n      sessionHours: 8",
    "      description: Look, but do not touch\n      sessionHours: 12",
  ],
  ["        - account: payments-dev\n", "        - account: payments-dev\n        - account: payments-prod\n"],
  ["  maxUnusedDays: 45\n", "  maxUnusedDays: 90\n"],
  [
    "  maxKeyAgeDays: 90\n  alarms:\n    subscribers:\n      emails: [security-alerts@example.com]",
    "  maxKeyAgeDays: 90\n  alarms:\n    subscribers:\n      emails: [other-alerts@example.com]",
  ],
  [
    'subjects: ["repo:example/shop:environment:production"]',
    'subjects: ["repo:example/shop:environment:production", "repo:example/shop:pull_request"]',
  ],
];

/** What a reviewer is told of them. */
const TOLD: readonly string[] = [
  "destroys-guard: security-alerts@example.com no longer hears of the alarms of example-credential-hygiene.",
  "weakens: Break glass: arn:aws:iam::111111111111:user/break-glass/break-glass-3 can now assume SecurityBreakGlass in account management.",
  "weakens: Break glass: arn:aws:iam::111111111111:user/break-glass/break-glass-3 can now assume SecurityBreakGlass in the whole organization (13 accounts).",
  "weakens: Break glass: the MFA sign-in may be older when SecurityBreakGlass in account management is assumed: up to 4 hours instead of 1 hour.",
  "weakens: Break glass: the MFA sign-in may be older when SecurityBreakGlass in the whole organization (13 accounts) is assumed: up to 4 hours instead of 1 hour.",
  "weakens: Break-glass user break-glass-3 is added: one more who may become administrator of every account.",
  "weakens: Break-glass user break-glass-3 may now use iam:ChangePassword, iam:CreateVirtualMFADevice, iam:DeactivateMFADevice, iam:DeleteVirtualMFADevice, iam:EnableMFADevice, iam:ResyncMFADevice, sts:AssumeRole, iam:GetAccountPasswordPolicy, iam:GetMFADevice, iam:GetUser, iam:ListMFADevices and iam:ListVirtualMFADevices (its own policy).",
  "weakens: OU Security (2 accounts): every action is no longer denied for root.",
  "weakens: account payments-prod and OU Suspended without accounts: creation of access keys is no longer denied for role/importer.",
  "weakens: 7 accounts (OU Infrastructure, OU Sandbox and OU Security) and OU Suspended without accounts: cloudtrail:DeleteTrail, cloudtrail:StopLogging and cloudtrail:UpdateTrail are no longer denied.",
  "weakens: Group Payments gains Developer in account payments-prod.",
  "weakens: Permission set ReadOnly (Group Engineering in OU Workloads (6 accounts)): sessions last 12 hours instead of 8 hours.",
  "weakens: Permission set SecurityAudit (Group Security in the whole organization (13 accounts)) gains PowerUserAccess.",
  "weakens: Trust anchor datacenter trusts another CA than before.",
  "weakens: tokens of token.actions.githubusercontent.com can now assume Role workload-shop-deploy in account shop-prod when token.actions.githubusercontent.com:aud is sts.amazonaws.com and token.actions.githubusercontent.com:sub is repo:example/shop:pull_request.",
  "weakens: Analyzer keyless-unused-access: 90 days until access counts as unused instead of 45.",
  "weakens: Conformance pack keyless-credential-remediation: MaxCredentialUsageAge of UnusedCredentialsRemediation is 90 days instead of 45.",
  "weakens: Conformance pack keyless-credential-remediation: maxCredentialUsageAge of UnusedCredentials is 90 days instead of 45.",
  "strengthens: Rule keyless-break-glass-alarms-signin in account management matches more events than before.",
  "strengthens: Rule keyless-break-glass-alarms-switchrole in account management matches more events than before.",
  "strengthens: Rule keyless-break-glass-alarms-usercalls in account management matches more events than before.",
  "strengthens: 10 accounts (OU Infrastructure, OU Security, OU Workloads/NonProd, data-prod and shop-prod): iam:PassRole is now denied on role/importer when aws:CurrentTime is 2027-03-31T23:59:59Z.",
  "strengthens: account payments-prod and OU Suspended without accounts: iam:AttachRolePolicy, iam:CreateRole, iam:DeleteRole, iam:DeleteRolePermissionsBoundary, iam:DeleteRolePolicy, iam:DetachRolePolicy, iam:PassRole, iam:PutRolePermissionsBoundary, iam:PutRolePolicy, iam:TagRole, iam:UntagRole, iam:UpdateAssumeRolePolicy, iam:UpdateRole and iam:UpdateRoleDescription are now denied on role/importer when aws:CurrentTime is 2027-03-31T23:59:59Z.",
  "strengthens: Permission set SecurityAudit (Group Security in the whole organization (13 accounts)) loses SecurityAudit.",
  "strengthens: other-alerts@example.com hears of the alarms of example-credential-hygiene.",
];

interface Told {
  readonly verdict: string;
  readonly gate: { readonly passes: boolean; readonly stopping: readonly string[] };
  readonly changes: readonly {
    readonly id: string;
    readonly class: string;
    readonly sentence: string;
    readonly witnesses: readonly { readonly action: string }[];
  }[];
  readonly notes: readonly { readonly kind: string; readonly stack: string; readonly sentence: string }[];
  readonly resources: readonly { readonly action: string; readonly address: string }[];
}

describeReal("reviews of real plans", () => {
  const project = temporaryProject();
  const baseline = join(project.root, "environments/example/baseline.yaml");
  const output = join(project.root, "cdktf.out");
  const base = join(project.root, "base");
  let local: LocalAws;
  let iam: IAMClient;
  let organizations: OrganizationsClient;

  const review = async (...args: readonly string[]): Promise<Told & { readonly status: number | null }> => {
    const { status, stdout, stderr } = await keyless(
      project.root,
      ["review", ...args, "--env", "example", "--format", "json", "--fail-on", "destroys-guard,weakens,unknown"],
      local.env,
    );
    if (status !== 0 && status !== 3) throw new Error(stderr);
    return { status, ...(JSON.parse(stdout) as Told) };
  };
  const now = (...stacks: readonly string[]) => review("--now", "example", "--stack", ...stacks);
  const said = ({ changes }: Told): readonly string[] => changes.map((change) => `${change.class}: ${change.sentence}`);

  beforeAll(async () => {
    cpSync(join(FROZEN, "real-plans"), join(project.root, "environments/example"), { recursive: true });
    cpSync(join(FROZEN, "environment/organization.yaml"), join(project.root, "environments/example/organization.yaml"));
    const environment = loadEnvironment(project.root, "example");
    const app = new App({ outdir: output });
    addEnvironment(app, targetState(environment));
    app.synth();
    cpSync(output, base, { recursive: true });
    local = await startLocalAws({ facts: environment.organization, region: environment.baseline.region });
    const settings = {
      endpoint: local.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    iam = new IAMClient(settings);
    organizations = new OrganizationsClient(settings);
    const wanted = synthesizedStacks(output, "example").filter(({ name }) =>
      STACKS.includes(name.replace("example-", "")),
    );
    await inOrder(wanted, 2, async (stack) => void (await applyStack(stack.folder, local.env)));
    await local.idle();
  });
  afterAll(async () => {
    iam.destroy();
    organizations.destroy();
    await local.stop();
    project.remove();
  });

  test("nothing has changed: nothing is said, and nobody's own doing is drift", async () => {
    const told = await now(...STACKS);
    expect({
      verdict: told.verdict,
      changes: told.changes,
      notes: told.notes,
      resources: told.resources,
      status: told.status,
    }).toEqual({ verdict: "Nothing changes.", changes: [], notes: [], resources: [], status: 0 });
  });

  describe("changes by hand", () => {
    const ROLE = "SecurityBreakGlass";
    let trust: string;
    let policies: ReadonlyMap<string, string>;
    const reactivation = (): { readonly PolicyId: string; readonly TargetId: string } => ({
      PolicyId: policies.get("keyless-dcpc-dcr-dru-duc-duf")!,
      TargetId: "ou-exmp-security",
    });

    beforeAll(async () => {
      policies = new Map(
        ((await organizations.send(new ListPoliciesCommand({ Filter: "SERVICE_CONTROL_POLICY" }))).Policies ?? []).map(
          ({ Name, Id }) => [Name!, Id!],
        ),
      );
      trust = decodeURIComponent(
        (await iam.send(new GetRoleCommand({ RoleName: ROLE }))).Role!.AssumeRolePolicyDocument!,
      );
    });

    test("another format and order of statements mean nothing", async () => {
      const PolicyId = policies.get("keyless-dlo-pb-pbg")!;
      const content = (await organizations.send(new DescribePolicyCommand({ PolicyId }))).Policy!.Content!;
      const document = JSON.parse(content) as PolicyDocument;
      await organizations.send(
        new UpdatePolicyCommand({
          PolicyId,
          Content: JSON.stringify({ Statement: [...document.Statement].reverse(), Version: document.Version }, null, 1),
        }),
      );
      const told = await now("guardrails");
      await organizations.send(new UpdatePolicyCommand({ PolicyId, Content: content }));
      expect(told.resources).toMatchObject([{ action: "update" }]);
      expect({ said: said(told), status: told.status }).toEqual({ said: [], status: 0 });
    });

    test("drift is told apart from the change, and what only undoes it is told as such", async () => {
      await organizations.send(new DetachPolicyCommand(reactivation()));
      const document = JSON.parse(trust) as PolicyDocument;
      await iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: ROLE,
          PolicyDocument: JSON.stringify({
            ...document,
            Statement: [
              ...document.Statement,
              {
                Sid: "ByHand",
                Effect: "Allow",
                Principal: { AWS: "arn:aws:iam::111111111111:root" },
                Action: "sts:AssumeRole",
              },
            ],
          }),
        }),
      );
      await iam.send(new UpdateRoleCommand({ RoleName: ROLE, MaxSessionDuration: 43200 }));
      const told = await now("guardrails", "break-glass");
      await organizations.send(new AttachPolicyCommand(reactivation()));
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: trust }));
      await iam.send(new UpdateRoleCommand({ RoleName: ROLE, MaxSessionDuration: 3600 }));
      const undone = " This undoes what was changed outside of Terraform.";
      expect(said(told)).toEqual(
        [
          "strengthens: SecurityBreakGlass in account management: sessions last up to 1 hour instead of 12 hours.",
          "strengthens: account 111111111111 can no longer assume SecurityBreakGlass in account management.",
          "strengthens: OU Security (2 accounts): every action is now denied for root.",
          "strengthens: OU Security (2 accounts): iam:AddClientIDToOpenIDConnectProvider, creation of console passwords, creation of OIDC providers, creation of SAML providers, creation of IAM users, iam:DeleteOpenIDConnectProvider, iam:DeleteSAMLProvider, iam:RemoveClientIDFromOpenIDConnectProvider, reactivation of access keys, setting of console passwords, iam:UpdateOpenIDConnectProviderThumbprint, iam:UpdateSAMLProvider, iam:UpdateServiceSpecificCredential, iam:UpdateSigningCertificate, iam:UpdateSSHPublicKey, rolesanywhere:CreateProfile, creation of trust anchors, rolesanywhere:DeleteAttributeMapping, rolesanywhere:DeleteCrl, rolesanywhere:DeleteProfile, rolesanywhere:DeleteTrustAnchor, rolesanywhere:DisableCrl, rolesanywhere:EnableProfile, rolesanywhere:EnableTrustAnchor, rolesanywhere:ImportCrl, rolesanywhere:PutAttributeMapping, rolesanywhere:UpdateCrl, rolesanywhere:UpdateProfile and rolesanywhere:UpdateTrustAnchor are now denied.",
        ].map((sentence) => sentence + undone),
      );
      expect(told.notes.map(({ kind, stack, sentence }) => `${kind} ${stack} ${sentence}`)).toEqual([
        "drift example-break-glass aws_iam_role.role_management was changed (assume_role_policy and max_session_duration) outside of Terraform; this is not what the change does.",
        "drift example-guardrails aws_organizations_policy_attachment.attach_dcpc-dcr-dru-duc-duf_ou-exmp-security was deleted outside of Terraform; this is not what the change does.",
      ]);
      expect(told.status).toBe(0);
    });
  });

  test("edits of the environment, planned for real", async () => {
    writeFileSync(baseline, edited(BASE, EDITS));
    writeFileSync(
      join(project.root, "environments/example/certificates/datacenter-ca.pem"),
      (await makeCertificate({ subject: "CN=Another CA, O=Example" })).pem,
    );
    await iam.send(new UpdateRoleCommand({ RoleName: "KeylessBaselinePlan", MaxSessionDuration: 7200 }));
    const told = await now(...STACKS);
    const byHand =
      "strengthens: Role KeylessBaselinePlan in account management: sessions last up to 1 hour instead of 2 hours. This undoes what was changed outside of Terraform.";
    expect([...said(told)].sort()).toEqual([...TOLD, byHand].sort());
    // Worst first, and the gate stops what it is told to stop.
    expect(said(told)[0]).toBe(TOLD[0]);
    const stopping = TOLD.filter((sentence) => !sentence.startsWith("strengthens")).length;
    expect({ status: told.status, passes: told.gate.passes, stopping: told.gate.stopping.length }).toEqual({
      status: 3,
      passes: false,
      stopping,
    });
    expect(told.notes.map(({ kind, sentence }) => `${kind} ${sentence}`)).toEqual([
      "replace aws_accessanalyzer_analyzer.analyzer_unused_access is deleted and created again, because of configuration.0.unused_access.0.unused_access_age.",
      "drift aws_iam_role.role_plan was changed (max_session_duration) outside of Terraform; this is not what the change does.",
    ]);

    // Two synths of the same edits say the same, but for what only a state can know.
    const synths = await review("--base", base, "--head", output);
    expect(said(synths)).toEqual(TOLD);
    expect({ status: synths.status, notes: synths.notes }).toEqual({ status: 3, notes: [] });
    // Approvals are by id: one that was given for the one counts for the other.
    const ids = (of: Told): readonly string[] =>
      of.changes.filter(({ class: cls }) => cls !== "strengthens").map(({ id }) => id);
    expect(ids(told)).toEqual(ids(synths));

    // The files that Terraform writes, one by one.
    const files: string[] = [];
    for (const name of ["guardrails", "workload-identity-444444444403-eu-central-1"]) {
      const { planFile } = await planStack(join(output, "stacks", `example-${name}`), local.env);
      cpSync(planFile, join(project.root, `example-${name}.json`));
      files.push(join(project.root, `example-${name}.json`));
    }
    const fromFiles = await review(...files);
    expect(said(fromFiles)).toEqual(said(told).filter((sentence) => /accounts?\b.*denied|shop-deploy/.test(sentence)));
    expect(fromFiles.status).toBe(3);
  });
});
