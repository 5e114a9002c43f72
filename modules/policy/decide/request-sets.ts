import { instant } from "../evaluate/conditions";
import { arnPattern, wildcards } from "../evaluate/patterns";
import { FormPart, ID_CHARACTERS, NAME, NOT_IN_NAMES, userIdForm } from "../evaluate/user-id";
import { conditionKeyType } from "../vocabulary/reference";
import { networkOf } from "./addresses";
import { AccountOf, ACTION, Box, Context, PRINCIPAL, RESOURCE, Setting } from "./box";
import { everyValue, kindOf } from "./comparisons";
import { after, before, between, Cuts, union } from "./cuts";
import { keyValues, KeyValues } from "./key-values";
import type { Language, Languages } from "./language";
import { ACCOUNT_ID, ANY_TEXT, literally, NO_WILDCARD, Row, Token } from "./pattern";
import { globTokens, ignoringCase, ofAccount, ofSomeAccount } from "./policy-texts";
import { placeOf } from "./tests";
import type { KeySet, KeySets, PrincipalSet, RequestSet, TextSet, ValueSet } from "./types";
import { addresses, isEmpty, listed, moments, numbers, subtract, texts, Values, Work } from "./values";

/** Sets of requests as boxes. */

/** What the texts of a set are: of ARNs the first five parts have no colon in them, and an account is an account. */
type Kind = "text" | "action" | "principal" | "resource";

export function languageOf(set: TextSet, { languages }: Work, kind: Kind = "text"): Language {
  return languages.made(`${kind} ${JSON.stringify(set)}`, () => makeLanguage(set, languages, kind));
}

function makeLanguage(
  { like, except = [], within, anyCase = false }: TextSet,
  languages: Languages,
  kind: Kind,
): Language {
  const of = (all: readonly string[], every: boolean, cases = false): Language =>
    languages.either(
      ...all
        .flatMap((text) => rowsOf(text, kind, every))
        .map((row) => languages.matching(cases ? row.map(inEitherCase) : row)),
    );
  const found = languages.minus(of(like, false, anyCase), of(except, true));
  return within ? languages.both(found, of(within, true)) : found;
}

function inEitherCase(token: Token): Token {
  return token.negated || token.chars.length !== 1 ? token : (ignoringCase(token.chars)?.[0] ?? token);
}

const SEGMENT: Token = { chars: ":", negated: true, star: true };
/** Accounts in ARNs: an id, none (buckets), or AWS itself (its managed policies). */
const ACCOUNTS: readonly Row[] = [ACCOUNT_ID, [], literally("aws")];

/** @param every what is left out is left out in every form, even in one that AWS does not have */
function rowsOf(text: string, kind: Kind, every: boolean): readonly Row[] {
  if (kind === "text" || kind === "action")
    return [globTokens(wildcards(kind === "action" ? text.toLowerCase() : text))];
  if (text === "*" && every) return [[ANY_TEXT]];
  if (kind === "resource" && text === "*") return [literally("*"), ...rowsOf("arn:*:*:*:*:*", kind, every)];
  const parts = arnPattern(wildcards(text)).components;
  if (parts.length < 6) return [globTokens(wildcards(text))];
  const accounts = every || !parts[4]!.any ? [undefined] : kind === "principal" ? [ACCOUNT_ID] : ACCOUNTS;
  // A path of IAM may have a colon in it; nobody's has, and what patterns make of it is not documented.
  const last = every || parts[2]!.pattern !== "iam" ? LAST : LAST + 1;
  return accounts.map((account) =>
    parts.flatMap(({ pattern }, i): Row => {
      const part = i === 4 && account ? account : globTokens(pattern, i < last);
      return i === 0 ? part : [...literally(":"), ...part];
    }),
  );
}

/** Position of the part of an ARN that may have colons in it. */
const LAST = 5;

/** A part of a set in which accounts are the same as far as they are known. */
export interface Part {
  readonly setting: Setting;
  readonly principals: PrincipalSet;
  /** Patterns of the set's resources, as they are written. */
  readonly resources: readonly string[];
  readonly box: Box;
}

/**
 * @param apart whether requests are told apart by the accounts of principal and resource; else an account is only known where all have it
 */
export function partsOfSet(set: RequestSet, principals: PrincipalSet, apart: boolean, work: Work): readonly Part[] {
  const { languages } = work;
  const actions = actionsOf(set.actions, work);
  const resources = languageOf(set.resources, work, "resource");
  const arns = principalArns(principals, work);
  const empty = (language: Language): boolean => languages.isEmpty(language, work.steps);
  if (isEmpty(actions, work) || empty(resources) || empty(arns)) return [];
  const own = set.resourceAccountId === undefined ? [] : [set.resourceAccountId];
  const owners = byAccount(arns, principals.arns, own, principals.accountId, "none", apart, work);
  return owners.flatMap(({ language: arn, account: principalAccount }) =>
    byAccount(
      resources,
      set.resources,
      principalAccount === "none" || principalAccount === "several" ? [] : [principalAccount],
      set.resourceAccountId,
      principalAccount,
      apart,
      work,
    ).map(({ language: resource, account: resourceAccount }) => ({
      principals,
      resources: set.resources.like,
      setting: {
        type: principals.type,
        principalAccount,
        givenAccount: principals.accountId,
        resourceAccount,
        // The resource's own account is a part of its own.
        ...(apart && principalAccount === "several" && set.resourceAccountId !== undefined ? { foreign: true } : {}),
      },
      box: new Map([
        [ACTION, keyValues(false, actions)],
        [PRINCIPAL, keyValues(false, texts(arn))],
        [RESOURCE, keyValues(false, texts(resource))],
      ]),
    })),
  );
}

/** Names that are looked up one by one at most. */
const LISTED = 64;

/** Actions that are named are listed: nearly every question names them, and looking a name up is quick. */
function actionsOf(set: TextSet, work: Work): Values {
  const language = languageOf(set, work, "action");
  if (set.anyCase || set.like.length > LISTED || set.like.some((text) => /[*?]/.test(text))) return texts(language);
  return listed(set.like.map((text) => text.toLowerCase()).filter((text) => work.languages.has(language, text)));
}

/** An ARN with its account, whatever the patterns leave open: AWS has no other user, role or root user. */
function principalArns({ type, arns }: PrincipalSet, work: Work): Language {
  const written = languageOf(arns, work, "principal");
  const outsider = type === "webIdentity" || type === "saml" || type === "service" || type === "anonymous";
  const found =
    outsider || arns.like.every(namesAccount) ? written : work.languages.both(written, someAccount(work.languages));
  return type === "user" ? withPlainName(found, work) : found;
}

const someAccount = (languages: Languages): Language =>
  languages.made("some account", () => languages.matching(ofSomeAccount));

/** Whatever a pattern matches has an account id in it: it has one, or leaves all of it open, which `rowsOf` takes for an id. */
function namesAccount(text: string): boolean {
  const parts = text.split(":");
  return parts.length >= 6 && parts[0] === "arn" && /^(\d{12}|\*)$/.test(parts[4]!);
}

/** IAM takes no wildcards in the name of a user. */
function withPlainName(arns: Language, { languages }: Work): Language {
  return languages.minus(
    arns,
    languages.matching([
      ANY_TEXT,
      { chars: "*?", negated: false, star: false },
      { chars: "/", negated: true, star: true },
    ]),
  );
}

function byAccount(
  language: Language,
  { like }: TextSet,
  more: readonly string[],
  given: string | undefined,
  otherwise: AccountOf,
  apart: boolean,
  work: Work,
): readonly { readonly language: Language; readonly account: AccountOf }[] {
  if (given !== undefined) return [{ language, account: given }];
  const { languages, steps } = work;
  const found: { readonly language: Language; readonly account: AccountOf }[] = [];
  let rest = language;
  const some = someAccount(languages);
  const named = [...new Set([...more, ...like.flatMap((text) => text.match(/\d{12}/g) ?? []).sort()])];
  for (const account of named.slice(0, 64)) {
    const here = languages.both(
      rest,
      languages.made(`account ${account}`, () => languages.matching(ofAccount(literally(account)))),
    );
    if (languages.isEmpty(here, steps)) continue;
    rest = languages.minus(rest, here);
    found.push({ language: here, account });
  }
  const without = languages.minus(rest, some);
  if (!languages.isEmpty(without, steps)) found.push({ language: without, account: otherwise });
  const open = languages.both(rest, some);
  if (!languages.isEmpty(open, steps)) found.push({ language: open, account: "several" });
  const [first] = found;
  return apart || found.length < 2 || first === undefined ? found : [{ language, account: "several" }];
}

/**
 * A box with all the condition keys that matter.
 *
 * @param asked keys that policies look at, with their operators
 */
export function withKeys(
  part: Part,
  set: RequestSet,
  asked: ReadonlyMap<string, readonly string[]>,
  context: Context,
): Box {
  const { setting, principals, box } = part;
  const given = new Map<string, KeySet>();
  for (const keys of [set.keys, principals.keys] as readonly (KeySets | undefined)[])
    for (const [key, values] of Object.entries(keys ?? {})) given.set(key.toLowerCase(), values);
  const result = new Map(box);
  for (const key of given.keys())
    if (placeOf(key, setting).kind !== "own")
      throw new Error(`${key} follows from the principal: describe it by the principals of the set`);
  for (const key of new Set([...given.keys(), ...asked.keys()])) {
    const place = placeOf(key, setting);
    if (place.kind !== "own") continue;
    const said = given.get(key) ?? given.get(place.dimension);
    const values =
      said === undefined
        ? unlisted(key, set, setting, asked, context)
        : keySet(key, said, asked.get(key) ?? [], context);
    const before = result.get(place.dimension);
    const formed =
      key === "aws:userid" ? (ofForm(said === undefined ? undefined : values, part, context) ?? values) : values;
    if (before === undefined || said !== undefined) result.set(place.dimension, formed);
  }
  return result;
}

/**
 * `aws:userid` is tied to the principal: it is there, and has the form of its kind. Which id a user or role has its ARN does not tell, so that
 * every id of the form is in the set: wider than AWS's, which is the careful side of a proof.
 */
function ofForm(
  values: KeyValues | undefined,
  { setting, principals, box }: Part,
  context: Context,
): KeyValues | undefined {
  const form = formLanguage(setting, principals, box, context);
  if (form === undefined) return undefined;
  if (values === undefined) return keyValues(false, texts(form));
  const { present } = values;
  if (present?.kind === "listed")
    return keyValues(false, listed(present.texts.filter((text) => context.languages.has(form, text))), values.some);
  const language = present?.kind === "texts" ? present.language : context.languages.nothing;
  return keyValues(false, texts(context.languages.both(language, form)), values.some);
}

function formLanguage(
  { type, principalAccount }: Setting,
  { accountId }: PrincipalSet,
  box: Box,
  { languages, steps }: Context,
): Language | undefined {
  const account = accountId ?? (/^\d{12}$/.test(principalAccount) ? principalAccount : undefined);
  if (type === "root" || type === "assumedRoot")
    return account === undefined ? languages.matching(ACCOUNT_ID) : languages.text(account);
  const form = userIdForm({ type, arn: "" }, account);
  if (form === undefined) return undefined;
  const own = languages.matching(form.flatMap(formRow));
  const arns = box.get(PRINCIPAL)?.present;
  if (type !== "user" || arns?.kind !== "texts") return own;
  const federated = languages.both(arns.language, languages.matching(FEDERATED_USER));
  if (languages.isEmpty(federated, steps)) return own;
  return languages.either(own, languages.matching([...ACCOUNT_ID, ...literally(":"), ...formRow(NAME)]));
}

const FEDERATED_USER: Row = [
  ...literally("arn:"),
  SEGMENT,
  ...literally(":sts::"),
  ...ACCOUNT_ID,
  ...literally(":federated-user/"),
  ANY_TEXT,
];

function formRow(part: FormPart): Row {
  if (typeof part === "string") return literally(part);
  return [
    part === NAME
      ? { chars: NOT_IN_NAMES, negated: true, star: true }
      : { chars: ID_CHARACTERS, negated: false, star: true },
  ];
}

function unlisted(
  key: string,
  set: RequestSet,
  { resourceAccount }: Setting,
  asked: ReadonlyMap<string, readonly string[]>,
  context: Context,
): KeyValues {
  if (set.otherKeys === "absent") return keyValues(true);
  // Services may leave it out; where it is there it is the owner of the resource.
  if (key === "aws:resourceaccount" && resourceAccount !== "several" && resourceAccount !== "none")
    return keyValues(true, texts(context.languages.text(resourceAccount)));
  return keySet(key, "anything", asked.get(key) ?? [], context);
}

function keySet(key: string, set: KeySet, operators: readonly string[], context: Context): KeyValues {
  if (set === "absent") return keyValues(true);
  // Of a key that the reference does not have, whoever asks with a set operator says that it may have several.
  const several = conditionKeyType(key)?.several ?? operators.some((operator) => /^for/i.test(operator));
  if (typeof set === "string") {
    const values = everyValueOf(key, operators, context);
    return keyValues(set === "anything", values, several ? [] : undefined);
  }
  const having = set.having ? [texts(languageOf(set.having, context))] : [];
  return keyValues(set.absent ?? false, valueSet(set, context), (set.several ?? several) ? having : undefined);
}

function valueSet(set: ValueSet, context: Context): Values {
  if ("oneOf" in set) return listed(set.oneOf.map(String));
  if ("like" in set) return texts(languageOf(set, context));
  if ("numbers" in set) {
    const { from = -Infinity, to = Infinity } = set.numbers;
    return numbers(between(from === -Infinity ? after(from) : before(from), to === Infinity ? before(to) : after(to)));
  }
  if ("dates" in set) {
    const { from, to } = set.dates;
    const every = everyValue("moments", context.languages.everything) as Extract<Values, { kind: "moments" }>;
    return moments(
      between(
        from === undefined ? every.cuts[0]! : before(moment(from)),
        to === undefined ? every.cuts[1]! : after(moment(to)),
      ),
    );
  }
  const all = networks(set.networks);
  return subtract(all, networks(set.exceptNetworks ?? []), context);
}

function moment(text: string): number {
  const found = instant(text);
  if (found === undefined) throw new Error(`${text} is no date in ISO 8601 with a zone`);
  return found;
}

function networks(all: readonly string[]): Values {
  const found = all.map((text) => {
    const network = networkOf(text);
    if (!network) throw new Error(`${text} is no network in CIDR notation`);
    return network;
  });
  const of = (family: 4 | 6): Cuts<bigint> =>
    union(found.flatMap((network) => (network.family === family ? [network.cuts] : [])));
  return addresses(of(4), of(6));
}

/** Keys in whose values AWS has no asterisk and no question mark: names, ids, tags of principals. */
const PLAIN =
  /^aws:(principal|userid$|username$|sourceidentity$|resourceaccount$|resourceorg|sourceaccount$|sourceorg|requestedregion$|federatedprovider$)/;

const ARN: readonly Token[] = [
  ...literally("arn:"),
  ...Array.from({ length: 4 }, () => [SEGMENT, ...literally(":")]).flat(),
  ANY_TEXT,
];

function everyValueOf(key: string, operators: readonly string[], { languages }: Context): Values {
  const known = conditionKeyType(key)?.type;
  const text =
    known === "ARN"
      ? languages.made("any ARN", () => languages.matching(ARN))
      : PLAIN.test(key)
        ? languages.made("no wildcard", () => languages.matching(NO_WILDCARD))
        : languages.everything;
  return everyValue(known === undefined ? askedKind(operators) : TYPES[known], text);
}

const TYPES = {
  String: "texts",
  ARN: "texts",
  Bool: "listed",
  Numeric: "numbers",
  Date: "moments",
  IPAddress: "addresses",
} as const;

/** Of keys that the reference does not have: what they are compared as. */
function askedKind(operators: readonly string[]): Values["kind"] {
  const kinds = new Set(
    operators.flatMap(
      (operator) => kindOf(operator.replace(/^For(All|Any)Values?:/, "").replace(/IfExists$/, "")) ?? [],
    ),
  );
  const [only] = kinds;
  if (kinds.size === 1 && only !== undefined) return only;
  return kinds.size === 2 && kinds.has("listed") && kinds.has("texts") ? "listed" : "texts";
}
