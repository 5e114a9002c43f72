import { createHash } from "node:crypto";
import { escapeHtml, scriptJson } from "./escape";
import { STYLE } from "./style";

export interface Page {
  readonly title: string;
  /** HTML, with every text of others escaped. */
  readonly body: string;
  /** @default - the page has none, and its policy lets none run */
  readonly script?: {
    readonly text: string;
    /** What the script reads from the element `data`. */
    readonly data: unknown;
  };
}

/**
 * One HTML file that needs no network, in the style that all pages share. Its content security policy lets nothing be loaded, and no script
 * run but its own, whose hash it names: a name that got through all escaping would still be only text.
 */
export function htmlPage({ title, body, script }: Page): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; ${script ? `script-src ${hash(script.text)}; ` : ""}style-src ${hash(STYLE)}; base-uri 'none'; form-action 'none'`;
  const scripts = script
    ? `
<script id="data" type="application/json">${scriptJson(script.data)}</script>
<script>${script.text}</script>`
    : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}${scripts}
</body>
</html>
`;
}
