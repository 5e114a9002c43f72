const { REAL } = require("./__tests__/support/suites.js");

/** `npm run test:unit`: whatever starts neither Terraform nor moto. */
module.exports = { ...require("./jest.config.js"), testPathIgnorePatterns: REAL };
