/** A cell of a terminal is this wide and a line this high, in pixels at the size below: the proportions of the usual monospaced fonts. */
const CELL = 7.83;
const LINE = 18;
const SIZE = 13;
const MARGIN = 16;
const BAR = 34;

const COLOURS = { page: "#0d1117", bar: "#161b22", text: "#c9d1d9", dim: "#8b949e", bold: "#f0f6fc", green: "#56d364" };

/** XML: the text may hold anything that an input holds. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}

/** A line in runs of one style: bold and green as `cli/output.ts` sets them, the rest plain. */
function runs(line: string): { readonly text: string; readonly colour: string; readonly bold: boolean }[] {
  let bold = false;
  let colour = COLOURS.text;
  const found: { text: string; colour: string; bold: boolean }[] = [];
  // The escapes that split the text are kept by the group.

  for (const part of line.split(/(\u001b\[\d+m)/)) {
    const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
    if (code === "1") bold = true;
    else if (code === "22") [bold, colour] = [false, COLOURS.text];
    else if (code === "2") colour = COLOURS.dim;
    else if (code === "32") colour = COLOURS.green;
    else if (code === "39") colour = COLOURS.text;
    else if (code === undefined)
      // A picture folds spaces: every column begins at its own place.
      for (const text of part.split(/( {2,})/))
        if (text !== "") found.push({ text, colour: bold ? COLOURS.bold : colour, bold });
  }
  return found;
}

/**
 * What a terminal shows, as an SVG picture: the same text gives the same bytes, so a test can say whether the picture is current.
 *
 * @param command what was typed, shown after the prompt
 * @param output what was printed, with the escapes for bold, dim and green
 */
export function terminalPicture(command: string, output: string): string {
  const lines = [`\u001b[2m$\u001b[39m \u001b[1m${command}\u001b[22m`, ...output.replace(/\n+$/, "").split("\n")];

  const columns = Math.max(...lines.map((line) => line.replace(/\u001b\[\d+m/g, "").length));
  const width = Math.ceil(columns * CELL + 2 * MARGIN);
  const height = BAR + lines.length * LINE + 2 * MARGIN;
  const text = lines.flatMap((line, index) => {
    let column = 0;
    return runs(line).map((run) => {
      const x = (MARGIN + column * CELL).toFixed(1);
      column += run.text.length;
      return run.text.trim() === ""
        ? ""
        : `<text x="${x}" y="${String(BAR + MARGIN + (index + 1) * LINE - 5)}" fill="${run.colour}"${run.bold ? ' font-weight="bold"' : ""} textLength="${(run.text.length * CELL).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${escaped(run.text)}</text>`;
    });
  });
  const dots = ["#ff5f56", "#ffbd2e", "#27c93f"].map(
    (colour, index) => `<circle cx="${String(20 + index * 20)}" cy="${String(BAR / 2)}" r="6" fill="${colour}"/>`,
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${escaped(command)}">`,
    `<rect width="100%" height="100%" rx="8" fill="${COLOURS.page}"/><rect width="100%" height="${String(BAR)}" rx="8" fill="${COLOURS.bar}"/>`,
    ...dots,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${String(SIZE)}">`,
    ...text.filter((one) => one !== ""),
    "</g></svg>",
  ].join("\n")}\n`;
}
