import { createProgram } from "./index";

const HEAD = `/**
 * Written by \`npm run docs\`: arguments and description of each command, as its file has them. \`--help\` shows them without loading a
 * command.
 */
export const SUMMARIES: Readonly<Record<string, readonly [usage: string, description: string]>> = {
`;

/** What `cli/summaries.ts` has to hold, as data. */
export function summaries(): Readonly<Record<string, readonly [usage: string, description: string]>> {
  return Object.fromEntries(
    createProgram(process.cwd()).commands.map((command) => {
      const usage = [
        ...(command.options.length > 0 ? ["[options]"] : []),
        ...command.registeredArguments.map((argument) => {
          const text = `${argument.name()}${argument.variadic ? "..." : ""}`;
          return argument.required ? `<${text}>` : `[${text}]`;
        }),
      ].join(" ");
      return [command.name(), [usage, command.description()]];
    }),
  );
}

/** The text of `cli/summaries.ts`, before prettier. */
export function summariesText(): string {
  const entries = Object.entries(summaries()).map(
    ([name, summary]) => `  ${JSON.stringify(name)}: ${JSON.stringify(summary)},\n`,
  );
  return `${HEAD}${entries.join("")}};\n`;
}
