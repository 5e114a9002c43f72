"use strict";
// `npm run docs`: the browser's code of the report, modules/report/page, bundled into modules/report/page-script.ts, so that the product
// needs no bundler where it runs. A test says when it is not current.
const esbuild = require("esbuild");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const ROOT = join(__dirname, "..");

/** Text of modules/report/page-script.ts. */
function pageScript() {
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [join(ROOT, "modules/report/page/main.ts")],
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    charset: "ascii",
    legalComments: "none",
    tsconfig: join(ROOT, "modules/report/page/tsconfig.json"),
    write: false,
  });
  // Inside a script element nothing may end it.
  const text = outputFiles[0].text.trim().replaceAll("</", "<\\/");
  return `// Made by \`npm run docs\` from modules/report/page. Change that, not this.\nexport const SCRIPT = ${JSON.stringify(text)};\n`;
}

if (require.main === module) writeFileSync(join(ROOT, "modules/report/page-script.ts"), pageScript());
module.exports = { pageScript };
