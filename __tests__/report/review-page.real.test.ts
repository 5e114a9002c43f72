import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Organization } from "../../modules/organization/types";
import { htmlPage } from "../../modules/page/shell";
import { NO_APPROVALS, parseApprovals } from "../../modules/review/gate/approvals";
import { judge } from "../../modules/review/gate/gate";
import { renderHtml } from "../../modules/review/render/html";
import { reviewPage } from "../../modules/review/render/page";
import { SCRIPT } from "../../modules/review/render/page-script";
import type { Report } from "../../modules/review/render/report";
import corpus from "../modules/review/corpus.json";
import type { Edit } from "../modules/review/corpus";
import { reviewOf } from "../modules/review/reviewed";
import { ROOT } from "../support/environments";
import { describePages, hostile, OPEN_ALL } from "../support/in-browser";

/** The page of `keyless review --format html` in a real browser. */

const facts = parse(readFileSync(join(ROOT, "__tests__/cases/environment/organization.yaml"), "utf8")) as Organization;
const edits = (name: string): readonly Edit[] =>
  (corpus as unknown as readonly { name: string; edits: readonly Edit[] }[]).find((one) => one.name === name)!.edits;

const grant = (group: string, account: string): Edit => [
  "add",
  "example-identity-center-00",
  `aws_ssoadmin_account_assignment.e${account}["${account}"]`,
  {
    permission_set_arn: "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-dev",
    principal_id: group,
    principal_type: "GROUP",
    target_id: account,
    target_type: "AWS_ACCOUNT",
  },
];
/** One that gains, one statement that goes, one that nobody can decide and that is in no account. */
const EDITS: readonly Edit[] = [
  grant("a-group", "444444444402"),
  ...edits("condition added to a Deny"),
  ["add", "example-identity-center-00", "aws_ssoadmin_instance_access_control_attributes.abac", { attribute: [] }],
];

function report(more: Partial<Report> = {}): Report {
  const review = reviewOf(EDITS);
  return {
    ...judge(review, ["weakens", "unknown", "destroys-guard"], NO_APPROVALS, "2026-11-24"),
    title: "example",
    facts,
    ...more,
  };
}

const VIEWS = ["#map", "#map?layer=area:guardrails", "#map?account=444444444402", "#gate", "#resources"];

describePages(
  "the page of keyless review",
  ({ write }) => {
    const given = report();
    write("review.html", renderHtml(given));
    const { facts: _, ...without } = given;
    write("no-facts.html", renderHtml(without));
    const kept = ["id", "class", "area", "how", "known", "failOn"];
    write(
      "hostile.html",
      htmlPage({
        title: "hostile",
        script: { text: SCRIPT, data: hostile(reviewPage(given), kept) },
        body: `<header><ul id="sources"></ul><nav id="tabs"></nav></header><main id="content"></main>`,
      }),
    );
    write(
      "nothing.html",
      renderHtml({ ...judge(reviewOf([]), [], NO_APPROVALS, "2026-11-24"), title: "example", facts }),
    );
  },
  ({ page, open, inPage, violations, count }) => {
    const change = report().review.changes.find(({ addresses }) => addresses[0]?.includes("assignment"))!;

    test.each(["light", "dark"] as const)(
      "axe-core finds nothing in any view, %s",
      async (colorScheme) => {
        await page().emulateMedia({ colorScheme });
        for (const file of ["review.html", "no-facts.html", "nothing.html"])
          for (const view of VIEWS) {
            await open(file, view);
            await inPage(OPEN_ALL);
            expect([file, view, await violations()]).toEqual([file, view, []]);
          }
      },
      120_000,
    );

    test("a change says how it is known, where it is felt, and its statements before and after", async () => {
      await open("review.html");
      await inPage(OPEN_ALL);
      const text = (await page().textContent("#content"))!;
      expect(text).toContain("a-group gains");
      expect(text).toContain("Felt in 1 account.");
      expect(await page().locator(".change .k-planned").count()).toBeGreaterThan(0);
      expect(await page().locator(".change .k-unknown").count()).toBeGreaterThan(0);
      expect(await page().locator(".sides ins").count()).toBeGreaterThan(0);
      expect(await page().textContent("#sources")).toContain("of 3 changes are felt");
      expect(text).toContain("Where it is felt is not known.");
    });

    test("a change is shown on the map, by itself, and the address says so", async () => {
      await open("review.html");
      await page()
        .locator(".change", { hasText: "a-group gains" })
        .getByRole("button", { name: "Show on the map" })
        .click();
      await count(".change", (n) => n === 1);
      expect(page().url()).toContain(`layer=change%3A${change.id}`);
      expect(await page().textContent(".legend")).toContain("felt: weakens 1");
      const link = page().url();
      await page().goto("about:blank");
      await page().goto(link);
      await count(".change", (n) => n === 1);
      await page().getByRole("button", { name: "Show all" }).click();
      await count(".change", (n) => n === 3);
    });

    test("classes, an OU and a search leave the changes that they say", async () => {
      await open("review.html");
      await page().locator("button.tile", { hasText: "Cannot be decided" }).click();
      await count(".change", (n) => n === 1);
      await open("review.html");
      await page().fill("#search", "a-group");
      await count(".change", (n) => n === 1);
      expect(await inPage<string>("document.activeElement?.id")).toBe("search");
      const place = facts.accounts.find(({ id }) => id === "444444444402")!.parentId;
      const other = facts.organizationalUnits.find(
        ({ id }) => id !== place && !facts.organizationalUnits.some((unit) => unit.parentId === id),
      )!;
      await open("review.html", `#map?ou=${place}&search=a-group`);
      expect(await page().locator(".change").count()).toBe(1);
      await open("review.html", `#map?ou=${other.id}&search=a-group`);
      expect(await page().locator(".change").count()).toBe(0);
    });

    test("an account says what changes in it, and of how many more nobody knows; Escape closes it", async () => {
      await open("review.html", "#map?account=444444444402");
      const dialog = page().locator("dialog");
      expect(await dialog.textContent()).toContain("a-group gains");
      expect(await dialog.textContent()).toContain("Of 1 more it is not known where they are felt.");
      await page().keyboard.press("Escape");
      expect(await dialog.count()).toBe(0);
    });

    test("the keyboard alone shows a change on the map", async () => {
      await open("review.html");
      for (let n = 0; n < 60; n++) {
        await page().keyboard.press("Tab");
        if ((await inPage<string>("document.activeElement?.textContent")) === "Show on the map") break;
      }
      await page().keyboard.press("Enter");
      await count(".change", (n) => n === 1);
    });

    test("the table of accounts is exported as it is shown", async () => {
      await open("review.html", "#map?value=weakens");
      const [download] = await Promise.all([page().waitForEvent("download"), page().click("#csv")]);
      const lines = readFileSync(await download.path(), "utf8")
        .trim()
        .split("\r\n");
      expect(lines[0]).toBe('"account","id","ou","layer","value","known"');
      expect(lines.some((line) => line.includes("444444444402") && line.includes('"weakens","planned"'))).toBe(true);
    });

    test("without facts the map is of the accounts that the plans name, and says so", async () => {
      await open("no-facts.html");
      expect(await page().textContent("#sources")).toContain("no facts were given");
      expect(await page().textContent("#content")).toContain("named in the plans");
    });

    test("a phone scrolls down only", async () => {
      await page().setViewportSize({ width: 390, height: 844 });
      for (const view of VIEWS) {
        await open("review.html", view);
        await inPage(OPEN_ALL);
        expect([view, await inPage<number>("document.documentElement.scrollWidth")]).toEqual([view, 390]);
      }
    });

    test("hostile texts in every field execute nothing", async () => {
      for (const view of VIEWS) {
        await open("hostile.html", view);
        await inPage(OPEN_ALL);
        expect([view, await page().evaluate(() => (globalThis as { hacked?: number }).hacked)]).toEqual([
          view,
          undefined,
        ]);
        expect(await page().locator("img").count()).toBe(0);
      }
    });
  },
);

test("an approval is on the page, and a name of the environment is text", () => {
  const review = reviewOf(EDITS);
  const [first] = review.changes.filter(({ class: cls }) => cls === "weakens");
  const approvals = parseApprovals(
    "approvals.yaml",
    `version: 1\napprovals:\n  - id: ${first!.id}\n    approver: somebody\n    reason: needed for the migration\n    expires: 2026-12-01\n`,
  );
  const judged = judge(review, ["weakens"], { ...NO_APPROVALS, bases: [approvals], head: [] }, "2026-11-24");
  const data = reviewPage({ ...judged, title: "</title><script>alert(1)</script>", facts });
  expect(data.changes.filter(({ passed }) => passed).map(({ passed }) => JSON.stringify(passed))[0]).toContain(
    "somebody",
  );
  expect(renderHtml({ ...judged, title: "</title><script>alert(1)</script>", facts })).not.toContain("<script>alert");
});
