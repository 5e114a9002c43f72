import { checkMoves, moveBlocks, parseMoves } from "../../../modules/config/moves";
import { BaselineError, formatProblem } from "../../../modules/kernel/errors";
import { exampleState } from "../../support/environments";
import { synthesized } from "../../support/synth";

/** moves.yaml is read with places, and becomes the same blocks whatever its order. */

const problems = (moves: string): readonly string[] =>
  checkMoves("moves.yaml", `version: 1\nmoves:\n${moves}`).problems.map(
    (problem) => formatProblem(problem).split("\n", 1)[0]!,
  );
const A = "{ stack: a, address: aws_iam_role.r }";
const B = "{ stack: b, address: aws_iam_role.r }";

test.each<[string, string, readonly string[]]>([
  ["nothing", "  - reason: A long enough one\n", ["error MOVE-NOTHING moves.yaml:3:5"]],
  ["no id for another state", `  - { from: ${A}, to: ${B} }\n`, ["error MOVE-ID moves.yaml:3:56"]],
  ["no id for an import", `  - to: ${B}\n`, ["error MOVE-ID moves.yaml:3:9"]],
  ["an id for a removal", `  - from: ${A}\n    id: r\n`, ["error MOVE-ID moves.yaml:4:9"]],
  [
    "another type",
    "  - { from: { stack: a, address: aws_iam_role.r }, to: { stack: a, address: aws_iam_user.r } }\n",
    ["error MOVE-TYPE moves.yaml:3:56"],
  ],
  [
    "one instance is let go of",
    "  - from: { stack: a, address: 'aws_iam_role.r[\"x\"]' }\n",
    ["error MOVE-INSTANCE moves.yaml:3:11"],
  ],
  ["twice", `  - from: ${A}\n  - { from: ${A}, to: ${B}, id: r }\n`, ["error MOVE-TWICE moves.yaml:4:13"]],
  [
    "an address that is evaluated",
    "  - from: { stack: a, address: 'aws_iam_role.r[\"${x}\"]' }\n",
    ["error CONFIG-FORMAT"],
  ],
  ["an id that is evaluated", `  - to: ${B}\n    id: "%{ if true }x"\n`, ["error CONFIG-FORMAT"]],
  ["a module", "  - from: { stack: a, address: module.m.aws_iam_role.r }\n", ["error CONFIG-FORMAT"]],
  ["an unknown key", `  - { form: ${A} }\n`, ["error CONFIG-UNKNOWN-KEY"]],
])("%s is an error with its place", (_, moves, expected) => {
  const found = problems(moves);
  expect(found).toHaveLength(expected.length);
  found.forEach((one, i) => expect(one).toContain(expected[i]));
});

test("blocks do not depend on the order of the file", () => {
  const lines = [
    `  - { from: ${A}, to: ${B}, id: r }\n`,
    "  - { to: { stack: b, address: 'aws_iam_role.s[\"k\"]' }, id: s }\n",
    "  - { from: { stack: b, address: aws_iam_role.old }, to: { stack: b, address: aws_iam_role.new } }\n",
    "  - { from: { stack: a, address: aws_iam_user.u } }\n",
  ];
  const of = (order: readonly string[]) => {
    const moves = parseMoves("m", `version: 1\nmoves:\n${order.join("")}`);
    return ["a", "b"].map((stack) => moveBlocks(moves, stack));
  };
  expect(of([...lines].reverse())).toEqual(of(lines));
  expect(of(lines)).toEqual([
    {
      import: [],
      moved: [],
      removed: [
        { from: "aws_iam_role.r", lifecycle: { destroy: false } },
        { from: "aws_iam_user.u", lifecycle: { destroy: false } },
      ],
    },
    {
      import: [
        { to: "aws_iam_role.r", id: "r" },
        { to: 'aws_iam_role.s["k"]', id: "s" },
      ],
      moved: [{ from: "aws_iam_role.old", to: "aws_iam_role.new" }],
      removed: [],
    },
  ]);
});

describe("the synth writes them into the stacks that they name", () => {
  const state = exampleState();
  const withMoves = (text: string) =>
    synthesized({ ...state, moves: parseMoves("environments/example/moves.yaml", `version: 1\nmoves:\n${text}`) });
  const ROLE = "aws_iam_role.role_management";

  test("and nowhere else", () => {
    const before = synthesized(state);
    const after = withMoves(
      `  - { from: { stack: guardrails, address: ${ROLE} }, to: { stack: break-glass, address: ${ROLE} }, id: SecurityBreakGlass }\n`,
    );
    for (const [name, json] of after) {
      const { import: imports, removed, ...rest } = json as unknown as Record<string, unknown>;
      expect([name, rest]).toEqual([name, before.get(name)]);
      expect([name, imports, removed]).toEqual([
        name,
        name === "example-break-glass" ? [{ to: ROLE, id: "SecurityBreakGlass" }] : undefined,
        name === "example-guardrails" ? [{ from: ROLE, lifecycle: { destroy: false } }] : undefined,
      ]);
    }
  });

  test.each<[string, string, string]>([
    ["a stack that is not there", `{ from: { stack: guardrail, address: ${ROLE} } }`, "MOVE-STACK"],
    [
      "a resource that is not there",
      "{ to: { stack: break-glass, address: aws_iam_role.role_managemnt }, id: x }",
      "MOVE-TARGET",
    ],
    ["one that stays", `{ from: { stack: break-glass, address: ${ROLE} } }`, "MOVE-STAYS"],
  ])("%s is an error with its place and a fix", (_, move, code) => {
    let error: unknown;
    try {
      withMoves(`  - ${move}\n`);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(BaselineError);
    const [problem] = (error as BaselineError).problems;
    expect(problem).toMatchObject({ code, place: { file: "environments/example/moves.yaml", line: 3, column: 5 } });
    expect(problem!.fix).toMatch(/\S/);
  });
});

describe("what is adopted", () => {
  const state = exampleState();
  const ROLE = "aws_iam_role.role_management";
  const adopted = (text: string) => checkMoves("moves.yaml", `version: 1\nadopted:\n${text}`);
  const ONE = `  - { what: the role, id: SecurityBreakGlass, to: { stack: break-glass, address: ${ROLE} } }\n`;

  test("keeps its tags, and nothing else of it or beside it changes", () => {
    const before = synthesized(state).get("example-break-glass")!;
    const after = synthesized({ ...state, adopted: adopted(ONE).adopted }).get("example-break-glass")!;
    const lifecycle = before.resource!["aws_iam_role"]!["role_management"]!["lifecycle"] as object;
    expect(after.resource!["aws_iam_role"]!["role_management"]!["lifecycle"]).toEqual({
      ...lifecycle,
      ignore_changes: ["tags", "tags_all"],
    });
    const plain = JSON.stringify(after).replace('"ignore_changes":["tags","tags_all"],', "");
    expect(plain).toBe(JSON.stringify(before));
  });

  test("is listed once", () => {
    expect(adopted(ONE + ONE).problems.map(({ code, place }) => [code, place?.line])).toEqual([
      ["MOVE-ADOPTED-TWICE", 4],
    ]);
  });

  test("is there: what is taken out of the baseline is taken out of the list", () => {
    const gone = adopted(ONE.replace("role_management", "role_managemnt")).adopted;
    expect(() => synthesized({ ...state, adopted: gone })).toThrow(BaselineError);
  });
});
