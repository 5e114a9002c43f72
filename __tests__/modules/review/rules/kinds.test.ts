import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Json } from "../../../../modules/kernel/json";
import { BaselineError } from "../../../../modules/kernel/errors";
import type { Organization } from "../../../../modules/organization/types";
import { reviewPlans } from "../../../../modules/review/review";
import type { AccessChange } from "../../../../modules/review/types";
import { isStackKind, sectionOf, STACK_KINDS, STACK_MARK } from "../../../../modules/sections/stack-kinds";
import { stackPair } from "../../../../modules/terraform/synth-pair";
import { frozenState, ROOT } from "../../../support/environments";
import { synthesized } from "../../../support/synth";

/** What the loss of each kind of guard is called, whatever its stack is called and whether or not the stack says what it is. */

const facts = parse(readFileSync(join(ROOT, "__tests__/cases/environment/organization.yaml"), "utf8")) as Organization;
const stacks = new Map(
  [...synthesized(frozenState())].map(([name, json]) => [name, JSON.parse(JSON.stringify(json)) as Json]),
);

type Resources = Record<string, Record<string, Json>>;

function without(stack: Json, type: string, id: string): Json {
  const copy = structuredClone(stack) as { resource: Resources };
  delete copy.resource[type]![id];
  return copy;
}

function unmarked(stack: Json): Json {
  const copy = structuredClone(stack) as { variable: Record<string, unknown> };
  delete copy.variable[STACK_MARK];
  return copy;
}

function review(name: string, before: Json, after: Json): readonly AccessChange[] {
  return reviewPlans([stackPair(name, name, before, after)], facts).changes;
}

const told = (changes: readonly AccessChange[]): readonly string[] =>
  [...new Set(changes.map((change) => `${change.class} ${change.area}`))].sort();

/** By kind of stack: what the loss of a resource is, and what it is listed under. The last row that fits counts. */
const LOSSES: readonly (readonly [kind: string, type: RegExp, loss: string])[] = [
  ["break-glass", /./, "destroys-guard break-glass"],
  ["break-glass", /^aws_kms_alias/, "neutral break-glass"],
  ["credential-hygiene", /./, "destroys-guard credential-hygiene"],
  ["credential-hygiene", /^aws_kms_alias/, "neutral credential-hygiene"],
  ["guardrails", /^aws_iam_organizations_features/, "destroys-guard guardrails"],
  ["guardrails", /^aws_organizations_policy_attachment attach_protect-/, "destroys-guard guardrails"],
  ["guardrails", /^aws_organizations_policy_attachment attach_(deny|restrict)-/, "weakens guardrails"],
  // Its attachment is still there: Terraform would refuse.
  ["guardrails", /^aws_organizations_policy /, "unknown guardrails"],
];

/** Guards of stacks that say what they are, with what their loss is. */
const guards = [...stacks].flatMap(([name, stack]) => {
  const mark = (stack["variable"] as Record<string, { default: { kind: string } }>)[STACK_MARK]!.default;
  return Object.entries(stack["resource"] as Resources).flatMap(([type, byId]) =>
    Object.keys(byId).flatMap((id) => {
      const row = LOSSES.findLast(([kind, pattern]) => kind === mark.kind && pattern.test(`${type} ${id}`));
      return row ? [[name, type, id, row[2]] as const] : [];
    }),
  );
});

test("there are guards of every kind", () => {
  expect(guards.length).toBeGreaterThan(60);
  expect([...new Set(guards.map(([name]) => name.replace(/^\w+-/, "")))].sort()).toEqual([
    "break-glass",
    "credential-hygiene",
    "guardrails",
  ]);
});

describe("the loss of a guard", () => {
  test.each(guards)("%s %s.%s: %s", (name, type, id, loss) => {
    const stack = stacks.get(name)!;
    const classes = told(review(name, stack, without(stack, type, id)));
    expect(classes).toContain(loss);
    // A guard's loss is nothing else beside: nobody may read it as a gain.
    expect(classes.filter((one) => one.startsWith("strengthens"))).toEqual([]);
  });

  test.each(guards)("is the same whatever the stack is called: %s %s.%s", (name, type, id) => {
    const stack = stacks.get(name)!;
    const after = without(stack, type, id);
    const expected = told(review(name, stack, after));
    for (const odd of [
      "x-workload-identity-eu-credential-hygiene",
      "workloads",
      "prod-break-glass",
      "a-account-111111111111",
    ])
      expect(told(review(odd, stack, after))).toEqual(expected);
  });

  const classOf = (lines: readonly string[]): readonly string[] => [
    ...new Set(lines.map((line) => line.split(" ")[0]!)),
  ];
  /** Roles that only their stack makes a guard: they are at the root path, and CloudFormation alone assumes them. */
  const ONLY_BY_MARK = /^stackset_execution_role/;

  test.each(guards.filter(([, , id]) => !ONLY_BY_MARK.test(id)))(
    "is as bad where the stack does not say what it is: %s %s.%s",
    (name, type, id) => {
      const stack = stacks.get(name)!;
      const after = without(stack, type, id);
      expect(classOf(told(review("foreign", unmarked(stack), unmarked(after))))).toEqual(
        classOf(told(review(name, stack, after))),
      );
    },
  );
});

describe("the mark can only make a judgement stricter", () => {
  const breakGlass = [...stacks.keys()].find((name) => name.endsWith("-break-glass"))!;
  const asKind = (kind: string, section: string, environment = "example"): Json => {
    const copy = structuredClone(stacks.get(breakGlass)!) as { variable: Record<string, unknown> };
    copy.variable[STACK_MARK] = { default: { environment, kind, section } };
    return copy;
  };
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return error instanceof BaselineError ? error.problems[0]!.code : String(error);
    }
    return "nothing";
  };
  const original = stacks.get(breakGlass)!;

  test.each(STACK_KINDS.filter((kind) => kind !== "break-glass"))(
    "break glass that says it is %s: an error",
    (kind) => {
      expect(isStackKind(kind)).toBe(true);
      expect(code(() => review(breakGlass, original, asKind(kind, sectionOf(kind))))).toBe("STACK-CONTRADICTED");
    },
  );

  test("another environment than its provider's tag: an error", () => {
    expect(code(() => review(breakGlass, original, asKind("break-glass", "breakGlass", "sandbox")))).toBe(
      "STACK-CONTRADICTED",
    );
  });

  test.each([
    ["an unknown kind", asKind("something", "breakGlass")],
    ["another section", asKind("break-glass", "pipeline")],
    ["no environment", asKind("break-glass", "breakGlass", 7 as unknown as string)],
  ])("%s: an error", (_, stack) => {
    expect(code(() => review(breakGlass, original, stack))).toBe("STACK-MARK");
  });

  test("a mark that goes is reported, and what the stack was still counts", () => {
    const after = unmarked(without(original, "aws_iam_role", "stackset_execution_role"));
    const changes = review(breakGlass, original, after);
    expect(told(changes)).toEqual(expect.arrayContaining(["destroys-guard break-glass", "unknown other"]));
  });
});
