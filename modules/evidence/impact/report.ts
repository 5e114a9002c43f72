import type { Environment } from "../../sections/environment";
import { findGuardrail } from "../../sections/guardrails/catalogue/guardrails";
import { GuardrailMode, modeOf } from "../../sections/guardrails/resolve";
import { dayText, listDays } from "../cloudtrail/days";
import { timeText } from "../cloudtrail/event";
import { occurrences } from "../cloudtrail/key-usage";
import { readLogs, ReadOptions, ReadReport } from "../cloudtrail/read";
import type { LogSource } from "../cloudtrail/source";
import type { Account } from "../../organization/types";
import type { TargetState } from "../../sections/target-state";
import { Coverage, placesSeen } from "./coverage";
import {
  CallGroup,
  emptyReplay,
  mergeReplay,
  ReplayedGuardrail,
  ReplayOptions,
  ReplayPartial,
  replaySpec,
} from "./replay";
import { callsQuestion, placesQuestion } from "./questions";
import { replayedGuardrails, Scope } from "./scope";
import type { ImpactCall, ImpactGuardrail, Evidence, ImpactReport, Sum } from "./types";
import { suggestedExceptions } from "./suggest";
import { defined } from "../../kernel/optional";
import { uniqueSorted } from "../../kernel/lists";

export interface ImpactOptions extends ReadOptions, Scope {
  /** `2026-01-31T12:34:56Z`: exceptions that have ended by then cover nothing. */
  readonly at: string;
}

const TOP = 5;

/** A report, and what it was made of. */
export interface Impact {
  readonly report: ImpactReport;
  /** What there are logs of, by account and region. */
  readonly coverage: Coverage;
}

/** Reads logs and tells what the guardrails would have done to the calls in them. */
export async function readImpact(
  environment: Environment,
  state: TargetState,
  sources: readonly LogSource[],
  options: ImpactOptions,
): Promise<Impact> {
  const guardrails = replayedGuardrails(environment, state, options);
  const replay: ReplayOptions = {
    organizationId: environment.organization.id,
    managementAccountId: environment.organization.managementAccountId,
    activeAccounts: environment.tree.accounts.map((account) => account.id),
    inactiveAccounts: environment.organization.accounts
      .filter((account) => account.status !== "ACTIVE")
      .map((account) => account.id),
    at: options.at,
    guardrails,
  };
  const all = emptyReplay();
  const read = await readLogs<ReplayOptions, ReplayPartial>(
    sources,
    replaySpec(replay),
    (partial) => mergeReplay(all, partial),
    options,
    [callsQuestion(guardrails), placesQuestion(options.at)],
  );
  return { report: impactReport(environment, state, guardrails, all, read, options), coverage: all.coverage };
}

function impactReport(
  environment: Environment,
  state: TargetState,
  guardrails: readonly ReplayedGuardrail[],
  all: ReplayPartial,
  read: ReadReport,
  options: ImpactOptions,
): ImpactReport {
  const calls = [...all.groups.values()].map((group) => impactCall(environment, state, group)).sort(byWeight);
  const suggestion = suggestedExceptions(calls, state.guardrails, options.at);
  return {
    environment: environment.name,
    at: options.at,
    ...(options.since === undefined ? {} : { since: timeText(options.since) }),
    guardrails: guardrails.map((guardrail) => summary(state, guardrail, calls, all)),
    calls,
    notBound: Object.fromEntries([...all.notBound].sort(([a], [b]) => (a < b ? -1 : 1))),
    evidence: evidenceOf(environment, guardrails, all, read),
    read: {
      files: read.files,
      bytes: read.bytes,
      events: read.events,
      eventsBeforeSince: read.eventsBeforeSince,
      skipped: read.skipped,
      problems: read.problems,
      ...defined({ digest: read.digest, queries: read.queries }),
    },
    ...defined({ suggestedExceptions: suggestion }),
  };
}

function impactCall({ tree }: Environment, { guardrails }: TargetState, group: CallGroup): ImpactCall {
  const account = tree.accountById.get(group.accountId);
  return {
    guardrail: group.guardrail,
    mode: modeOf(guardrails, group.guardrail, group.accountId),
    account: {
      id: group.accountId,
      name: account?.name ?? group.accountId,
      organizationalUnit: account ? organizationalUnit(tree, account) : "",
    },
    principal: group.principal,
    principalType: group.principalType,
    action: group.action,
    decision: group.decision,
    because: group.because,
    coveredBy: group.coveredBy,
    calls: group.worked + group.failed,
    failed: group.failed,
    refused: group.refused,
    first: timeText(group.first),
    last: timeText(group.last),
    sourceAddresses: occurrences(group.sourceAddresses, TOP),
    userAgents: occurrences(group.userAgents, TOP),
    resources: occurrences(group.resources, TOP),
  };
}

function organizationalUnit(tree: Environment["tree"], account: Account): string {
  return tree.nodeById.get(account.parentId)?.path ?? "";
}

/** 0: would be denied; 1: not known; 2: an exception covers it; 3: allowed. */
function rank({ decision, coveredBy }: ImpactCall): number {
  return decision === "denied" ? (coveredBy.length > 0 ? 2 : 0) : decision === "unknown" ? 1 : 3;
}

function byWeight(a: ImpactCall, b: ImpactCall): number {
  const text = (call: ImpactCall): string =>
    [call.guardrail, call.account.id, call.principal, call.action, call.because.join()].join("\n");
  return rank(a) - rank(b) || b.calls - a.calls || b.refused - a.refused || (text(a) < text(b) ? -1 : 1);
}

/** Whether a guardrail would take something away: calls that AWS did not refuse, and no exception covers. */
export function wouldBeDenied(call: ImpactCall): boolean {
  return call.decision === "denied" && call.coveredBy.length === 0 && call.calls > 0;
}

export function isNotKnown(call: ImpactCall): boolean {
  return call.decision === "unknown" && call.calls > 0;
}

export function isCovered(call: ImpactCall): boolean {
  return call.decision === "denied" && call.coveredBy.length > 0 && call.calls > 0;
}

function summary(
  { guardrails }: TargetState,
  { id, accounts }: ReplayedGuardrail,
  calls: readonly ImpactCall[],
  all: ReplayPartial,
): ImpactGuardrail {
  const own = calls.filter((call) => call.guardrail === id);
  const inMode = (mode: GuardrailMode): number =>
    accounts.filter((account) => modeOf(guardrails, id, account) === mode).length;
  const sum = (chosen: readonly ImpactCall[]): Sum => ({
    principals: new Set(chosen.map((call) => `${call.account.id} ${call.principal}`)).size,
    calls: chosen.reduce((n, call) => n + call.calls, 0),
  });
  return {
    id,
    denies: findGuardrail(id)!.denies,
    accounts: accounts.length,
    observed: inMode("observe"),
    enforced: inMode("enforce"),
    denied: sum(own.filter(wouldBeDenied)),
    covered: sum(own.filter(isCovered)),
    unknown: sum(own.filter(isNotKnown)),
    allowed:
      own.filter((call) => call.decision === "allowed").reduce((n, call) => n + call.calls, 0) +
      (all.allowed.get(id) ?? 0),
    refused: own.reduce((n, call) => n + call.refused, 0),
  };
}

function evidenceOf(
  { tree }: Environment,
  guardrails: readonly ReplayedGuardrail[],
  all: ReplayPartial,
  read: ReadReport,
): Evidence {
  const asked = uniqueSorted(guardrails.flatMap(({ accounts }) => accounts));
  const places = [...placesSeen(all.coverage)];
  const seen = new Set(places.map(([key]) => key.split(" ")[0]!));
  const days = new Set(places.flatMap(([, place]) => listDays(place.days)));
  return {
    ...(read.last < 0 ? {} : { first: timeText(read.first), last: timeText(read.last) }),
    days: [...days].sort((a, b) => a - b).map(dayText),
    regions: uniqueSorted(places.map(([key]) => key.split(" ")[1]!)),
    silentAccounts: asked
      .filter((id) => !seen.has(id))
      .map((id) => ({ id, name: tree.accountById.get(id)?.name ?? id })),
  };
}
