import * as ts from "typescript";
import { seededRandom } from "../soak";
import { applied, OPERATORS, type Site, sitesOf } from "./sites";

/** A site with its file, relative to the repository with `/`. */
export interface Mutant extends Site {
  readonly file: string;
}

/** JavaScript of a text, as `tsc` writes it to dist. */
export function javascriptOf(text: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    esModuleInterop: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

/**
 * Draws mutants: first the operator, all alike, then one of its places in all files, all alike; never the same twice, and none that leaves
 * the JavaScript as it was. The same seed and sources give the same mutants.
 *
 * @param sources text by path
 */
export function draw(sources: ReadonlyMap<string, string>, seed: number, count: number): readonly Mutant[] {
  const random = seededRandom(seed);
  const files = [...sources].sort(([a], [b]) => (a < b ? -1 : 1));
  const all: Mutant[] = files.flatMap(([file, text]) => sitesOf(text).map((site) => ({ ...site, file })));
  const pools = OPERATORS.map((operator) => all.filter((site) => site.operator === operator));
  const drawn: Mutant[] = [];
  while (drawn.length < count && pools.some(({ length }) => length > 0)) {
    const pool = pools[Math.floor(random() * pools.length)]!;
    if (pool.length === 0) continue;
    const [mutant] = pool.splice(Math.floor(random() * pool.length), 1);
    const text = sources.get(mutant!.file)!;
    if (javascriptOf(text) !== javascriptOf(applied(text, mutant!))) drawn.push(mutant!);
  }
  return drawn;
}
