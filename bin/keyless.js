#!/usr/bin/env node
"use strict";
// What `npx keyless` starts, in the clone and in an installed package. Plain JavaScript of an old kind on purpose: it has to run on a Node
// that is too old for the rest, to say so.

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  process.stderr.write(
    `error NODE-VERSION\n  Node ${process.versions.node} is too old.\n  fix: Install Node 22 or 24.\n`,
  );
  process.exit(2);
}

const { existsSync } = require("node:fs");
const { join } = require("node:path");
const cli = join(__dirname, "../dist/cli/index.js");
if (!existsSync(cli)) {
  process.stderr.write(
    "error NOT-BUILT\n  This is a clone that is not built yet.\n  fix: Run npm ci && npm run build.\n",
  );
  process.exit(2);
}

// Compiled code is kept between runs, where this Node can do that (22.8 and later).
const { enableCompileCache } = require("node:module");
if (enableCompileCache) enableCompileCache();
require(cli).main();
