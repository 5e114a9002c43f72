import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderOverview } from "../../../cli/overview";
import { formatProblem } from "../../../modules/kernel/errors";
import type { Json } from "../../../modules/kernel/json";
import { memberStackSets } from "../../../modules/proofs/member-stack-sets";
import { heldBy } from "../../../modules/proofs/still-manageable";
import { reviewPlans } from "../../../modules/review/review";
import { AREAS } from "../../../modules/review/types";
import { jsonSchemaFiles } from "../../../modules/sections/json-schema";
import { readEnvironment } from "../../../modules/sections/load";
import { overview } from "../../../modules/sections/overview";
import { SECTIONS, StackKind } from "../../../modules/sections/sections";
import { contradicts, isAppliedByHand, STACK_MARK } from "../../../modules/sections/stack-kinds";
import { resolvingOrder } from "../../../modules/sections/target-state";
import { stackPair } from "../../../modules/terraform/synth-pair";
import { STACKS_OF_SECTIONS } from "../../../stacks/of-sections";
import { exampleWith, ROOT, TextEdit } from "../../support/environments";
import { synthesized } from "../../support/synth";

/**
 * To add a section is to add its folder and a line to the list: here `toy/` and one entry more, and everything that asks all sections for
 * something must know of it. One with stacks also has the file that makes them and its line in `stacks/of-sections.ts`, without which it
 * does not compile.
 */
jest.mock("../../../modules/sections/cards", () => ({
  CARDS: [
    ...jest.requireActual<{ readonly CARDS: readonly unknown[] }>("../../../modules/sections/cards").CARDS,
    jest.requireActual<{ readonly toy: unknown }>("./toy/card").toy,
  ],
}));
jest.mock("../../../stacks/of-sections", () => ({
  STACKS_OF_SECTIONS: {
    ...jest.requireActual<{ readonly STACKS_OF_SECTIONS: object }>("../../../stacks/of-sections").STACKS_OF_SECTIONS,
    toy: jest.requireActual<{ readonly addStacks: unknown }>("./toy/stack").addStacks,
  },
}));

const TOY: readonly [string, string] = ["breakGlass:\n", "toy:\n  topic: keyless-toy\nbreakGlass:\n"];
const withToy = (edit: TextEdit = {}): TextEdit => ({ ...edit, baseline: [TOY, ...(edit.baseline ?? [])] });
const toyOf = (value: object): unknown => (value as Readonly<Record<string, unknown>>)["toy"];

// Environments are proven here.
jest.setTimeout(60_000);

describe("a section that is added to the list", () => {
  const { environment, state, problems } = exampleWith(withToy());

  test("is resolved, with what another section resolved to", () => {
    expect(problems.filter(({ severity }) => severity !== "warning").map(formatProblem)).toEqual([]);
    expect(toyOf(state!)).toMatchObject({
      topic: "keyless-toy",
      homeAccountId: state!.breakGlass.identity.homeAccountId,
    });
  });

  test("is in the overview, and printed", () => {
    const view = overview(environment!, state!);
    expect(toyOf(view)).toBe("a topic keyless-toy");
    expect(renderOverview(view, []).replace(/\u001b\[\d+m/g, "")).toContain("\nToys\na topic keyless-toy\n\nbell");
  });

  test("becomes a stack that says what it is", () => {
    const stack = synthesized(state!).get("example-toy") as unknown as {
      readonly variable: Readonly<Record<string, unknown>>;
    };
    expect(stack.variable[STACK_MARK]).toMatchObject({
      default: { environment: "example", kind: "toy", section: "toy" },
    });
    const toy = "toy" as StackKind;
    expect([contradicts(toy, "aws_sns_topic"), contradicts(toy, "aws_iam_user")]).toEqual([false, true]);
    expect(isAppliedByHand(toy)).toBe(false);
  });

  test("is planned and applied by the pipeline", () => {
    const { plan, sections } = state!.pipeline!;
    const of = (phase: "plan" | "apply"): string =>
      JSON.stringify(
        (phase === "plan" ? plan : sections.find(({ key }) => key === "toy")!).policies.find(({ key }) => key === "toy")
          ?.document,
      );
    expect(of("apply")).toContain("sns:CreateTopic");
    expect(of("plan")).toContain("sns:GetTopicAttributes");
    expect(of("plan")).not.toContain("sns:CreateTopic");
  });

  test("is what the proofs ask about", () => {
    const input = { environment: environment!, ...state! };
    expect(heldBy(input).filter(({ stack }) => stack === "toy")).toEqual([
      expect.objectContaining({ accountId: environment!.organization.managementAccountId, types: ["aws_sns_topic"] }),
    ]);
    const member = environment!.tree.accounts.find(({ id }) => id !== environment!.organization.managementAccountId)!;
    expect(memberStackSets(input, member.id).map(({ name }) => name)).toContain("keyless-toy");
  });

  test("is reviewed in its own area, its guards included", () => {
    expect(AREAS).toContain("toys");
    const stack = JSON.parse(JSON.stringify(synthesized(state!).get("example-toy"))) as Json;
    const resource = { aws_sns_platform_application: { bell: { name: "bell", platform: "GCM" } } };
    const before = { ...stack, resource: { ...(stack["resource"] as object), ...resource } };
    const changes = reviewPlans([stackPair("example-toy", "example-toy", before, stack)], environment!.organization);
    expect(changes.changes.map(({ class: cls, area }) => [cls, area])).toEqual([["destroys-guard", "toys"]]);
    const gone = reviewPlans(
      [stackPair("example-toy", "example-toy", stack, { ...stack, resource: {} })],
      environment!.organization,
    );
    expect(gone.changes.map(({ area }) => area)).toEqual(["toys"]);
  });
});

describe("what is wrong with it is said at its place", () => {
  const errors = (edit: TextEdit): readonly string[] =>
    exampleWith(edit)
      .problems.filter(({ severity }) => severity !== "warning")
      .map(({ code, place }) => `${code} line ${place?.line}`);
  const line =
    1 +
    readFileSync(join(ROOT, "environments/example/baseline.yaml"), "utf8").split("breakGlass:\n")[0]!.split("\n")
      .length;

  test.each([
    ["by its schema", "  topics: keyless-toy\n", /^CONFIG-/],
    ["by its own check", "  topic: broken\n", /^TOY-BROKEN/],
    [
      "by a name that another section has announced",
      "  topic: t\n  roleName: SecurityBreakGlass\n",
      /^ROLE-NAME-TAKEN/,
    ],
  ])("%s", (_, toy, code) => {
    const found = errors({ baseline: [["breakGlass:\n", `toy:\n${toy}breakGlass:\n`]] });
    expect(found.filter((one) => code.test(one)).length).toBeGreaterThan(0);
    expect(found.every((one) => Number(one.split(" ").at(-1)) >= line - 1)).toBe(true);
  });

  test("by a file that it names and that is not there", () => {
    const root = mkdtempSync(join(tmpdir(), "toy-"));
    try {
      cpSync(join(ROOT, "environments/example"), join(root, "environments/example"), { recursive: true });
      const file = join(root, "environments/example/baseline.yaml");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace("breakGlass:\n", "toy:\n  topic: t\n  noticeFile: notice.txt\nbreakGlass:\n"));
      expect(readEnvironment(root, "example").problems.map(({ code }) => code)).toContain("CONFIG-NO-FILE");
      writeFileSync(join(root, "environments/example/notice.txt"), "quiet");
      expect(readEnvironment(root, "example").environment!.files.get("notice.txt")).toBe("quiet");
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

test("the JSON Schema for editors has it", () =>
  expect(jsonSchemaFiles().get("baseline.schema.json")).toContain("Name of the topic."));

test("sections are resolved after what they need; those about all others last", () => {
  const order = resolvingOrder().map(({ key }) => key);
  const after = (key: string, ...others: readonly string[]): void => {
    for (const other of others) expect([key, order.indexOf(key) > order.indexOf(other)]).toEqual([key, true]);
  };
  after("toy", "breakGlass");
  after("guardrails", "breakGlass", "credentialHygiene", "identityCenter", "workloadIdentity");
  after("pipeline", "toy", "guardrails", "credentialHygiene");
  after("hcp", "pipeline", "toy");
  const circle = (["a", "b"] as const).map((key, i) => ({ ...SECTIONS[0]!, key, needs: [["b", "a"][i]!] }));
  expect(() => resolvingOrder(circle)).toThrow("sections need each other: a, b");
});

test("each card with kinds of stacks has its line in stacks/of-sections.ts, and each file with addStacks is there", () => {
  const withKinds = SECTIONS.filter(({ stacks }) => stacks.length > 0).map(({ key }) => key);
  expect(Object.keys(STACKS_OF_SECTIONS).sort()).toEqual([...withKinds].sort());
  const exporting = readdirSync(join(ROOT, "stacks")).filter((file) =>
    /^export const addStacks: AddStacks</m.test(readFileSync(join(ROOT, "stacks", file), "utf8")),
  );
  expect(exporting).toHaveLength(withKinds.length - 1); // the toy's lies here
});

test("each section that is resolved has stacks, all of its card's kinds", () => {
  const { state } = exampleWith(withToy());
  const marked = new Map<string, Set<string>>();
  for (const stack of synthesized(state!).values()) {
    const { variable } = stack as unknown as {
      readonly variable: Readonly<
        Record<string, { readonly default: { readonly kind: string; readonly section: string } }>
      >;
    };
    const { kind, section } = variable[STACK_MARK]!.default;
    marked.set(section, (marked.get(section) ?? new Set()).add(kind));
  }
  const resolved = SECTIONS.filter(({ key, stacks }) => key in state! && stacks.length > 0);
  expect([...marked.keys()].sort()).toEqual(resolved.map(({ key }) => key).sort());
  for (const { key, stacks } of resolved)
    for (const kind of marked.get(key)!)
      expect([key, stacks.map((one) => one.kind)]).toEqual([key, expect.arrayContaining([kind])]);
});
