import type { CloudTrailEvent } from "../cloudtrail/event";
import { isDenial } from "../cloudtrail/denials";
import type { Reducer, ReducerSpec } from "../cloudtrail/reducer";
import { count, mergeTally, Tally, tally } from "../cloudtrail/tally";
import type { OrganizationPolicyType } from "../../organization/types";
import { asList, policyDocument } from "../../policy/document";
import { compile, CompiledSet, evaluate, FULL_AWS_ACCESS, PolicyRequest } from "../../policy/evaluate";
import type { PolicyStatement } from "../../policy/types";
import { actionsOf, NO_CALLS } from "./actions";
import { Accounts, callerOf, CallerResult, NotBound, outsideCaller } from "./caller";
import { contextOf } from "./context";
import { Coverage, emptyCoverage, mergeCoverage, noteDigest, noteEvent } from "./coverage";
import { resourcesOf } from "./resources";
import { uniqueSorted } from "../../kernel/lists";

/** A guardrail as it would be enforced. Plain data, for other threads too. */
export interface ReplayedGuardrail {
  readonly id: string;
  readonly type: OrganizationPolicyType;
  /** Without the exceptions of people, with what keeps excepted principals safe. */
  readonly statements: readonly PolicyStatement[];
  /** Each exception by itself, written into the statements. */
  readonly exceptions: readonly { readonly name: string; readonly statements: readonly PolicyStatement[] }[];
  /** Accounts in which it is asked. */
  readonly accounts: readonly string[];
}

export interface ReplayOptions {
  readonly organizationId: string;
  readonly managementAccountId: string;
  readonly activeAccounts: readonly string[];
  readonly inactiveAccounts: readonly string[];
  /** The time as of which the guardrails are enforced. */
  readonly at: string;
  readonly guardrails: readonly ReplayedGuardrail[];
}

export type ReplayDecision = "denied" | "unknown" | "allowed";

/** Calls that are the same but for their time and place. Plain data. */
export interface CallGroup {
  readonly guardrail: string;
  readonly accountId: string;
  /** ARN of the principal, or what is known of it. */
  readonly principal: string;
  readonly principalType: string;
  readonly action: string;
  readonly decision: ReplayDecision;
  /** Denied: the statements. Not known: what the event does not tell. */
  readonly because: readonly string[];
  /** Exceptions that let the call through. Empty: none. */
  readonly coveredBy: readonly string[];
  /** Calls that worked, that failed for another reason, and that AWS refused already. */
  worked: number;
  failed: number;
  refused: number;
  first: number;
  last: number;
  readonly sourceAddresses: Tally;
  readonly userAgents: Tally;
  readonly resources: Tally;
}

/** What a portion of the logs holds. */
export interface ReplayPartial {
  readonly groups: Map<string, CallGroup>;
  /** How many of the groups are calls that are allowed: they must not take the place of others. */
  allowedGroups: number;
  /** Calls that the guardrails let through though they speak of the action, by guardrail, where grouping them would name everybody. */
  readonly allowed: Map<string, number>;
  /** Events about watched actions whose caller no guardrail binds, by reason. */
  readonly notBound: Map<NotBound, number>;
  /** What there are logs of. */
  readonly coverage: Coverage;
}

const MOST_GROUPS = 10_000;
const MOST_ALLOWED_GROUPS = 2_500;
/** Verdicts that are kept; the same callers make the same calls again and again. */
const MOST_VERDICTS = 50_000;
const MOST_ACTIONS = 20_000;

interface Watcher {
  readonly index: number;
  readonly guardrail: ReplayedGuardrail;
  readonly accounts: ReadonlySet<string>;
  readonly set: CompiledSet;
  readonly exceptions: readonly { readonly name: string; readonly set: CompiledSet }[];
}

/** What is to be asked of one guardrail for an event. */
interface Question {
  readonly watcher: Watcher;
  readonly action: string;
  /** Resources that its statements name for the action. */
  readonly patterns: readonly string[];
  /** The statements mean every action: calls that they allow are not named one by one. */
  readonly everyAction: boolean;
}

/** What is known of an event's name. */
interface Watched {
  readonly id: number;
  readonly questions: readonly Question[];
  readonly certainResource: boolean;
  /** What resource control policies are asked alone. Absent: none speaks of it. */
  readonly byRcps?: Watched;
}

interface Answer {
  readonly group: CallGroup | undefined;
  readonly allowed: string | undefined;
}

class ReplayReducer implements Reducer<ReplayPartial> {
  private readonly watchers: readonly Watcher[];
  private readonly accounts: Accounts;
  private readonly keys: readonly string[];
  /** Keys of which no more is asked than whether they are there. */
  private readonly presence: ReadonlySet<string>;
  private readonly asksForBearer: boolean;
  private readonly names = new Map<string, Map<string, Watched>>();
  private namesKept = 0;
  private answers = new Map<string, readonly Answer[]>();
  private partial = emptyReplay();
  private readonly until: number;

  constructor(private readonly options: ReplayOptions) {
    this.until = Math.floor(Date.parse(options.at) / 1000);
    this.accounts = {
      managementAccountId: options.managementAccountId,
      active: new Set(options.activeAccounts),
      inactive: new Set(options.inactiveAccounts),
    };
    this.watchers = options.guardrails.map((guardrail, index) => ({
      index,
      guardrail,
      accounts: new Set(guardrail.accounts),
      set: setOf(guardrail, guardrail.statements),
      exceptions: guardrail.exceptions.map(({ name, statements }) => ({ name, set: setOf(guardrail, statements) })),
    }));
    const { keys, presence } = conditionKeys(options.guardrails);
    this.keys = keys;
    this.presence = presence;
    this.asksForBearer = asksForBearer(options.guardrails);
  }

  visit(event: CloudTrailEvent): void {
    if (event.part !== "calls") noteEvent(this.partial.coverage, event, this.accounts.active, this.until);
    if (event.part === "places") return;
    const watched = this.watched(event.text("eventSource")!, event.text("eventName")!, event);
    if (watched.questions.length === 0) return;
    if (!event.is("eventType", "AwsApiCall") && NO_CALLS.some((type) => event.is("eventType", type)))
      return this.notBound("noPermission", event);
    const result = callerOf(event, this.accounts);
    if ("notBound" in result) {
      const caller = result.notBound === "outside" ? outsideCaller(event) : undefined;
      const byRcps = watched.byRcps;
      if (!caller || byRcps === undefined) return this.notBound(result.notBound, event);
      return this.count(event, this.answer(event, byRcps, { caller }));
    }
    this.count(event, this.answer(event, watched, result));
  }

  private count(event: CloudTrailEvent, answers: readonly Answer[]): void {
    for (const { group, allowed } of answers) {
      if (group) add(group, event);
      else if (allowed !== undefined)
        this.partial.allowed.set(allowed, (this.partial.allowed.get(allowed) ?? 0) + event.count);
    }
  }

  take(): ReplayPartial {
    const { partial } = this;
    this.partial = emptyReplay();
    // Answers point to the groups of the partial that has gone.
    this.answers = new Map();
    return partial;
  }

  visitDigest(digest: CloudTrailEvent): void {
    noteDigest(this.partial.coverage, digest, this.accounts.active, this.until);
  }

  private notBound(why: NotBound, { count: n }: CloudTrailEvent): void {
    this.partial.notBound.set(why, (this.partial.notBound.get(why) ?? 0) + n);
  }

  private watched(source: string, name: string, event: CloudTrailEvent): Watched {
    // Calls with an API key need a permission of their own: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html
    const bearer = this.asksForBearer && event.has("additionalEventData") && callsWithBearerToken(event);
    let ofSource = this.names.get(source);
    if (!ofSource || this.namesKept >= MOST_ACTIONS) {
      if (this.namesKept >= MOST_ACTIONS) this.forgetNames();
      ofSource = new Map();
      this.names.set(source, ofSource);
    }
    const key = bearer ? `${name} with a bearer token` : name;
    let watched = ofSource.get(key);
    if (!watched) {
      const actions = actionsOf(source, name);
      const [first] = actions;
      const all =
        bearer && first !== undefined ? [...actions, `${first.split(":", 1)[0]!}:CallWithBearerToken`] : actions;
      watched = this.questions(all);
      ofSource.set(key, watched);
      this.namesKept++;
    }
    return watched;
  }

  private forgetNames(): void {
    this.names.clear();
    this.answers.clear();
    this.namesKept = 0;
  }

  private questions(actions: readonly string[]): Watched {
    const questions = this.watchers.flatMap((watcher) =>
      actions.flatMap((action): Question[] => {
        const denies = watcher.set.plan(action.toLowerCase()).denies;
        if (denies.length === 0) return [];
        const statements = denies.map(({ statement }) => watcher.guardrail.statements[statement.index]!);
        return [
          {
            watcher,
            action,
            patterns: statements.flatMap(({ Resource, NotResource }) =>
              NotResource === undefined ? asList(Resource) : asList(NotResource),
            ),
            everyAction: statements.every(
              ({ Action, NotAction }) => NotAction !== undefined || asList(Action).includes("*"),
            ),
          },
        ];
      }),
    );
    const certain = (some: readonly Question[]): boolean =>
      some.every(({ patterns }) => patterns.every((pattern) => pattern === "*"));
    const byRcps = questions.filter(({ watcher }) => watcher.guardrail.type === "RESOURCE_CONTROL_POLICY");
    return {
      id: this.namesKept,
      questions,
      certainResource: certain(questions),
      ...(byRcps.length === 0
        ? {}
        : { byRcps: { id: -1 - this.namesKept, questions: byRcps, certainResource: certain(byRcps) } }),
    };
  }

  /** The answers of all guardrails that speak of the call; the same call is asked once. */
  private answer(
    event: CloudTrailEvent,
    watched: Watched,
    result: Exclude<CallerResult, { readonly notBound: NotBound }>,
  ): readonly Answer[] {
    if ("unknown" in result) {
      const accountId = event.text("recipientAccountId") ?? "";
      return watched.questions.flatMap((question) =>
        question.watcher.accounts.has(accountId)
          ? [
              {
                group: this.group(question, accountId, "not known", "unknown", "unknown", [result.unknown], []),
                allowed: undefined,
              },
            ]
          : [],
      );
    }
    const { caller } = result;
    const context = contextOf(this.keys, this.presence, event, caller, this.options);
    const resources = watched.certainResource
      ? []
      : watched.questions.map(({ action, patterns }) => resourcesOf(event, caller, action, patterns));
    const key = [
      watched.id,
      caller.accountId,
      event.text("recipientAccountId") ?? "",
      caller.principal.type,
      caller.name,
      caller.doubt ?? "",
      ...this.keys.map((name) => String(context[name])),
      ...resources.map(({ arns }) => arns.join(" ")),
    ].join("\n");
    const known = this.answers.get(key);
    if (known) return known;
    const answers = watched.questions.flatMap((question, i): Answer[] => {
      const { watcher, action } = question;
      const account =
        watcher.guardrail.type === "RESOURCE_CONTROL_POLICY"
          ? (event.text("recipientAccountId") ?? caller.accountId)
          : caller.accountId;
      if (!watcher.accounts.has(account)) return [];
      const { arns, doubt } = resources[i] ?? { arns: ["*"] };
      const { decision, because, coveredBy } = judge(question, arns, [caller.doubt, doubt], (resource) => ({
        principal: caller.principal,
        action,
        resource,
        context,
        unlistedKeys: "unknown",
      }));
      if (decision === "allowed" && question.everyAction) return [{ group: undefined, allowed: watcher.guardrail.id }];
      return [
        {
          group: this.group(question, account, caller.name, caller.principal.type, decision, because, coveredBy),
          allowed: watcher.guardrail.id,
        },
      ];
    });
    if (this.answers.size >= MOST_VERDICTS) this.answers.clear();
    this.answers.set(key, answers);
    return answers;
  }

  private group(
    { watcher, action }: Question,
    accountId: string,
    principal: string,
    principalType: string,
    decision: ReplayDecision,
    because: readonly string[],
    coveredBy: readonly string[],
  ): CallGroup | undefined {
    const group: CallGroup = {
      guardrail: watcher.guardrail.id,
      accountId,
      principal: principal.length > 2048 ? `${principal.slice(0, 2048)}…` : principal,
      principalType,
      action,
      decision,
      because,
      coveredBy,
      ...emptyCounts(),
    };
    const key = groupKey(group);
    const known = this.partial.groups.get(key);
    if (known) return known;
    if (decision === "allowed" && this.partial.allowedGroups >= MOST_ALLOWED_GROUPS) return undefined;
    if (this.partial.groups.size >= MOST_GROUPS) return this.overflow(group);
    this.partial.groups.set(key, group);
    if (decision === "allowed") this.partial.allowedGroups++;
    return group;
  }

  /** Calls that are no longer told apart by who made them; still by what would become of them. */
  private overflow(group: CallGroup): CallGroup {
    const other = { ...group, principal: OTHERS, action: "*", because: [], coveredBy: [], ...emptyCounts() };
    const key = groupKey(other);
    const known = this.partial.groups.get(key);
    if (known) return known;
    this.partial.groups.set(key, other);
    return other;
  }
}

/** Stands for principals beyond the most that are named. */
export const OTHERS = "others";

export function createReducer(options: ReplayOptions): Reducer<ReplayPartial> {
  return new ReplayReducer(options);
}

export function replaySpec(options: ReplayOptions): ReducerSpec<ReplayOptions> {
  return { module: __filename, options };
}

export function emptyReplay(): ReplayPartial {
  return {
    groups: new Map(),
    allowedGroups: 0,
    allowed: new Map(),
    notBound: new Map(),
    coverage: emptyCoverage(),
  };
}

function emptyCounts() {
  return {
    worked: 0,
    failed: 0,
    refused: 0,
    first: Number.POSITIVE_INFINITY,
    last: -1,
    sourceAddresses: tally(),
    userAgents: tally(),
    resources: tally(),
  };
}

function groupKey(group: CallGroup): string {
  return [
    group.guardrail,
    group.accountId,
    group.principalType,
    group.principal,
    group.action,
    group.decision,
    group.because.join("\r"),
    group.coveredBy.join("\r"),
  ].join("\n");
}

/** Adds the calls of one portion to those of the portions before it. */
export function mergeReplay(into: ReplayPartial, from: ReplayPartial): void {
  for (const [key, more] of from.groups) {
    const group = into.groups.get(key);
    if (!group) {
      if (more.decision === "allowed" && into.allowedGroups >= MOST_ALLOWED_GROUPS) {
        into.allowed.set(more.guardrail, (into.allowed.get(more.guardrail) ?? 0) + more.worked + more.failed);
        continue;
      }
      if (more.decision === "allowed") into.allowedGroups++;
      if (into.groups.size >= MOST_GROUPS && more.principal !== OTHERS) {
        const other = { ...more, principal: OTHERS, action: "*", because: [], coveredBy: [] };
        mergeReplay(into, { ...emptyReplay(), groups: new Map([[groupKey(other), other]]) });
      } else into.groups.set(key, more);
      continue;
    }
    group.worked += more.worked;
    group.failed += more.failed;
    group.refused += more.refused;
    group.first = Math.min(group.first, more.first);
    group.last = Math.max(group.last, more.last);
    for (const list of ["sourceAddresses", "userAgents", "resources"] as const) mergeTally(group[list], more[list]);
  }
  for (const [id, n] of from.allowed) into.allowed.set(id, (into.allowed.get(id) ?? 0) + n);
  for (const [why, n] of from.notBound) into.notBound.set(why, (into.notBound.get(why) ?? 0) + n);
  mergeCoverage(into.coverage, from.coverage);
}

function setOf({ id, type }: ReplayedGuardrail, statements: readonly PolicyStatement[]): CompiledSet {
  const policy = { name: id, document: policyDocument(statements) };
  return type === "RESOURCE_CONTROL_POLICY"
    ? compile({ rcps: [[policy]] })
    : compile({ scps: [[FULL_AWS_ACCESS, policy]] });
}

/** Whether a guardrail speaks of calls with an API key. */
export function asksForBearer(guardrails: readonly ReplayedGuardrail[]): boolean {
  return guardrails.some(({ statements }) =>
    statements.some(({ Action }) =>
      asList(Action).some((action) => action.toLowerCase().endsWith(":callwithbearertoken")),
    ),
  );
}

/** Condition keys of all statements, in lower case, sorted: nothing else of an event can matter. */
export function conditionKeys(guardrails: readonly ReplayedGuardrail[]): {
  readonly keys: readonly string[];
  readonly presence: ReadonlySet<string>;
} {
  const asked = new Map<string, boolean>();
  for (const guardrail of guardrails) {
    for (const { Condition } of [
      guardrail.statements,
      ...guardrail.exceptions.map(({ statements }) => statements),
    ].flat()) {
      for (const [operator, operands] of Object.entries(Condition ?? {})) {
        for (const key of Object.keys(operands).map((name) => name.toLowerCase()))
          asked.set(key, (asked.get(key) ?? true) && operator === "Null");
      }
    }
  }
  return {
    keys: [...asked.keys()].sort(),
    presence: new Set([...asked].filter(([, onlyNull]) => onlyNull).map(([key]) => key)),
  };
}

/** The verdict where it is the same for all resources that may be meant; otherwise it is not known. */
function judge(
  { watcher }: Question,
  arns: readonly string[],
  doubts: readonly (string | undefined)[],
  request: (resource: string) => PolicyRequest,
): { readonly decision: ReplayDecision; readonly because: readonly string[]; readonly coveredBy: readonly string[] } {
  const requests = arns.map(request);
  const verdicts = requests.map((one) => evaluate(one, watcher.set));
  const decision = verdicts.every((v) => v.decision === "denied")
    ? "denied"
    : verdicts.every((v) => v.decision === "allowed")
      ? "allowed"
      : "unknown";
  if (decision === "denied") {
    const coveredBy = watcher.exceptions
      .filter(({ set }) => requests.every((one) => evaluate(one, set).decision === "allowed"))
      .map(({ name }) => name);
    return {
      decision,
      because: uniqueSorted(verdicts.flatMap((v) => v.deciding.map((d) => d.sid ?? `statement ${d.statement ?? ""}`))),
      coveredBy,
    };
  }
  if (decision === "allowed") return { decision, because: [], coveredBy: [] };
  const keys = uniqueSorted(
    verdicts.flatMap((v) =>
      v.deciding.flatMap((d) =>
        d.conditions.filter((c) => c.result === "unknown").map((c) => `the event does not tell ${c.key}`),
      ),
    ),
  );
  const said = doubts.filter((doubt): doubt is string => doubt !== undefined);
  return {
    decision,
    because:
      keys.length + said.length > 0 ? uniqueSorted([...said, ...keys]) : ["AWS does not document how this is decided"],
    coveredBy: [],
  };
}

function callsWithBearerToken(event: CloudTrailEvent): boolean {
  const data = event.json("additionalEventData");
  if (typeof data !== "object" || data === null) return false;
  const { callWithBearerToken } = data as { readonly callWithBearerToken?: unknown };
  // Maps of CloudTrail Lake and columns hold texts.
  return callWithBearerToken === true || callWithBearerToken === "true";
}

function add(group: CallGroup, event: CloudTrailEvent): void {
  const seconds = event.seconds();
  const error = event.text("errorCode");
  const n = event.count;
  if (error === undefined) group.worked += n;
  else if (isDenial(error)) group.refused += n;
  else group.failed += n;
  if (seconds < group.first) group.first = seconds;
  if (seconds > group.last) group.last = seconds;
  count(group.sourceAddresses, event.text("sourceIPAddress") ?? "", seconds, n);
  count(group.userAgents, event.text("userAgent") ?? "", seconds, n);
  count(group.resources, resourceName(event), seconds, n);
}

/** Parameters that say what a call was about, in the order in which they are looked for. */
export const NAMES_OF_RESOURCES = [
  "userName",
  "roleName",
  "groupName",
  "policyArn",
  "roleArn",
  "bucketName",
  "trustAnchorId",
  "name",
] as const;

/** A few words about what a call was about, for people. */
function resourceName(event: CloudTrailEvent): string {
  const request = event.json("requestParameters");
  if (typeof request !== "object" || request === null) return "";
  for (const name of NAMES_OF_RESOURCES) {
    const value = (request as Readonly<Record<string, unknown>>)[name];
    if (typeof value === "string") return value;
  }
  return "";
}
