import { createHash } from "node:crypto";
import { escapeHtml, scriptJson } from "../evidence/inventory/html/escape";
import { SCRIPT } from "./page-script";
import type { PageData } from "./page-data";
import { STYLE } from "./style";

/**
 * The report of an organization as one HTML file that needs no network. Its content security policy lets nothing be loaded, and no script run
 * but its own, whose hash it names: a name that got through all escaping would still be only text.
 */
export function reportHtml(data: PageData): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; script-src ${hash(SCRIPT)}; style-src ${hash(STYLE)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escapeHtml(data.environment)}: an organization without access keys</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(data.environment)}</h1>
<p class="dim">Organization ${escapeHtml(data.organizationId)}, ${data.accounts.length} active accounts in ${data.places.length - 1} OUs. This page was made on ${escapeHtml(data.madeAt.slice(0, 16).replace("T", " "))} UTC. Each claim on it names how it is known:</p>
<ul id="sources"></ul>
<nav id="tabs" aria-label="Views"></nav>
</header>
<main id="content"><noscript><p>This page needs JavaScript, which it brings itself.</p></noscript></main>
<script id="data" type="application/json">${scriptJson(data)}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
