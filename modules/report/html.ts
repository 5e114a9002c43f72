import { escapeHtml } from "../page/escape";
import { htmlPage } from "../page/shell";
import { SCRIPT } from "./page-script";
import type { PageData } from "./page-data";

/** The report of an organization as one HTML file that needs no network. */
export function reportHtml(data: PageData): string {
  return htmlPage({
    title: `${data.environment}: an organization without access keys`,
    script: { text: SCRIPT, data },
    body: `<header>
<h1>${escapeHtml(data.environment)}</h1>
<p class="dim">Organization ${escapeHtml(data.organizationId)}, ${data.accounts.length} active accounts in ${data.places.length - 1} OUs. This page was made on ${escapeHtml(data.madeAt.slice(0, 16).replace("T", " "))} UTC. Each claim on it names how it is known:</p>
<ul id="sources"></ul>
<nav id="tabs" aria-label="Views"></nav>
</header>
<main id="content"><noscript><p>This page needs JavaScript, which it brings itself.</p></noscript></main>`,
  });
}
