import { asList, policyDocument } from "../policy/document";
import type { NamedPolicy, PolicySet } from "../policy/evaluate";
import type { PolicyStatement } from "../policy/types";
import { CREDENTIAL_ACTIONS } from "../sections/guardrails/catalogue/credential-actions";
import { ANY_RESOURCE } from "./arns";
import type { Chain } from "./chains";
import { BECOME_ROLE, BECOME_USER } from "./exemptions-hold";
import { exemptIn, exemptPatterns, resourcesOf } from "./exempt-principals";
import { globsMeet } from "./glob";
import { AccountRows, everybodyBut } from "./rows";
import { Spare, sparesOf } from "./spares";
import type { PrincipalKind, Question, Row, SparingStatement } from "./types";
import { defined } from "../kernel/optional";

/** A statement and the policy that it stands in. */
export interface Stated {
  readonly policy: NamedPolicy;
  readonly statement: PolicyStatement;
  /** As a reader finds it: its Sid, or its place. */
  readonly name: string;
  readonly ours: boolean;
}

/** The statement as a counterexample names it. */
export const sparing = ({ policy, name }: Stated): SparingStatement => ({
  policy: policy.name,
  statement: name.replace(/^statement /, ""),
});

/** What a guardrail is about: credentials that last, and the membership by which all of them bind. */
export const GUARDED: readonly string[] = [
  ...new Set([
    ...CREDENTIAL_ACTIONS.filter(({ deniedBy }) => deniedBy !== undefined).flatMap(({ actions }) => [...actions]),
    "organizations:LeaveOrganization",
  ]),
].sort();

/** The pipeline, break glass and StackSets write principals by design, and are protected themselves. */
export const KEEPERS: ReadonlySet<PrincipalKind> = new Set(["pipeline-member", "break-glass", "stack-set"]);

export const TAKES_AWAY = new Set(["iam:DeleteUser", "iam:DeleteUserPolicy", "iam:DetachUserPolicy"]);

/** Actions of a list that a statement speaks of. */
export function spokenOf({ Action, NotAction }: PolicyStatement, actions: readonly string[]): readonly string[] {
  const meets = (patterns: readonly string[], action: string): boolean =>
    patterns.some((pattern) => globsMeet(pattern.toLowerCase(), action.toLowerCase()));
  return actions.filter((action) =>
    Action === undefined ? !meets(asList(NotAction), action) : meets(asList(Action), action),
  );
}

export interface Known {
  readonly spares: readonly Spare[];
  /** Of what guardrails are about: what it denies. */
  readonly guarded: readonly string[];
  /** Names that it spares. */
  readonly names: readonly string[];
}

export const read = new WeakMap<PolicyStatement, Known>();

/** What a statement says, read once. */
export function known(statement: PolicyStatement): Known {
  const before = read.get(statement);
  if (before) return before;
  const denies = statement.Effect === "Deny";
  const found: Known = {
    spares: sparesOf(statement),
    guarded: denies ? spokenOf(statement, GUARDED) : [],
    names: exemptPatterns([policyDocument([statement])]),
  };
  read.set(statement, found);
  return found;
}

/** Everybody whose policies are not known, but keepers and those of these names. */
export function asked(chain: Chain, rows: AccountRows, patterns: readonly string[]): readonly Row[] {
  const account = chain.account.id;
  return everybodyBut(rows, account, {
    kinds: KEEPERS,
    patterns: patterns.map((pattern) => pattern.replace(/^(arn:[^:]*:iam::)[^:]*:/, `$1${account}:`)),
  }).filter(({ identity }) => identity === undefined);
}

/** Whether a way to be spared decides: a request that the statement would deny, and nothing does. */
export function decides(
  { scps, rcps }: Pick<Chain, "scps" | "rcps">,
  rows: readonly Row[],
  { policy, name }: Stated,
  without: PolicyStatement,
  actions: readonly string[],
): Question {
  const { Sid: _, Principal: __, ...rest } = without;
  const policies: PolicySet = {
    ...defined({ scps, rcps }),
    identity: [
      {
        name: `what ${name} of ${policy.name} would deny`,
        document: { ...policyDocument([{ ...rest, Effect: "Allow" }]), Version: policy.document.Version },
      },
    ],
  };
  return {
    proof: "exemptions-hold",
    expected: "denied",
    rows,
    actions,
    resources: ANY_RESOURCE,
    on: "any resource",
    otherwise: "",
    policies,
  };
}

function without(row: Row, arn: string): readonly Row[] {
  const sets = row.sets.filter(({ arns }) => !arns.like.every((one) => one === arn));
  const left = sets.map((one) => ({ ...one, arns: { ...one.arns, except: [...(one.arns.except ?? []), arn] } }));
  return left.length > 0 ? [{ ...row, sets: left }] : [];
}

/** Nobody becomes a principal that a statement spares by its name. */
export function becoming(
  chain: Chain,
  rows: readonly Row[],
  all: AccountRows,
  stated: Stated,
  unless: Question,
): readonly Question[] {
  return exemptIn(namesOf(stated.statement), chain.account.id)
    .filter(({ arn }) => !/:role\/aws-(reserved|service-role)\//.test(arn))
    .filter(({ arn }) => !all.named.some((row) => row.sets.some((one) => one.arns.like.includes(arn))))
    .map((target): Question => {
      const who = target.within ?? target.arn.slice(target.arn.indexOf(`:${target.type}/`) + 1);
      return {
        proof: "exemptions-hold",
        expected: "denied",
        // Whoever is one becomes none.
        rows: target.within === undefined ? rows.flatMap((row) => without(row, target.arn)) : rows,
        actions: target.type === "role" ? BECOME_ROLE : BECOME_USER.filter((action) => !TAKES_AWAY.has(action)),
        resources: resourcesOf(target),
        on: target.within === undefined ? who : `any ${target.type} like ${who}`,
        otherwise: `${stated.name} of ${stated.policy.name} spares ${target.pattern}: whoever becomes such a ${target.type} can do what it denies.`,
        key: `become ${who} in ${stated.policy.name}`,
        sparedBy: sparing(stated),
        unless,
      };
    });
}

/** Names that a statement spares. */
export const namesOf = (statement: PolicyStatement): readonly string[] => known(statement).names;
