import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Browser, chromium, Page } from "playwright-core";
import { describeInBrowser } from "../support/browser";
import { OPEN_ALL, violationsIn } from "../support/in-browser";
import { everyView, PageView } from "./pages";

/**
 * Pictures of every view of every page, light, dark, on a phone and as printed, and what axe-core finds in each. `npm run screenshots` keeps
 * them in build/screenshots for people to look at.
 */

const MODES = [
  ["light", 1280, 900],
  ["dark", 1280, 900],
  ["phone", 390, 844],
  ["print", 900, 1200],
] as const;

describeInBrowser("pictures of every view", (executablePath) => {
  const kept = process.env["KEYLESS_SCREENSHOTS"];
  const folder = kept !== undefined ? resolve(kept) : mkdtempSync(join(tmpdir(), "keyless-screenshots-"));
  let browser: Browser;
  let views: readonly PageView[] = [];
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    views = everyView((file, html) => writeFileSync(join(folder, file), html));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  }, 300_000);
  afterAll(async () => {
    await browser.close();
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  });

  const show = async (page: Page, { file, hash, script }: PageView): Promise<void> => {
    await page.goto("about:blank");
    await page.goto(`file://${join(folder, file)}${hash}`);
    if (script !== false) await page.waitForFunction(() => performance.getEntriesByName("ready").length > 0);
    // Tiles and rows are drawn in the frame after.
    await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`);
  };

  test.each(MODES)(
    "%s: each view has a picture, and axe-core finds nothing in it",
    async (mode, width, height) => {
      const found: string[] = [];
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: mode === "dark" ? "dark" : "light",
      });
      page.on("pageerror", (error) => found.push(error.message));
      page.on("console", (message) => message.type() === "error" && found.push(message.text()));
      if (mode === "print") await page.emulateMedia({ media: "print" });
      for (const view of views) {
        await show(page, view);
        const picture = join(folder, `${view.name}-${mode}.png`);
        // Of 10,000 accounts a whole page is as long as a street: what is first seen counts.
        const isLarge = view.file.includes("10000");
        if (mode === "print") await page.evaluate(`window.dispatchEvent(new Event("beforeprint"))`);
        await page.screenshot({ path: picture, fullPage: !isLarge });
        expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
        expect([view.name, statSync(picture).size > 8_000]).toEqual([view.name, true]);
        if (mode === "print") continue;
        expect([view.name, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([view.name, width]);
        await page.evaluate(OPEN_ALL);
        found.push(...(await violationsIn(page)).map((line) => `${view.name} ${line}`));
      }
      await page.close();
      expect(found).toEqual([]);
    },
    600_000,
  );
});
