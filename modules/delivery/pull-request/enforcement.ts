import { Intent, isKnown } from "../../review/rules/lock-out";
import { modeOf } from "../../sections/guardrails/resolve";
import { endsOf, parseEvidence, RolloutEvidence, statementsDigest } from "../../sections/guardrails/evidence";
import type { ProofInput } from "../../proofs/types";
import { unique } from "../../kernel/lists";
import { count } from "../../kernel/words";
import { listOf, say, words } from "../../review/sentence";
import type { AccessChange } from "../../review/types";
import { fileChange } from "../../review/gate/file-changes";

/** A verdict says what ran in the days before it. Older than this it says nothing of what runs today. */
const MOST_DAYS_OLD = 14;
/** Fewer days of logs than `keyless ready` asks for by itself are not taken for enough. */
const LEAST_DAYS = 30;
const DAY = 86_400_000;

/** A guardrail that is enforced in accounts in which it was not. */
interface Move {
  readonly guardrail: string;
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  /** Files that entries of the rollout cite for it. */
  readonly cited: readonly string[];
}

/**
 * What the moves to `enforce` rest on. Accounts that the base does not know are left out: nothing has run there that could break.
 *
 * @param today date such as 2026-12-31, in UTC
 * @param agreedFile a file of the environment's folder as the base has it: evidence counts once somebody has agreed to it
 */
export function enforcementChanges(
  name: string,
  base: Intent | undefined,
  head: Intent,
  today: string,
  agreedFile: (file: string) => string | undefined,
): readonly AccessChange[] {
  // A head that does not resolve has no synth, and an environment that is new has nothing that could break.
  if (base === undefined || !isKnown(head) || "notAsked" in base) return [];
  if (!isKnown(base))
    return [
      fileChange(
        "unknown",
        say`Which guardrails of ${name} go to enforce is not known, because the base does not resolve: ${base.unknown}.`,
        [name, "enforcement", base.unknown],
        "guardrails",
      ),
    ];
  return movesOf(base, head).map((move) => judged(name, move, base, head, today, agreedFile));
}

function movesOf(base: ProofInput, head: ProofInput): readonly Move[] {
  const known = new Set(base.environment.organization.accounts.map(({ id }) => id));
  const names = new Map(head.environment.organization.accounts.map((account) => [account.id, account.name]));
  return head.guardrails.rollouts.flatMap(({ guardrail, accountModes }): Move[] => {
    const accounts = [...accountModes]
      .filter(([id, mode]) => mode === "enforce" && known.has(id))
      .filter(([id]) => modeOf(base.guardrails, guardrail, id) !== "enforce")
      .map(([id]) => ({ id, name: names.get(id) ?? id }));
    const cited = head.environment.baseline.guardrails.rollout
      .filter((entry) => entry.mode === "enforce" && entry.guardrails.includes(guardrail))
      .flatMap(({ evidence }) => evidence);
    return accounts.length === 0 ? [] : [{ guardrail, accounts, cited: unique(cited) }];
  });
}

function judged(
  name: string,
  { guardrail, accounts, cited }: Move,
  base: ProofInput,
  head: ProofInput,
  today: string,
  agreedFile: (file: string) => string | undefined,
): AccessChange {
  const what = say`${guardrail} of ${name} goes to enforce in ${count(accounts.length, "account")} (${listOf(
    accounts.map((account) => account.name).sort(),
    4,
  )})`;
  const binding = [name, guardrail, accounts.map(({ id }) => id).sort(), cited.map((file) => textOf(head, file))];
  if (cited.length === 0) {
    const wanted =
      base.environment.baseline.guardrails.requireEvidence || head.environment.baseline.guardrails.requireEvidence;
    return fileChange(
      wanted ? "unknown" : "neutral",
      say`${what}: no evidence cited. Whether calls of today break is not known here${words(wanted ? ", and requireEvidence asks for it" : "")}.`,
      binding,
      "guardrails",
    );
  }
  const against: string[] = [];
  const usable: Usable[] = [];
  for (const file of cited) {
    const evidence = parseEvidence(textOf(head, file));
    const reasons =
      "unusable" in evidence
        ? [evidence.unusable]
        : reasonsAgainst(evidence, agreedFile(file) === textOf(head, file), head, guardrail, today);
    if ("unusable" in evidence || reasons.length > 0) against.push(...reasons.map((reason) => `${file}: ${reason}`));
    else usable.push({ file, evidence });
  }
  const open = accounts.filter(({ id }) => {
    const answer = latestAnswer(usable, guardrail, id);
    if (answer && !answer.row.ready) against.push(`${answer.file}: it says no: ${answer.row.obstacles.join(", ")}`);
    return !answer?.row.ready;
  });
  if (open.length > 0)
    return fileChange(
      "unknown",
      say`${what}: the evidence cited does not cover ${listOf(open.map((account) => account.name).sort(), 4)}${words(against.length > 0 ? ". " : "")}${listOf(unique(against), 6)}.`,
      binding,
      "guardrails",
    );
  return fileChange(
    "neutral",
    say`${what}: evidence cited, ${listOf(usable.map(({ file, evidence }) => restsOn(file, evidence)))}.`,
    binding,
    "guardrails",
  );
}

interface Usable {
  readonly file: string;
  readonly evidence: RolloutEvidence;
}

/** What the newest file says of an account: nobody picks the one that suits. */
function latestAnswer(
  usable: readonly Usable[],
  guardrail: string,
  account: string,
): { readonly file: string; readonly row: RolloutEvidence["rows"][number] } | undefined {
  return [...usable]
    .sort((a, b) => Date.parse(b.evidence.at) - Date.parse(a.evidence.at))
    .flatMap(({ file, evidence }) =>
      evidence.rows
        .filter((row) => row.guardrail === guardrail && row.accounts.includes(account))
        .sort((a, b) => Number(a.ready) - Number(b.ready))
        .map((row) => ({ file, row })),
    )[0];
}

function textOf({ environment }: ProofInput, file: string): string {
  return environment.files.get(file) ?? "";
}

/** Why a file is no evidence for this move: every reason, so that one round is enough. */
function reasonsAgainst(
  evidence: RolloutEvidence,
  agreed: boolean,
  head: ProofInput,
  guardrail: string,
  today: string,
): readonly string[] {
  const { organization, name } = head.environment;
  const age = Math.floor((Date.parse(`${today}T23:59:59Z`) - Date.parse(evidence.at)) / DAY);
  const rows = evidence.rows.filter((row) => row.guardrail === guardrail);
  const denied = statementsDigest(guardrail, head.guardrails);
  // The digest knows when an exception ends; that the day has come since is no other statement, and nobody asked what is denied then.
  const ended = endsOf(guardrail, head.guardrails).filter(
    ({ endsAt }) =>
      Date.parse(endsAt) >= Date.parse(evidence.at) && Date.parse(endsAt) <= Date.parse(`${today}T23:59:59Z`),
  );
  const reasons: readonly (readonly [boolean, string])[] = [
    [!agreed, "the base does not have it like this: evidence counts once it is merged, before the move"],
    [evidence.environment !== name, `it is of environment ${evidence.environment}`],
    [evidence.organizationId !== organization.id, `it is of organization ${evidence.organizationId}`],
    [age > MOST_DAYS_OLD, `it is ${count(age, "day")} old, more than ${MOST_DAYS_OLD}`],
    [age < 0, `it is of ${evidence.at.slice(0, 10)}, which is still to come`],
    [
      evidence.daysWanted < LEAST_DAYS,
      `it asked for ${count(evidence.daysWanted, "day")} of logs, fewer than ${LEAST_DAYS}`,
    ],
    [rows.length === 0, `it says nothing of ${guardrail}`],
    [
      rows.some(({ statements }) => statements !== denied),
      "it judged other statements or exceptions than those that are enforced",
    ],
    ...ended.map(
      ({ name: exception, expires }) =>
        [
          true,
          `exception ${exception} was valid when it was made and ends on ${expires}: what it covered is denied afterwards`,
        ] as const,
    ),
  ];
  return reasons.flatMap(([isSo, reason]) => (isSo ? [reason] : []));
}

function restsOn(file: string, { at, daysWanted, logs, quietRegions, wholeAnswers }: RolloutEvidence): string {
  const vouched = [
    ...(quietRegions.length > 0 ? [`nothing runs in ${quietRegions.join(", ")}`] : []),
    ...(wholeAnswers === undefined ? [] : [`answers of queries (${count(wholeAnswers, "file")}) leave out no event`]),
  ];
  const accepted = vouched.length > 0 ? `; accepted, not seen: ${vouched.join("; ")}` : "";
  return `${file} (as of ${at}, ${count(daysWanted, "day")} of logs, digest ${logs.digest.slice(0, 12)}${accepted})`;
}
