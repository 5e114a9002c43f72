import type { Environment } from "../../sections/environment";
import { suggestion } from "../../kernel/nearest";
import { BaselineError, Problem } from "../../kernel/errors";
import { findGuardrail, GUARDRAILS } from "../../sections/guardrails/catalogue/guardrails";
import { protectPrincipals, withExceptions } from "../../sections/guardrails/exceptions/statements";
import { modeOf } from "../../sections/guardrails/resolve";
import type { Guardrail } from "../../sections/guardrails/types";
import { Attachment, findAccount, selectTargets, TargetTerm } from "../../organization/targets";
import type { TargetState } from "../../sections/target-state";
import type { ReplayedGuardrail } from "./replay";

/** What is asked: which guardrails, where. */
export interface Scope {
  /** Ids. @default - those of the rollout, where they are observed or enforced */
  readonly guardrails?: readonly string[];
  /** OU paths, account names or ids, `all`. @default - where the rollout observes or enforces the guardrail */
  readonly targets?: readonly string[];
}

/** Finds guardrails by their ids, or says which are none. */
export function guardrailsNamed(ids: readonly string[]): readonly Guardrail[] {
  const problems = ids.flatMap((id): Problem[] =>
    findGuardrail(id)
      ? []
      : [
          {
            code: "GUARDRAIL-UNKNOWN",
            message: `There is no guardrail ${id}.`,
            fix: suggestion(
              id,
              GUARDRAILS.map((g) => g.id),
              "guardrail",
            ),
          },
        ],
  );
  if (problems.length > 0) throw new BaselineError(problems);
  return GUARDRAILS.filter(({ id }) => ids.includes(id));
}

/** Targets as the command line writes them: `all`, the path of an OU, the name or id of an account. */
export function targetsNamed(
  { tree, organization }: Environment,
  names: readonly string[],
): { readonly accounts: readonly string[]; readonly cover: readonly Attachment[] } {
  const problems: Problem[] = [];
  const terms = names.flatMap((name): TargetTerm[] => {
    if (name === "all" || name === "(root)") return ["all"];
    if (tree.nodeByPath.has(name) && name !== "") return [{ ou: name, descendants: true }];
    if (findAccount(tree, name)) return [{ account: name }];
    const known = [...tree.nodeByPath.keys()]
      .filter(Boolean)
      .concat(tree.accounts.map((account) => account.name))
      .sort();
    problems.push({
      code: "TARGET-UNKNOWN",
      message: `There is neither an OU with the path ${name} nor an active account of that name or id.`,
      fix: suggestion(name, known, "target"),
    });
    return [];
  });
  if (problems.length > 0) throw new BaselineError(problems);
  const { accounts, cover } = selectTargets(tree, organization.managementAccountId, terms);
  return {
    accounts: accounts.map((account) => account.id).filter((id) => id !== organization.managementAccountId),
    cover,
  };
}

/** The guardrails with their statements and the accounts in which they are asked. */
export function replayedGuardrails(
  environment: Environment,
  state: TargetState,
  scope: Scope,
): readonly ReplayedGuardrail[] {
  const { guardrails } = state;
  const { context, rollouts } = guardrails;
  const members = environment.tree.accounts
    .map((account) => account.id)
    .filter((id) => id !== environment.organization.managementAccountId);
  const targeted = scope.targets === undefined ? undefined : targetsNamed(environment, scope.targets).accounts;
  const named =
    scope.guardrails === undefined
      ? GUARDRAILS.filter(({ id }) => rollouts.some((rollout) => rollout.guardrail === id))
      : guardrailsNamed(scope.guardrails);
  return named.flatMap((guardrail): ReplayedGuardrail[] => {
    const { id } = guardrail;
    const inRollout = members.filter((account) => modeOf({ rollouts }, id, account) !== "off");
    // A guardrail that is asked for by name and is nowhere yet is asked everywhere: that is the question before the first step.
    const accounts = targeted ?? (inRollout.length === 0 && scope.guardrails !== undefined ? members : inRollout);
    const plain = guardrail.statements(context);
    if (plain.length === 0 || accounts.length === 0) return [];
    const exceptions = guardrails.exceptions.filter((exception) => exception.guardrails.includes(id));
    const protection = protectPrincipals(context, exceptions);
    return [
      {
        id,
        type: guardrail.policyType ?? "SERVICE_CONTROL_POLICY",
        statements: [...plain, ...protection],
        exceptions: exceptions.map((exception) => ({
          name: exception.name,
          statements: [...withExceptions(plain, [exception]), ...protection],
        })),
        accounts,
      },
    ];
  });
}
