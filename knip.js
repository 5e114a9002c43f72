// What is unused: files, dependencies, exports. `npm run unused` names it.
module.exports = {
  entry: [
    "main.ts",
    "cli/index.ts",
    // Loaded by name when it is asked for.
    "cli/commands/*.ts",
    // Loaded by name in a worker or a child process.
    "modules/evidence/cloudtrail/key-usage.ts",
    "modules/evidence/impact/replay.ts",
    "modules/evidence/move/use.ts",
    "bench/peak.ts",
    "local/main.ts",
    "bench/{main,child}.ts",
    "soak/main.ts",
    "soak/mutants/main.ts",
    "{bundle,cli,modules,soak}/**/write-*.ts",
    "bundle/entry.ts",
    "bundle/{page,report-picture}.js",
    "modules/**/page/main.ts",
    "__tests__/**/*.test.ts",
  ],
  project: ["**/*.ts", "bin/*.js", "bundle/*.js"],
  // Ahead of the code that uses them; out of this list with it.
  ignore: ["modules/policy/decide/**/*.ts", "local/interruption.ts"],
  ignoreDependencies: [
    // Run as a program: npx cdktf.
    "cdktf-cli",
    // Put in the place of cdktf by __tests__/support/cdktn-hook.js.
    "cdktn",
    // Comes with jest; __tests__/support/longest-first.js builds on it.
    "@jest/test-sequencer",
  ],
  ignoreBinaries: ["kubectl", "systemd-analyze", "terraform", "openssl", "mkfifo", "truncate"],
  // An export that its own file uses is a name for readers and tests, not a leftover.
  ignoreExportsUsedInFile: true,
  // A type belongs to the signature that names it, whether somebody imports it or not.
  exclude: ["types"],
};
