import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT } from "../support/environments";

const list = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`);
const DOCUMENTS = [
  ...list("docs").filter((file) => file.endsWith(".md")),
  ...readdirSync(ROOT).filter((file) => file.endsWith(".md") && file !== "CHANGELOG.md"),
].sort();
const SUITES = new Set(list("__tests__").map((file) => basename(file)));

/** Paths below `__tests__`, and names of suites alone, that a document names and that there are not. */
function gone(text: string): readonly string[] {
  const paths = [...text.matchAll(/__tests__\/[\w./-]*\w/g)].map(([path]) => path);
  const names = [...text.matchAll(/(?<![\w./*-])[\w-][\w.-]*\.test\.ts\b/g)].map(([name]) => name);
  return [...paths.filter((path) => !existsSync(join(ROOT, path))), ...names.filter((name) => !SUITES.has(name))];
}

test("a path that there is not is found, also the name of a suite alone, and a folder", () => {
  expect(gone("`__tests__/main.test.ts`, (__tests__/modules/), main.test.ts; __tests__.")).toEqual([]);
  expect(gone("See `__tests__/nowhere.test.ts`, __tests__/nowhere/, and nowhere.test.ts.")).toEqual([
    "__tests__/nowhere.test.ts",
    "__tests__/nowhere",
    "nowhere.test.ts",
  ]);
});

test("there are documents that name some", () => {
  expect(
    DOCUMENTS.filter((file) => readFileSync(join(ROOT, file), "utf8").includes("__tests__/")).length,
  ).toBeGreaterThan(5);
});

// The changelog names what there was at the time.
test.each(DOCUMENTS)("%s names tests that there are", (file) => {
  expect(gone(readFileSync(join(ROOT, file), "utf8"))).toEqual([]);
});
