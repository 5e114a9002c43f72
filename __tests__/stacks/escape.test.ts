import { App, Token } from "cdktf";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { isMap, isScalar, isSeq, parseDocument, Scalar } from "yaml";
import { formatPath } from "../../modules/config/document";
import { parseAgainst } from "../../modules/config/load";
import { organizationProblems } from "../../modules/config/organization-problems";
import { organizationSchema } from "../../modules/config/schema/organization";
import { formatProblem, Problem } from "../../modules/kernel/errors";
import { organizationTree } from "../../modules/organization/tree";
import type { Organization } from "../../modules/organization/types";
import { expression } from "../../modules/sections/expression";
import { Baseline, baselineSchema } from "../../modules/sections/schema";
import { INSTANCE_EXPRESSIONS } from "../../modules/sections/stack-set/service-managed";
import { resolveUnproven, TargetState } from "../../modules/sections/target-state";
import { addEnvironment } from "../../stacks/environment";
import { EnvironmentStack } from "../../stacks/environment-stack";
import { escapeText } from "../../stacks/escape";
import { edited, EXAMPLE_BASELINE, EXAMPLE_FILES, EXAMPLE_ORGANIZATION, frozenState } from "../support/environments";
import { addresses, synthesized } from "../support/synth";
import { HCP_BACKEND, HCP_IN_FULL, HCP_PIPELINE } from "../modules/sections/hcp/fixture";

/** What a text is when Terraform has read it: templates that are alive, as they stand in it. */
function alive(text: string): readonly string[] {
  return text.replaceAll(/\$\$\{|%%\{/g, "").match(/[$%]\{[^}]*\}?/g) ?? [];
}

function* texts(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (value !== null && typeof value === "object")
    for (const [key, member] of Object.entries(value)) {
      yield key;
      yield* texts(member);
    }
}

/** Templates that are alive in a synth and stand for nothing that the stacks mean: not for a thing of the same stack, the key of a loop, the instances of a StackSet or the role of a plan. */
function strangers(state: TargetState): readonly string[] {
  const role = JSON.stringify(state.settings.memberRole);
  return [...synthesized(state)].flatMap(([name, json]) => {
    const things = new Set([
      ...addresses(json),
      ...Object.entries(json.data ?? {}).flatMap(([type, all]) => Object.keys(all).map((id) => `data.${type}.${id}`)),
    ]);
    // Without the comments for cdktf, which Terraform does not read.
    return [...texts({ ...json, "//": undefined })].flatMap(alive).flatMap((template) => {
      const address = /^\$\{((?:data\.)?\w+\.[\w-]+)\.\w+\}$/.exec(template)?.[1];
      const meant =
        (address !== undefined && things.has(address)) ||
        template === "${each.key}" ||
        Object.values(INSTANCE_EXPRESSIONS).some((own) => template === `\${${own}}`) ||
        template === `\${terraform.applying ? ${role} : var.member_plan_role}`;
      return meant ? [] : [`${name}: ${template}`];
    });
  });
}

/** What is put into every text: each would show something of the runner, or stand for another resource. */
const PAYLOADS = ['${file("/proc/self/environ")}', "%{ if true }x%{ endif }", "${aws_iam_role.injected.name}", "$${1}"];

interface Texts {
  readonly baseline: string;
  readonly organization: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Mappings whose keys people choose. */
const FREE_KEYS = /(^|\.)(tags|accessControlAttributes|Condition|Condition\.\w+)$/;

/** Every text of a YAML file that a person chooses, with its place as problems name it. `change` says what it becomes. */
function eachText(text: string, change: (value: string, path: string) => string): string {
  const document = parseDocument(text);
  const scalar = (node: unknown, path: string): void => {
    if (isScalar(node) && typeof node.value === "string") node.value = change(node.value, path);
  };
  const walk = (node: unknown, path: readonly (string | number)[]): void => {
    scalar(node, formatPath(path));
    if (isSeq(node)) node.items.forEach((item, i) => walk(item, [...path, i]));
    if (isMap(node))
      for (const { key, value } of node.items) {
        const name = String((key as Scalar).value);
        walk(value, [...path, name]);
        if (FREE_KEYS.test(formatPath(path))) scalar(key, formatPath([...path, name]));
      }
  };
  walk(document.contents, []);
  return document.toString({ lineWidth: 0 });
}

function yamlTexts(text: string): readonly { readonly path: string; readonly value: string }[] {
  const found: { path: string; value: string }[] = [];
  eachText(text, (value, path) => (found.push({ path, value }), value));
  return found;
}

const replaced = (text: string, change: ReadonlyMap<string, string>): string =>
  eachText(text, (value) => change.get(value) ?? value);

function outcome({ baseline, organization, files }: Texts): {
  readonly state?: TargetState;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const intent = parseAgainst<Baseline>("baseline.yaml", baseline, baselineSchema, problems);
  const facts = parseAgainst<Organization>("organization.yaml", organization, organizationSchema, problems);
  if (facts) problems.push(...organizationProblems(facts.document, facts.value));
  if (!intent || !facts || problems.length > 0) return { problems };
  return resolveUnproven({
    name: "example",
    baseline: intent.value,
    organization: facts.value,
    tree: organizationTree(facts.value),
    files: new Map(Object.entries(files)),
    place: (path) => intent.document.place(path),
    factsPlace: (path) => facts.document.place(path),
  });
}

/**
 * Puts a payload behind every text of an environment, the same text the same way wherever it stands, so that names still fit together.
 * What is refused is taken back, until the rest is valid.
 */
function injected(
  given: Texts,
  payload: string,
): { readonly state: TargetState; readonly accepted: readonly string[] } {
  const yamlFiles = Object.entries(given.files).filter(([name]) => name.endsWith(".yaml"));
  const places = [
    ["baseline.yaml", given.baseline] as const,
    ["organization.yaml", given.organization] as const,
    ...yamlFiles,
  ].map(([file, text]) => ({ file, texts: yamlTexts(text) }));
  // What AWS names and the baseline only compares: with another name there is no such service, and nothing could be resolved.
  const named =
    /^(guardrails\.custom\[\d+\]\.file$|trustedServices|delegatedAdministrators|enabledPolicyTypes|rootAccessFeatures)/;
  const active = new Set(
    places.flatMap(({ texts }) => texts.filter(({ path }) => !named.test(path)).map(({ value }) => value)),
  );
  const takeBack = ({ place }: Problem): boolean => {
    const all = places.find(({ file }) => place?.file?.endsWith(file))?.texts ?? [];
    const path = (place?.path ?? "")
      .replaceAll(JSON.stringify(payload).slice(1, -1), "")
      .replace(/\["([A-Za-z_][\w-]*)"\]/g, ".$1")
      .replace(/^\./, "");
    const at = all.filter((one) => one.path === path);
    const below = at.length > 0 ? at : all.filter((one) => one.path.startsWith(path));
    return below.map(({ value }) => active.delete(value)).includes(true);
  };
  for (;;) {
    const change = new Map([...active].map((value) => [value, `${value}${payload}`]));
    const { state, problems } = outcome({
      baseline: replaced(given.baseline, change),
      organization: replaced(given.organization, change),
      files: { ...given.files, ...Object.fromEntries(yamlFiles.map(([name, text]) => [name, replaced(text, change)])) },
    });
    if (state) return { state, accepted: [...active].sort() };
    if (!problems.map(takeBack).includes(true)) throw new Error(problems.map(formatProblem).join("\n"));
  }
}

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
