import { App, Token } from "cdktf";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { expression } from "../../modules/sections/expression";
import type { TargetState } from "../../modules/sections/target-state";
import { addEnvironment } from "../../stacks/environment";
import { EnvironmentStack } from "../../stacks/environment-stack";
import { escapeText } from "../../stacks/escape";
import { edited, EXAMPLE_BASELINE, EXAMPLE_FILES, EXAMPLE_ORGANIZATION, frozenState } from "../support/environments";
import { injected, PAYLOADS, strangers, type Texts } from "../support/injected";
import { synthesized } from "../support/synth";
import { HCP_BACKEND, HCP_IN_FULL, HCP_PIPELINE } from "../modules/sections/hcp/fixture";

const EXAMPLE: Texts = { baseline: EXAMPLE_BASELINE, organization: EXAMPLE_ORGANIZATION, files: EXAMPLE_FILES };
const HCP: Texts = {
  ...EXAMPLE,
  baseline: edited(EXAMPLE_BASELINE, [
    ["backend:\n  type: local\n", HCP_BACKEND],
    [
      "pipeline:\n  kind: github\n  project: example/keyless-org-baseline\n  environment: production\n",
      HCP_PIPELINE + HCP_IN_FULL,
    ],
  ]),
};

describe.each([
  ["the example", EXAMPLE, ["", ...PAYLOADS], 55],
  ["the example with HCP Terraform", HCP, PAYLOADS.slice(0, 1), 55],
] as const)("templates in every text of %s", (_, given, payloads, atLeast) => {
  test.each(payloads)("%j", (payload) => {
    const { state, accepted } = injected(given, payload);
    expect(strangers(state)).toEqual([]);
    // The payload went where it could: fields with a format refuse it.
    expect(accepted.length).toBeGreaterThan(atLeast);
    expect([...synthesized(state).values()].map((json) => JSON.stringify(json)).join("")).toContain(
      JSON.stringify(escapeText(payload)).slice(1, -1),
    );
  });
});

describe("the escape", () => {
  const inStack = (add: (stack: EnvironmentStack) => void): string => {
    const stack = new EnvironmentStack(
      new App({ outdir: "/nonexistent" }),
      frozenState().settings,
      "test",
      "guardrails",
    );
    add(stack);
    const { resource } = stack.toTerraform() as { resource?: unknown };
    // Without the comments of cdktf.
    return JSON.stringify(resource, (key, value: unknown) => (key === "//" ? undefined : value));
  };

  test("text, keys and overrides are escaped, whatever they look like; references are not", () => {
    const json = inStack((stack) => {
      const role = new IamRole(stack, "role", {
        assumeRolePolicy: "${aws_iam_role.role.arn}",
        tags: { "${a}": "%{b}" },
      });
      new IamRole(stack, "other", { assumeRolePolicy: role.arn, name: `${role.name}-$\{c}` }).addOverride("for_each", {
        "${d}": ["${aws_iam_role.role.arn}"],
      });
    });
    expect(JSON.parse(json)).toEqual({
      aws_iam_role: {
        role: { assume_role_policy: "$${aws_iam_role.role.arn}", tags: { "$${a}": "%%{b}" } },
        other: {
          assume_role_policy: "${aws_iam_role.role.arn}",
          name: "${aws_iam_role.role.name}-$${c}",
          for_each: { "$${d}": ["$${aws_iam_role.role.arn}"] },
        },
      },
    });
  });

  test("what cdktf hides in a token is text, unless it is a reference or an expression of ours", () => {
    const hidden = Token.asString({ resolve: () => "${file(1)}", creationStack: [], toString: () => "" });
    expect(
      inStack((stack) => new IamRole(stack, "role", { assumeRolePolicy: hidden, name: expression("each.key") })),
    ).toBe('{"aws_iam_role":{"role":{"assume_role_policy":"$${file(1)}","name":"${each.key}"}}}');
  });

  test("override of the whole stack", () => {
    const stack = new EnvironmentStack(
      new App({ outdir: "/nonexistent" }),
      frozenState().settings,
      "test",
      "guardrails",
    );
    stack.addOverride("locals", { "${a}": "${file(1)}" });
    expect((stack.toTerraform() as { locals: unknown }).locals).toEqual({ "$${a}": "$${file(1)}" });
  });

  test("numbers in a text stay what they are", () => {
    expect(inStack((stack) => new IamRole(stack, "role", { assumeRolePolicy: "at 2e5, 1.0e-3 and } {" }))).toContain(
      "at 2e5, 1.0e-3 and } {",
    );
  });

  test.each([
    ["a token of cdktf", { tags: { owner: "${TfToken[TOKEN.0]}" } }],
    ["a list token", { tags: { owner: "#{TfToken[TOKEN.0]}" } }],
    ["our placeholder", { tags: { owner: "\ufdd00\ufdd1" } }],
    ["a key", { tags: { "${TfToken[TOKEN.0]}": "x" } }],
    ["a number that stands for a token", { tags: { owner: -1.8881545897087e289 } }],
    ["NUL", { tags: { owner: "a\0b" } }],
  ])("%s in the target state is refused", (_, settings) => {
    const state = frozenState();
    expect(() =>
      addEnvironment(new App({ outdir: "/nonexistent" }), {
        ...state,
        settings: { ...state.settings, ...settings } as TargetState["settings"],
      }),
    ).toThrow("SYNTH-MARKER");
  });

  test("HCL, which would pass no escape, is refused", () => {
    expect(() => inStack((stack) => stack.toHclTerraform())).toThrow("SYNTH-HCL");
  });
});

describe("text for Terraform", () => {
  test.each([
    ["${aws:username}", "$${aws:username}"],
    ["a%{if}b", "a%%{if}b"],
    ["${a}${b}", "$${a}$${b}"],
    ["$5 and 5%", "$5 and 5%"],
  ])("%s becomes %s", (from, to) => expect(escapeText(from)).toBe(to));
});
