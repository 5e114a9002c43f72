/** Lines of CSV. A spreadsheet takes a cell that begins with `=` and its kin for a formula: an apostrophe makes it text. */
export function csv(lines: readonly (readonly string[])[]): string {
  const cell = (text: string): string => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  return `${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}
