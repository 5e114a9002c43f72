import { createHash } from "node:crypto";
import { STYLE } from "./style";
import { escapeHtml, scriptJson } from "./escape";

export interface Page {
  readonly title: string;
  /** @default - the style that all pages share */
  readonly style?: string;
  /** HTML, with every text of others escaped. */
  readonly body: string;
  /** What the script reads from the element `data`. */
  readonly data: unknown;
  readonly script: string;
}

/**
 * One HTML file that needs no network. Its content security policy lets nothing be loaded, and no script run but its own, whose hash it names:
 * a name that got through all escaping would still be only text.
 */
export function htmlPage({ title, style = STYLE, body, data, script }: Page): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
<script id="data" type="application/json">${scriptJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}
