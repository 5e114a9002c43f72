/** Types are checked once by `npm run typecheck`; the tests only transpile. */
module.exports = {
  testEnvironment: "node",
  // The sources too: `jest --findRelatedTests modules/kernel/errors.ts` has to find its way from there.
  roots: ["__tests__", "modules", "stacks", "cli", "local", "bench", "soak"].map((folder) => `<rootDir>/${folder}`),
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  transform: {
    "^.+\\.ts$": ["ts-jest", { tsconfig: "tsconfig.test.json", diagnostics: false }],
    // Modules in a form that Node requires and jest does not.
    "/node_modules/hyparquet/.+\\.js$": "<rootDir>/__tests__/support/es-modules.js",
  },
  transformIgnorePatterns: ["/node_modules/(?!hyparquet/)"],
  moduleNameMapper: { "^\\.{1,2}/(private/)?stack-trace$": "<rootDir>/__tests__/support/no-stack-trace.js" },
  globalSetup: "<rootDir>/__tests__/support/proven-file.js",
  globalTeardown: "<rootDir>/__tests__/support/proven-file-gone.js",
  testSequencer: "<rootDir>/__tests__/support/longest-first.js",
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/cdktf.out", "<rootDir>/.keyless"],
  // `npm run coverage`. Processes that a test starts (the command line, Terraform's runs) are not counted.
  collectCoverageFrom: ["modules/**/*.ts", "stacks/**/*.ts", "cli/**/*.ts"],
  coverageReporters: ["text-summary", "lcov"],
};
