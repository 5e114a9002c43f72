import { Document, isMap, isScalar, isSeq, LineCounter, Node, parseDocument, visit, YAMLParseError } from "yaml";
import type { Place, Problem } from "../kernel/errors";
import { controlProblem } from "./input-file";

export type DocumentPath = readonly (string | number)[];

/** A YAML file as a value, and where each part of the value stands. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** Place of the value at a path; of the nearest existing parent where the path itself is missing. */
  place(path: DocumentPath): Place;
  /** Place of a key of the mapping at a path, for unknown keys. */
  keyPlace(path: DocumentPath, key: string): Place;
}

export type ParsedYaml = { readonly document: YamlDocument } | { readonly problems: readonly Problem[] };

/** `breakGlass.users[1].name`. Keys that are not plain words are quoted. */
export function formatPath(path: DocumentPath): string {
  return path
    .map((part, i) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return i === 0 ? part : `.${part}`;
    })
    .join("");
}

/** YAML that parses but means nothing here: keys that are no text, and references (`*name`) that hold themselves. */
function cannotRead(doc: Document, file: string, lines: LineCounter): readonly Problem[] {
  const problems: Problem[] = doc.warnings.map((warning) => {
    const { line, col } = lines.linePos(warning.pos[0]);
    return {
      code: "YAML-TAG",
      message: `Not plain YAML: ${warning.message}.`,
      fix: "Leave the tag (!name) out, or put the text in quotes.",
      place: { file, line, column: col },
    };
  });
  const refuse = (node: unknown, code: string, message: string, fix: string): void => {
    const { line, col } = lines.linePos((node as Node | null)?.range?.[0] ?? 0);
    problems.push({ code, message, fix, place: { file, line, column: col } });
  };
  visit(doc, {
    Map: (_, map) => {
      // The library compares every key with every other: minutes for a mapping of 100,000.
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          refuse(key, "YAML-DUPLICATE-KEY", "Duplicate key in the same mapping.", "Keep one of them.");
        seen.add(key.value);
      }
    },
    Pair: (_, pair) => {
      if (!isScalar(pair.key)) refuse(pair.key, "YAML-KEY", "A key must be a text.", "Write the key as one word.");
      else if (pair.key.value === "__proto__")
        refuse(pair.key, "YAML-KEY", "__proto__ cannot be a key.", "Use another name.");
    },
    Alias: (_, node, path) => {
      const target = node.resolve(doc);
      if (target === undefined)
        refuse(
          node,
          "YAML-ALIAS",
          `There is no &${node.source} before *${node.source}.`,
          "Write the value out, or in quotes.",
        );
      else if (path.includes(target))
        refuse(node, "YAML-ALIAS", `*${node.source} contains itself.`, "Write the value out where it is needed.");
    },
  });
  return problems;
}

/** The document as plain data; undefined when its references multiply to more than a person can have meant. */
function valueOf(doc: Document): { readonly read: unknown } | undefined {
  try {
    return { read: doc.toJS({ maxAliasCount: 100 }) as unknown };
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** Errors of one file that are shown at most. */
const MOST_ERRORS = 20;

/** What follows from an error in the same line is no error of its own, and a tab confuses everything that comes after it. */
function tellingErrors(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  const tab = errors.find(({ code }) => code === "TAB_AS_INDENT");
  return tab ? [tab] : errors.slice(0, MOST_ERRORS);
}

/** Reads YAML 1.2. Syntax errors, duplicate keys and more than one document are problems with their place; nothing is thrown. */
export function parseYaml(file: string, text: string): ParsedYaml {
  const character = controlProblem(file, text);
  if (character) return { problems: [character] };
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false });
  if (doc.errors.length > 0) {
    return {
      problems: tellingErrors(doc.errors).map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return {
          code: "YAML-SYNTAX",
          message: `Not valid YAML: ${error.message}`,
          fix: "Check indentation, quotes and colons around this place.",
          place: { file, line, column: col },
        };
      }),
    };
  }

  const refused = cannotRead(doc, file, lines);
  if (refused.length > 0) return { problems: refused };
  const value = valueOf(doc);
  if (value === undefined) {
    const fix = "Write the values out where they are needed.";
    const message = "References (*name) to references become too many values.";
    return { problems: [{ code: "YAML-ALIAS", message, fix, place: { file, line: 1, column: 1 } }] };
  }

  const at = (offset: number | undefined, path: DocumentPath): Place => {
    const formatted = formatPath(path);
    const position = offset === undefined ? { line: 1, col: 1 } : lines.linePos(offset);
    return { file, line: position.line, column: position.col, ...(formatted ? { path: formatted } : {}) };
  };
  const pairAt = (node: unknown, key: string | number): { key?: Node; value: unknown } | undefined => {
    if (isMap(node)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) === String(key) : false));
      return pair ? { key: pair.key as Node, value: pair.value } : undefined;
    }
    if (isSeq(node) && typeof key === "number") {
      const value = node.items[key];
      return value === undefined ? undefined : { value };
    }
    return undefined;
  };
  const offsetOf = (path: DocumentPath): number | undefined => {
    let node: unknown = doc.contents;
    let offset = (node as Node | null)?.range?.[0];
    for (const part of path) {
      const next = pairAt(node, part);
      if (!next) break;
      // A missing value (`key:` and nothing) has no range of its own; its key has.
      offset = (next.value as Node | null)?.range?.[0] ?? next.key?.range?.[0] ?? offset;
      node = next.value;
    }
    return offset;
  };

  return {
    document: {
      file,
      value: value.read,
      place: (path) => at(offsetOf(path), path),
      keyPlace: (path, key) => {
        let node: unknown = doc.contents;
        for (const part of path) node = pairAt(node, part)?.value;
        return at(pairAt(node, key)?.key?.range?.[0] ?? offsetOf(path), [...path, key]);
      },
    },
  };
}
