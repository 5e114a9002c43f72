import { count, listed } from "../../kernel/words";
import type { Preview, StepPreview } from "./dismantle";

/** Things that are named one by one. */
const NAMED = 6;

/**
 * The order for people, with how each part of it is known. Names in it come from other people: whoever prints it takes care of that.
 *
 * @param all every address that is deleted, and not only how many of each type
 */
export function previewLines(preview: Preview, all = false): readonly string[] {
  const { environment, steps, leaving, retained, verified, verifiedAt = "", notVerified, journal } = preview;
  const there = steps.filter(isThere);
  const empty = steps.filter((step) => !isThere(step));
  if (there.length === 0 && retained.length === 0)
    return [`${environment}: the states of ${count(steps.length, "stack")} are empty: no plan takes anything away`];
  const number = new Map([...new Set(there.map(({ turn }) => turn))].map((turn, i) => [turn, i + 1]));
  return [
    `${environment}: what would be taken away, in this order. Planned from the states and from AWS as Terraform read it; nothing has been changed.`,
    "",
    ...there.flatMap((step) => stepLines(step, number.get(step.turn)!, all)),
    ...(retained.length > 0
      ? [
          `At last: the break-glass role in ${count(retained.length, "member account")}, which its StackSet leaves behind (DeletionPolicy: Retain) and no state has. It was seen there with this environment's tag`,
          "",
        ]
      : []),
    ...(empty.length > 0 ? [`Empty already: ${empty.map(({ stack }) => stack.name).join(", ")}`, ""] : []),
    `You are ${leaving.caller.arn} (seen at ${leaving.at})`,
    ...(leaving.reached.length > 0
      ? [
          `Another sign-in path than emergency access was seen in ${count(leaving.reached.length, "member account")} at ${leaving.at}: this session assumed the role of access.memberRole there`,
        ]
      : []),
    ...(verified.length > 0
      ? [`Read from AWS at ${verifiedAt} and compared with the target state: ${verified.join(", ")}`]
      : []),
    ...(notVerified.length > 0
      ? [
          `Read from AWS at ${verifiedAt} only for what nobody has planned, because a part is gone already or was never applied: ${notVerified.join(", ")}`,
        ]
      : []),
    "Not looked at: whether workloads and people still use what goes, and policies of other accounts that name roles of this environment",
    preview.statesLooked
      ? "What was in AWS before and was imported is taken away unless moves.yaml still names it. States that no stack is synthesized for refuse; of what is in no state nothing is known"
      : "What was in AWS before and was imported is taken away unless moves.yaml still names it. Stacks that are not synthesized any more were not looked at",
    ...(journal.length > 0 ? [earlier(journal)] : []),
  ];
}

const isThere = ({ deletes, letGo, gone }: StepPreview): boolean => deletes.length + letGo.length + gone.length > 0;

function stepLines(step: StepPreview, number: number, all: boolean): readonly string[] {
  const { stack, why, deletes, lifted, letGo, gone, types } = step;
  const most = Object.entries(types)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([type, n]) => `${n} ${type}`);
  return [
    `${String(number).padStart(2)}. ${stack.name}: ${count(deletes.length, "deletion")}`,
    `    ${why}`,
    ...(most.length > 0 ? [`    ${listed(most, NAMED)}`] : []),
    ...(all ? deletes.map((address) => `      ${address}`) : []),
    ...(lifted.length > 0
      ? [`    protected by prevent_destroy, which a private copy lifts and the synth keeps: ${listed(lifted, NAMED)}`]
      : []),
    ...(letGo.length > 0
      ? [
          `    stays in AWS as it is and is managed by nobody, because moves.yaml adopts or imports it, or lets it go: ${all ? letGo.join(", ") : listed(letGo, NAMED)}`,
        ]
      : []),
    ...(gone.length > 0 ? [`    in the state, and no longer in AWS: ${listed(gone, NAMED)}`] : []),
    "",
  ];
}

function earlier(journal: Preview["journal"]): string {
  const begun = journal.filter(({ event }) => event === "begun");
  const last = begun.at(-1);
  const gone = [
    ...new Set(journal.flatMap(({ event, stack }) => (event === "gone" && stack !== undefined ? [stack] : []))),
  ];
  return `Noted by earlier runs of this folder: begun ${last ? `at ${last.at} by ${last.by ?? "somebody"}` : "at a time that is not noted"}; gone since: ${gone.join(", ") || "nothing"}`;
}
