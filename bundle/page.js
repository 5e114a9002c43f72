"use strict";
// `npm run docs`: the browser's code of each page, bundled into a module of the product, so that the product needs no bundler where it runs.
// A test says when one of them is not current.
const esbuild = require("esbuild");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const ROOT = join(__dirname, "..");

/** Where the browser's code begins, and the file that it becomes. */
const PAGES = [
  ["modules/report/page/main.ts", "modules/report/page-script.ts"],
  ["modules/review/page/main.ts", "modules/review/render/page-script.ts"],
  ["modules/evidence/inventory/page/main.ts", "modules/evidence/inventory/html/page-script.ts"],
];

/** Text of the module for one page. */
function pageScript(entry) {
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [join(ROOT, entry)],
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
  const folder = entry.slice(0, entry.lastIndexOf("/"));
  return `// Made by \`npm run docs\` from ${folder}. Change that, not this.\nexport const SCRIPT = ${JSON.stringify(text)};\n`;
}

if (require.main === module) for (const [entry, file] of PAGES) writeFileSync(join(ROOT, file), pageScript(entry));
module.exports = { pageScript, PAGES };
