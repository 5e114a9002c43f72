/** `npm run test:unit`: whatever starts neither Terraform nor moto. */
module.exports = {
  ...require("./jest.config.js"),
  testPathIgnorePatterns: [
    "\\.real\\.test\\.ts$",
    "<rootDir>/__tests__/terraform/",
    "<rootDir>/__tests__/local/(assume-role|front|refusals|seed|stack-sets|terraform)\\.test\\.ts$",
    // Packs, installs and runs the whole product as a company does.
    "<rootDir>/__tests__/package/",
  ],
};
