/**
 * `npm test`: all suites, in two steps that both keep every core at work. First those that start Terraform, then the others, beside the ones that
 * must be the only user of Terraform. Arguments go to each jest; at the end its closing lines are printed once more, for all of them together.
 */
const { spawn } = require("node:child_process");
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { availableParallelism, tmpdir } = require("node:os");
const { join } = require("node:path");

const jest = require.resolve("jest/bin/jest");
const folder = mkdtempSync(join(tmpdir(), "keyless-tests-"));
const args = process.argv.slice(2).filter((arg) => arg !== "--json" && !arg.startsWith("--outputFile="));
const outputFile = process.argv
  .find((arg) => arg.startsWith("--outputFile="))
  ?.split("=")
  .at(-1);

/** jest leaves a core idle, and half of a machine with two. These suites wait for others a third of their time, and need a gigabyte or two each. */
const REAL_AT_ONCE = Math.min(4, availableParallelism() + 1);

/** @param own the arguments that choose the suites */
function run(name, own, stdio) {
  const report = join(folder, `${name}.json`);
  const child = spawn(
    process.execPath,
    [jest, "--json", `--outputFile=${report}`, "--passWithNoTests", ...own, ...args],
    // With --json jest writes the report to its output too, which nobody reads here: its lines are on the other stream.
    { stdio: ["inherit", "ignore", stdio] },
  );
  let text = "";
  child.stderr?.on("data", (chunk) => (text += chunk.toString()));
  return new Promise((resolve) => {
    child.on("close", (status, signal) => {
      process.stderr.write(text);
      let result;
      try {
        result = JSON.parse(readFileSync(report, "utf8"));
      } catch {
        process.stderr.write(`${name}: jest ended with ${status ?? signal} and no report\n`);
        result = { success: false, numRuntimeErrorTestSuites: 1 };
      }
      resolve({ ...result, success: result.success === true && status === 0 });
    });
  });
}

const COUNTED = [
  "numPassedTestSuites",
  "numFailedTestSuites",
  "numPendingTestSuites",
  "numTotalTestSuites",
  "numRuntimeErrorTestSuites",
  "numPassedTests",
  "numFailedTests",
  "numPendingTests",
  "numTodoTests",
  "numTotalTests",
];

function closing(kind, failed, skipped, passed, total) {
  const parts = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`, `${passed} passed`];
  return `${kind.padEnd(12)} ${[...parts.filter(Boolean), `${total} total`].join(", ")}`;
}

async function main() {
  const start = Date.now();
  const results = [
    await run("real", ["--config", "jest.real.config.js", `--maxWorkers=${REAL_AT_ONCE}`], "inherit"),
    ...(await Promise.all([
      run("alone", ["--config", "jest.alone.config.js", "--maxWorkers=1"], "pipe"),
      run("unit", ["--config", "jest.unit.config.js"], "inherit"),
    ])),
  ];
  rmSync(folder, { recursive: true, force: true });
  const sum = Object.fromEntries(
    COUNTED.map((key) => [key, results.reduce((total, result) => total + (result[key] ?? 0), 0)]),
  );
  const success = results.every((result) => result.success);
  if (outputFile) writeFileSync(outputFile, JSON.stringify({ ...sum, success }));
  const { numFailedTestSuites, numPendingTestSuites, numPassedTestSuites, numTotalTestSuites } = sum;
  const skipped = sum.numPendingTests + sum.numTodoTests;
  process.stderr.write(
    `\nAll together\n${[
      closing("Test Suites:", numFailedTestSuites, numPendingTestSuites, numPassedTestSuites, numTotalTestSuites),
      closing("Tests:", sum.numFailedTests, skipped, sum.numPassedTests, sum.numTotalTests),
      `${"Time:".padEnd(12)} ${Math.round((Date.now() - start) / 1000)} s`,
    ].join("\n")}\n`,
  );
  process.exitCode = success ? 0 : 1;
}

void main();
