import { asList } from "../../../../modules/policy/document";
import { evaluate } from "../../../../modules/policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../../../../modules/policy/types";
import { PipelineState, policiesOf, SectionRole } from "../../../../modules/sections/pipeline/types";
import { exampleState, exampleWith, frozenState, TextEdit } from "../../../support/environments";
import { resources, synthesized } from "../../../support/synth";

const PIPELINE = "pipeline:\n  kind: github\n  project: example/keyless-org-baseline\n  environment: production\n";
const pipelineOf = (section = PIPELINE, edit: TextEdit = {}): PipelineState =>
  exampleState({
    ...edit,
    baseline: [...(edit.baseline ?? []), ...(section === PIPELINE ? [] : [[PIPELINE, section] as const])],
  }).pipeline!;
/** With fewer stacks than the example's. */
const frozenPipeline = (section: string): PipelineState =>
  frozenState({ baseline: [["credentialHygiene:\n", `${section}\ncredentialHygiene:\n`]] }).pipeline!;
const statements = (role: PipelineState["plan"]): readonly PolicyStatement[] =>
  policiesOf(role).flatMap(({ document }) => document.Statement);
/** What a run comes as: the tokens that each phase trusts. */
const applySubjects = ({ apply, sections }: PipelineState): readonly string[] =>
  [...new Set([apply, ...sections].flatMap((role) => role?.subjects ?? []))].sort();
const subjects = (state: PipelineState): unknown => ({ plan: state.plan.subjects, apply: applySubjects(state) });
const sectionOf = ({ sections }: PipelineState, key: string): SectionRole => sections.find((one) => one.key === key)!;
const actions = (documents: readonly PolicyDocument[]): readonly string[] =>
  documents.flatMap((document) => document.Statement.flatMap((statement) => asList(statement.Action)));

describe("who plans and who applies", () => {
  test("GitHub with an environment: only jobs in it apply, the branch plans", () => {
    expect(subjects(pipelineOf())).toEqual({
      plan: ["repo:example/keyless-org-baseline:ref:refs/heads/main"],
      apply: ["repo:example/keyless-org-baseline:environment:production"],
    });
  });

  test("GitHub without: the branch applies", () => {
    expect(
      subjects(pipelineOf("pipeline:\n  kind: github\n  project: acme@1/baseline@2\n  branch: release\n")),
    ).toEqual({
      plan: ["repo:acme@1/baseline@2:ref:refs/heads/release"],
      apply: ["repo:acme@1/baseline@2:ref:refs/heads/release"],
    });
  });

  test("pull requests plan where that is asked for, and never apply", () => {
    expect(subjects(pipelineOf(`${PIPELINE}  planPullRequests: true\n`))).toEqual({
      plan: ["repo:example/keyless-org-baseline:pull_request", "repo:example/keyless-org-baseline:ref:refs/heads/main"],
      apply: ["repo:example/keyless-org-baseline:environment:production"],
    });
    expect(
      subjects(pipelineOf("pipeline:\n  kind: gitlab\n  project: acme/platform/baseline\n  planPullRequests: true\n")),
    ).toEqual({
      plan: ["project_path:acme/platform/baseline:ref_type:branch:ref:*"],
      apply: ["project_path:acme/platform/baseline:ref_type:branch:ref:main"],
    });
  });

  test("GitLab: one branch plans and applies", () => {
    const pipeline = pipelineOf("pipeline:\n  kind: gitlab\n  project: acme/platform/baseline\n");
    expect(subjects(pipeline)).toEqual({
      plan: ["project_path:acme/platform/baseline:ref_type:branch:ref:main"],
      apply: ["project_path:acme/platform/baseline:ref_type:branch:ref:main"],
    });
    expect(pipeline.provider).toMatchObject({ url: "https://gitlab.com", audiences: ["https://gitlab.com"] });
  });

  describe("HCP Terraform: the phase of the run decides, in the workspaces of this environment", () => {
    const HCP = (project: string): string => `pipeline:\n  kind: hcp-terraform\n  project: ${project}\n`;
    const inPhase = (
      phase: string,
      names: readonly string[],
      project = "organization:acme:project:a",
    ): readonly string[] => names.map((name) => `${project}:workspace:example-${name}:run_phase:${phase}`);
    const trusts = (role: PipelineState["plan"], sub: string, aud = "aws.workload.identity"): string =>
      evaluate(
        {
          principal: { type: "webIdentity", arn: "arn:aws:iam::111111111111:oidc-provider/app.terraform.io" },
          action: "sts:AssumeRoleWithWebIdentity",
          resource: `arn:aws:iam::111111111111:role/${role.role.name}`,
          context: { "app.terraform.io:sub": sub, "app.terraform.io:aud": aud },
          unlistedKeys: "absent",
        },
        { resource: { name: "trust", document: role.role.trust } },
      ).decision;

    test("each by its name, but for the pipeline's own", () => {
      const pipeline = frozenPipeline(HCP("acme/a"));
      const names = [
        "credential-hygiene",
        "guardrails",
        "identity-center",
        "identity-center-00",
        "identity-center-03",
        "identity-center-management",
      ];
      expect(subjects(pipeline)).toEqual({ plan: inPhase("plan", names), apply: [...inPhase("apply", names)].sort() });
      expect(JSON.stringify([pipeline.plan, ...pipeline.sections].map(({ role }) => role.trust))).not.toMatch(
        /[*?]|StringLike/,
      );
      // No run comes as a role that becomes others: each section's trusts its own workspaces.
      expect(pipeline.apply).toBeUndefined();
      expect(sectionOf(pipeline, "guardrails").subjects).toEqual(inPhase("apply", ["guardrails"]));
    });

    test("stacks of accounts and shards by their form, where IAM's quota leaves no room for names", () => {
      expect(applySubjects(pipelineOf(HCP("acme/Default Project")))).toHaveLength(11);
      const pipeline = pipelineOf(
        HCP("acme-international-holding-and-companies/The AWS organization and all that is in"),
      );
      const names = [
        "credential-hygiene",
        "guardrail-observation",
        "guardrails",
        "identity-center",
        "identity-center-??",
        "identity-center-management",
        "workload-identity-????????????-*",
      ];
      const project =
        "organization:acme-international-holding-and-companies:project:The AWS organization and all that is in";
      expect(pipeline.plan.subjects).toEqual(inPhase("plan", names, project));
      const workloads = sectionOf(pipeline, "workload-identity");
      expect(workloads.subjects.length).toBeGreaterThan(0);
      expect(
        trusts(workloads, `${project}:workspace:example-workload-identity-444444444401-eu-central-1:run_phase:apply`),
      ).toBe("allowed");
    });

    test("nobody else's token will do: another phase, environment, project, organization or audience, nor a workspace that somebody makes", () => {
      for (const pipeline of [frozenPipeline(HCP("acme/a")), pipelineOf(HCP("acme/a"))]) {
        const of = (phase: string, name = "example-guardrails", project = "organization:acme:project:a"): string =>
          `${project}:workspace:${name}:run_phase:${phase}`;
        const guardrails = sectionOf(pipeline, "guardrails");
        expect([trusts(pipeline.plan, of("plan")), trusts(guardrails, of("apply"))]).toEqual(["allowed", "allowed"]);
        for (const [role, subject] of [
          [guardrails, of("plan")],
          [pipeline.plan, of("apply")],
          [guardrails, of("apply", "example-pipeline")],
          [guardrails, of("apply", "example-break-glass")],
          [guardrails, of("apply", "example-credential-hygiene")],
          [guardrails, of("apply", "example-hcp-workspaces")],
          [guardrails, of("apply", "example-two-guardrails")],
          [guardrails, of("apply", "example-guardrails-2")],
          [guardrails, of("apply", "example-mine")],
          [guardrails, of("apply", "example-guardrails", "organization:acme:project:b")],
          [guardrails, of("apply", "example-guardrails", "organization:other:project:a")],
        ] as const) {
          expect([subject, trusts(role, subject)]).toEqual([subject, "denied"]);
        }
        expect(trusts(guardrails, of("apply"), "sts.amazonaws.com")).toBe("denied");
      }
    });

    test("names that leave no room at all", () => {
      const section = HCP(`${"o".repeat(90)}/${"p".repeat(90)}`);
      expect(exampleWith({ baseline: [[PIPELINE, section]] }).problems.map(({ code }) => code)).toEqual([
        "PIPELINE-QUOTA-TRUST",
      ]);
    });
  });

  test("a server of one's own is the issuer", () => {
    expect(
      pipelineOf(
        PIPELINE.replace("kind: github\n", "kind: github\n  issuerUrl: https://ghes.example.com/_services/token\n"),
      ).provider.arn,
    ).toBe("arn:aws:iam::111111111111:oidc-provider/ghes.example.com/_services/token");
  });

  test("nobody who only plans may apply", () => {
    for (const section of [PIPELINE, "pipeline:\n  kind: hcp-terraform\n  project: acme/baseline\n"]) {
      const pipeline = pipelineOf(section);
      expect(applySubjects(pipeline).filter((subject) => pipeline.plan.subjects.includes(subject))).toEqual([]);
    }
  });
});

describe("what the roles may do", () => {
  test("the plan role changes nothing", () => {
    const { plan, memberPlan } = pipelineOf();
    const changing = actions([...plan.policies.map(({ document }) => document), memberPlan.permissions]).filter(
      (action) => !/:(Get|List|Describe)/.test(action),
    );
    expect([...new Set(changing)].sort()).toEqual(["sts:AssumeRole"]);
  });

  test("in member accounts it comes as roles that only read, a section as the one that applies, where it holds something", () => {
    const assumed = (role: PipelineState["plan"]): readonly string[] =>
      statements(role)
        .filter(({ Sid }) => Sid === "MemberAccounts")
        .flatMap(({ Resource }) => asList(Resource));
    const pipeline = pipelineOf();
    const { plan } = pipeline;
    expect(assumed(plan)).toEqual([
      "arn:aws:iam::*:role/keyless/KeylessBaselinePlan",
      "arn:aws:iam::*:role/keyless/KeylessInventory",
    ]);
    const places = (key: string): readonly string[] =>
      [...new Set(assumed(sectionOf(pipeline, key)).map((arn) => arn.split(":")[4]!))].sort();
    expect(assumed(sectionOf(pipeline, "workload-identity"))).toContain(
      "arn:aws:iam::444444444402:role/OrganizationAccountAccessRole",
    );
    expect(places("guardrails")).toEqual([]);
    expect(places("identity-center")).toHaveLength(1);
    expect(assumed(pipeline.apply!)).not.toContain("arn:aws:iam::*:role/OrganizationAccountAccessRole");
    expect(statements(plan).find(({ Sid }) => Sid === "MemberAccounts")!.Condition).toEqual({
      StringEquals: { "aws:ResourceOrgID": "o-exampleorg1" },
    });
  });

  test("the role of member accounts trusts the pipeline's roles and nobody else", () => {
    expect(pipelineOf().memberPlan.trust.Statement).toMatchObject([
      {
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Condition: {
          ArnEquals: {
            "aws:PrincipalArn": [
              "arn:aws:iam::111111111111:role/KeylessBaselinePlan",
              "arn:aws:iam::111111111111:role/KeylessBaselineApply",
              ...[
                "credential-hygiene",
                "guardrail-observation",
                "guardrails",
                "identity-center",
                "workload-identity",
              ].map((key) => `arn:aws:iam::111111111111:role/KeylessBaselineApply-${key}`),
            ],
          },
        },
      },
    ]);
  });

  test("no role of the pipeline changes the pipeline, break glass, or policies of others", () => {
    for (const section of pipelineOf().sections) {
      const denied = statements(section).filter(({ Effect }) => Effect === "Deny");
      expect(denied.flatMap(({ Resource }) => asList(Resource))).toEqual(
        expect.arrayContaining([
          "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
          "arn:aws:iam::111111111111:role/KeylessBaselineApply",
          "arn:aws:iam::111111111111:role/KeylessBaselineApply-*",
          "arn:aws:iam::111111111111:role/SecurityBreakGlass",
          "arn:aws:iam::111111111111:user/break-glass/*",
        ]),
      );
    }
  });

  test("the role that a run comes as changes nothing itself", () => {
    const changing = actions(policiesOf(pipelineOf().apply!).map(({ document }) => document)).filter(
      (action) => !/:(Get|List|Describe)/.test(action),
    );
    expect([...new Set(changing)].sort()).toEqual(["sts:AssumeRole"]);
  });

  test("GitHub's environment is of any branch: the token must be of the branch, too, and of the workflow where it is named", () => {
    const decide = (section: string, claims: Readonly<Record<string, string>>): string => {
      const { apply } = pipelineOf(section);
      return evaluate(
        {
          principal: {
            type: "webIdentity",
            arn: "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
          },
          action: "sts:AssumeRoleWithWebIdentity",
          resource: `arn:aws:iam::111111111111:role/${apply!.role.name}`,
          context: Object.fromEntries(
            Object.entries({
              aud: "sts.amazonaws.com",
              sub: "repo:example/keyless-org-baseline:environment:production",
              ...claims,
            }).map(([claim, value]) => [`token.actions.githubusercontent.com:${claim}`, value]),
          ),
          unlistedKeys: "absent",
        },
        { resource: { name: "trust", document: apply!.role.trust } },
      ).decision;
    };
    const named = `${PIPELINE}  workflow: .github/workflows/apply-environment.yml\n`;
    const file = "example/keyless-org-baseline/.github/workflows/apply-environment.yml@refs/heads/main";
    expect(decide(PIPELINE, { ref: "refs/heads/main" })).toBe("allowed");
    expect(decide(PIPELINE, { ref: "refs/heads/mine" })).toBe("denied");
    expect(decide(PIPELINE, {})).toBe("denied");
    expect(decide(named, { ref: "refs/heads/main", job_workflow_ref: file })).toBe("allowed");
    expect(decide(named, { ref: "refs/heads/main" })).toBe("denied");
    expect(decide(named, { ref: "refs/heads/main", job_workflow_ref: file.replace("apply-", "my-") })).toBe("denied");
    expect(decide(named, { ref: "refs/heads/main", job_workflow_ref: file.replace("/main", "/mine") })).toBe("denied");
    expect(
      exampleWith({
        baseline: [[PIPELINE, "pipeline:\n  kind: gitlab\n  project: a/b\n  workflow: .github/workflows/a.yml\n"]],
      }).problems.map(({ code }) => code),
    ).toEqual(["PIPELINE-WORKFLOW"]);
  });

  test("only where AWS knows no resource, everything is the resource", () => {
    for (const statement of pipelineOf().sections.flatMap(statements)) {
      if (!asList(statement.Resource).includes("*")) continue;
      for (const action of asList(statement.Action))
        expect(action).toMatch(
          /^(iam:(Enable|Disable|List)Organizations|kms:(CreateKey|ListAliases)|organizations:(CreatePolicy|Describe|List|Enable)|cloudformation:CreateStackSet|events:(Put|Remove)Permission|config:Describe|rolesanywhere:(Create|ListTags))/,
        );
    }
  });

  test("state in S3: the plan reads it and locks it, the apply writes it", () => {
    const s3: TextEdit = {
      baseline: [
        [
          "backend:\n  type: local\n",
          "backend:\n  type: s3\n  bucket: acme-state\n  region: eu-central-1\n  kmsKeyArn: arn:aws:kms:eu-central-1:111111111111:alias/state\n",
        ],
      ],
    };
    const state = (role: PipelineState["plan"]): Record<string, unknown> =>
      Object.fromEntries(
        statements(role)
          .filter(({ Sid }) => /State/.test(Sid ?? ""))
          .map(({ Sid, Action }) => [Sid, Action]),
      );
    const pipeline = pipelineOf(PIPELINE, s3);
    const { plan } = pipeline;
    const lock = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"];
    const key = ["kms:Decrypt", "kms:GenerateDataKey"];
    expect(state(plan)).toEqual({ ListState: "s3:ListBucket", State: "s3:GetObject", LockState: lock, StateKey: key });
    expect(state(sectionOf(pipeline, "guardrails"))).toEqual({
      ListState: "s3:ListBucket",
      State: ["s3:GetObject", "s3:PutObject"],
      LockState: lock,
      StateKey: key,
    });
    expect(statements(plan).find(({ Sid }) => Sid === "State")!.Resource).toEqual([
      "arn:aws:s3:::acme-state/keyless/example-*.tfstate",
    ]);
    expect(statements(plan).find(({ Sid }) => Sid === "StateKey")).toMatchObject({
      Resource: "arn:aws:kms:eu-central-1:111111111111:key/*",
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/state" } },
    });
  });

  test.each([
    ["by default", "", "keyless/example-guardrails.tfstate"],
    ["with a prefix", "  prefix: baseline/prod\n", "baseline/prod/example-guardrails.tfstate"],
    ["with none", '  prefix: ""\n', "example-guardrails.tfstate"],
  ])("%s the state's key is the one that the roles reach, and its lock", (_, prefix, key) => {
    const state = exampleState({
      baseline: [
        ["backend:\n  type: local\n", `backend:\n  type: s3\n  bucket: acme-state\n  region: eu-central-1\n${prefix}`],
      ],
    });
    expect(
      (synthesized(state).get("example-guardrails")!.terraform["backend"] as Record<string, unknown>)["s3"],
    ).toMatchObject({ bucket: "acme-state", key, use_lockfile: true });
    const asks = (
      role: PipelineState["plan"],
      action: string,
      resource: string,
      context: Readonly<Record<string, string>> = {},
    ): string =>
      evaluate(
        {
          principal: { type: "role", arn: `arn:aws:iam::111111111111:role/${role.role.name}` },
          action,
          resource,
          resourceAccountId: "111111111111",
          context,
        },
        { identity: policiesOf(role) },
      ).decision;
    const applies = sectionOf(state.pipeline!, "guardrails");
    for (const role of [state.pipeline!.plan, applies]) {
      for (const object of [key, `${key}.tflock`]) {
        expect([object, asks(role, "s3:GetObject", `arn:aws:s3:::acme-state/${object}`)]).toEqual([object, "allowed"]);
        expect([object, asks(role, "s3:ListBucket", "arn:aws:s3:::acme-state", { "s3:prefix": object })]).toEqual([
          object,
          "allowed",
        ]);
        expect([
          object,
          asks(role, "s3:GetObject", `arn:aws:s3:::acme-state/${object.replace("example-", "other-")}`),
        ]).toEqual([object, "denied"]);
      }
      expect(asks(role, "s3:PutObject", `arn:aws:s3:::acme-state/${key}`)).toBe(
        role === applies ? "allowed" : "denied",
      );
      expect(asks(role, "s3:PutObject", `arn:aws:s3:::acme-state/${key}.tflock`)).toBe("allowed");
    }
    // Nor is one section's state another's.
    const other = sectionOf(state.pipeline!, "credential-hygiene");
    expect(asks(other, "s3:PutObject", `arn:aws:s3:::acme-state/${key}`)).toBe("denied");
  });

  test("state elsewhere needs nothing of AWS", () => {
    expect(statements(pipelineOf()).filter(({ Sid }) => /State/.test(Sid ?? ""))).toEqual([]);
    function statements({ plan }: PipelineState): readonly PolicyStatement[] {
      return plan.policies.flatMap(({ document }) => document.Statement);
    }
  });
});

describe("one provider for an issuer and account", () => {
  const workload = "    - name: gitlab\n      kind: gitlab\n      account: data-prod\n";
  const shared: TextEdit = {
    baseline: [
      [
        workload,
        `${workload}    - name: own-ci\n      kind: github\n      account: management\n      audiences: [elsewhere]\n`,
      ],
      [
        "    - name: warehouse-load\n",
        '    - name: cost-report\n      provider: own-ci\n      subjects: ["repo:example/costs:ref:refs/heads/main"]\n      awsManagedPolicies: [AWSBillingReadOnlyAccess]\n    - name: warehouse-load\n',
      ],
    ],
  };

  test("workloads of the management account use the pipeline's, each with its own audience", () => {
    const state = exampleState(shared);
    expect(state.pipeline!.provider.audiences).toEqual(["elsewhere", "sts.amazonaws.com"]);
    const stacks = synthesized(state);
    const stack = stacks.get("example-workload-identity-111111111111-eu-central-1")!;
    expect(resources(stack, "aws_iam_openid_connect_provider")).toEqual({});
    expect(resources(stack, "aws_iam_role")["role_cost-report"]!["assume_role_policy"]).toContain(
      '"token.actions.githubusercontent.com:aud":"elsewhere"',
    );
    expect(Object.keys(resources(stacks.get("example-pipeline")!, "aws_iam_openid_connect_provider"))).toEqual([
      "oidc_provider",
    ]);
    expect(JSON.stringify(state.pipeline!.apply!.role.trust)).not.toContain("elsewhere");
  });
});

describe("how stacks reach member accounts", () => {
  const assumed = (edit: TextEdit, name: string): unknown =>
    (synthesized(exampleState(edit)).get(name)!.provider.aws[0]!["assume_role"] as readonly { role_arn: string }[])[0]!
      .role_arn;
  const name = "example-workload-identity-444444444402-eu-central-1";

  test("with a pipeline: before an apply as the variable says, in it always as the member role", () => {
    expect(assumed({}, name)).toBe(
      'arn:aws:iam::444444444402:role/${terraform.applying ? "OrganizationAccountAccessRole" : var.member_plan_role}',
    );
  });

  test("without a pipeline: the member role, and no variable", () => {
    const edit: TextEdit = { baseline: [[PIPELINE, ""]] };
    expect(assumed(edit, name)).toBe("arn:aws:iam::444444444402:role/OrganizationAccountAccessRole");
    expect(JSON.stringify([...synthesized(exampleState(edit))])).not.toContain("member_plan_role");
  });

  test("stacks of the management account assume nothing", () =>
    expect(synthesized(exampleState()).get("example-guardrails")!.provider.aws[0]!["assume_role"]).toBeUndefined());

  test.each([
    ["management", ["example-account-444444444402"]],
    ["security-tooling", ["example-account-444444444402", "example-break-glass"]],
  ])("no StackSets, break glass at home in %s: the accounts' own stacks make the role that reads", (home, stacks) => {
    const all = synthesized(
      exampleState({ baseline: [["  homeAccount: management\n", `  homeAccount: ${home}\n  rollout: terraform\n`]] }),
    );
    for (const stack of stacks)
      expect(resources(all.get(stack)!, "aws_iam_role")["plan_role"]).toMatchObject({
        name: "KeylessBaselinePlan",
        path: "/keyless/",
      });
    expect(JSON.stringify(resources(all.get("example-account-444444444402")!, "aws_iam_role_policy"))).toContain(
      "arn:aws:iam::444444444402:role/keyless/*",
    );
    expect(Object.keys(resources(all.get("example-pipeline")!, "aws_cloudformation_stack_set"))).toEqual([]);
    expect([...all].filter(([, json]) => resources(json, "aws_iam_role")["plan_role"])).toHaveLength(13);
  });

  test("with managementRole the pipeline's plan would be somebody else", () => {
    const { problems } = exampleWith({ baseline: [["tags:\n", "access:\n  managementRole: Admin\n\ntags:\n"]] });
    expect(problems.map(({ code }) => code)).toEqual(["PIPELINE-MANAGEMENT-ROLE"]);
  });

  test("runs of HCP Terraform that could never reach their workspaces", () => {
    const { problems } = exampleWith({
      baseline: [
        ["backend:\n  type: local\n", "backend:\n  type: hcp\n  organization: acme\n"],
        [PIPELINE, "pipeline:\n  kind: hcp-terraform\n  project: acme/baseline\n"],
      ],
    });
    expect(problems.map(({ code, fix }) => [code, fix])).toEqual([
      ["PIPELINE-PROJECT", "Write project: acme/Default Project."],
    ]);
  });
});
