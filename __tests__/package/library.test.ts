import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { ModuleKind, transpileModule } from "typescript";
import * as offered from "../../index";
import { ROOT } from "../support/environments";

const snippets = [...readFileSync(join(ROOT, "docs/library.md"), "utf8").matchAll(/```ts\n(import [^]*?)```/g)].map(
  ([, code]) => code!,
);

test("there are snippets", () => expect(snippets.length).toBeGreaterThan(2));

test.each(snippets.map((code, i) => [i + 1, code] as const))(
  "snippet %s of docs/library.md prints what it says",
  (_, code) => {
    const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    const printed: string[] = [];
    const { outputText } = transpileModule(code, { compilerOptions: { module: ModuleKind.CommonJS } });
    const run = compileFunction(outputText, ["require", "exports", "console"]) as (...given: unknown[]) => void;
    run(
      (name: string) => {
        expect(name).toBe("keyless-org-baseline");
        return offered;
      },
      {},
      { log: (value: unknown) => printed.push(String(value)) },
    );
    expect(printed).toEqual(expected);
  },
);

test("the policy part loads no cdktf and no SDK", () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "-e",
      `const p = require(${JSON.stringify(join(ROOT, "dist/index.js"))}); p.evaluate({principal:{type:"root",arn:"arn:aws:iam::111111111111:root"},action:"s3:GetObject",resource:"*"},{scps:[[p.FULL_AWS_ACCESS]]});
       console.log(Object.keys(require.cache).filter((file) => /node_modules.(cdktf|@aws-sdk)|modules.sections/.test(file)).length)`,
    ],
    { encoding: "utf8" },
  );
  expect([stdout, stderr]).toEqual(["0\n", ""]);
});
