const { ALONE } = require("./__tests__/support/suites.js");

const common = { ...require("./jest.config.js") };
delete common.testMatch;

/** Suites that must be the only user of Terraform on this machine. */
module.exports = { ...common, testRegex: ALONE };
