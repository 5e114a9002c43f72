import type { KeySets, TextSet } from "../policy/decide";
import { policyDocument } from "../policy/document";
import type { NamedPolicy, PolicySet } from "../policy/evaluate";
import { policiesBetween } from "./across";
import { ANY_RESOURCE, iamSet } from "./arns";
import type { Chain } from "./chains";
import { delegated, delegationUnread } from "./delegates";
import { BECOME_USER } from "./exemptions-hold";
import { AccountRows, roleSet, userSet } from "./rows";
import { asked, becoming, namesOf, sparing, spokenOf, Stated, TAKES_AWAY } from "./spare-statements";
import type { Spare, SpareKind } from "./spares";
import type { ProofInput, Question, Row } from "./types";

/** One way to be spared in one chain. */
export interface At {
  readonly input: ProofInput;
  readonly chain: Chain;
  readonly all: AccountRows;
  /** Names that documents of this environment's own spare: becoming one is a proof of its own. */
  readonly trusted: readonly string[];
  readonly statements: readonly Stated[];
  readonly stated: Stated;
  readonly spare: Spare;
  readonly others: readonly Chain[];
  readonly decides: Question;
  /** Of a statement that names what it is about: whether it decides as far as its own policy goes, whatever others deny. @default - as `decides` */
  readonly unless: Question | undefined;
}

/** Whoever makes a service call for a resource of theirs: nobody has read who may. */
function bySource(at: At): readonly Question[] {
  return [
    {
      ...direct(at, "whoever makes a service of AWS call on behalf of such a resource"),
      unsettled: `${at.spare.key} is what a service of AWS says of the resource for which it calls; the facts do not say who makes which service call`,
    },
  ];
}

export const QUESTIONS: Readonly<Record<SpareKind, (at: At) => readonly Question[]>> = {
  "principal-tag": (at) => {
    const tag = at.spare.key.slice(at.spare.key.indexOf("/") + 1);
    const how = `gives itself the tag ${tag}`;
    return [
      ...set(
        at,
        ["iam:CreateRole", "iam:CreateUser", "iam:TagRole", "iam:TagUser", "sts:TagSession"],
        tagged(at, tag),
        how,
      ),
      ...(at.spare.absent
        ? set(at, ["iam:UntagRole", "iam:UntagUser"], tagKeys(tag), `takes the tag ${tag} from itself`)
        : []),
      ...fromElsewhere(at, ["sts:TagSession"], tagged(at, tag), `opens a session with the tag ${tag}`),
    ];
  },
  "resource-tag": (at) => {
    const tag = at.spare.key.slice(at.spare.key.indexOf("/") + 1);
    return [
      ...set(
        at,
        ["iam:CreateRole", "iam:CreateUser", "iam:TagRole", "iam:TagUser"],
        tagged(at, tag),
        `gives the tag ${tag} to what it is about`,
      ),
      ...(at.spare.absent
        ? set(at, ["iam:UntagRole", "iam:UntagUser"], tagKeys(tag), `takes the tag ${tag} from what it is about`)
        : []),
    ];
  },
  "session-name": (at) => {
    const { key, values, anyCase } = at.spare;
    // `AROAEXAMPLEID:*` names one role, whose id AWS gives: only the part behind the colon is somebody's choice.
    const names = /^aws:userid$/i.test(key) ? values.flatMap(sessionNames) : values;
    if (names.length === 0) return [];
    const keys: KeySets = { "sts:RoleSessionName": { like: names, anyCase } };
    const how = `assumes a role under the session name ${names.join(", ")}`;
    return [
      ...set(at, ["sts:AssumeRole"], keys, how),
      ...fromElsewhere(at, ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"], keys, how),
    ];
  },
  "source-identity": (at) => {
    const { values, anyCase, absent } = at.spare;
    const keys: KeySets = { "sts:SourceIdentity": { like: values, anyCase } };
    const how = `sets the source identity ${values.join(", ")}`;
    return [
      ...set(at, ["sts:SetSourceIdentity"], keys, how),
      ...(absent
        ? set(at, ["sts:AssumeRole"], { "sts:SourceIdentity": "absent" }, "assumes a role without a source identity")
        : []),
      ...fromElsewhere(at, ["sts:SetSourceIdentity"], keys, how),
    ];
  },
  "user-name": (at) => {
    const users: TextSet = {
      like: at.spare.values.flatMap((name) => [
        `arn:aws:iam::${at.chain.account.id}:user/${name}`,
        `arn:aws:iam::${at.chain.account.id}:user/*/${name}`,
      ]),
      except: iamSet(at.chain.account.id, "user").except!,
      anyCase: at.spare.anyCase,
    };
    return [
      ...set(
        at,
        BECOME_USER.filter((action) => !TAKES_AWAY.has(action)),
        {},
        `works as a user of the name ${at.spare.values.join(", ")}`,
        { resources: users, on: `user ${at.spare.values.join(", ")}` },
      ),
    ];
  },
  request: (at) => [direct(at, `whoever writes ${at.spare.key} into the request`)],
  service: (at) => [direct(at, "whoever calls through a service of AWS")],
  place: (at) => movers(at),
  source: bySource,
  "aws-service": bySource,
};

/** The part of a pattern of user ids that is a session's name: what may stand behind the colon, if a role of any id may stand before it. */
function sessionNames(value: string): readonly string[] {
  const colon = value.indexOf(":");
  if (colon >= 0) return /^(AROA)?[*?]/.test(value) ? [value.slice(colon + 1)] : [];
  // A pattern without a colon spans it with a star: every end of it may be a session's name.
  const star = value.lastIndexOf("*");
  if (star < 0 || !/^(AROA)?[*?]/.test(value)) return [];
  return [value.slice(value.indexOf("*"))];
}

/** Keys of a request that gives the tag: IAM takes keys of tags in either case. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
const tagKeys = (tag: string): KeySets => ({
  "aws:TagKeys": { like: ["*"], several: true, having: { like: [tag], anyCase: true } },
});

const tagged = ({ spare: { values, anyCase } }: At, tag: string): KeySets => ({
  [`aws:RequestTag/${tag}`]: { like: values, anyCase },
  ...tagKeys(tag),
});

const spares = ({ stated: { name, policy }, spare: { key } }: At): string =>
  `${name} of ${policy.name} spares by ${key}`;
const idOf = ({ stated: { policy }, spare: { key } }: At): string => `spared by ${key} in ${policy.name}`;

/** Nobody sets it: in the account itself, and before the request. Whom a policy of others' spares from that is somebody to become. */
function set(
  at: At,
  actions: readonly string[],
  keys: KeySets,
  how: string,
  more: Partial<Question> = {},
): readonly Question[] {
  const account = at.chain.account.id;
  const [roles, users] = [iamSet(account, "role"), iamSet(account, "user")];
  const others = at.statements.filter(
    ({ ours, statement }) => !ours && namesOf(statement).length > 0 && spokenOf(statement, actions).length > 0,
  );
  const names = others.flatMap(({ statement }) => namesOf(statement));
  const rows = asked(at.chain, at.all, [...at.trusted, ...names]);
  return [
    {
      proof: "exemptions-hold",
      expected: "denied",
      rows,
      actions,
      resources: { like: [...roles.like, ...users.like], except: [...roles.except!, ...users.except!] },
      on: "any role or user",
      keys,
      when: `with what ${at.stated.name} of ${at.stated.policy.name} spares`,
      otherwise: `${spares(at)}, which anybody may set: it does not bind whoever ${how}.`,
      key: idOf(at),
      sparedBy: sparing(at.stated),
      unless: at.unless ?? at.decides,
      ...more,
    },
    ...others.flatMap((stated) => becoming(at.chain, rows, at.all, stated, at.unless ?? at.decides)),
  ];
}

/** The request itself says it. */
function direct(at: At, who: string): Question {
  return {
    ...at.decides,
    when: `that ${at.stated.name} of ${at.stated.policy.name} would deny but for ${at.spare.key}`,
    otherwise: `${spares(at)}: ${who} can do what it denies.`,
    key: idOf(at),
    sparedBy: sparing(at.stated),
  };
}

const OPEN_TRUST: NamedPolicy = {
  name: "whatever a trust policy allows",
  document: policyDocument([{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }]),
};

/** Roles take sessions from other accounts, whom the account's SCPs do not bind: its RCPs do, and the SCPs of where they come from. */
function fromElsewhere(at: At, actions: readonly string[], keys: KeySets, how: string): readonly Question[] {
  const { chain, input } = at;
  const { id: organization, managementAccountId } = input.environment.organization;
  const account = chain.account.id;
  const outside: PolicySet = { ...policiesBetween(undefined, chain), resource: OPEN_TRUST };
  const question = (
    name: string,
    from: KeySets,
    row: Row["sets"],
    policies: PolicySet,
    asks: readonly string[],
  ): Question => ({
    proof: "exemptions-hold",
    expected: "denied",
    rows: [{ kind: "outsider", name, sets: row }],
    actions: asks,
    resources: iamSet(account, "role"),
    on: "any role",
    resourceAccountId: account,
    keys: { ...keys, ...from },
    when: `with what ${at.stated.name} of ${at.stated.policy.name} spares, from another account`,
    otherwise: `${spares(at)}, which anybody may set: it does not bind whoever ${how}, from an account that a role trusts.`,
    key: idOf(at),
    sparedBy: sparing(at.stated),
    policies,
    unless: at.unless ?? at.decides,
  });
  const anybody = (like: string, except: readonly string[]): Row["sets"] => [
    roleSet({
      like: [`arn:aws:iam::${like}:role/*`],
      except: [
        // No policy binds AWS's own roles.
        `arn:aws:iam::${like}:role/aws-service-role/*`,
        ...except.map((id) => `arn:aws:iam::${id}:role/*`),
      ],
    }),
    userSet({ like: [`arn:aws:iam::${like}:user/*`], except: except.map((id) => `arn:aws:iam::${id}:user/*`) }),
  ];
  // Accounts that an RCP names could be told from others: whoever is outside has none of ours.
  const ours = new Set(input.environment.organization.accounts.map(({ id }) => id));
  const named = JSON.stringify((chain.rcps ?? []).flat().map(({ document }) => document)).match(/\d{12}/g) ?? [];
  const mentioned = [...new Set([account, ...named.filter((one) => ours.has(one))])];
  const calls = actions.filter((action) => !BY_TOKEN.has(action));
  return [
    question(
      "anybody outside the organization whom a role trusts",
      {
        "aws:PrincipalOrgID": { like: ["o-*"], except: [organization], absent: true },
        "aws:PrincipalOrgPaths": { like: ["o-*"], except: [`${organization}/*`], absent: true, several: true },
      },
      anybody("*", mentioned),
      outside,
      calls,
    ),
    ...[...BY_TOKEN].flatMap(([action, type]) =>
      actions.includes(action)
        ? [
            question("anybody with a token that a role trusts", {}, [{ type, arns: { like: ["?*"] } }], outside, [
              action,
            ]),
          ]
        : [],
    ),
    ...at.others
      .filter((other) => other.account.id !== managementAccountId && other.account.id !== account)
      .map((other) =>
        question(
          "anybody in another account whom a role trusts",
          { "aws:PrincipalOrgID": { oneOf: [organization] }, "aws:PrincipalOrgPaths": "anything" },
          anybody(other.account.id, []),
          { ...policiesBetween(other, chain), resource: OPEN_TRUST },
          calls,
        ),
      ),
  ];
}

/** Whoever calls these is a principal of no account. */
const BY_TOKEN = new Map([
  ["sts:AssumeRoleWithSAML", "saml"],
  ["sts:AssumeRoleWithWebIdentity", "webIdentity"],
] as const) as ReadonlyMap<string, "saml" | "webIdentity">;

/** Accounts are moved from the management account, or by whom the delegation policy lets. */
function movers(at: At): readonly Question[] {
  const { input, chain } = at;
  const { name, organization } = input.environment;
  const { delegationPolicy: policy, managementAccountId } = organization;
  if (policy === "") return [];
  return set(at, ["organizations:MoveAccount"], {}, "moves an account", {
    resources: ANY_RESOURCE,
    on: "any account",
    resourceAccountId: managementAccountId,
    policies: delegated(input, chain),
    ...(policy === undefined ? { missing: delegationUnread(name) } : {}),
  });
}
