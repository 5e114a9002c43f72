import { hasTurn, stepsOf, stillNeeded } from "../../../../modules/delivery/dismantle/order";
import { STACK_KINDS, StackKind, stackMark } from "../../../../modules/sections/stack-kinds";
import type { SynthesizedStack } from "../../../../modules/terraform/environment-stacks";

const stack = (kind: StackKind, name: string = kind, dependencies: readonly string[] = []): SynthesizedStack => ({
  name,
  folder: `/nowhere/${name}`,
  mark: stackMark(kind, "prod"),
  dependencies,
});
const namesOf = (stacks: readonly SynthesizedStack[]): readonly string[] =>
  stepsOf(stacks).map((one) => one.stack.name);
const ALL = STACK_KINDS.filter((kind) => kind !== "hcp-workspaces").map((kind) => stack(kind));

describe("the order in which everything goes", () => {
  test("guardrails before all that they exempt and protect, the pipeline late, emergency access last", () => {
    expect(namesOf(ALL)).toEqual([
      "guardrails",
      "guardrail-observation",
      "credential-hygiene",
      "workload-identity",
      "permission-sets",
      "identity-center",
      "pipeline",
      "account",
      "break-glass",
    ]);
  });

  test("it is of the stacks, and not of how they are listed", () => {
    expect(namesOf([...ALL].reverse())).toEqual(namesOf(ALL));
  });

  test("each step waits for all before it, so that several at a time keep the order", () => {
    for (const step of stepsOf(ALL))
      expect(step.after).toEqual([...namesOf(ALL).slice(0, namesOf(ALL).indexOf(step.stack.name))].sort());
  });

  test("of one kind what depends on another goes before it, and the others go in any order", () => {
    const two = [stack("permission-sets", "a"), stack("permission-sets", "b", ["a"]), stack("permission-sets", "c")];
    const after = Object.fromEntries(stepsOf(two).map((step) => [step.stack.name, step.after]));
    expect(after).toEqual({ a: ["b"], b: [], c: [] });
  });

  test("the order is that of an apply read backwards, but for guardrails", () => {
    const applied = [
      stack("break-glass"),
      stack("pipeline"),
      stack("credential-hygiene", "credential-hygiene", ["pipeline"]),
      stack("identity-center"),
      stack("permission-sets", "permission-sets", ["identity-center"]),
      stack("guardrails", "guardrails", ["break-glass"]),
    ];
    const order = namesOf(applied);
    for (const { name, dependencies } of applied)
      for (const other of dependencies) expect(order.indexOf(name)).toBeLessThan(order.indexOf(other));
  });

  test("workspaces that keep the others' states have no turn, nor has a stack of somebody else's", () => {
    expect(hasTurn(stack("hcp-workspaces"))).toBe(false);
    expect(hasTurn({ name: "theirs", folder: "", dependencies: [] })).toBe(false);
  });
});

describe("a part of it", () => {
  const neededFor = (kind: StackKind, going: readonly StackKind[] = []): readonly string[] => {
    const step = stepsOf(ALL.filter(({ mark }) => mark?.kind === kind))[0]!;
    return stillNeeded(step, ALL, new Set(going)).map(({ name }) => name);
  };

  test("emergency access cannot go while guardrails exempt its role, nor its users while an account has the role", () => {
    expect([...neededFor("break-glass")].sort()).toEqual(["account", "guardrails"]);
    expect(neededFor("account")).toEqual(["guardrails"]);
  });

  test("what goes with it is not in its way", () => {
    const others = STACK_KINDS.filter((kind) => kind !== "break-glass");
    expect(neededFor("break-glass", others)).toEqual([]);
  });

  test("the pipeline stays while there is something that its roles and boundaries are for", () => {
    expect(neededFor("pipeline")).toContain("workload-identity");
    expect(neededFor("pipeline")).not.toContain("break-glass");
  });

  test("groups stay while something is assigned to them; guardrails and workloads wait for nothing", () => {
    expect(neededFor("identity-center")).toEqual(["permission-sets"]);
    expect(neededFor("guardrails")).toEqual([]);
    expect(neededFor("workload-identity")).toEqual([]);
  });
});
