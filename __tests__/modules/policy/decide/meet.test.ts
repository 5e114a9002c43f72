import { mayMeet } from "../../../../modules/policy/decide/meet";

/** Every text of so many letters. */
function texts(length: number): readonly string[] {
  return length === 0 ? [""] : ["", ...["a", "b"].flatMap((letter) => texts(length - 1).map((text) => letter + text))];
}

function patterns(length: number): readonly string[] {
  return length === 0
    ? [""]
    : ["", ...["a", "b", "*", "?"].flatMap((letter) => patterns(length - 1).map((one) => letter + one))];
}

test("patterns meet where some text matches both", () => {
  const all = [...new Set(patterns(3))];
  // Two patterns of three characters have a text of six at most in common, if they have any.
  const matched = new Map(
    all.map((pattern) => {
      const form = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      return [pattern, new Set([...new Set(texts(6))].filter((text) => form.test(text)))] as const;
    }),
  );
  const wrong = all.flatMap((a) =>
    all
      .filter((b) => mayMeet(a, b) !== [...matched.get(a)!].some((text) => matched.get(b)!.has(text)))
      .map((b) => `${a} ${b}`),
  );
  expect(wrong).toEqual([]);
});
