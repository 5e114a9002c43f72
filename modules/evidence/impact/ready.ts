import type { Environment } from "../../sections/environment";
import { GUARDRAILS } from "../../sections/guardrails/catalogue/guardrails";
import { GuardrailMode, modeOf } from "../../sections/guardrails/resolve";
import type { Guardrail } from "../../sections/guardrails/types";
import { attachmentOf } from "../../organization/targets";
import type { TreeNode } from "../../organization/tree";
import type { Account, Organization } from "../../organization/types";
import type { TargetState } from "../../sections/target-state";
import { asList } from "../../policy/document";
import type { InventoryEvidence } from "./inventory-file";
import { keysInTheWay, MovesEvidence } from "./moved";
import { dayText } from "../cloudtrail/days";
import { doubtful, SKIP_REASONS, SkipReason } from "../cloudtrail/skipped";
import { accountsWithWrites, stoppedTrails, trailManagers } from "./coverage";
import { fewestDays, PlaceEvidence, placesOf } from "./places";
import { Impact, isCovered, isNotKnown, wouldBeDenied } from "./report";
import type { ImpactCall } from "./types";
import { guardrailsNamed, Scope, targetsNamed } from "./scope";
import { FRESH_DAYS, FRESH_TEXT } from "../../kernel/freshness";
import { uniqueSorted } from "../../kernel/lists";
import { count } from "../../kernel/words";
import { BaselineError } from "../../kernel/errors";

/** Something that stands in the way of enforcing a guardrail. */
export interface Obstacle {
  readonly code:
    | "NOT-OBSERVED"
    | "NOT-ASKED"
    | "NO-LOGS"
    | "TOO-FEW-DAYS"
    | "LOGS-OLD"
    | "LOGS-WITH-GAPS"
    | "LOGS-INCOMPLETE"
    | "LOGS-SELECTED"
    | "ONLY-READS"
    | "TRAIL-STOPPED"
    | "NO-GLOBAL-EVENTS"
    | "SILENT-REGIONS"
    | "SILENT-ACCOUNTS"
    | "WOULD-BE-DENIED"
    | "NOT-KNOWN"
    | "NO-INVENTORY"
    | "INVENTORY-OLD"
    | "MOVES-OLD"
    | "INVENTORY-INCOMPLETE"
    | "CREDENTIAL-IN-USE"
    | "REQUIRED-FIRST";
  readonly message: string;
  /** Who or what it is: principals, keys, accounts. */
  readonly names: readonly string[];
}

/** One guardrail in one OU: the accounts directly in it in which the guardrail is not enforced yet. */
export interface ReadyRow {
  readonly guardrail: string;
  /** Path of the OU; `(root)` for accounts directly below the root. */
  readonly organizationalUnit: string;
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  /** Days of evidence: those of the account and region that has the fewest. */
  readonly days: number;
  /** What an answer rests on, by account and region; sorted. */
  readonly evidence: readonly PlaceEvidence[];
  readonly ready: boolean;
  readonly obstacles: readonly Obstacle[];
  /** Worth knowing; stands in no way. */
  readonly notes: readonly string[];
}

export interface Readiness {
  readonly environment: string;
  readonly at: string;
  /** Days of evidence that are asked for. */
  readonly daysWanted: number;
  /** Regions of which no logs were asked for, because somebody vouched that nothing runs there; sorted. */
  readonly quietRegions: readonly string[];
  /** Files that are answers of queries, of which somebody vouched that nothing was left out; 0 where there are none, or nobody did. */
  readonly wholeAnswers: number;
  readonly rows: readonly ReadyRow[];
  readonly ready: boolean;
}

export interface ReadyOptions extends Scope {
  /** `2026-01-31T12:34:56Z` */
  readonly at: string;
  readonly days: number;
  /** Regions in which, as somebody vouches, nothing runs: their logs are not asked for. @default - none */
  readonly quietRegions?: readonly string[];
  /** Whether somebody vouches that answers of queries leave out no event. @default false */
  readonly wholeAnswers?: boolean;
  /** Moves of keys to roles, for deny-long-term-key-use. @default - none: every key in use is in the way */
  readonly moves?: MovesEvidence;
}

/** Exceptions that end within this time are worth a word. */
const SOON_DAYS = 30;
const DAY = 86_400_000;
/** What the inventory has to say about a guardrail: credentials that it would put out of use. */
interface InventoryQuestion {
  readonly what: string;
  readonly asks: (credential: InventoryEvidence["credentials"][number]) => boolean;
}

/** Verdicts of credentials that somebody may miss. */
const MAY_BE_MISSED = new Set([
  "stolen",
  "aws-compute",
  "ci",
  "person",
  "external-workload",
  "mixed",
  "in-use",
  "unknown",
  "new",
]);
const active = (credential: InventoryEvidence["credentials"][number]): boolean => credential.status === "Active";

const INVENTORY_QUESTIONS: Readonly<Record<string, InventoryQuestion>> = {
  "deny-long-term-key-use": {
    what: "access keys in use",
    asks: (credential) =>
      credential.kind === "access-key" && active(credential) && MAY_BE_MISSED.has(credential.verdict.kind),
  },
  "deny-root-user": {
    what: "keys of root users",
    asks: (credential) => credential.kind === "root-access-key" && active(credential),
  },
  "deny-long-term-bearer-tokens": {
    what: "credentials of services in use",
    asks: (credential) =>
      credential.kind === "service-credential" && active(credential) && MAY_BE_MISSED.has(credential.verdict.kind),
  },
};

/**
 * May guardrails go from observe to enforce? No evidence is not readiness.
 *
 * @throws BaselineError READY-NOTHING-ASKED where a guardrail or a target that was named is asked about nowhere: that is no yes
 */
export function readiness(
  environment: Environment,
  state: TargetState,
  impact: Impact | undefined,
  inventory: InventoryEvidence | undefined,
  options: ReadyOptions,
): Readiness {
  const asked = candidates(environment, state, options);
  const writing = impact === undefined ? new Set<string>() : accountsWithWrites(impact.coverage);
  requireQuestion(environment, state, options, asked);
  const rows = asked.map(({ guardrail, node, accounts, mode }) =>
    row(state, environment.organization, impact, writing, inventory, options, guardrail, node, accounts, mode),
  );
  return {
    environment: environment.name,
    at: options.at,
    daysWanted: options.days,
    quietRegions: [...(options.quietRegions ?? [])].sort(),
    wholeAnswers: options.wholeAnswers ? (impact?.report.read.skipped.selection ?? 0) : 0,
    rows,
    ready: rows.every(({ ready }) => ready),
  };
}

interface Candidate {
  readonly guardrail: Guardrail;
  readonly node: TreeNode;
  readonly accounts: readonly Account[];
  readonly mode: GuardrailMode;
}

/** Guardrails and OUs that are observed; those that are off only where they were asked for by name. */
function candidates(
  environment: Environment,
  { guardrails: { rollouts, context } }: TargetState,
  { guardrails: ids, targets }: ReadyOptions,
): readonly Candidate[] {
  const { tree, organization } = environment;
  const within = targets === undefined ? undefined : new Set(targetsNamed(environment, targets).accounts);
  const named =
    ids === undefined
      ? GUARDRAILS.filter(({ id }) => rollouts.some((rollout) => rollout.guardrail === id))
      : guardrailsNamed(ids);
  const nodes = [...tree.nodeById.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return named
    .filter((guardrail) => guardrail.statements(context).length > 0)
    .flatMap((guardrail) =>
      nodes.flatMap((node): Candidate[] => {
        const members = node.accounts.filter(
          ({ id }) => id !== organization.managementAccountId && (within === undefined || within.has(id)),
        );
        const inMode = (mode: GuardrailMode): readonly Account[] =>
          members.filter(({ id }) => modeOf({ rollouts }, guardrail.id, id) === mode);
        return (["observe", "off"] as const).flatMap((mode): Candidate[] => {
          if (mode === "off" && ids === undefined) return [];
          const accounts = inMode(mode);
          return accounts.length === 0 ? [] : [{ guardrail, node, accounts, mode }];
        });
      }),
    );
}

/** What was named and is asked about nowhere, unless it is enforced there already. */
function requireQuestion(
  environment: Environment,
  { guardrails: { rollouts, context } }: TargetState,
  { guardrails: ids, targets }: ReadyOptions,
  asked: readonly Candidate[],
): void {
  if (ids === undefined && (targets === undefined || asked.length > 0)) return;
  const { managementAccountId } = environment.organization;
  const within = targets === undefined ? undefined : new Set(targetsNamed(environment, targets).accounts);
  const members = environment.tree.accounts.filter(
    ({ id }) => id !== managementAccountId && (within === undefined || within.has(id)),
  );
  const named =
    ids === undefined
      ? GUARDRAILS.filter(({ id }) => rollouts.some((rollout) => rollout.guardrail === id))
      : guardrailsNamed(ids);
  const there = targets === undefined ? "in any account" : `at ${targets.join(", ")}`;
  const problems = named
    .filter(({ id }) => !asked.some(({ guardrail }) => guardrail.id === id))
    .flatMap((guardrail) => {
      const why =
        members.length === 0
          ? "there is no active member account there, and a guardrail binds no other"
          : guardrail.statements(context).length === 0
            ? "it has no statement in this baseline"
            : members.every(({ id }) => modeOf({ rollouts }, guardrail.id, id) === "enforce")
              ? undefined
              : "it is off there";
      return why === undefined ? [] : [`${guardrail.id}: ${why}`];
    });
  if (problems.length > 0)
    throw new BaselineError([
      {
        code: "READY-NOTHING-ASKED",
        message: `There is nothing to ask about ${there}: ${problems.join("; ")}. That is no yes.`,
        fix: "Name an OU or a member account, and a guardrail of the rollout; --guardrail asks also where it is off.",
      },
    ]);
}

function row(
  state: TargetState,
  facts: Organization,
  impact: Impact | undefined,
  writing: ReadonlySet<string>,
  inventory: InventoryEvidence | undefined,
  options: ReadyOptions,
  guardrail: Guardrail,
  node: TreeNode,
  accounts: readonly Account[],
  mode: GuardrailMode,
): ReadyRow {
  const ids = new Set(accounts.map(({ id }) => id));
  const evidence =
    impact === undefined
      ? []
      : placesOf(impact.coverage, guardrail, state.guardrails.context, facts, accounts).filter(
          ({ region, events }) => events > 0 || !options.quietRegions?.includes(region),
        );
  const calls =
    impact === undefined
      ? []
      : impact.report.calls.filter((call) => call.guardrail === guardrail.id && ids.has(call.account.id));
  const obstacles = [
    ...(mode === "off"
      ? [
          obstacle(
            "NOT-OBSERVED",
            "The guardrail is not observed there: put it into mode observe first.",
            accounts.map(({ name }) => name),
          ),
        ]
      : []),
    // Callers with web identity are not put to resource control policies by the replay; those of other accounts are.
    ...(guardrail.policyType === "RESOURCE_CONTROL_POLICY" && !asksOtherAccounts(guardrail, state)
      ? [
          obstacle(
            "NOT-ASKED",
            "A resource control policy binds callers from outside, whom the replay of logs does not ask about: look at their calls yourself.",
          ),
        ]
      : []),
    ...required(state, guardrail, accounts),
    ...(impact === undefined
      ? [obstacle("NO-LOGS", "No CloudTrail logs were given.")]
      : logObstacles(impact, evidence, writing, accounts, facts, options)),
    ...callObstacles(calls),
    ...inventoryObstacles(inventory, guardrail, state, accounts, options),
  ];
  return {
    guardrail: guardrail.id,
    organizationalUnit: attachmentOf(node).label,
    accounts: accounts.map(({ id, name }) => ({ id, name })),
    days: fewestDays(evidence),
    evidence,
    ready: obstacles.length === 0,
    obstacles,
    notes: notes(state, calls, inventory, guardrail, ids, options),
  };
}

/** Whether a guardrail speaks of no other call than that of a principal of another account. */
function asksOtherAccounts(guardrail: Guardrail, { guardrails: { context } }: TargetState): boolean {
  return guardrail
    .statements(context)
    .every(
      ({ Action, NotAction }) => NotAction === undefined && asList(Action).every((one) => one === "sts:AssumeRole"),
    );
}

function obstacle(code: Obstacle["code"], message: string, names: readonly string[] = []): Obstacle {
  return { code, message, names };
}

/** Guardrails that must be enforced wherever this one is. */
function required(
  { guardrails: { rollouts, context } }: TargetState,
  guardrail: Guardrail,
  accounts: readonly Account[],
): readonly Obstacle[] {
  return (guardrail.requires?.(context) ?? []).flatMap((id) => {
    const missing = accounts.filter((account) => modeOf({ rollouts }, id, account.id) !== "enforce");
    return missing.length === 0
      ? []
      : [
          obstacle(
            "REQUIRED-FIRST",
            `${id} must be enforced there first: it keeps others from becoming an exempt principal.`,
            missing.map(({ name }) => name),
          ),
        ];
  });
}

function logObstacles(
  { report: { read }, coverage }: Impact,
  evidence: readonly PlaceEvidence[],
  writing: ReadonlySet<string>,
  accounts: readonly Account[],
  facts: Organization,
  options: ReadyOptions,
): readonly Obstacle[] {
  const name = new Map(accounts.map((account) => [account.id, account.name]));
  const at = Date.parse(options.at) / 1000;
  const found: Obstacle[] = [];
  const tell = (code: Obstacle["code"], message: string, places: readonly string[]): void => {
    if (places.length > 0) found.push(obstacle(code, message, places));
  };
  const place = ({ accountId, region }: PlaceEvidence): string => `${name.get(accountId) ?? accountId} ${region}`;
  const silent = accounts.filter(({ id }) => evidence.every((e) => e.accountId !== id || e.days.length === 0));
  const silentIds = new Set(silent.map(({ id }) => id));
  tell(
    "SILENT-ACCOUNTS",
    "No event at all from these accounts where the guardrail's actions happen: their logs are missing.",
    silent.map((account) => account.name),
  );
  const nothing = evidence.filter((e) => e.days.length === 0 && !silentIds.has(e.accountId));
  tell(
    "NO-GLOBAL-EVENTS",
    "There are no logs of the region in which the events of IAM and other global services are.",
    nothing.filter((e) => e.global).map(place),
  );
  tell(
    "SILENT-REGIONS",
    "No event at all from these enabled regions, where the guardrail's actions can happen. Either their logs are missing, or nothing happens there: log file validation of the trail writes digests that show it.",
    nothing.filter((e) => !e.global).map(place),
  );
  const some = evidence.filter((e) => e.days.length > 0);
  tell(
    "TOO-FEW-DAYS",
    `Fewer than ${count(options.days, "day")} of evidence.`,
    some.filter((e) => e.days.length < options.days).map((e) => `${place(e)}: ${count(e.days.length, "day")}`),
  );
  tell(
    "LOGS-OLD",
    `The last event is more than ${FRESH_TEXT} old: what runs today is not in the logs.`,
    some
      .map((e) => ({ e, age: Math.floor((at - e.lastSeconds) / 86_400) }))
      .filter(({ age }) => age > FRESH_DAYS)
      .map(({ e, age }) => `${place(e)}: ${count(age, "day")} old`),
  );
  tell(
    "LOGS-WITH-GAPS",
    `More than ${FRESH_TEXT} without an event in between: what happened there is not in the logs.`,
    some.flatMap((e) => {
      const gap = longestGap(e.days.slice(-options.days));
      return gap && gap.length > FRESH_DAYS
        ? [`${place(e)}: ${count(gap.length, "day")} from ${dayText(gap.from)}`]
        : [];
    }),
  );
  // An organization's trail is stopped where it is managed, and stops everywhere.
  const trailAccounts = new Set([...accounts.map(({ id }) => id), ...trailManagers(facts)]);
  tell(
    "TRAIL-STOPPED",
    "Logging of a trail was stopped and not started again, or the trail was changed to record less.",
    stoppedTrails(coverage).filter((key) => trailAccounts.has(key.split(" ")[0]!)),
  );
  const logged = new Set(some.filter((e) => e.events > 0).map(({ accountId }) => accountId));
  tell(
    "ONLY-READS",
    "No event of these accounts changed anything: a trail may record reads alone, and the calls that a guardrail denies would not be in it. Bring logs with one change in each (a tag on a role is enough).",
    accounts.filter(({ id }) => logged.has(id) && !writing.has(id)).map((account) => account.name),
  );
  const answers = read.skipped.selection ?? 0;
  const queries = read.queries ?? [];
  if (answers > 0 && !options.wholeAnswers)
    found.push(
      obstacle(
        "LOGS-SELECTED",
        `Events come out of ${sourcesOfAnswers(answers, queries)}: what was left out is not known. Bring CloudTrail's own log files, or vouch with --whole-answers that nothing was left out.`,
        uniqueSorted(queries.map(({ table }) => table)).map(
          (table) =>
            `Athena ${table}: objects outside of its location and partitions, in a Glacier class, or with a name that begins with _ or ., and records that its SerDe passes over are not in an answer; digest files are not asked for`,
        ),
      ),
    );
  const doubts = Object.entries(doubtful(read.skipped)) as [SkipReason, number][];
  if (doubts.length > 0)
    found.push(
      obstacle(
        "LOGS-INCOMPLETE",
        `Something in the logs was not read, and what was in it is not known: ${doubts.map(([reason, n]) => `${n} ${SKIP_REASONS[reason]}`).join(", ")}.`,
        read.problems.map(({ file, problem }) => `${file}: ${problem}`),
      ),
    );
  return found;
}

/** Files that are answers, and queries of Athena, which count as such. */
function sourcesOfAnswers(answers: number, { length: queries }: readonly unknown[]): string {
  const files = answers - queries;
  return [
    ...(files > 0 ? [`${count(files, "file")} with the answer of a query, a search or a rule`] : []),
    ...(queries > 0 ? [count(queries, "answer of Athena", "answers of Athena")] : []),
  ].join(" and ");
}

/** Days between two days with events; the longest such stretch. */
function longestGap(days: readonly number[]): { readonly from: number; readonly length: number } | undefined {
  let longest: { from: number; length: number } | undefined;
  days.forEach((day, i) => {
    const before = days[i - 1];
    if (before !== undefined && day - before - 1 > (longest?.length ?? 0))
      longest = { from: before + 1, length: day - before - 1 };
  });
  return longest;
}

function callObstacles(calls: readonly ImpactCall[]): readonly Obstacle[] {
  const name = (call: ImpactCall): string =>
    `${call.principal}: ${call.action}, ${count(call.calls, "time")}, last ${call.last}${call.decision === "unknown" ? ` (${call.because.join("; ")})` : ""}`;
  const denied = calls.filter(wouldBeDenied);
  const unknown = calls.filter(isNotKnown);
  return [
    ...(denied.length > 0
      ? [
          obstacle(
            "WOULD-BE-DENIED",
            `${count(
              denied.reduce((n, call) => n + call.calls, 0),
              "call",
            )} would have been denied.`,
            denied.map(name),
          ),
        ]
      : []),
    ...(unknown.length > 0
      ? [
          obstacle(
            "NOT-KNOWN",
            `Of ${count(
              unknown.reduce((n, call) => n + call.calls, 0),
              "call",
            )} the events do not tell whether AWS would have denied it.`,
            unknown.map(name),
          ),
        ]
      : []),
  ];
}

function inventoryObstacles(
  inventory: InventoryEvidence | undefined,
  guardrail: Guardrail,
  state: TargetState,
  accounts: readonly Account[],
  options: ReadyOptions,
): readonly Obstacle[] {
  const question = INVENTORY_QUESTIONS[guardrail.id];
  if (!question) return [];
  if (!inventory) return [obstacle("NO-INVENTORY", `No inventory was given, which tells of ${question.what}.`)];
  const found: Obstacle[] = [];
  found.push(...ageOfInventory(inventory, accounts, options.at));
  const complete = new Set(inventory.accounts.filter(({ status }) => status === "complete").map(({ id }) => id));
  const missing = accounts.filter(({ id }) => !complete.has(id));
  if (missing.length > 0)
    found.push(
      obstacle(
        "INVENTORY-INCOMPLETE",
        "The inventory has not read these accounts to the end.",
        missing.map(({ name }) => name),
      ),
    );
  const ids = new Set(accounts.map(({ id }) => id));
  const there = inventory.credentials.filter(({ accountId }) => ids.has(accountId));
  const readAt = new Map(inventory.accounts.map(({ id, collectedAt }) => [id, collectedAt]));
  const read = accounts.map(({ id, name }) => ({ id, name, collectedAt: readAt.get(id) }));
  const inUse = withExceptionsOf(there, guardrail, state, options.at).filter(question.asks);
  const moves = guardrail.id === "deny-long-term-key-use" ? options.moves : undefined;
  found.push(...keysInTheWay(inUse, question.what, moves, options.at, { credentials: there, accounts: read }));
  return found;
}

/**
 * The inventory calls a user excepted whatever guardrail the exception is of. Of this one it is in the way, unless an exception of this very
 * guardrail names it and has not ended.
 */
function withExceptionsOf(
  credentials: InventoryEvidence["credentials"],
  guardrail: Guardrail,
  state: TargetState,
  at: string,
): InventoryEvidence["credentials"] {
  const spared = new Set(
    state.guardrails.exceptions
      .filter(({ guardrails, endsAt }) => guardrails.includes(guardrail.id) && Date.parse(at) < Date.parse(endsAt))
      .flatMap(({ principals }) => principals.filter(({ kind }) => kind === "user"))
      .map(({ arn }) => `${arn.split(":")[4]}/${arn.slice(arn.lastIndexOf("/") + 1)}`),
  );
  return credentials.map((one) => {
    if (one.verdict.kind !== "excepted" || spared.has(`${one.accountId}/${one.user}`)) return one;
    const reason = `${one.verdict.reason}: no valid exception of ${guardrail.id} names this user`;
    return { ...one, verdict: { kind: "unknown", reason } };
  });
}

/** Each account counts from when it was read: an inventory that was taken up again keeps what it read before. */
function ageOfInventory(inventory: InventoryEvidence, accounts: readonly Account[], at: string): readonly Obstacle[] {
  const readAt = new Map(inventory.accounts.map(({ id, collectedAt }) => [id, collectedAt]));
  const ages = accounts.map(({ id, name }) => ({
    name,
    age: (Date.parse(at) - Date.parse(readAt.get(id) ?? inventory.generatedAt)) / DAY,
  }));
  const old = ages.filter(({ age }) => age > FRESH_DAYS);
  // A day's difference is a clock's or a time zone's.
  const future = ages.filter(({ age }) => age < -1);
  return [
    ...(old.length > 0
      ? [
          obstacle(
            "INVENTORY-OLD",
            `The inventory read these accounts more than ${FRESH_TEXT} ago.`,
            old.map(({ name, age }) => `${name}: ${count(Math.floor(age), "day")}`),
          ),
        ]
      : []),
    ...(future.length > 0
      ? [
          obstacle(
            "INVENTORY-OLD",
            "The inventory read these accounts later than now: a clock was wrong, and how old it is is not known.",
            future.map(({ name }) => name),
          ),
        ]
      : []),
  ];
}

function notes(
  { guardrails }: TargetState,
  calls: readonly ImpactCall[],
  inventory: InventoryEvidence | undefined,
  guardrail: Guardrail,
  ids: ReadonlySet<string>,
  { at }: ReadyOptions,
): readonly string[] {
  const found: string[] = [];
  const covered = calls.filter(isCovered);
  for (const exception of guardrails.exceptions) {
    const relying = covered.filter((call) => call.coveredBy.includes(exception.name));
    if (relying.length === 0) continue;
    const left = Math.ceil((Date.parse(exception.endsAt) - Date.parse(at)) / DAY);
    found.push(
      `The exception ${exception.name} covers ${count(
        relying.reduce((n, call) => n + call.calls, 0),
        "call",
      )}; it ends on ${exception.expires}${left <= SOON_DAYS ? `, in ${count(left, "day")}` : ""}.`,
    );
  }
  const refused = calls.reduce((n, call) => n + call.refused, 0);
  if (refused > 0) found.push(`Refused already: ${count(refused, "call")}; nothing changes for these.`);
  if (guardrail.id === "deny-access-key-creation" && inventory) {
    const kept = inventory.credentials.filter(
      (credential) =>
        ids.has(credential.accountId) &&
        credential.kind === "access-key" &&
        active(credential) &&
        MAY_BE_MISSED.has(credential.verdict.kind),
    ).length;
    if (kept > 0) found.push(`Access keys in use: ${kept}. They can no longer be rotated once this is enforced.`);
  }
  return found;
}
