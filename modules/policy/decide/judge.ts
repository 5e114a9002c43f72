import type { NamedPolicy, PolicySet } from "../evaluate/types";
import { BY_TRUST_ALONE } from "../evaluate/grant";
import { NEEDS_NO_PERMISSION, NOT_BY_RCP, RCP_SERVICES } from "../evaluate/verdict";
import type { Layer } from "../evaluate/statements";
import { FALSE, TRUE, Truth, UNKNOWN } from "../evaluate/truth";
import type { OneOrMany, PolicyStatement } from "../types";
import { asList } from "../document";
import { servicesWithResourceControl } from "../vocabulary/reference";
import { ACTION, Box, Context, Look, PRINCIPAL, RESOURCE, Setting, Test } from "./box";
import { ALWAYS, isMixed, Mask, maskAnd, maskMap, maskOr, NEVER, OPEN } from "./masks";
import type { Language } from "./language";
import { ACCOUNT_ID, allBut, ANY_TEXT, literally, Token } from "./pattern";
import type { Place } from "./policy-texts";
import { mayMeet } from "./meet";
import type { Part } from "./request-sets";
import type { Space } from "./space";
import { BoxStatement, boxStatement, Grade, several } from "./statements";
import { constant, negation, textTest } from "./tests";

/** The verdict on a box: `evaluate/verdict.ts` and `evaluate/grant.ts` over sets of truth values. */

/** Decisions that requests of a box may have. */
export const DENIED = 1;
export const UNDECIDED = 2;
export const ALLOWED = 4;

interface Group {
  readonly allows: readonly BoxStatement[];
}

/** A Deny with what it takes to bind. */
interface Deny {
  readonly statement: BoxStatement;
  readonly tests: readonly Test[];
}

/** Statements that may speak of some request of a set, by what they do. */
export interface Judged {
  readonly denies: readonly Deny[];
  /** Absent: SCPs do not bind. */
  readonly scps: readonly Group[] | undefined;
  readonly identity: Group | undefined;
  readonly boundary: Group | undefined;
  readonly session: Group | undefined;
  readonly resource: Group | undefined;
  readonly identityGiven: boolean;
  /** Condition keys that matter. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

const texts = (place: Place, rows: readonly (readonly Token[])[]): Language =>
  place.either(...rows.map((row) => place.matching(row)));

const actionsAre = (name: string, actions: Iterable<string>): Test =>
  textTest(ACTION, name, (place) => ({ yes: texts(place, [...actions].map(literally)), open: place.nothing }));

const needsNoPermission = actionsAre("needs no permission", NEEDS_NO_PERMISSION);
const byTrustAlone = actionsAre("by trust alone", BY_TRUST_ALONE);

const ofService = (service: string): readonly Token[] => [...literally(`${service}:`), ANY_TEXT];

const rcpsBind = textTest(ACTION, "RCPs bind", (place) => {
  const never = texts(place, [...NOT_BY_RCP].map(literally));
  const services = (all: Iterable<string>): Language => place.minus(texts(place, [...all].map(ofService)), never);
  const yes = services(RCP_SERVICES);
  return { yes, open: services(servicesWithResourceControl().filter((service) => !RCP_SERVICES.has(service))) };
});

const SEGMENT = allBut(":");
const SOME_SEGMENT: readonly Token[] = [{ ...SEGMENT, star: false }, SEGMENT];

const isServiceLinkedRole = textTest(PRINCIPAL, "service-linked role", (place) => ({
  yes: place.matching([
    ...literally("arn:"),
    ...SOME_SEGMENT,
    ...literally(":iam::"),
    ...ACCOUNT_ID,
    ...literally(":role/aws-service-role/"),
    ANY_TEXT,
  ]),
  open: place.nothing,
}));

const startsWith = (dimension: string, name: string, tokens: readonly Token[]): Test =>
  textTest(dimension, name, (place) => ({ yes: place.matching([...tokens, ANY_TEXT]), open: place.nothing }));

const isSts = startsWith(ACTION, "sts", literally("sts:"));
const isKms = startsWith(ACTION, "kms", literally("kms:"));
const isRole = startsWith(RESOURCE, "a role", [
  ...literally("arn:"),
  ...SOME_SEGMENT,
  ...literally(":iam::"),
  SEGMENT,
  ...literally(":role/"),
]);
const isKey = startsWith(RESOURCE, "a key", [
  ...literally("arn:"),
  ...SOME_SEGMENT,
  ...literally(":kms:"),
  SEGMENT,
  ...literally(":"),
  SEGMENT,
  ...literally(":key/"),
]);

const own = ({ type }: Setting): boolean =>
  type === "user" || type === "role" || type === "root" || type === "assumedRoot";

/** What of the policies may speak of a request of the part, before any condition is looked at. */
export function judged(policies: PolicySet, { box, resources }: Part, context: Context): Judged {
  const { setting, space } = context;
  const { type } = setting;
  const byRole = type === "role";
  const boundaryHolds = policies.boundary !== undefined && (type === "user" || byRole);
  const notLinked: readonly Test[] = byRole ? [negation(isServiceLinkedRole)] : [];
  const denies: Deny[] = [];
  const keys = new Map<string, Set<string>>();
  const group = (
    layer: Layer,
    level: number | undefined,
    list: readonly NamedPolicy[],
    binds: readonly Test[] | undefined,
  ): Group => {
    const allows: BoxStatement[] = [];
    for (const policy of list) {
      for (const statement of ofActions(statementsOf(policy, layer, level, setting, space), box, context)) {
        if (statement.effect === "Deny" && binds === undefined) continue;
        if (statement.effect === "Allow" && layer === "rcp") continue;
        if (!mayCover(statement, resources, space)) continue;
        const named =
          statement.principal && !(boundaryHolds && statement.exceptPrincipals && statement.effect === "Deny")
            ? [statement.principal]
            : [];
        if ([...named, ...statement.withoutKeys].some((test) => test.look(box, context).mask === NEVER)) continue;
        const tests = [...named, ...statement.tests];
        for (const { key, operator } of statement.operators) {
          const known = keys.get(key) ?? new Set<string>();
          keys.set(key, known.add(operator));
        }
        if (statement.effect === "Deny") denies.push({ statement, tests: [...binds!, ...tests] });
        else allows.push(statement);
      }
    }
    return { allows };
  };
  const principals = own(setting);
  const scps = (policies.scps ?? []).map((level, i) => group("scp", i, level, principals ? notLinked : undefined));
  (policies.rcps ?? []).forEach((level, i) => group("rcp", i, level, [rcpsBind, ...notLinked]));
  const one = (layer: Layer, list: readonly NamedPolicy[] | undefined, bind: boolean): Group | undefined =>
    list && group(layer, undefined, list, bind ? [] : undefined);
  return {
    denies,
    scps: principals && policies.scps ? scps : undefined,
    identity: one("identity", policies.identity, principals),
    boundary: one("boundary", policies.boundary && [policies.boundary], boundaryHolds),
    session: one("session", policies.session, principals),
    resource: one("resource", policies.resource && [policies.resource], true),
    identityGiven: policies.identity !== undefined,
    keys: new Map([...keys].map(([key, operators]) => [key, [...operators].sort()])),
  };
}

/** Whether any of its resources may be one of the set's, by their looks. */
function mayCover(statement: BoxStatement, resources: readonly string[], space: Space): boolean {
  const { covers } = statement;
  if (!covers) return true;
  return space.made(statement, JSON.stringify(resources), () =>
    covers.some((one) => resources.some((like) => mayMeet(one, like))),
  );
}

/** Those that may speak of one of the actions: most policies are about others. */
function ofActions(all: readonly BoxStatement[], box: Box, context: Context): readonly BoxStatement[] {
  return context.space.costing(all, `speaks of ${box.get(ACTION)!.key}`, context.steps, () =>
    all.filter(({ action }) => action.look(box, context).mask !== NEVER),
  );
}

function statementsOf(
  { name, document }: NamedPolicy,
  layer: Layer,
  level: number | undefined,
  setting: Setting,
  space: Space,
): readonly BoxStatement[] {
  const about = layer === "resource" ? JSON.stringify(setting) : "";
  return space.made(document, `${layer} ${level ?? ""} ${name} ${about}`, () =>
    asList(document.Statement as OneOrMany<PolicyStatement>).map((statement, index) =>
      boxStatement(
        statement,
        {
          layer,
          ...(level === undefined ? {} : { level }),
          policy: name,
          statement: index,
          ...(statement.Sid === undefined ? {} : { sid: statement.Sid }),
        },
        document.Version,
        setting,
      ),
    ),
  );
}

/** What is said of a box, and with what to go on where it is not one thing. */
export interface Judgement {
  /** Of `DENIED`, `UNDECIDED`, `ALLOWED`. */
  readonly decisions: number;
  /** Denies that hold for the whole box. */
  readonly holding: readonly BoxStatement[];
  /** Statements that leave it undecided. */
  readonly open: readonly BoxStatement[];
}

type Looks = Look[];

/** @param mixed gathers the tests that say more than one thing, those to go on with first */
export function judge(of: Judged, box: Box, context: Context, mixed: Looks): Judgement {
  const { setting } = context;
  const free = see(needsNoPermission, box, context, mixed);
  let deny: Mask = NEVER;
  const holding: BoxStatement[] = [];
  const open: BoxStatement[] = [];
  const undecided: { readonly looks: Looks; readonly count: number }[] = [];
  if (free !== ALWAYS)
    for (const { statement, tests } of of.denies) {
      const looks: Looks = [];
      const mask = conjunction(tests, box, context, looks);
      if (mask === ALWAYS) holding.push(statement);
      if (mask === OPEN) open.push(statement);
      if (isMixed(mask)) undecided.push({ looks, count: looks.length });
      deny = maskOr(deny, mask);
      if (deny === ALWAYS) break;
    }
  if (deny !== ALWAYS) {
    // The statement that needs the least to be settled comes first.
    undecided.sort((a, b) => a.count - b.count);
    for (const { looks } of undecided) mixed.push(...looks);
  }
  let result: Mask = 0;
  if (deny !== ALWAYS && free !== ALWAYS) {
    let chain: Mask = ALWAYS;
    if (of.scps) {
      for (const level of of.scps) chain = maskAnd(chain, allowed(level, box, context, mixed, open));
      if (setting.type === "role" && chain !== ALWAYS)
        chain = maskOr(chain, see(isServiceLinkedRole, box, context, mixed));
    }
    result = chain === NEVER ? NEVER : maskAnd(chain, granted(of, box, context, mixed, open));
  }
  let decisions = free & ALWAYS ? ALLOWED : 0;
  if (free & NEVER) {
    if (deny & ALWAYS) decisions |= DENIED;
    if (deny & (NEVER | OPEN)) {
      if (result & NEVER) decisions |= DENIED;
      if (result & OPEN) decisions |= UNDECIDED;
      if (result & ALWAYS) decisions |= (deny & NEVER ? ALLOWED : 0) | (deny & OPEN ? UNDECIDED : 0);
    }
  }
  return { decisions, holding, open };
}

function see(test: Test, box: Box, context: Context, mixed: Looks): Mask {
  const look = test.look(box, context);
  if (isMixed(look.mask)) mixed.push(look);
  return look.mask;
}

function conjunction(tests: readonly Test[], box: Box, context: Context, mixed: Looks): Mask {
  let result: Mask = ALWAYS;
  for (const test of tests) {
    result = maskAnd(result, see(test, box, context, mixed));
    if (result === NEVER) return NEVER;
  }
  return result;
}

function allowed(group: Group, box: Box, context: Context, mixed: Looks, open: BoxStatement[]): Mask {
  let result: Mask = NEVER;
  const found: Looks = [];
  for (const statement of group.allows) {
    const tests = statement.principal ? [statement.principal, ...statement.tests] : statement.tests;
    const looks: Looks = [];
    const mask = conjunction(tests, box, context, looks);
    if (isMixed(mask)) found.push(...looks);
    if (mask === OPEN) open.push(statement);
    result = maskOr(result, mask);
    if (result === ALWAYS) return ALWAYS;
  }
  mixed.push(...found);
  return result;
}

function granted(of: Judged, box: Box, context: Context, mixed: Looks, open: BoxStatement[]): Mask {
  const { setting } = context;
  const trust = own(setting) ? see(byTrustAlone, box, context, mixed) : ALWAYS;
  let result: Mask = 0;
  if (trust & ALWAYS)
    result |= of.resource ? allowed(of.resource, box, context, mixed, open) : of.identityGiven ? OPEN : ALWAYS;
  if (trust & NEVER) result |= grantedToPrincipal(of, box, context, mixed, open);
  return result;
}

function grantedToPrincipal(of: Judged, box: Box, context: Context, mixed: Looks, open: BoxStatement[]): Mask {
  const { setting } = context;
  const layer = (group: Group | undefined): Mask => (group ? allowed(group, box, context, mixed, open) : ALWAYS);
  const isRoot = setting.type === "root" || setting.type === "assumedRoot";
  const identity = isRoot ? ALWAYS : layer(of.identity);
  const boundary = isRoot ? ALWAYS : layer(of.boundary);
  const session = layer(of.session);
  const ownPolicies = maskAnd(identity, maskAnd(boundary, session));
  if (!of.resource && !of.identityGiven) return ownPolicies;
  const same = see(sameAccount(setting), box, context, mixed);
  const rules = maskOr(
    maskAnd(see(isSts, box, context, mixed), see(isRole, box, context, mixed)),
    maskAnd(see(isKms, box, context, mixed), see(isKey, box, context, mixed)),
  );
  if (!of.resource)
    return maskMap([rules, same, ownPolicies], (r, s, o) => (r === TRUE || s !== TRUE ? least(o, UNKNOWN) : o));
  const by = grades(of.resource, box, context, mixed, open);
  return maskMap(
    [same, rules, identity, boundary, session, by.direct, by.user, by.role, by.account],
    (s, r, i, b, t, direct, user, role, account) => {
      const o = least(i, least(b, t));
      const any = most(most(direct, user), most(role, account));
      const across = least(o, any);
      if (s === FALSE) return across;
      const bounded = least(b, t);
      const alone = most(direct, most(of.session ? least(user, bounded) : user, least(role, bounded)));
      const inside = most(alone, r === TRUE ? least(o, account) : o);
      return s === TRUE || inside === across ? inside : UNKNOWN;
    },
  );
}

const least = (a: Truth, b: Truth): Truth => (a < b ? a : b);
const most = (a: Truth, b: Truth): Truth => (a > b ? a : b);

function grades(
  group: Group,
  box: Box,
  context: Context,
  mixed: Looks,
  open: BoxStatement[],
): Readonly<Record<Grade, Mask>> {
  const found: Record<Grade, Mask> = { direct: NEVER, user: NEVER, role: NEVER, account: NEVER };
  for (const statement of group.allows) {
    if (!statement.principal || !statement.grades) continue;
    const looks: Looks = [];
    const spoken = conjunction([statement.principal, ...statement.tests], box, context, looks);
    if (spoken === NEVER) continue;
    mixed.push(...looks);
    if (spoken === OPEN) open.push(statement);
    for (const grade of ["direct", "user", "role", "account"] as const)
      found[grade] = maskOr(found[grade], maskAnd(spoken, see(statement.grades[grade], box, context, mixed)));
  }
  return found;
}

const OPEN_ACCOUNTS = several("whether the resource is in the principal's account");

function sameAccount({ principalAccount, resourceAccount, foreign = false }: Setting): Test {
  if (principalAccount === "none" || resourceAccount === "none") return constant(UNKNOWN);
  if (foreign) return constant(FALSE);
  if (principalAccount === "several" || resourceAccount === "several") return OPEN_ACCOUNTS;
  return constant(principalAccount === resourceAccount ? TRUE : FALSE);
}
