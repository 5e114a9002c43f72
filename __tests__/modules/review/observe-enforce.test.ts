import { judge } from "../../../modules/review/gate/gate";
import { NO_APPROVALS } from "../../../modules/review/gate/approvals";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { stackPair } from "../../../modules/terraform/synth-pair";
import type { Organization } from "../../../modules/organization/types";
import { parse } from "yaml";
import { EXAMPLE_ORGANIZATION, exampleState, TextEdit } from "../../support/environments";
import { synthesized } from "../../support/synth";

const facts = parse(EXAMPLE_ORGANIZATION) as Organization;
const OBSERVED =
  "    - guardrails: [deny-access-key-creation]\n      mode: observe\n      targets:\n        - ou: Sandbox\n";
const USERS =
  "    - guardrails: [deny-user-creation, deny-console-password-creation]\n      mode: observe\n      targets:\n        - ou: Infrastructure\n";

type Synth = ReturnType<typeof synthesized>;
let base: Synth;
beforeAll(() => (base = synthesized(exampleState())));

function review(edit: TextEdit["baseline"], change: (head: Map<string, object>) => void = () => undefined) {
  const head = new Map<string, object>(synthesized(exampleState({ baseline: edit! })));
  change(head);
  const plans = [...new Set([...base.keys(), ...head.keys()])].map((name) =>
    stackPair(name, `${name}.json`, base.get(name) as never, head.get(name) as never),
  );
  const { review: found, gate } = judge(
    reviewPlans(plans, facts),
    ["weakens", "destroys-guard", "unknown"],
    NO_APPROVALS,
    "2026-11-26",
  );
  return {
    stopping: gate.stopping.map(({ sentence }) => plainText(sentence)),
    said: found.changes.map((one) => `${one.class}: ${plainText(one.sentence)}`),
    strengthens: found.changes.filter((one) => one.class === "strengthens"),
  };
}

describe("a guardrail that is observed, and is enforced from now on", () => {
  test.each([
    [
      "one guardrail of an OU",
      [[OBSERVED, OBSERVED.replace("observe", "enforce")]] as const,
      "OU Sandbox (2 accounts): creation of access keys is now denied.",
      "OU Sandbox (2 accounts): the observation of creation of access keys ends; it is denied there from now on.",
    ],
    [
      "two guardrails of an OU",
      [[USERS, USERS.replace("observe", "enforce")]] as const,
      "OU Infrastructure (3 accounts): creation of console passwords, creation of IAM users and setting of console passwords are now denied.",
      "OU Infrastructure (3 accounts): the observation of creation of IAM users ends; it is denied there from now on.",
    ],
  ])("%s: one strengthening, and no guard is lost", (_, edit, denied, ends) => {
    const { stopping, said, strengthens } = review(edit);
    expect(stopping).toEqual([]);
    expect(strengthens).toHaveLength(1);
    expect(said).toContain(`strengthens: ${denied}`);
    expect(said).toContain(`neutral: ${ends}`);
    expect(said.join()).not.toMatch(/object Object|lose|\$\{/);
  });

  test("what protects the guardrail's exceptions is true, and is evidence of the one strengthening", () => {
    const { strengthens, said } = review([[OBSERVED, OBSERVED.replace("observe", "enforce")]]);
    const [only] = strengthens;
    expect(only!.witnesses.map(({ action, after }) => `${action} ${after}`)).toEqual(
      expect.arrayContaining(["iam:CreateAccessKey denied", "iam:PassRole denied"]),
    );
    expect(only!.diff.map(({ text }) => text).join("\n")).toMatch(/ProtectExceptedRoles/);
    expect(said.join("\n")).not.toMatch(/destroys-guard/);
  });

  test("a forwarder of an observation that goes on, and loses its bus, is no neutral change", () => {
    const name = "example-guardrail-observation";
    const before = base;
    const { said } = review([[OBSERVED, OBSERVED.replace("observe", "enforce")]], (head) => {
      const stack = JSON.parse(JSON.stringify(head.get(name))) as Record<string, unknown>;
      head.set(
        name,
        JSON.parse(
          JSON.stringify(stack).replaceAll("keyless-observe-deny-user-creation-us-east-1", "nobody"),
        ) as object,
      );
    });
    expect(before).toBe(base);
    expect(said.filter((one) => /deny-user-creation-us-east-1 may no longer/.test(one)).join()).not.toMatch(/^neutral/);
  });

  test("an observation that ends without being enforced is a guard that is lost", () => {
    const { stopping } = review([[OBSERVED, ""]]);
    expect(stopping.join()).toMatch(/lose role keyless-observe-deny-access-key-creation/);
  });

  test("one that is enforced in one of its accounts only is lost in the rest", () => {
    const one = OBSERVED.replace("mode: observe", "mode: enforce").replace(
      "- ou: Sandbox",
      '- account: "666666666601"',
    );
    expect(review([[OBSERVED, one]]).stopping.join()).toMatch(/lose role keyless-observe-deny-access-key-creation/);
  });

  test("another guardrail that is enforced does not stand for it", () => {
    const other = OBSERVED.replace("mode: observe", "mode: enforce").replace(
      "deny-access-key-creation",
      "deny-credential-reactivation",
    );
    expect(review([[OBSERVED, other]]).stopping.join()).toMatch(/lose role keyless-observe-deny-access-key-creation/);
  });

  test("a StackSet that holds anything else is not only an observation", () => {
    const name = "example-guardrail-observation";
    const before = base;
    const stack = JSON.parse(JSON.stringify(before.get(name))) as {
      resource: Record<string, Record<string, { template_body: string }>>;
    };
    const set = Object.entries(stack.resource["aws_cloudformation_stack_set"]!).find(([key]) =>
      key.includes("access-key"),
    )![1];
    const template = JSON.parse(set.template_body) as { Resources: Record<string, object> };
    template.Resources["Way"] = {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: "way-in",
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "arn:aws:iam::111111111111:root" } },
          ],
        },
      },
    };
    set.template_body = JSON.stringify(template);
    base = new Map([...before, [name, stack as never]]);
    try {
      expect(review([[OBSERVED, OBSERVED.replace("observe", "enforce")]]).stopping.join()).toMatch(/lose role/);
    } finally {
      base = before;
    }
  });
});
