import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { cdktfCommand } from "../../modules/kernel/command";
import { ROOT } from "../support/environments";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** `engines`, GitHub's matrix, `.nvmrc` and what CI runs besides speak of the same versions: docs/decisions/0041-node-versions.md. */
const { engines } = JSON.parse(read("package.json")) as { readonly engines: { readonly node: string } };
const majors = [...engines.node.matchAll(/\^(\d+)\./g)].map(([, major]) => Number(major));

test("engines allow 22 and 24", () => expect(majors).toEqual(expect.arrayContaining([22, 24])));

test("GitHub runs every version that engines allow", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml")) as {
    readonly jobs: { readonly test: { readonly strategy: { readonly matrix: { readonly node: readonly number[] } } } };
  };
  expect(jobs.test.strategy.matrix.node).toEqual(majors);
});

test(".nvmrc names one of them", () => expect(majors).toContain(Number(read(".nvmrc"))));

test(".ci/run looks at 22 and 24 besides the machine's own, with suites that exist", () => {
  expect(read(".ci/run")).toMatch(/^\.ci\/node-versions 22 24 \|\| status=1$/m);
  const suites = read(".ci/node-versions").match(/__tests__\/\S+\.test\.ts/g) ?? [];
  expect(suites.length).toBeGreaterThan(3);
  for (const suite of suites) expect(read(suite).length).toBeGreaterThan(0);
});

test("one version of the AWS SDK, but for those that the decision names with their reason", () => {
  const { dependencies } = JSON.parse(read("package.json")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const sdk = Object.entries(dependencies).filter(([name]) => name.startsWith("@aws-sdk/"));
  const decision = read("docs/decisions/0041-node-versions.md");
  const common = /where the registry has it: (\S+)\. /.exec(decision)![1]!;
  const named = [...decision.matchAll(/^\| `(@aws-sdk\/\S+)` \| (\S+) \| (.+) \|$/gm)].map(([, name, version]) => [
    name,
    version,
  ]);
  expect(sdk.filter(([, version]) => version !== common)).toEqual(named);
});

test.each([
  ["20.20.2", "npx cdktf synth"],
  ["22.12.0", "npx cdktf synth"],
  ["24.1.0", "npx cdktf synth (on Node 24.1.0 only with a compiled pty.node; Node 22 needs none)"],
  ["26.0.0", "npx cdktf synth (on Node 26.0.0 only with a compiled pty.node; Node 22 needs none)"],
])("on Node %s a printed command of cdktf is %j", (node, printed) => expect(cdktfCommand("synth", node)).toBe(printed));

test("no message prints a command of cdktf but through cdktfCommand", () => {
  const files = execFileSync("git", ["ls-files", "modules", "cli", "stacks", "local"], { cwd: ROOT, encoding: "utf8" })
    .split("\n")
    .filter((file) => file.endsWith(".ts") && file !== "modules/kernel/command.ts");
  // The README of a company's repository is written once, for whatever Node comes later.
  expect(files.filter((file) => read(file).includes("npx cdktf "))).toEqual([
    "local/runner.ts",
    "modules/repository/company.ts",
  ]);
});

test("the README says what cdktf's own command cannot do on 24, and what to use", () =>
  expect(read("README.md").replaceAll(/\s+/g, " ")).toMatch(
    /on 24 `npx cdktf` needs a compiled `pty\.node`, so use `npm run synth`, `npx keyless plan` and `npx keyless apply` there/,
  ));
