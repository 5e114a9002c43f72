import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser, chromium, Page } from "playwright-core";
import { describeInBrowser } from "./browser";

/** Pages in a real browser, from files, as people open them. */
export interface Opened {
  /** The page that the test has to itself. */
  readonly page: () => Page;
  /** Writes a page to open. */
  readonly write: (name: string, html: string) => void;
  /** @param script false: the page has none that could say when it is ready */
  readonly open: (name: string, hash?: string, script?: boolean) => Promise<void>;
  /** The tests have no types of the DOM, so what runs in the page is text. */
  readonly inPage: <Value>(expression: string) => Promise<Value>;
  /** Violations that axe-core finds in what is open, each as a line. */
  readonly violations: () => Promise<readonly string[]>;
  /** Waits until a locator has as many elements as wanted: the pages' policy lets no text be evaluated there, as `waitForFunction` would. */
  readonly count: (selector: string, wanted: (n: number) => boolean) => Promise<void>;
}

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Every text that people or AWS chose, with an attack at its end; what the page's code goes by stays. */
export function hostile<Value>(value: Value, kept: readonly string[], name = ""): Value {
  if (typeof value === "string")
    return (
      kept.includes(name) || value.length < 2
        ? value
        : `${value}"'><img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>`
    ) as Value;
  if (Array.isArray(value)) return value.map((one) => hostile(one as unknown, kept, name)) as Value;
  if (value !== null && typeof value === "object")
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, hostile(one as unknown, kept, key)]),
    ) as Value;
  return value;
}

export const OPEN_ALL = `document.querySelectorAll("details").forEach((details) => (details.open = true))`;

/** Violations that axe-core finds in what a page shows, each as a line. */
export async function violationsIn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  }>("axe.run()");
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** `describe` whose tests have a page each. What the page complains of, or asks of the network, fails the test. */
export function describePages(name: string, prepare: (opened: Opened) => void, body: (opened: Opened) => void): void {
  describeInBrowser(name, (executablePath) => {
    // A browser beside other suites takes its time.
    jest.setTimeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "keyless-pages-"));
    const errors: string[] = [];
    let browser: Browser;
    let page: Page;
    const opened: Opened = {
      page: () => page,
      write: (file, html) => writeFileSync(join(folder, file), html),
      open: async (file, hash = "", script = true) => {
        await page.goto("about:blank");
        await page.goto(`file://${join(folder, file)}${hash}`);
        if (script) await page.waitForFunction(() => performance.getEntriesByName("ready").length > 0);
      },
      inPage: (expression) => page.evaluate(expression),
      violations: () => violationsIn(page),
      count: async (selector, wanted) => {
        while (!wanted(await page.locator(selector).count())) await page.waitForTimeout(20);
      },
    };
    beforeAll(async () => {
      prepare(opened);
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    }, 60_000);
    beforeEach(async () => {
      errors.length = 0;
      page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("request", (request) => request.url().startsWith("file:") || errors.push(`asked for ${request.url()}`));
    });
    afterEach(async () => {
      await page.close();
      expect(errors).toEqual([]);
    });
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    });
    body(opened);
  });
}
