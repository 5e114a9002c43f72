const { ALONE, REAL } = require("./__tests__/support/suites.js");

const common = { ...require("./jest.config.js") };
delete common.testMatch;

/** What starts Terraform or moto, but for the suites that must be alone with them. */
module.exports = { ...common, testRegex: REAL, testPathIgnorePatterns: ["/__tests__/.*(?<!\\.test\\.ts)$", ...ALONE] };
