import fc from "fast-check";
import { globsMeet, sampleOf } from "../../../modules/proofs/glob";

describe("patterns that some text matches both of", () => {
  test.each([
    ["a*", "*b", true],
    ["a*c", "ab*", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["role/AWSReservedSSO_Admin_*", `role/AWSReservedSSO_Admin_${"?".repeat(16)}`, true],
    ["role/AWSReservedSSO_A_?", `role/AWSReservedSSO_A_${"?".repeat(16)}`, false],
    [`role/AWSReservedSSO_A_${"?".repeat(16)}`, `role/AWSReservedSSO_A_b_${"?".repeat(16)}`, false],
    ["role/AWSReservedSSO_A*", `role/AWSReservedSSO_Audit_${"?".repeat(16)}`, true],
    ["role/x", "role/X", false],
  ])("%s and %s: %s", (left, right, meet) => {
    expect(globsMeet(left, right)).toBe(meet);
    expect(globsMeet(right, left)).toBe(meet);
  });

  const pattern = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 6 }).map((parts) => parts.join(""));
  const matches = (text: string, glob: string): boolean =>
    new RegExp(`^${glob.replaceAll("*", "[ab]*").replaceAll("?", "[ab]")}$`).test(text);
  const texts = [""].concat(
    ...Array.from({ length: 7 }, (_, n) =>
      Array.from({ length: 2 ** (n + 1) }, (__, i) =>
        i
          .toString(2)
          .padStart(n + 1, "0")
          .replaceAll("0", "a")
          .replaceAll("1", "b"),
      ),
    ),
  );

  test("agrees with trying every short text", () =>
    fc.assert(
      fc.property(pattern, pattern, (left, right) => {
        const found = texts.some((text) => matches(text, left) && matches(text, right));
        // What meets in a longer text only is allowed to say yes; what meets in a short one must.
        return found ? globsMeet(left, right) : !globsMeet(left, right) || left.length + right.length > 7;
      }),
      { seed: 20270101, numRuns: 3000 },
    ));

  test("a sample matches its pattern", () => expect(sampleOf("stacksets-exec-*/?", "x")).toBe("stacksets-exec-x/0"));
});
