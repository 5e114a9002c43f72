import type { Witness } from "../policy/decide";
import type { Deciding, Verdict } from "../policy/evaluate";
import type { ChainPlace, Question } from "./types";
import { unique, uniqueSorted } from "../kernel/lists";
import { andMore, listed } from "../kernel/words";

/**
 * What decides, in one sentence.
 *
 * @param from - place of the principal, with its SCPs
 * @param place - place of the resource, with its RCPs
 */
export function because(verdict: Verdict, from: ChainPlace, place: ChainPlace): string {
  const [first, ...more] = verdict.deciding;
  if (verdict.decision === "allowed") return "No statement of any SCP denies it.";
  if (!first) return "No policy allows it.";
  const where = whereIs(first, first.layer === "rcp" ? place : from);
  if (verdict.decision === "unknown")
    return `It depends on ${openKeys(verdict)}, which the policies do not decide: ${statementOf(first)} of ${where}.`;
  const others = more.length > 0 ? ` (${andMore(more.length).slice(1)})` : "";
  if (verdict.kind === "explicit-deny") return `${capital(statementOf(first))} of ${where} denies it${others}.`;
  return `Nothing allows it: ${where}${conditionsOf(verdict)}.`;
}

function whereIs({ layer, level, policy }: Deciding, place: ChainPlace): string {
  const label = level === undefined ? undefined : place.levels[level]?.label;
  switch (layer) {
    case "scp":
      return policy
        ? `the SCP ${policy}${label ? ` (attached to ${label})` : ""}`
        : `no SCP is attached to ${label ?? "a level of the chain"}`;
    case "rcp":
      return policy
        ? `the RCP ${policy}${label ? ` (attached to ${label})` : ""}`
        : `no RCP is attached to ${label ?? "a level of the chain"}`;
    default:
      return policy || `no ${layer} policy`;
  }
}

function statementOf({ sid, statement }: Deciding): string {
  return sid ? `statement ${sid}` : statement === undefined ? "every statement" : `statement ${statement + 1}`;
}

/** Condition keys that leave it open. */
function openKeys(verdict: Verdict): string {
  if (verdict.deciding.some((one) => one.binds === "unknown")) return "whether RCPs reach the service";
  const keys = uniqueSorted(
    verdict.deciding.flatMap((one) =>
      one.conditions.filter((condition) => condition.result === "unknown").map((condition) => condition.key),
    ),
  );
  return keys.length > 0 ? keys.join(", ") : "what is not known of the request";
}

/** Conditions that kept a statement from allowing. */
function conditionsOf(verdict: Verdict): string {
  const failed = verdict.deciding.flatMap((one) =>
    one.conditions
      .filter((condition) => condition.result === "false")
      .map((condition) => `${condition.operator} ${condition.key}`),
  );
  return failed.length > 0 ? ` (${unique(failed).join(", ")} does not hold)` : "";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How many names a sentence takes before it says how many more there are. */
const SHOWN = 4;

/** The set that a question asks about, in words. */
export function setText({ actions, on, when, expected }: Question): string {
  const names = actions.length === 1 && actions[0] === "*" ? "any action" : listed(actions, SHOWN, SHOWN - 1);
  return `all ${expected}: ${names} on ${on}${when === undefined ? ", with any values of all condition keys" : `, ${when}`}`;
}

/** Condition keys that the deciding statements look at, as the witness has them. */
export function contextText({ request, verdict }: Witness): Readonly<Record<string, string>> {
  const asked = new Set(verdict.deciding.flatMap(({ conditions }) => conditions.map(({ key }) => key.toLowerCase())));
  return Object.fromEntries(
    Object.entries(request.context ?? {})
      .filter(([key, value]) => asked.has(key.toLowerCase()) && typeof value !== "symbol")
      .map(([key, value]) => [key, [value].flat().map(String).join(", ")] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
