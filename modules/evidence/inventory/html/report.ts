import { AgeBucket, InventorySummary, progress, ProgressPoint, summarize } from "../summary";
import type { Inventory } from "../types";
import { inventoryPage } from "./data";
import { escapeHtml } from "../../../page/escape";
import { htmlPage } from "../../../page/shell";
import { SCRIPT } from "./page-script";

/**
 * An inventory as one HTML file that needs no network: figures, charts, and a table to search in.
 *
 * @param history - earlier inventories of the same environment, in any order
 */
export function inventoryHtml(inventory: Inventory, history: readonly Inventory[]): string {
  const summary = summarize(inventory);
  const points = progress([...history.filter((one) => one.environment === inventory.environment), inventory]);
  const read = summary.accounts.complete + summary.accounts.partial;
  return htmlPage({
    title: `Long-term credentials of ${inventory.environment}`,
    script: { text: SCRIPT, data: inventoryPage(inventory) },
    body: `<header>
<h1>Long-term credentials of ${escapeHtml(inventory.environment)}</h1>
<p class="dim">Organization ${escapeHtml(inventory.organizationId)}, ${escapeHtml(inventory.generatedAt.replace("T", " ").replace("Z", " UTC"))}. ${read} of ${summary.accounts.total} accounts read, ${summary.users} users, ${summary.credentials} credentials.${inventory.masked ? " Access key ids are shortened." : ""}</p>
<ul id="sources"></ul>
</header>
<main>
${tiles(inventory, summary)}
${problems(inventory)}
<div class="two">
<section class="panel"><h2>Active access keys by age</h2>${ageChart(summary.ages)}</section>
<section class="panel"><h2>Verdicts</h2>${verdictChart(summary)}</section>
</div>
<section class="panel"><h2>Progress</h2>${progressChart(points)}</section>
<div id="content"><noscript><p>The table needs JavaScript, which this page brings itself; the figures above do not.</p></noscript></div>
</main>`,
  });
}

function tiles(inventory: Inventory, summary: InventorySummary): string {
  const tile = (value: number, label: string, tone: "" | "bad" | "warn" | "good"): string =>
    `<div class="panel tile ${tone}"><b>${value}</b><span>${escapeHtml(label)}</span></div>`;
  const unread = summary.accounts.failed + summary.accounts.notRead;
  return `<div class="grid">${[
    tile(summary.activeAccessKeys, "active access keys", summary.activeAccessKeys === 0 ? "good" : ""),
    tile(
      summary.retirable,
      `unused for ${inventory.days.maxUnusedDays} days or more`,
      summary.retirable === 0 ? "good" : "bad",
    ),
    tile(summary.rootAccessKeys, "access keys of root users", summary.rootAccessKeys === 0 ? "good" : "bad"),
    tile(summary.rootWithoutMfa, "root users without MFA", summary.rootWithoutMfa === 0 ? "good" : "warn"),
    tile(summary.passwordsWithoutMfa, "passwords without MFA", summary.passwordsWithoutMfa === 0 ? "good" : "warn"),
    tile(unread, "accounts not read", unread === 0 ? "good" : "bad"),
  ].join("")}</div>`;
}

function problems(inventory: Inventory): string {
  const found = inventory.accounts.filter((account) => account.problems.length > 0 || account.status === "not-read");
  if (found.length === 0) return "";
  const rows = found.map((account) => {
    const why =
      account.status === "not-read"
        ? "not read"
        : account.problems.map((problem) => `${problem.code} ${problem.what}: ${problem.message}`).join("; ");
    return `<tr><td>${escapeHtml(account.name)}</td><td>${account.id}</td><td>${account.status}</td><td>${escapeHtml(why)}</td></tr>`;
  });
  return `<section class="panel long"><h2>Accounts that were not read completely</h2><p class="dim">Their credentials are missing below, or some of them.</p><div class="scroll" tabindex="0" role="region" aria-label="Accounts that were not read completely"><table><thead><tr><th scope="col">account</th><th scope="col">id</th><th scope="col">read</th><th scope="col">why</th></tr></thead><tbody>${rows.join("")}</tbody></table></div></section>`;
}

/** A bar as SVG: widths in a style attribute would need the policy loosened. */
function bar(parts: readonly (readonly [tone: "u" | "n" | "k", value: number])[], most: number, label: string): string {
  const scale = 1000 / Math.max(1, most);
  let x = 0;
  const rects = parts.map(([tone, value]) => {
    const width = value * scale;
    const rect =
      width > 0 ? `<rect class="${tone}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="16"/>` : "";
    x += width;
    return rect;
  });
  return `<svg class="bar" viewBox="0 0 1000 16" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(label)}">${rects.join("")}</svg>`;
}

function ageChart(ages: readonly AgeBucket[]): string {
  const total = (bucket: AgeBucket): number => bucket.used + bucket.unused + bucket.protected;
  const most = Math.max(...ages.map(total));
  const rows = ages.map(
    (bucket) =>
      `<span>${bucket.label}</span>${bar(
        [
          ["n", bucket.unused],
          ["u", bucket.used],
          ["k", bucket.protected],
        ],
        most,
        `${bucket.label}: ${bucket.unused} unused, ${bucket.used} in use, ${bucket.protected} left alone`,
      )}<span class="num">${total(bucket)}</span>`,
  );
  return `<div class="bars">${rows.join("")}</div>${legend([
    ["n", "unused"],
    ["u", "in use or new"],
    ["k", "break glass, excepted"],
  ])}`;
}

function legend(entries: readonly (readonly [tone: string, label: string])[]): string {
  return `<div class="legend">${entries.map(([tone, label]) => `<span><i class="${tone}"></i>${label}</span>`).join("")}</div>`;
}

function verdictChart(summary: InventorySummary): string {
  if (summary.byVerdict.length === 0) return `<p class="dim">No long-term credential was found.</p>`;
  const most = Math.max(...summary.byVerdict.map(({ count }) => count));
  const tone = (verdict: string): "u" | "n" | "k" =>
    verdict === "unused" || verdict === "never-used"
      ? "n"
      : ["inactive", "break-glass", "excepted", "unknown", "new"].includes(verdict)
        ? "k"
        : "u";
  return `<div class="bars">${summary.byVerdict.map(({ verdict, count }) => `<span>${verdict}</span>${bar([[tone(verdict), count]], most, `${verdict}: ${count}`)}<span class="num">${count}</span>`).join("")}</div>`;
}

/** Two lines over time: keys that work, and those of them that nobody uses. */
function progressChart(points: readonly ProgressPoint[]): string {
  if (points.length < 2)
    return `<p class="dim">One inventory so far. Keep it (--json) and give it to a later one with --history: then the way to zero shows here.</p>`;
  const [width, height, left, right, top, bottom] = [900, 220, 44, 16, 12, 30];
  const times = points.map((point) => Date.parse(point.at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(1, ...points.map((point) => point.activeAccessKeys));
  const x = (time: number): number => left + ((time - from) / Math.max(1, to - from)) * (width - left - right);
  const y = (value: number): number => top + (1 - value / most) * (height - top - bottom);
  const line = (value: (point: ProgressPoint) => number, n: 1 | 2): string => {
    const at = points.map((point, index) => [x(times[index]!).toFixed(1), y(value(point)).toFixed(1)] as const);
    const dots = at.map(
      ([cx, cy], index) =>
        `<circle class="d${n}" cx="${cx}" cy="${cy}" r="3.5"><title>${escapeHtml(points[index]!.at.slice(0, 10))}: ${value(points[index]!)}</title></circle>`,
    );
    return `<polyline class="l${n}" points="${at.map((pair) => pair.join(",")).join(" ")}"/>${dots.join("")}`;
  };
  const grid = [0, 0.5, 1].map((share) => {
    const value = Math.round(most * share);
    return `<line class="g" x1="${left}" x2="${width - right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text x="${left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value}</text>`;
  });
  const first = points[0]!;
  const last = points.at(-1)!;
  const days = `<text x="${left}" y="${height - 8}">${escapeHtml(first.at.slice(0, 10))}</text><text x="${width - right}" y="${height - 8}" text-anchor="end">${escapeHtml(last.at.slice(0, 10))}</text>`;
  const label = `Active access keys from ${first.activeAccessKeys} on ${first.at.slice(0, 10)} to ${last.activeAccessKeys} on ${last.at.slice(0, 10)}, unused ones from ${first.unused} to ${last.unused}`;
  const uneven =
    new Set(points.map((point) => point.accountsRead)).size > 1
      ? `<p class="small dim">The inventories did not all read the same number of accounts.</p>`
      : "";
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${grid.join("")}${line((p) => p.activeAccessKeys, 1)}${line((p) => p.unused, 2)}${days}</svg>${legend(
    [
      ["u", "active access keys"],
      ["n", "of these unused"],
    ],
  )}${uneven}`;
}
