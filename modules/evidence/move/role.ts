import { dayText } from "../cloudtrail/days";
import { timeText } from "../cloudtrail/event";
import { uniqueSorted } from "../../kernel/lists";
import { listed } from "../../kernel/words";
import { defined } from "../../kernel/optional";
import { isOff, type KeySeen, type MoveEvidence } from "./seen";
import type { ActionSeen, Destination, KeyMove, StepSeen } from "./types";
import { ActionUse, ActionUses, holderOfCompute, mergeActions, MOST, permissionSetKey, sessionOf } from "./use";

/** How a role of a move is called in the logs; nothing where it is not known yet. */
export function roleOf(destination: Destination, accountId: string): string | undefined {
  switch (destination.kind) {
    case "role":
      return destination.roleArn;
    case "oidc":
    case "rolesAnywhere":
      return destination.planned?.roleArn;
    case "identityCenter":
      return permissionSetKey(accountId, destination.permissionSet);
    case "exception":
      return undefined;
  }
}

/** What the role has done as this workload. */
export interface RoleSeen {
  readonly exists: StepSeen;
  readonly inUse: StepSeen;
  readonly actions: readonly ActionSeen[];
  /** Seconds since 1970 of the first and last call that counts; -1: none. */
  readonly first: number;
  readonly last: number;
}

/** A call that says only that there are credentials: what a kit tells people to try. */
export const PROVES_NOTHING = new Set(["sts:GetCallerIdentity"]);

export function roleSeen(move: KeyMove, evidence: MoveEvidence, keys: readonly KeySeen[]): RoleSeen {
  const role = roleOf(move.destination, move.accountId);
  const programs = move.destination.kind === "role" ? new Set(keys.flatMap((key) => key.programs)) : undefined;
  const { uses, same, others } =
    role === undefined
      ? { uses: new Map<string, ActionUse>(), same: [], others: [] }
      : attributed(move, role, evidence, programs);
  const worked = [...neededOf(move, uses).values()].filter(({ ok }) => ok > 0);
  const first = worked.reduce((least, use) => (least < 0 || use.first < least ? use.first : least), -1);
  const last = worked.reduce((most, use) => Math.max(most, use.last), -1);
  const inUse = useStep({ move, role, evidence, keys, same, others, worked: worked.length > 0, first, last });
  return {
    exists: existsStep(move, evidence, inUse),
    inUse,
    actions: actionsSeen(move, uses),
    first: inUse.verdict === "seen" ? first : -1,
    last: inUse.verdict === "seen" ? last : -1,
  };
}

/** What counts as the key's work: the actions of the file, or where it names none all but what proves nothing. */
function neededOf({ actions }: KeyMove, uses: ActionUses): ActionUses {
  return actions.length > 0
    ? new Map(actions.flatMap((action) => (uses.has(action) ? [[action, uses.get(action)!] as const] : [])))
    : new Map([...uses].filter(([action]) => !PROVES_NOTHING.has(action)));
}

function actionsSeen(move: KeyMove, uses: ActionUses): readonly ActionSeen[] {
  return move.actions.map((action): ActionSeen => {
    const use = uses.get(action);
    const made = use === undefined ? "not-yet" : use.ok > 0 ? "yes" : use.denied > 0 ? "refused" : "not-yet";
    return { action, made, calls: use?.ok ?? 0, ...(use && use.last >= 0 ? { last: timeText(use.last) } : {}) };
  });
}

/**
 * Calls of the sessions that are this workload's, as far as they tell.
 *
 * @param programs those of the key, where only they tell whose calls these are @default - the sessions tell
 * @returns `same`, `others`: programs that did work of the key in such sessions, and are among these or not
 */
function attributed(
  move: KeyMove,
  role: string,
  { logs }: MoveEvidence,
  programs: ReadonlySet<string> | undefined,
): { readonly uses: ActionUses; readonly same: readonly string[]; readonly others: readonly string[] } {
  const uses: ActionUses = new Map();
  const same = new Set<string>();
  const others = new Set<string>();
  for (const [session, more] of logs?.use.roleActions.get(role) ?? []) {
    const { holder, program } = sessionOf(session);
    if (!isHolder(move.destination, holder)) continue;
    const counts = programs === undefined || programs.has(program);
    if (counts) mergeActions(uses, more);
    if ([...neededOf(move, more).values()].some(({ ok }) => ok > 0)) (counts ? same : others).add(program);
  }
  return { uses, same: uniqueSorted(same), others: uniqueSorted(others) };
}

function isHolder(destination: Destination, holder: string): boolean {
  switch (destination.kind) {
    case "role":
      // Sessions of Lambda have the name of the function, which is not compared.
      return destination.compute === "lambda" || holder === holderOfCompute(destination.compute);
    case "rolesAnywhere": {
      const name = destination.planned?.commonName;
      return name === undefined || holder === name || holder === `CN=${name}`;
    }
    case "identityCenter":
      return destination.userName !== undefined && holder.toLowerCase() === destination.userName.toLowerCase();
    default:
      return true;
  }
}

interface UseSeen {
  readonly move: KeyMove;
  readonly role: string | undefined;
  readonly evidence: MoveEvidence;
  readonly keys: readonly KeySeen[];
  /** Programs of the role's calls: those that count, and others, where they are compared with the key's. */
  readonly same: readonly string[];
  readonly others: readonly string[];
  readonly worked: boolean;
  readonly first: number;
  readonly last: number;
}

function useStep({ move, role, evidence, keys, same, others, worked, first, last }: UseSeen): StepSeen {
  const step = "role-in-use";
  if (!evidence.logs) return { step, verdict: "unknown", how: "no logs were given (--cloudtrail)" };
  if (role === undefined) return { step, verdict: "no", how: "the baseline has no such workload", at: evidence.at };
  const no = (how: string): StepSeen => ({ step, verdict: "no", how, at: evidence.at });
  const unknown = (how: string): StepSeen => ({ step, verdict: "unknown", how, at: evidence.at });
  const who = identityProblem(move.destination, role, evidence);
  if (who !== undefined) return who.known ? no(who.text) : unknown(who.text);
  if (!worked && others.length > 0) {
    const programs = uniqueSorted(keys.flatMap((key) => key.programs));
    return unknown(
      programs.length === 0
        ? "no log shows by what program the key was used: whether the role's calls are this workload's nobody can say"
        : `the role's calls are by other programs (${listed(others, 3)}) than the key's (${listed(programs, 3)}): whether they are this workload's nobody can say`,
    );
  }
  if (!worked)
    return no(
      move.actions.length > 0
        ? "the logs show none of its actions by the role that AWS let through"
        : "the logs show no call by the role that AWS let through",
    );
  if (move.destination.kind === "role") {
    if (move.actions.length === 0)
      return unknown("the file names no actions: a role of a compute may be in use by something else");
    const always = nothingBegan(keys, first);
    if (always !== undefined) return unknown(always);
  }
  return {
    step,
    verdict: "seen",
    how: `CloudTrail: ${describe(move.destination, same)}, first ${timeText(first)}, last ${timeText(last)}`,
    at: timeText(last),
  };
}

/**
 * A role of a compute may have been somebody else's all the time: only where the logs show the key at work before the role was, something has begun.
 * Of a key that is off that matters no more: its work is done by the role, or by nobody.
 */
function nothingBegan(keys: readonly KeySeen[], first: number): string | undefined {
  const works = keys.filter((key) => !isOff(key));
  const day = Math.floor(first / 86_400);
  if (works.length === 0 || works.some(({ firstDay }) => firstDay !== undefined && firstDay < day)) return undefined;
  return works.every(({ firstDay }) => firstDay === undefined)
    ? "no log shows the key at work: whether the role did the same before is not known; older logs may show it"
    : `the role did the same already when the logs show the key for the first time (${dayText(day)}): that it has taken over the key's work nobody can say; older logs may show it`;
}

function describe(destination: Destination, programs: readonly string[]): string {
  switch (destination.kind) {
    case "oidc":
      return `calls by the role, which tokens of ${listed(destination.subjects, 2)} became`;
    case "rolesAnywhere":
      return destination.planned?.commonName === undefined
        ? `calls by the role, which its trust gives to ${destination.planned?.subject ?? "the workload"}; what certificates had them is not compared`
        : `calls by the role, with certificates of ${destination.planned.subject}`;
    case "identityCenter":
      return `calls by ${destination.userName ?? "somebody"} with ${destination.permissionSet}`;
    default:
      return `calls by the role in sessions of the compute, by ${listed(programs, 3)}, as the key's calls were`;
  }
}

/** Why it is not certain that the sessions are this workload's; nothing where it is. */
function identityProblem(
  destination: Destination,
  role: string,
  { logs }: MoveEvidence,
): { readonly known: boolean; readonly text: string } | undefined {
  const seen = [...(logs?.use.identities.get(role)?.keys() ?? [])];
  // Somebody else may be among those that are not kept.
  if (seen.length >= MOST)
    return { known: false, text: `more than ${MOST} callers became the role: whose calls these are nobody can say` };
  if (destination.kind === "oidc") {
    const matches = (subject: string): boolean => destination.subjects.some((one) => isLike(subject, one));
    if (!seen.some(matches))
      return seen.length === 0
        ? { known: true, text: "the logs show no token that became the role" }
        : { known: true, text: `others became the role: ${listed(seen, 3)}` };
    const others = seen.filter((subject) => !matches(subject));
    return others.length === 0
      ? undefined
      : {
          known: false,
          text: `others became the role, too, and whose calls these are nobody can say: ${listed(others, 3)}`,
        };
  }
  if (destination.kind === "rolesAnywhere" && seen.length === 0)
    return { known: true, text: "the logs show no certificate that became the role (rolesanywhere:CreateSession)" };
  if (destination.kind === "identityCenter" && destination.userName === undefined)
    return { known: false, text: "the file does not say who the person is (destination.identityCenter.userName)" };
  return undefined;
}

/** Compares as StringLike does: `*` any text, `?` one character. */
export function isLike(text: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}

function existsStep(move: KeyMove, { verification, at }: MoveEvidence, inUse: StepSeen): StepSeen {
  const step = "role-exists";
  if (inUse.verdict === "seen")
    return { step, verdict: "seen", how: "CloudTrail: it is in use", ...defined({ at: inUse.at }) };
  const { destination } = move;
  if (destination.kind === "role" && isPlanned(destination))
    return {
      step,
      verdict: "unknown",
      how: "not made by this baseline: verify does not look at it; its use would show it",
    };
  if (!isPlanned(destination)) return { step, verdict: "no", how: "the baseline does not have it", at };
  if (!verification) return { step, verdict: "unknown", how: "planned; AWS was not asked (--verify)" };
  const wanted = claimsOf(destination);
  const claims = verification.claims.filter((claim) =>
    wanted.some(
      (one) =>
        one.kind === claim.kind &&
        one.name === claim.name &&
        one.section === claim.section &&
        (one.accountId === undefined || one.accountId === claim.place.accountId),
    ),
  );
  if (claims.length < wanted.length)
    return { step, verdict: "unknown", how: "planned; that run of verify did not look at it", at: verification.to };
  const failed = claims.filter(({ verdict }) => verdict !== "seen");
  const [one] = failed;
  if (one === undefined) return { step, verdict: "seen", how: "verify: as planned", at: claims[0]!.at };
  return {
    step,
    verdict: one.verdict === "not-readable" ? "unknown" : "no",
    how: `verify: ${one.kind} ${one.name} is ${one.verdict}${one.details[0] === undefined ? "" : `: ${one.details[0]}`}`,
    at: one.at,
  };
}

/** What `--propose` writes in place of a role that nobody can see. */
export const ROLE_TO_FILL_IN = "TO-FILL-IN";

/** Whether the baseline has the destination; a role of a compute is made elsewhere. */
export function isPlanned(destination: Destination): boolean {
  if (destination.kind === "role") return !destination.roleArn.endsWith(`/${ROLE_TO_FILL_IN}`);
  return destination.kind === "identityCenter" ? destination.planned : destination.planned !== undefined;
}

interface WantedClaim {
  readonly section: string;
  readonly kind: string;
  readonly name: string;
  readonly accountId?: string;
}

function claimsOf(destination: Destination): readonly WantedClaim[] {
  if (destination.kind === "identityCenter")
    return (["permission-set", "assignments"] as const).map((kind) => ({
      section: "identity-center",
      kind,
      name: destination.permissionSet,
    }));
  if (destination.kind !== "oidc" && destination.kind !== "rolesAnywhere") return [];
  const { planned } = destination;
  return planned
    ? [
        { section: "workload-identity", kind: "role", name: planned.roleName, accountId: planned.accountId },
        ...(destination.kind === "rolesAnywhere"
          ? [
              {
                section: "workload-identity",
                kind: "profile",
                name: destination.workload,
                accountId: planned.accountId,
              },
            ]
          : []),
      ]
    : [];
}
