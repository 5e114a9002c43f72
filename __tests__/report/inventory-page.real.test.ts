import { readFileSync } from "node:fs";
import { describePages, hostile, OPEN_ALL } from "../support/in-browser";
import { htmlPage } from "../../modules/page/shell";
import { SCRIPT } from "../../modules/evidence/inventory/html/page-script";
import { drillHtml } from "../../modules/live/drill/report";
import { DRILL, inventoryPage } from "./pages";

/** The pages of `keyless inventory --html` and of a drill in a real browser. */

/** Of a page that was written: its data. */
const dataOf = (html: string): Record<string, unknown> =>
  JSON.parse(/<script id="data"[^>]*>([^]*?)<\/script>/.exec(html)![1]!) as Record<string, unknown>;

describePages(
  "the page of keyless inventory",
  ({ write }) => {
    const html = inventoryPage(12, 60);
    write("inventory.html", html);
    write("many.html", inventoryPage(500, 10_000));
    write(
      "hostile.html",
      htmlPage({
        title: "hostile",
        script: { text: SCRIPT, data: hostile(dataOf(html), ["columns", "numbers", "known"]) },
        body: `<header><ul id="sources"></ul></header><main><div id="content"></div></main>`,
      }),
    );
    write("drill.html", drillHtml(DRILL));
    write("hostile-drill.html", drillHtml(hostile(DRILL, ["outcome"])));
  },
  ({ page, open, inPage, violations, count }) => {
    const shown = async (): Promise<string> => (await page().textContent("#count"))!.replace(/ credentials.*/, "");

    test.each(["light", "dark"] as const)(
      "axe-core finds nothing, %s",
      async (colorScheme) => {
        await page().emulateMedia({ colorScheme });
        for (const hash of ["", "#credentials?account=1", "#credentials?owner=%3Dweb&sums=owner"]) {
          await open("inventory.html", hash);
          expect([hash, await violations()]).toEqual([hash, []]);
        }
      },
      120_000,
    );

    test("a filter stands in the address, and a link keeps it; the sums follow", async () => {
      await open("inventory.html");
      expect(await shown()).toBe("72 of 72");
      await page().selectOption("#filter-owner", "=payments");
      const [some = ""] = (await shown()).split(" ");
      expect(Number(some)).toBeGreaterThan(0);
      expect(Number(some)).toBeLessThan(72);
      expect(await page().textContent("#total")).toContain(`${some} credentials in all`);
      await page().selectOption("#filter-verdict", "=never-used");
      await page().click("#sort-user");
      const link = page().url();
      expect(link).toContain("owner=%3Dpayments");
      // The rows are drawn in the next frame.
      await inPage("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
      const before = await page().locator(".v-body .v-row").allTextContents();
      await page().goto("about:blank");
      await page().goto(link);
      await count(".v-body .v-row", (n) => n === before.length);
      expect(await page().locator(".v-body .v-row").allTextContents()).toEqual(before);
      expect(await page().locator("[aria-sort=ascending]").textContent()).toBe("user");
      await page().click("#clear");
      expect(await shown()).toBe("72 of 72");
    });

    test("an owner that nobody knows is a filter, too, and is said", async () => {
      await open("inventory.html", "#credentials?owner=%3D");
      expect(await shown()).toBe("24 of 72");
      await count(".v-body .v-row", (n) => n > 0);
      expect(await page().locator(".v-body .v-row").first().textContent()).toContain("not known");
    });

    test("a line of the sums is a filter", async () => {
      await open("inventory.html", "#credentials?sums=owner");
      await page().getByRole("table", { name: "Sums by owner" }).getByRole("button", { name: "payments" }).click();
      expect(page().url()).toContain("owner=%3Dpayments");
    });

    test("CSV and JSON hold what is shown, with every column", async () => {
      await open("inventory.html", "#credentials?owner=%3Dpayments");
      const text = async (button: string): Promise<string> => {
        const [download] = await Promise.all([page().waitForEvent("download"), page().click(button)]);
        return readFileSync(await download.path(), "utf8");
      };
      const [some = ""] = (await shown()).split(" ");
      const lines = (await text("#csv")).trim().split("\r\n");
      expect(lines[0]).toContain('"account","accountId","ou","user","owner"');
      expect(lines.filter((line) => line.includes('"payments"'))).toHaveLength(Number(some));
      const json = JSON.parse(await text("#json")) as readonly Record<string, string | number>[];
      expect(new Set(json.map(({ owner }) => owner))).toEqual(new Set(["payments"]));
      expect(typeof json[0]!["ageDays"]).toBe("number");
    });

    test("a credential says why and what instead; Escape closes it, and the keyboard reaches it", async () => {
      await open("inventory.html");
      await page().locator(".v-body button").first().focus();
      await page().keyboard.press("ArrowDown");
      await page().keyboard.press("Enter");
      expect(await page().locator("dialog").textContent()).toContain("why");
      await page().keyboard.press("Escape");
      expect(await page().locator("dialog").count()).toBe(0);
    });

    test("of 10,000 keys only the rows in sight are drawn", async () => {
      await open("many.html", "#credentials?search=deploy");
      await count(".v-body .v-row", (n) => n > 0);
      expect(await inPage<number>("document.querySelectorAll('*').length")).toBeLessThan(2_000);
    });

    test("what was not read is said above everything", async () => {
      await open("inventory.html");
      expect(await page().textContent("#sources")).toContain("11 of 12 accounts");
      expect(await page().locator("#sources .k-unknown").count()).toBe(1);
    });

    test("a phone scrolls down only, and hostile texts in every field execute nothing", async () => {
      await page().setViewportSize({ width: 390, height: 844 });
      for (const [file, hash] of [
        ["inventory.html", ""],
        ["hostile.html", ""],
        ["hostile.html", "#credentials?account=1"],
      ] as const) {
        await open(file, hash);
        expect([file, await page().evaluate(() => (globalThis as { hacked?: number }).hacked)]).toEqual([
          file,
          undefined,
        ]);
        expect(await page().locator("img").count()).toBe(0);
        if (file === "inventory.html") expect(await inPage("document.documentElement.scrollWidth")).toBe(390);
      }
    });

    test("a drill's page runs nothing at all, and axe-core finds nothing in it", async () => {
      for (const file of ["drill.html", "hostile-drill.html"]) {
        await open(file, "", false);
        await inPage(OPEN_ALL);
        expect([file, await violations()]).toEqual([file, []]);
        expect(await page().locator("script, img").count()).toBe(0);
        expect(await page().evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
      }
    });
  },
);
