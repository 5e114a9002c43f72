const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { dirname, join } = require("node:path");

/** A file for what suites of this run have proven: proven-before.ts. The workers have the variables of this process. */
module.exports = () => {
  process.env.KEYLESS_PROVEN = join(mkdtempSync(join(tmpdir(), "keyless-proven-")), "keys");
};

module.exports.remove = () => rmSync(dirname(process.env.KEYLESS_PROVEN), { recursive: true, force: true });
