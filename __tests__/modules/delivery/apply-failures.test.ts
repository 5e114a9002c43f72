import { applyError } from "../../../modules/delivery/apply-failures";
import { BaselineError } from "../../../modules/kernel/errors";
import { TerraformFailed } from "../../../modules/terraform/terraform";

const REFUSED = new BaselineError([{ code: "APPLY-REFUSED", message: "no user is enrolled", fix: "Enrol." }], 3);
const FAILED = new TerraformFailed("Error: AccessDenied");
const REST = "Applied: a. Not begun: d.";
const of = (...errors: readonly unknown[]): unknown =>
  applyError(
    errors.map((error, i) => ({ stack: `stack-${i}`, error })),
    REST,
    () => "Run it again.",
  );

describe("what ended an apply", () => {
  test.each<[string, readonly unknown[], readonly string[], number]>([
    ["a refusal, then a failure of Terraform", [REFUSED, FAILED], ["APPLY-REFUSED", "DELIVERY-APPLY-FAILED"], 1],
    ["a failure of Terraform, then a refusal", [FAILED, REFUSED], ["DELIVERY-APPLY-FAILED", "APPLY-REFUSED"], 1],
    ["a refusal alone", [REFUSED], ["APPLY-REFUSED"], 3],
    ["two failures of Terraform", [FAILED, FAILED], ["DELIVERY-APPLY-FAILED", "DELIVERY-APPLY-FAILED"], 1],
  ])("%s: all is said, and the exit code is the worst", (_, errors, codes, exitCode) => {
    const error = of(...errors) as BaselineError;
    expect(error.problems.map(({ code }) => code)).toEqual(codes);
    expect(error.exitCode).toBe(exitCode);
  });

  test("Terraform's words come with what was applied", () => {
    const [problem] = (of(FAILED) as BaselineError).problems;
    expect(problem).toMatchObject({
      message: expect.stringContaining("Error: AccessDenied") as string,
      fix: `${REST} Run it again.`,
    });
  });

  test("an internal error stays one, and Terraform's words are said before it", () => {
    const internal = new TypeError("x is undefined");
    const lines: string[] = [];
    const failures = [FAILED, internal].map((error, i) => ({ stack: `stack-${i}`, error }));
    expect(
      applyError(
        failures,
        REST,
        () => "",
        (line) => lines.push(line),
      ),
    ).toBe(internal);
    expect(lines.join()).toContain("Error: AccessDenied");
  });
});
