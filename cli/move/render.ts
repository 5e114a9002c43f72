import type { NotProposed } from "../../modules/evidence/move/propose";
import { ACTORS, MoveStatus, StepSeen } from "../../modules/evidence/move/types";
import { count } from "../../modules/kernel/words";
import { columns, plain } from "../inventory/render";
import { heading, paint, untrusted } from "../output";

/** Characters of a reason: what it does not show comes last, and must not be cut off. */
const LONGEST = 1_000;

/** All moves: those that something speaks against first, then a table, then how each state is known. */
export function renderMoves(statuses: readonly MoveStatus[], environment: string, at: string): string {
  const alarms = statuses.filter(({ back, stolen }) => back !== undefined || stolen !== undefined);
  const done = statuses.filter((status) => status.done).length;
  return [
    `${heading(environment)}  as of ${at}: ${count(statuses.length, "move")}, ${done} moved or excepted`,
    ...alarms.flatMap(alarm),
    "",
    columns(
      ["move", "account", "user", "key", "state", "who", "waits for"],
      statuses.map((one) =>
        [
          one.move.name,
          one.move.accountName,
          one.move.user,
          one.move.keyId ?? count(one.keyIds.length, "key"),
          one.state,
          one.actor === "owner" ? one.move.owner : one.actor,
          one.waitsFor,
        ].map((text) => untrusted(plain(text), 160)),
      ),
    ),
    "",
    heading("How it is known"),
    ...statuses.flatMap(known),
  ].join("\n");
}

function alarm({ move, back, stolen }: MoveStatus): readonly string[] {
  return [
    ...(stolen === undefined ? [] : ["", `${paint.red("stolen")} ${move.name}: ${untrusted(stolen, 300)}`]),
    ...(back === undefined
      ? []
      : [
          "",
          `${paint.red("step back")} ${move.name}: ${untrusted(back.message, 300)}`,
          `  ${back.at}${back.call ? ` ${untrusted(back.call)}` : ""}, by ${untrusted(back.userAgent ?? "nobody knows what")}, from ${untrusted(back.sourceAddress ?? "an unknown address")}`,
        ]),
  ];
}

function known(status: MoveStatus): readonly string[] {
  return [
    `  ${status.move.name}`,
    ...toldSteps(status).map(
      (step) =>
        `    ${mark(step)} ${step.step}: ${untrusted(step.how, LONGEST)}${step.at ? paint.dim(` (${step.at})`) : ""}`,
    ),
    ...status.actions.map(
      ({ action, made, calls, last }) =>
        `      ${made === "yes" ? paint.green("made") : made === "refused" ? paint.red("refused") : paint.yellow("not yet")} ${untrusted(action)}${made === "yes" ? `, ${count(calls, "time")}, last ${last ?? ""}` : ""}`,
    ),
  ];
}

/** Up to the first that was not seen; of the later ones those that were: a key may be off before its role does anything. */
function toldSteps({ steps }: MoveStatus): readonly StepSeen[] {
  const open = steps.findIndex(({ verdict }) => verdict !== "seen");
  return steps.filter(({ verdict }, at) => open < 0 || at <= open || verdict === "seen");
}

function mark({ verdict }: StepSeen): string {
  return verdict === "seen"
    ? paint.green("seen   ")
    : verdict === "no"
      ? paint.yellow("not yet")
      : paint.yellow("unknown");
}

/** The one thing to do. */
export function renderNext(statuses: readonly MoveStatus[]): string {
  const next = statuses.find(({ actor }) => actor !== "nobody");
  if (!next) return paint.green("Nothing to do: everything is moved to its end.");
  const { move, state, waitsFor, actor, command } = next;
  return [
    `${heading(move.name)}  ${move.keyId ?? `every key of ${move.user}`} in ${move.accountName}, ${state}`,
    `${actor === "owner" ? untrusted(move.owner) : actor}: ${untrusted(waitsFor, LONGEST)}`,
    ...(command === undefined ? [] : [`  ${command}`]),
  ].join("\n");
}

export function renderProposed(files: readonly string[], not: readonly NotProposed[]): string {
  return [
    ...files.map((file) => `wrote ${file}`),
    ...(files.length === 0 ? ["wrote nothing"] : []),
    ...(not.length > 0
      ? [
          "",
          heading("No file for"),
          ...not.map(
            ({ credential, why }) =>
              `  ${credential.id} of ${untrusted(credential.user)} in ${untrusted(credential.accountName)}: ${untrusted(why, 240)}`,
          ),
        ]
      : []),
  ].join("\n");
}

/** How many moves wait for whom. */
export function renderWho(statuses: readonly MoveStatus[]): string {
  return ACTORS.map((actor) => `${actor}: ${statuses.filter((one) => one.actor === actor).length}`).join(", ");
}
