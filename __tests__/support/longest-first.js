const Sequencer = require("@jest/test-sequencer").default;

/**
 * Suites that take minutes, the longest first: begun last, one of them would run alone while the other worker has nothing left to do. A clean
 * checkout knows no times of an earlier run, and jest would go by the size of the files.
 *
 * The real runs of Terraform, and what starts the program in many processes.
 */
const MINUTES = [
  "terraform/example",
  "package/company.real",
  "modules/delivery/dismantle/",
  "modules/delivery/reshard/",
  "modules/live/adopt/adopt.real",
  "report/screenshots",
  "modules/review/review.real",
  "modules/delivery/delivery.real",
  "local/stack-sets",
  "local/refusals",
  "terraform/readme",
  "modules/delivery/recover.real",
  "modules/live/sync/sync.real",
  "modules/evidence/inventory/inventory.real",
  "stacks/hcp-runs.real",
  "local/front",
  "local/terraform",
  "stacks/guardrails.real",
  "stacks/identity-center.real",
  "stacks/guardrail-observation.real",
  "stacks/break-glass.real",
  "package/",
  "cli/injection",
  "workflows/access-review",
  "main",
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const at = MINUTES.findIndex((name) => path.includes(`/__tests__/${name}`));
      if (at >= 0) return at;
      // A real run that nobody has put above.
      return path.includes(".real.test.") ? MINUTES.length : MINUTES.length + 1;
    };
    return super.sort(tests).sort((a, b) => place(a) - place(b));
  }
};
