import { join } from "node:path";
import { ROOT } from "../support/environments";

/* eslint-disable-next-line @typescript-eslint/no-require-imports -- a script of `npm run check` */
const { problems } = require(join(ROOT, "__tests__/docs/plain-english.js")) as {
  problems: (file: string, text: string) => string[];
};

test.each([
  ["a document", "docs/x.md", "One line.\nThe policy is held against it.\n", "docs/x.md:2: “held”"],
  ["a document", "docs/x.md", "The file stands for itself.\n", "docs/x.md:1: “stands for”"],
  ["a message", "cli/x.ts", 'const a = "The folder holds no plan.";\n', "cli/x.ts:1: “holds”"],
  ["a message with a value", "cli/x.ts", "const a = `The ${b} is told to wait.`;\n", "cli/x.ts:1: “is told”"],
  ["help", "cli/x.ts", 'x.description("keep the way back in");\n', "cli/x.ts:1: “way back in”"],
  ["a comment of YAML", "environments/e/baseline.yaml", "a: b # beside the other\n", "“beside”"],
  ["a comment of the sources", "modules/x.ts", "/** Begins anew. */\nconst a = 1;\n", "modules/x.ts:1: “anew”"],
])("%s is looked at: %s %j", (_, file, text, found) => {
  expect(problems(file, text)).toEqual([expect.stringContaining(found)]);
});

test.each([
  ["code in a document", "docs/x.md", "The card has `holds` and [a link](way-in.md).\n"],
  ["a proof", "docs/x.md", "Every proof holds.\n"],
  ["a key, a name", "modules/x.ts", 'const told = { held: "beside" };\n'],
  ["other comments of the sources", "modules/x.ts", "// What is told to people.\nconst a = 1;\n"],
  ["values of YAML", "environments/e/baseline.yaml", "name: told-beside\n"],
])("left alone: %s", (_, file, text) => expect(problems(file, text)).toEqual([]));
