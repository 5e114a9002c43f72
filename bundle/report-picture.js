"use strict";
// `npm run pictures`: takes the picture of the report's map for the README in a real browser (Chromium; KEYLESS_BROWSER names another one), and
// keeps the digest of what it looks like beside it, so that a test can say when the picture is old.
const { createHash } = require("node:crypto");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { chromium } = require("playwright-core");

const ROOT = join(__dirname, "..");
const built = (file) => require(join(ROOT, "dist", file));

/** The picture shows script and style with the example's data; data may change without making it wrong. */
function digest() {
  const { SCRIPT } = built("modules/report/page-script.js");
  const { STYLE } = built("modules/page/style.js");
  return createHash("sha256").update(SCRIPT).update(STYLE).digest("hex");
}

async function main() {
  const environment = built("modules/sections/load.js").loadEnvironment(ROOT, "example");
  const { state } = built("modules/sections/target-state.js").resolveUnproven(environment);
  const proven = { environment, ...state };
  const data = built("modules/report/collect.js").pageData({
    proven,
    report: built("modules/proofs/prove.js").prove(proven),
    madeAt: "2026-11-26T12:00:00.000Z",
    command: "npx keyless",
    factsDate: "2026-11-26",
  });
  const folder = mkdtempSync(join(tmpdir(), "keyless-picture-"));
  const browser = await chromium.launch({
    executablePath: process.env.KEYLESS_BROWSER || "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    writeFileSync(join(folder, "report.html"), built("modules/report/html.js").reportHtml(data));
    const page = await browser.newPage({ viewport: { width: 1200, height: 780 } });
    await page.goto(`file://${join(folder, "report.html")}#map?layer=guardrail:deny-access-key-creation`);
    await page.waitForSelector(".v-body .v-row");
    await page.screenshot({ path: join(ROOT, "docs/pictures/report.png") });
    writeFileSync(join(ROOT, "docs/pictures/report.sha256"), `${digest()}\n`);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
