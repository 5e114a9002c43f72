import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { BaselineError } from "../modules/kernel/errors";
import { prove } from "../modules/proofs/prove";
import { pageData } from "../modules/report/collect";
import { reportHtml } from "../modules/report/html";
import { loadEnvironment } from "../modules/sections/load";
import { resolveUnproven } from "../modules/sections/target-state";
import { BENCH_ENVIRONMENT, writeBenchProject } from "./project";

/** The page of `keyless report`, measured in a browser: milliseconds, the median of the runs. */
export interface ReportTiming {
  readonly accounts: number;
  readonly megabytes: number;
  /** From the start of the navigation. */
  readonly firstPaint: number;
  readonly ready: number;
  /** Until the frame after is drawn. */
  readonly search: number;
  readonly layer: number;
}

const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** Opens pages of so many accounts each. */
export async function timeReports(sizes: readonly number[], runs: number): Promise<readonly ReportTiming[]> {
  const executablePath = process.env["KEYLESS_BROWSER"] ?? BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new BaselineError(
      [
        {
          code: "BENCH-NO-BROWSER",
          message: "The part report measures in Chromium, and there is none.",
          fix: "Install chromium, or name a browser in KEYLESS_BROWSER.",
        },
      ],
      1,
    );
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const timings: ReportTiming[] = [];
    for (const accounts of sizes) timings.push(await timeReport(browser, accounts, runs));
    return timings;
  } finally {
    await browser.close();
  }
}

async function timeReport(browser: Browser, accounts: number, runs: number): Promise<ReportTiming> {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-report-"));
  try {
    writeBenchProject(root, accounts);
    const environment = loadEnvironment(root, BENCH_ENVIRONMENT);
    const proven = { environment, ...resolveUnproven(environment).state! };
    const html = reportHtml(
      pageData({ proven, report: prove(proven), madeAt: "2026-11-26T12:00:00.000Z", command: "npx keyless" }),
    );
    const file = join(root, "report.html");
    writeFileSync(file, html);
    const found: Omit<ReportTiming, "accounts" | "megabytes">[] = [];
    for (let run = 0; run < runs; run++) found.push(await open(browser, file));
    const median = (name: keyof (typeof found)[number]): number =>
      found.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(runs / 2)]!;
    return {
      accounts,
      megabytes: Buffer.byteLength(html) / 1e6,
      firstPaint: median("firstPaint"),
      ready: median("ready"),
      search: median("search"),
      layer: median("layer"),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** From a change of the address until the frame after it is drawn. This project has no types of the DOM: what runs in the page is text. */
const UNTIL_DRAWN = (hash: string): string => `new Promise((done) => {
  const start = performance.now();
  addEventListener("hashchange", () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start))), { once: true });
  location.hash = ${JSON.stringify(hash)};
})`;

async function open(browser: Browser, file: string): Promise<Omit<ReportTiming, "accounts" | "megabytes">> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  try {
    await page.goto(`file://${file}`);
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    const at = (name: string): Promise<number> =>
      page.evaluate(`performance.getEntriesByName(${JSON.stringify(name)})[0].startTime`);
    return {
      firstPaint: await at("first-contentful-paint"),
      ready: await at("ready"),
      search: await page.evaluate(UNTIL_DRAWN("#map?search=1")),
      layer: await page.evaluate(UNTIL_DRAWN("#map?layer=break-glass")),
    };
  } finally {
    await page.close();
  }
}
