import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { reportHtml } from "../../modules/report/html";
import { describePages, hostile, type Opened, OPEN_ALL } from "../support/in-browser";
import { exampleData } from "./pages";

/** The page of `keyless report` in a real browser, from a file, as people open it. */

/** Keys, ids of layers and one-letter columns: what the page's code goes by. */
const KEPT = ["id", "modes", "seen", "known", "status", "stage", "verdict", "type", "owner", "madeAt", "at", "expires"];
const VIEWS = [
  "#map",
  "#map?layer=keys",
  "#map?account=444444444401",
  "#journey",
  "#proofs",
  "#exceptions",
  "#break-glass",
];

function prepare({ write }: Opened): void {
  const data = exampleData();
  write("example.html", reportHtml(data));
  write("hostile.html", reportHtml(hostile(data, KEPT)));
  const keys = data.keys!;
  const [first, , third] = keys.progress;
  const inventories: Readonly<Record<string, typeof keys.progress>> = {
    "partly-read": [first!, { ...third!, activeAccessKeys: 5, complete: 13 }],
    first: [first!],
    "other-accounts": [{ ...first!, accounts: 12, complete: 12 }, third!],
    rising: [7, 9, 12].map((activeAccessKeys, i) => ({ ...keys.progress[i]!, activeAccessKeys })),
  };
  for (const [name, list] of Object.entries(inventories))
    write(`${name}.html`, reportHtml({ ...data, keys: { ...keys, progress: list } }));
  const { keys: _none, ...without } = data;
  write("no-keys.html", reportHtml(without));
  const [exception] = data.exceptions;
  const ends = ["2027-05-25", "2026-12-16", "2026-11-01"].map((expires) => ({ ...exception!, expires }));
  write("ends.html", reportHtml({ ...data, exceptions: ends }));
  const many = Array.from({ length: 300 }, (_, i) => ({
    ...data.accounts[1]!,
    id: String(i).padStart(12, "0"),
    name: `account-${i}`,
  }));
  const wide = (text: string, letter: string): string => text.padEnd(many.length, letter);
  const { keys: _, ...rest } = data;
  write(
    "many.html",
    reportHtml({
      ...rest,
      accounts: many,
      guardrails: data.guardrails.map((one) => ({ ...one, modes: wide("", "e") })),
      breakGlass: { ...data.breakGlass, seen: wide("", "s") },
    }),
  );
}

describePages("the page of keyless report", prepare, (opened) => {
  const { open, inPage, violations } = opened;
  let page: Page;
  beforeEach(() => void (page = opened.page()));
  const rowsShown = (wanted: (n: number) => boolean): Promise<void> => opened.count(".v-body .v-row", wanted);

  test.each(["light", "dark"] as const)(
    "axe-core finds nothing in any view, %s",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const found: string[] = [];
      for (const view of VIEWS) {
        await open("example.html", view);
        await inPage(OPEN_ALL);
        found.push(...(await violations()).map((line) => `${view} ${line}`));
      }
      expect(found).toEqual([]);
    },
    120_000,
  );

  test("a phone scrolls down only", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of VIEWS) {
      await open("example.html", view);
      expect([view, await inPage<number>("document.documentElement.scrollWidth")]).toEqual([view, 390]);
    }
  }, 60_000);

  test("a layer, an OU and a search show what they say, and stand in the address", async () => {
    await open("example.html");
    await page.selectOption("#layer", "guardrail:deny-access-key-creation");
    expect(await page.textContent(".legend")).toContain("observed only 2");
    await page.getByRole("button", { name: "observed only" }).click();
    expect(await page.locator(".v-body .v-row").count()).toBe(2);
    await page.fill("#search", "sandbox-2");
    await rowsShown((n) => n === 1);
    expect(await inPage<string>("document.activeElement?.id")).toBe("search");
    expect(page.url()).toContain("layer=guardrail%3Adeny-access-key-creation");
    expect(page.url()).toContain("search=sandbox-2");
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    await rowsShown((n) => n === 1);
    expect(await page.textContent(".v-body .v-row")).toContain("sandbox-2");
    await page.goBack();
  }, 60_000);

  test("an account says who gets in, how that is known, and which statement denies; Escape closes it", async () => {
    await open("example.html", "#map?account=444444444401");
    const dialog = page.locator("dialog");
    expect(await dialog.textContent()).toContain(
      "group Platform, as AdministratorAccess, an administrator (set and assignments: seen, as planned)",
    );
    expect(await dialog.textContent()).toContain("backup-product");
    await dialog.getByText("keyless-dakc-dltbt-dscc").click();
    expect(await dialog.textContent()).toContain("iam:CreateAccessKey");
    await page.keyboard.press("Escape");
    expect(await dialog.count()).toBe(0);
    expect(page.url()).not.toContain("account=");
  });

  test("an account that is not active is named in its OU, without a tile", async () => {
    await open("example.html");
    expect(await page.textContent("section[aria-label=Map]")).toContain("1 not active: old-website (suspended)");
    expect(await page.textContent("#content")).toContain("14 of 14 accounts");
  });

  test("the keyboard alone reaches an account", async () => {
    await open("example.html", "#map?search=shop-dev");
    await rowsShown((n) => n === 1);
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press("Tab");
      if ((await inPage<string>("document.activeElement?.textContent")) === "shop-dev") break;
    }
    await page.keyboard.press("Enter");
    expect(await page.locator("dialog h2").first().textContent()).toBe("shop-dev");
  });

  test("the arrow keys go down a list that is longer than the screen", async () => {
    await open("many.html");
    await rowsShown((n) => n > 0);
    await page.locator(".v-body button").first().focus();
    for (let n = 0; n < 50; n++) await page.keyboard.press("ArrowDown");
    expect(await inPage<string>("document.activeElement?.textContent")).toBe("account-50");
  });

  test("CSV and JSON hold what is shown", async () => {
    await open("example.html", "#map?layer=guardrail:deny-access-key-creation&value=observed");
    const text = async (button: string): Promise<string> => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
      return readFileSync(await download.path(), "utf8");
    };
    const csv = (await text("#csv")).trim().split("\r\n");
    expect(csv[0]).toBe('"account","id","ou","layer","value","known"');
    expect(csv.length).toBe(3);
    const json = JSON.parse(await text("#json")) as readonly Record<string, string>[];
    expect(json.map(({ account, value, known }) => [account, value, known])).toEqual([
      ["sandbox-1", "observed only", "planned"],
      ["sandbox-2", "observed only", "planned"],
    ]);
  });

  test("hostile texts in every field execute nothing", async () => {
    for (const view of VIEWS) {
      await open("hostile.html", view);
      await inPage(OPEN_ALL);
      expect([view, await page.evaluate(() => (globalThis as { hacked?: number }).hacked)]).toEqual([view, undefined]);
      expect(await page.locator("img").count()).toBe(0);
    }
  }, 60_000);

  test("print shows every account, not only those in sight", async () => {
    await open("many.html");
    await rowsShown((n) => n > 0);
    expect(await page.locator(".v-body .v-row").count()).toBeLessThan(60);
    await inPage('window.dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator(".v-body .v-row").count()).toBe(300);
  });

  test("print shows all of an account, and nothing behind it", async () => {
    await open("example.html", "#map?account=444444444401");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("header").isVisible()).toBe(false);
    const cut = "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector('dialog'))";
    expect(await inPage<number>(cut)).toBeLessThanOrEqual(1);
    expect(await inPage<number>("document.querySelector('dialog').clientHeight")).toBeGreaterThan(900);
  });

  test.each<[string, string]>([
    ["#journey", ".panel > details"],
    ["#map?account=444444444401", "dialog details"],
  ])("print unfolds what is folded in %s, and folds it again", async (hash, folded) => {
    await open("example.html", hash);
    const details = page.locator(folded);
    const shut = page.locator(`${folded}:not([open])`);
    const [all, before] = [await details.count(), await shut.count()];
    expect(before).toBeGreaterThan(1);
    await inPage('window.dispatchEvent(new Event("beforeprint"))');
    expect(await shut.count()).toBe(0);
    await inPage('window.dispatchEvent(new Event("afterprint"))');
    expect([await details.count(), await shut.count()]).toEqual([all, before]);
  });

  test("print says where the sets of the proofs are, and does not fill pages with cells", async () => {
    await open("example.html", "#proofs");
    const note = page.locator(".print-only");
    expect(await note.isVisible()).toBe(false);
    await page.emulateMedia({ media: "print" });
    await inPage('window.dispatchEvent(new Event("beforeprint"))');
    expect(await note.textContent()).toContain("not on paper");
    expect(await note.isVisible()).toBe(true);
    expect(await page.locator("td details[open]").count()).toBe(0);
  });

  /** Places of a line's points. */
  const points = async (line: string): Promise<readonly (readonly number[])[]> =>
    (await page.locator(line).getAttribute("points"))!.split(" ").map((point) => point.split(",").map(Number));

  test("the chart of keys: one point for each inventory, fewer keys lower, and the forecast goes on from the last", async () => {
    await open("example.html", "#journey");
    const keys = await points(".chart .l1");
    const unused = await points(".chart .l2");
    const ahead = await points(".chart .l3");
    expect([keys.length, unused.length, ahead.length]).toEqual([3, 3, 2]);
    // Below is a greater y. 12, 9 and 7 keys, on a scale from 0 to 12.
    const zero = 172;
    const one = (zero - keys[0]![1]!) / 12;
    expect(keys.map(([, y]) => Math.round((zero - y!) / one))).toEqual([12, 9, 7]);
    expect(unused.map(([, y]) => Math.round((zero - y!) / one))).toEqual([7, 4, 2]);
    // September has 30 days, October 31.
    expect((keys[1]![0]! - keys[0]![0]!) / (keys[2]![0]! - keys[1]![0]!)).toBeCloseTo(30 / 31, 2);
    expect(ahead[0]!.map(Math.round)).toEqual(keys[2]!.map(Math.round));
    expect(ahead[1]![0]).toBeGreaterThan(ahead[0]![0]!);
    expect(ahead[1]![1]).toBeGreaterThan(ahead[0]![1]!);
    expect(await page.locator(".chart[role=img]").first().getAttribute("aria-label")).toBe(
      "Access keys that work: 2026-09-01 12, 2026-10-01 9, 2026-11-01 7",
    );
    expect(await page.textContent("main")).toContain("If it goes on like this, zero comes around 2027-01-23.");
  });

  test.each([
    ["partly-read.html", "5 access keys that work were found; 13 of 14 accounts were read completely, and of the rest"],
    ["first.html", "One inventory so far"],
    ["other-accounts.html", "the lines cannot be compared, and there is no forecast"],
    ["rising.html", "The number does not fall: there is no forecast of zero."],
    ["no-keys.html", "No inventory was given: how many keys there are is not known."],
  ])("the chart of keys says what is not known: %s", async (file, says) => {
    await open(file, "#journey");
    expect(await page.textContent("main")).toContain(says);
    expect(await page.locator(".chart .l3").count()).toBe(0);
  });

  test("the chart of exceptions: a bar ends at the end of its exception, red within 30 days, grey once it is over", async () => {
    await open("ends.html", "#exceptions");
    const bars = await inPage<readonly (readonly [string, number])[]>(
      "[...document.querySelectorAll('.chart rect')].map((bar) => [bar.getAttribute('class'), Number(bar.getAttribute('width'))])",
    );
    expect(bars.map(([tone]) => tone)).toEqual(["t-plan", "t-bad", "t-none"]);
    // 180 and 20 days from the day of the page; what is over has no length.
    expect(bars[0]![1] / bars[1]![1]).toBeCloseTo(180.5 / 20.5, 1);
    expect(bars[2]![1]).toBe(3);
    expect(await page.textContent(".chart")).toContain("ended 2026-11-01");
  });
});
