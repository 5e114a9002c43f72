import { App } from "cdktf";
import { GUARDRAILS } from "../../modules/sections/guardrails/catalogue/guardrails";
import { addEnvironment } from "../../stacks/environment";
import { exampleState, frozenState, TextEdit } from "../support/environments";
import { addresses, resources, StackJson, synthesized } from "../support/synth";

const stack = (edit: TextEdit = {}): StackJson => synthesized(exampleState(edit)).get("example-guardrails")!;
/** The frozen environment has three guardrails, each a policy of its own. */
const small = (edit: TextEdit = {}): StackJson => synthesized(frozenState(edit)).get("example-guardrails")!;
const attachedTo = (json: StackJson, guardrail: string): string[] =>
  Object.entries(resources(json, "aws_organizations_policy_attachment"))
    .filter(([id]) => id.startsWith(`attach_${guardrail}_`))
    .map(([, a]) => a["target_id"] as string)
    .sort();

describe("the guardrails of an environment", () => {
  test("each is attached at the fewest places that cover its targets", () => {
    const json = small();
    expect(attachedTo(json, "protect-break-glass")).toEqual(["r-exmp"]);
    expect(attachedTo(json, "deny-user-creation")).toEqual(["ou-exmp-security", "ou-exmp-workload"]);
    expect(attachedTo(json, "deny-access-key-creation")).toEqual([
      "ou-exmp-infrastr",
      "ou-exmp-security",
      "ou-exmp-suspende",
      "ou-exmp-workload",
    ]);
  });

  test("the document that is sent is canonical and within the quota", () => {
    for (const policy of Object.values(resources(stack(), "aws_organizations_policy"))) {
      const content = policy["content"] as string;
      expect(content).not.toMatch(/[\n\t]|": |, "/);
      expect(content.length).toBeLessThanOrEqual(10240);
      expect((policy["description"] as string).length).toBeLessThanOrEqual(512);
      for (const statement of (JSON.parse(content) as { Statement: { Effect: string }[] }).Statement)
        expect(statement.Effect).toBe("Deny");
    }
  });

  test("off keeps the entry and attaches nothing", () => {
    const json = small({
      baseline: [["guardrails: [deny-user-creation]", "mode: off\n      guardrails: [deny-user-creation]"]],
    });
    expect(attachedTo(json, "deny-user-creation")).toEqual([]);
    expect(addresses(json)).not.toContain("aws_organizations_policy.scp_deny-user-creation");
  });

  test("nothing about SCPs is protected from being destroyed: what a detachment means is for the review to say", () => {
    for (const type of ["aws_organizations_policy", "aws_organizations_policy_attachment"]) {
      for (const resource of Object.values(resources(stack(), type)))
        expect(resource["lifecycle"]).toEqual({ create_before_destroy: true });
    }
  });

  test("what comes is attached before what goes: one resource stands between", () => {
    const json = stack();
    const { attached } = resources(json, "terraform_data");
    const attachments = Object.keys(resources(json, "aws_organizations_policy_attachment")).map(
      (name) => `aws_organizations_policy_attachment.${name}`,
    );
    expect(attached).toMatchObject({ lifecycle: { create_before_destroy: true } });
    expect([...(attached!["depends_on"] as string[])].sort()).toEqual(attachments.sort());
    expect(Object.values(attached!["input"] as Record<string, string[]>).flat()).toHaveLength(attachments.length);
  });

  test("centralized root access is an option", () => {
    expect(Object.values(resources(stack(), "aws_iam_organizations_features"))).toMatchObject([
      { enabled_features: ["RootCredentialsManagement", "RootSessions"] },
    ]);
    const off = stack({
      baseline: [["  centralizedRootAccess:\n    rootCredentialsManagement: true\n    rootSessions: true\n", ""]],
    });
    expect(resources(off, "aws_iam_organizations_features")).toEqual({});
    const one = stack({ baseline: [["    rootSessions: true", "    rootSessions: false"]] });
    expect(Object.values(resources(one, "aws_iam_organizations_features"))).toMatchObject([
      { enabled_features: ["RootCredentialsManagement"] },
    ]);
  });
});

describe("the order of the first apply", () => {
  const dependencies = (edit: TextEdit): string[] => {
    const stacks = addEnvironment(new App({ outdir: "/nonexistent" }), exampleState(edit));
    return stacks.find((s) => s.stackName === "example-guardrails")!.dependencies.map((s) => s.node.id);
  };

  test("break glass comes first as long as the facts show none of our SCPs", () =>
    expect(dependencies({})).toEqual(["example-break-glass"]));

  test("with our SCPs in the facts the stack stands by itself", () => {
    const edit: TextEdit = {
      organization: [
        [
          "    name: sandbox-limits\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: false",
          "    name: sandbox-limits\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: true",
        ],
      ],
    };
    expect(dependencies(edit)).toEqual([]);
  });
});

describe("the catalogue", () => {
  test("ids are unique, every guardrail says why, who is exempt and what can go wrong", () => {
    expect(new Set(GUARDRAILS.map((g) => g.id)).size).toBe(GUARDRAILS.length);
    for (const guardrail of GUARDRAILS) {
      expect(guardrail.denies).toMatch(/\.$/);
      expect(guardrail.why.length).toBeGreaterThan(40);
      expect(guardrail.hazards.length).toBeGreaterThan(0);
      expect(guardrail.mapping.nist80053.length).toBeGreaterThan(0);
      for (const exemption of guardrail.exemptions) expect(exemption.cannotBeAbusedBecause.length).toBeGreaterThan(20);
    }
  });

  test("break glass in a member account leaves its users' creation to the pipeline, and only there", () => {
    const json = small({ baseline: [["  homeAccount: management", "  homeAccount: log-archive"]] });
    const content = JSON.parse(
      resources(json, "aws_organizations_policy")["scp_deny-user-creation"]!["content"] as string,
    ) as { Statement: unknown[] };
    expect(content.Statement).toEqual([
      {
        Sid: "DenyUserCreation",
        Effect: "Deny",
        Action: "iam:CreateUser",
        NotResource: "arn:aws:iam::222222222201:user/break-glass/*",
      },
    ]);
  });
});
