import { suggestion } from "../kernel/nearest";
import type { Account } from "../organization/types";
import { policyDocument } from "../policy/document";
import {
  ABSENT,
  accountOfArn,
  compile,
  CompiledSet,
  evaluate,
  explain,
  NamedPolicy,
  PolicyRequest,
  Verdict,
} from "../policy/evaluate";
import { contextBetween, policiesBetween } from "./across";
import { attachedDocuments } from "./attached";
import { Chain } from "./chains";
import { principalsOf } from "./principals";
import { chainsOf } from "./prove";
import { accountOf, actionOf, refuse, resourceOf } from "./question";
import { ChainPlace, KINDS, Principal, ProofInput } from "./types";
import { defined } from "../kernel/optional";
import { unique } from "../kernel/lists";

/** One question, as somebody types it. */
export interface ExplainQuestion {
  /** Account of the resource: name or id. */
  readonly account: string;
  /** ARN, a kind of principal (`administrator`), or the name of one (`permission set Developer`, a role of this baseline's). */
  readonly principal: string;
  readonly action: string;
  /** @default - `*` */
  readonly resource?: string | undefined;
  /** `key=value`; a key that stands more than once has several values. */
  readonly context: readonly string[];
  /** Signed in with MFA a minute ago. */
  readonly mfa: boolean;
}

export interface ExplainAnswer {
  readonly account: { readonly id: string; readonly name: string };
  readonly principal: { readonly name: string; readonly arn: string };
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly decision: Verdict["decision"];
  /** In plain words, with the deciding statements and conditions. */
  readonly explanation: string;
  readonly deciding: Verdict["deciding"];
  /** From the root down: where SCPs are attached that bind the principal. Empty: none bind it. */
  readonly scps: readonly { readonly place: string; readonly policies: readonly string[] }[];
  /** What else was looked at, and what was not. */
  readonly looksAt: readonly string[];
}

/** Answers one question from what the organization becomes: our policies as they are to be, others' as the facts show them. */
export function explainQuestion(input: ProofInput, question: ExplainQuestion): ExplainAnswer {
  return new Explainer(input).answer(question);
}

interface At {
  readonly chain: Chain;
  readonly place: ChainPlace;
}

/** Answers as many questions as one likes: chains, principals and policies are made ready once. */
export class Explainer {
  private readonly places = new Map<string, At>();
  private readonly people = new Map<string, readonly Principal[]>();
  private readonly compiled = new Map<string, CompiledSet>();
  private readonly numbers = new Map<object, number>();

  constructor(private readonly input: ProofInput) {
    for (const chain of chainsOf(input, attachedDocuments(input)))
      for (const place of chain.places)
        for (const account of place.accounts)
          this.places.set(account.id, {
            chain,
            place: { ...place, levels: [...place.levels.slice(0, -1), { id: account.id, label: account.name }] },
          });
  }

  answer(question: ExplainQuestion): ExplainAnswer {
    const { input } = this;
    const { tree } = input.environment;
    const account = accountOf(input, question.account);
    const action = actionOf(question.action);
    const principal = principalOf(input, account, question.principal, (at) => this.peopleOf(at));
    const home = tree.accountById.get(accountOfArn(principal.request.arn) ?? account.id);
    // SCPs bind principals of the organization's accounts, and nobody else.
    const own = home && this.at(home);
    const resource = resourceOf(question.resource, account);
    const { role } = input.breakGlass;
    const trust =
      action.toLowerCase() === "sts:assumerole" && resource === `arn:aws:iam::${account.id}:role/${role.name}`
        ? { name: `trust policy of ${role.name}`, document: role.trust }
        : undefined;
    const context = contextOf(question, principal);
    const target = this.at(account);
    const identity = principal.identity ?? (own ? undefined : OWN_POLICIES_OF_OUTSIDERS);
    const policies = this.ready(own?.chain, target.chain, identity, trust);
    const request: PolicyRequest = {
      principal: principal.request,
      action,
      resource,
      resourceAccountId: account.id,
      context: { ...principal.context, ...contextBetween(input, own && home, account), ...context },
    };
    const verdict = own ? evaluate(request, policies) : ofOutsider(request, (one) => evaluate(one, policies));
    return {
      account: { id: account.id, name: account.name },
      principal: { name: principal.name, arn: principal.request.arn },
      action,
      resource,
      context: context,
      decision: verdict.decision,
      explanation: inPlaces(explain(verdict), own?.place ?? target.place, target.place),
      deciding: verdict.deciding,
      scps: (own?.chain.scps ?? []).map((level, i) => ({
        place: own!.place.levels[i]!.label,
        policies: level.map((policy) => policy.name).sort(),
      })),
      looksAt: looksAt(own?.chain, target.chain, principal.identity, trust !== undefined),
    };
  }

  private at({ id }: Account): At {
    const found = this.places.get(id);
    if (!found) throw new Error(`account ${id} is in no chain`);
    return found;
  }

  private peopleOf(account: Account): readonly Principal[] {
    const known = this.people.get(account.id) ?? principalsOf(this.input, account);
    this.people.set(account.id, known);
    return known;
  }

  private ready(
    own: Chain | undefined,
    target: Chain,
    identity: readonly NamedPolicy[] | undefined,
    trust: NamedPolicy | undefined,
  ): CompiledSet {
    const key = [own, target, identity, trust?.document].map((part) => (part ? this.numberOf(part) : "-")).join(" ");
    const known =
      this.compiled.get(key) ??
      compile({
        ...policiesBetween(own, target),
        ...defined({ identity, resource: trust }),
      });
    this.compiled.set(key, known);
    return known;
  }

  private numberOf(part: object): number {
    const known = this.numbers.get(part) ?? this.numbers.size;
    this.numbers.set(part, known);
    return known;
  }
}

/** What a principal of another organization may do by its own policies is its owner's: the resource's policy must allow it in any case. */
const OWN_POLICIES_OF_OUTSIDERS: readonly NamedPolicy[] = [
  {
    name: "whatever the outside account allows",
    document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
  },
];

/** Who is outside is in another organization or in none: the answer is one where both have the same. */
function ofOutsider(request: PolicyRequest, ask: (request: PolicyRequest) => Verdict): Verdict {
  const given = new Set(Object.keys(request.context ?? {}).map((key) => key.toLowerCase()));
  const asked = (values: NonNullable<PolicyRequest["context"]>): Verdict =>
    ask({
      ...request,
      context: {
        ...Object.fromEntries(Object.entries(values).filter(([key]) => !given.has(key.toLowerCase()))),
        ...request.context,
      },
    });
  const alone = asked({ "aws:PrincipalOrgID": ABSENT, "aws:PrincipalOrgPaths": ABSENT });
  const elsewhere = asked({
    "aws:PrincipalOrgID": ANOTHER_ORGANIZATION,
    "aws:PrincipalOrgPaths": [`${ANOTHER_ORGANIZATION}/r-other/`],
  });
  return alone.decision === elsewhere.decision ? alone : asked({});
}

const ANOTHER_ORGANIZATION = "o-anotherorganization";

const USER_OR_ROLE = /^arn:aws[\w-]*:iam::(\d{12}):(user|role)\/[\w+=,.@/-]*[\w+=,.@-]$/;

function principalOf(
  input: ProofInput,
  account: Account,
  text: string,
  people: (account: Account) => readonly Principal[],
): Principal {
  const { tree } = input.environment;
  if (!text.startsWith("arn:")) {
    const here = people(account);
    const wanted = text.toLowerCase();
    const names = (one: Principal): readonly string[] =>
      [one.name, one.request.arn.split("/").at(-1) ?? ""].map((name) => name.toLowerCase());
    const found = here.filter((one) => one.kind === wanted || names(one).includes(wanted));
    if (found.length > 0) return found[0]!;
    const known = unique([
      ...here.map((one) =>
        KINDS.some(({ id }) => id === one.kind) && here.filter((other) => other.kind === one.kind).length === 1
          ? one.kind
          : one.name,
      ),
    ]);
    return refuse(
      "EXPLAIN-PRINCIPAL",
      `${account.name} has no principal ${JSON.stringify(text)}.`,
      `${suggestion(text, known, "principal")} Or write an ARN.`,
    );
  }
  const session = /^arn:aws[\w-]*:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(text);
  if (session)
    refuse(
      "EXPLAIN-PRINCIPAL",
      `${text} is a session. Policies see its role.`,
      `Write arn:aws:iam::${session[1]}:role/<path>${session[2]}, with the role's path.`,
    );
  const root = /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(text);
  const match = root ?? USER_OR_ROLE.exec(text);
  if (!match)
    return refuse(
      "EXPLAIN-PRINCIPAL",
      `${JSON.stringify(text)} is not the ARN of a role, user or root user.`,
      "Write arn:aws:iam::<account>:role/<path and name>, …:user/<path and name> or …:root.",
    );
  const owner = tree.accountById.get(match[1]!);
  const inactive = input.environment.organization.accounts.find(({ id }) => id === match[1] && !owner);
  if (inactive)
    refuse(
      "ACCOUNT-INACTIVE",
      `Account ${inactive.id} (${inactive.name}) is not active (suspended or closing): nobody acts from there.`,
      "Name a principal of an active account, or of one outside the organization.",
    );
  // Whoever is known by its ARN brings along what is known of it.
  const known =
    owner &&
    people(owner).find(
      (one) => one.request.arn === text && one.kind !== "exception" && one.kind !== "expired-exception",
    );
  if (known) return known;
  const type = root ? "root" : (match[2] as "user" | "role");
  const kind = type === "root" ? "root" : type === "user" ? "iam-user" : "administrator";
  return { kind, name: text, request: { type, arn: text }, context: owner ? (people(owner)[0]?.context ?? {}) : {} };
}

function contextOf(
  { context, mfa }: ExplainQuestion,
  principal: Principal,
): Readonly<Record<string, string | readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const text of context) {
    const cut = text.indexOf("=");
    const key = text.slice(0, cut);
    if (cut <= 0 || !/^[\w-]+:[\w.:/@-]+$/.test(key))
      refuse(
        "EXPLAIN-CONTEXT",
        `--context ${JSON.stringify(text)} is not key=value.`,
        "Write a condition key with its prefix, for example aws:SourceIp=203.0.113.7.",
      );
    found.set(key, [...(found.get(key) ?? []), text.slice(cut + 1)]);
  }
  const withMfa = mfa
    ? {
        "aws:MultiFactorAuthPresent": "true",
        "aws:MultiFactorAuthAge": "60",
        ...(principal.request.type === "user"
          ? { "sts:RoleSessionName": principal.request.arn.split("/").at(-1) ?? "" }
          : {}),
      }
    : {};
  return {
    ...withMfa,
    ...Object.fromEntries([...found].map(([key, values]) => [key, values.length === 1 ? values[0]! : values])),
  };
}

/**
 * The evaluator counts levels; people know them by name. SCPs are attached on the way to the principal's account, RCPs on the way to the
 * resource's.
 */
function inPlaces(text: string, principal: ChainPlace, resource: ChainPlace): string {
  return text
    .split("\n")
    .map((line) => {
      const place = /^\s*(no )?RCP\b/.test(line) ? resource : principal;
      return line.replace(
        / at (?:the root|level (\d+) below the root)/,
        (_, level: string | undefined) => ` (attached to ${place.levels[Number(level ?? 0)]?.label ?? "the root"})`,
      );
    })
    .join("\n");
}

function looksAt(
  own: Chain | undefined,
  target: Chain,
  identity: readonly NamedPolicy[] | undefined,
  trust: boolean,
): readonly string[] {
  return [
    own === undefined
      ? "no SCP binds the principal: it is outside the organization"
      : own.scps
        ? "SCPs of the principal's account"
        : "no SCP binds the principal (management account)",
    ...(target.rcps ? ["RCPs of the resource's account"] : []),
    identity
      ? `the principal's own policies: ${identity.map((policy) => policy.name).join(", ")}`
      : "the principal's own policies are not known: it is taken to be allowed everything by them",
    ...(trust ? ["the role's trust policy"] : ["no resource policy: none is known"]),
  ];
}
