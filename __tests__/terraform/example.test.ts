import { resourceActions } from "../../modules/sections/pipeline/resource-actions";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetRoleCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { ListPoliciesCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { App } from "cdktf";
import type { Call } from "../../local/calls";
import { clearLocalState, LocalRun, runLocal } from "../../local/run";
import { LOCAL_CREDENTIALS } from "../../local/client-settings";
import { applyStack, killDuringApply, LocalAws, planStack, startLocalAws } from "../../local/runner";
import { synthesizedStacks } from "../../modules/delivery/stack-order";
import { SynthesizedStack } from "../../modules/terraform/environment-stacks";
import { breakGlassTrust } from "../../modules/sections/break-glass/documents";
import { loadEnvironment } from "../../modules/sections/load";
import { BaselineError } from "../../modules/kernel/errors";
import { asList, policyDocument, policyJson } from "../../modules/policy/document";
import type { PolicyDocument } from "../../modules/policy/types";
import { factsDocument } from "../../modules/proofs/attached";
import { failedClaims } from "../../modules/live/verify/run";
import { prove } from "../../modules/proofs/prove";
import { syncEnvironment } from "../../modules/live/sync/run";
import { targetState } from "../../modules/proofs/environment";
import { addEnvironment } from "../../stacks/environment";
import { exampleState, exampleWith, ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";
import { ReadBack, readBack } from "../support/read-back";
import { type CliRun, keyless } from "../support/cli";
import { readOrganization } from "../support/read-organization";
import { describeReal } from "../support/real";
import { webIdentityAnswers } from "../support/web-identity";
import { liesAbout } from "./lies";
import { type Applied, mistakenWhereRefused, notFound, seenNow } from "./truths";

jest.setTimeout(600_000);

describeReal("the example against the local AWS, with the real Terraform and provider", () => {
  const project = temporaryProject();
  let local: LocalAws | undefined;
  let run: LocalRun;
  /** Read apart from `verify`, so that a fault of one is not a fault of both. */
  let found: ReadBack;
  const said: string[] = [];

  beforeAll(async () => {
    run = await runLocal({
      projectRoot: project.root,
      environment: "example",
      say: (line) => said.push(line),
      onStart: (started) => (local = started),
    });
    const environment = loadEnvironment(project.root, "example");
    found = await readBack(
      run.local.endpoint,
      environment,
      targetState(environment),
      environment.tree.accounts.map(({ id }) => ({ accountId: id, region: "eu-central-1" })),
    );
  });
  afterAll(async () => {
    await local?.stop();
    project.remove();
  });

  test("every stack is applied, and its second plan is empty", () => {
    expect(run.stacks.map((s) => s.name)).toEqual(
      [
        "break-glass",
        "credential-hygiene",
        "guardrail-observation",
        "guardrails",
        "identity-center",
        "identity-center-00",
        "identity-center-03",
        "identity-center-management",
        "pipeline",
        "workload-identity-333333333302-eu-central-1",
        "workload-identity-444444444401-eu-central-1",
        "workload-identity-444444444402-eu-central-1",
        "workload-identity-444444444403-eu-central-1",
      ].map((name) => `example-${name}`),
    );
    for (const stack of run.stacks) expect(stack.added).toBeGreaterThan(0);
    expect(said.filter((line) => / no changes /.test(line))).toHaveLength(run.stacks.length);
    expect(run.secrets).toEqual([]);
  });

  test("break glass was there before the guardrails", () => {
    const applied = said.filter((line) => line.startsWith("apply")).map((line) => /example-[a-z-]+/.exec(line)?.[0]);
    expect(applied.indexOf("example-break-glass")).toBeGreaterThanOrEqual(0);
    expect(applied.indexOf("example-break-glass")).toBeLessThan(applied.indexOf("example-guardrails"));
  });

  test("the role is in every active account, the management account included, with the trust policy that was written", () => {
    const expected = policyJson(breakGlassTrust(exampleState().breakGlass.identity));
    expect(found.roles).toHaveLength(14);
    for (const role of found.roles) {
      expect(role).toMatchObject({
        present: true,
        maxSessionSeconds: 3600,
        policies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
      });
      expect(policyJson(JSON.parse(role.trust!) as Parameters<typeof policyJson>[0])).toBe(expected);
    }
    expect(found.breakGlassUsers).toEqual(["break-glass-1", "break-glass-2"]);
  });

  test("the SCPs and RCPs are where the environment says, beside those of others", () => {
    expect(Object.fromEntries(found.policiesByNode.map((node) => [node.path, node.policies]))).toEqual({
      "(root)": ["FullAWSAccess", "keyless-custom-keep-audit-trail", "keyless-dlo-dru-duf-pb-pbg"],
      Infrastructure: ["FullAWSAccess", "keyless-dakc-dltbt-dscc"],
      Sandbox: ["FullAWSAccess", "sandbox-limits"],
      Security: ["FullAWSAccess", "keyless-dakc-dltbt-dscc", "keyless-dcpc-dcr-duc"],
      Suspended: ["FullAWSAccess", "keyless-dakc-dltbt-dscc"],
      Workloads: ["FullAWSAccess", "approved-regions", "keyless-dakc-dltbt-dscc", "keyless-dcpc-dcr-duc"],
      "Workloads/NonProd": ["FullAWSAccess"],
      "Workloads/Prod": ["FullAWSAccess"],
    });
    for (const { path, resourcePolicies } of found.policiesByNode)
      expect([path, resourcePolicies]).toEqual([
        path,
        path === "(root)" ? ["RCPFullAWSAccess", "keyless-restrict-web-identity"] : ["RCPFullAWSAccess"],
      ]);
  });

  test("people have the assignments of the environment, per account", () => {
    const sets = Object.fromEntries(found.assignments.map((a) => [a.accountName, a.permissionSets]));
    expect(sets["management"]).toEqual({ ManagementBilling: 1 });
    expect(sets["sandbox-1"]).toEqual({ AdministratorAccess: 1, SecurityAudit: 1 });
    expect(sets["payments-dev"]).toEqual({ AdministratorAccess: 1, Developer: 1, ReadOnly: 1, SecurityAudit: 1 });
    expect(Object.keys(sets)).toHaveLength(14);
  });

  test("a sync afterwards finds what was made, and with these facts the plans are still empty", async () => {
    const { facts, changes } = await syncEnvironment(project.root, "example", {
      access: { endpoint: local!.endpoint, credentials: LOCAL_CREDENTIALS },
    });
    const policies = exampleState().guardrails.policies.map((policy) => policy.name);
    expect(changes!.map(({ kind, what, name }) => `${kind} ${what} ${name.replace(/ \(p-\w+\)$/, "")}`).sort()).toEqual(
      [
        "added group Billing",
        "added group Platform",
        ...["AdministratorAccess", "Developer", "ManagementBilling", "ReadOnly", "SecurityAudit"].map(
          (name) => `added permission set ${name}`,
        ),
        ...policies.map((name) => `added policy ${name}`).sort(),
        "added root access feature RootCredentialsManagement",
        "added root access feature RootSessions",
      ],
    );
    expect(
      facts.policies
        .filter((policy) => policy.ours)
        .map((policy) => policy.name)
        .sort(),
    ).toEqual([...policies].sort());

    const output = join(project.root, "cdktf.out");
    const text = (stack: SynthesizedStack): string => readFileSync(join(stack.folder, "cdk.tf.json"), "utf8");
    const before = new Map(synthesizedStacks(output, "example").map((stack) => [stack.name, text(stack)]));
    const app = new App({ outdir: output });
    addEnvironment(app, targetState(loadEnvironment(project.root, "example")));
    app.synth();
    const changed = synthesizedStacks(output, "example").filter((stack) => text(stack) !== before.get(stack.name));
    // Groups of ours are named by their id from now on; before the first apply they had to be looked up.
    expect(changed.map((stack) => stack.name)).toEqual([
      "example-identity-center-00",
      "example-identity-center-management",
    ]);
    for (const { folder, name } of changed)
      expect([name, (await planStack(folder, local!.env)).changes]).toEqual([name, []]);
  });

  test("the policies as AWS gives them back pass the same proofs", async () => {
    const environment = loadEnvironment(project.root, "example");
    const input = { environment, ...targetState(environment) };
    const read = await readOrganization(run.local.endpoint, "eu-central-1");
    const policies = read.policies.map(factsDocument);
    const planned = prove(input);
    const applied = prove(input, { policies });
    expect(
      policies
        .filter((policy) => policy.ours)
        .map((policy) => policy.name)
        .sort(),
    ).toEqual(input.guardrails.policies.map((policy) => policy.name).sort());
    expect(applied.chains).toEqual(planned.chains);
    expect(applied.cells).toEqual(planned.cells);
    expect(applied.counterexamples).toEqual([]);
    expect(applied.questions).toBe(planned.questions);
    expect(webIdentityAnswers(environment, input, policies)).toEqual(
      ["network-plan", "warehouse-load", "shop-deploy"].map((workload) => ({
        workload,
        own: "allowed",
        stranger: "denied",
      })),
    );
    // They would not if a statement had been lost on the way.
    const lost = policies.map((policy) =>
      policy.ours ? { ...policy, document: policyDocument(policy.document.Statement.slice(1)) } : policy,
    );
    expect(prove(input, { policies: lost }).counterexamples.length).toBeGreaterThan(0);
  });

  describe("the pipeline's roles may make every call that Terraform made", () => {
    const { pipeline } = exampleState();
    const allowed = (documents: readonly PolicyDocument[]): ReadonlySet<string> =>
      new Set(
        documents
          .flatMap((document) => document.Statement)
          .filter((statement) => statement.Effect === "Allow")
          .flatMap((statement) => asList(statement.Action)),
      );
    const made = (calls: readonly Call[], inManagement: boolean): readonly string[] =>
      [
        ...new Set(
          calls
            .filter(
              (call) =>
                (call.accountId === "111111111111") === inManagement && call.operation !== "sts:GetCallerIdentity",
            )
            .map((call) => call.operation),
        ),
      ].sort();

    test("plan and apply, in the management account", () => {
      expect(made(run.calls.plan, true).length).toBeGreaterThan(20);
      expect(made(run.calls.apply, true).length).toBeGreaterThan(60);
      expect(
        made(run.calls.plan, true).filter(
          (operation) => !allowed(pipeline!.plan.policies.map(({ document }) => document)).has(operation),
        ),
      ).toEqual([]);
      // The pipeline's own stack and break glass are a person's to apply: nobody lets the pipeline make its entry, its policies, and users.
      const missing = made(run.calls.apply, true).filter(
        (operation) =>
          !allowed(pipeline!.sections.flatMap(({ policies }) => policies.map(({ document }) => document))).has(
            operation,
          ),
      );
      const persons = new Set(
        [
          "aws_iam_openid_connect_provider",
          "aws_iam_policy",
          "aws_iam_role_policy_attachment",
          "aws_iam_user",
          "aws_iam_user_policy",
        ].flatMap((type) => {
          const { create, read, update } = resourceActions(type);
          return [...create, ...read, ...update];
        }),
      );
      expect(missing.filter((operation) => !persons.has(operation))).toEqual([]);
      expect(missing).toEqual(
        expect.arrayContaining(["iam:CreateOpenIDConnectProvider", "iam:CreatePolicy", "iam:CreateUser"]),
      );
    });

    test("plans, in member accounts: there they come as the role that only reads", () => {
      expect(made(run.calls.plan, false).length).toBeGreaterThan(10);
      expect(
        made(run.calls.plan, false).filter((operation) => !allowed([pipeline!.memberPlan.permissions]).has(operation)),
      ).toEqual([]);
      const roles = (calls: readonly Call[]): readonly string[] => [
        ...new Set(calls.flatMap((call) => (call.role ? [call.role.replace(/^arn:aws:iam::\d{12}:role\//, "")] : []))),
      ];
      expect(roles(run.calls.plan)).toEqual(["keyless/KeylessBaselinePlan"]);
      expect(roles(run.calls.apply)).toEqual(["OrganizationAccountAccessRole"]);
    });
  });

  test("machines come in where the environment says", async () => {
    expect(found.workloadEntries.map((entry) => [entry.accountName, entry.kind, entry.name])).toEqual([
      ["management", "OIDC provider", "token.actions.githubusercontent.com"],
      ["network", "OIDC provider", "app.terraform.io"],
      ["data-prod", "OIDC provider", "gitlab.com"],
      ["payments-prod", "trust anchor", "datacenter"],
      ["shop-prod", "OIDC provider", "token.actions.githubusercontent.com"],
    ]);
  });

  describe("verify", () => {
    const applied = (): Applied => {
      const environment = loadEnvironment(project.root, "example");
      return { local: local!, environment, state: targetState(environment) };
    };

    test("finds every single lie that is planted, says nothing of what is none, and sees everything afterwards", async () => {
      const { lies, wrong } = await notFound(applied());
      expect(wrong).toEqual([]);
      expect(lies).toBeGreaterThan(60);
      const { claims } = await seenNow(applied());
      expect(claims.length).toBe(run.verification.claims.length);
      expect(failedClaims({ claims }).map(({ kind, name, details }) => [kind, name, ...details])).toEqual([]);
    });

    test("what AWS refuses to show is not readable, never seen and never missing", async () => {
      const { refused, wrong } = await mistakenWhereRefused(applied(), (all) =>
        // All 60 take a minute and a half; a new one is tried when its turn comes, by its place in the list.
        all.filter((_, index) => index % 4 === 0),
      );
      expect(wrong).toEqual([]);
      expect(refused.length).toBeGreaterThan(10);
    });

    test("its calls are those that docs/verify.md counts: so many in each member account, and Identity Center's", async () => {
      local!.resetCalls();
      await seenNow(applied());
      const inAccount = new Map<string, number>();
      for (const { accountId, operation } of local!.log.ordered())
        if (!operation.startsWith("sts:")) inAccount.set(accountId, (inAccount.get(accountId) ?? 0) + 1);
      const docs = readFileSync(join(ROOT, "docs/verify.md"), "utf8");
      const counted = (what: RegExp): number => Number(what.exec(docs)?.[1]?.replaceAll(",", ""));
      expect({
        // One that nothing but the StackSets reach.
        member: inAccount.get("333333333303"),
        management: inAccount.get("111111111111"),
        all: [...inAccount.values()].reduce((sum, n) => sum + n, 0),
      }).toEqual({
        member: counted(/(\d+) calls in each member account/),
        management: counted(/(\d+) in the management account/),
        all: counted(/([\d,]+) calls in all for its 14 accounts/),
      });
    });

    test("as a command: 0 when all is seen, 3 with what differs and when, 3 where nothing can be read", async () => {
      const command = (...args: string[]): Promise<CliRun> =>
        keyless(project.root, ["verify", "example", "--only", "organization", ...args], local!.env);
      expect(await command()).toMatchObject({ status: 0 });
      const [lie] = liesAbout(local!, applied().environment, applied().state).filter(
        ({ kinds }) => kinds[0] === "places",
      );
      const undo = await lie!.plant();
      const told = await command("--json");
      await undo();
      expect(told.status).toBe(3);
      expect(JSON.parse(told.stdout)).toMatchObject({
        claims: expect.arrayContaining([
          expect.objectContaining({
            kind: "places",
            verdict: "different",
            at: expect.stringMatching(/^\d{4}-/) as string,
          }),
        ]) as unknown,
      });
      const clear = local!.faults.add({ operation: "organizations:ListRoots", kind: "refuse" });
      const dark = await command();
      clear();
      expect(dark).toMatchObject({ status: 3, stdout: expect.stringContaining("not readable") as string });
    });
  });

  test("state that no local run has made is not touched", () => {
    const state = join(project.root, "terraform.example-guardrails.tfstate");
    const before = readFileSync(state, "utf8");
    writeFileSync(join(project.root, ".keyless/local-state.json"), JSON.stringify({ environments: [] }));
    expect(() => clearLocalState(project.root, "example")).toThrow(BaselineError);
    expect(readFileSync(state, "utf8")).toBe(before);
  });
});

describeReal("faults", () => {
  const project = temporaryProject();
  let local: LocalAws;
  let stacks: readonly SynthesizedStack[];
  const stack = (name: string): SynthesizedStack => stacks.find((s) => s.name === name)!;

  beforeAll(async () => {
    const { environment, state } = exampleWith();
    local = await startLocalAws({ facts: environment!.organization, region: "eu-central-1" });
    const output = join(project.root, "cdktf.out");
    const app = new App({ outdir: output });
    addEnvironment(app, state!);
    app.synth();
    stacks = synthesizedStacks(output, "example");
  });
  afterAll(async () => {
    await local.stop();
    project.remove();
  });

  // One resource at a time: what is in flight at the moment of a kill may be made without being written down, which Terraform then
  // says by name (AlreadyExists) and which `terraform import` fixes. See docs/interrupted-apply.md.
  test("Terraform killed in the middle of an apply: the next one converges and doubles nothing", async () => {
    const { folder } = stack("example-guardrails");
    expect(await killDuringApply(folder, local, "organizations:AttachPolicy", { parallelism: 1 })).toEqual({
      killed: true,
    });
    const first = await planStack(folder, local.env);
    expect(first.changes.length).toBeGreaterThan(0);
    expect(await applyStack(folder, local.env)).toMatchObject({
      added: first.changes.length,
      changed: 0,
      destroyed: 0,
    });
    expect((await planStack(folder, local.env)).empty).toBe(true);
    const organizations = new OrganizationsClient({
      endpoint: local.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const names = (
      (await organizations.send(new ListPoliciesCommand({ Filter: "SERVICE_CONTROL_POLICY" }))).Policies ?? []
    )
      .map((p) => p.Name)
      .filter((name) => name?.startsWith("keyless-"));
    expect(names.sort()).toEqual([
      "keyless-custom-keep-audit-trail",
      "keyless-dakc-dltbt-dscc",
      "keyless-dcpc-dcr-duc",
      "keyless-dlo-dru-duf-pb-pbg",
    ]);
  });

  test("an API that throttles for a while only takes longer", async () => {
    local.faults.add({ operation: "iam:CreateUser", kind: "throttle", times: 2 });
    const { added } = await applyStack(stack("example-break-glass").folder, local.env);
    expect(added).toBeGreaterThan(20);
    const iam = new IAMClient({
      endpoint: local.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    expect((await iam.send(new ListUsersCommand({}))).Users).toHaveLength(2);
    expect((await iam.send(new GetRoleCommand({ RoleName: "SecurityBreakGlass" }))).Role?.MaxSessionDuration).toBe(
      3600,
    );
    expect((await planStack(stack("example-break-glass").folder, local.env)).empty).toBe(true);
  });
});
