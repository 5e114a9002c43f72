import { formatProblem } from "../../../../../modules/kernel/errors";
import { outcome } from "../fixture";
import type { TextEdit } from "../../../../support/environments";

/** The facts show a policy of ours at the root. */
const applied = (name: string): TextEdit => ({
  organization: [
    [
      "  - id: p-exmpregion\n",
      `  - id: p-exmpours01\n    name: ${name}\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: true\n    content: '{"Version":"2012-10-17","Statement":[]}'\n    targetIds:\n      - r-exmp\n  - id: p-exmpregion\n`,
    ],
  ],
});
const said = (section: Parameters<typeof outcome>[0], edit: TextEdit = {}): readonly string[] =>
  outcome(section, edit).problems.map(formatProblem);

describe("room for old and new at once", () => {
  const quotas = "policiesPerTarget: 3";

  test("a policy that replaces another needs a place of its own for a moment", () => {
    const rollout = "- guardrails: [protect-break-glass, deny-leaving-organization]\n  targets: [all]";
    expect(said({ rollout, quotas }, applied("keyless-protect-break-glass"))).toEqual([]);
    expect(said({ rollout, quotas: "policiesPerTarget: 2" }, applied("keyless-protect-break-glass"))).toEqual([
      expect.stringMatching(
        /^error SCP-QUOTA-CHANGE .*\n {2}\(root\) \(r-exmp\) would have 3 SCPs attached for a moment; 2 are allowed\. New ones \(keyless-dlo-pbg\) are attached before those they replace \(keyless-protect-break-glass\) are detached/,
      ),
    ]);
  });

  test("one that stays needs none, and one that only goes neither", () => {
    expect(
      said(
        { rollout: "- guardrails: [protect-break-glass]\n  targets: [all]", quotas: "policiesPerTarget: 2" },
        applied("keyless-protect-break-glass"),
      ),
    ).toEqual([]);
    expect(said({ rollout: "[]", quotas: "policiesPerTarget: 2" }, applied("keyless-protect-break-glass"))).toEqual([]);
  });

  test("how it was packed before is read off the names", () => {
    const { state } = outcome(
      {
        rollout:
          "- guardrails: [protect-break-glass, deny-leaving-organization, deny-access-key-creation]\n  targets: [all]",
        quotas: "policyCharacters: 1300",
      },
      applied("keyless-dakc-dlo"),
    );
    expect(state!.guardrails.policies.map((policy) => policy.key)).toEqual(["dakc-dlo-pbg"]);
    expect(state!.guardrails.firstApply).toBe(false);
    const divided = outcome(
      {
        rollout:
          "- guardrails: [protect-break-glass, deny-leaving-organization, deny-access-key-creation]\n  targets: [all]",
        quotas: "policyCharacters: 1100",
      },
      applied("keyless-dakc-dlo"),
    );
    expect(divided.state!.guardrails.policies.map((policy) => policy.key)).toEqual(["dakc-dlo", "protect-break-glass"]);
  });
});

test("a guardrail whose exemptions another one keeps safe is refused without it", () => {
  const [first] = said({ rollout: "- guardrails: [deny-credential-reactivation]\n  targets: [{ ou: Sandbox }]" });
  expect(first).toMatch(
    /^error GUARDRAIL-REQUIRES environments\/example\/baseline\.yaml:\d+:\d+ guardrails\.rollout\[0\]\.guardrails\[0\]\n {2}deny-credential-reactivation is enforced without protect-b[a-z-]+ in Sandbox, sandbox-1, sandbox-2: /,
  );
});

test("policies of a type that is not enabled are refused", () => {
  expect(said({}, { organization: [["  - SERVICE_CONTROL_POLICY\n", "  - TAG_POLICY\n"]] })[0]).toMatch(
    /^error FACTS-SCP-NOT-ENABLED /,
  );
});
