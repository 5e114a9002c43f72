import { addDay, DaySet, daySet, listDays } from "../cloudtrail/days";
import { isDenial } from "../cloudtrail/denials";
import type { CloudTrailEvent } from "../cloudtrail/event";
import {
  createReducer as createKeyUsage,
  emptyKeyUsage,
  KeyUsagePartial,
  mergeKeyUsage,
} from "../cloudtrail/key-usage";
import type { Reducer, ReducerSpec } from "../cloudtrail/reducer";
import { Coverage, emptyCoverage, mergeCoverage, noteDigest, noteEvent } from "../impact/coverage";
import { actionsOf } from "../impact/actions";

/** What logs show of moves: calls of the keys and of the roles that replace them, who became these roles, and what was done to the keys. */

export interface MoveUseOptions {
  /** Roles as `roleKey` names them. */
  readonly roles: readonly string[];
  readonly keys: readonly string[];
  readonly accounts: readonly string[];
  /** The time that counts as now: later events are no evidence. */
  readonly at: string;
}

/** Calls of one action; times are seconds since 1970, -1: none. */
export interface ActionUse {
  ok: number;
  denied: number;
  first: number;
  last: number;
}
export type ActionUses = Map<string, ActionUse>;

/** Plain data, for other threads too. */
export interface MoveUse {
  readonly usage: KeyUsagePartial;
  readonly coverage: Coverage;
  /** Days with a call, by key. */
  readonly keyDays: Map<string, DaySet>;
  /** By key, then by action: what permissions the key's calls needed. */
  readonly keyActions: Map<string, ActionUses>;
  /** Roles that a key has become, by key. */
  readonly assumed: Map<string, Set<string>>;
  /** By role, then by who has the session and by what program (`sessionKey`), then by action. */
  readonly roleActions: Map<string, Map<string, ActionUses>>;
  /** Who became a role with a token or a certificate, by role: subject → last time. */
  readonly identities: Map<string, Map<string, number>>;
  /** What was done to keys, by key id. */
  readonly changes: Map<string, KeyChange[]>;
  readonly bounds: Bounds;
}

/** What keeps made-up names from costing memory. */
interface Bounds {
  /** Actions that are kept, of all keys and sessions together. */
  entries: number;
  /** Calls of which something is not kept. */
  leftOut: number;
}

export interface KeyChange {
  readonly at: number;
  readonly what: "created" | "activated" | "deactivated" | "deleted";
  readonly by: string;
}

/** Names of one kind that are kept: nobody has as many actions, sessions, callers or changes of one key or role. */
export const MOST = 2_000;
/** Actions of all keys and sessions together. */
const MOST_ENTRIES = 1_000_000;
const LONGEST_ACTION = 200;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: ARNs have 2,048 characters at most. */
const LONGEST_TEXT = 2_048;
/** https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html: the hash is 16 hexadecimal digits. */
const IDENTITY_CENTER =
  /^arn:aws[\w-]*:iam::(\d{12}):role\/aws-reserved\/sso\.amazonaws\.com\/.*AWSReservedSSO_(.+)_[0-9a-f]{16}$/;

/** A permission set's role has a name that AWS makes up: it goes by account and permission set. */
export function permissionSetKey(accountId: string, permissionSet: string): string {
  return `permission-set ${accountId} ${permissionSet}`;
}

/** How a role is called here: its ARN, or account and permission set. */
export function roleKey(arn: string): string {
  const [, account, set] = IDENTITY_CENTER.exec(arn) ?? [];
  return account !== undefined && set !== undefined ? permissionSetKey(account, set) : arn;
}

export function emptyMoveUse(): MoveUse {
  return {
    usage: emptyKeyUsage(),
    coverage: emptyCoverage(),
    keyDays: new Map(),
    keyActions: new Map(),
    assumed: new Map(),
    roleActions: new Map(),
    identities: new Map(),
    changes: new Map(),
    bounds: { entries: 0, leftOut: 0 },
  };
}

class MoveUseReducer implements Reducer<MoveUse> {
  private readonly accounts: ReadonlySet<string>;
  private readonly keys: ReadonlySet<string>;
  private readonly roles: ReadonlySet<string>;
  private readonly until: number;
  private readonly keyUsage = createKeyUsage();
  private partial = emptyMoveUse();

  constructor(options: MoveUseOptions) {
    this.accounts = new Set(options.accounts);
    this.keys = new Set(options.keys);
    this.roles = new Set(options.roles);
    this.until = Math.floor(Date.parse(options.at) / 1000);
  }

  visit(event: CloudTrailEvent): void {
    if (event.part !== "calls") noteEvent(this.partial.coverage, event, this.accounts, this.until);
    if (event.part === "places") return;
    const seconds = event.seconds();
    if (seconds > this.until) return;
    this.keyUsage.visit(event);
    if (event.startsWith("userIdentity.accessKeyId", "AKIA")) this.visitKey(event, seconds);
    else if (event.is("userIdentity.type", "AssumedRole")) this.visitRole(event, seconds);
    if (event.has("errorCode")) return;
    if (event.is("eventName", "AssumeRoleWithWebIdentity"))
      this.visitIdentity(event, seconds, event.text("userIdentity.userName"));
    else if (event.is("eventSource", "rolesanywhere.amazonaws.com") && event.is("eventName", "CreateSession"))
      this.visitIdentity(event, seconds, "certificate");
    else if (event.is("eventSource", "iam.amazonaws.com")) this.visitChange(event, seconds);
  }

  visitDigest(digest: CloudTrailEvent): void {
    noteDigest(this.partial.coverage, digest, this.accounts, this.until);
  }

  take(): MoveUse {
    const partial = { ...this.partial, usage: this.keyUsage.take() };
    this.partial = emptyMoveUse();
    return partial;
  }

  private visitKey(event: CloudTrailEvent, seconds: number): void {
    const id = event.text("userIdentity.accessKeyId")!;
    if (!this.keys.has(id)) return;
    const day = Math.floor(seconds / 86_400);
    const days = this.partial.keyDays.get(id);
    if (!days) this.partial.keyDays.set(id, daySet(day));
    else if (!addDay(days, day)) this.partial.bounds.leftOut += event.count;
    noteAction(inner(this.partial.keyActions, id), event, seconds, this.partial.bounds);
    if (
      !event.has("errorCode") &&
      event.is("eventSource", "sts.amazonaws.com") &&
      event.is("eventName", "AssumeRole")
    ) {
      const roles = this.partial.assumed.get(id) ?? new Set<string>();
      const arn = requested(event, "roleArn");
      this.partial.assumed.set(id, roles);
      if (arn !== undefined) addWithin(roles, arn, this.partial.bounds);
    }
  }

  private visitRole(event: CloudTrailEvent, seconds: number): void {
    const role = roleKey(event.text("userIdentity.sessionContext.sessionIssuer.arn") ?? "");
    if (!this.roles.has(role)) return;
    const holders = inner(this.partial.roleActions, role);
    const holder = sessionKey(holderOf(event, role), programOf(event.text("userAgent") ?? ""));
    const { bounds } = this.partial;
    if (holders.size < MOST || holders.has(holder)) noteAction(inner(holders, holder), event, seconds, bounds);
    else bounds.leftOut += event.count;
  }

  private visitIdentity(event: CloudTrailEvent, seconds: number, subject: string | undefined): void {
    const role = requested(event, "roleArn");
    if (role === undefined || subject === undefined || !this.roles.has(role)) return;
    const subjects = inner(this.partial.identities, role);
    noteSubject(subjects, subject.slice(0, LONGEST_TEXT), seconds, this.partial.bounds);
  }

  private visitChange(event: CloudTrailEvent, seconds: number): void {
    const name = event.text("eventName");
    const what =
      name === "DeleteAccessKey"
        ? "deleted"
        : name === "CreateAccessKey"
          ? "created"
          : name !== "UpdateAccessKey"
            ? undefined
            : requested(event, "status") === "Inactive"
              ? "deactivated"
              : "activated";
    if (what === undefined) return;
    const id = what === "created" ? createdKey(event) : requested(event, "accessKeyId");
    if (id === undefined || !this.keys.has(id)) return;
    const by = (event.text("userIdentity.arn") ?? "").slice(0, LONGEST_TEXT);
    const list = this.partial.changes.get(id) ?? [];
    list.push({ at: seconds, what, by });
    this.partial.changes.set(id, latestChanges(list, this.partial.bounds));
  }
}

export function createReducer(options: MoveUseOptions): Reducer<MoveUse> {
  return new MoveUseReducer(options);
}

export function moveUseSpec(options: MoveUseOptions): ReducerSpec<MoveUseOptions> {
  return { module: __filename, options };
}

/**
 * Who has a session: the source identity, which Roles Anywhere sets to the certificate's common name
 * (https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html); else the person whose name the session has in Identity Center; else
 * what the form of the session's name says of the compute: a service starts thousands of tasks, and which one it was does not matter.
 */
function holderOf(event: CloudTrailEvent, role: string): string {
  const identity = event.text("userIdentity.sessionContext.sourceIdentity");
  if (identity !== undefined) return identity.slice(0, 200);
  const arn = event.text("userIdentity.arn") ?? "";
  const session = arn.slice(arn.lastIndexOf("/") + 1);
  return role.startsWith("arn:") ? formOf(session) : session.slice(0, 200);
}

/** Names of sessions that AWS makes up. */
const FORMS: readonly (readonly [holder: string, name: RegExp])[] = [
  [holderOfCompute("ec2"), /^i-[0-9a-f]{8,17}$/],
  [holderOfCompute("ecs"), /^[0-9a-f]{32}$/],
  [holderOfCompute("eks"), /^eks-/],
];

function formOf(session: string): string {
  return FORMS.find(([, name]) => name.test(session))?.[0] ?? holderOfCompute("other");
}

/** How the sessions of a compute are called here: no source identity has a space. */
export function holderOfCompute(compute: "ec2" | "ecs" | "eks" | "other"): string {
  return `sessions of ${compute}`;
}

/** Neither part has a line break: names of sessions have none, and programs no space. */
function sessionKey(holder: string, program: string): string {
  return `${holder}\n${program}`;
}

/** The parts of a key of `roleActions`. */
export function sessionOf(key: string): { readonly holder: string; readonly program: string } {
  const at = key.lastIndexOf("\n");
  return { holder: key.slice(0, at), program: key.slice(at + 1) };
}

/**
 * The program of a user agent without its version: `Boto3/1.34.1 md/Botocore…` → `boto3`. Partners' agents begin with `APN/1.0`, and go on with theirs.
 * It is what the caller sends: it tells programs apart, and proves nothing. Empty where there is none.
 */
export function programOf(agent: string): string {
  const names = agent
    .slice(0, 400)
    .toLowerCase()
    .split(/\s+/)
    .map((token) => token.replace(/^\[/, "").replace(/\/.*|\]$/g, ""));
  return (names[0] === "apn" ? names.slice(0, 3).join("+") : (names[0] ?? "")).slice(0, 80);
}

function noteAction(into: ActionUses, event: CloudTrailEvent, seconds: number, bounds: Bounds): void {
  const error = event.text("errorCode");
  const denied = isDenial(error);
  if (error !== undefined && !denied) return;
  for (const action of actionsOf(event.text("eventSource")!, event.text("eventName")!)) {
    const use = useWithin(into, action, bounds);
    if (!use) bounds.leftOut += event.count;
    else if (denied) use.denied += event.count;
    else addUse(use, { ok: event.count, denied: 0, first: seconds, last: seconds });
  }
}

/** The use of an action, made where there is none yet; nothing where no more are kept. */
function useWithin(into: ActionUses, action: string, bounds: Bounds): ActionUse | undefined {
  const known = into.get(action);
  if (known) return known;
  if (into.size >= MOST || bounds.entries >= MOST_ENTRIES || action.length > LONGEST_ACTION) return undefined;
  const made = { ok: 0, denied: 0, first: -1, last: -1 };
  into.set(action, made);
  bounds.entries++;
  return made;
}

function addWithin(set: Set<string>, text: string, bounds: Bounds): void {
  if (set.has(text)) return;
  if (set.size < MOST && text.length <= LONGEST_TEXT) set.add(text);
  else bounds.leftOut++;
}

function noteSubject(subjects: Map<string, number>, subject: string, seconds: number, bounds: Bounds): void {
  const known = subjects.get(subject);
  if (known !== undefined || subjects.size < MOST) subjects.set(subject, Math.max(seconds, known ?? -1));
  else bounds.leftOut++;
}

/** What was done to a key last says how it is: of too many changes the oldest are left out. */
function latestChanges(changes: KeyChange[], bounds: Bounds): KeyChange[] {
  if (changes.length <= 2 * MOST) return changes;
  bounds.leftOut += changes.length - MOST;
  return changes.sort((a, b) => b.at - a.at).slice(0, MOST);
}

function addUse(into: ActionUse, more: ActionUse): void {
  into.ok += more.ok;
  into.denied += more.denied;
  if (more.first >= 0 && (into.first < 0 || more.first < into.first)) into.first = more.first;
  into.last = Math.max(into.last, more.last);
}

function inner<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = map.get(key);
  if (known) return known;
  const made = new Map<K, V>();
  map.set(key, made);
  return made;
}

function requested(event: CloudTrailEvent, name: string): string | undefined {
  const value = (event.json("requestParameters") as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}

function createdKey(event: CloudTrailEvent): string | undefined {
  const made = event.json("responseElements") as { readonly accessKey?: { readonly accessKeyId?: unknown } } | null;
  const id = made?.accessKey?.accessKeyId;
  return typeof id === "string" ? id : undefined;
}

/** Adds what another portion of the logs shows. */
export function mergeMoveUse(into: MoveUse, from: MoveUse): void {
  const { bounds } = into;
  bounds.leftOut += from.bounds.leftOut;
  mergeKeyUsage(into.usage, from.usage);
  mergeCoverage(into.coverage, from.coverage);
  for (const [id, days] of from.keyDays) {
    const known = into.keyDays.get(id);
    if (known) bounds.leftOut += listDays(days).filter((day) => !addDay(known, day)).length;
    else into.keyDays.set(id, days);
  }
  for (const [id, uses] of from.keyActions) mergeActions(inner(into.keyActions, id), uses, bounds);
  for (const [id, roles] of from.assumed) {
    const known = into.assumed.get(id) ?? new Set<string>();
    into.assumed.set(id, known);
    for (const arn of roles) addWithin(known, arn, bounds);
  }
  for (const [role, holders] of from.roleActions) {
    const known = inner(into.roleActions, role);
    for (const [holder, uses] of holders)
      if (known.size < MOST || known.has(holder)) mergeActions(inner(known, holder), uses, bounds);
      else bounds.leftOut += callsOf(uses);
  }
  for (const [role, subjects] of from.identities) {
    const known = inner(into.identities, role);
    for (const [subject, last] of subjects) noteSubject(known, subject, last, bounds);
  }
  for (const [id, changes] of from.changes)
    into.changes.set(id, latestChanges([...(into.changes.get(id) ?? []), ...changes], bounds));
}

function callsOf(uses: ActionUses): number {
  return [...uses.values()].reduce((sum, { ok, denied }) => sum + ok + denied, 0);
}

/** Adds uses, and leaves those that are added as they are. */
export function mergeActions(into: ActionUses, from: ActionUses, bounds: Bounds = { entries: 0, leftOut: 0 }): void {
  for (const [action, use] of from) {
    const known = useWithin(into, action, bounds);
    if (known) addUse(known, use);
    else bounds.leftOut += use.ok + use.denied;
  }
}
