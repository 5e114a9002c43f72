import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./environments";

/** A command line as somebody reads it. */
export interface PrintedCommand {
  /** File and line, relative to the project. */
  readonly place: string;
  readonly line: string;
}

const STARTS = /(?:npx keyless|node keyless\.cjs|npx cdktf|npm run(?: -s)?|npm start|npm test)(?![\w.-])/;

/** What a reader pastes: up to a comment, a pipe, a redirection, the next command, or the end of the inline code. */
function commandsOf(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  for (let at = rest.search(STARTS); at >= 0; at = rest.search(STARTS)) {
    rest = rest.slice(at);
    const end = rest.search(/ +#|`|\||(?<=\s)>|&&|;|\\"|\)|\n|\u0000| …|\. |, |: | {2}| or | first | \(/);
    const command = (end < 0 ? rest : rest.slice(0, end)).replace(/[.,:]$/, "").trim();
    found.push(command);
    rest = rest.slice(Math.max(command.length, 1));
  }
  return found;
}

function inMarkdown(file: string): PrintedCommand[] {
  return readFileSync(join(ROOT, file), "utf8")
    .split("\n")
    .flatMap((line, index) =>
      commandsOf(line).map((command) => ({ place: `${file}:${String(index + 1)}`, line: command })),
    );
}

/** The files that people read: front door, guides and reference. Decisions are history: they keep the commands of their day. */
export function commandsInDocs(): readonly PrintedCommand[] {
  const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...docs.sort().map((name) => `docs/${name}`)].flatMap(
    inMarkdown,
  );
}

/** The command lines in messages, help and generated files: the sources write them with `${KEYLESS}`. */
export function commandsInSources(): readonly PrintedCommand[] {
  return ["cli", "modules", "stacks", "local"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .flatMap((name) => {
        const file = join(folder, name);
        return readFileSync(join(ROOT, file), "utf8")
          .split("\n")
          .flatMap((line, index) => {
            // In a template: its own ends are the literal's, a nested value is one word of the command.
            const text = line
              .replaceAll("${KEYLESS}", "npx keyless")
              .replaceAll("\\n", "\u0000")
              .replace(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "<value>")
              .replaceAll("\\`", "`");
            return line.includes("${KEYLESS} ")
              ? commandsOf(text).map((command) => ({ place: `${file}:${String(index + 1)}`, line: command }))
              : [];
          });
      }),
  );
}

/** Splits as a shell does: quotes hold words together, `<two words>` are one word. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(<[^<>]*>)|([^\s"'<]+(?:<[^<>]*>[^\s]*)?)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? match[4]!,
  );
}
