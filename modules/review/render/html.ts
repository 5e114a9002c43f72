import { htmlPage } from "../../page/shell";
import { html, oneLine } from "../escape";
import { CHANGE_CLASSES } from "../types";
import { reviewPage } from "./page";
import { SCRIPT } from "./page-script";
import { byClass, CLASS_TITLES, Report, verdict } from "./report";

/** A page of its own: no network, works from a file. The verdict and the counts are there without its script, too. */
export function renderHtml(report: Report): string {
  const title = `Access review${report.title ? ` of ${oneLine(report.title)}` : ""}`;
  const counts = CHANGE_CLASSES.flatMap((cls) => {
    const { length } = byClass(report.review.changes, cls);
    return length === 0 ? [] : [`<li>${CLASS_TITLES[cls]}: ${length}</li>`];
  });
  return htmlPage({
    title,
    script: { text: SCRIPT, data: reviewPage(report) },
    body: `<header>
<h1>${html(title)}</h1>
<p class="verdict ${report.gate.stopping.length > 0 ? "no" : "yes"}">${html(verdict(report))}</p>
<ul id="sources"></ul>
<nav id="tabs" aria-label="Views"></nav>
</header>
<main id="content"><noscript><ul>${counts.join("")}</ul><p>The changes and the map need JavaScript, which this page brings itself. <code>--format markdown</code> says the same without.</p></noscript></main>`,
  });
}
