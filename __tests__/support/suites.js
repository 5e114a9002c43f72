/** Which suites start Terraform or moto, and which of them need the machine's Terraform for themselves. Every other suite is a unit suite. */

const REAL = [
  "\\.real\\.test\\.ts$",
  "/__tests__/terraform/",
  "/__tests__/local/(assume-role|front|refusals|seed|stack-sets|terraform)\\.test\\.ts$",
  // Packs, installs and runs the whole product as a company does.
  "/__tests__/package/",
];

/** `keyless recover` breaks no lock while another Terraform runs on this machine: beside other suites it would rightly refuse. */
const ALONE = [
  "/__tests__/modules/delivery/recover\\.real\\.test\\.ts$",
  "/__tests__/soak/interruptions\\.real\\.test\\.ts$",
];

module.exports = { REAL, ALONE };
