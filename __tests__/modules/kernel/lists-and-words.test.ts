import { byKey, unique, uniqueSorted } from "../../../modules/kernel/lists";
import { defined } from "../../../modules/kernel/optional";
import { andMore, count, listed, moreLine, plural } from "../../../modules/kernel/words";

test("texts are ordered by code unit, each once", () => {
  expect(uniqueSorted(["b", "a", "Z", "ä", "b", "10", "9"])).toEqual(["10", "9", "Z", "a", "b", "ä"]);
  expect(unique(["b", "a", "b"])).toEqual(["b", "a"]);
  expect([{ n: "b" }, { n: "a" }].sort(byKey(({ n }) => n))).toEqual([{ n: "a" }, { n: "b" }]);
});

test("a property without a value is absent, and what is empty is a value", () => {
  const given: Readonly<Record<string, unknown>> = { a: undefined, b: "", c: 0, d: null, e: false, f: [] };
  expect(Object.keys(defined(given))).toEqual(["b", "c", "d", "e", "f"]);
  expect("a" in { ...defined({ a: undefined }) }).toBe(false);
});

test.each([
  [0, "0 accounts"],
  [1, "1 account"],
  [2, "2 accounts"],
])("%i is %s", (n, text) => expect(count(n, "account")).toBe(text));

test("irregular words", () => {
  expect(plural(1, "fails", "fail")).toBe("fails");
  expect(plural(0, "fails", "fail")).toBe("fail");
});

test.each([
  [-1, ""],
  [0, ""],
  [1, " and 1 more"],
])("%i left says %j", (left, text) => {
  expect(andMore(left)).toBe(text);
  expect(moreLine(left, "- … ", ": --all")).toEqual(text === "" ? [] : ["- … and 1 more: --all"]);
});

test.each([
  [["a", "b", "c"], 3, undefined, "a, b, c"],
  [["a", "b", "c", "d"], 3, undefined, "a, b, c and 1 more"],
  [["a", "b", "c", "d"], 3, 2, "a, b and 2 more"],
  [[], 3, undefined, ""],
] as const)("of %j at most %i (%s) are named", (items, most, shown, text) =>
  expect(listed(items, most, shown)).toBe(text),
);
