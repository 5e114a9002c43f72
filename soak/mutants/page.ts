import { type Operator, OPERATOR_TEXTS, OPERATORS } from "./sites";

/** What became of a mutant. */
export interface Judged {
  readonly file: string;
  readonly line: number;
  readonly operator: Operator;
  readonly before: string;
  readonly after: string;
  /** The suite that fails with the mutant and passes without it; absent: none does. */
  readonly killedBy?: string;
  /** Suites that were run with it. */
  readonly suites: number;
}

/** A mutant that changes nothing anyone can see, with the reason: judged by a person. */
export interface Equivalent {
  readonly file: string;
  /** Text that is replaced, and the text in its place. */
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

export interface MutantRun {
  readonly seed: number;
  /** Day in UTC. */
  readonly date: string;
  readonly folders: readonly string[];
  /** What a reader has to know of how the numbers came about, written by a person. @default - nothing */
  readonly note?: string;
  readonly judged: readonly Judged[];
}

const cell = (text: string): string => text.replaceAll(/\s+/g, " ").trim().replaceAll("|", "\\|");
const code = (text: string): string => {
  const short = cell(text);
  return short === "" ? "nothing" : `\`\` ${short.length > 70 ? `${short.slice(0, 69)}…` : short} \`\``;
};

/** Why a mutant is equivalent; undefined when nobody has said so. */
export function equivalence(mutant: Judged, known: readonly Equivalent[]): string | undefined {
  return known.find((e) => e.file === mutant.file && e.before === mutant.before && e.after === mutant.after)?.why;
}

function verdict(mutant: Judged, known: readonly Equivalent[]): string {
  if (mutant.killedBy !== undefined) return `killed by \`${mutant.killedBy}\``;
  const why = equivalence(mutant, known);
  return why === undefined
    ? `**survived** ${mutant.suites} suites`
    : `equivalent (survived ${mutant.suites} suites): ${cell(why)}`;
}

/** docs/mutants.md. */
export function mutantsPage(runs: readonly MutantRun[], known: readonly Equivalent[]): string {
  return [
    "# Mutants",
    "",
    "<!-- Written by `npm run mutants`. Change soak/mutants/, not this file. -->",
    "",
    "A mutant is one small mistake, made on purpose in the source. A suite that fails with it and passes without it kills it. A mutant that survives",
    "shows a rule that no test checks, or is equivalent: it changes nothing that anyone can see.",
    "",
    "Chosen by a seed: first the operator, all alike, then one of its places in the folders that are named, all alike. A mutant that leaves the",
    "compiled JavaScript as it was is not drawn. Each runs in a copy of the repository against the unit suites that import its file",
    "(`jest --findRelatedTests`, nearest first) until one fails. Which survivors are equivalent is judged by a person:",
    "[equivalent.json](../soak/mutants/equivalent.json). Places are those of the sources at that time; suites have the names of today.",
    "",
    ...OPERATORS.map((operator) => `- \`${operator}\`: ${OPERATOR_TEXTS[operator]}`),
    "",
    ...runs.flatMap(({ seed, date, folders, note, judged }) => {
      const killed = judged.filter(({ killedBy }) => killedBy !== undefined).length;
      const same = judged.filter((m) => m.killedBy === undefined && equivalence(m, known) !== undefined).length;
      return [
        `## Seed ${seed}, ${date}`,
        "",
        `\`npm run mutants -- --seed ${seed} --count ${judged.length} ${folders.join(" ")}\`: ${judged.length} mutants, ${killed} killed, ${same} equivalent, ` +
          `${judged.length - killed - same} survived.`,
        "",
        ...(note === undefined ? [] : [note, ""]),
        "| place | operator | before | after | result |",
        "|---|---|---|---|---|",
        ...judged.map(
          (m) =>
            `| \`${m.file}:${m.line}\` | ${m.operator} | ${code(m.before)} | ${code(m.after)} | ${verdict(m, known)} |`,
        ),
        "",
      ];
    }),
  ].join("\n");
}
