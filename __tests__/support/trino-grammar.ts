import { buildSync } from "esbuild";
import { dirname, join } from "node:path";
import { runInThisContext } from "node:vm";

interface TrinoParser {
  validate(sql: string): readonly { readonly message: string; readonly startLine: number }[];
}

/**
 * The grammar of Trino, which Athena's engine version 3 is made of (https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html). The
 * package is written for bundlers: Node cannot load it.
 */
export function trinoGrammar(): TrinoParser {
  const entry = join(dirname(require.resolve("dt-sql-parser")), "parser/trino/index.js");
  const [built] = buildSync({
    stdin: { contents: `export { TrinoSQL } from ${JSON.stringify(entry)}`, resolveDir: __dirname },
    bundle: true,
    format: "cjs",
    platform: "node",
    write: false,
    logLevel: "silent",
  }).outputFiles;
  const module = { exports: {} as { readonly TrinoSQL: new () => TrinoParser } };
  const run = runInThisContext(`(function (module, exports, require) {${built!.text}\n})`) as (
    ...values: readonly unknown[]
  ) => void;
  run(module, module.exports, require);
  return new module.exports.TrinoSQL();
}
