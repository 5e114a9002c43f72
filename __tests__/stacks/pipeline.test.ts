import { evaluate, NamedPolicy } from "../../modules/policy/evaluate";
import type { PolicyDocument } from "../../modules/policy/types";
import { exampleState, TextEdit } from "../support/environments";
import { resources, StackJson, synthesized } from "../support/synth";

const MANAGEMENT = "111111111111";
const MEMBER = "444444444401";

const parsed = (text: unknown): PolicyDocument => JSON.parse(text as string) as PolicyDocument;

const allowing = (statement: object): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", ...statement }],
});

/** Asks the role's own policies alone. */
const OPEN_TRUST: NamedPolicy = {
  name: "trust in everybody of the management account",
  document: allowing({ Principal: { AWS: `arn:aws:iam::${MANAGEMENT}:root` }, Action: "sts:AssumeRole" }),
};

/** What a role of the pipeline may do, read from the synthesized policies that are attached to it. */
function identityOf(pipeline: StackJson, role: "plan" | "apply"): readonly NamedPolicy[] {
  const policies = resources(pipeline, "aws_iam_policy");
  return Object.values(resources(pipeline, "aws_iam_role_policy_attachment"))
    .filter((attachment) => attachment["role"] === `\${aws_iam_role.role_${role}.name}`)
    .map((attachment) => {
      const [, name] = /^\$\{aws_iam_policy\.(.+)\.arn\}$/.exec(attachment["policy_arn"] as string)!;
      return { name: name!, document: parsed(policies[name!]!["policy"]) };
    });
}

/** Trust of a role of credential hygiene: in the management account a resource, in the others from the StackSet's template. */
function trustOf(hygiene: StackJson, name: string, accountId: string): PolicyDocument {
  if (accountId === MANAGEMENT)
    return parsed(
      Object.values(resources(hygiene, "aws_iam_role")).find((role) => role["name"] === name)!["assume_role_policy"],
    );
  const template = JSON.parse(
    resources(hygiene, "aws_cloudformation_stack_set")["stackset_credential_access"]!["template_body"] as string,
  ) as {
    readonly Resources: Readonly<
      Record<
        string,
        { readonly Properties: { readonly RoleName: string; readonly AssumeRolePolicyDocument: PolicyDocument } }
      >
    >;
  };
  return Object.values(template.Resources).find(({ Properties }) => Properties.RoleName === name)!.Properties
    .AssumeRolePolicyDocument;
}

describe("whom the pipeline's roles may become to inventory and retire credentials, in the synthesized policies", () => {
  const assumes = (edit: TextEdit, from: "plan" | "apply", name: string, accountId: string) => {
    const stacks = synthesized(exampleState(edit));
    const identity = identityOf(stacks.get("example-pipeline")!, from);
    expect(identity.length).toBeGreaterThan(1);
    const caller = `arn:aws:iam::${MANAGEMENT}:role/KeylessBaseline${from === "plan" ? "Plan" : "Apply"}`;
    const context = { "aws:PrincipalOrgID": "o-exampleorg1", "aws:ResourceOrgID": "o-exampleorg1" };
    const ask = (policies: Parameters<typeof evaluate>[1]): string =>
      evaluate(
        {
          principal: { type: "role", arn: caller },
          action: "sts:AssumeRole",
          resource: `arn:aws:iam::${accountId}:role/keyless/${name}`,
          context,
        },
        policies,
      ).decision;
    const resource = {
      name: `trust of ${name}`,
      document: trustOf(stacks.get("example-credential-hygiene")!, name, accountId),
    };
    return {
      its: ask({ identity, resource: OPEN_TRUST }),
      trusted: ask({
        resource,
        identity: [{ name: "everything", document: allowing({ Action: "*", Resource: "*" }) }],
      }),
      both: ask({ identity, resource }),
    };
  };
  // The managing account is security-tooling: the management account's roles are resources where it is the management account itself.
  const FROM_MANAGEMENT: TextEdit = {
    baseline: [["  managedFrom: security-tooling\n", "  managedFrom: management\n"]],
  };

  describe.each([
    ["a member account", {}, MEMBER],
    ["the management account", FROM_MANAGEMENT, MANAGEMENT],
  ] as const)("in %s", (_, edit, accountId) => {
    test.each([
      // keyless inventory runs wherever a plan runs: it reads.
      ["plan", "KeylessInventory", "allowed"],
      ["apply", "KeylessInventory", "allowed"],
      // keyless retire writes: only what applies may, and a pull request's job must not.
      ["apply", "KeylessRetirement", "allowed"],
      ["plan", "KeylessRetirement", "denied"],
    ] as const)("%s, %s: %s, by its own policies and by the role's trust, each by itself", (from, name, expected) => {
      expect(assumes(edit, from, name, accountId)).toEqual({ its: expected, trusted: expected, both: expected });
    });
  });

  test("nor may plan become the role that applies in member accounts, nor the one that remediates", () => {
    const identity = identityOf(synthesized(exampleState()).get("example-pipeline")!, "plan");
    for (const role of [
      "OrganizationAccountAccessRole",
      "keyless/KeylessCredentialRemediation",
      "SecurityBreakGlass",
    ]) {
      const { decision } = evaluate(
        {
          principal: { type: "role", arn: `arn:aws:iam::${MANAGEMENT}:role/KeylessBaselinePlan` },
          action: "sts:AssumeRole",
          resource: `arn:aws:iam::${MEMBER}:role/${role}`,
          context: { "aws:ResourceOrgID": "o-exampleorg1" },
        },
        { identity, resource: OPEN_TRUST },
      );
      expect([role, decision]).toEqual([role, "denied"]);
    }
  });

  test("in another organization neither may anything", () => {
    const stacks = synthesized(exampleState());
    for (const from of ["plan", "apply"] as const) {
      const { decision } = evaluate(
        {
          principal: { type: "role", arn: `arn:aws:iam::${MANAGEMENT}:role/x` },
          action: "sts:AssumeRole",
          resource: `arn:aws:iam::999999999999:role/keyless/KeylessInventory`,
          context: { "aws:ResourceOrgID": "o-someoneelse" },
        },
        { identity: identityOf(stacks.get("example-pipeline")!, from), resource: OPEN_TRUST },
      );
      expect(decision).toBe("denied");
    }
  });
});
