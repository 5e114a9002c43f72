"use strict";
const { transformSync } = require("esbuild");

/** A module of ECMAScript as one of CommonJS. */
exports.process = (source, path) => ({
  code: transformSync(source, { format: "cjs", target: "node20", sourcefile: path }).code,
});
