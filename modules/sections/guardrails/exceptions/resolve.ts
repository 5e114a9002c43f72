import type { z } from "zod";
import type { ProblemList } from "../../../config/problem-list";
import type { GuardrailsEnvironment } from "../types";
import { suggestion } from "../../../kernel/nearest";
import { checkDuplicates, checkTargets, resolveAccount } from "../../../config/references";
import type { guardrailsSection } from "../schema";
import { selectTargets } from "../../../organization/targets";
import { byKey, unique, uniqueSorted } from "../../../kernel/lists";
import type { Account } from "../../../organization/types";
import { checkEnd, endOf } from "../context/ends";
import { GUARDRAILS } from "../catalogue/guardrails";
import { GuardrailRollout, modeOf } from "../rollout/modes";
import { plural } from "../../../kernel/words";

type ExceptionEntry = z.infer<typeof guardrailsSection>["exceptions"][number];

/** One principal of one account that guardrails do not bind for a while. */
export interface ExceptionPrincipal {
  readonly kind: "role" | "user" | "permission-set";
  readonly accountId: string;
  /**
   * As `aws:PrincipalArn` presents it: exact, but for the suffix that AWS gives the role of a permission set, which is sixteen
   * characters and written as sixteen `?`.
   */
  readonly arn: string;
}

/** An exception as it is to be. Plain data. */
export interface GuardrailException {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  /** Last day on which it holds, `YYYY-MM-DD`, in UTC. */
  readonly expires: string;
  /** The last second of that day, as policies write it: after it AWS denies again. */
  readonly endsAt: string;
  /** Ids, sorted. */
  readonly guardrails: readonly string[];
  /** Sorted by account, then ARN. */
  readonly principals: readonly ExceptionPrincipal[];
}

/** Guardrails that hold the others up: an exception to them would be an exception to everything. */
export const NO_EXCEPTIONS = ["protect-break-glass", "protect-baseline"];

/** What keeps the roles safe that alone may change an excepted principal. */
export const PROTECTOR = "protect-break-glass";

/** The suffix of a permission set's role: sixteen hexadecimal digits. */
const SUFFIX = "?".repeat(16);

/**
 * Resolves `guardrails.exceptions`. Every problem is reported; what is wrong is left out.
 *
 * @param permissionSets names of those that this environment makes; undefined where that is not known
 */
export function resolveExceptions(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  rollouts: readonly GuardrailRollout[],
  permissionSets: readonly string[] | undefined,
): readonly GuardrailException[] {
  const entries = environment.baseline.guardrails.exceptions;
  checkDuplicates(
    problems,
    entries.map((entry) => entry.name),
    "exception",
    (i) => ["guardrails", "exceptions", i, "name"],
  );
  const found = entries.flatMap(
    (entry, index) => resolveException(environment, problems, { rollouts, permissionSets }, entry, index) ?? [],
  );
  checkOverlaps(problems, found);
  return found.map(({ exception }) => exception).sort(byKey((exception) => exception.name));
}

/** What exceptions are checked against. */
interface Known {
  readonly rollouts: readonly GuardrailRollout[];
  /** Undefined: not known. */
  readonly permissionSets: readonly string[] | undefined;
}

interface Resolved {
  readonly index: number;
  readonly exception: GuardrailException;
}

function resolveException(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  { rollouts, permissionSets }: Known,
  entry: ExceptionEntry,
  index: number,
): Resolved | undefined {
  const at = ["guardrails", "exceptions", index] as const;
  const before = problems.all().length;
  entry.guardrails.forEach((id, i) => {
    const guardrail = GUARDRAILS.find((g) => g.id === id);
    if (!guardrail) {
      problems.error(
        "GUARDRAIL-UNKNOWN",
        [...at, "guardrails", i],
        `There is no guardrail ${id}.`,
        suggestion(
          id,
          GUARDRAILS.map((g) => g.id),
          "guardrail",
        ),
      );
    } else if (NO_EXCEPTIONS.includes(id)) {
      problems.error(
        "EXCEPTION-NOT-POSSIBLE",
        [...at, "guardrails", i],
        `${id} takes no exceptions: whoever may change what it protects can undo every other guardrail.`,
        "Let the pipeline or break glass make the change.",
      );
    } else if (guardrail.policyType === "RESOURCE_CONTROL_POLICY") {
      problems.error(
        "EXCEPTION-NOT-POSSIBLE",
        [...at, "guardrails", i],
        `${id} is a resource control policy: it covers principals from outside, not principals of these accounts.`,
        "Change what it trusts instead.",
      );
    }
  });
  checkDuplicates(problems, entry.guardrails, "guardrail", (i) => [...at, "guardrails", i]);
  checkEnd(problems, entry.expires, [...at, "expires"]);
  const principals = resolvePrincipals(environment, problems, permissionSets, entry, at);
  if (
    principals.length === 0 ||
    problems
      .all()
      .slice(before)
      .some((problem) => problem.severity !== "warning")
  )
    return undefined;

  const bindsNobody = entry.guardrails.filter(
    (id) => !principals.some(({ accountId }) => modeOf({ rollouts }, id, accountId) === "enforce"),
  );
  if (bindsNobody.length > 0) {
    problems.warning(
      "EXCEPTION-WITHOUT-EFFECT",
      [...at, "guardrails"],
      `${bindsNobody.join(", ")} ${plural(bindsNobody.length, "is", "are")} not enforced in any account of the exception ${entry.name}: there is nothing to be excepted from.`,
      "Keep it if the rollout is to reach these accounts; otherwise take it out.",
    );
  }
  const open = principals.filter(
    ({ kind, accountId }) =>
      kind !== "permission-set" &&
      entry.guardrails.some((id) => modeOf({ rollouts }, id, accountId) === "enforce") &&
      modeOf({ rollouts }, PROTECTOR, accountId) !== "enforce",
  );
  if (open.length > 0) {
    problems.error(
      "EXCEPTION-UNPROTECTED",
      [...at, "principal"],
      `Anybody with rights in IAM could become the excepted principal in ${unique(open.map(({ accountId }) => accountId)).join(", ")}: only the pipeline and break glass may change it, and ${PROTECTOR}, which keeps these two safe, is not enforced there.`,
      `Enforce ${PROTECTOR} in these accounts.`,
    );
    return undefined;
  }
  return {
    index,
    exception: {
      name: entry.name,
      owner: entry.owner,
      reason: entry.reason,
      expires: entry.expires,
      endsAt: endOf(entry.expires),
      guardrails: [...entry.guardrails].sort(),
      principals: [...principals].sort(byKey((principal) => `${principal.accountId} ${principal.arn}`)),
    },
  };
}

function resolvePrincipals(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  permissionSets: Known["permissionSets"],
  entry: ExceptionEntry,
  at: readonly (string | number)[],
): readonly ExceptionPrincipal[] {
  const { principal } = entry;
  if (typeof principal === "string") return principalOfArn(environment, problems, entry, principal, at);
  const kinds = (["role", "user", "permissionSet"] as const).filter((kind) => principal[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    problems.error(
      "EXCEPTION-PRINCIPAL",
      [...at, "principal"],
      `The principal names ${kinds.length === 0 ? "nobody" : kinds.join(" and ")}; an exception is for exactly one.`,
      "Write one of role, user and permissionSet.",
    );
    return [];
  }
  const name = principal[kind]!;
  const path = principal.path ?? "/";
  if (kind === "permissionSet") {
    if (principal.path !== undefined) {
      problems.error(
        "EXCEPTION-PRINCIPAL",
        [...at, "principal", "path"],
        "The role of a permission set has a path that AWS gives it.",
        "Take path out.",
      );
      return [];
    }
    if (!checkPermissionSet(environment, problems, permissionSets, name, [...at, "principal", kind])) return [];
  } else if (!checkName(problems, name, path, [...at, "principal"], kind)) return [];

  if (!entry.accounts) {
    problems.error(
      "EXCEPTION-WITHOUT-ACCOUNTS",
      [...at],
      `The exception ${entry.name} does not say in which accounts ${name} is excepted.`,
      "Add accounts, or name the principal by its ARN.",
    );
    return [];
  }
  checkTargets(environment, problems, entry.accounts, [...at, "accounts"]);
  const { organization } = environment;
  const { accounts } = selectTargets(environment.tree, organization.managementAccountId, entry.accounts);
  const members = accounts.filter((account) => account.id !== organization.managementAccountId);
  if (members.length === 0) {
    if (accounts.length > 0) managementAccount(problems, [...at, "accounts"]);
    else if (!problems.hasErrors)
      problems.error(
        "EXCEPTION-WITHOUT-ACCOUNTS",
        [...at, "accounts"],
        "These targets contain no account.",
        "Widen the targets, or remove the exception.",
      );
    return [];
  }
  return members.map((account) =>
    kind === "permissionSet"
      ? { kind: "permission-set", accountId: account.id, arn: permissionSetRole(environment, account.id, name) }
      : { kind, accountId: account.id, arn: `arn:aws:iam::${account.id}:${kind}${path}${name}` },
  );
}

/** Identity Center's region is part of the path, but for us-east-1: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html */
function permissionSetRole({ organization }: GuardrailsEnvironment, accountId: string, name: string): string {
  const region = organization.identityCenter?.region;
  return `arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/${region === undefined || region === "us-east-1" ? "" : `${region}/`}AWSReservedSSO_${name}_${SUFFIX}`;
}

function principalOfArn(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  entry: ExceptionEntry,
  arn: string,
  at: readonly (string | number)[],
): readonly ExceptionPrincipal[] {
  const place = [...at, "principal"];
  const match = /^arn:aws:iam::([^:]*):(role|user)(\/.*)?$/.exec(arn);
  if (!match) {
    const session = /^arn:aws:sts::\d{12}:assumed-role\//.test(arn);
    problems.error(
      "EXCEPTION-PRINCIPAL",
      place,
      `${arn} is not the ARN of a role or user.`,
      session
        ? "Name the role, not a session of it: arn:aws:iam::<account>:role/<path and name>."
        : "Write arn:aws:iam::<account>:role/<path and name>, or …:user/….",
    );
    return [];
  }
  const [, accountId = "", kind, rest = "/"] = match as unknown as [
    string,
    string,
    "role" | "user",
    string | undefined,
  ];
  if (/[*?$]/.test(accountId)) {
    problems.error(
      "EXCEPTION-WILDCARD",
      place,
      `${arn} would except principals of that name in every account.`,
      "Name the account; for several accounts write role: or user: together with accounts:.",
    );
    return [];
  }
  const cut = rest.lastIndexOf("/") + 1;
  const path = rest.slice(0, cut);
  const name = rest.slice(cut);
  if (path.startsWith("/aws-reserved/sso.amazonaws.com/")) {
    problems.error(
      "EXCEPTION-PRINCIPAL",
      place,
      `${arn} is the role of a permission set, whose name ends in characters that AWS chooses again when the permission set is assigned again.`,
      "Write permissionSet: with the name of the permission set, together with accounts:.",
    );
    return [];
  }
  if (!checkName(problems, name, path, place, kind)) return [];
  const account = resolveAccount(environment, problems, accountId, place);
  if (!account) return [];
  if (account.id === environment.organization.managementAccountId) {
    managementAccount(problems, place);
    return [];
  }
  if (entry.accounts && !isOnly(environment, problems, entry.accounts, account, at)) return [];
  return [{ kind, accountId: account.id, arn }];
}

function isOnly(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  targets: NonNullable<ExceptionEntry["accounts"]>,
  account: Account,
  at: readonly (string | number)[],
): boolean {
  checkTargets(environment, problems, targets, [...at, "accounts"]);
  const { accounts } = selectTargets(environment.tree, environment.organization.managementAccountId, targets);
  if (accounts.length === 1 && accounts[0]!.id === account.id) return true;
  if (accounts.length > 0) {
    problems.error(
      "EXCEPTION-ACCOUNTS",
      [...at, "accounts"],
      `The principal is in ${account.name} (${account.id}); it is never a principal of another account, so that an exception there would except nobody.`,
      "Leave accounts out, or name the principal by role: or user: instead of its ARN.",
    );
  }
  return false;
}

function managementAccount(problems: ProblemList, path: readonly (string | number)[]): void {
  problems.error(
    "EXCEPTION-MANAGEMENT-ACCOUNT",
    path,
    "Service control policies do not bind the management account: no exception is needed there.",
    "Remove the exception.",
  );
}

/** A name that is exact: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names */
function checkName(
  problems: ProblemList,
  name: string,
  path: string,
  at: readonly (string | number)[],
  kind: "role" | "user",
): boolean {
  const wild = /[*?$]/.exec(path + name)?.[0];
  if (wild !== undefined) {
    problems.error(
      "EXCEPTION-WILDCARD",
      at,
      `${path}${name} contains ${wild === "$" ? "a policy variable" : `the wildcard ${wild}`}: it would except more than it names, and anybody who can create a ${kind} with a matching name would be excepted too.`,
      `Name the ${kind} in full; several need an exception each.`,
    );
    return false;
  }
  if (path.startsWith("/aws-service-role/")) {
    problems.error(
      "EXCEPTION-PRINCIPAL",
      at,
      "Service control policies do not bind service-linked roles: no exception is needed.",
      "Remove the exception.",
    );
    return false;
  }
  if (!/^\/([!-.0-~]+\/)*$/.test(path) || !/^[\w+=,.@-]{1,64}$/.test(name)) {
    problems.error(
      "EXCEPTION-PRINCIPAL",
      at,
      `${path}${name} cannot be the path and name of a ${kind}.`,
      "A name has 1 to 64 letters, digits or any of + = , . @ _ -; a path begins and ends with a slash.",
    );
    return false;
  }
  return true;
}

function checkPermissionSet(
  environment: GuardrailsEnvironment,
  problems: ProblemList,
  permissionSets: Known["permissionSets"],
  name: string,
  path: readonly (string | number)[],
): boolean {
  const { organization } = environment;
  const wild = /[*?$]/.test(name);
  if (wild) {
    problems.error(
      "EXCEPTION-WILDCARD",
      path,
      `${name} contains a wildcard: it would except more than it names.`,
      "Name the permission set in full.",
    );
    return false;
  }
  if (!permissionSets) return true;
  const known = uniqueSorted([
    ...permissionSets,
    ...(organization.identityCenter?.permissionSets ?? []).map((set) => set.name),
  ]);
  if (!known.includes(name)) {
    problems.error(
      "EXCEPTION-PERMISSION-SET",
      path,
      `There is no permission set ${name}, neither in this environment nor in the facts.`,
      suggestion(name, known, "permission set"),
    );
    return false;
  }
  return true;
}

/** Two exceptions for one principal and one guardrail: the earlier end would win, against what the later one says. */
function checkOverlaps(problems: ProblemList, found: readonly Resolved[]): void {
  const seen = new Map<string, string>();
  for (const { index, exception } of found) {
    const twice = new Set<string>();
    for (const guardrail of exception.guardrails) {
      for (const { arn } of exception.principals) {
        const key = `${guardrail} ${arn}`;
        const other = seen.get(key);
        if (other !== undefined && other !== exception.name) twice.add(`${other}: ${arn}, ${guardrail}`);
        seen.set(key, exception.name);
      }
    }
    const [first] = twice;
    if (first !== undefined) {
      problems.error(
        "EXCEPTION-OVERLAP",
        ["guardrails", "exceptions", index],
        `The exception ${exception.name} repeats another one (${first}).`,
        "Keep one of them for each principal and guardrail: with two the earlier end counts.",
      );
    }
  }
}
