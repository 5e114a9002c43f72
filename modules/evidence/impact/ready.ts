import type { Environment } from "../../config/environment";
import { GUARDRAILS } from "../../sections/guardrails/catalogue";
import { GuardrailMode, modeOf } from "../../sections/guardrails/resolve";
import type { Guardrail, GuardrailContext } from "../../sections/guardrails/types";
import { attachmentOf } from "../../organization/targets";
import type { TreeNode } from "../../organization/tree";
import type { Account } from "../../organization/types";
import { asList } from "../../policy/document";
import type { TargetState } from "../../sections/target-state";
import type { InventoryEvidence } from "./inventory-file";
import { Impact, isCovered, isNotKnown, wouldBeDenied } from "./report";
import { ImpactCall } from "./types";
import { guardrailsNamed, Scope, targetsNamed } from "./scope";

/** Something that stands in the way of enforcing a guardrail. */
export interface Obstacle {
  readonly code:
    | "NOT-OBSERVED"
    | "NOT-ASKED"
    | "NO-LOGS"
    | "TOO-FEW-DAYS"
    | "LOGS-OLD"
    | "LOGS-INCOMPLETE"
    | "NO-GLOBAL-EVENTS"
    | "SILENT-ACCOUNTS"
    | "WOULD-BE-DENIED"
    | "NOT-KNOWN"
    | "NO-INVENTORY"
    | "INVENTORY-OLD"
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
  /** Days of evidence from these accounts. */
  readonly days: number;
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
  readonly rows: readonly ReadyRow[];
  readonly ready: boolean;
}

export interface ReadyOptions extends Scope {
  /** `2026-01-31T12:34:56Z` */
  readonly at: string;
  readonly days: number;
}

/** Logs that end earlier say nothing of what runs today. */
const LATEST_DAYS = 7;
/** Exceptions that end within this time are worth a word. */
const SOON_DAYS = 30;
const DAY = 86_400_000;
/** Where the events of IAM and of other global services are. */
const GLOBAL_REGION = "us-east-1";

/** What the inventory has to say about a guardrail: credentials that it would put out of use. */
interface InventoryQuestion {
  readonly what: string;
  readonly asks: (credential: InventoryEvidence["credentials"][number]) => boolean;
}

/** Verdicts of credentials that somebody may miss. */
const MAY_BE_MISSED = new Set(["aws-compute", "ci", "person", "external-workload", "in-use", "unknown", "new"]);
const active = (credential: InventoryEvidence["credentials"][number]): boolean => credential.status === "Active";

/** `1 call`, `2 calls`. */
const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

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

/** May guardrails go from observe to enforce? No evidence is not readiness. */
export function readiness(
  environment: Environment,
  state: TargetState,
  impact: Impact | undefined,
  inventory: InventoryEvidence | undefined,
  options: ReadyOptions,
): Readiness {
  const rows = candidates(environment, state, options).map(({ guardrail, node, accounts, mode }) =>
    row(state, impact, inventory, options, guardrail, node, accounts, mode),
  );
  return {
    environment: environment.name,
    at: options.at,
    daysWanted: options.days,
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

function row(
  state: TargetState,
  impact: Impact | undefined,
  inventory: InventoryEvidence | undefined,
  options: ReadyOptions,
  guardrail: Guardrail,
  node: TreeNode,
  accounts: readonly Account[],
  mode: GuardrailMode,
): ReadyRow {
  const ids = new Set(accounts.map(({ id }) => id));
  const days = impact === undefined ? 0 : new Set(accounts.flatMap(({ id }) => impact.daysOfAccount(id))).size;
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
    // Resource control policies bind callers with web identity above all, and those the replay does not put to them.
    ...(guardrail.policyType === "RESOURCE_CONTROL_POLICY"
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
      : logObstacles(impact, state.guardrails.context, guardrail, accounts, days, options)),
    ...callObstacles(calls),
    ...inventoryObstacles(inventory, guardrail, accounts, options),
  ];
  return {
    guardrail: guardrail.id,
    organizationalUnit: attachmentOf(node).label,
    accounts: accounts.map(({ id, name }) => ({ id, name })),
    days,
    ready: obstacles.length === 0,
    obstacles,
    notes: notes(state, calls, inventory, guardrail, ids, options),
  };
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
  { report, daysOfAccount }: Impact,
  context: GuardrailContext,
  guardrail: Guardrail,
  accounts: readonly Account[],
  days: number,
  options: ReadyOptions,
): readonly Obstacle[] {
  const { evidence, read } = report;
  const found: Obstacle[] = [];
  if (days < options.days) found.push(obstacle("TOO-FEW-DAYS", `${days} of ${many(options.days, "day")} of evidence.`));
  const age =
    evidence.last === undefined ? undefined : Math.floor((Date.parse(options.at) - Date.parse(evidence.last)) / DAY);
  if (age !== undefined && age > LATEST_DAYS)
    found.push(obstacle("LOGS-OLD", `The last event is ${many(age, "day")} old: what runs today is not in the logs.`));
  const silent = accounts.filter(({ id }) => daysOfAccount(id).length === 0);
  if (evidence.last !== undefined && silent.length > 0)
    found.push(
      obstacle(
        "SILENT-ACCOUNTS",
        "No event at all from these accounts: their logs are missing.",
        silent.map(({ name }) => name),
      ),
    );
  const global = guardrail
    .statements(context)
    .some(({ Action }) => asList(Action).some((action) => action === "*" || action.toLowerCase().startsWith("iam:")));
  if (evidence.last !== undefined && global && !evidence.regions.includes(GLOBAL_REGION))
    found.push(obstacle("NO-GLOBAL-EVENTS", `There are no logs of ${GLOBAL_REGION}, where IAM's events are.`));
  const damaged = (
    ["unreadable", "damagedGzip", "truncated", "brokenJson", "notJson", "tooLarge", "noTime"] as const
  ).reduce((n, reason) => n + (read.skipped[reason] ?? 0), 0);
  if (damaged > 0)
    found.push(
      obstacle(
        "LOGS-INCOMPLETE",
        `Something in the logs could not be read, ${many(damaged, "time")}: what was in it is not known.`,
        read.problems.map(({ file }) => file),
      ),
    );
  return found;
}

function callObstacles(calls: readonly ImpactCall[]): readonly Obstacle[] {
  const name = (call: ImpactCall): string =>
    `${call.principal}: ${call.action}, ${many(call.calls, "time")}, last ${call.last}${call.decision === "unknown" ? ` (${call.because.join("; ")})` : ""}`;
  const denied = calls.filter(wouldBeDenied);
  const unknown = calls.filter(isNotKnown);
  return [
    ...(denied.length > 0
      ? [
          obstacle(
            "WOULD-BE-DENIED",
            `${many(
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
            `Of ${many(
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
  accounts: readonly Account[],
  { at }: ReadyOptions,
): readonly Obstacle[] {
  const question = INVENTORY_QUESTIONS[guardrail.id];
  if (!question) return [];
  if (!inventory) return [obstacle("NO-INVENTORY", `No inventory was given, which tells of ${question.what}.`)];
  const found: Obstacle[] = [];
  const age = Math.floor((Date.parse(at) - Date.parse(inventory.generatedAt)) / DAY);
  if (age > LATEST_DAYS) found.push(obstacle("INVENTORY-OLD", `The inventory is ${many(age, "day")} old.`));
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
  const inUse = inventory.credentials.filter(
    (credential) => ids.has(credential.accountId) && question.asks(credential),
  );
  if (inUse.length > 0) {
    found.push(
      obstacle(
        "CREDENTIAL-IN-USE",
        `${many(inUse.length, "credential")} would stop working: ${question.what}.`,
        inUse.map(
          ({ id, user, accountName, verdict }) =>
            `${id} of ${user} in ${accountName}: ${verdict.kind}, ${verdict.reason}`,
        ),
      ),
    );
  }
  return found;
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
      `The exception ${exception.name} covers ${many(
        relying.reduce((n, call) => n + call.calls, 0),
        "call",
      )}; it ends on ${exception.expires}${left <= SOON_DAYS ? `, in ${many(left, "day")}` : ""}.`,
    );
  }
  const refused = calls.reduce((n, call) => n + call.refused, 0);
  if (refused > 0) found.push(`Refused already: ${many(refused, "call")}; nothing changes for these.`);
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
