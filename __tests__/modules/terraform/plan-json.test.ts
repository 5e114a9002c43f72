import { BaselineError } from "../../../modules/kernel/errors";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { corpusPlans } from "../review/corpus";

const good = corpusPlans([]).get("example-guardrails")!;

function problem(text: string): string {
  try {
    parsePlanJson("plan.json", "x", text);
  } catch (error) {
    if (error instanceof BaselineError && error.problems.length === 1)
      return `${error.problems[0]!.code} ${error.problems[0]!.message}`;
    throw error;
  }
  return "fine";
}

const changed = (edit: (plan: Record<string, unknown>) => void): string => {
  const plan = JSON.parse(good) as Record<string, unknown>;
  edit(plan);
  return JSON.stringify(plan);
};

test("what is read only, or opened for a moment, is no change: OpenTofu lists ephemeral resources, with an action of their own", () => {
  const other = (mode: string, action: string) => ({
    address: `${mode}.aws_x.y`,
    mode,
    type: "aws_x",
    name: "y",
    change: { actions: [action] },
  });
  const plan = JSON.parse(good) as { resource_changes: unknown[] };
  const { resources } = parsePlanJson(
    "plan.json",
    "x",
    JSON.stringify({
      ...plan,
      resource_changes: [...plan.resource_changes, other("data", "read"), other("ephemeral", "open")],
    }),
  );
  expect(resources.map(({ address }) => address)).toEqual(
    parsePlanJson("plan.json", "x", good).resources.map(({ address }) => address),
  );
});

describe("a plan that is none is refused with one clear error", () => {
  test("the plan itself is fine", () => expect(problem(good)).toBe("fine"));

  test.each([
    ["nothing", "", "PLAN-JSON"],
    ["cut off", good.slice(0, good.length / 2), "PLAN-JSON"],
    ["a list", "[]", "PLAN-JSON"],
    ["text", '"plan"', "PLAN-JSON"],
    ["null", "null", "PLAN-JSON"],
    ["a future format", changed((p) => (p["format_version"] = "2.0")), "PLAN-FORMAT"],
    ["an older format", changed((p) => (p["format_version"] = "0.2")), "PLAN-FORMAT"],
    ["a format that is no version", changed((p) => (p["format_version"] = "1.2; rm -rf")), "PLAN-FORMAT"],
    ["no format", changed((p) => delete p["format_version"]), "PLAN-FORMAT"],
    ["a state", '{"format_version":"1.0","terraform_version":"1.11.4","values":{}}', "PLAN-FORMAT"],
    [
      "the mark of a plan that HCP Terraform keeps",
      '{"remote_plan_format":1,"run_id":"run-CZcmD7eagjhyX0vN","hostname":"app.terraform.io"}',
      "PLAN-REMOTE",
    ],
    ["a plan that failed", changed((p) => (p["errored"] = true)), "PLAN-ERRORED"],
    ["changes that are no list", changed((p) => (p["resource_changes"] = {})), "PLAN-FORMAT"],
    [
      "a change without actions",
      changed((p) => (p["resource_changes"] = [{ address: "a.b", type: "a", name: "b", change: {} }])),
      "PLAN-FORMAT",
    ],
    [
      "an action that nobody knows",
      changed(
        (p) => (p["resource_changes"] = [{ address: "a.b", type: "a", name: "b", change: { actions: ["explode"] } }]),
      ),
      "PLAN-FORMAT",
    ],
    ["a change that is null", changed((p) => (p["resource_changes"] = [null])), "PLAN-FORMAT"],
  ])("%s", (_, text, code) => {
    expect(problem(text)).toMatch(new RegExp(`^${code} `));
  });

  test("an older format is called older, a newer one is not", () => {
    const message = (version: string): string => {
      try {
        parsePlanJson(
          "p.json",
          "p",
          changed((p) => (p["format_version"] = version)),
        );
        return "fine";
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const version of ["0.1", "0.2"]) expect(message(version)).toContain("older");
    for (const version of ["2.0", "10.0", "1"]) expect(message(version)).toContain("is not known here");
  });

  test("words of the parser do not carry the input along", () => {
    expect(problem('{"a": "secret-value-1234\u0007')).not.toContain("secret-value");
    expect(problem("\u001b[31mred")).not.toContain("\u001b");
  });

  test("keys such as __proto__ change nothing", () => {
    const plan = parsePlanJson(
      "plan.json",
      "x",
      good.replace('"planned_values":{}', '"planned_values":{},"__proto__":{"polluted":true}'),
    );
    expect(plan.resources.length).toBeGreaterThan(5);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("minor versions of the format are read, unknown parts are left alone", () => {
    expect(problem(changed((p) => ((p["format_version"] = "1.9"), (p["something_new"] = [1, 2]))))).toBe("fine");
  });
});
