import MarkdownIt from "markdown-it";

/** Pixels: the width of a comment on GitHub, and a height that what is shown unfolded has room in. */
const WIDTH = 830;

/** Like a comment on GitHub, in the reader's own colours. No font and no file from elsewhere: a picture in a page may load none. */
const STYLE = `
.c{--bg:#fff;--fg:#1f2328;--line:#d1d9e0;--soft:#eff1f3;box-sizing:border-box;height:100%;background:var(--bg);color:var(--fg);border:1px solid var(--line);border-radius:6px;padding:16px 24px;overflow:hidden;overflow-wrap:break-word;font:14px/1.5 -apple-system,"Segoe UI","Noto Sans","Liberation Sans",Helvetica,Arial,sans-serif}
@media(prefers-color-scheme:dark){.c{--bg:#0d1117;--fg:#f0f6fc;--line:#3d444d;--soft:#262c36}}
h2{font-size:1.5em;margin:0 0 16px;padding-bottom:.3em;border-bottom:1px solid var(--line)}h3{font-size:1.25em;margin:20px 0 12px}
p{margin:0 0 12px}ul{margin:0 0 12px;padding-left:2em}li+li{margin-top:.25em}sub{font-size:75%}details{margin:6px 0}
code{font:85% ui-monospace,"SFMono-Regular","Liberation Mono",Menlo,monospace;background:var(--soft);padding:.2em .4em;border-radius:6px}
`;

/**
 * A comment as it looks in a pull request, as an SVG picture: the same comment gives the same bytes, so a test can say whether the picture is
 * current. What is folded in the comment is folded here.
 *
 * @param height pixels: what is below is cut off
 */
export function commentPicture(markdown: string, height: number): string {
  // What is folded is not seen: the picture needs none of it.
  const visible = markdown.replace(/(<\/summary>)[^]*?(?=<\/details>)/g, "$1").replace(/<!--[^]*?-->/g, "");
  const html = new MarkdownIt({ html: true, xhtmlOut: true }).render(visible);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The comment of an access review">
<style>${STYLE}</style>
<foreignObject width="${WIDTH}" height="${height}"><div xmlns="http://www.w3.org/1999/xhtml" class="c">
${html}</div></foreignObject>
</svg>
`;
}

/** What the picture of the docs shows: a pull request on the example that opens one more OU. */
export const PICTURED = {
  file: "environments/example/baseline.yaml",
  from: "        except:\n          - ou: Sandbox\n",
  to: "        except:\n          - ou: Sandbox\n          - ou: Infrastructure\n",
  height: 640,
};
