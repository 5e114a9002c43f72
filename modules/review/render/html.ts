import { html, htmlSentence } from "../escape";
import { AccessChange, CHANGE_CLASSES } from "../types";
import { diffLines } from "./diff";
import { byClass, CLASS_TITLES, gateNotes, passedBy, Report, resourceCounts, verdict, invented } from "./report";

const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1f2328;--dim:#656d76;--line:#d1d9e0;--soft:#f6f8fa;--bad:#d1242f;--warn:#9a6700;--ok:#1a7f37;--un:#6639ba}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#8d96a0;--line:#30363d;--soft:#161b22;--bad:#f85149;--warn:#d29922;--ok:#3fb950;--un:#a371f7}}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
.verdict{font-size:1.1rem;font-weight:600}
ul{list-style:none;margin:0;padding:0}
.change{border:1px solid var(--line);border-left:4px solid var(--dim);border-radius:6px;padding:.6rem .8rem;margin:.5rem 0}
.destroys-guard{border-left-color:var(--bad)}.weakens{border-left-color:var(--warn)}.unknown{border-left-color:var(--un)}.strengthens{border-left-color:var(--ok)}
code{font:.875em ui-monospace,monospace;background:var(--soft);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
.id,.witness,.stack{color:var(--dim);font-size:.85rem}
pre{background:var(--soft);padding:.6rem;border-radius:6px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;margin:.4rem 0 0}
del,ins,pre span{text-decoration:none;display:block}del{color:var(--bad)}ins{color:var(--ok)}
details{margin:1rem 0}summary{cursor:pointer;font-weight:600}
@media print{details:not([open])>*{display:block}.change{break-inside:avoid}}
`;

/** A page of its own: no scripts, no network, works from a file. */
export function renderHtml(report: Report): string {
  const { review } = report;
  const sections = CHANGE_CLASSES.flatMap((cls) => {
    const changes = byClass(review.changes, cls);
    if (changes.length === 0) return [];
    return [
      `<h2>${CLASS_TITLES[cls]} (${changes.length})</h2>`,
      "<ul>",
      ...changes.map((change) => item(change, report)),
      "</ul>",
    ];
  });
  const approvals = gateNotes(report).map((one) => `<li>${htmlSentence(one)}</li>`);
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>Access review${report.title ? ` of ${html(report.title)}` : ""}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>Access review${report.title ? ` of ${html(report.title)}` : ""}</h1>`,
    `<p class="verdict">${html(verdict(report))}</p>`,
    ...sections,
    ...(approvals.length > 0 ? ["<h2>Approvals and rules</h2><ul>", ...approvals, "</ul>"] : []),
    ...(review.notes.length > 0
      ? [
          `<h2>Also</h2><ul>`,
          ...review.notes.map(
            (note) =>
              `<li><span class="stack">${html(note.stack)} ${note.kind}</span> ${htmlSentence(note.sentence)}</li>`,
          ),
          "</ul>",
        ]
      : []),
    `<details><summary>Resources: ${html(resourceCounts(review.resources))}</summary><ul>`,
    ...review.resources.map((r) => `<li>${r.action} <code>${html(`${r.stack} ${r.address}`)}</code></li>`),
    "</ul></details></main></body></html>",
    "",
  ].join("\n");
}

function item(change: AccessChange, { gate }: Report): string {
  const passed = passedBy(change, gate);
  const [witness] = change.witnesses;
  const context = witness
    ? Object.entries(witness.context)
        .map(([key, value]) => ` <code>${html(`${key}=${value}`)}</code>`)
        .join("")
    : "";
  return [
    `<li class="change ${change.class}">${htmlSentence(change.sentence)}`,
    `<div class="id">${html(change.id)}${passed ? ` · ${htmlSentence(passed)}` : ""}</div>`,
    ...(witness
      ? [
          `<div class="witness">for example <code>${html(witness.principal)}</code>${invented(witness)} <code>${html(witness.action)}</code> on <code>${html(witness.resource)}</code>${context}: was ${witness.before}, becomes ${witness.after}</div>`,
        ]
      : []),
    ...(change.diff.length > 0
      ? [
          `<pre>${diffLines(change.diff)
            .map(({ sign, text }) =>
              sign === "-"
                ? `<del>- ${html(text)}</del>`
                : sign === "+"
                  ? `<ins>+ ${html(text)}</ins>`
                  : `<span>  ${html(text)}</span>`,
            )
            .join("")}</pre>`,
        ]
      : []),
    "</li>",
  ].join("\n");
}
