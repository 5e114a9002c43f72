import type { WhoCanAnswer, WhoCanReport, WhoCanStatement, WhoCanWitness } from "../modules/proofs/who-can";
import { heading, paint, printable } from "./output";
import { count } from "../modules/kernel/words";

const VERDICTS: Readonly<Record<WhoCanAnswer["verdict"], string>> = {
  everybody: paint.green("may         "),
  some: paint.yellow("may at times"),
  unknown: paint.yellow("unknown     "),
  nobody: paint.red("may not     "),
};

/** `keyless who-can`, for people. */
export function renderWhoCan(report: WhoCanReport): string {
  const { account, action, set, answers, assumes } = report;
  const of = (verdict: WhoCanAnswer["verdict"]): number => answers.filter((one) => one.verdict === verdict).length;
  return [
    `${heading(action)} in ${printable(account.name)} (${account.id})`,
    paint.dim(`Asked about every request: ${printable(set)}.`),
    "",
    ...grouped(answers).flatMap(lines),
    "",
    `Of ${count(answers.length, "kind")} of principals ${of("everybody")} may, ${of("some")} may at times, ${of("unknown")} unknown, ${of("nobody")} may not.`,
    paint.dim(`Taken for granted: ${printable(assumes.join("; "))}.`),
  ].join("\n");
}

/** Answers that say the same beside each other are told once. */
function grouped(answers: readonly WhoCanAnswer[]): readonly (readonly WhoCanAnswer[])[] {
  const groups = new Map<string, WhoCanAnswer[]>();
  for (const one of answers) {
    const key = JSON.stringify([
      one.verdict,
      one.by,
      one.reasons,
      one.denied?.because,
      assumed(one),
      one.verdict === "nobody" && why(one),
    ]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

function lines(group: readonly WhoCanAnswer[]): readonly string[] {
  const [first] = group as [WhoCanAnswer];
  return [
    ...group.map((one) => `${VERDICTS[one.verdict]}  ${heading(printable(one.who))}`),
    ...why(first).map((text) => `    ${printable(text)}`),
    ...assumed(first).map((text) => `    ${paint.dim(`taken for granted: ${printable(text)}`)}`),
  ];
}

/** What is taken for granted can only make somebody seem to be allowed more. */
const assumed = ({ verdict, assumes }: WhoCanAnswer): readonly string[] => (verdict === "nobody" ? [] : assumes);

function why({ verdict, known, by, allowed, denied, reasons }: WhoCanAnswer): readonly string[] {
  if (known === "documented") return reasons.map((text) => `documented: ${text}`);
  switch (verdict) {
    case "everybody":
      return ["proven: no policy denies any of these requests"];
    case "nobody":
      return [`proven, all requests are denied: ${by.length > 0 ? shown(by) : reasons.join("; ")}`];
    default:
      return [
        ...reasons.map((text) => `unknown: ${text}`),
        ...(allowed ? [`allowed, for example: ${requestText(allowed)}`] : []),
        ...(denied ? [`denied, for example: ${requestText(denied)} ${denied.because}`] : []),
      ];
  }
}

/** Statements that a line takes. */
const SHOWN = 3;

function shown(by: readonly WhoCanStatement[]): string {
  const texts = by.map(
    ({ layer, policy, statement, place }) =>
      `${statement} of ${layer === "scp" || layer === "rcp" ? `the ${layer.toUpperCase()} ` : ""}${policy}${place ? ` (attached to ${place})` : ""}`,
  );
  return [...texts.slice(0, SHOWN), ...(texts.length > SHOWN ? [`${texts.length - SHOWN} more`] : [])].join(", ");
}

function requestText({ principal, resource, context }: WhoCanWitness): string {
  const keys = Object.entries(context).map(([key, value]) => `${key}=${value}`);
  return `${principal} on ${resource}${keys.length > 0 ? `, with ${keys.join(", ")}` : ""}.`;
}
