import { isoDay, latest } from "../inventory/time";
import { KEYLESS } from "../../kernel/command";
import { listed } from "../../kernel/words";
import { defined } from "../../kernel/optional";
import { isPlanned, RoleSeen, roleSeen } from "./role";
import { isGone, isOff, KeySeen, keysOf, MoveEvidence, userSeen } from "./seen";
import { byWhat, notShown, silentStep, stepBack } from "./silence";
import { Actor, KeyMove, MoveStatus, Step, STEPS, StepBack, StepSeen } from "./types";

/**
 * How far a move is. Everything follows from what was seen; the state is the last step that was seen with all before it, so that a key which is off
 * while nobody saw its role at work never counts as moved.
 */
export function moveStatus(move: KeyMove, evidence: MoveEvidence, environment: string): MoveStatus {
  const keys = keysOf(move, evidence);
  const role = roleSeen(move, evidence, keys);
  const steps: readonly StepSeen[] = [
    planned(move, evidence),
    role.exists,
    role.inUse,
    silentStep(move, keys, role, evidence),
    inactiveStep(keys, evidence),
    deletedStep(keys, evidence),
    userStep(move, evidence),
  ];
  const reached = STEPS.filter((_, at) => steps.slice(0, at + 1).every(({ verdict }) => verdict === "seen"));
  const last = reached.at(-1) ?? "planned";
  const stolen = keys.map((key) => key.stolen).find((text) => text !== undefined);
  const excepted = isExcepted(move, evidence.at);
  const silent = reached.includes("key-silent");
  const back = silent ? undefined : stepBack(move, keys, role);
  const works = keys.some((key) => !isOff(key));
  const shielded = keys.find((key) => key.protectedBy !== undefined)?.protectedBy;
  const mayDeactivate = silent && works && stolen === undefined && !excepted && shielded === undefined;
  const state = stolen !== undefined ? "stolen" : excepted ? "excepted" : last;
  const next =
    stolen !== undefined
      ? incident(keys)
      : shielded !== undefined
        ? { waitsFor: `${shielded}: it is not moved; take this file away`, actor: "platform" as const }
        : move.destination.kind === "exception"
          ? exceptionNext(move, excepted)
          : nextOf(move, steps, role, back, keys, mayDeactivate, environment);
  return {
    move,
    keyIds: keys.map(({ id }) => id),
    keys: keys.map((key) => ({ id: key.id, status: statusOf(key), ...defined({ seenAt: key.seenAt }) })),
    state,
    steps,
    actions: role.actions,
    ...defined({ back, stolen }),
    ...next,
    ...(mayDeactivate ? { waitsFor: [next.waitsFor, ...notShown(move, keys, evidence)].join("; ") } : {}),
    mayDeactivate,
    done: stolen === undefined && (excepted || silent),
  };
}

function statusOf(key: KeySeen): MoveStatus["keys"][number]["status"] {
  return isGone(key) ? "Deleted" : isOff(key) ? "Inactive" : (key.history.status ?? "unknown");
}

/** The oldest of the looks at keys: a claim about them all is of no later time. */
function oldestLook(keys: readonly KeySeen[], at: string): string {
  return keys.flatMap(({ seenAt }) => seenAt ?? []).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? at;
}

function planned(move: KeyMove, { at }: MoveEvidence): StepSeen {
  return isPlanned(move.destination)
    ? { step: "planned", verdict: "seen", how: "file and baseline", at }
    : { step: "planned", verdict: "no", how: missingInBaseline(move), at };
}

function missingInBaseline({ destination, accountName, user }: KeyMove): string {
  switch (destination.kind) {
    case "oidc":
      return `workloadIdentity.oidcRoles has no ${destination.workload}`;
    case "rolesAnywhere":
      return `workloadIdentity.rolesAnywhere has no ${destination.workload}`;
    case "identityCenter":
      return `identityCenter assigns no ${destination.permissionSet} to ${destination.group} in ${accountName}`;
    case "exception":
      return `guardrails.exceptions has no ${destination.name} that spares user ${user} from deny-long-term-key-use`;
    case "role":
      return "destination.role.arn is still to be filled in";
  }
}

function isExcepted({ destination }: KeyMove, at: string): boolean {
  return (
    destination.kind === "exception" &&
    destination.planned !== undefined &&
    Date.parse(destination.planned.endsAt) >= Date.parse(at)
  );
}

function inactiveStep(keys: readonly KeySeen[], { at }: MoveEvidence): StepSeen {
  const step = "key-inactive";
  if (keys.length === 0 || keys.some(({ everSeen }) => !everSeen))
    return { step, verdict: "unknown", how: "it was never seen" };
  const active = keys.filter((key) => !isOff(key));
  if (active.length === 0)
    return {
      step,
      verdict: "seen",
      how: `${keys.every(isGone) ? "gone" : "inactive"} when it was last looked at, on ${isoDay(oldestLook(keys, at))}`,
      at: latest(...keys.map(({ history, goneAt }) => goneAt ?? history.inactiveSince)) ?? at,
    };
  return active.some(({ history }) => history.status === undefined)
    ? { step, verdict: "unknown", how: "no inventory says whether it is active", at }
    : {
        step,
        verdict: "no",
        how: `active: ${listed(
          active.map(({ id }) => id),
          2,
        )}`,
        at: oldestLook(active, at),
      };
}

function deletedStep(keys: readonly KeySeen[], { at }: MoveEvidence): StepSeen {
  const step = "key-deleted";
  const left = keys.filter((key) => !isGone(key));
  if (keys.length === 0 || left.some(({ everSeen }) => !everSeen))
    return { step, verdict: "unknown", how: "it was never seen" };
  return left.length === 0
    ? {
        step,
        verdict: "seen",
        how: "inventory, journal or CloudTrail",
        at: latest(...keys.map(({ goneAt }) => goneAt)) ?? at,
      }
    : {
        step,
        verdict: "no",
        how: `there: ${listed(
          left.map(({ id }) => id),
          2,
        )}`,
        at: oldestLook(left, at),
      };
}

function userStep(move: KeyMove, evidence: MoveEvidence): StepSeen {
  const step = "user-deleted";
  const { present, at, left } = userSeen(move, evidence);
  if (present === undefined) return { step, verdict: "unknown", how: "no complete look at the account's users" };
  if (present)
    return {
      step,
      verdict: "no",
      how: left.length > 0 ? `the user still has ${listed(left, 4)}` : "the user is there, with nothing left on it",
      ...defined({ at }),
    };
  return { step, verdict: "seen", how: "inventory: no such user", ...defined({ at }) };
}

interface Next {
  readonly waitsFor: string;
  readonly actor: Actor;
  readonly command?: string;
}

function incident(keys: readonly KeySeen[]): Next {
  const works = keys.filter((key) => !isOff(key)).map(({ id }) => id);
  const first = works.length === 0 ? "it is off already" : `deactivate ${listed(works, 3)}`;
  return { waitsFor: `an incident, and no move: ${first}, and find out what it did`, actor: "security" };
}

function exceptionNext({ destination, owner }: KeyMove, excepted: boolean): Next {
  if (destination.kind !== "exception") return { waitsFor: "", actor: "nobody" };
  const { name, planned: found } = destination;
  if (!found)
    return {
      waitsFor: `guardrails.exceptions has no ${name} that spares this user from deny-long-term-key-use`,
      actor: "platform",
    };
  return excepted
    ? { waitsFor: `exception ${name} ends on ${found.expires}: ${owner} has to be done by then`, actor: "owner" }
    : {
        waitsFor: `exception ${name} has ended on ${found.expires}: the key needs another destination`,
        actor: "owner",
      };
}

function nextOf(
  move: KeyMove,
  steps: readonly StepSeen[],
  role: RoleSeen,
  back: StepBack | undefined,
  keys: readonly KeySeen[],
  mayDeactivate: boolean,
  environment: string,
): Next {
  const open = steps.find(({ verdict }) => verdict !== "seen");
  if (!open) return { waitsFor: "nothing: moved to the end", actor: "nobody" };
  const id = move.keyId ?? move.name;
  if (back && open.step !== "planned")
    return {
      waitsFor: `${back.message}${byWhat({ from: "CloudTrail", ...back })}: find what still has the key`,
      actor: "owner",
      command: `${KEYLESS} move ${environment} --kit ${id}`,
    };
  if (open.verdict === "unknown" && keys.some((key) => isOff(key)) && isBefore(open.step, "key-silent"))
    return {
      waitsFor: `the key is off, and its role was not seen in use (${open.how}): ask the owner whether anything is missing`,
      actor: "owner",
    };
  const works = !keys.every(isOff) || keys.length === 0;
  return NEXT[open.step](move, open, role, mayDeactivate, environment, id, works);
}

function isBefore(step: Step, other: Step): boolean {
  return STEPS.indexOf(step) < STEPS.indexOf(other);
}

type NextOf = (
  move: KeyMove,
  open: StepSeen,
  role: RoleSeen,
  mayDeactivate: boolean,
  environment: string,
  id: string,
  works: boolean,
) => Next;

const retire = (environment: string, move: KeyMove): string =>
  `${KEYLESS} retire ${environment} --moves moves.json ${move.keyId === undefined ? `--user ${move.user}` : `--key ${move.keyId}`}`;

const NEXT: Readonly<Record<Step, NextOf>> = {
  planned: (_move, open, _role, _may, environment, id) => ({
    waitsFor: open.how,
    actor: "platform",
    command: `${KEYLESS} move ${environment} --write --key ${id}`,
  }),
  "role-exists": (_move, open, _role, _may, environment) => ({
    waitsFor: `the role: ${open.how}`,
    actor: "platform",
    command: open.verdict === "no" ? `${KEYLESS} apply ${environment}` : `${KEYLESS} verify ${environment} --json`,
  }),
  "role-in-use": (move, open, role, _may, environment, id) => {
    const refused = role.actions.filter(({ made }) => made === "refused").map(({ action }) => action);
    if (refused.length > 0)
      return { waitsFor: `the role is refused ${listed(refused, 3)}: it needs these permissions`, actor: "platform" };
    if (open.verdict === "unknown")
      return { waitsFor: `evidence that the role is in use: ${open.how}`, actor: "platform" };
    return {
      waitsFor: `${move.owner} to switch the consumer to the role: ${open.how}`,
      actor: "owner",
      command: `${KEYLESS} move ${environment} --kit ${id}`,
    };
  },
  "key-silent": (_move, open, role, _may, _environment, _id, works) => {
    const refused = role.actions.filter(({ made }) => made === "refused").map(({ action }) => action);
    if (refused.length > 0)
      return { waitsFor: `the role is refused ${listed(refused, 3)}: it needs these permissions`, actor: "platform" };
    if (!works) return { waitsFor: `the role to do the key's work: ${open.how}`, actor: "owner" };
    return { waitsFor: `the key to be quiet: ${open.how}`, actor: open.verdict === "unknown" ? "platform" : "owner" };
  },
  "key-inactive": (move, open, _role, may, environment) => ({
    waitsFor: may
      ? `the key can be deactivated: its role ${move.actions.length > 0 ? "does the actions of the file" : "is at work"}, and it is quiet`
      : open.how,
    actor: "platform",
    ...(may ? { command: retire(environment, move) } : {}),
  }),
  "key-deleted": (move, _open, _role, _may, environment) => ({
    waitsFor: "the inactive key to be deleted, inactiveDaysBeforeDelete after it was seen inactive",
    actor: "platform",
    command: retire(environment, move),
  }),
  "user-deleted": (_move, open) => ({ waitsFor: open.how, actor: "platform" }),
};

/** What comes first: step backs, incidents, what a person can do now, then the rest; by name within. */
export function orderOfMoves(a: MoveStatus, b: MoveStatus): number {
  return rank(a) - rank(b) || (a.move.name < b.move.name ? -1 : a.move.name > b.move.name ? 1 : 0);
}

function rank({ back, state, mayDeactivate, actor, steps }: MoveStatus): number {
  if (state === "stolen") return 0;
  if (back) return 1;
  if (mayDeactivate) return 2;
  if (actor === "nobody") return 9;
  if (state === "excepted") return 8;
  // The further a move is, the nearer is its end.
  return 7 - Math.min(4, steps.filter(({ verdict }) => verdict === "seen").length);
}

/** Moves that something speaks against: the exit code 3 of the command. */
export function isAlarm({ state, back, move }: MoveStatus, at: string): boolean {
  const { destination } = move;
  return (
    state === "stolen" ||
    back !== undefined ||
    (destination.kind === "exception" &&
      destination.planned !== undefined &&
      Date.parse(destination.planned.endsAt) < Date.parse(at))
  );
}
