import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Document, isCollection, isMap, isPair, isScalar, isSeq, parseDocument, visit } from "yaml";
import { readEnvironment } from "../modules/sections/load";
import { resolveEnvironment } from "../modules/proofs/environment";
import type { Soak } from "./soak";

/** Values that people and programs put in the wrong place: wrong types, empty texts, templates, names that mean something to JavaScript. */
const STRANGE: readonly unknown[] = [
  null,
  "",
  " ",
  0,
  -1,
  1e21,
  0.5,
  true,
  [],
  {},
  "__proto__",
  "constructor",
  "${aws_iam_role.x.arn}",
  "%{ if true }",
  "&{TfToken[1]}",
  "a\nb",
  "*",
  "arn:aws:iam::000000000000:root",
  "111111111111",
  "2026-02-30",
  "ümlaut",
  "x".repeat(3000),
];

const pick = <T>(list: readonly T[], random: () => number): T | undefined => list[Math.floor(random() * list.length)];

/** Changes one place of a document: takes it away, doubles it, or puts something strange there. */
function mutate(document: Document, random: () => number): void {
  const places: (() => void)[] = [];
  visit(document, {
    Node: (key, node, path) => {
      const parent = path.at(-1);
      if (isSeq(parent) && typeof key === "number") {
        places.push(() => parent.delete(key));
        places.push(() => parent.add(document.createNode((node as { toJSON(): unknown }).toJSON())));
        places.push(() => parent.set(key, document.createNode(pick(STRANGE, random))));
      }
      if (isPair(parent) && key === "value") {
        places.push(() => (parent.value = document.createNode(pick(STRANGE, random))));
        const holder = path.at(-2);
        if (isMap(holder) && isScalar(parent.key)) {
          const name = parent.key;
          places.push(() => holder.delete(name));
          places.push(() => (parent.key = document.createNode(pick(STRANGE, random))));
        }
      }
      return isCollection(node) ? undefined : visit.SKIP;
    },
  });
  pick(places, random)?.();
}

/**
 * Whatever is wrong with the two files, a person gets problems with code, place and fix, never a stack trace; and what is accepted
 * resolves.
 */
export const brokenInput: Soak = {
  name: "broken-input",
  checks:
    "the example's files with one to four random mistakes are refused with a place and a fix, or accepted; nothing crashes",
  minutes: 5,
  run({ random, timeIsUp, finding, say }) {
    const root = mkdtempSync(join(tmpdir(), "keyless-soak-"));
    const folder = join(root, "environments/example");
    cpSync(join(process.cwd(), "environments/example"), folder, { recursive: true });
    const sources = ["baseline.yaml", "organization.yaml"].map(
      (file) => [file, readFileSync(join(process.cwd(), "environments/example", file), "utf8")] as const,
    );
    let files = 0;
    let refused = 0;
    let accepted = 0;
    try {
      while (!timeIsUp()) {
        const texts = sources.map(([file, text]) => {
          const document = parseDocument(text);
          if (random() < 0.6) for (let n = Math.ceil(random() * 2); n > 0; n--) mutate(document, random);
          return [file, document.toString({ lineWidth: 0 })] as const;
        });
        for (const [file, text] of texts) writeFileSync(join(folder, file), text);
        files++;
        try {
          const { environment, problems } = readEnvironment(root, "example");
          const all = environment === undefined ? problems : resolveEnvironment(environment).problems;
          const errors = all.filter(({ severity }) => severity !== "warning");
          for (const { code, place, fix } of errors)
            if (place?.file === undefined || !fix) finding(`case ${files}: ${code} has no place or no fix`);
          if (errors.length > 0) refused++;
          else if (environment === undefined) finding(`case ${files}: neither an environment nor an error`);
          else accepted++;
        } catch (error) {
          finding(`case ${files}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        }
        if (files % 200 === 0) say(`${files} pairs of files`);
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
    return { "pairs of files": files, refused, accepted };
  },
};
